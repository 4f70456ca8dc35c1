package httpx

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// In-call retries are for hiccups: two of them, and at most three seconds of
// waiting in all. A source that asks for a longer wait is left alone, and the
// wait is handed up.
const (
	firstWait  = 150 * time.Millisecond
	longestNap = 1500 * time.Millisecond
)

func retrying(plain *http.Client, retries int) *retryablehttp.Client {
	return &retryablehttp.Client{HTTPClient: plain, RetryMax: retries, RetryWaitMin: firstWait, RetryWaitMax: longestNap,
		CheckRetry: worthwhile, Backoff: nap, ErrorHandler: retryablehttp.PassthroughErrorHandler}
}

func worthwhile(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return passing(err), nil
	}
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		after, given := askedAfter(resp.Header, time.Time{})
		return !given || after <= longestNap, nil
	}
	return false, nil
}

// nap is how long to wait in the call. Retry-After is honoured up to
// longestNap, and jitter keeps streams that failed together apart.
func nap(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if after, given := askedAfter(resp.Header, time.Time{}); given && after <= longestNap {
			return after
		}
	}
	wait := min(firstWait<<min(attempt, 8), longestNap)
	return wait/2 + rand.N(wait/2)
}

// LongestAfter caps what a source may ask us to wait. What is less than
// leastAfter is no wait: it would be asked again at once.
const (
	LongestAfter = 6 * time.Hour
	leastAfter   = time.Second
)

// askedAfter is how long the headers of an answer ask to wait: Retry-After in
// whatever form, or else when the limit of calls begins anew. With a zero now
// and no Date in the answer an instant counts as long.
func askedAfter(h http.Header, now time.Time) (time.Duration, bool) {
	if own, err := http.ParseTime(h.Get("Date")); err == nil {
		now = own // instants are by the source's clock
	}
	for _, name := range []string{"Retry-After", "RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"} {
		if after, given := parseAfter(strings.TrimSpace(h.Get(name)), now); given {
			return min(max(after, leastAfter), LongestAfter), true
		}
	}
	return 0, false
}

// parseAfter reads seconds, with a fraction or a unit where somebody writes
// one, and instants: a date, or seconds or milliseconds since 1970.
func parseAfter(text string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		switch {
		case n < 0 || n != n:
			return 0, false
		case n >= 1e12 && n < 1e14:
			return until(time.UnixMilli(int64(n)), now), true
		case n >= 1e9 && n < 1e12:
			return until(time.Unix(int64(n), 0), now), true
		}
		return time.Duration(min(n, LongestAfter.Seconds()) * float64(time.Second)), true
	}
	if after, err := time.ParseDuration(text); err == nil && after >= 0 {
		return after, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return until(at, now), true
	}
	for _, layout := range []string{time.RFC1123Z, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return until(at, now), true
		}
	}
	return 0, false
}

func until(at, now time.Time) time.Duration {
	if now.IsZero() {
		return LongestAfter
	}
	return at.Sub(now)
}
