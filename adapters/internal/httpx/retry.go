package httpx

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
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
		after, given := parseRetryAfter(resp.Header.Get("Retry-After"), time.Time{})
		return !given || after <= longestNap, nil
	}
	return false, nil
}

// nap is how long to wait in the call. Retry-After is honoured up to
// longestNap, and jitter keeps streams that failed together apart.
func nap(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if after, given := parseRetryAfter(resp.Header.Get("Retry-After"), time.Time{}); given && after <= longestNap {
			return after
		}
	}
	wait := min(firstWait<<min(attempt, 8), longestNap)
	return wait/2 + rand.N(wait/2)
}

// LongestAfter caps what a source may ask us to wait.
const LongestAfter = 6 * time.Hour

// parseRetryAfter reads seconds or an HTTP date. With a zero now only seconds
// are understood, and a date counts as long.
func parseRetryAfter(header string, now time.Time) (time.Duration, bool) {
	if header == "" {
		return 0, false
	}
	if seconds, err := strconv.Atoi(header); err == nil {
		if seconds < 0 {
			return 0, false
		}
		return min(time.Duration(min(seconds, 1<<20))*time.Second, LongestAfter), true
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	if now.IsZero() {
		return LongestAfter, true
	}
	return min(max(at.Sub(now), 0), LongestAfter), true
}
