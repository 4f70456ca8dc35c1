package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/calendar"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/units"
	"iocgateway/canonical/vntext"
	"iocgateway/cmd/gateway/config"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/store/query"
	streamsync "iocgateway/router/sync"

	"golang.org/x/time/rate"

	"iocgateway/adapters"
	"iocgateway/adapters/all"
	"iocgateway/mappings"
	"iocgateway/router/redis"
)

// wiring turns configuration into streams. It dials nobody.
type Builder struct {
	Config config.Config
	specs  []adapters.Spec
	set    *mappings.Set
	wrong  error // what is wrong with the mappings: it concerns the streams that go by them
	Raws   bool  // streams are read, and nothing is made of what they give: a kind may be missing
	log    *slog.Logger
	Now    func() time.Time

	space  *adapters.Space
	clean  *privacy.Cleaner
	quotas map[string]*quotaTransport // by source
	live   *mappings.LiveSet

	calendar *calendar.Calendar
}

// newWiring compiles the mappings that the streams will need.
func NewBuilder(cfg config.Config, specs []adapters.Spec, log *slog.Logger) (*Builder, error) {
	set, wrong := LoadMappings(cfg)
	if set == nil || set.Unreadable() {
		return nil, wrong
	}
	days, err := LoadCalendar(cfg.Calendar.File)
	if err != nil {
		return nil, err
	}
	return &Builder{Config: cfg, calendar: days, specs: specs, set: set, wrong: wrong, log: log, Now: time.Now, clean: cfg.Cleaner(),
		space: adapters.NewSpace(filepath.Join(cfg.Store.Dir, "aside")),
		live:  mappings.NewLiveSet(func() (*mappings.Set, error) { return LoadMappings(cfg) })}, nil
}

// Wrong is what is wrong with the mappings, once the streams are wired. Each
// stream whose mapping it is says so and does nothing.
func (w *Builder) Wrong() error { return w.wrong }

// streams wires every stream, and names every mistake at once.
func (w *Builder) Streams() ([]*streamsync.Syncer, error) {
	var out []*streamsync.Syncer
	var problems []error
	names := make([]string, 0, len(w.Config.Sources))
	for name := range w.Config.Sources {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		src := w.Config.Sources[name]
		if src == nil {
			problems = append(problems, w.Config.Text.At("sources."+name).Wrong("GW-C003", "a source (adapter, streams, …)"))
			continue
		}
		streams, err := w.source(name, src)
		problems = append(problems, err)
		out = append(out, streams...)
	}
	return out, errors.Join(problems...)
}

func (w *Builder) source(name string, src *config.SourceConfig) ([]*streamsync.Syncer, error) {
	spec, err := w.spec(src)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: w.transport(name, src.Quota)}
	var out []*streamsync.Syncer
	var problems []error
	for _, sc := range src.Streams {
		st, err := w.stream(name, src, sc, spec, client)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		out = append(out, st)
	}
	alike(out, src.Text)
	return out, errors.Join(problems...)
}

// alike says of which streams of a source the keys cannot differ: they are made
// of the same columns, which name what a row is about and not which file it is in.
func alike(streams []*streamsync.Syncer, text *strict.Node) {
	of := map[string]*streamsync.Syncer{}
	for _, syncer := range streams {
		st := &syncer.Stream
		keyed, able := syncer.Reader.(adapters.Keyed)
		if !able || len(keyed.KeyedBy()) == 0 {
			continue
		}
		made := strings.Join(append([]string{string(st.Kind), st.KeyPrefix}, keyed.KeyedBy()...), "\n")
		if first := of[made]; first != nil {
			at := text.At(text.Path + ".streams." + st.Name + ".key")
			st.Limits = append(st.Limits, problem.Problem{Code: "GW-C032", Value: first.Stream.Full(), Near: st.Full(),
				File: at.File, Line: at.Line, Col: at.Col, Field: "key"})
			continue
		}
		of[made] = syncer
	}
}

// leftBehind are the streams that have records and are not configured any more:
// renamed, taken out, or adopted by one that lists fewer. Nobody ends their
// records, and readers are served them on: the streams of the same source say so.
func leftBehind(streams []*streamsync.Syncer, known []query.StreamInfo) (left []query.StreamInfo) {
	const own = health.OpsSource + "/" + health.OpsStream // what it says of itself nobody configures
	for _, k := range known {
		here := slices.ContainsFunc(streams, func(s *streamsync.Syncer) bool { return s.Stream.Full() == k.Stream })
		if here || k.Live == 0 || k.Stream == own {
			continue
		}
		left = append(left, k)
		source, _, _ := strings.Cut(k.Stream, "/")
		for _, syncer := range streams {
			if syncer.Stream.Source == source {
				syncer.Stream.Limits = append(syncer.Stream.Limits, problem.Problem{Code: "GW-C035", Value: k.Stream, Want: strconv.Itoa(k.Live)})
				break
			}
		}
	}
	return left
}

// strange says of a stream that it adopts one which neither is configured nor
// ever published: a name that is mistyped takes nothing over, and nothing else
// would show it.
func strange(streams []*streamsync.Syncer, known []string) {
	names := map[string]bool{}
	for _, name := range known {
		names[name] = true
	}
	for _, syncer := range streams {
		names[syncer.Stream.Full()] = true
	}
	for _, syncer := range streams {
		st := &syncer.Stream
		for _, a := range st.Adopts {
			if !names[a.Stream] {
				st.Limits = append(st.Limits, problem.Problem{Code: "GW-C033", Value: a.Stream})
			}
		}
	}
}

