package privacy

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"iocgateway/canonical/vntext"
)

const (
	bullet = "•"
	// maxBullets bounds a run of bullets, so that a mask does not show how
	// long a long secret is.
	maxBullets = 12
)

// Mask hides a value of a class. The same value always gives the same mask,
// the mask of a mask is the mask itself; a mask never has more bullets than characters it hides, and what it leaves
// is a part of the value.
//
//	phone        09•• ••• 412            first two digits and last three
//	name         N. V. A.                initials
//	email        n•••@example.vn         first letter and domain
//	personal_id  •••••••••412            last three
//	birth        1990-••-••              the year
//	address      •••, Phường Kon Tum     from the first comma on, scrubbed
//	plate        76A-•••••               the series
//	position     15.121                  three decimals, about 100 m
//	free_text    scrubbed: see Scrub     image and unknown classes: bullets only
func Mask(class DataClass, value string) string {
	value = vntext.NFC(strings.ToValidUTF8(strings.TrimSpace(value), ""))
	if value == "" {
		return ""
	}
	switch class {
	case ClassName:
		return maskName(value)
	case ClassPhone:
		return maskPhone(value)
	case ClassEmail:
		return maskEmail(value)
	case ClassPersonalID:
		return maskTail(value)
	case ClassBirth:
		return maskBirth(value)
	case ClassAddress:
		return maskAddress(value)
	case ClassPosition:
		return maskPosition(value)
	case ClassFreeText:
		return Scrub(value)
	case ClassPlate:
		return maskPlate(value)
	}
	return bullets(value, maxBullets)
}

// bullets hides all of s, in at most limit bullets.
func bullets(s string, limit int) string {
	return strings.Repeat(bullet, min(utf8.RuneCountInString(s), limit))
}

func maskName(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if len(words) == 0 || utf8.RuneCountInString(strings.Join(words, "")) == 1 {
		return bullets(s, 1)
	}
	var b strings.Builder
	for i, w := range words[:min(len(words), 8)] {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strings.ToUpper(firstLetter(w)))
		b.WriteByte('.')
	}
	return b.String()
}

// firstLetter is the first character with the marks that belong to it.
func firstLetter(s string) string {
	end := len(s)
	for i, r := range s {
		if i > 0 && !unicode.IsMark(r) {
			end = i
			break
		}
	}
	return s[:end]
}

func maskPhone(s string) string {
	d := localDigits(s)
	switch {
	case len(d) <= 5 && strings.Count(s, bullet) > 4:
		return s // masked before: a mask of a mask is the same mask
	case len(d) < 8 || len(d) > 15:
		return bullets(s, maxBullets)
	case len(d) == 10:
		return d[:2] + "•• ••• " + d[7:]
	default:
		return d[:2] + bullets(d[5:], maxBullets) + d[len(d)-3:]
	}
}

// localDigits leaves the digits of a phone number in the form used at home:
// +84 912… and 84 912… are 0912….
func localDigits(s string) string {
	d := onlyDigits(s)
	if strings.HasPrefix(s, "00") && strings.HasPrefix(d, "0084") {
		return "0" + d[4:]
	}
	if strings.HasPrefix(d, "84") && (strings.HasPrefix(s, "+") || len(d) >= 11) {
		return "0" + strings.TrimPrefix(d[2:], "0")
	}
	return d
}

func onlyDigits(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func maskEmail(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || strings.ContainsFunc(domain, noDomain) {
		return bullets(s, maxBullets)
	}
	head := firstLetter(local)
	if hidden := strings.TrimLeft(local[len(head):], bullet); hidden == "" && strings.Contains(local, bullet) {
		return s // masked before
	}
	if len(head) == len(local) {
		head = ""
	}
	return head + bullets(local[len(head):], 3) + "@" + domain
}

// noDomain reports what no domain has: more stands there than an address.
func noDomain(r rune) bool {
	return r == '@' || r < utf8.RuneSelf && !mailByte(byte(r)) || unicode.IsSpace(r) || !unicode.IsPrint(r)
}

func maskTail(s string) string {
	runes := []rune(s)
	if strings.Count(s, bullet) >= len(runes)-3 && len(runes) >= 8 {
		return s // masked before
	}
	if len(runes) < 8 {
		return bullets(s, maxBullets)
	}
	cut := len(runes) - 3
	return bullets(string(runes[:cut]), maxBullets) + string(runes[cut:])
}

func maskBirth(s string) string {
	if len(s) == len("2006-01-02") && allDigits(s[:4]) && s[4] == '-' && s[7] == '-' {
		return s[:4] + "-••-••"
	}
	if len(s) == 4 && allDigits(s) || s == s[:min(4, len(s))]+"-••-••" && allDigits(s[:4]) {
		return s
	}
	return bullets(s, maxBullets)
}

func maskAddress(s string) string {
	house, rest, ok := strings.Cut(s, ",")
	if !ok {
		return bullets(s, 3)
	}
	return bullets(house, 3) + "," + Scrub(rest)
}

func maskPlate(s string) string {
	series, number, ok := strings.Cut(s, "-")
	if !ok || len(series) > 5 || number == "" {
		return bullets(s, maxBullets)
	}
	if strings.Trim(number, bullet) == "" {
		return s // masked before
	}
	return series + "-" + bullets(onlyDigits(number), maxBullets)
}

func maskPosition(s string) string {
	// What no coordinate is may be anything (a phone number), and a coordinate in
	// metres keeps the house at three decimals.
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 180 || zeroFirst(s) {
		return bullets(s, maxBullets)
	}
	return strconv.FormatFloat(Coarse(f), 'f', -1, 64)
}

// zeroFirst reports digits that no number is written with: 0912.
func zeroFirst(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9'
}

// Coarse takes a coordinate to three decimals, about a hundred metres: the
// street, not the house.
func Coarse(f float64) float64 { return math.Round(f*1000) / 1000 }

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
