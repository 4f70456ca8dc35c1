package httpx

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestHowLongASourceAsksToWait(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	cases := []struct {
		name  string
		heads map[string]string
		want  time.Duration
		given bool
	}{
		{"none", nil, 0, false},
		{"seconds", map[string]string{"Retry-After": "120"}, 2 * time.Minute, true},
		{"at once: there is a floor", map[string]string{"Retry-After": "0"}, time.Second, true},
		{"blanks around it", map[string]string{"Retry-After": " 5 "}, 5 * time.Second, true},
		{"a fraction", map[string]string{"Retry-After": "2.5"}, 2500 * time.Millisecond, true},
		{"a unit", map[string]string{"Retry-After": "90s"}, 90 * time.Second, true},
		{"a date", map[string]string{"Retry-After": "Mon, 02 Mar 2026 08:05:00 GMT"}, 5 * time.Minute, true},
		{"a date of old", map[string]string{"Retry-After": "Monday, 02-Mar-26 08:05:00 GMT"}, 5 * time.Minute, true},
		{"a date with its offset", map[string]string{"Retry-After": "Mon, 02 Mar 2026 15:05:00 +0700"}, 5 * time.Minute, true},
		{"an instant", map[string]string{"Retry-After": "2026-03-02T08:05:00Z"}, 5 * time.Minute, true},
		{"seconds since 1970", map[string]string{"Retry-After": "1772438700"}, 5 * time.Minute, true},
		{"milliseconds since 1970", map[string]string{"Retry-After": "1772438700000"}, 5 * time.Minute, true},
		{"a date by a clock of its own", map[string]string{"Retry-After": "Mon, 02 Mar 2026 07:05:00 GMT",
			"Date": "Mon, 02 Mar 2026 07:00:00 GMT"},
			5 * time.Minute, true},
		{"a date that is over", map[string]string{"Retry-After": "Mon, 02 Mar 2026 07:05:00 GMT"}, time.Second, true},
		{"when the limit begins anew", map[string]string{"X-RateLimit-Reset": "1772438700"}, 5 * time.Minute, true},
		{"in so many seconds", map[string]string{"RateLimit-Reset": "30"}, 30 * time.Second, true},
		{"it is more than reason", map[string]string{"Retry-After": "99999999999999"}, LongestAfter, true},
		{"words", map[string]string{"Retry-After": "soon"}, 0, false},
		{"less than nothing", map[string]string{"Retry-After": "-1"}, 0, false},
	}
	for _, c := range cases {
		h := http.Header{}
		for name, value := range c.heads {
			h.Set(name, value)
		}
		if got, given := askedAfter(h, now); got != c.want || given != c.given {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, got, given, c.want, c.given)
		}
	}
}

// A session is opened with a key in a header, and may come in one.
func TestHeadersOfTheTokenRequest(t *testing.T) {
	for place, access := range map[string]string{"in the body": "session_token", "in a header": "header:X-Session"} {
		opened := 0
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/initSession" && r.Method == http.MethodGet && r.Header.Get("Authorization") == "user_token key" &&
				r.Header.Get("App-Token") == "app" && r.URL.RawQuery == "":
				opened++
				w.Header().Set("X-Session", "s1")
				_, _ = fmt.Fprint(w, `{"session_token":"s1"}`)
			case r.Header.Get("Session-Token") != "s1":
				w.WriteHeader(http.StatusUnauthorized)
			default:
				_, _ = fmt.Fprint(w, `{}`)
			}
		})
		c, _ := client(t, handler, Options{Now: clock, Auth: AuthConfig{Kind: AuthLogin, Token: "key", ClientID: "app", TokenMethod: "GET",
			TokenPath: "/initSession", TokenHeaders: map[string]string{"Authorization": "user_token {token}", "App-Token": "{client_id}"},
			Header: "Session-Token", TokenAnswer: TokenAnswer{AccessAt: access}}})
		if _, err := c.Do(t.Context(), Request{Path: "/Ticket", Accept: MediaJSON}); err != nil || opened != 1 {
			t.Errorf("%s: %v, opened %d times", place, err, opened)
		}
	}
}
