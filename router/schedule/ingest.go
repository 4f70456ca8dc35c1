package schedule

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
	"iocgateway/router/journal"
)

// Ingest takes deliveries at POST …/{source}/{stream}. Whoever delivers proves
// itself by the stream's own signature; 2xx is answered only after the commit
// (invariant 1).
func (s *Scheduler) Ingest() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream := r.PathValue("source") + "/" + r.PathValue("stream")
		receipt, err := s.Deliver(r.Context(), stream, r)
		if err != nil {
			status := deliveryStatus(err)
			refusal := answer.New(status, whyNot(err, stream, status))
			if status >= http.StatusInternalServerError {
				s.Log.Error("delivery not stored", "stream", stream, "error", err)
				refusal.Retry = 5 * time.Second
			}
			refusal.Write(w, r)
			return
		}
		access.LetIn(r.Context())
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		if err := json.NewEncoder(w).Encode(receipt.Counts); err != nil {
			s.Log.Debug("the deliverer left before the answer", "stream", stream, "error", err)
		}
	})
}

// whyNot is what a deliverer is told.
func whyNot(err error, stream string, status int) *problem.Problem {
	found, ok := problem.As(err)
	switch {
	case ok:
		return found
	case errors.Is(err, journal.ErrElsewhere):
		return &problem.Problem{Code: "GW-R017", Value: stream}
	case errors.Is(err, journal.ErrNotFound):
		return &problem.Problem{Code: "GW-F013", Value: stream}
	}
	return &problem.Problem{Code: "GW-R007", Err: errors.New(http.StatusText(status))}
}

// deliveryStatus is the HTTP status of why a delivery was not taken.
func deliveryStatus(err error) int {
	var refusal interface{ HTTPStatus() int }
	switch {
	case errors.As(err, &refusal):
		return refusal.HTTPStatus()
	case errors.Is(err, journal.ErrNotFound):
		return http.StatusNotFound
	default:
		return http.StatusServiceUnavailable // not stored: the deliverer tries again
	}
}
