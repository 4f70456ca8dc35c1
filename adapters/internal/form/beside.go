package form

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"iocgateway/canonical/jsonscan"
)

// Tale is what a member beside a list may tell.
type Tale int

// The tales.
const (
	Words   Tale = iota // an error in words, or a list of them
	IfFalse             // it failed
	IfPart              // it is not whole: false, and no number, which may count what is done
	IfTrue              // it failed, or is not whole
	Outcome             // a word: error, failed
	Code                // a status of HTTP
	Some                // how many of something failed
	More                // the list goes on: so much the worse where it is read no further
	Onward              // the same, as the way there
)

// besides are the members, as one writes them in camel case, by what they tell.
func besides() map[Tale]string {
	return map[Tale]string{
		Words:   "error errors errorMessage errorCode exception fault warnings",
		IfFalse: "success isSuccess succeeded ok",
		IfPart:  "complete isComplete dataComplete meta.complete",
		IfTrue: "partial isPartial truncated isTruncated timedOut incomplete incompleteResults hasError hasErrors isError failed " +
			"exceededTransferLimit meta.truncated meta.partial",
		Outcome: "status result outcome",
		Code:    "code statusCode",
		Some:    "_shards.failed",
		More:    "hasMore hasNext hasNextPage moreAvailable meta.hasMore pagination.hasMore paging.hasMore",
		Onward:  `@odata\.nextLink nextLink nextPageUrl nextPageToken nextCursor`,
	}
}

// Beside are the paths of members that tell, beside a list, that it may not be
// all: in the ways in which names are written.
func Beside() map[string]Tale {
	all := map[string]Tale{}
	for tale, names := range besides() {
		for _, name := range strings.Fields(names) {
			for _, written := range []string{name, snake(name), pascal(name)} {
				all[written] = tale
			}
		}
	}
	return all
}

// snake writes hasMore as has_more.
func snake(name string) string {
	var out strings.Builder
	if strings.HasPrefix(name, "@") {
		return name
	}
	for _, r := range name {
		if unicode.IsUpper(r) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// pascal writes hasMore as HasMore.
func pascal(name string) string {
	if strings.HasPrefix(name, "@") {
		return name
	}
	parts := strings.Split(name, ".")
	for i, part := range parts {
		parts[i] = strings.ToUpper(part[:1]) + part[1:]
	}
	return strings.Join(parts, ".")
}

// Tells gives what such a member tells; empty where all is well.
func (t Tale) Tells(name string, v jsonscan.Value) string {
	name = strings.ReplaceAll(name, `\`, "")
	text := strings.TrimSpace(string(v.Bytes))
	if v.Shape == jsonscan.Text {
		text = strings.TrimSpace(v.String())
	}
	bad := false
	switch t {
	case Words:
		return words(name, text, v)
	case IfFalse:
		bad = oneOf(text, "false n no 0")
	case IfPart:
		bad = oneOf(text, "false n no")
	case IfTrue, More:
		bad = oneOf(text, "true y yes 1")
	case Outcome:
		bad = v.Shape == jsonscan.Text && oneOf(text, "error fail failed failure")
	case Code:
		bad = between(text, 400, 599)
	case Some:
		bad = between(text, 1, math.MaxInt)
	case Onward:
		bad = v.Shape == jsonscan.Text && text != ""
	}
	if !bad {
		return ""
	}
	return Said(name + ": " + text)
}

func between(text string, least, most int) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= least && n <= most
}

func oneOf(text, words string) bool {
	for _, word := range strings.Fields(words) {
		if strings.EqualFold(text, word) {
			return true
		}
	}
	return false
}

// words are those of a member that has an error's.
func words(name, text string, v jsonscan.Value) string {
	if v.Empty() || v.Shape == jsonscan.False || v.Shape == jsonscan.True && !strings.EqualFold(name, "error") ||
		oneOf(text, "0 [] {}") || fine(text) || v.Shape == jsonscan.Object && fine(codeOf(v)) {
		return ""
	}
	if said := wordsOf(v, mostDeep); said != "" {
		text = said
	}
	return Said(name + ": " + text)
}

// Aside is what an object tells beside the list at a path; empty where all is well.
func Aside(text []byte, path string) (says string) {
	if len(text) == 0 || text[0] != '{' {
		return ""
	}
	known := map[string]Tale{}
	for path, tale := range Beside() {
		known[strings.ReplaceAll(path, `\`, "")] = tale
	}
	jsonscan.EachMember(text, func(name []byte, v jsonscan.Value) {
		if tale, is := known[string(name)]; is && says == "" && string(name) != path {
			says = tale.Tells(string(name), v)
		}
		if v.Shape != jsonscan.Object || string(name) == path {
			return
		}
		jsonscan.EachMember(v.Bytes, func(inner []byte, in jsonscan.Value) {
			full := string(name) + "." + string(inner)
			if tale, is := known[full]; is && says == "" && full != path {
				says = tale.Tells(full, in)
			}
		})
	})
	return says
}
