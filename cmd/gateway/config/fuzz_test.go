package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// FuzzConfig: a configuration and its environment are people's text. What is
// wrong has a code and words; a secret is in neither.
func FuzzConfig(f *testing.F) {
	examples, err := filepath.Glob("../../deploy/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range examples {
		if data, err := os.ReadFile(name); err == nil {
			f.Add(string(data), "")
		}
	}
	for _, seed := range [][2]string{
		{"", ""}, {"http: {addr: 0.0.0.0:1}", "HTTP__ADDR=:1"}, {"sources: {a: {adapter: dvc, streams: {b: {mapping: m}}}}", "STORE__DIR=/x"},
		{"sources: {a: {adapter: dvc, quota: 120/min, auth: {client_secret: '${env:SECRET}'}, streams: {b: {every: 2m, mapping: m, fresh: 7d}}}}", ""},
		{"sources: {a: {adapter: x, quota: 1/fortnight}}", "SOURCES__A__QUOTA=1/s"}, {"sources: [a]", "SOURCES__A=b"},
		{"sources: {a.b: {streams: []}}", ""},
		{"http: ${env:SECRET}", ""}, {"log: {level: 07}", "LOG=x"}, {"a: &x [*x]", ""}, {"store: {dir: '${file:/no/such/file}'}", ""},
		{"http:\n\taddr: x", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, variable string) {
		if strings.Contains(text, "${file:") {
			return // whatever files this machine has are not to be read
		}
		const secret = "kho-ai-doan-duoc"
		_, err := Load("gateway.yaml", []byte(text), []string{"SECRET=" + secret, EnvPrefix + variable}, map[string]any{"log.level": "debug"})
		if err == nil {
			return
		}
		if strings.Contains(err.Error(), secret) {
			t.Fatalf("the secret is shown: %v", err)
		}
		if p, ok := problem.As(err); ok && (p.Text(problem.Vietnamese) == p.Code || p.Text(problem.English) == p.Code) {
			t.Fatalf("no words for %s", p.Code)
		}
	})
}
