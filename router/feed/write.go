package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

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
	if _, f := negotiate(r, mediaPage, "application/problem+json"); f != nil {
		return f
	}
	h := w.Header()
	h.Set("Content-Type", mediaPage)
	h.Set("Vary", "Accept, Accept-Encoding, Authorization")
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
