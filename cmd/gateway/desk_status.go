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
type keeper struct{ *store.Store }

// Holdings tells what each stream holds.
func (k keeper) Holdings(ctx context.Context) (map[string]router.Holding, error) {
	infos, err := k.Streams(ctx)
	if err != nil {
		return nil, fmt.Errorf("streams: %w", err)
	}
	out := make(map[string]router.Holding, len(infos))
	for _, i := range infos {
		out[i.Stream] = router.Holding{Live: i.Live, Held: i.Held}
	}
	return out, nil
}
