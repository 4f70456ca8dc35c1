package push

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"iocgateway/adapters"
	shape "iocgateway/adapters/internal/form"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

const (
	formCloudEvents = "cloudevents"
	maxKey          = 512 // bytes
)

// Receive authenticates a delivery and takes it apart. The same delivery may
// come again: what it holds is the same, and the Log finds it unchanged. An
// error is a *Refusal.
func (s *Source) Receive(r *http.Request) (adapters.Page, error) {
	proof, err := s.verify.head(r.Header)
	if err != nil {
		return adapters.Page{}, unauthenticated(err)
	}
	f, err := formOf(r.Header)
	if err != nil {
		return adapters.Page{}, proof.unproven(err)
	}
	text, torn, err := s.body(r, proof, f.charset)
	if err != nil {
		return adapters.Page{}, err
	}
	d := delivery{src: s, page: adapters.Page{Total: -1}, torn: torn}
	if torn {
		d.note(problem.Problem{Code: "GW-S807"})
	}
	if s.settings.Body == formCloudEvents {
		err = d.cloudEvents(f, r.Header, text)
	} else {
		err = d.json(text)
	}
	if err != nil {
		return adapters.Page{}, err
	}
	return d.page, nil
}

// delivery is one being taken apart.
type delivery struct {
	src   *Source
	page  adapters.Page
	noted map[string]bool
	torn  bool // some bytes are no text: what has them is held
}

// note keeps one note of a code: a thousand items alike are one observation.
func (d *delivery) note(p problem.Problem) {
	if d.noted[p.Code] {
		return
	}
	if d.noted == nil {
		d.noted = map[string]bool{}
	}
	d.noted[p.Code] = true
	d.page.Notes = append(d.page.Notes, p)
}

// json goes through the items at the path, wherever it leads: where a member
// stands twice, both lists are the delivery's.
func (d *delivery) json(text []byte) error {
	path, most := d.src.settings.Records, d.src.settings.MaxItems
	if path == "" {
		return d.items(gjson.ParseBytes(text), d.item)
	}
	var items [][]byte
	take := func(_ int, item []byte) error {
		if items = append(items, item); len(items) > most {
			return tooMany(most)
		}
		return nil
	}
	envelope := jsonscan.NewTrie()
	envelope.WantRecords(path)
	cutter := jsonscan.NewCutter(envelope, jsonscan.NewTrie(), take)
	cutter.Deep, cutter.Lone = take, true
	err := cutter.JSON(text)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return err
	case err != nil: // something beside the items nests deeper than is cut
		return d.items(gjson.ParseBytes(text).Get(path), d.item)
	}
	if !cutter.Found {
		return noList(text, path)
	}
	d.room(len(items))
	for _, item := range items {
		d.each(gjson.ParseBytes(item), d.item)
	}
	return nil
}

// noList says why a delivery has nothing at the path: it is an error in its own
// words, or another document.
func noList(text []byte, path string) error {
	if f := shape.Of(text[:min(len(text), shape.Sample)], len(text) <= shape.Sample); f.Is == shape.Object && f.Says != "" {
		return refuse(http.StatusBadRequest, shape.Failed(f))
	}
	return refuse(http.StatusBadRequest, &problem.Problem{Code: "GW-S808", Path: path})
}

func tooMany(most int) error {
	return refuse(http.StatusRequestEntityTooLarge, &problem.Problem{Code: "GW-S809", Want: strconv.Itoa(most)})
}

// room is for so many items.
func (d *delivery) room(count int) {
	if count == 0 && !d.src.settings.AllowEmpty { // a source in trouble sends that too
		d.note(problem.Problem{Code: "GW-S815", Path: d.src.settings.Records})
	}
	d.page.Records = make([]canonical.Raw, 0, count)
}

// items goes through an array, or takes a single object for an array of one.
func (d *delivery) items(root gjson.Result, each func(gjson.Result)) error {
	if !root.IsArray() {
		if !root.IsObject() {
			return refuse(http.StatusBadRequest, &problem.Problem{Code: "GW-S808", Path: d.src.settings.Records})
		}
		d.each(root, each)
		return nil
	}
	count := 0
	root.ForEach(func(_, _ gjson.Result) bool {
		count++
		return count <= d.src.settings.MaxItems
	})
	if count > d.src.settings.MaxItems {
		return tooMany(d.src.settings.MaxItems)
	}
	d.room(count)
	root.ForEach(func(_, item gjson.Result) bool {
		d.each(item, each)
		return true
	})
	return nil
}

// each holds an item that nests too deep, and gives the others on.
func (d *delivery) each(item gjson.Result, fn func(gjson.Result)) {
	text := []byte(item.Raw)
	if tooDeep(text) {
		p := problem.Problem{Code: "GW-S034", Path: d.src.settings.Records, Want: strconv.Itoa(maxDepth)}
		d.refuse(canonical.Raw{Kind: d.src.kind, Payload: text}, p)
		return
	}
	if d.torn && brokenText(item.Raw) || jsonscan.Halved(text) {
		d.refuse(canonical.Raw{Kind: d.src.kind, Payload: []byte(item.Raw)}, d.tornItem(item))
		return
	}
	fn(item)
}

