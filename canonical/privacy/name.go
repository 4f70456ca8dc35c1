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

// HideName hides a name, given by its words, wherever the text has it as
// whole words: whatever its case, marks and blanks. Masked it is its
// initials, dropped it is bullets.
func HideName(text, words string, action Action) string {
	from, to := vntext.IndexWords(text, words, 0)
	if from < 0 || action == ActionKeep {
		return text
	}
	var b strings.Builder
	done := 0
	for from >= 0 {
		b.WriteString(text[done:from])
		if action == ActionDrop {
			b.WriteString(bullets(text[from:to], 3))
		} else {
			b.WriteString(maskName(text[from:to]))
		}
		done = to
		from, to = vntext.IndexWords(text, words, done)
	}
	b.WriteString(text[done:])
	return b.String()
}
