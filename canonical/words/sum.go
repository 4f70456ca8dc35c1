package words

import "strings"

// Share is a part of a sum: how many ended as what.
type Share struct {
	Word string
	N    int
}

// Sum is how many came in, what a listing proved gone besides, and what they
// became: 682 = 43 ghi nhận + 639 không đổi. Where all became the same, an
// equation would say nothing: 97, tất cả ghi nhận.
func Sum(received, proved int, shares []Share, lang Lang) string {
	text := Number(received, lang)
	if proved != 0 {
		text += " + " + Number(proved, lang) + " " + Say("count", "proved", lang)
	}
	if len(shares) == 1 && proved == 0 && shares[0].N == received {
		if received == 1 {
			return text + " " + shares[0].Word
		}
		return text + ", " + Say("count", "all", lang) + " " + shares[0].Word
	}
	parts := make([]string, 0, len(shares))
	for _, s := range shares {
		parts = append(parts, Number(s.N, lang)+" "+s.Word)
	}
	if len(parts) > 0 {
		text += " = " + strings.Join(parts, " + ")
	}
	return text
}

// Note is how a value was read, in words: the steps it went through, and what
// was assumed. An expression stands as it was written.
func Note(note string, lang Lang) string {
	before, expression, computed := strings.Cut(note, "expression: ")
	var said []string
	for _, name := range strings.FieldsFunc(before, func(r rune) bool { return r == ' ' || r == ',' }) {
		w, known := Of("step", name)
		if !known {
			w, _ = Of("note", name)
		}
		said = append(said, w.In(lang))
	}
	if computed {
		said = append(said, Say("note", "expression", lang)+": "+expression)
	}
	return strings.Join(said, ", ")
}
