package statistics_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/statistics"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
)

func now() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

// tryOpen opens a stream from YAML, with the members of over laid on top.
func tryOpen(yaml, over string) (adapters.Source, error) {
	node, err := strict.Parse("stream.yaml", []byte(yaml))
	if err != nil {
		return nil, err
	}
	if over != "" {
		top, err := strict.Parse("test.yaml", []byte(over))
		if err != nil {
			return nil, err
		}
		node = strict.Overlay(node, top)
	}
	return statistics.Spec().Open(adapters.Settings{Source: "s", Stream: "t", Kind: canonical.KindObservation, Node: node},
		adapters.Env{HTTP: http.DefaultClient, Now: now, Space: adapters.NewSpace("")})
}

func open(t testing.TB, yaml, over string) adapters.Source {
	t.Helper()
	source, err := tryOpen(yaml, over)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func folder(dir string) string { return "place: {folder: '" + dir + "'}" }

func walkFrom(source adapters.Source, from canonical.Checkpoint) ([]adapters.Page, error) {
	var pages []adapters.Page
	for {
		page, err := source.Pull(context.Background(), from)
		if err != nil {
			return pages, err
		}
		pages = append(pages, page)
		if !page.More {
			return pages, nil
		}
		if bytes.Equal(page.Next, from) {
			panic("no progress")
		}
		from = page.Next
	}
}

func walk(t testing.TB, source adapters.Source) []adapters.Page {
	t.Helper()
	pages, err := walkFrom(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

type cell struct {
	Table, Title, Status, Unit, Decimals, Missing string
	Dims, Labels, Attributes                      map[string]string
	Period                                        struct{ Freq, Start, End, Label string }
	Value                                         *string
	Marks                                         []string
	Flags                                         []string
	raw                                           canonical.Raw
}

func (c cell) value() string {
	if c.Value == nil {
		return "none:" + c.Missing
	}
	return *c.Value
}

func byKey(t testing.TB, pages []adapters.Page) map[string]cell {
	t.Helper()
	out := map[string]cell{}
	for _, page := range pages {
		for _, refused := range page.Refused {
			t.Errorf("refused: %v", &refused.Problem)
		}
		for _, raw := range page.Records {
			var c cell
			if err := json.Unmarshal(raw.Payload, &c); err != nil {
				t.Fatalf("payload of %q: %v: %s", raw.Key, err, raw.Payload)
			}
			c.raw = raw
			if _, again := out[raw.Key]; again || raw.Key == "" {
				t.Errorf("key %q is blank or stands twice", raw.Key)
			}
			out[raw.Key] = c
		}
	}
	return out
}

// proof is the scope that a walk proved, or nil.
func proof(pages []adapters.Page) *adapters.Scope {
	for _, page := range pages {
		if page.Complete != nil {
			return page.Complete
		}
	}
	return nil
}

// cutWalk parts the end of a walk that was cut from the walk that is made
// again after it.
func cutWalk(pages []adapters.Page) (end, again []adapters.Page) {
	for i := range pages {
		if pages[i].Start {
			return pages[:i], pages[i:]
		}
	}
	return pages, nil
}
