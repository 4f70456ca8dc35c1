package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// details are the calls for the records of one page. What goes wrong with one
// record is that record's: it is held, and the page goes on. What goes wrong
// with all of them is the source's.
type details struct {
	s      *Source
	good   bool             // one was answered
	failed int              // in a row, before any was answered
	denied bool             // authenticating again was tried for one, and did not help
	sick   map[uint64]int64 // hashes of keys to ask for again soon, with when they changed
}

// failedMost is how many records may fail before the first that does not.
const failedMost = 3

// details asks for each record of a page where the profile wants it, and for
// those of its tail as they come.
func (s *Source) details(ctx context.Context, page *adapters.Page) (*details, error) {
	d := &details{s: s, sick: map[uint64]int64{}}
	if s.plan.detail == nil {
		return d, nil
	}
	if page.Tail != nil {
		page.Tail = detailed{page.Tail, d}
	}
	return d, d.page(ctx, page)
}

// detailed is a tail whose records are asked for one by one.
type detailed struct {
	adapters.Tail
	d *details
}

// Next is adapters.Tail's.
func (t detailed) Next(ctx context.Context) ([]canonical.Raw, []adapters.Refused, bool, error) {
	records, refused, last, err := t.Tail.Next(ctx)
	if err != nil {
		return nil, nil, false, err
	}
	page := adapters.Page{Records: records, Refused: refused}
	err = t.d.page(ctx, &page)
	return page.Records, page.Refused, last, err
}

func (d *details) page(ctx context.Context, page *adapters.Page) error {
	pl, kept := d.s.plan, page.Records[:0]
	own := owner{pl: pl, asked: map[string]bool{}}
	for i := range page.Records {
		own.asked[page.Records[i].Key] = true
	}
	for _, raw := range page.Records {
		payload, err := d.s.one(ctx, pl.detail, pl.detailOK, raw.Key, d.denied)
		if err == nil && hollow(payload) {
			err = problem.Reject(errHollow)
		}
		if err == nil && own.another(payload, raw.Key) {
			err = problem.Reject(&problem.Problem{Code: "GW-S051"})
		}
		if err != nil {
			refused, err := d.refused(ctx, raw, err)
			if err != nil {
				return fmt.Errorf("rest: asking for details: %w", err)
			}
			page.Refused = append(page.Refused, refused)
			continue
		}
		d.good = true
		if pl.Detail.As == "beside" {
			payload = slices.Concat([]byte(`{"list":`), raw.Payload, []byte(`,"detail":`), payload, []byte("}"))
		}
		raw.Payload = payload
		if pl.version < 0 {
			raw.Version = string(appendHex(nil, xxhash.Sum64(payload)))
		}
		kept = append(kept, raw)
	}
	page.Records = kept
	return nil
}

// refused is what becomes of a record whose detail did not come; the error is
// for all of them.
func (d *details) refused(ctx context.Context, raw canonical.Raw, err error) (adapters.Refused, error) {
	found, _ := problem.As(err)
	class, _ := problem.Class(err)
	absent := found != nil && found.Reason() == problem.Absent
	denied := httpx.Denied(err)
	switch {
	case ctx.Err() != nil, !denied && class != problem.FaultReject && !ofOne(found):
		return adapters.Refused{}, err
	case !d.good && !absent:
		if d.failed++; d.failed >= failedMost {
			return adapters.Refused{}, err
		}
	}
	d.denied = d.denied || denied
	if class != problem.FaultReject && !denied {
		d.sick[xxhash.Sum64String(raw.Key)] = max(raw.At.Unix(), 0)
	}
	refused := adapters.Refused{Raw: raw, Problem: problem.Problem{Code: "GW-S028", Path: d.s.plan.Detail.Path, Err: err}}
	if absent && found.Value != "" && d.s.plan.Detail.Missing == "exclude" { // its status says so, and not that nothing is there
		refused.Rule = "detail.missing"
	}
	return refused, nil
}

// ofOne reports whether a failure may be of what was asked for, where all else
// is well: an answer that is none, or none in time.
func ofOne(p *problem.Problem) bool {
	if p == nil {
		return false
	}
	switch p.Reason() {
	case problem.Throttled:
		return false
	case problem.Late:
		return true
	}
	return p.Blames() == problem.BlamesContent
}

