package httpx

import (
	"errors"
	"net/http"
	"strings"
)

// errLink is all that is said of a Link header that does not read: its text is the source's.
var errLink = errors.New("httpx: the Link header does not read")

// Linked is the address that the Link headers give for a relation (RFC 8288);
// empty where they give none. Lists without angle brackets are read too. A
// header that breaks off before the relation was found is an error: it may
// have named it.
func Linked(h http.Header, relation string) (string, error) {
	other := ""
	for _, line := range h.Values("Link") {
		for rest := strings.TrimLeft(line, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
			var l link
			var err error
			if l, rest, err = cutLink(rest); err != nil {
				return "", err
			}
			switch {
			case !l.relates(relation):
			case l.anchor == "":
				return l.target, nil
			case other == "": // of another page, as it says: only where there is no better one
				other = l.target
			}
		}
	}
	return other, nil
}

type link struct{ target, rel, anchor string }

// relates: relations are separated by blanks, and their case means nothing. An
// extension relation is an address, and another relation whatever it ends in.
func (l link) relates(relation string) bool {
	for name := range strings.FieldsSeq(l.rel) {
		if strings.EqualFold(name, relation) {
			return true
		}
	}
	return false
}

// cutLink takes one link off; what follows begins with the comma after it.
func cutLink(text string) (l link, rest string, err error) {
	if after, bracketed := strings.CutPrefix(text, "<"); bracketed {
		var closed bool
		if l.target, rest, closed = strings.Cut(after, ">"); !closed {
			return l, "", errLink
		}
	} else {
		end := strings.IndexAny(text, ";, \t")
		if end < 0 {
			end = len(text)
		}
		l.target, rest = text[:end], text[end:]
	}
	l.target = strings.TrimSpace(l.target)
	had := false
	for {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" || rest[0] == ',' {
			return l, rest, nil
		}
		if rest[0] != ';' {
			return l, "", errLink
		}
		var name, value string
		if name, value, rest, err = cutParam(rest[1:]); err != nil {
			return l, "", err
		}
		switch {
		case strings.EqualFold(name, "rel") && !had: // the first counts, and no other
			l.rel, had = value, true
		case strings.EqualFold(name, "anchor"):
			l.anchor = value
		}
	}
}

// cutParam takes one parameter off: a name, and mostly a value, quoted or not.
func cutParam(text string) (name, value, rest string, err error) {
	end := strings.IndexAny(text, "=;,")
	if end < 0 || text[end] != '=' {
		if end < 0 {
			end = len(text)
		}
		return strings.TrimSpace(text[:end]), "", text[end:], nil
	}
	name, rest = strings.TrimSpace(text[:end]), strings.TrimLeft(text[end+1:], " \t")
	if !strings.HasPrefix(rest, `"`) {
		if end = strings.IndexAny(rest, ";,"); end < 0 {
			end = len(rest)
		}
		return name, strings.TrimSpace(rest[:end]), rest[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			return name, b.String(), rest[i+1:], nil
		case c == '\\' && i+1 < len(rest):
			i++
			b.WriteByte(rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return name, "", "", errLink
}
