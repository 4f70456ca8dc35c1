// Package deploy_test holds the deployment files to the code and to each
// other: what no check enforces decays here first.
package deploy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

var scratch string // of the whole run: the gateway's binary lies there

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "deploy-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) {
	file := filepath.Join(scratch, "gateway")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", file, "iocgateway/cmd/gateway").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return file, nil
})

// gateway runs the real binary and gives what it wrote.
func gateway(t *testing.T, environ []string, args ...string) (string, error) {
	t.Helper()
	file, err := build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), file, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + scratch}, environ...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// tool runs a program where there is one, and skips the test where not.
func tool(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if strings.Contains(os.Getenv("TESTS_MUST_RUN"), name) {
			t.Fatalf("%s is not here, and TESTS_MUST_RUN asks for it", name)
		}
		t.Skipf("%s is not here: this was not tried", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files lists what lies here and is ours, by path.
func files(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path == "dev" {
			return filepath.SkipDir
		}
		if !d.IsDir() {
			all = append(all, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// documents reads the YAML documents of a file.
func documents(t *testing.T, path string) []map[string]any {
	t.Helper()
	dec := yaml.NewDecoder(bytes.NewReader([]byte(read(t, path))))
	var all []map[string]any
	for {
		var d map[string]any
		err := dec.Decode(&d)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, d)
	}
}

// at follows keys, and indexes written as numbers, into what YAML gave.
func at(v any, path string) any {
	for key := range strings.SplitSeq(path, "/") {
		switch here := v.(type) {
		case map[string]any:
			v = here[key]
		case []any:
			var n int
			if _, err := fmt.Sscan(key, &n); err != nil || n >= len(here) {
				return nil
			}
			v = here[n]
		default:
			return nil
		}
	}
	return v
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func texts(v any) []string {
	var all []string
	for _, each := range list(v) {
		all = append(all, fmt.Sprint(each))
	}
	return all
}

func dict(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func TestEveryYAMLIsReadable(t *testing.T) {
	n := 0
	for _, path := range files(t) {
		if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" {
			n++
			if len(documents(t, path)) == 0 {
				t.Errorf("%s is empty", path)
			}
		}
	}
	if n < 15 {
		t.Fatalf("only %d files found: the walk is broken", n)
	}
}

var (
	imageLine = regexp.MustCompile(`(?m)^\s*(?:image:|FROM(?: --\S+)?)\s+(\S+)`)
	fullTag   = regexp.MustCompile(`:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$`)
)

// TestImagesArePinned: to a whole version. What is built here has the version
// that is asked for.
func TestImagesArePinned(t *testing.T) {
	n := 0
	for _, path := range []string{"Dockerfile", "compose/compose.yaml"} {
		for _, m := range imageLine.FindAllStringSubmatch(read(t, path), -1) {
			n++
			if image := m[1]; image != "scratch" && image != "iocgateway:${GATEWAY_VERSION:-dev}" && !fullTag.MatchString(image) {
				t.Errorf("%s: %s is not pinned", path, image)
			}
		}
	}
	if n < 7 {
		t.Fatalf("only %d images found: the search is broken", n)
	}
	for _, image := range list(documents(t, "kubernetes/kustomization.yaml")[0]["images"]) {
		if tag := fmt.Sprint(at(image, "newTag")); !fullTag.MatchString(":" + tag) {
			t.Errorf("kustomization.yaml: tag %s is not pinned", tag)
		}
	}
}

func TestDockerfile(t *testing.T) {
	text := read(t, "Dockerfile")
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	if !strings.Contains(text, "golang:"+version[1]+".") {
		t.Errorf("the builder is not the Go %s of go.mod", version[1])
	}
	for _, must := range []string{"\nFROM scratch\n", "\nUSER 65532:65532\n", "CGO_ENABLED=0", "-trimpath", "ca-certificates.crt",
		"Asia/Ho_Chi_Minh",
		"iocgateway/cmd/gateway/release.version=", "\nVOLUME /data\n", "\nEXPOSE 8080\n"} {
		if !strings.Contains(text, must) {
			t.Errorf("%q is missing", must)
		}
	}
	if !strings.Contains(read(t, "../cmd/gateway/release/release.go"), "var version ") {
		t.Error("the variable is not there any more: the version is set nowhere")
	}
}

var secretLike = regexp.MustCompile(`(?i)^\s*[a-z_-]*(password|secret|token|key)\s*[:=]\s*["']?[A-Za-z0-9+/_-]{12,}`)

// TestNoPlainSecrets looks for what somebody left behind.
func TestNoPlainSecrets(t *testing.T) {
	for _, path := range files(t) {
		if strings.HasPrefix(path, "compose/secrets/") && path != "compose/secrets/make" && path != "compose/secrets/.gitignore" {
			continue // made on this machine; git does not see them
		}
		for i, line := range strings.Split(read(t, path), "\n") {
			if secretLike.MatchString(line) && !strings.Contains(line, "THAY-BANG-") && !strings.Contains(line, "/secrets/") {
				t.Errorf("%s:%d: a secret? %s", path, i+1, line)
			}
		}
	}
	if !secretLike.MatchString(`  redis-password: abcDEF123456789`) {
		t.Fatal("the search finds nothing")
	}
}
