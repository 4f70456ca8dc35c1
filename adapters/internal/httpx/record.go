package httpx

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"iocgateway/adapters"
)

// Recorded is a transport whose exchanges are taken down where the context of
// a request has a recorder. It is the one place where that is done.
func Recorded(next http.RoundTripper) http.RoundTripper { return recorded{next} }

type recorded struct{ next http.RoundTripper }

// RoundTrip is http.RoundTripper's.
func (t recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := adapters.RecorderOf(req.Context())
	if rec == nil {
		return t.next.RoundTrip(req)
	}
	taking := rec.Begin(req.Context(), req.Method, req.URL)
	sent := &tee{}
	taking.Sent(req.Header, adapters.Passed{})
	if req.Body != nil && req.Body != http.NoBody {
		own := *req
		own.Body = sent.over(req.Body)
		req = &own
	}
	resp, err := t.next.RoundTrip(req)
	taking.Sent(req.Header, sent.passed("", req.Header.Get("Content-Type")))
	if err != nil {
		taking.End(adapters.Passed{}, bare(err))
		return resp, err
	}
	taking.Answered(resp.StatusCode, resp.Header)
	got := &tee{}
	got.done = func(err error) {
		taking.End(got.passed(resp.Header.Get("Content-Encoding"), resp.Header.Get("Content-Type")), err)
	}
	resp.Body = got.over(resp.Body)
	return resp, nil
}

// tee keeps the beginning of a body on its way.
type tee struct {
	from io.ReadCloser
	done func(error) // with the end, whatever it is

	mu    sync.Mutex // a body that is sent is read by others
	kept  []byte
	n     int64
	ended bool
}

func (t *tee) over(body io.ReadCloser) io.ReadCloser {
	t.from = body
	return t
}

// Read is io.Reader's.
func (t *tee) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.mu.Lock()
	t.kept = append(t.kept, p[:min(n, adapters.SampleBytes-len(t.kept))]...)
	t.n += int64(n)
	t.ended = t.ended || errors.Is(err, io.EOF)
	t.mu.Unlock()
	if err != nil && t.done != nil {
		if errors.Is(err, io.EOF) {
			t.done(nil)
		} else {
			t.done(bare(err))
		}
	}
	return n, err
}

// Close is io.Closer's.
func (t *tee) Close() error {
	if t.done != nil {
		t.done(nil)
	}
	return t.from.Close()
}

// passed is what was kept, unpacked as far as it goes.
func (t *tee) passed(encoding, contentType string) adapters.Passed {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := adapters.Passed{Body: bytes.Clone(t.kept), Bytes: t.n, Whole: t.n <= int64(len(t.kept)), Type: contentType}
	if strings.Contains(strings.ToLower(encoding), "gzip") && len(t.kept) > 0 {
		z, err := gzip.NewReader(bytes.NewReader(t.kept))
		if err != nil {
			return out
		}
		var plain bytes.Buffer
		n, err := io.Copy(&plain, io.LimitReader(z, adapters.SampleBytes+1)) // an error: the rest was not kept
		out.Body, out.Whole = plain.Bytes(), out.Whole && n <= adapters.SampleBytes && err == nil
		out.Body = out.Body[:min(len(out.Body), adapters.SampleBytes)]
	}
	return out
}
