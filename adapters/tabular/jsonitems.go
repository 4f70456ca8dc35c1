package tabular

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// jsonItems gives the elements of an array somewhere in a JSON document, or
// the lines of NDJSON, byte for byte.
type jsonItems struct {
	plan   *elementPlan
	find   *finder
	dec    *json.Decoder // up to the list
	from   io.Reader     // what it reads
	in     *jsonscan.Values
	around string // the brackets that are open around the list
	of     string // the member that holds it; none where an element does
	n      int
}

// maxElement is how much of an element is kept; the Log holds shorter ones.
const maxElement = 16 << 20

func newJSONItems(in io.Reader, lines bool, p *elementPlan) (*jsonItems, error) {
	find, err := newFinder(p)
	if err != nil {
		return nil, err
	}
	j := &jsonItems{plan: p, find: find, dec: json.NewDecoder(in), from: in}
	if lines {
		j.in = jsonscan.NewValues(in, false, maxElement)
		return j, nil
	}
	if err := j.enter(p.path); err != nil {
		return nil, &problem.Problem{Code: "GW-D017", Path: p.path, Err: err}
	}
	j.in = jsonscan.NewValues(io.MultiReader(j.dec.Buffered(), j.from), true, maxElement)
	return j, nil
}

var errNoArray = errors.New("there is no array")

// enter walks to the array at a path.
func (j *jsonItems) enter(path string) error {
	steps, err := jsonscan.ParsePath(path)
	if err != nil {
		return err
	}
	for _, step := range steps {
		delim, err := j.delim()
		j.of = ""
		switch {
		case err != nil:
			return err
		case delim == '{' && step.Member == "" && !step.Only:
			err = j.member(step.Name)
		case delim == '[' && step.Member != "":
			err = j.pick(step)
		case delim == '[' && step.Index >= 0:
			err = j.pass(step.Index)
		default:
			err = errNoArray
		}
		if err != nil {
			return err
		}
	}
	delim, err := j.delim()
	if err == nil && delim != '[' {
		err = errNoArray
	}
	j.around = strings.TrimSuffix(j.around, "[")
	return err
}

// delim opens an object or a list.
func (j *jsonItems) delim() (json.Delim, error) {
	token, err := j.dec.Token()
	if err != nil {
		return 0, unexpected(err)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return 0, errNoArray
	}
	j.around += delim.String()
	return delim, nil
}

func (j *jsonItems) member(name string) error {
	for j.dec.More() {
		token, err := j.dec.Token()
		if err != nil {
			return unexpected(err)
		}
		if token == name {
			j.of = name
			return nil
		}
		if err := j.pass(1); err != nil {
			return err
		}
	}
	return errNoArray
}

