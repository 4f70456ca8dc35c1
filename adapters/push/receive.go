package push

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"iocgateway/adapters"
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
		return adapters.Page{}, err
	}
	text, replaced, err := s.body(r, proof, f.charset)
	if err != nil {
		return adapters.Page{}, err
	}
	d := delivery{src: s, page: adapters.Page{Total: -1}}
	if replaced {
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

func (d *delivery) json(text []byte) error {
	root := gjson.ParseBytes(text)
	if path := d.src.settings.Records; path != "" {
		if root = root.Get(path); !root.Exists() {
			return refuse(http.StatusBadRequest, &problem.Problem{Code: "GW-S808", Path: path})
		}
	}
	return d.items(root, d.item)
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
	if count == 0 && !d.src.settings.AllowEmpty { // a source in trouble sends that too
		d.note(problem.Problem{Code: "GW-S815", Path: d.src.settings.Records})
	}
	if count > d.src.settings.MaxItems {
		return refuse(http.StatusRequestEntityTooLarge, &problem.Problem{Code: "GW-S809", Want: fmt.Sprint(d.src.settings.MaxItems)})
	}
	d.page.Records = make([]canonical.Raw, 0, count)
	root.ForEach(func(_, item gjson.Result) bool {
		d.each(item, each)
		return true
	})
	return nil
}

// each holds an item that nests too deep, and gives the others on.
func (d *delivery) each(item gjson.Result, fn func(gjson.Result)) {
	if text := []byte(item.Raw); tooDeep(text) {
		p := problem.Problem{Code: "GW-S034", Path: d.src.settings.Records, Want: strconv.Itoa(maxDepth)}
		d.refuse(canonical.Raw{Kind: d.src.kind, Payload: text}, p)
		return
	}
	fn(item)
}

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
	key, missing := keyOf(item, c.Key, c.WholeKeys)
	if missing != "" {
		d.refuse(raw, problem.Problem{Code: "GW-S811", Path: missing})
		return
	}
	raw.Key = key
	raw.Version = scalar(item, c.Version)
	raw.At = d.at(item)
	raw.Gone = c.GonePath != "" && slices.Contains(c.Gone, scalar(item, c.GonePath))
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
