package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"iocgateway/router"
	"iocgateway/router/store"
)

// deliveryStatus is the HTTP status that says why a delivery was not taken.
func deliveryStatus(err error) int {
	var refusal interface{ HTTPStatus() int }
	switch {
	case errors.As(err, &refusal):
		return refusal.HTTPStatus()
	case errors.Is(err, router.ErrNotFound):
		return http.StatusNotFound
	default:
		return http.StatusServiceUnavailable // not stored: the deliverer tries again
	}
}

// keeper is the store as the scheduler keeps people's decisions in it.
type keeper struct {
	*store.Store
	log    journal
	strict map[string]bool // streams of which nothing may stay held
}

// Holdings tells what each stream holds. Since when is asked only where the
// answer decides something: it costs a look at every held Raw.
func (k keeper) Holdings(ctx context.Context) (map[string]router.Holding, error) {
	infos, err := k.Streams(ctx)
	if err != nil {
		return nil, fmt.Errorf("streams: %w", err)
	}
	out := make(map[string]router.Holding, len(infos))
	for _, i := range infos {
		has := router.Holding{Live: i.Live, Held: i.Held}
		if i.Held > 0 && k.strict[i.Stream] {
			if has.HeldOldest, err = k.HeldSince(ctx, i.Stream); err != nil {
				return nil, fmt.Errorf("held since: %w", err)
			}
		}
		out[i.Stream] = has
	}
	return out, nil
}

// SetPause writes to the Log, so that every node hears of it.
func (k keeper) SetPause(ctx context.Context, stream string, p router.Pause) error {
	return k.log.SetPause(ctx, stream, p)
}

// ClearPause writes to the Log.
func (k keeper) ClearPause(ctx context.Context, stream, by string) error {
	return k.log.ClearPause(ctx, stream, by)
}

func keeperOf(s *store.Store, log journal, streams []*router.Stream) keeper {
	k := keeper{Store: s, log: log, strict: map[string]bool{}}
	for _, st := range streams {
		k.strict[st.Full()] = st.MustNotLose
	}
	return k
}
