package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// failures turn errors into answers. What an error holds is logged once here
// and not shown: it may name paths of the machine.
type failures struct{ log *slog.Logger }

// errDamaged is all that a reader is told of the cause.
var errDamaged = errors.New("checksum")

// broken is the answer where something could not be read.
func (f failures) broken(r *http.Request, doing string, err error) *answer.Problem {
	switch {
	case errors.Is(err, context.Canceled):
		return answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F030"}) // the reader left; nobody sees it
	case errors.Is(err, journal.ErrNotFound):
		return answer.New(http.StatusNotFound, &problem.Problem{Code: "GW-F012"})
	}
	f.log.ErrorContext(r.Context(), "feed: "+doing, "err", err, "path", r.URL.Path)
	if found, ok := problem.As(err); ok && found.Reason() == problem.Damaged {
		// Trying again brings nothing: the reader is told what it is.
		return answer.New(http.StatusInternalServerError, &problem.Problem{Code: found.Code, Value: found.Value, Err: errDamaged})
	}
	broken := answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F030"})
	broken.Retry = 5 * time.Second
	return broken
}

// refused is the answer where an action was not done.
func (f failures) refused(r *http.Request, what string, err error) *answer.Problem {
	if found, ok := problem.As(err); ok {
		return answer.New(refusalStatus(found), found)
	}
	if errors.Is(err, journal.ErrBusy) {
		return answer.New(http.StatusConflict, &problem.Problem{Code: "GW-F028", Err: journal.ErrBusy})
	}
	if errors.Is(err, journal.ErrNotFound) {
		return noStream(r)
	}
	return f.broken(r, what, err)
}

// refusalStatus is how an act is answered that a Problem stands against.
func refusalStatus(p *problem.Problem) int {
	switch p.Reason() {
	case problem.Unwritable, problem.CannotWrite:
		return http.StatusServiceUnavailable // ours, and it may pass
	case problem.Absent:
		return http.StatusNotFound
	}
	return http.StatusConflict
}

// accepted answers that something goes on as a job.
func accepted(w http.ResponseWriter, r *http.Request, v any) *answer.Problem {
	b, err := json.Marshal(v)
	if err != nil {
		return answer.New(http.StatusInternalServerError, &problem.Problem{Code: "GW-F031"})
	}
	if _, f := negotiate(r, mediaPage, answer.Media); f != nil {
		return f
	}
	w.Header().Set("Content-Type", mediaPage)
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(append(b, '\n')) // a caller that left needs no answer
	return nil
}

// writeJSON answers with a small document that no cache may keep unasked.
func writeJSON(w http.ResponseWriter, r *http.Request, v any) *answer.Problem {
	b, err := json.Marshal(v)
	if err != nil {
		// A time beyond the year 9999 or a checkpoint that is no JSON.
		return answer.New(http.StatusInternalServerError, &problem.Problem{Code: "GW-F031"})
	}
	return writeBytes(w, r, append(b, '\n'))
}

// writeBytes answers with JSON, tagged by its content.
func writeBytes(w http.ResponseWriter, r *http.Request, b []byte) *answer.Problem {
	if _, f := negotiate(r, mediaPage, answer.Media); f != nil {
		return f
	}
	h := w.Header()
	h.Set("Content-Type", mediaPage)
	vary := "Accept, Accept-Encoding, Authorization"
	if h.Get("Content-Language") != "" {
		vary += ", Accept-Language"
	}
	h.Set("Vary", vary)
	return tagged(w, r, b)
}

// tagged answers with bytes whose type is set, or with 304.
func tagged(w http.ResponseWriter, r *http.Request, b []byte) *answer.Problem {
	h := w.Header()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		sum := sha256.Sum256(b)
		tag := `"` + hex.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	_, _ = w.Write(b) // a reader that left needs no answer
	return nil
}

// matches reports whether an If-None-Match names the tag, compressed or not.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || one == tag || one == strings.TrimSuffix(tag, `"`)+zipSuffix+`"` {
			return one != ""
		}
	}
	return false
}
