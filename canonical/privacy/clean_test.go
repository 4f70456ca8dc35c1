package privacy_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

func TestCleaner(t *testing.T) {
	const secret = "s3cr&t/+key=9"
	c := privacy.NewCleaner([]string{secret, "abc", ""})
	for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), "s3cr&amp;t/+key=9"} {
		if got := c.Text("token " + form + " refused"); strings.Contains(got, "key") || got != "token •••• refused" {
			t.Errorf("%q: %q", form, got)
		}
	}
	for _, user := range []string{"", "a", "ab", "abc", "ioc:"} { // whatever stands before it
		for _, after := range []string{"", "x", "\n"} {
			coded := base64.StdEncoding.EncodeToString([]byte(user + secret + after))
			plain := c.Text("Basic " + coded)
			for i := 0; i+8 <= len(coded); i++ {
				if strings.Contains(plain, coded[i:i+8]) {
					t.Errorf("%q %q: %q of %q", user, after, plain, coded)
					break
				}
			}
		}
	}
	if got := c.Text("abc stays, 0912345678 not"); got != "abc stays, 09•• ••• 678 not" {
		t.Error(got)
	}
	if got := (*privacy.Cleaner)(nil).Text("0912345678 " + secret); got != "09•• ••• 678 "+secret {
		t.Error(got)
	}
}

// TestCleanErrors: what code asks of an error it still is; what people read is clean.
func TestCleanErrors(t *testing.T) {
	c := privacy.NewCleaner([]string{"hunter2-hunter2"})
	inner := &problem.Problem{Code: "GW-S005", Value: "gọi 0912345678", Err: fmt.Errorf("with hunter2-hunter2: %w", context.Canceled)}
	err := fmt.Errorf("page of x: %w", problem.Retry(inner, time.Minute))
	got := c.Error(err)
	p, _ := problem.As(got)
	shown := fmt.Sprint(got, p, p.Text(problem.Vietnamese), p.Err)
	if strings.Contains(shown, "0912345678") || strings.Contains(shown, "hunter2") || p.Value != "gọi 09•• ••• 678" {
		t.Errorf("%s", shown)
	}
	class, after := problem.Class(got)
	if !errors.Is(got, context.Canceled) || class != problem.FaultRetry || after != time.Minute || inner.Value != "gọi 0912345678" {
		t.Error("it is another error")
	}
	if plain := errors.New("plain"); c.Error(plain) != plain || c.Error(nil) != nil || c.Problem(nil) != nil {
		t.Error("what is clean changed")
	}
}

// TestSaid: what a failure quotes of a source is hidden from viewers, also in
// the words of an error and of a log; what is ours is read by all.
func TestSaid(t *testing.T) {
	const words = "Hồ sơ của Huỳnh Ngọc Kim Thoa không hợp lệ"
	quoted := &problem.Problem{Code: "GW-S013", Value: words, Want: "200"}
	ours := &problem.Problem{Code: "GW-R018", Value: "/var/lib/gateway/data", Want: "0 MB"}
	viewer := privacy.NewVeil()
	if got := viewer.Said(quoted); strings.Contains(got.Error(), "Thoa") || got.Want != "200" || quoted.Value != words {
		t.Errorf("a viewer reads %q of %q", got, quoted)
	}
	if got := (*privacy.Veil)(nil).Said(quoted); got.Value != words {
		t.Errorf("an operator reads %q", got.Value)
	}
	if got := viewer.Said(ours); got.Value != ours.Value {
		t.Errorf("what is ours became %q", got.Value)
	}
	if viewer.Said(nil) != nil {
		t.Error("no problem became one")
	}
	wrapped := fmt.Errorf("page 1: %w", problem.Retry(quoted, 0))
	for _, in := range []string{wrapped.Error(), "page 1: " + strings.ToUpper(words)} {
		if got := viewer.SaidIn(in, quoted); strings.Contains(strings.ToLower(got), "thoa") || !strings.Contains(got, "GW-S013") {
			t.Errorf("in an error: %q", got)
		}
	}
	var out strings.Builder
	log := (*privacy.Cleaner)(nil).Log(slog.New(slog.NewTextHandler(&out, nil)))
	log.Warn("x", "error", wrapped, "also", errors.Join(errors.New("first"), wrapped))
	if strings.Contains(out.String(), "Thoa") || strings.Count(out.String(), "GW-S013") != 2 {
		t.Errorf("the log says %s", out.String())
	}
}
