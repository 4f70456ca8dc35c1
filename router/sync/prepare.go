package sync

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// maxAhead is how far ahead of our clock a source's time of change is
// believed. A time beyond it would win over every true one that follows, so
// that a single slip would freeze its record: it is taken as not given.
const maxAhead = journal.FarAhead

// preparer turns the Raws of one page into items, with one mapping and at one
// moment.
type preparer struct {
	stream   string
	mapper   journal.Mapper
	revision string
	known    journal.Known
	latest   time.Time
	clean    *privacy.Cleaner
	closely  bool // it is a run's first page
}

func (s *Syncer) preparer(known journal.Known) preparer {
	mapper := s.Mapping()
	return preparer{stream: s.name(), mapper: mapper, revision: mapper.Revision(), known: known, latest: s.Now().Add(maxAhead),
		clean: s.Clean, closely: true}
}

// page turns a page into items: unchanged Raws are known by digest before any
// mapping, the rest is mapped on all cores.
func (p preparer) page(ctx context.Context, page adapters.Page) ([]journal.Item, *drift.Sight, error) {
	items := make([]journal.Item, len(page.Records), len(page.Records)+len(page.Refused))
	changing := rewritten(page.Records)
	var all sights
	work := func(from, to int) {
		mapping, sight := p.watched()
		for i := from; i < to; i++ {
			items[i] = p.one(mapping, page.Records[i], changing[page.Records[i].Key])
		}
		all.add(sight)
	}
	if err := inParallel(ctx, len(items), work); err != nil {
		return nil, nil, err
	}
	for i := range page.Refused {
		refused := &page.Refused[i]
		item := journal.Item{Raw: refused.Raw, Digest: refused.Raw.Digest(), Rule: refused.Rule}
		if item.Rule == "" {
			item.Problem = &refused.Problem
		}
		items = append(items, item)
	}
	for i := range items {
		items[i].Problem = p.clean.Problem(items[i].Problem) // the one place before it is kept and shown
	}
	return items, all.sum, nil
}

// mapping makes the Record of a Raw.
type mapping interface {
	Map(raw canonical.Raw) (canonical.Record, error)
}

// watched is the mapping for one worker, with what it sees; nil where it sees nothing.
func (p preparer) watched() (mapping, func() *drift.Sight) {
	watcher, able := p.mapper.(drift.Watcher)
	if !able {
		return p.mapper, nil
	}
	watch := watcher.Watch(p.closely)
	return watch, watch.Sight
}

// sights adds up what the workers of a page saw.
type sights struct {
	mu  sync.Mutex
	sum *drift.Sight
}

func (a *sights) add(sight func() *drift.Sight) {
	if sight == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sum == nil {
		a.sum = sight()
		return
	}
	a.sum.Add(sight())
}

// inParallel splits n pieces of work over the cores in runs long enough to pay.
func inParallel(ctx context.Context, n int, work func(from, to int)) error {
	const grain = 32
	workers := min(runtime.GOMAXPROCS(0), (n+grain-1)/grain)
	if workers <= 1 {
		work(0, n)
		return ctx.Err()
	}
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			work(n*w/workers, n*(w+1)/workers)
			return ctx.Err()
		})
	}
	return group.Wait()
}

// rewritten are the keys that stand in a page with more than one content; nil when
// there are none. What the Log knows of such a key changes while the page is
// committed, so that each of its Raws is mapped.
func rewritten(raws []canonical.Raw) map[string]bool {
	var keys map[string]bool
	first := make(map[string]int, len(raws))
	for i := range raws {
		raw := &raws[i]
		before, again := first[raw.Key]
		if !again {
			first[raw.Key] = i
			continue
		}
		if was := &raws[before]; was.Gone != raw.Gone || !bytes.Equal(was.Payload, raw.Payload) {
			if keys == nil {
				keys = map[string]bool{}
			}
			keys[raw.Key] = true
		}
	}
	return keys
}

func (p preparer) one(with mapping, raw canonical.Raw, changing bool) journal.Item {
	if raw.At.After(p.latest) {
		raw.At = time.Time{}
	}
	item := journal.Item{Raw: raw, Digest: raw.Digest()}
	switch {
	case raw.Key == "":
		item.Problem = &problem.Problem{Code: "GW-R003"}
		return item
	case len(raw.Payload) > journal.MaxRaw:
		item.Problem = &problem.Problem{Code: "GW-R009", Value: strconv.Itoa(len(raw.Payload)), Want: strconv.Itoa(journal.MaxRaw)}
		item.Raw.Payload = raw.Payload[:0]
		return item
	}
	if p.known != nil && !changing {
		was := p.known.Known(p.stream, raw.Key, item.Digest, p.revision)
		if was != "" && !(raw.Gone && was == journal.Held) { // a removal that is held may be one by now
			return item // nothing set: the Log knows what became of it
		}
	}
	mapWith(&item, with)
	if item.Record != nil && item.Record.At.After(p.latest) {
		item.Record.At = time.Time{}
	}
	return item
}

// mapWith runs the mapping over an item's Raw. A mapping is total; should one panic all the
// same, the Raw is held and the page goes on.
func mapWith(i *journal.Item, m mapping) {
	defer func() {
		if broken := recover(); broken != nil {
			i.Record, i.Rule = nil, ""
			i.Problem = &problem.Problem{Code: "GW-R004", Err: fmt.Errorf("%v", broken)}
		}
	}()
	record, err := m.Map(i.Raw)
	if err == nil {
		i.Record = &record
		return
	}
	if rule := problem.Rule(err); rule != "" {
		i.Rule = rule
		return
	}
	found, ok := problem.As(err)
	if !ok {
		found = &problem.Problem{Code: "GW-R004", Err: err}
	}
	i.Problem = found
}
