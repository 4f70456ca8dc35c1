package config

import (
	"testing"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// A stream's name stands in addresses, ids and file names.
func TestStreamNames(t *testing.T) {
	load := func(name string) []*problem.Problem {
		text := "sources:\n  s:\n    adapter: rest\n    streams:\n      " + name + ": {every: 1m, mapping: my/fb}\n"
		_, err := Load("g.yaml", []byte(text), nil, nil)
		found, _ := problem.All(err)
		return found
	}
	for _, name := range []string{`"../a"`, `"a b"`, `"a/b"`, `""`, `".a"`, `"a\\b"`, `"a\tb"`, `"a#b"`, `"a?b"`} {
		if found := load(name); len(found) != 1 || found[0].Code != "GW-C036" || found[0].Place() != "g.yaml:5:7" {
			t.Errorf("%s: %v", name, found)
		}
	}
	for _, name := range []string{"a", "ho-so_2", "v1.2", "hồ-sơ", "A"} {
		if found := load(name); len(found) != 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// What a file or variable gives ends where its text does; a token with a blank in
// it is none that a request can carry.
func TestTokensAsFilesGiveThem(t *testing.T) {
	text := []byte(`http:
  tokens:
    - {name: a, role: viewer, secret: "${env:ONE}"}
    - {name: b, role: admin, secret: "${env:TWO}"}
`)
	const good, other = "0123456789-0123456789", "9876543210-9876543210"
	for name, c := range map[string]struct{ one, two, code string }{
		"a line end":         {good + "\r\n", other + "\n", ""},
		"the same after all": {good + "\n", good, "GW-C031"},
		"a blank inside":     {good, "9876543210 9876543210", "GW-C038"},
		"two lines":          {good, other + "\n" + other, "GW-C038"},
		"a blank at the end": {good, other + " ", "GW-C038"},
	} {
		cfg, err := Load("g.yaml", text, []string{"ONE=" + c.one, "TWO=" + c.two}, nil)
		found, _ := problem.All(err)
		switch {
		case c.code == "" && (err != nil || cfg.HTTP.Tokens[0].Secret.Reveal() != good):
			t.Errorf("%s: %v", name, err)
		case c.code != "" && (len(found) != 1 || found[0].Code != c.code || found[0].Line != 4 || found[0].Value == c.two):
			t.Errorf("%s: %v", name, err)
		}
	}
	n, err := strict.Parse("x.yaml", []byte(`secret: "${file:/run/t}"`))
	if err != nil {
		t.Fatal(err)
	}
	file := func(string) ([]byte, error) { return []byte("\t" + good + " \n\n"), nil }
	if err := strict.Resolve(n, strict.Lookup{File: file}); err != nil || n.Get("secret").Value != good {
		t.Errorf("%v %q", err, n.Get("secret").Value)
	}
}

// What a stream has of its source is shown where it is written.
func TestPlacesOfWhatASourceSays(t *testing.T) {
	cfg, err := Load("g.yaml", []byte("sources:\n  s:\n    adapter: rest\n    page_size: -5\n    auth: {x: 1}\n    streams:\n      a: {every: 1m}\n"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	src := cfg.Sources["s"]
	n := Overlaid(src.Shared, src.Streams[0])
	for path, line := range map[string]int{"page_size": 4, "auth.x": 5, "auth.y": 7, "zone": 7} {
		if at := n.At(n.Path + "." + path); at.Line != line || line == 4 && at.Value != "-5" {
			t.Errorf("%s: %s:%d %q", path, at.File, at.Line, at.Value)
		}
	}
}
