// Package form recognises what an answer or a file really is, by its bytes
// alone, and says so in words: one place for every adapter, format and status.
// What is of another kind than was asked for is never "no rows".
package form

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// Is is what a text or a file is.
type Is uint8

// What there may be.
const (
	Text   Is = iota // letters and signs of no marked form: separated values, a sentence
	Empty            // nothing, or nothing but blanks and NULs
	Object           // one JSON object
	List             // a JSON list
	Lines            // JSON values, one behind the other
	XML
	HTML
	Login    // a page that asks for a password
	Workbook // of Excel since 2007
	Book     // of Excel before 2007, and what else office programs packed so
	Other    // none of these: Name says what
)

// Form is what the beginning of an answer or a file shows.
type Form struct {
	Is   Is
	Name string // as people know it: PDF, ZIP, SDMX Structure
	Says string // the title of a page, the words of an error; masked and short
	Root string // of XML: the local name of its first element
	// Holds is the path of the first list of objects in a JSON object; empty: there is none.
	Holds string
	Long  bool // the sample ends inside the JSON object

	members []string // of a JSON object

	tagged bool // a text with a sign that tags begin with
	braced bool // a text that begins as JSON does, and is none
}

// Sample is how much of the beginning is enough.
const Sample = 64 << 10

// Of tells the form by the beginning of the bytes; whole: there are no more.
func Of(head []byte, whole bool) Form {
	if len(bytes.Trim(trimMark(head), "\x00 \t\r\n")) == 0 && whole {
		return Form{Is: Empty, Name: "∅"}
	}
	if f, ok := packed(head); ok {
		return f
	}
	text := bytes.TrimLeft(utf8Of(head), "\x00 \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		return markup(text)
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return json(text, whole)
	}
	f := Form{Is: Text, Name: "text", tagged: bytes.IndexByte(text, '<') >= 0}
	if whole && len(text) < maxSentence {
		line, _, _ := bytes.Cut(text, []byte("\n"))
		f.Says = Said(string(line))
	}
	return f
}

// OpensJSON reports whether the bytes can only be JSON, or what was meant for
// it: what is wrong inside, its reader says. It costs less than Of.
func OpensJSON(head []byte) bool {
	text := bytes.TrimLeft(trimMark(head), " \t\r\n")
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	_, other := packed(text)
	return !other
}

// maxSentence is how long a text may be that is what somebody says, not data.
const maxSentence = 2 << 10

func trimMark(head []byte) []byte {
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		head = bytes.TrimPrefix(head, []byte(mark))
	}
	return head
}

// utf8Of is the sample as UTF-8; what cannot be decoded stays as it is: the
// signs that forms are known by are the same in every other charset.
func utf8Of(head []byte) []byte {
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		return head[3:]
	}
	if charset := vntext.Detect(head, ""); strings.HasPrefix(charset, "utf-16") {
		if text, err := vntext.Decode(head[:len(head)&^1], charset); err == nil {
			return text
		}
	}
	return head
}

// magics are the first bytes of forms that are no text.
var magics = []struct {
	bytes, name string
	is          Is
}{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls", Book}, {"PK\x05\x06", "ZIP", Other}, {"PK\x07\x08", "ZIP", Other},
	{"%PDF", "PDF", Other}, {"\x1f\x8b", "gzip", Other}, {"Rar!", "RAR", Other}, {"7z\xbc\xaf\x27\x1c", "7z", Other},
	{"\x89PNG", "PNG", Other}, {"\xff\xd8\xff", "JPEG", Other}, {"GIF8", "GIF", Other}, {`{\rtf`, "RTF", Other},
	{"BZh", "bzip2", Other}, {"\x28\xb5\x2f\xfd", "zstd", Other}, {"SQLite format 3", "SQLite", Other}, {"PAR1", "Parquet", Other},
	{"\xfd7zXZ", "xz", Other}, {"II*\x00", "TIFF", Other}, {"MM\x00*", "TIFF", Other},
}

func packed(head []byte) (Form, bool) {
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return archive(head), true
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			return Form{Is: m.is, Name: m.name}, true
		}
	}
	return Form{}, false
}

// archive tells a ZIP by the names of its first parts. One that does not show
// what it is stays a workbook: its reader says what is missing.
func archive(head []byte) Form {
	for _, known := range []struct{ part, name string }{
		{"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ODS"}, {"mimetypeapplication/vnd.oasis", "OpenDocument"},
		{"word/", "docx"}, {"ppt/", "pptx"},
	} {
		if bytes.Contains(head, []byte(known.part)) {
			return Form{Is: Other, Name: known.name}
		}
	}
	office := false
	for _, part := range []string{"[Content_Types].xml", "_rels/", "xl/", "docProps/"} {
		office = office || bytes.Contains(head, []byte(part))
	}
	if name := firstPart(head); !office && utf8.Valid(name) && bytes.IndexByte(name, '.') > 0 {
		return Form{Is: Other, Name: "ZIP", Says: Said(string(name))}
	}
	return Form{Is: Workbook, Name: "xlsx"}
}

