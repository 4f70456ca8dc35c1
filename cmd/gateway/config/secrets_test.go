package config

import (
	"strings"
	"testing"
)

// What comes by reference is taken out of what is reported; of an address that
// does, only what opens a door in it.
func TestTheCleanerKnowsWhatCameByReference(t *testing.T) {
	text := "sources:\n  a:\n    adapter: tabular\n    streams:\n      b:\n        every: 1m\n        mapping: x/y\n        place: {url: [\"${env:URL}\"]}\n" +
		"  c: {adapter: rest, url: \"${env:PLAIN}\", auth: {token: \"${env:TOKEN}\"}, streams: {}}\n"
	cfg, err := Load("gateway.yaml", []byte(text), []string{"URL=https://ioc:m4t-khau-9@h.vn/t?khoa=k7Xq2p9&tu=2026-01-01&dang=vietnamese",
		"PLAIN=https://nguon.vn/api/v1", "TOKEN=mat-khau-dai"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	clean := cfg.Cleaner()
	for _, secret := range []string{"m4t-khau-9", "k7Xq2p9", "mat-khau-dai"} {
		if got := clean.Secret("nói lại " + secret); strings.Contains(got, secret) {
			t.Errorf("%s is shown: %s", secret, got)
		}
	}
	for _, shown := range []string{"2026-01-01", "vietnamese", "https://nguon.vn/api/v1"} {
		if got := clean.Secret(shown); got != shown {
			t.Errorf("%s is shown as %s", shown, got)
		}
	}
}
