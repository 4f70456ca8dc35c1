package strict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

type auth struct {
	Token strict.Secret `yaml:"token" validate:"required" vi:"mã" en:"token"`
}

type shared struct {
	URL string `yaml:"url" validate:"required,url"`
}

type settings struct {
	shared `yaml:",inline"`
	Every  time.Duration `yaml:"every"`
	Code   string        `yaml:"code"`
	Size   int           `yaml:"size" validate:"omitempty,lte=100"`
	Tags   []string      `yaml:"tags"`
	Auth   *auth         `yaml:"auth"`
}

func decode(t *testing.T, text string) (settings, error) {
	t.Helper()
	var s settings
	n, err := strict.Parse("a.yaml", []byte(text))
	if err != nil {
		return s, err
	}
	err = strict.Resolve(n, strict.Lookup{Env: func(name string) (string, bool) { return "s3cret", name == "SET" }})
	return s, errors.Join(err, strict.Decode(n, &s))
}

func TestDecodeKeepsWhatWasWritten(t *testing.T) {
	s, err := decode(t, "url: http://a/\nevery: 7d\ncode: 0123\nsize: 5\ntags: [a, b]\nauth: {token: '${env:SET}'}\n")
	if err != nil {
		t.Fatal(err)
	}
	if s.Code != "0123" || s.Every != 7*24*time.Hour || len(s.Tags) != 2 || s.Auth.Token.Reveal() != "s3cret" {
		t.Fatalf("got %+v", s)
	}
	if shown := fmt.Sprintf("%v %+v %#v", s.Auth, s, *s.Auth); strings.Contains(shown, "s3cret") {
		t.Fatalf("the secret is shown: %s", shown)
	}
}

func TestEveryMistakeNamesItsPlace(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown key", "url: http://a/\nevry: 1m", `GW-C002 a.yaml:2:1: unknown key "evry"`},
		{"wrong type", "url: http://a/\nevery: soon", `GW-C003 a.yaml:2:8: every: value "soon"`},
		{"missing", "size: 1", "GW-C004 a.yaml:1:1: url is missing"},
		{"rule", "url: http://a/\nsize: 500", `GW-C005 a.yaml:2:7: size: "500" breaks the rule at most 100`},
		{"no duration", "url: http://a/\nevery: 1ns", `GW-C040 a.yaml:2:8: every: the duration 1ns is shorter`},
		{"one below it", "url: http://a/\nevery: 999us", "GW-C040 a.yaml:2:8"},
		{"twice in a list", "url: http://a/\ntags: [a, b, a]", `GW-C039 a.yaml:2:14: tags[2]: "a" stands twice`},
		{"twice, a line each", "url: http://a/\ntags:\n  - a\n  - a\n", "GW-C039 a.yaml:4:5"},
		{"duplicate", "url: http://a/\nurl: http://b/", "GW-C006 a.yaml:2:1"},
		{"syntax", "url: [", "GW-C001 a.yaml:1"},
		{"alias", "url: &a http://a/\ncode: *a", "GW-C001 a.yaml:1:6"},
		{"unset reference", "url: http://a/\nauth: {token: '${env:UNSET}'}", "GW-C009 a.yaml:2:15"},
		{"plain secret", "url: http://a/\nauth: {token: hunter2}", "GW-C010 a.yaml:2:15"},
		{"two documents", "url: http://a/\n---\nurl: b", "GW-C001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, c.yaml)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want it to contain %q", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Fatal("the secret is in the message")
			}
		})
	}
}

func TestUnknownKeyHintsTheNearest(t *testing.T) {
	_, err := decode(t, "url: http://a/\nevry: 1m")
	p, ok := problem.As(err)
	if !ok || !strings.HasPrefix(p.Hint(problem.Vietnamese), `Có phải ý bạn là "every"?`) {
		t.Fatalf("got %v", p)
	}
}

func TestOverlayKeepsPlaces(t *testing.T) {
	base, _ := strict.Parse("a.yaml", []byte("url: http://a/\nauth: {x: 1, y: 2}"))
	over, _ := strict.Parse("b.yaml", []byte("auth: {y: 3}"))
	got := strict.Overlay(base, over)
	if got.Get("auth").Get("y").Value != "3" || got.Get("auth").Get("x").Value != "1" || got.Get("auth").Get("y").File != "b.yaml" {
		t.Fatalf("got %+v", got.Plain())
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: [1, {b: c}]", "a: &x 1\nb: *x", "a:\n  - b: '\n", "? [a]\n: b", "\xff", "<<: {a: 1}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := strict.Parse("f.yaml", []byte(text))
		if err != nil {
			return
		}
		var s settings
		_ = strict.Decode(n, &s)
		_ = n.Plain()
	})
}
