package rest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/form"
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
	row    int              // so many failed in a row, before any was answered
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
	own := newOwner(d.s, page.Records)
	answers := make([][]byte, len(page.Records))
	errs := make([]error, len(page.Records))
	for i := range page.Records {
		raw := &page.Records[i]
		answers[i], errs[i] = d.s.one(ctx, d.s.plan.detail, d.s.plan.detailOK, raw.Key, d.denied)
		switch {
		case errs[i] != nil:
			if err := d.failed(ctx, errs[i]); err != nil {
				return fmt.Errorf("rest: asking for details: %w", err)
			}
		case hollow(answers[i]):
			errs[i] = problem.Reject(&problem.Problem{Code: "GW-S083"})
		default:
			d.good = true
			own.took(answers[i], raw.Key)
		}
	}
	kept := page.Records[:0]
	for i, raw := range page.Records {
		if errs[i] == nil && own.another(raw.Key) {
			errs[i] = problem.Reject(&problem.Problem{Code: "GW-S051"})
		}
		if errs[i] != nil {
			page.Refused = append(page.Refused, d.refused(raw, errs[i]))
			continue
		}
		kept = append(kept, d.s.plan.told(raw, answers[i]))
	}
	page.Records = kept
	return nil
}

// told is a record with its detail.
func (pl *plan) told(raw canonical.Raw, detail []byte) canonical.Raw {
	if pl.Detail.As == "beside" {
		detail = slices.Concat([]byte(`{"list":`), raw.Payload, []byte(`,"detail":`), detail, []byte("}"))
	}
	raw.Payload = detail
	if pl.version < 0 {
		raw.Version = string(appendHex(nil, xxhash.Sum64(detail)))
	}
	return raw
}

// failed counts the details that did not come; the error is for all of them.
func (d *details) failed(ctx context.Context, err error) error {
	found, _ := problem.As(err)
	class, _ := problem.Class(err)
	denied := httpx.Denied(err)
	switch {
	case ctx.Err() != nil, !denied && class != problem.FaultReject && !ofOne(found):
		return err
	case !d.good && (found == nil || found.Reason() != problem.Absent):
		if d.row++; d.row >= failedMost {
			return err
		}
	}
	d.denied = d.denied || denied
	return nil
}

// refused is what becomes of a record whose detail did not come, or is not its own.
func (d *details) refused(raw canonical.Raw, err error) adapters.Refused {
	found, _ := problem.As(err)
	if class, _ := problem.Class(err); class != problem.FaultReject && !httpx.Denied(err) {
		d.sick[xxhash.Sum64String(raw.Key)] = max(raw.At.Unix(), 0)
	}
	refused := adapters.Refused{Raw: raw, Problem: problem.Problem{Code: "GW-S028", Path: d.s.plan.Detail.Path, Err: err}}
	absent := found != nil && found.Reason() == problem.Absent
	if absent && found.Value != "" && d.s.plan.Detail.Missing == "exclude" { // its status says so, and not that nothing is there
		refused.Rule = "detail.missing"
	}
	return refused
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
// was asked for beside it, a key that another detail of the page bears too, or a
// key where others bear their own. Where details have no key, or keys of another
// kind, nothing is known.
type owner struct {
	s     *Source
	asked map[string]bool // the keys of this page
	bears map[string]string
	times map[string]int // how many details bear a key
}

func newOwner(s *Source, records []canonical.Raw) *owner {
	o := &owner{s: s, asked: map[string]bool{}, bears: map[string]string{}, times: map[string]int{}}
	for i := range records {
		o.asked[records[i].Key] = true
	}
	return o
}

func (o *owner) took(payload []byte, key string) {
	if o.s.plan.xml {
		return
	}
	slots := make([]value, o.s.plan.rec.Slots())
	if (&jsonscan.Scanner{}).Find(o.s.plan.rec, payload, slots) == jsonscan.Broken {
		return
	}
	text, missing := o.s.plan.appendKey(nil, slots)
	if missing != "" {
		return
	}
	o.bears[key] = string(text)
	o.times[string(text)]++
	o.s.owned = o.s.owned || string(text) == key
}

func (o *owner) another(key string) bool {
	text, bears := o.bears[key]
	return bears && text != key && (o.s.owned || o.asked[text] || o.times[text] > 1)
}

// hollow: there is an object, or a list, and nothing in it at any depth.
func hollow(payload []byte) bool { return nothing(jsonscan.Of(payload)) }

func nothing(v jsonscan.Value) bool {
	none := true
	switch v.Shape {
	case jsonscan.Object:
		jsonscan.EachMember(v.Bytes, func(_ []byte, in jsonscan.Value) { none = none && nothing(in) })
	case jsonscan.Array:
		jsonscan.EachItem(v.Bytes, func(in jsonscan.Value) bool {
			none = nothing(in)
			return none
		})
	default:
		return v.Shape != jsonscan.Text && v.Empty()
	}
	return none
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
		if tornAnswer(resp) { // this one is held, its page goes on
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
		if says := s.failing(resp.Body, found != nil); says != "" && len(f.success) == 0 {
			return problem.Retry(&problem.Problem{Code: "GW-S061", Value: says}, 0)
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

// failing are the words of an answer that has no record, or is an error where the
// record should be. What a record has under such names is its own.
func (s *Source) failing(body []byte, record bool) string {
	if !record {
		return form.Aside(body, "")
	}
	if f := form.Of(body, true); f.Is == form.Object && !f.Keyed(s.plan.Records.Key) {
		return f.Says
	}
	return ""
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
