package router

import (
	"context"
	"fmt"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// MaxRaw is the largest payload taken as one record, in bytes.
const MaxRaw = 8 << 20

// prepare turns a page into items: unchanged Raws are told by digest before
// any mapping, the rest is mapped on all cores.
func prepare(ctx context.Context, st *Stream, known Known, page adapters.Page) ([]Item, error) {
	items := make([]Item, len(page.Records), len(page.Records)+len(page.Refused))
	revision := st.Mapper.Revision()
	work := func(from, to int) {
		for i := from; i < to; i++ {
			items[i] = prepareOne(st, known, revision, page.Records[i])
		}
	}
	if err := inParallel(ctx, len(items), work); err != nil {
		return nil, err
	}
	for i := range page.Refused {
		refused := &page.Refused[i]
		items = append(items, Item{Raw: refused.Raw, Digest: refused.Raw.Digest(), Problem: &refused.Problem})
	}
	return items, nil
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

func prepareOne(st *Stream, known Known, revision string, raw canonical.Raw) Item {
	item := Item{Raw: raw, Digest: raw.Digest()}
	switch {
	case raw.Key == "":
		item.Problem = &canonical.Problem{Code: "GW-R003"}
		return item
	case len(raw.Payload) > MaxRaw:
		item.Problem = &canonical.Problem{Code: "GW-R009", Value: strconv.Itoa(len(raw.Payload)), Want: strconv.Itoa(MaxRaw)}
		item.Raw.Payload = raw.Payload[:0]
		return item
	}
	if known != nil {
		switch known.Known(st.Full(), raw.Key, item.Digest, revision) {
		case "":
		default:
			return item // nothing set: the Log knows what became of it
		}
	}
	item.mapWith(st.Mapper)
	return item
}

// mapWith runs the mapping. A mapping is total; should one panic all the
// same, the Raw is held and the page goes on.
func (i *Item) mapWith(m Mapper) {
	defer func() {
		if broken := recover(); broken != nil {
			i.Record, i.Rule = nil, ""
			i.Problem = &canonical.Problem{Code: "GW-R004", Err: fmt.Errorf("%v", broken)}
		}
	}()
	record, err := m.Map(i.Raw)
	if err == nil {
		i.Record = &record
		return
	}
	if rule := canonical.Rule(err); rule != "" {
		i.Rule = rule
		return
	}
	problem, ok := canonical.AsProblem(err)
	if !ok {
		problem = &canonical.Problem{Code: "GW-R004", Err: err}
	}
	i.Problem = problem
}