// owner tells a detail that is another record's: it bears the key of one that
// was asked for beside it, or a key where others bear their own. Where details
// have no key, or keys of another kind, nothing is known.
type owner struct {
	pl    *plan
	asked map[string]bool // the keys of this page
	bears bool            // one bore its own
}

func (o *owner) another(payload []byte, key string) bool {
	if o.pl.xml {
		return false
	}
	slots := make([]value, o.pl.rec.Slots())
	if (&jsonscan.Scanner{}).Find(o.pl.rec, payload, slots) == jsonscan.Broken {
		return false
	}
	text, missing := o.pl.appendKey(nil, slots)
	switch {
	case missing != "":
		return false
	case string(text) == key:
		o.bears = true
		return false
	}
	return o.bears || o.asked[string(text)]
}

var errHollow = errors.New("rest: an object with nothing in it")

// hollow: there is an object, or a list, and nothing in it.
func hollow(payload []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil {
		return len(bytes.Trim(payload, "[] \t\r\n")) == 0
	}
	for _, value := range members {
		if text := bytes.Trim(value, "[]{} \t\r\n"); len(text) > 0 && string(text) != "null" {
			return false
		}
	}
	return true
}

// one asks for the record of a key; a source that does not know it rejects.
func (s *Source) one(ctx context.Context, c *call, f followUp, key string, lone bool) ([]byte, error) {
	v := vars{"key": key}
	for name, value := range s.params {
		v[name] = value
	}
	var found []byte
	r := s.request(c, v)
	r.Lone, r.Torn = lone, true
	r.Check = func(resp *httpx.Response) error {
		if resp.Torn { // this one is held, its page goes on
			return problem.Reject(&problem.Problem{Code: "GW-S080", Path: c.path.lit[0]})
		}
		in := jsonscan.NewCutter(f.env, jsonscan.NewTrie(), func(_ int, payload []byte) error {
			if found == nil {
				found = bytes.Clone(payload)
			}
			return nil
		})
		in.Lone = true
		in.Deep = func(int, []byte) error {
			return problem.Reject(&problem.Problem{Code: "GW-S034", Path: c.path.lit[0], Want: itoa(jsonscan.MaxDepth)})
		}
		if err := in.JSON(resp.Body); err != nil {
			if class, _ := problem.Class(err); class == problem.FaultReject { // this one is held, its page goes on
				return err
			}
			return problem.Retry(&problem.Problem{Code: "GW-S012", Path: c.path.lit[0], Err: err}, 0)
		}
		for _, cond := range f.success {
			if !cond.holds(in.Out) {
				return problem.Retry(&problem.Problem{Code: "GW-S013", Want: cond.want()}, 0)
			}
		}
		return nil
	}
	_, err := s.client.Do(ctx, r)
	status, refused := refusedPage(err)
	if refused && (status == "404" || status == "410") || err == nil && found == nil {
		return nil, problem.Reject(&problem.Problem{Code: "GW-S031", Value: status})
	}
	return found, err
}

// sick are records whose detail did not come, by hash: they are asked for again
// with the next changes, for which the walk begins early enough, so many times.
type sick []ailing

type ailing struct {
	Key   uint64 `json:"k,string"`
	At    int64  `json:"t,omitempty"`
	Tries int    `json:"n"`
}

const (
	mostSick  = 100
	sickTries = 20
)

// took notes what became of a page: who was answered is well.
func (s *sick) took(records []canonical.Raw, failed map[uint64]int64) {
	if len(*s) > 0 {
		well := make(map[uint64]bool, len(records))
		for i := range records {
			well[xxhash.Sum64String(records[i].Key)] = true
		}
		*s = slices.DeleteFunc(*s, func(a ailing) bool { return well[a.Key] })
	}
	for _, key := range slices.Sorted(maps.Keys(failed)) {
		switch i := slices.IndexFunc(*s, func(a ailing) bool { return a.Key == key }); {
		case i >= 0:
			(*s)[i].At, (*s)[i].Tries = failed[key], (*s)[i].Tries+1
		case len(*s) < mostSick:
			*s = append(*s, ailing{Key: key, At: failed[key]})
		}
	}
}

// from is the time from which changes are wanted: the watermark, or, where the
// detail of a record did not come, when that changed. After so many tries it
// waits for a whole walk.
func (st *state) from() time.Time {
	from := st.Mark
	for _, a := range st.Sick {
		if at := time.Unix(a.At, 0); a.At > 0 && a.Tries < sickTries && at.Before(from) {
			from = at.UTC()
		}
	}
	return from
}
