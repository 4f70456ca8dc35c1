package privacy

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
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
	if s = Scrub(s); mayName(s) {
		return maskName(s)
	}
	return s
}

// Key shows a source's key.
func (v *Veil) Key(key string) string {
	if v == nil || Scrub(key) == key && !mayName(key) {
		return key
	}
	sum := hmac.New(sha256.New, v.secret[:])
	sum.Write([]byte(key))
	return "#" + hex.EncodeToString(sum.Sum(nil)[:5])
}

// Problem shows a Problem: its value is what a source gave.
func (v *Veil) Problem(p *problem.Problem) *problem.Problem {
	p = (*Cleaner)(nil).Problem(p)
	if p != nil && v != nil {
		p.Value = v.Value(p.Value)
	}
	return p
}

// Said shows a Problem of a source as a whole: what it quotes of the source is
// shown as what is held is, what is in words of ours is to be read.
func (v *Veil) Said(p *problem.Problem) *problem.Problem {
	if p == nil || !p.Quotes() {
		v = nil
	}
	return v.Problem(p)
}

// SaidIn is an error's words, shown likewise.
func (v *Veil) SaidIn(words string, found ...*problem.Problem) string {
	for _, p := range found {
		shown := v.Said(p)
		if shown == nil || shown.Value == p.Value || p.Value == "" {
			continue
		}
		if !strings.Contains(words, p.Value) {
			return shown.Error() // it stands there in another form
		}
		words = strings.ReplaceAll(words, p.Value, shown.Value)
	}
	return Scrub(words)
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
