package rest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"iocgateway/canonical/problem"
)

// A page emptied by a filter after it was cut still names the next one.
func TestEmptyPageWithANextOne(t *testing.T) {
	src, _ := serve(t, "  request: {path: /l, query: {c: \"{cursor}\"}}\n  paging: {kind: cursor, next: n}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n",
		func(w http.ResponseWriter, r *http.Request) {
			c, _ := strconv.Atoi(r.URL.Query().Get("c"))
			switch {
			case c == 3:
				_, _ = fmt.Fprintf(w, `{"n":"","d":%s}`, ids(6, 8))
			case c%2 == 0:
				_, _ = fmt.Fprintf(w, `{"n":"%d","d":[]}`, c+1)
			default:
				_, _ = fmt.Fprintf(w, `{"n":"%d","d":%s}`, c+1, ids(2*c, 2*c+2))
			}
		})
	if got, _, _ := walkAll(t, src, nil); len(got) != 4 {
		t.Errorf("%d rows, want 4", len(got))
	}
}

// A first page without rows beside a total that is not nothing is no answer.
func TestEmptyWithATotal(t *testing.T) {
	src, _ := serve(t, "  request: {path: /l}\n  paging: {kind: page, total: n}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n",
		func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"n":9,"d":[]}`) })
	_, err := src.Pull(context.Background(), nil)
	if p, ok := problem.As(err); !ok || p.Code != "GW-S047" {
		t.Errorf("got %v", err)
	}
}
