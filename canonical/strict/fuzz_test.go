package strict_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// FuzzResolve: references to secrets stand anywhere in a file; an error never
// shows what one held.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"a: ${env:S}", "a: '${file:/run/s}'", "a: [x, {b: '${env:NO}'}]", "a: ${env:", "a: ${env:S}${env:S}",
		"a: ${x:S}", "${env:S}: b", "a: $${env:S}", "a: ${env:}", "secret: ${env:S}\nwait: ${env:S}"} {
		f.Add(seed)
	}
	const secret = "khong-ai-biet"
	look := strict.Lookup{Env: func(name string) (string, bool) { return secret, name == "S" },
		File: func(name string) ([]byte, error) {
			if name == "/run/s" {
				return []byte(secret + "\n"), nil
			}
			return nil, errors.New("no such file")
		}}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := strict.Parse("f.yaml", []byte(text))
		if err != nil {
			return
		}
		if err = strict.Resolve(n, look); err == nil {
			var s struct {
				Secret strict.Secret `yaml:"secret"`
				Wait   time.Duration `yaml:"wait"`
			}
			err = strict.Decode(n, &s)
		}
		if err != nil && strings.Contains(err.Error(), secret) && !strings.Contains(text, secret) {
			t.Fatalf("%q: the secret is shown: %v", text, err)
		}
	})
}

// FuzzDuration: what is read is a duration that does not overflow.
func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"7d", "2m", "1h30m", "-1d", "99999999999d", "d", "1.5d", "9223372036s", "", "٧d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := strict.ParseDuration(s); err == nil && strings.HasSuffix(s, "d") && (d < 0 || d%(24*time.Hour) != 0) {
			t.Fatalf("%q = %v", s, d)
		}
		if short := problem.Short(s); utf8.RuneCountInString(short) > 81 {
			t.Fatalf("%d runes shown", utf8.RuneCountInString(short))
		}
	})
}