func (w *Builder) spec(src *config.SourceConfig) (adapters.Spec, error) {
	names := make([]string, 0, len(w.specs))
	for _, s := range w.specs {
		if s.Info.Name == src.Adapter {
			return s, nil
		}
		names = append(names, s.Info.Name)
	}
	return adapters.Spec{}, src.Text.At(src.Text.Path+".adapter").Unknown("GW-C014", src.Adapter, names)
}

func (w *Builder) stream(name string, src *config.SourceConfig, sc config.StreamConfig, spec adapters.Spec,
	client *http.Client) (*streamsync.Syncer, error) {
	live, kind, evidence, err := w.mapping(name, sc)
	if err != nil {
		return nil, err
	}
	settings := adapters.Settings{Source: name, Stream: sc.Name, Kind: kind, Node: config.Overlaid(src.Shared, sc)}
	for _, other := range src.Streams {
		if other.Name != sc.Name {
			settings.Beside = append(settings.Beside, config.Overlaid(src.Shared, other))
		}
	}
	reader, err := spec.Open(settings, adapters.Env{HTTP: client, Now: w.Now,
		Log: w.log.With("source", name, "stream", sc.Name), Space: w.space})
	if err != nil {
		return nil, err
	}
	_, pushed := reader.(adapters.Receiver)
	if sc.Every == 0 && !pushed {
		return nil, missing("GW-C018", sc)
	}
	w.live.Add(live)
	st := journal.Stream{Source: name, Name: sc.Name, Kind: kind, Adapter: spec.Info.Name, Link: src.Link, Title: sc.Called(src),
		Push:  pushed,
		Every: sc.Every, Promise: sc.Fresh, MaxSilence: sc.Silence(kind), MustNotLose: sc.MustNotLose, Disabled: sc.Disabled,
		Evidence: evidence, Profile: profileOf(settings.Node)}
	if empty := settings.Node.Get("allow_empty"); empty != nil { // one word in every adapter
		st.MayBeEmpty = empty.Value == "true"
	}
	tells(&st, reader)
	st.KeyPrefix, st.Adopts = sc.KeyPrefix, sc.Adopting(name, vntext.Zone())
	st.Calendar, st.Office = w.calendar, sc.FreshIn == "office"
	for _, p := range spec.Info.Profiles {
		if p.Name == st.Profile {
			st.Evidence = weaker(st.Evidence, p.Evidence)
		}
	}
	if own := settings.Node.Get("wire").Get("evidence"); own != nil {
		st.Evidence = weaker(st.Evidence, adapters.Evidence(own.Value))
	}
	table, err := units.Default()
	if err != nil {
		return nil, fmt.Errorf("administrative units: %w", err)
	}
	return &streamsync.Syncer{Stream: st, Reader: reader, Mapping: func() journal.Mapper { return live.Current() },
		Fit: live.Unfit, Now: w.Now,
		Space: w.space, Clean: w.clean, Memory: &streamsync.Memory{}, Areas: streamsync.NewAreas(table)}, nil
}

// profileOf is what a source's wire profile is called: one of its adapter's, a
// file of its own, or what the profile in place calls itself.
func profileOf(n *strict.Node) string {
	if named := n.Get("profile"); named != nil {
		return named.Value
	}
	if file := n.Get("profile_file"); file != nil {
		return filepath.Base(file.Value)
	}
	if own := n.Get("wire").Get("profile"); own != nil {
		return own.Value
	}
	return ""
}

// tells has a source say what a person must know of it.
func tells(st *journal.Stream, reader adapters.Source) {
	if signed, able := reader.(adapters.Signed); able {
		st.Signed = signed.Signed()
	}
	if limited, able := reader.(adapters.Limited); able {
		st.Limits = limited.Limits()
	}
	if advised, able := reader.(adapters.Advised); able {
		st.Advice = advised.Advice()
	}
}

// weaker is the grade that a chain of two rests on.
func weaker(a, b adapters.Evidence) adapters.Evidence {
	grades := []adapters.Evidence{adapters.Seen, adapters.Reported, adapters.Assumed}
	if slices.Index(grades, b) > slices.Index(grades, a) {
		return b
	}
	return a
}

func missing(code string, sc config.StreamConfig) *problem.Problem {
	p := sc.Text.Problem(code)
	p.Field = sc.Text.Path + ".every"
	return p
}

// quotaTransport keeps a source's requests within its quota: one budget for
// all its streams.
type quotaTransport struct {
	quota config.Quota
	limit interface {
		Wait(ctx context.Context) error
	}
	next http.RoundTripper
}

// RoundTrip waits for the budget, or for the request to be cancelled.
func (t *quotaTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.limit.Wait(r.Context()); err != nil {
		return nil, fmt.Errorf("waiting for the source's quota: %w", err)
	}
	return t.next.RoundTrip(r)
}

func (w *Builder) transport(source string, q config.Quota) http.RoundTripper {
	base := all.HTTPClient().Transport // guarded: what a source's address may resolve to
	if q.Requests == 0 {
		return base
	}
	every := q.Per / time.Duration(q.Requests)
	t := &quotaTransport{quota: q, limit: rate.NewLimiter(rate.Every(every), q.Burst()), next: base}
	if w.quotas == nil {
		w.quotas = map[string]*quotaTransport{}
	}
	w.quotas[source] = t
	return t
}

// shareQuotas makes the budget of each source one for all nodes. Nothing has
// been asked of a source yet.
func (w *Builder) shareQuotas(c *redis.Client) {
	for source, t := range w.quotas {
		t.limit = c.Limiter(source, t.quota.Requests, t.quota.Per, t.quota.Burst())
	}
}
