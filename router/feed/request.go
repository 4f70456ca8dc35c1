package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// Longest text taken in a query parameter, in bytes.
const maxParam = 512

// params reads a query strictly: what a route does not know is refused, for
// a misspelt filter that is ignored would answer with too much.
type params struct {
	values url.Values
	known  []string
	bad    *answer.Problem // the first thing wrong
}

func newParams(r *http.Request, known []string) *params {
	p := &params{known: known}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p.refuse("?", r.URL.RawQuery, "a=b&c=d, percent-encoded")
		return p
	}
	p.values = values
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !slices.Contains(known, name):
			p.bad = answer.New(http.StatusBadRequest, &problem.Problem{Code: "GW-F018", Field: problem.Short(name),
				Near: problem.Near(name, known), Want: strings.Join(known, ", ")})
			return p
		case len(values[name]) > 1 && name != "status":
			p.refuse(name, strings.Join(values[name], " & "), "once")
			return p
		}
	}
	return p
}

func (p *params) refuse(name, value, want string) {
	if p.bad == nil {
		p.bad = answer.New(400, &problem.Problem{Code: "GW-F019", Field: name, Value: problem.Short(value), Want: want})
	}
}

func (p *params) text(name string) string {
	v := p.values.Get(name)
	if len(v) > maxParam || strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0xfffd }) {
		p.refuse(name, v, "text, at most "+strconv.Itoa(maxParam)+" bytes")
		return ""
	}
	return v
}

func (p *params) number(name string, def, low, high int) int {
	v := p.values.Get(name)
	if v == "" {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		p.refuse(name, v, strconv.Itoa(low)+"–"+strconv.Itoa(high))
		return def
	}
	return n
}

// seconds takes 25 and 25s alike.
func (p *params) seconds(name string, high time.Duration) time.Duration {
	v := p.values.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(v, "s"), 64)
	if err != nil || !(n >= 0) || n > high.Seconds() {
		p.refuse(name, v, "0–"+strconv.Itoa(int(high.Seconds()))+" seconds")
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

func (p *params) flag(name string) bool {
	switch v := p.values.Get(name); v {
	case "", "false", "0":
		return false
	case "true", "1":
		return true
	default:
		p.refuse(name, v, "true, false")
		return false
	}
}

func (p *params) choice(name string, allowed []string) string {
	v := p.values.Get(name)
	if v != "" && !slices.Contains(allowed, v) {
		p.refuse(name, v, strings.Join(allowed, ", "))
		return ""
	}
	return v
}

// instant takes RFC 3339, or a day (its beginning in the city's zone).
func (p *params) instant(name string, zone *time.Location) time.Time {
	v := p.values.Get(name)
	if v == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
		return t
	}
	if t, err := time.ParseInLocation(time.DateOnly, v, zone); err == nil {
		return t
	}
	p.refuse(name, v, "2026-11-05T08:00:00+07:00, 2026-11-05")
	return time.Time{}
}

// filter reads the row filter of a feed.
func (p *params) filter(feed canonical.Feed) journal.Filter {
	f := journal.Filter{Source: p.text("source"), Stream: p.text("stream"), Area: p.text("area"), Agency: p.text("agency")}
	kinds := make([]string, 0, 3)
	for _, k := range feed.Kinds() {
		kinds = append(kinds, string(k))
	}
	f.Kind = p.choice("kind", kinds)
	return f
}

// negotiate picks the form a request accepts best; the first offer is the
// default. A batch of CloudEvents is given only to who asks for it by name.
func negotiate(r *http.Request, offers ...string) (string, *answer.Problem) {
	accept := r.Header.Values("Accept")
	if len(accept) == 0 {
		return offers[0], nil
	}
	best, bestQ := "", 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		value, q := answer.Weighed(part)
		value = strings.ToLower(value)
		if q <= bestQ {
			continue
		}
		for i, offer := range offers {
			wild := i == 0 && (value == "*/*" || value == "application/*" || value == "")
			if value == offer || wild {
				best, bestQ = offer, q
				break
			}
		}
	}
	if best == "" {
		return "", answer.New(http.StatusNotAcceptable, &problem.Problem{Code: "GW-F017", Want: strings.Join(offers, ", ")})
	}
	return best, nil
}

// readBody reads a small JSON body strictly; an empty one is fine unless it is needed.
func readBody(r *http.Request, into any, needed bool) *answer.Problem {
	const want = "application/json"
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return answer.New(400, &problem.Problem{Code: "GW-F025", Want: want, Err: errors.New("cut short")})
	}
	if len(b) > maxBody {
		return answer.New(http.StatusRequestEntityTooLarge, &problem.Problem{Code: "GW-F024", Want: strconv.Itoa(maxBody)})
	}
	if len(strings.TrimSpace(string(b))) == 0 && !needed {
		return nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != want {
		return answer.New(http.StatusUnsupportedMediaType, &problem.Problem{Code: "GW-F032", Want: want})
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return answer.New(400, &problem.Problem{Code: "GW-F025", Want: "JSON, see /docs", Err: errors.New(problem.Short(err.Error()))})
	}
	if dec.More() {
		return answer.New(400, &problem.Problem{Code: "GW-F025", Want: "one JSON object", Err: fmt.Errorf("more follows")})
	}
	return nil
}
