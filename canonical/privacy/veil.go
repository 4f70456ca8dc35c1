package privacy

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"iocgateway/canonical/problem"
)

// Veil shows what a source gave to readers who may not see Raws: what may be a
// name is its initials, a key that may be a person's number is a word that
// stands for it. The nil Veil is for those who may: it hides nothing.
type Veil struct{ secret [sha256.Size]byte }

// NewVeil makes a Veil. What stands for a key is the same as long as the
// process runs: numbers are few, and a lasting hash of them would be undone by
// trying all.
func NewVeil() *Veil {
	v := &Veil{}
	_, _ = rand.Read(v.secret[:]) // never fails
	return v
}

// Value shows a value that nobody could read.
func (v *Veil) Value(s string) string {
	if v == nil {
		return s
	}
	if s = Scrub(s); mayName(s) && !ofServers(s) {
		return maskName(s)
	}
	return s
}

// ofServers reports the words that HTTP has for a status, as servers answer with
// them ("502 Bad Gateway"), and what pages to sign in at are called: nobody is called that.
func ofServers(s string) bool {
	said := strings.TrimLeft(s, "0123456789 ")
	switch strings.ToLower(said) {
	case "đăng nhập", "đăng nhập hệ thống", "trang đăng nhập", "sign in", "log in", "login page":
		return true
	}
	for status := http.StatusBadRequest; status < 600; status++ {
		if text := http.StatusText(status); text != "" && strings.EqualFold(text, said) {
			return true
		}
	}
	return false
}

// Key shows a source's key: a word stands for one that may be a person's
// number, or a hash of what the source gave, which is undone by trying all.
func (v *Veil) Key(key string) string {
	if v == nil || v.ShowsKey(key) {
		return key
	}
	sum := hmac.New(sha256.New, v.secret[:])
	sum.Write([]byte(key))
	return "#" + hex.EncodeToString(sum.Sum(nil)[:5])
}

// ShowsKey reports whether a key is shown as it is.
func (v *Veil) ShowsKey(key string) bool {
	return v == nil || Scrub(key) == key && !mayName(strings.ReplaceAll(key, "_", " ")) && !mayHash(key)
}

// hashDigits is from how many hexadecimal digits on they may be a hash.
const hashDigits = 16

// mayHash reports a key that may be made of what the source gave.
func mayHash(key string) bool {
	run := 0
	for i := range len(key) {
		if run++; hexDigit(key[i]) < 0 {
			run = 0
		}
		if run >= hashDigits {
			return true
		}
	}
	return false
}

// place shows where something stands in what a source gave: a file, a sheet
// and a row, a way down. Its steps may be names; how they end (.xlsx) is none.
func (v *Veil) place(s string) string {
	var b strings.Builder
	step := func(s string) {
		end := ""
		if dot := strings.LastIndexByte(s, '.'); dot > 0 && len(s)-dot <= 6 && plainWord(s[dot+1:]) {
			s, end = s[:dot], s[dot:]
		}
		if words := strings.ReplaceAll(s, "_", " "); mayName(words) {
			s = maskName(words)
		}
		b.WriteString(s + end)
	}
	s = Scrub(s)
	for {
		at := strings.IndexAny(s, `/\!#[]`)
		if at < 0 {
			step(s)
			return b.String()
		}
		step(s[:at])
		b.WriteByte(s[at])
		s = s[at+1:]
	}
}

func plainWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; !digitByte(c) && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return s != ""
}

// words shows the words of an error: what it has in quotes is what it met, but
// for an address that was asked.
func (v *Veil) words(s string) string {
	s = unquoted(Scrub(s))
	var b strings.Builder
	for {
		from := strings.IndexAny(s, "\"`")
		if from < 0 {
			b.WriteString(s)
			return b.String()
		}
		length := strings.IndexByte(s[from+1:], s[from])
		if length < 0 {
			b.WriteString(s[:from+1] + v.Value(s[from+1:]))
			return b.String()
		}
		met := s[from+1 : from+1+length]
		if !strings.HasPrefix(met, "http://") && !strings.HasPrefix(met, "https://") {
			met = v.Value(met)
		}
		b.WriteString(s[:from+1] + met + s[from:from+1])
		s = s[from+length+2:]
	}
}

