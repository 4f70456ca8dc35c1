package reference

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
)

const (
	all           = "*"
	levelProvince = "province"
)

// payload is a unit as this source gives it.
type payload struct {
	Code      string               `json:"code"`
	Name      string               `json:"name"`
	Level     string               `json:"level"`
	Parent    string               `json:"parent,omitempty"`
	ValidFrom canonical.Date       `json:"valid_from,omitempty"`
	ValidTo   canonical.Date       `json:"valid_to,omitempty"`
	From      []canonical.UnitFrom `json:"from,omitempty"`
	Decree    string               `json:"decree,omitempty"`
}

// listing is everything the settings ask for, in the order of keys. The
// fingerprint is that of the keys: as long as they stay, a walk can go on.
type listing struct {
	asOf        canonical.Date
	fingerprint string
	keys        []string
	units       map[string]*canonical.Unit
}

func (s *Source) list() (listing, error) {
	table, err := s.table()
	if err != nil {
		return listing{}, err
	}
	if p := s.unknown(table); p != nil {
		return listing{}, problem.Halt(p)
	}
	w := walker{table: table, old: s.settings.IncludeOld, units: map[string]*canonical.Unit{}, seen: map[place]bool{}}
	for _, code := range s.settings.Provinces {
		w.visit(place{code: code, day: table.AsOf()})
	}
	if w.tooMany {
		return listing{}, s.unreadable(fmt.Errorf("units changed on more than %d days", maxPlaces))
	}
	return w.listing(), nil
}

// place is a province (or all of them) on a day.
type place struct {
	code string
	day  canonical.Date
}

// walker gathers units of provinces, and of what those were made from.
type walker struct {
	table *units.Table
	old   bool
	units map[string]*canonical.Unit // by key
	seen  map[place]bool

	tooMany bool
}

// maxPlaces bounds what one file can make the walker do.
const maxPlaces = 2000

// visit takes the units of a place; with old ones, then goes on to the day
// before each of them began. Days only go back, so it ends.
func (w *walker) visit(p place) {
	if w.seen[p] {
		return
	}
	if len(w.seen) == maxPlaces {
		w.tooMany = true
		return
	}
	w.seen[p] = true
	var found []canonical.Unit
	if p.code == all {
		found = w.table.Units("", p.day)
	} else if province, ok := w.table.At(p.code, p.day); ok {
		found = append(w.table.Units(p.code, p.day), province)
	}
	for i := range found {
		w.units[keyOf(&found[i])] = &found[i]
	}
	if w.old {
		w.before(p.code, found)
	}
}

// before visits what stood the day before each of the units began: their
// province then and, where a unit is a province, those that it was made from.
func (w *walker) before(code string, found []canonical.Unit) {
	began := canonical.Date("")
	day := canonical.Date("")
	for i := range found {
		u := &found[i]
		if u.ValidFrom == "" {
			continue // it is older than the list
		}
		if u.ValidFrom != began { // nearly all began on one day
			began, day = u.ValidFrom, dayBefore(u.ValidFrom)
			w.visit(place{code: code, day: day})
		}
		if u.Level != levelProvince || code == all {
			continue
		}
		for _, from := range u.From {
			w.visit(place{code: from.Code, day: day})
		}
	}
}

// dayBefore is empty, a day without units, where there is no such day.
func dayBefore(day canonical.Date) canonical.Date {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	return canonical.Date(at.AddDate(0, 0, -1).Format(time.DateOnly))
}

// keyOf is code@first day; 0 stands for a day before the oldest list.
func keyOf(u *canonical.Unit) string { return u.Code + "@" + cmp.Or(string(u.ValidFrom), "0") }

func (w *walker) listing() listing {
	l := listing{asOf: w.table.AsOf(), units: w.units, keys: make([]string, 0, len(w.units))}
	for key := range w.units {
		l.keys = append(l.keys, key)
	}
	slices.Sort(l.keys)
	sum := sha256.New()
	for _, key := range l.keys {
		_, _ = io.WriteString(sum, key+"\n") // a hash never fails
	}
	l.fingerprint = hex.EncodeToString(sum.Sum(nil)[:8])
	return l
}

// raw is the unit of a key as this source gives it.
func (l *listing) raw(key string) (canonical.Raw, error) {
	u, ok := l.units[key]
	if !ok {
		return canonical.Raw{}, problem.Reject(fmt.Errorf("reference: reading %.40q: no such unit in the list", key))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(payload{Code: u.Code, Name: u.Name, Level: u.Level, Parent: u.Parent, ValidFrom: u.ValidFrom,
		ValidTo: u.ValidTo, From: u.From, Decree: u.Decree})
	if err != nil {
		return canonical.Raw{}, fmt.Errorf("reference: writing %.40q: %w", key, err)
	}
	return canonical.Raw{Kind: canonical.KindUnit, Key: key, Payload: bytes.TrimRight(b.Bytes(), "\n")}, nil
}
