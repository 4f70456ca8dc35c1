package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/rest"
	"iocgateway/adapters/simkit"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// ward is a source with what the city's sources have not: page cursors that
// die, links, details, windows.
type ward struct {
	clock  *simkit.Clock
	faults *simkit.Faults
	rows   []wardRow
	born   int
}

type wardRow struct {
	id string
	at time.Time
}

func (r wardRow) RowKey() string     { return r.id }
func (r wardRow) RowTime() time.Time { return r.at }

const wardPage = 20

func newWard(t testing.TB) *ward {
	t.Helper()
	w := &ward{clock: simkit.NewClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), 0)}
	w.faults = simkit.NewFaults(w.clock, 1)
	for i := range 130 {
		w.rows = append(w.rows, wardRow{fmt.Sprintf("w%03d", i), w.clock.Now().Add(-time.Duration(130-i) * 2 * time.Hour)})
	}
	return w
}

func (w *ward) keys() (keys []string) {
	for _, r := range w.rows {
		keys = append(keys, r.id)
	}
	return keys
}

// ServeHTTP answers the list, a window of it, and single records.
func (w *ward) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if id, ok := strings.CutPrefix(r.URL.Path, "/one/"); ok {
		w.detail(out, id)
		return
	}
	rows := simkit.Bend(w.faults, w.clock.Now(), w.rows, func(r wardRow, at time.Time) wardRow { r.at = at; return r })
	q := r.URL.Query()
	if from, to := q.Get("f"), q.Get("t"); from != "" {
		_, exclusive := w.faults.Hit(simkit.Exclusive, -1)
		var kept []wardRow
		for _, x := range rows {
			if day := x.at.Format("2006-01-02"); day >= from && (day < to || day == to && !exclusive) {
				kept = append(kept, x)
			}
		}
		rows = kept
	}
	at := 0
	if cursor := q.Get("c"); cursor != "" {
		if x, hit := w.faults.Hit(simkit.DeadCursor, -1); hit {
			w.born++
			out.WriteHeader(int(x.Number(410)))
			return
		}
		born, offset, _ := strings.Cut(cursor, "-")
		if born != strconv.Itoa(w.born) {
			out.WriteHeader(http.StatusGone)
			return
		}
		at, _ = strconv.Atoi(offset)
	}
	sheet := simkit.Window(w.faults, rows, simkit.Ask{Page: at / wardPage, Size: wardPage})
	next := ""
	if at+wardPage < len(rows) {
		next = fmt.Sprintf("%d-%d", w.born, at+wardPage)
		form, _ := w.faults.Hit(simkit.Links, -1)
		out.Header().Set("Link", simkit.Link("/l?c="+next, form.Arg))
	}
	items := []map[string]string{}
	for _, x := range sheet.Rows {
		items = append(items, map[string]string{"id": x.id, "t": x.at.Format(time.RFC3339)})
	}
	simkit.WriteJSON(out, http.StatusOK, map[string]any{"next": next, "n": sheet.Total, "d": items})
}

func (w *ward) detail(out http.ResponseWriter, id string) {
	if w.faults.Ail(out, id) {
		return
	}
	simkit.WriteJSON(out, http.StatusOK, map[string]any{"data": map[string]string{"id": id, "full": "yes"}})
}

// wardCase reads the ward by a wire profile.
func wardCase(paging, watermark, more string) Case {
	return Case{Spec: rest.Spec(), Kind: canonical.KindDossier, Settings: `
url: ${env:URL}
page_size: 20
wire:
  profile: ward
  vi: thử
  en: test
  evidence: assumed
  kind: dossier
  zone: UTC
` + paging + `  records: {path: d, key: id, at: {path: t, layouts: [iso]}}
` + watermark + more,
		Start: func(t testing.TB) *Upstream {
			w := newWard(t)
			srv, err := simkit.Serve("", w)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = srv.Close() })
			return &Upstream{Server: srv, Faults: w.faults, Clock: w.clock, Keys: w.keys}
		}}
}

const (
	wardNone   = "  watermark: {kind: none}\n  sweep: {complete: true}\n"
	wardDetail = "  detail: {path: \"/one/{key}\", record: data}\n"
)

func wards() map[string]Case {
	return map[string]Case{
		"cursor": wardCase("  request: {path: /l, query: {c: \"{cursor}\"}}\n  paging: {kind: cursor, next: next, total: n}\n", wardNone, ""),
		"link":   wardCase("  request: {path: /l}\n  paging: {kind: link, total: n}\n", wardNone, ""),
		"detail": wardCase("  request: {path: /l, query: {c: \"{cursor}\"}}\n  paging: {kind: cursor, next: next}\n", wardNone, wardDetail),
		"window": wardCase("  request: {path: /l, query: {f: \"{from}\", t: \"{to}\"}}\n  paging: {kind: none}\n",
			"  watermark: {kind: window, format: yyyy-MM-dd, chunk: 1d, history: 20d}\n", ""),
	}
}

// The checks that the city's simulators cannot be put to.
func TestWards(t *testing.T) {
	checks := map[string][]string{"cursor": {"complete", "dead", "lowtotals"}, "link": {"complete", "dead", "links"},
		"detail": {"complete", "sick"}, "window": {"complete", "exclusive"}}
	for name, c := range wards() {
		for _, check := range checks[name] {
			t.Run(name+"/"+check, func(t *testing.T) {
				t.Parallel()
				if err := Verify(t, c, check); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// wardBugs are planted in a ward.
func wardBugs() map[string]struct {
	on, check string
	plant     func(adapters.Source) adapters.Source
} {
	type planting = struct {
		on, check string
		plant     func(adapters.Source) adapters.Source
	}
	return map[string]planting{
		"stops at a dead cursor": {"cursor", "dead", stopsAt("GW-S036")},
		"loses a link of an odd form": {"link", "links", edit(func(p *adapters.Page, from canonical.Checkpoint) {
			p.More = p.More && len(from) == 0
		})},
		"one sick record stops all": {"detail", "sick", func(s adapters.Source) adapters.Source {
			return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
				p, err := s.Pull(ctx, from)
				if err == nil && len(p.Refused) > 0 {
					return adapters.Page{}, problem.Halt(errors.New("a record is sick"))
				}
				return p, err
			}}
		}},
		"leaves a sick record out": {"detail", "sick", edit(func(p *adapters.Page, _ canonical.Checkpoint) { p.Refused = nil })},
		"believes that the end is included": {"window", "exclusive", edit(func(p *adapters.Page, _ canonical.Checkpoint) {
			p.Records = p.Records[:max(len(p.Records)-1, 0)]
		})},
	}
}

func stopsAt(code string) func(adapters.Source) adapters.Source {
	return func(s adapters.Source) adapters.Source {
		return bent{Source: s, pull: func(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
			p, err := s.Pull(ctx, from)
			for i := range p.Notes {
				if p.Notes[i].Code == code {
					return adapters.Page{}, problem.Halt(&p.Notes[i])
				}
			}
			return p, err
		}}
	}
}

func TestPlantedInWards(t *testing.T) {
	for name, b := range wardBugs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := wards()[b.on]
			c.Wrap = b.plant
			if Verify(t, c, b.check) == nil {
				t.Errorf("the check %q did not see it", b.check)
			}
		})
	}
}