// firstPart is the name in the first header of a ZIP.
func firstPart(head []byte) []byte {
	if len(head) < 30 {
		return nil
	}
	n := int(head[26]) | int(head[27])<<8
	return head[30:min(30+n, len(head))]
}

// json tells one value from several, as far as the sample goes.
func json(text []byte, whole bool) Form {
	if !opens(text) {
		return Form{Is: Text, Name: "text", braced: true}
	}
	if text[0] == '[' {
		return Form{Is: List, Name: "JSON […]"}
	}
	in := jsonscan.NewValues(bytes.NewReader(text), false, len(text))
	_, _, err := in.Next()
	if err == nil {
		if _, _, err := in.Next(); err == nil || !whole {
			return Form{Is: Lines, Name: "NDJSON"}
		}
	}
	f := Form{Is: Object, Name: "JSON {…}", Says: errorOf(text), Long: err != nil && !whole}
	f.Holds, f.members = holds(text, whole)
	return f
}

// opens reports whether what follows the first bracket can be JSON: a
// heading such as [Mã],[Tên] is not.
func opens(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	if len(rest) == 0 {
		return true
	}
	if text[0] == '{' {
		return rest[0] == '"' || rest[0] == '}'
	}
	return bytes.IndexByte([]byte(`{["]-0123456789`), rest[0]) >= 0 || bytes.HasPrefix(rest, []byte("null")) ||
		bytes.HasPrefix(rest, []byte("true")) || bytes.HasPrefix(rest, []byte("false"))
}

var (
	rootName = regexp.MustCompile(`^<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)`)
	titleOf  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)
	headOf   = regexp.MustCompile(`(?is)<h1[^>]*>(.*?)</h1`)
	tags     = regexp.MustCompile(`(?s)<[^>]*>`)
)

// pages are elements that a page of HTML, or of a script that failed, begins with.
func pages() []string {
	return []string{"html", "head", "body", "br", "script", "meta", "title", "center", "h1", "style", "table"}
}

// markup tells pages from documents.
func markup(text []byte) Form {
	rest, lower := text, bytes.ToLower(text[:min(len(text), 1024)])
	for { // what may stand before the first element
		rest = bytes.TrimLeft(rest, " \t\r\n")
		end := bytes.IndexByte(rest, '>')
		if end < 0 || len(rest) < 2 || rest[1] != '?' && rest[1] != '!' {
			break
		}
		if bytes.HasPrefix(rest, []byte("<!--")) {
			if end = bytes.Index(rest, []byte("-->")); end < 0 {
				break
			}
			end += 2
		}
		rest = rest[end+1:]
	}
	root := rootName.FindSubmatch(rest)
	if bytes.HasPrefix(lower, []byte("<!doctype html")) || root != nil && len(root[1]) == 0 &&
		slices.Contains(pages(), strings.ToLower(string(root[2]))) {
		return page(text)
	}
	if root == nil {
		return Form{Is: XML, Name: "XML"}
	}
	return document(rest, string(root[2]))
}

func page(text []byte) Form {
	f := Form{Is: HTML, Name: "HTML"}
	for _, re := range []*regexp.Regexp{titleOf, headOf} {
		if found := re.FindSubmatch(text); found != nil && f.Says == "" {
			f.Says = Said(plain(found[1]))
		}
	}
	if f.Says == "" {
		f.Says = Said(plain(text[:min(len(text), 2048)]))
	}
	lower := bytes.ToLower(text)
	for _, sign := range []string{`type="password"`, `type='password'`, `type=password`, "j_security_check"} {
		if bytes.Contains(lower, []byte(sign)) {
			f.Is = Login
		}
	}
	return f
}

func plain(text []byte) string {
	return entities.Replace(string(tags.ReplaceAll(text, []byte(" "))))
}

// entities are the few that titles hold.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'", "&nbsp;", " ", "&amp;", "&")

// document tells the documents that are known from others.
func document(text []byte, root string) Form {
	head := text[:min(len(text), 2048)]
	switch {
	case root == "Structure" && bytes.Contains(head, []byte("/message")):
		return Form{Is: XML, Name: "SDMX Structure", Root: root}
	case root == "Workbook" && bytes.Contains(head, []byte("office:spreadsheet")):
		return Form{Is: XML, Name: "XML Spreadsheet 2003", Root: root}
	}
	return Form{Is: XML, Name: "XML <" + problem.Short(root) + ">", Says: faultOf(text, root), Root: root}
}

// query is what stands behind the ? of an address: tokens travel there.
var query = regexp.MustCompile(`\?[^\s"'<>?]*=[^\s"'<>]*`)

// Said is what a source says, as it may be shown: without the queries of
// addresses, without runs of six digits and more (phone and identity numbers
// that an error may repeat), and short.
func Said(text string) string {
	b := []byte(query.ReplaceAllString(vntext.Clean(strings.ToValidUTF8(text, "�")), "?…"))
	for i := 0; i < len(b); {
		j := i
		for j < len(b) && b[j] >= '0' && b[j] <= '9' {
			j++
		}
		if j-i >= 6 {
			for k := i; k < j; k++ {
				b[k] = '*'
			}
		}
		i = max(j, i+1)
	}
	return problem.Short(string(b))
}
