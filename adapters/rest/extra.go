package rest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// abilities gives the source the methods its profile has words for: what it
// cannot do it does not offer.
func abilities(s *Source) adapters.Source {
	switch {
	case s.plan.fetch != nil && s.plan.ack != nil:
		return struct {
			*Source
			fetcher
			acker
		}{s, fetcher{s}, acker{s}}
	case s.plan.fetch != nil:
		return struct {
			*Source
			fetcher
		}{s, fetcher{s}}
	case s.plan.ack != nil:
		return struct {
			*Source
			acker
		}{s, acker{s}}
	}
	return s
}

// Probe asks for one small page and looks at its shape.
func (s *Source) Probe(ctx context.Context) error {
	st := &state{V: 1}
	if s.plan.Watermark.Kind != "queue" {
		s.begin(st)
	} else {
		st.Walk = &walk{Total: -1}
	}
	st.Walk.Size = min(s.plan.size, 10)
	parsed, err := s.ask(ctx, st)
	if err != nil {
		return fmt.Errorf("rest: probing: %w", err)
	}
	defer func() { _ = parsed.answer.Close() }() // nothing is given on
	if _, refused := parsed.answer.First(); len(refused) > 0 {
		p := refused[0].Problem
		return fmt.Errorf("rest: probing: %w", problem.Halt(&p))
	}
	if parsed.count == 0 && parsed.total > 0 {
		return fmt.Errorf("rest: probing: %w", problem.Halt(s.plan.noRows(parsed)))
	}
	if parsed.count > 0 && parsed.total < 0 && parsed.pages < 0 && s.plan.names() != "" {
		return fmt.Errorf("rest: probing: %w", problem.Halt(&problem.Problem{Code: "GW-S046", Path: s.plan.names()}))
	}
	if parsed.count > 0 && parsed.undated == parsed.count {
		return fmt.Errorf("rest: probing: %w", problem.Halt(&problem.Problem{Code: "GW-S048", Path: strings.Join(s.plan.Records.At.Path, ", ")}))
	}
	return nil
}

// List walks everything and gives keys and versions.
func (s *Source) List(ctx context.Context, scope adapters.Scope) iter.Seq2[adapters.Stamp, error] {
	return func(yield func(adapters.Stamp, error) bool) {
		own := &Source{plan: s.plan, cfg: s.cfg, kind: s.kind, client: s.client, now: s.now, params: s.params, name: s.name,
			space: s.space}
		var at canonical.Checkpoint
		listed := map[uint64]bool{}
		for {
			page, err := own.Pull(ctx, at)
			if err != nil {
				yield(adapters.Stamp{}, fmt.Errorf("rest: listing: %w", err))
				return
			}
			err = page.Each(ctx, func(raw canonical.Raw) error {
				h := xxhash.Sum64String(raw.Key)
				if len(listed) > maxSeen {
					return problem.Halt(&problem.Problem{Code: "GW-S027", Want: itoa(maxSeen)})
				}
				if listed[h] || raw.Gone || !inScope(scope, raw) {
					return nil
				}
				listed[h] = true
				if !yield(adapters.Stamp{Key: raw.Key, Version: raw.Version}, nil) {
					return errEnough
				}
				return nil
			})
			switch {
			case errors.Is(err, errEnough):
				return
			case err != nil:
				yield(adapters.Stamp{}, fmt.Errorf("rest: listing: %w", err))
				return
			}
			if !page.More {
				return
			}
			at = page.Next
		}
	}
}

var errEnough = errors.New("nobody wants more")

func inScope(scope adapters.Scope, raw canonical.Raw) bool {
	if len(raw.Key) < len(scope.KeyPrefix) || raw.Key[:len(scope.KeyPrefix)] != scope.KeyPrefix {
		return false
	}
	return (scope.From.IsZero() || !raw.At.Before(scope.From)) && (scope.To.IsZero() || raw.At.Before(scope.To))
}

type fetcher struct{ s *Source }

// Fetch asks for one matter by its key.
func (f fetcher) Fetch(ctx context.Context, key string) (canonical.Raw, error) {
	s := f.s
	payload, err := s.one(ctx, s.plan.fetch, s.plan.fetchOK, key, false)
	if err != nil {
		return canonical.Raw{}, fmt.Errorf("rest: fetching one: %w", err)
	}
	p := s.parser(1, nil)
	alone := jsonscan.NewTrie()
	alone.WantRecords("")
	p.in = jsonscan.NewCutter(alone, s.plan.rec, p.row)
	p.in.Lone = true
	if err := p.in.JSON(payload); err != nil {
		return canonical.Raw{}, fmt.Errorf("rest: fetching one: %w", err)
	}
	err = p.finish(make([]value, s.plan.env.Slots())) // nothing stands around it
	found, _ := p.page.answer.First()
	if err == nil && (len(found) != 1 || found[0].Key != key) {
		err = problem.Reject(&problem.Problem{Code: "GW-S028", Path: s.plan.Fetch.Path})
	}
	if err != nil {
		return canonical.Raw{}, fmt.Errorf("rest: fetching one: %w", err)
	}
	return found[0], nil
}

// pullQueue reads what waits, a page of it: what is beyond stays
// unacknowledged, and waits on. The keys go into the checkpoint, and are
// acknowledged once that is committed (Invariant 1).
func (s *Source) pullQueue(ctx context.Context, st *state, from canonical.Checkpoint) (adapters.Page, error) {
	at := &state{V: 1, Walk: &walk{Size: s.plan.size, Total: -1}}
	parsed, err := s.ask(ctx, at)
	if err != nil {
		return adapters.Page{}, fmt.Errorf("rest: reading the queue: %w", err)
	}
	defer func() { _ = parsed.answer.Close() }()
	page := adapters.Page{Start: true, Total: parsed.total}
	page.Records, page.Refused = parsed.answer.First()
	if _, err := s.details(ctx, &page); err != nil {
		return adapters.Page{}, err
	}
	keys := make([]string, 0, len(page.Records))
	for _, raw := range page.Records {
		keys = append(keys, raw.Key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	// The same keys again mean that the acknowledgement has not come through:
	// there is no use in asking at once.
	again := len(keys) > 0 && slices.Equal(keys, st.Acks)
	if st.Stuck++; !again {
		st.Stuck = 0
	}
	if st.Stuck > 1 { // once may be that we were stopped before we acknowledged
		page.Notes = append(page.Notes, problem.Problem{Code: "GW-S049", Value: itoa(len(keys)), Path: s.plan.Ack.Path})
	}
	page.More = len(keys) > 0 && !again
	st.Acks = keys
	page.Next = st.write(from)
	return page, nil
}

type acker struct{ s *Source }

// Ack acknowledges to the source the keys that are committed. A key that is acknowledged
// twice, or no longer known, is fine.
func (a acker) Ack(ctx context.Context, upTo canonical.Checkpoint) error {
	st, err := readState(upTo)
	if err != nil {
		return fmt.Errorf("rest: acknowledging: %w", err)
	}
	for _, key := range st.Acks {
		v := vars{"key": key}
		for name, value := range a.s.params {
			v[name] = value
		}
		r := a.s.request(a.s.plan.ack, v)
		r.Accept = "*/*"
		_, err := a.s.client.Do(ctx, r)
		var p *problem.Problem
		if errors.As(err, &p) && p.Reason() == problem.Refused && (p.Value == "404" || p.Value == "409" || p.Value == "410") {
			continue
		}
		if err != nil {
			return fmt.Errorf("rest: acknowledging: %w", err)
		}
	}
	return nil
}
