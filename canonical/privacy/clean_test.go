package privacy_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
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