// unquoted cuts the words of an error where they are those of another Problem
// that quotes a source without marks for it: its code says enough.
func unquoted(s string) string {
	const code = "GW-S013"
	for from := 0; ; {
		at := strings.Index(s[from:], code[:3])
		if at < 0 || len(s)-from-at < len(code) {
			return s
		}
		from += at
		met := &problem.Problem{Code: s[from : from+len(code)]}
		if _, known := problem.WordsOf(met.Code); known && met.OfSource()&^problem.PartCause != 0 {
			return s[:from+len(code)] + " …"
		}
		from += len(code)
	}
}

// Problem shows the Problem of something held: its value is what a source gave.
func (v *Veil) Problem(p *problem.Problem) *problem.Problem {
	if p == nil {
		return nil
	}
	return v.shown(p, p.OfSource()|problem.PartValue)
}

// Said shows a Problem of a source as a whole: what it quotes of the source is
// shown as what is held is, what is in words of ours is to be read.
func (v *Veil) Said(p *problem.Problem) *problem.Problem {
	if p == nil {
		return nil
	}
	return v.shown(p, p.OfSource())
}

// shown is a Problem some parts of which are what a source gave.
func (v *Veil) shown(p *problem.Problem, parts problem.Part) *problem.Problem {
	if p = (*Cleaner)(nil).Problem(p); v == nil {
		return p
	}
	for part, text := range map[problem.Part]*string{problem.PartFile: &p.File, problem.PartPath: &p.Path} {
		if parts&part != 0 {
			*text = v.place(*text)
		}
	}
	for part, text := range map[problem.Part]*string{problem.PartField: &p.Field, problem.PartValue: &p.Value, problem.PartWant: &p.Want,
		problem.PartNear: &p.Near} {
		if parts&part != 0 {
			*text = v.Value(*text)
		}
	}
	if p.Err != nil {
		p.Cause, p.Err = p.Err.Error(), nil
	}
	if parts&problem.PartCause != 0 {
		p.Cause = v.words(p.Cause)
	}
	return p
}

// SaidIn is an error's words, shown likewise. Where they are not those of the
// Problems found in it, what is shown of these stands for all of it.
func (v *Veil) SaidIn(words string, found ...*problem.Problem) string {
	if words = Scrub(words); v == nil {
		return words
	}
	var b strings.Builder
	var all []string
	apart := false
	for _, p := range found {
		if p == nil {
			continue
		}
		shown := v.Said(p).Error()
		all = append(all, shown)
		before, rest, stands := strings.Cut(words, Scrub(p.Error()))
		if !stands {
			before, rest, stands = strings.Cut(words, (*Cleaner)(nil).Problem(p).Error())
		}
		if apart = apart || !stands; stands {
			b.WriteString(v.words(before) + shown)
			words = rest
		}
	}
	if apart {
		return strings.Join(all, "; ")
	}
	return b.String() + v.words(words)
}

// Everybody is the Veil of what goes out to readers nobody knows: feeds and the
// log. It shows no keys.
func Everybody() *Veil { return &Veil{} }

// mayName reports a text that may be a name: several words, unless it is one
// code of plain letters (A_B, ho-so).
func mayName(s string) bool {
	words, codes := 0, true
	inWord := false
	if found := LookAt([]byte(s)); found&hasAlien != 0 {
		s = strings.ToValidUTF8(string(flatten([]byte(s), found).b), "?")
	}
	for _, r := range s {
		letter := unicode.IsLetter(r) || unicode.IsMark(r)
		if letter && !inWord {
			words++
		}
		inWord = letter || r == '_' || unicode.IsDigit(r)
		codes = codes && r < utf8.RuneSelf && r != ' '
	}
	return words > 2 || words == 2 && !codes
}
