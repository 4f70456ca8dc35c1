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
	"iocgateway/canonical/problem"
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

// An answer may be small and its records many: a million of a few bytes each
// are refused before the memory for them is spent. All that is allocated on
// the way bounds what the heap can grow by.
func TestManyTinyRecords(t *testing.T) {
	src, _ := serve(t, manyWire, func(http.ResponseWriter, *http.Request) {})
	body := tiny(1_000_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := src.(*Source).plan.parse(canonical.KindDossier, body, 500, time.Now())
	runtime.ReadMemStats(&after)
	wantMany(t, err)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 96 {
		t.Errorf("refusing %d MiB took %d MiB", len(body)>>20, got)
	}
}

func wantMany(t *testing.T, err error) {
	t.Helper()
	p, ok := problem.As(err)
	class, _ := problem.Class(err)
	if !ok || p.Code != "GW-S033" || class != problem.FaultHalt || !strings.Contains(p.Hint(problem.English), "page_size") {
		t.Errorf("got %v, class %v", err, class)
	}
}

// As many as a page may hold are taken, one more is not, in either format.
func TestAsManyAsAPageHolds(t *testing.T) {
	n := adapters.MaxRecords
	src, _ := serve(t, manyWire, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tiny(n)) })
	p, err := src.Pull(context.Background(), nil)
	if err != nil || len(p.Records) != n {
		t.Fatalf("%d records, %v", len(p.Records), err)
	}
	n++
	_, err = src.Pull(context.Background(), nil)
	wantMany(t, err)
	xml, _ := serve(t, strings.Replace(manyWire, "path: d", "path: d.r, format: xml", 1), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		_, _ = fmt.Fprintf(w, "<d>%s</d>", strings.Repeat("<r><id>1</id></r>", n))
	})
	_, err = xml.Pull(context.Background(), nil)
	wantMany(t, err)
}
