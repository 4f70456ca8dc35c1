package mappings

import (
	"bytes"
	"html"
	"slices"
	"strings"
)

// stepTextOf finds the text in the shapes one name comes in: a text, a
// number, {name: …}, [{languageId: 228, name: …}, …], {"0": …}. Vietnamese
// (languageId 228, language vi) is taken where several languages stand.
func stepTextOf(r *values, v value, s *step) (value, bool) {
	keys := s.keys
	if len(keys) == 0 {
		keys = textKeys()
	}
	for range maxDepth {
		switch v.shape {
		case object:
			v = memberOf(v.b, keys)
		case array:
			v = vietnameseItem(v.b)
		case text:
			return r.in.decoded(v), true
		default:
			return v, true
		}
	}
	return value{}, true
}

// structural steps take objects and lists too.
func (s *step) structural() bool {
	return s.name == "text_of" || s.name == "texts_of" || s.name == "json" || s.name == "split"
}

// stepTextsOf gives all texts of a rich document, in their order: those that stand
// in one list follow each other, and each list ends a line.
func stepTextsOf(r *values, v value, s *step) (value, bool) {
	keys := s.keys
	if len(keys) == 0 {
		keys = []string{"text"}
	}
	if v.shape != object && v.shape != array {
		return r.in.decoded(v), true
	}
	out := bytes.TrimSpace(r.texts(nil, v, keys, maxDepth))
	if len(out) == 0 {
		return value{}, true
	}
	return value{b: out, shape: text}, true
}

func (r *values) texts(out []byte, v value, keys []string, deep int) []byte {
	switch {
	case deep == 0:
	case v.shape == array:
		eachItem(v.b, func(item value) bool {
			out = r.texts(out, item, keys, deep-1)
			return true
		})
		if n := len(out); n > 0 && out[n-1] != '\n' {
			out = append(out, '\n')
		}
	case v.shape == object:
		eachMember(v.b, func(name []byte, member value) {
			switch {
			case member.shape == text && slices.Contains(keys, string(name)):
				out = append(out, r.in.decoded(member).b...)
			case member.shape == object || member.shape == array:
				out = r.texts(out, member, keys, deep-1)
			}
		})
	}
	return out
}

func textKeys() []string {
	return []string{"name", "ten", "Ten", "label", "title", "text", "value", "vi", "228", "0", "#text"}
}

// memberOf gives the first of the named members that has a value.
func memberOf(b []byte, keys []string) value {
	found := make([]value, len(keys))
	eachMember(b, func(name []byte, v value) {
		for i, k := range keys {
			if k == string(name) {
				found[i] = v
			}
		}
	})
	for _, v := range found {
		if v.shape > null && !(v.shape == text && len(v.b) == 0) {
			return v
		}
	}
	return value{}
}

// vietnameseItem gives the Vietnamese one of a list of names, or the first.
func vietnameseItem(b []byte) value {
	var first, chosen value
	eachItem(b, func(v value) bool {
		if first.shape == absent {
			first = v
		}
		if v.shape != object {
			return true
		}
		lang := memberOf(v.b, []string{"languageId", "lang", "language"})
		if id := string(lang.b); id == "228" || id == "vi" {
			chosen = v
			return false
		}
		return true
	})
	if chosen.shape != absent {
		return chosen
	}
	return first
}

// stepHTML leaves the text of HTML: tags are blanks or breaks, entities are
// read, what scripts and styles hold is gone.
func stepHTML(_ *values, v value, _ *step) (value, bool) {
	if !bytes.ContainsAny(v.b, "<&") {
		return v, true
	}
	var out strings.Builder
	rest := string(v.b)
	for rest != "" {
		before, after, open := strings.Cut(rest, "<")
		out.WriteString(before)
		if !open {
			break
		}
		if after == "" || !(after[0] == '/' || after[0] == '!' || after[0]|0x20 >= 'a' && after[0]|0x20 <= 'z') {
			out.WriteByte('<') // no tag: a smaller-than sign
			rest = after
			continue
		}
		tag, tail, closed := strings.Cut(after, ">")
		if !closed {
			break
		}
		name := strings.ToLower(strings.TrimLeft(tag, "/"))
		if rest = tail; tag[0] != '/' && (strings.HasPrefix(name, "script") || strings.HasPrefix(name, "style")) {
			rest = afterElement(tail, name[:5])
		}
		out.WriteString(tagGap(name))
	}
	return value{b: []byte(html.UnescapeString(out.String())), shape: text}, true
}

func tagGap(name string) string {
	for _, block := range []string{"br", "p", "div", "li", "tr", "h"} {
		if strings.HasPrefix(name, block) {
			return "\n"
		}
	}
	if strings.HasPrefix(name, "td") || strings.HasPrefix(name, "th") {
		return " "
	}
	return ""
}

func afterElement(s, name string) string {
	end := strings.Index(strings.ToLower(s), "</"+name)
	if end < 0 {
		return ""
	}
	_, tail, _ := strings.Cut(s[end:], ">")
	return tail
}
