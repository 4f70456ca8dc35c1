package tabular

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tidwall/gjson"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// jsonItems gives the elements of an array somewhere in a JSON document, or
// the lines of NDJSON, byte for byte.
type jsonItems struct {
	plan *elementPlan
	dec  *json.Decoder // up to the list
	in   *jsonscan.Values
	n    int
}

// maxElement is how much of an element is kept; the Log holds shorter ones.
const maxElement = 16 << 20

func newJSONItems(in io.Reader, lines bool, p *elementPlan) (*jsonItems, error) {
	j := &jsonItems{plan: p, dec: json.NewDecoder(in)}
	if lines {
		j.in = jsonscan.NewValues(in, false, maxElement)
		return j, nil
	}
	if err := j.enter(p.path); err != nil {
		return nil, &problem.Problem{Code: "GW-D017", Path: p.path, Err: err}
	}
	j.in = jsonscan.NewValues(io.MultiReader(j.dec.Buffered(), in), true, maxElement)
	return j, nil
}

var errNoArray = errors.New("there is no array")

// enter walks to the array at a path of member names.
func (j *jsonItems) enter(path string) error {
	var steps []string
	if path != "" {
		steps = strings.Split(path, ".")
	}
	for _, step := range steps {
		if err := j.delim('{'); err != nil {
			return err
		}
		if err := j.member(step); err != nil {
			return err
		}
	}
	return j.delim('[')
}

func (j *jsonItems) delim(want json.Delim) error {
	token, err := j.dec.Token()
	if err != nil {
		return unexpected(err)
	}
	if token != want {
		return errNoArray
	}
	return nil
}

func (j *jsonItems) member(name string) error {
	for j.dec.More() {
		token, err := j.dec.Token()
		if err != nil {
			return unexpected(err)
		}
		if token == name {
			return nil
		}
		var skipped json.RawMessage
		if err := j.dec.Decode(&skipped); err != nil {
			return unexpected(err)
		}
	}
	return errNoArray
}

// Next gives the next element.
func (j *jsonItems) Next() (Item, error) {
	element, long, err := j.in.Next()
	if errors.Is(err, io.EOF) {
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
	parts := make([]string, len(j.plan.key))
	for i, path := range j.plan.key {
		parts[i] = gjson.GetBytes(element, path).String()
	}
	get := func(path string) string { return gjson.GetBytes(element, path).String() }
	item := j.plan.item(element, parts, get, where)
	if held != nil {
		item.Problem = held
	}
	return item, nil
}

// judge holds an element that nobody can read, so that those around it go on;
// the error is of a document that is broken here.
func judge(element []byte, long bool, where string) (held *problem.Problem, err error) {
	if long {
		return &problem.Problem{Code: "GW-R009", Path: where, Value: "> " + itoa(maxElement), Want: itoa(maxElement)}, nil
	}
	switch defect := jsonscan.Check(element, jsonscan.MaxDepth); defect {
	case jsonscan.Sound:
		return nil, nil
	case jsonscan.TooDeep:
		return &problem.Problem{Code: "GW-S034", Path: where, Want: itoa(jsonscan.MaxDepth)}, nil
	default:
		return nil, defect
	}
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
}

func (p *elementPlan) item(payload []byte, parts []string, get func(string) string, where string) Item {
	raw := canonical.Raw{Kind: p.kind, Media: p.media, Payload: payload}
	if p.version != "" {
		raw.Version = get(p.version)
	}
	if p.at != nil {
		raw.At = p.at.read(get(p.at.column))
	}
	key, ok := JoinKey(p.prefix, parts)
	if raw.Key = key; !ok {
		raw.Key = madeUp(payload)
		return Item{Raw: raw, Problem: &problem.Problem{Code: "GW-D020", Path: where, Field: strings.Join(p.key, ", ")}}
	}
	return Item{Raw: raw}
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
