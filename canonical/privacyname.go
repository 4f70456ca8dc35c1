package canonical

import (
	"bytes"
	"reflect"
	"strings"

	"iocgateway/canonical/vntext"
)

// NameField is the path of the field that says whose matter a record of this
// kind is; empty where it is nobody's.
func NameField(kind Kind) string {
	for path, class := range personalFields()[kind] {
		if class == ClassName {
			return path // a test holds that there is one
		}
	}
	return ""
}

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

// person remembers the name that the record's free text is not to tell.
func (a *applier) person(e Entity, dropped bool) {
	name := ""
	switch e := e.(type) {
	case *Dossier:
		if e.Applicant != nil {
			name = e.Applicant.Name
		}
	case *Feedback:
		if e.Reporter != nil {
			name = e.Reporter.Name
		}
	}
	if a.hiding = a.policy.Action(ClassName); dropped {
		a.hiding = ActionDrop
	}
	if name != "" && a.hiding != ActionKeep {
		a.words = string(AppendNameWords(nil, []byte(name)))
	}
}

// hide takes the person's name out of a free text.
func (a *applier) hide(field reflect.Value) {
	if a.words == "" || field.Kind() != reflect.String {
		return
	}
	if shown := HideName(field.String(), a.words, a.hiding); shown != field.String() {
		field.SetString(shown)
		a.changed = true
	}
}
