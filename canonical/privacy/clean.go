package privacy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"strings"

	"iocgateway/canonical/problem"
)

// minSecret is the least a secret must have to be looked for: shorter ones are
// words of every text.
const minSecret = 6

// Cleaner takes out of what the gateway reports what nobody is to read there:
// numbers and addresses of persons, and the gateway's own secrets, should a
// source echo them. The nil Cleaner knows no secrets.
type Cleaner struct{ secrets *strings.Replacer }

// NewCleaner makes a Cleaner that knows these secrets, as they are and as
// URLs, HTML and HTTP write them.
func NewCleaner(secrets []string) *Cleaner {
	var pairs []string
	for _, secret := range secrets {
		if len(secret) < minSecret {
			continue
		}
		for _, form := range forms(secret) {
			pairs = append(pairs, form, hidden)
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	return &Cleaner{strings.NewReplacer(pairs...)}
}

const hidden = "••••"

// forms are the ways in which a secret is written.
func forms(secret string) []string {
	out := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret)}
	for _, coded := range out[1:3] { // %2F and %2f
		out = append(out, lowerEscapes(coded))
	}
	if coded, err := json.Marshal(secret); err == nil { // as a text of JSON, with < > & as they are and as \u003c
		inside := string(coded[1 : len(coded)-1])
		out = append(out, inside, strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(inside), strings.ReplaceAll(inside, "/", `\/`))
	}
	// As part of something longer a secret stands in base64 in one of three ways
	// (Basic: name:secret); what its neighbours have a share in is left out.
	for shift := range 3 {
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			coded := enc.EncodeToString(append(make([]byte, shift), secret...))
			from, to := (shift*8+5)/6, (shift+len(secret))*8/6
			if to-from >= minSecret {
				out = append(out, coded[from:to])
			}
		}
	}
	return out
}

// lowerEscapes is a text whose escapes (%2F) are in small letters.
func lowerEscapes(coded string) string {
	b := []byte(coded)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// Secret takes the secrets out of a text.
func (c *Cleaner) Secret(text string) string {
	if c == nil {
		return text
	}
	return c.secrets.Replace(text)
}

// Text takes secrets and what is a person's out of a text.
func (c *Cleaner) Text(text string) string { return Scrub(c.Secret(text)) }

// Problem gives a Problem without them; nil for nil. What a Problem says is in
// words of ours but for what came from a source.
func (c *Cleaner) Problem(p *problem.Problem) *problem.Problem {
	if p == nil {
		return nil
	}
	clean := *p
	for _, part := range []*string{&clean.Field, &clean.Path, &clean.Value, &clean.Want, &clean.Near, &clean.Cause} {
		*part = c.Text(*part)
	}
	if p.Err != nil {
		clean.Err = c.Error(p.Err)
	}
	return &clean
}

// Error gives an error whose words are clean; what is asked of it by errors.Is
// and errors.As it still is, with the Problems in it clean too.
func (c *Cleaner) Error(err error) error {
	if err == nil {
		return nil
	}
	words := c.Text(err.Error())
	found, known := problem.As(err)
	if !known && words == err.Error() {
		return err
	}
	e := &cleaned{error: err, words: words}
	if known {
		e.found = c.Problem(found)
	}
	return e
}

type cleaned struct {
	error
	words string
	found *problem.Problem
}

// Error is the clean words.
func (e *cleaned) Error() string { return e.words }

// Unwrap is the error itself.
func (e *cleaned) Unwrap() error { return e.error }

// As gives the clean Problem for the one inside.
func (e *cleaned) As(target any) bool {
	if into, asked := target.(**problem.Problem); asked && e.found != nil {
		*into = e.found
		return true
	}
	return false
}