// tornItem is why an item with broken text is held.
func (d *delivery) tornItem(item gjson.Result) problem.Problem {
	p := problem.Problem{Code: "GW-S080", Path: d.src.settings.Records}
	item.ForEach(func(name, v gjson.Result) bool {
		if (brokenText(v.Raw) || jsonscan.Halved([]byte(v.Raw))) && !brokenText(name.Str) {
			p.Field = problem.Short(name.Str)
		}
		return p.Field == ""
	})
	return p
}

// brokenText: bytes are no UTF-8, or stand for some that no charset has.
func brokenText(s string) bool { return strings.ContainsRune(s, utf8.RuneError) }

func (d *delivery) item(item gjson.Result) {
	c := &d.src.settings
	raw := canonical.Raw{Kind: d.src.kind, Payload: []byte(item.Raw)}
	if !item.IsObject() {
		d.refuse(raw, problem.Problem{Code: "GW-S810", Want: "{…}"})
		return
	}
	if c.Payload != "" {
		part := item.Get(c.Payload)
		if !part.Exists() {
			d.refuse(raw, problem.Problem{Code: "GW-S810", Path: c.Payload})
			return
		}
		raw.Payload = []byte(part.Raw)
	}
	twice := d.src.paths.in(item.Raw)
	if twice.key {
		d.refuse(raw, twice.held(c.Records))
		return
	}
	key, missing := keyOf(item, c.Key, c.WholeKeys)
	if missing != "" {
		d.refuse(raw, problem.Problem{Code: "GW-S811", Path: missing})
		return
	}
	raw.Key = key
	if twice.member != "" {
		d.refuse(raw, twice.held(c.Records))
		return
	}
	raw.Version = scalar(item, c.Version)
	raw.At = d.at(item)
	if said := scalar(item, c.GonePath); c.GonePath != "" {
		raw.Gone = adapters.Matches(said, c.Gone...)
		if adapters.Alike(said, c.Gone...) {
			d.note(problem.Problem{Code: "GW-S085", Path: c.GonePath, Value: problem.Short(said), Want: strings.Join(c.Gone, ", ")})
		}
	}
	if c.KindPath != "" {
		value := scalar(item, c.KindPath)
		kind, ok := d.src.kinds[value]
		if !ok {
			d.refuse(raw, problem.Problem{Code: "GW-S812", Path: c.KindPath, Value: problem.Short(value)})
			return
		}
		raw.Kind = kind
	}
	d.page.Records = append(d.page.Records, raw)
}

// refuse holds an item under its key, or under one made of its content.
func (d *delivery) refuse(raw canonical.Raw, p problem.Problem) {
	if raw.Key == "" {
		sum := sha256.Sum256(raw.Payload)
		raw.Key = "sha256:" + hex.EncodeToString(sum[:16])
	}
	if tooDeep(raw.Payload) || !gjson.ValidBytes(raw.Payload) {
		raw.Media = "application/octet-stream"
	}
	d.page.Refused = append(d.page.Refused, adapters.Refused{Raw: raw, Problem: p})
}

// keyOf joins the values at the paths; missing is the first path without one.
// Whole numbers are the same however they are written, where keys are such.
func keyOf(item gjson.Result, paths []string, whole bool) (key, missing string) {
	part := func(path string) string {
		text := scalar(item, path)
		if whole {
			text = string(jsonscan.AppendWhole(nil, []byte(text)))
		}
		return text
	}
	if len(paths) == 1 {
		key = part(paths[0])
	} else {
		parts := make([]string, len(paths))
		for i, path := range paths {
			if parts[i] = part(path); parts[i] == "" {
				return "", path
			}
			// A slash inside a part must not make two different keys one.
			parts[i] = strings.NewReplacer("%", "%25", "/", "%2F").Replace(parts[i])
		}
		key = strings.Join(parts, "/")
	}
	if key == "" || len(key) > maxKey {
		return "", paths[0]
	}
	return key, ""
}

// scalar is the text of a string, number or boolean, as it was written.
func scalar(item gjson.Result, path string) string {
	if path == "" {
		return ""
	}
	switch v := item.Get(path); v.Type {
	case gjson.String:
		return strings.TrimSpace(v.Str)
	case gjson.Number, gjson.True, gjson.False:
		return v.Raw
	default:
		return ""
	}
}

func (d *delivery) at(item gjson.Result) time.Time {
	text := scalar(item, d.src.settings.At)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range d.src.layouts {
		if at, _, _, err := layout.Parse([]byte(text), d.src.zone); err == nil && layout.HasDate() {
			return at
		}
	}
	d.note(problem.Problem{Code: "GW-S813", Path: d.src.settings.At, Value: problem.Short(text),
		Want: strings.Join(d.src.settings.Layouts, ", ")})
	return time.Time{}
}
