package rest

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

const manyWire = "  request: {path: /l}\n  paging: {kind: none}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n"

// tiny is an answer of n records of a few bytes each.
func tiny(n int) []byte {
	b := make([]byte, 0, 16*n)
	b = append(b, `{"d":[`...)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"id":`...)
		b = append(strconv.AppendInt(b, int64(i), 10), '}')
	}
	return append(b, "]}"...)
}

// An answer may be small and its records many. What is alive while a million
// are taken apart is a page of them, and 8 bytes for each.
func TestManyTinyRecords(t *testing.T) {
	src, _ := serve(t, manyWire, func(http.ResponseWriter, *http.Request) {})
	body := tiny(1_000_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	page, err := parseWith(src.(*Source).plan, body, 500, time.Now())
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || page.count != 1_000_000 {
		t.Fatal(err)
	}
	if got := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20; got > 16 {
		t.Errorf("an answer of %d MiB keeps %d MiB", len(body)>>20, got)
	}
	if err := page.answer.Close(); err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(body)
}

// A long answer is a page and a tail, whatever its format; nothing of it is
// missing, and its order stays.
func TestLongAnswerIsAPageAndATail(t *testing.T) {
	const n = 3*adapters.PageRecords + 1
	xml := func() []byte {
		var b strings.Builder
		b.WriteString("<d>")
		for i := range n {
			fmt.Fprintf(&b, "<r><id>%d</id></r>", i)
		}
		return []byte(b.String() + "</d>")
	}
	for name, c := range map[string]struct {
		wire, media string
		body        []byte
	}{
		"json": {manyWire, "application/json", tiny(n)},
		"xml":  {strings.Replace(manyWire, "path: d", "path: d.r, format: xml", 1), "application/xml", xml()},
	} {
		src, _ := serve(t, c.wire, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			_, _ = w.Write(c.body)
		})
		p, err := src.Pull(context.Background(), nil)
		if err != nil || len(p.Records) != adapters.PageRecords || p.Tail == nil || p.More {
			t.Fatalf("%s: %d records, more %v: %v", name, len(p.Records), p.More, err)
		}
		at := 0
		err = p.Each(context.Background(), func(raw canonical.Raw) error {
			if raw.Key != strconv.Itoa(at) || !strings.Contains(string(raw.Payload), raw.Key) {
				return fmt.Errorf("%d is %s %s", at, raw.Key, raw.Payload)
			}
			at++
			return nil
		})
		if err != nil || at != n {
			t.Errorf("%s: %d of %d: %v", name, at, n, err)
		}
	}
}

// One record that nests too deep is held; those around it are given on.
func TestDeepRecordIsHeldAlone(t *testing.T) {
	deep := strings.Repeat(`[`, 500_000) + strings.Repeat(`]`, 500_000)
	deepXML := strings.Repeat("<a>", 300_000) + strings.Repeat("</a>", 300_000)
	for name, c := range map[string]struct{ wire, media, body string }{
		"json": {manyWire, "application/json", `{"d":[{"id":1},{"id":2,"x":` + deep + `},{"id":3}]}`},
		"xml": {strings.Replace(manyWire, "path: d", "path: d.r, format: xml", 1), "application/xml",
			`<d><r><id>1</id></r><r><id>2</id><x>` + deepXML + `</x></r><r><id>3</id></r></d>`},
	} {
		src, _ := serve(t, c.wire, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			_, _ = w.Write([]byte(c.body))
		})
		p, err := src.Pull(context.Background(), nil)
		if err != nil || len(p.Refused) != 1 {
			t.Fatalf("%s: %d held: %v", name, len(p.Refused), err)
		}
		keys := ""
		err = p.Each(context.Background(), func(raw canonical.Raw) error {
			keys += raw.Key
			return nil
		})
		if err != nil || keys != "13" {
			t.Errorf("%s: %s are given on: %v", name, keys, err)
		}
		if held := p.Refused[0]; held.Problem.Code != "GW-S034" || held.Raw.Key != "2" {
			t.Errorf("%s: held under %q for %v", name, held.Raw.Key, &held.Problem)
		}
	}
}

// A detail that nests too deep holds its record; the others of the page go on.
func TestDeepDetailIsHeldAlone(t *testing.T) {
	wire := manyWire + "  detail: {path: \"/one/{key}\", record: data, as: beside}\n"
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	src, _ := serve(t, wire, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/one/2"):
			_, _ = w.Write([]byte(`{"data":{"x":` + deep + `}}`))
		case strings.Contains(r.URL.Path, "/one/"):
			_, _ = w.Write([]byte(`{"data":{"x":1}}`))
		default:
			_, _ = w.Write([]byte(`{"d":[{"id":1},{"id":2},{"id":3}]}`))
		}
	})
	p, err := src.Pull(context.Background(), nil)
	if err != nil || len(p.Records) != 2 || len(p.Refused) != 1 || p.Refused[0].Raw.Key != "2" {
		t.Fatalf("%d records, %d held: %v", len(p.Records), len(p.Refused), err)
	}
}

// A row without a key is a row of the list: it makes nobody think that others
// were passed over, and proves nothing about what seems gone.
func TestRowWithoutAKeyCounts(t *testing.T) {
	wire := "  request: {path: /l, query: {p: \"{page}\"}}\n  paging: {kind: page, size: 2, total: n}\n  records: {path: d, key: id}\n" +
		"  watermark: {kind: none}\n  sweep: {complete: true}\n"
	pages := []string{`{"n":3,"d":[{"id":1},{"x":2}]}`, `{"n":3,"d":[{"id":3}]}`}
	asked := 0
	src, _ := serve(t, wire, func(w http.ResponseWriter, r *http.Request) {
		asked++
		at, _ := strconv.Atoi(r.URL.Query().Get("p"))
		_, _ = w.Write([]byte(pages[min(at, 1)]))
	})
	var from canonical.Checkpoint
	for range 10 {
		p, err := src.Pull(context.Background(), from)
		if err != nil || len(p.Notes) > 0 || p.Complete != nil {
			t.Fatalf("notes %v, complete %v: %v", p.Notes, p.Complete, err)
		}
		if from = p.Next; !p.More {
			break
		}
	}
	if asked != 2 {
		t.Errorf("%d pages were asked for, there are 2", asked)
	}
}
