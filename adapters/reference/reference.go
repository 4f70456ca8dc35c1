// Package reference is the adapter for the dated list of administrative
// units: the one that comes with the gateway, or a file that replaces it. So
// consumers find the units where they find everything else, in a feed.
package reference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
)

// Settings are which units are listed.
type Settings struct {
	Provinces  []string `yaml:"provinces" validate:"required,min=1,max=64,dive,len=2|eq=*" vi:"Mã tỉnh (hai chữ số), hoặc * cho tất cả" en:"Codes of provinces (two digits), or * for all"`
	IncludeOld bool     `yaml:"include_old" vi:"Cả đơn vị trước khi sắp xếp, của các tỉnh này và tỉnh đã nhập vào" en:"Also the units from before the mergers, of these provinces and of those merged into them"`
	File       string   `yaml:"file" validate:"max=1024" vi:"Tệp danh mục thay cho danh mục đi kèm" en:"A file to use instead of the list that comes along" ex:"./danh-muc.csv"`
}

// Defaults are the settings that need not be written.
func Defaults() Settings { return Settings{Provinces: []string{"51"}} }

// Spec describes the adapter.
func Spec() adapters.Spec {
	info := adapters.Info{
		Name:  "reference",
		VI:    "Danh mục đơn vị hành chính có thời hạn hiệu lực",
		EN:    "The dated list of administrative units",
		Kinds: []canonical.Kind{canonical.KindUnit},
	}
	return adapters.Define(info, Defaults(), open)
}

func open(c Settings, s adapters.Settings, _ adapters.Env) (adapters.Source, error) {
	src := &Source{settings: c}
	if c.File != "" {
		return src, nil // its provinces are checked when it is read
	}
	table, err := src.table()
	if err != nil {
		return nil, err
	}
	if p := src.unknown(table); p != nil {
		at := s.Node.Get("provinces").At(p.Field)
		p.File, p.Line, p.Col, p.Field = at.File, at.Line, at.Col, at.Path
		return nil, p
	}
	return src, nil
}

// Source lists units. It is safe for concurrent use and keeps nothing.
type Source struct {
	settings Settings

	mu     sync.Mutex
	thread adapters.Thread
}

var (
	_ adapters.Source  = (*Source)(nil)
	_ adapters.Prober  = (*Source)(nil)
	_ adapters.Lister  = (*Source)(nil)
	_ adapters.Fetcher = (*Source)(nil)
)

// pageSize is how many units a page holds.
const pageSize = 500

// position is the checkpoint: where in which list the walk stands.
type position struct {
	V      int            `json:"v"`
	AsOf   canonical.Date `json:"asof"`
	List   string         `json:"list"` // fingerprint: a list replaced in the middle of a walk begins a new one
	Offset int            `json:"offset"`
	Again  int            `json:"again,omitempty"` // how often the walk was cut and is made again
}

func read(from canonical.Checkpoint) (position, error) {
	if len(from) == 0 {
		return position{}, nil
	}
	var p position
	err := json.Unmarshal(from, &p)
	if err == nil && (p.V != 1 || p.Offset < 0) {
		err = errors.New("of another version")
	}
	if err != nil {
		return position{}, problem.Halt(&problem.Problem{Code: "GW-S025", Err: err})
	}
	return p, nil
}

// Pull gives the next page of the list. The last page proves the list
// complete, and the next walk begins anew.
func (s *Source) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	if err := ctx.Err(); err != nil {
		return adapters.Page{}, err
	}
	at, err := read(from)
	if err != nil {
		return adapters.Page{}, err
	}
	l, err := s.list()
	if err != nil {
		return adapters.Page{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.List != l.fingerprint || at.Offset >= len(l.keys) {
		at = position{}
	}
	s.thread.Follow(from, at.Offset == 0)
	end := min(at.Offset+pageSize, len(l.keys))
	page := adapters.Page{Start: at.Offset == 0, Same: at.Offset > 0, Whole: true, Once: true, More: end < len(l.keys), Total: len(l.keys)}
	for _, key := range l.keys[at.Offset:end] {
		raw, err := l.raw(key)
		if err != nil {
			return adapters.Page{}, err
		}
		page.Records = append(page.Records, raw)
	}
	next := position{V: 1, AsOf: l.asOf, List: l.fingerprint, Offset: end, Again: at.Again}
	switch {
	case page.More:
	case s.thread.Whole():
		next.Offset, next.Again = 0, 0
		page.Complete = &adapters.Scope{}
	default: // Invariant 16
		next.Offset, next.Again = 0, at.Again+1
		page.More = true
	}
	page.Next, err = json.Marshal(next)
	s.thread.Gave(page.Next)
	return page, err
}

// Sweep is adapters.Restarter's: every walk lists everything.
func (s *Source) Sweep(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	return s.Restart(from)
}

// Restart is adapters.Restarter's.
func (s *Source) Restart(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	at, err := read(from)
	if err != nil || at.Offset == 0 {
		return from, err
	}
	at.Offset, at.Again = 0, at.Again+1
	return json.Marshal(at)
}

// Probe reads the list and checks the settings against it.
func (s *Source) Probe(context.Context) error {
	_, err := s.list()
	return err
}

// List gives the keys of the list.
func (s *Source) List(ctx context.Context, scope adapters.Scope) iter.Seq2[adapters.Stamp, error] {
	return func(yield func(adapters.Stamp, error) bool) {
		l, err := s.list()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(adapters.Stamp{}, err)
			return
		}
		for _, key := range l.keys {
			if strings.HasPrefix(key, scope.KeyPrefix) && !yield(adapters.Stamp{Key: key}, nil) {
				return
			}
		}
	}
}

// Fetch gives one unit by its key, code@first day.
func (s *Source) Fetch(_ context.Context, key string) (canonical.Raw, error) {
	l, err := s.list()
	if err != nil {
		return canonical.Raw{}, err
	}
	return l.raw(key)
}

func (s *Source) table() (*units.Table, error) {
	if s.settings.File == "" {
		table, err := units.Default()
		return table, s.unreadable(err)
	}
	file, err := os.Open(s.settings.File)
	if err != nil {
		return nil, s.unreadable(err)
	}
	defer func() { _ = file.Close() }() // read only: nothing can be lost
	table, err := units.Load(file)
	return table, s.unreadable(err)
}

// unreadable is Retry: a file is often unreadable just while it is replaced.
func (s *Source) unreadable(err error) error {
	if err == nil {
		return nil
	}
	return problem.Retry(&problem.Problem{Code: "GW-A810", Value: problem.Short(s.settings.File), Err: err}, 0)
}

// unknown is the Problem of the first province that the list does not have.
func (s *Source) unknown(table *units.Table) *problem.Problem {
	for i, code := range s.settings.Provinces {
		if u, ok := table.At(code, table.AsOf()); code != all && (!ok || u.Level != levelProvince) {
			return &problem.Problem{Code: "GW-A811", Field: fmt.Sprintf("provinces[%d]", i), Value: code}
		}
	}
	return nil
}
