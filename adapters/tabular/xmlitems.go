package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// xmlItems gives the elements at a path of an XML document, byte for byte.
type xmlItems struct {
	plan  *elementPlan
	data  []byte
	in    *jsonscan.XML
	path  []string
	names int // the first step of the path that is a name
	met   bool
	torn  bool // some bytes are no UTF-8
	n     int
}

var errNoPath = errors.New("no element on the path was met")

func newXMLItems(data []byte, p *elementPlan) *xmlItems {
	path := strings.Split(strings.Trim(p.path, "/"), "/")
	names := max(slices.IndexFunc(path, func(step string) bool { return step != "*" }), 0)
	x := &xmlItems{plan: p, data: data, path: path, names: names}
	x.begin(data)
	return x
}

func (x *xmlItems) begin(text []byte) {
	x.in = jsonscan.NewXML(bytes.NewReader(text))
	x.in.Skim() // what is too deep is held, and the file goes on
}

// tear reads a text with bytes that are no UTF-8, at which a reader of XML stops:
// the elements that have some are held as they came.
func (x *xmlItems) tear() {
	x.torn = true
	x.begin(vntext.Question(x.data))
}

// Placed is Placed's.
func (x *xmlItems) Placed() (where, header string, columns []string) { return x.plan.path, "", nil }

func (x *xmlItems) broken(err error) error {
	return &problem.Problem{Code: "GW-D018", Path: fmt.Sprintf("%s[%d]", x.plan.path, x.n), Err: err}
}

// Next gives the next element on the path.
func (x *xmlItems) Next() (Item, error) {
	for {
		what, err := x.in.Next()
		switch {
		case errors.Is(err, io.EOF) && x.n == 0 && !x.met:
			err := errNoPath
			if strings.Contains(x.plan.path, ".") {
				err = fmt.Errorf("%w; steps are parted by slashes: %s", errNoPath, strings.ReplaceAll(x.plan.path, ".", "/"))
			}
			return Item{}, x.broken(err)
		case errors.Is(err, io.EOF):
			return Item{}, io.EOF
		case err != nil:
			return Item{}, x.broken(err)
		case what == jsonscan.Open && x.note() && x.here():
			x.in.Deep() // what stood before it is not its own
			return x.element()
		}
	}
}

// note sees whether the first element that the path names is there: an empty
// list is no mistake then.
func (x *xmlItems) note() bool {
	open := x.in.Path()
	if at := len(open) - 1; at == x.names && (x.path[at] == "*" || x.path[at] == open[at]) {
		x.met = true
	}
	return true
}

func (x *xmlItems) here() bool {
	return slices.EqualFunc(x.in.Path(), x.path, func(open, name string) bool { return name == "*" || name == open })
}

// element reads to the end of the element that just opened.
func (x *xmlItems) element() (Item, error) {
	from, _ := x.in.Span()
	e := texts{found: map[string]string{}, key: x.plan.key}
	for _, a := range x.in.Attrs() {
		e.keep("@"+a.Name.Local, a.Value)
	}
	var text []byte
	for {
		what, err := x.in.Next()
		if err != nil {
			return Item{}, x.broken(err)
		}
		switch what {
		case jsonscan.Open:
			text = text[:0]
			for _, a := range x.in.Attrs() {
				e.keep(x.inner()+".@"+a.Name.Local, a.Value)
			}
		case jsonscan.Chars:
			text = append(text, x.in.Chars()...)
		case jsonscan.Close:
			if len(x.in.Path()) < len(x.path) {
				return x.cut(from, &e), nil
			}
			path := x.in.Name()
			if above := x.inner(); above != "" {
				path = above + "." + path
			}
			e.keep(path, string(bytes.TrimSpace(text)))
			text = text[:0]
		}
	}
}

// inner is the path from the element on.
func (x *xmlItems) inner() string { return strings.Join(x.in.Path()[len(x.path):], ".") }

// texts are what stands at the paths of an element: what stands there first.
// Elements may repeat as they like, if they are no keys.
type texts struct {
	found map[string]string
	key   []string
	twice string // a part of the key that stands there with two texts
}

// keep remembers a value; a few hundred are enough for any key.
func (e *texts) keep(path, value string) {
	before, again := e.found[path]
	switch {
	case again && before != value && slices.Contains(e.key, path):
		e.twice = path
	case !again && len(e.found) < 512:
		e.found[path] = value
	}
}

func (x *xmlItems) cut(from int64, e *texts) Item {
	_, to := x.in.Span()
	payload := bytes.Clone(x.data[from:to])
	where := fmt.Sprintf("%s[%d]", x.plan.path, x.n)
	x.n++
	parts := make([]string, len(x.plan.key))
	for i, path := range x.plan.key {
		parts[i] = e.found[path]
	}
	item := x.plan.item(payload, parts, func(path string) string { return e.found[path] }, where)
	if e.twice != "" {
		item.doubtful(e.twice, where, true)
	}
	if x.torn && !utf8.Valid(payload) {
		item.Problem = &problem.Problem{Code: "GW-D100", Path: where}
		if strings.Contains(item.Raw.Key, "?") { // it may be one of those bytes
			item.Raw.Key = madeUp(payload)
		}
		item.Raw.Version = ""
	}
	if x.in.Deep() {
		item.Problem = &problem.Problem{Code: "GW-S034", Path: where, Want: "256"}
	}
	return item
}

// Close has nothing to close.
func (x *xmlItems) Close() error { return nil }
