package privacy

import (
	"bytes"
	"strings"

	"iocgateway/canonical/vntext"
)

const maxNameBytes = 200

// AppendNameWords appends the folded words by which a person's name is found
// in free text (see HideName). It appends nothing where the name is none to
// look for: a single word is a word of many meanings, and "Người dân" is
// everybody.
func AppendNameWords(dst, name []byte) []byte {
	if len(name) > maxNameBytes {
		return dst
	}
	from := len(dst)
	dst = vntext.AppendFold(dst, name)
	words := dst[from:]
	if bytes.IndexByte(words, ' ') < 0 || nobody(words) {
		return dst[:from]
	}
	return dst
}

// nobody are words that forms put where a name belongs.
func nobody(words []byte) bool {
	switch string(words) {
	case "nguoi dan", "cong dan", "an danh", "khach hang", "khong ro", "khong ten", "khong co", "to chuc", "ca nhan", "doanh nghiep",
		"cong ty", "ho gia dinh", "ho kinh doanh", "chu ho", "to dan pho", "ho so":
		return true
	}
	return false
}

// official reports folded words by which an office, a company or a school
// begins: it is nobody's name, and what it says elsewhere is to be read.
func official(words string) bool {
	first, rest, _ := strings.Cut(words, " ")
	switch first {
	case "ubnd", "hdnd", "ubmttq", "bql", "so", "phong", "chi", "cuc", "cty", "tnhh", "ban", "hoi", "vien", "xa", "htx":
		return true
	case "cong", "uy", "truong", "trung", "hop", "doanh", "ngan", "van", "benh", "thi", "huyen", "tinh", "thanh":
		second, _, _ := strings.Cut(rest, " ")
		switch second {
		case "ty", "an", "doan", "ban", "tieu", "thpt", "thcs", "mam", "mau", "dai", "cao", "tam", "tac", "nghiep", "hang", "vien", "phong",
			"xa", "tran", "uy", "pho":
			return true
		}
	}
	return false
}

// Official reports whether the words of a name (AppendNameWords) are an
// office's or a company's.
func Official(words []byte) bool { return official(string(words)) }

// HideName hides a name, given by its words, wherever the text has it as
// whole words, however it is written. Masked it is its initials, dropped it
// is bullets.
func HideName(text, words string, action Action) string {
	if words == "" || action == ActionKeep {
		return text
	}
	b := []byte(text)
	b = hideName(flat{b: b, text: b}, words, action)
	if found := LookAt(b); found&hasAlien != 0 {
		b = hideName(flatten(b, found), words, action)
	}
	return string(b)
}

// Names reports whether a name stands in a text that was looked at, however it
// is written.
func Names(text, words []byte, found Look) bool {
	if from, _ := vntext.IndexWords(text, words, 0); from >= 0 || found&hasAlien == 0 {
		return from >= 0
	}
	from, _ := vntext.IndexWords(flatten(text, found).b, words, 0)
	return from >= 0
}

// Letters is which pairs of letters stand in a text, however it is written: a
// name that has others is not in it.
type Letters [2]uint64

// LettersOf gives the pairs of letters of a text.
func LettersOf(text []byte) (pairs Letters) {
	var room [256]byte
	before := byte(0)
	for _, c := range vntext.AppendFold(room[:0], flatten(text, LookAt(text)).b) {
		if c < 'a' || c > 'z' {
			continue
		}
		if before != 0 {
			pair := (uint(before)*31 + uint(c)) % 128
			pairs[pair/64] |= 1 << (pair % 64)
		}
		before = c
	}
	return pairs
}

// Has reports whether all of these pairs stand there too.
func (l Letters) Has(of Letters) bool { return of[0]&^l[0] == 0 && of[1]&^l[1] == 0 }

func hideName(f flat, words string, action Action) []byte {
	name := []byte(words)
	from, to := vntext.IndexWords(f.b, name, 0)
	if from < 0 {
		return f.text
	}
	var out []byte
	done := 0
	for from >= 0 {
		start, end := f.place(from, to)
		out = append(out, f.text[min(done, start):start]...)
		if action == ActionDrop {
			out = append(out, bullets(string(f.b[from:to]), 3)...)
		} else {
			out = append(out, initials(string(f.b[from:to]), words)...)
		}
		done = end
		from, to = vntext.IndexWords(f.b, name, to)
	}
	return append(out, f.text[done:]...)
}

// initials masks a name as it is written; one that is written in one word, or
// letter by letter, by its words.
func initials(written, words string) string {
	shown := maskName(written)
	if strings.Count(shown, ".") == strings.Count(words, " ")+1 {
		return shown
	}
	return maskName(words)
}
