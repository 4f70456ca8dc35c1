// Package spelling writes what is personal in the ways people and systems
// write it, so that tests can plant it and look for it.
package spelling

import (
	"fmt"
	"strings"

	"iocgateway/canonical/vntext"
)

// Way is one way of writing.
type Way struct {
	Name  string
	Write func(string) string
}

// Ways are the ways in which a name, a number or an address is written.
func Ways() []Way {
	return []Way{
		{"NFC", vntext.NFC},
		{"NFD", vntext.NFD},
		{"upper case", func(s string) string { return strings.ToUpper(vntext.NFC(s)) }},
		{"lower case", func(s string) string { return strings.ToLower(vntext.NFC(s)) }},
		{"without marks", vntext.Fold},
		{"full width", fullWidth},
		{"zero-width", func(s string) string { return between(s, "\u200b") }},
		{"references", references},
		{"points", func(s string) string { return apart(s, ".") }},
		{"dashes", func(s string) string { return apart(s, "-") }},
		{"blanks", func(s string) string { return apart(s, " ") }},
		{"other digits", otherDigits},
		{"+84", abroad},
		{"slashes", func(s string) string { return apart(s, "/") }},
		{"commas", func(s string) string { return apart(s, ",") }},
		{"lines", func(s string) string { return apart(s, "\n") }},
		{"many blanks", func(s string) string { return apart(s, "     ") }},
		{"marks of HTML", marked},
		{"cells of HTML", func(s string) string { return apart(s, "<br>") }},
		{"letter O", lettered},
		{"in words", inWords},
		{"brackets", func(s string) string {
			return strings.NewReplacer("@", " (at) ", ".vn", "[dot]vn").Replace(s)
		}},
	}
}

// fullWidth writes letters and digits as wide as Chinese characters.
func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7F {
			return r + 0xFEE0
		}
		return r
	}, vntext.NFC(s))
}

func between(s, what string) string {
	return strings.Join(strings.Split(vntext.NFC(s), ""), what)
}

// references writes every character as HTML does what it cannot.
func references(s string) string {
	var b strings.Builder
	for _, r := range vntext.NFC(s) {
		fmt.Fprintf(&b, "&#%d;", r)
	}
	return b.String()
}

// apart parts a number into groups of three and a name into its words.
func apart(s, by string) string {
	if strings.Contains(s, "@") {
		return s
	}
	if strings.Contains(s, " ") {
		return strings.ReplaceAll(s, " ", by)
	}
	var groups []string
	for len(s) > 4 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, groups...), by)
}

// marked sets the middle of a number or an address in bold.
func marked(s string) string {
	if strings.Contains(s, " ") {
		return strings.Join(strings.Split(s, " "), " <b>") + strings.Repeat("</b>", strings.Count(s, " "))
	}
	return s[:4] + "<b>" + s[4:7] + "</b>" + s[7:]
}

// lettered writes the letter O for the zero that a number begins with.
func lettered(s string) string {
	if strings.HasPrefix(s, "0") {
		return "O" + s[1:]
	}
	return s
}

// inWords writes an address as people do who do not want it to be read by
// machines.
func inWords(s string) string {
	return strings.NewReplacer("@", " at ", ".vn", " dot vn").Replace(s)
}

// otherDigits writes digits as Khmer does.
func otherDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + 0x17E0
		}
		return r
	}, s)
}

// abroad writes a number of the country as it is called from elsewhere.
func abroad(s string) string {
	if len(s) == 10 && s[0] == '0' && strings.Trim(s, "0123456789") == "" {
		return "+84 " + s[1:]
	}
	return s
}