// pass passes so many values over.
func (j *jsonItems) pass(n int) error {
	for range n {
		if !j.dec.More() {
			return errNoArray
		}
		var skipped json.RawMessage
		if err := j.dec.Decode(&skipped); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// pick goes on in the element that a member's value names, once the document
// behind it was seen to be whole.
func (j *jsonItems) pick(step jsonscan.Step) error {
	for j.dec.More() {
		var element json.RawMessage
		if err := j.dec.Decode(&element); err != nil {
			return unexpected(err)
		}
		if !step.Is(element) {
			continue
		}
		rest := jsonscan.NewValues(io.MultiReader(j.dec.Buffered(), j.from), true, 0)
		if err := rest.Rest(j.around, j.of); err != nil {
			return err
		}
		j.from = bytes.NewReader(element)
		j.dec, j.around = json.NewDecoder(j.from), ""
		return nil
	}
	return errNoArray
}

// Next gives the next element.
func (j *jsonItems) Next() (Item, error) {
	element, long, err := j.in.Next()
	if errors.Is(err, io.EOF) && !j.plan.lines {
		err = errors.Join(j.in.Rest(j.around, j.of), io.EOF)
		if err.Error() == io.EOF.Error() {
			return Item{}, io.EOF
		}
	} else if errors.Is(err, io.EOF) {
		return Item{}, io.EOF
	}
	where := fmt.Sprintf("%s[%d]", j.plan.path, j.n)
	var held *problem.Problem
	if err == nil {
		held, err = judge(element, long, where)
	}
	if err != nil {
		return Item{}, &problem.Problem{Code: "GW-D017", Path: where, Err: unexpected(err)}
	}
	j.n++
	element = bytes.Clone(element)
	parts, get := j.find.in(element)
	item := j.plan.item(element, parts, get, where)
	if twice := j.find.scan.Twice(); twice != "" {
		item.doubtful(twice, where, slices.ContainsFunc(j.find.key, j.find.scan.Doubtful))
	}
	if held != nil {
		item.Problem = held
		item.whole(element)
	}
	return item, nil
}

// finder finds the key, the version and the time in an element.
type finder struct {
	trie  *jsonscan.Trie
	scan  jsonscan.Scanner
	cells []jsonscan.Value
	key   []int
	slots map[string]int // of the paths that are asked for by name
}

func newFinder(p *elementPlan) (*finder, error) {
	f := &finder{trie: jsonscan.NewTrie(), slots: map[string]int{}}
	for _, path := range p.key {
		if _, err := jsonscan.PlainPath(path); err != nil {
			return nil, &problem.Problem{Code: "GW-D082", Field: "key", Value: problem.Short(path), Err: err}
		}
		f.key = append(f.key, f.trie.Want(path))
	}
	named := map[string]string{"version": p.version}
	if p.at != nil {
		named["at.column"] = p.at.column
	}
	for field, path := range named {
		if _, err := jsonscan.PlainPath(path); err != nil {
			return nil, &problem.Problem{Code: "GW-D082", Field: field, Value: problem.Short(path), Err: err}
		}
		if path != "" {
			f.slots[path] = f.trie.Want(path)
		}
	}
	f.cells = make([]jsonscan.Value, f.trie.Slots())
	return f, nil
}

// in gives the parts of the key, and what stands at the other paths.
func (f *finder) in(element []byte) (parts []string, get func(path string) string) {
	_ = f.scan.Find(f.trie, element, f.cells) // who holds elements has judged it
	parts = make([]string, len(f.key))
	for i, slot := range f.key {
		parts[i] = textOf(f.cells[slot])
	}
	return parts, func(path string) string { return textOf(f.cells[f.slots[path]]) }
}

// textOf is a value as it stands in keys; numbers with a fraction or an
// exponent are written without the latter, as they were from the first version on.
func textOf(v jsonscan.Value) string {
	if v.Shape == jsonscan.Number {
		return string(jsonscan.AppendPlain(nil, v.Bytes))
	}
	return v.String()
}

// judge holds an element that nobody can read, so that those around it go on;
// the error is of a document that is broken here.
func judge(element []byte, long bool, where string) (held *problem.Problem, err error) {
	if long {
		return &problem.Problem{Code: "GW-R009", Path: where, Value: "> " + itoa(maxElement), Want: itoa(maxElement)}, nil
	}
	switch defect := jsonscan.Check(element, jsonscan.MaxDepth); defect {
	case jsonscan.Sound:
		if !utf8.Valid(element) || jsonscan.Halved(element) {
			held = &problem.Problem{Code: "GW-D100", Path: where}
		}
		return held, nil
	case jsonscan.TooDeep:
		return &problem.Problem{Code: "GW-S034", Path: where, Want: itoa(jsonscan.MaxDepth)}, nil
	default:
		return nil, defect
	}
}

// Placed is Placed's.
func (j *jsonItems) Placed() (where, header string, columns []string) { return j.plan.path, "", nil }

// Whole is Witness's: beside an error the list may not be all.
func (j *jsonItems) Whole() bool { return j.plan.says == "" }

// Notes is Witness's.
func (j *jsonItems) Notes() []problem.Problem {
	if j.plan.says == "" {
		return nil
	}
	return []problem.Problem{{Code: "GW-S045", Value: j.plan.says}}
}

// Close has nothing to close.
func (j *jsonItems) Close() error { return nil }

// elementPlan is what JSON and XML elements are taken apart by.
type elementPlan struct {
	kind    canonical.Kind
	media   string
	path    string
	lines   bool
	key     []string
	version string
	at      *atRule
	prefix  string
	whole   bool   // keys are whole numbers
	says    string // what an error beside the list says
}

func (p *elementPlan) item(payload []byte, parts []string, get func(string) string, where string) Item {
	raw := canonical.Raw{Kind: p.kind, Media: p.media, Payload: payload}
	if p.version != "" {
		raw.Version = get(p.version)
	}
	if p.at != nil {
		raw.At = p.at.read(get(p.at.column))
	}
	if p.whole {
		for i := range parts {
			parts[i] = wholeNumber(parts[i])
		}
	}
	key, ok := JoinKey(p.prefix, parts)
	if raw.Key = key; !ok {
		raw.Key = madeUp(payload)
		return Item{Raw: raw, Problem: &problem.Problem{Code: "GW-D020", Path: where, Field: strings.Join(p.key, ", ")}}
	}
	return Item{Raw: raw}
}

// whole gives a piece with broken text no key and no version that has some.
func (i *Item) whole(payload []byte) {
	if strings.ContainsRune(i.Raw.Key, utf8.RuneError) {
		i.Raw.Key = madeUp(payload)
	}
	if strings.ContainsRune(i.Raw.Version, utf8.RuneError) {
		i.Raw.Version = ""
	}
}

// doubtful holds a piece that says something twice; what its key is, it may not say.
func (i *Item) doubtful(twice, where string, key bool) {
	i.Problem = &problem.Problem{Code: "GW-S084", Path: where, Field: problem.Short(twice)}
	if key {
		i.Raw.Key = madeUp(i.Raw.Payload)
	}
}

// madeUp is a key for a piece that has none, from its content.
func madeUp(payload []byte) string {
	sum := sha256.Sum256(payload)
	return "nokey:" + hex.EncodeToString(sum[:12])
}

// TrimJSON cuts what transports leave around a document: a byte order mark
// before it, NUL bytes after it.
func TrimJSON(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	return bytes.Trim(data, "\x00 \t\r\n")
}
