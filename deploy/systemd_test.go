package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const unit = "systemd/gateway.service"

// unitHere is the unit with a binary that is here, so that it can be checked.
func unitHere(t *testing.T) string {
	t.Helper()
	file, err := build()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "gateway.service")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(read(t, unit), "/usr/local/bin/gateway", file)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnitIsGood(t *testing.T) {
	if out, err := tool(t, ".", "systemd-analyze", "verify", "--man=no", unitHere(t)); err != nil || strings.Contains(out, "gateway.service") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestUnitIsClosed holds the exposure that README.md names.
func TestUnitIsClosed(t *testing.T) {
	out, err := tool(t, ".", "systemd-analyze", "security", "--offline=true", "--no-pager", unitHere(t))
	m := regexp.MustCompile(`Overall exposure level for gateway.service: (\d+\.\d+)`).FindStringSubmatch(out)
	if m == nil {
		t.Skipf("systemd-analyze cannot do this here: %v\n%s", err, out)
	}
	if level, _ := strconv.ParseFloat(m[1], 64); level > 1.3 {
		t.Errorf("exposure %s, was 1.2\n%s", m[1], out)
	}
}

func TestUnitFitsItsConfiguration(t *testing.T) {
	text := read(t, unit)
	var given []string
	for _, m := range regexp.MustCompile(`(?m)^LoadCredential=([^:]+):/etc/gateway/secrets/(.+)$`).FindAllStringSubmatch(text, -1) {
		if m[1] != m[2] {
			t.Errorf("credential %s comes from %s", m[1], m[2])
		}
		given = append(given, m[1])
	}
	slices.Sort(given)
	if want := references(t, "systemd/gateway.yaml"); !slices.Equal(given, want) {
		t.Errorf("the unit gives %v, the configuration asks for %v", given, want)
	}
	for _, must := range []string{"DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes",
		"TimeoutStopSec=90", "StateDirectory=gateway", "Restart=always"} {
		if !strings.Contains(text, "\n"+must+"\n") {
			t.Errorf("no %s", must)
		}
	}
	if !strings.Contains(read(t, "systemd/gateway.yaml"), "dir: /var/lib/gateway\n") {
		t.Error("the data lie elsewhere than in the StateDirectory")
	}
}
