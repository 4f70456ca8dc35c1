package form

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// The members that hold the words of an error, nearest first.
func wordy() []string {
	return []string{"message", "msg", "error_description", "errormessage", "error_message", "faultstring", "detail", "details",
		"description", "reason", "title", "text", "info", "error", "errormessages", "errors", "fault", "exception", "value"}
}

// failing are members that only a failure has.
func failing() []string {
	return []string{"error", "errors", "fault", "exception", "error_description", "errormessage", "errormessages", "error_message",
		"errorcode", "error_code", "faultstring"}
}

// fine are words and codes that no error has.
func fine(words string) bool {
	if strings.Trim(words, "0") == "" {
		return true
	}
	switch strings.ToLower(words) {
	case "200", "ok", "success", "none", "null", "no error", "n/a", "thành công":
		return true
	}
	return false
}

// codeOf is the code in an object that tells of an error; "?" where it has none.
func codeOf(v jsonscan.Value) string {
	code := "?"
	jsonscan.EachMember(v.Bytes, func(name []byte, in jsonscan.Value) {
		if n := strings.ToLower(string(name)); n == "code" || n == "errorcode" || n == "error_code" {
			code = strings.Trim(string(in.Bytes), `"`)
		}
	})
	return code
}

// errorOf gives the words of an object that is an error and nothing else: it
// has a member of an error, and no list or object of anything else.
func errorOf(text []byte) string {
	if !sound(text) {
		return ""
	}
	failed, more := false, false
	jsonscan.EachMember(text, func(name []byte, v jsonscan.Value) {
		switch is := fails(name, v); {
		case is:
			failed = true
		case v.Shape >= jsonscan.Object && len(v.Bytes) > 2:
			more = true
		}
	})
	if !failed || more {
		return ""
	}
	return Said(wordsOf(jsonscan.Of(text), mostDeep))
}

func sound(text []byte) bool {
	return jsonscan.Check(bytes.TrimRight(text, "\x00 \t\r\n"), jsonscan.MaxDepth) == jsonscan.Sound
}

// fails reports whether a member tells of a failure: error: null and error: 0 do not.
func fails(name []byte, v jsonscan.Value) bool {
	if v.Empty() || v.Shape == jsonscan.False {
		return false
	}
	none := string(v.Bytes)
	return none != "0" && none != "[]" && none != "{}" && slices.Contains(failing(), strings.ToLower(string(name)))
}

// mostDeep is how far below an error its words may stand.
const mostDeep = 4

// wordsOf finds the words in a value: a text, or a member or element below it.
// What an error has under names of its own (the field that is wrong) is words too.
func wordsOf(v jsonscan.Value, deep int) (words string) {
	switch {
	case v.Shape == jsonscan.Text:
		return v.String()
	case v.Shape == jsonscan.Object && deep > 0:
		rank := len(wordy())
		jsonscan.EachMember(v.Bytes, func(name []byte, in jsonscan.Value) {
			if at := slices.Index(wordy(), strings.ToLower(string(name))); at >= 0 && at < rank {
				if found := wordsOf(in, deep-1); found != "" {
					rank, words = at, found
				}
			}
		})
		if words == "" && deep < mostDeep {
			jsonscan.EachMember(v.Bytes, func(_ []byte, in jsonscan.Value) {
				if words == "" && in.Shape == jsonscan.Text {
					words = in.String()
				}
			})
		}
	case v.Shape == jsonscan.Array && deep > 0:
		jsonscan.EachItem(v.Bytes, func(in jsonscan.Value) bool {
			words = wordsOf(in, deep-1)
			return words == ""
		})
	}
	return words
}

// faultOf gives the words of an XML document that is an error: a SOAP fault,
// an SDMX Error, an element <error>.
func faultOf(text []byte, root string) string {
	if !faulty(strings.ToLower(root)) {
		return ""
	}
	in := jsonscan.NewXML(bytes.NewReader(text))
	best, rank, fault := "", len(wordy()), !strings.EqualFold(root, "envelope")
	for range 500 {
		what, err := in.Next()
		if err != nil {
			break
		}
		name := strings.ToLower(in.Name())
		fault = fault || name == "fault"
		if words := string(bytes.TrimSpace(in.Chars())); what == jsonscan.Chars && fault && words != "" {
			at := slices.Index(wordy(), strings.TrimPrefix(name, "exception"))
			if at >= 0 && at < rank || best == "" {
				best = words
			}
			if at >= 0 {
				rank = min(rank, at)
			}
		}
	}
	if !fault {
		return ""
	}
	return Said(best)
}

