// Package hardapi_test reads products that are known to be hard to read by
// settings alone: each has a wire profile and a mapping in testdata, and a
// simulator here that answers as the product's own documentation says. None of
// them ships: they show what a profile has to be able to say.
package hardapi_test

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"iocgateway/adapters/adaptertest"
	"iocgateway/adapters/rest"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
)

// secret is what every source asks for, in a way of its own.
const secret = "khoa-bi-mat"

// desk is the city's complaints, as they stand at the desk of some product.
type desk struct {
	city   *city.City
	clock  *simkit.Clock
	faults *simkit.Faults
	tokens *simkit.Tokens
	born   int // page cursors given out before are dead
}

// built is one city for all desks: nobody changes it.
var built = sync.OnceValue(func() *city.City {
	sizes := city.Sizes{Dossiers: 5, Feedback: 110, Documents: 5, Tasks: 5, Calls: 5}
	return city.New(1, time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone()), sizes)
})

func newDesk() *desk {
	c := built()
	clock := simkit.NewClock(c.Start, 0)
	return &desk{city: c, clock: clock, faults: simkit.NewFaults(clock, 1),
		tokens: &simkit.Tokens{Key: []byte("hardapi"), Clock: clock, Life: time.Hour}}
}

// now are the matters that there are, counted without any wire.
func (d *desk) now() []city.FeedbackView { return d.city.FeedbackAt(d.clock.Now()) }

// since are the matters as the product shows them, by number; changed at or
// after a time where one is given.
func (d *desk) since(t time.Time) []city.FeedbackView {
	rows := simkit.Bend(d.faults, d.clock.Now(), d.now(), func(v city.FeedbackView, at time.Time) city.FeedbackView {
		v.Updated = at
		return v
	})
	rows = slices.DeleteFunc(rows, func(v city.FeedbackView) bool { return v.Updated.Before(t) })
	slices.SortFunc(rows, func(a, b city.FeedbackView) int { return cmp.Compare(a.N, b.N) })
	return rows
}

// cut gives so many rows from an offset on, bent by the faults of pages.
func cut[T any](d *desk, rows []T, offset, size int) simkit.Sheet[T] {
	size = max(size, 1)
	first := min(offset%size, len(rows))
	sheet := simkit.Window(d.faults, rows[first:], simkit.Ask{Page: offset / size, Size: size})
	sheet.Total += first
	return sheet
}

// number is the number that products give a matter.
func number(v city.FeedbackView) int { return 1000 + v.N }

func byNumber(v city.FeedbackView) string { return strconv.Itoa(number(v)) }

// The states that products have, whatever they call them.
const (
	fresh = iota
	going
	waiting
	solved
	refused
)

func state(v city.FeedbackView) int {
	switch v.Now.Status {
	case 1, 2:
		return fresh
	case 9, 22:
		return waiting
	case 8:
		return solved
	case 10, 11:
		return refused
	}
	return going
}

func atoi(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return otherwise
	}
	return n
}

// hard is a product, and what reading it takes.
type hard struct {
	serve    func(d *desk) http.Handler
	kind     canonical.Kind
	keys     func(d *desk) []string
	settings string // besides the address and the profile
	required []string
	member   string   // of a payload that the adapter has no use for
	idle     int      // requests of an idle poll
	session  bool     // it logs in: a session that died is opened again
	not      []string // passing faults that its answers cannot have
	except   map[string]string
}

func products() map[string]hard {
	return map[string]hard{"glpi": glpi(), "jira": jira(), "redmine": redmine(), "zammad": zammad(), "ckan": ckan(),
		"worldbank": worldbank(), "socrata": socrata()}
}

func matters(key func(city.FeedbackView) string) func(d *desk) []string {
	return func(d *desk) (keys []string) {
		for _, v := range d.now() {
			keys = append(keys, key(v))
		}
		return keys
	}
}

// text is a stream's settings.
func (h hard) text(name string) string {
	return "url: ${env:URL}\nprofile_file: testdata/profiles/" + name + ".yaml\npage_size: 30\n" + h.settings
}

// start puts the product on a socket.
func (h hard) start(t testing.TB) (*desk, *simkit.Server) {
	t.Helper()
	d := newDesk()
	srv, err := simkit.Serve("", h.serve(d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return d, srv
}

func (h hard) contract(name string) adaptertest.Case {
	c := adaptertest.Case{Spec: rest.Spec(), Kind: h.kind, Settings: h.text(name), Env: map[string]string{"SECRET": secret},
		Secrets: []string{secret}, Required: append([]string{"url"}, h.required...), Idle: max(h.idle, 1), Member: h.member,
		Except: map[string]string{"old": "no version ever shipped these profiles"},
		Start: func(t testing.TB) *adaptertest.Upstream {
			d, srv := h.start(t)
			return &adaptertest.Upstream{Server: srv, Faults: d.faults, Clock: d.clock, Keys: func() []string { return h.keys(d) }}
		}}
	if len(h.required) == 0 {
		c.Except["secrets"] = "it asks for none"
	}
	for check, why := range h.except {
		c.Except[check] = why
	}
	not := h.not
	if !h.session { // a key that is refused stays refused
		not = append(not, "401@2", "expire@3", "htmllogin@2")
	}
	if testing.Short() { // what they are the engine does, whatever the profile: adapters/dvc, and the long run
		c.Except["class"] = "takes long, and waits"
		not = append(not, "429:1@2", "429@2", "502@2*2", "503@2", "500@2", "stall:30ms@2")
	}
	c.Faults = slices.DeleteFunc(adaptertest.Passing(), func(f string) bool { return slices.Contains(not, f) })
	return c
}

// TestContract asks everything of each product's profile that is asked of the
// adapters that ship: all rows over several pages against an independent
// count, changes, removals, faults that pass and faults that stay.
func TestContract(t *testing.T) {
	for name, h := range products() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, h.contract(name))
		})
	}
}
