package deploy_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var fileReference = regexp.MustCompile(`\$\{file:([^}]+)\}`)

// references are the names of the secrets that a configuration asks for.
func references(t *testing.T, path string) []string {
	t.Helper()
	var names []string
	for _, m := range fileReference.FindAllStringSubmatch(read(t, path), -1) {
		names = append(names, filepath.Base(m[1]))
	}
	if len(names) == 0 {
		t.Fatalf("%s refers to no secret", path)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// placed copies a configuration with its secrets where a test can put them.
func placed(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	text := fileReference.ReplaceAllStringFunc(read(t, path), func(ref string) string {
		name := filepath.Base(strings.TrimSuffix(ref, "}"))
		secret := name + strings.Repeat("x", 32) // no two tokens are one
		if strings.HasPrefix(name, "hook-") {
			secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(secret))
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return "${file:" + file + "}"
	})
	file := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// nodes are the environments a configuration is read in: one a process.
func nodes(t *testing.T) map[string][][]string {
	t.Helper()
	all := map[string][][]string{"systemd/gateway.yaml": {nil}}
	services := dict(documents(t, "compose/compose.yaml")[0]["services"])
	for _, name := range []string{"work-1", "work-2", "serve-1", "serve-2"} {
		var environ []string
		for k, v := range dict(at(services[name], "environment")) {
			environ = append(environ, fmt.Sprint(k, "=", v))
		}
		all["compose/gateway.yaml"] = append(all["compose/gateway.yaml"], environ)
	}
	for _, role := range []string{"work", "serve"} {
		var environ []string
		for _, e := range list(at(statefulSet(t, role), "spec/template/spec/containers/0/env")) {
			if value, ok := at(e, "value").(string); ok {
				environ = append(environ, fmt.Sprint(at(e, "name"), "=", strings.ReplaceAll(value, "$(POD_NAME)", "gateway-"+role+"-0")))
			}
		}
		all["kubernetes/gateway.yaml"] = append(all["kubernetes/gateway.yaml"], environ)
	}
	return all
}

// TestEveryConfigurationIsRight asks the gateway itself.
func TestEveryConfigurationIsRight(t *testing.T) {
	all := nodes(t)
	for _, path := range files(t) {
		if filepath.Base(path) == "gateway.yaml" && len(all[path]) == 0 {
			t.Errorf("%s: no environment is named for it", path)
		}
	}
	for path, environs := range all {
		t.Run(filepath.Dir(path), func(t *testing.T) {
			file := placed(t, path)
			for _, environ := range environs {
				out, err := gateway(t, environ, "validate", "-c", file)
				if err != nil || !strings.Contains(out, "is right; sources: 3, streams: 3") {
					t.Errorf("%v: %v\n%s", environ, err, out)
				}
			}
		})
	}
}

// TestTheCheckCanFail proves that the check above checks.
func TestTheCheckCanFail(t *testing.T) {
	environ := []string{"IOCGATEWAY_NODE__NAME=a", "IOCGATEWAY_NODE__URL=http://a:8080", "IOCGATEWAY_NODE__ROLES=work"}
	for _, c := range []struct{ from, to, code string }{
		{"behind_proxy: true", "behind_proxy: false", "GW-C012"},
		{"every: 24h", "evry: 24h", "GW-C002"},
		{`"kafka:9092"`, "", "GW-C020"},
		{"mapping: reference/unit", "mapping: reference/units", "GW-C015"},
	} {
		file := placed(t, "compose/gateway.yaml")
		text := read(t, file)
		if !strings.Contains(text, c.from) {
			t.Fatalf("%s is not there any more", c.from)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(text, c.from, c.to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := gateway(t, environ, "validate", "-c", file); err == nil || !strings.Contains(out, c.code) {
			t.Errorf("%s: %v, want %s\n%s", c.to, err, c.code, out)
		}
	}
	if out, err := gateway(t, append(environ, "IOCGATEWAY_SERVE_SERVICE_HOST=10.0.0.1"), "validate", "-c",
		placed(t, "compose/gateway.yaml")); err == nil {
		t.Errorf("a stray variable is let through: enableServiceLinks may go\n%s", out)
	}
}