// faulty reports whether a root element may be that of an error.
func faulty(root string) bool {
	return root == "envelope" || slices.Contains(failing(), root) || strings.HasSuffix(root, "exception") ||
		strings.HasSuffix(root, "exceptionreport") || strings.HasSuffix(root, "errorresponse")
}

// Refuse is the Problem of bytes that are of another kind than was asked for;
// nil where they may be what is wanted: text, json, xml, workbook, or the name
// of a format that is written in one of these.
func Refuse(f Form, asked string) *problem.Problem {
	switch f.Is {
	case Empty:
		return &problem.Problem{Code: "GW-S062", Want: asked}
	case HTML:
		if asked == "html" {
			return nil
		}
		return &problem.Problem{Code: "GW-S010", Value: f.Says, Want: asked}
	case Login:
		return &problem.Problem{Code: "GW-S011", Value: f.Says, Want: asked}
	}
	if fits(f, asked) {
		return nil
	}
	if f.Says != "" && (f.Is == Object || f.Is == XML) {
		return Failed(f)
	}
	return &problem.Problem{Code: "GW-S060", Value: f.Called(), Want: asked}
}

// Called is the form by its name and its own words.
func (f Form) Called() string {
	if f.Says == "" {
		return f.Name
	}
	return f.Name + " (" + f.Says + ")"
}

// Failed is the Problem of an answer that is an error, in its own words.
func Failed(f Form) *problem.Problem { return &problem.Problem{Code: "GW-S061", Value: f.Says} }

// Refusal is what the body of an answer that is none says, in quotes: whoever
// may not see Raws sees no names between them. Nil where it says nothing.
func Refusal(body []byte) error {
	f, text := Of(body, true), bytes.TrimSpace(trimMark(body))
	if f.Says == "" && f.Is == Object && sound(text) { // the status said already that it is an error
		f.Says = Said(wordsOf(jsonscan.Of(text), mostDeep))
	}
	if f.Says == "" && f.Is == List && sound(text) {
		f.Says = Said(listed(text))
	}
	if f.Says == "" {
		return nil
	}
	return errors.New(`"` + strings.NewReplacer(`"`, "'", "`", "'").Replace(f.Says) + `"`)
}

// listed are the words of a list that an error is: its first texts, or what its
// first element says.
func listed(text []byte) string {
	var words []string
	jsonscan.EachItem(text, func(in jsonscan.Value) bool {
		if in.Shape == jsonscan.Text && len(words) < 3 {
			words = append(words, in.String())
		}
		return in.Shape == jsonscan.Text
	})
	if len(words) == 0 {
		return wordsOf(jsonscan.Of(text), mostDeep)
	}
	return strings.Join(words, ": ")
}

// Keyed reports whether an object has the members that keys begin with: then it
// is a record that tells of an error, not an error.
func (f Form) Keyed(keys []string) bool {
	for _, key := range keys {
		first, _, _ := strings.Cut(key, ".")
		if !slices.Contains(f.members, first) {
			return false
		}
	}
	return len(keys) > 0
}

// holds finds the first list of objects in an object, two levels down at most,
// and the object's own members.
func holds(text []byte, whole bool) (path string, members []string) {
	if !whole || jsonscan.Check(bytes.TrimRight(text, "\x00 \t\r\n"), jsonscan.MaxDepth) != jsonscan.Sound {
		return "", nil
	}
	jsonscan.EachMember(text, func(name []byte, v jsonscan.Value) {
		members = append(members, string(name))
		switch {
		case path != "":
		case ofObjects(v):
			path = string(name)
		case v.Shape == jsonscan.Object:
			jsonscan.EachMember(v.Bytes, func(inner []byte, in jsonscan.Value) {
				if path == "" && ofObjects(in) {
					path = string(name) + "." + string(inner)
				}
			})
		}
	})
	return path, members
}

func ofObjects(v jsonscan.Value) (yes bool) {
	if v.Shape == jsonscan.Array {
		jsonscan.EachItem(v.Bytes, func(in jsonscan.Value) bool {
			yes = in.Shape == jsonscan.Object
			return false
		})
	}
	return yes
}

// fits reports whether a form is one that a format is written in.
func fits(f Form, asked string) bool {
	switch asked {
	case "json", "ndjson", "jsonstat", "sdmx-json":
		return f.Is == Object || f.Is == List || f.Is == Lines || f.braced // what is broken, its reader says
	case "xml", "sdmx-ml":
		return f.tagged || f.Is == XML && !(asked == "sdmx-ml" && f.Name == "SDMX Structure")
	case "xlsx", "xls":
		return f.Is == Workbook || f.Is == Book
	}
	return f.Is == Text
}
