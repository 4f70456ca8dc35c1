package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/cmd/gateway/config"
)

// filer is a source whose files name somebody: in what they are called, where a
// header is missing, in sheets of errors, in rows without a key.
const filer = "tep-cong-dan"

func filing(t *testing.T) *config.SourceConfig {
	t.Helper()
	name, phone := plantedName().value, plantedNumbers()[0].value
	dir := t.TempDir()
	file := func(stream, called, content string) {
		folder := filepath.Join(dir, stream)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, called), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file("tieu-de", "Đơn của "+name+" "+phone+".csv", name+";"+phone+";"+plantedNumbers()[4].value+"\n"+name+";2;3\n")
	file("o-loi", "don_"+strings.ReplaceAll(name, " ", "_")+".csv", "ma;"+name+"\n1;#REF!\n;x\n2;y\n2;z\n")
	file("khong-khoa", "so-"+phone+".json", fmt.Sprintf(`[{"ten": %q, "so": %q}]`, name, phone))
	text := fmt.Sprintf(`sources:
  %s:
    adapter: tabular
    streams:
      tieu-de: {every: 1s, mapping: pakn/ioc-feedback, place: {folder: %q, settle: 10ms}, format: csv, key: [ma]}
      o-loi: {every: 1s, mapping: pakn/ioc-feedback, place: {folder: %q, settle: 10ms}, format: csv, key: [ma]}
      khong-khoa: {every: 1s, mapping: pakn/ioc-feedback, place: {folder: %q, settle: 10ms}, format: json, key: [ma]}
`, filer, filepath.Join(dir, "tieu-de"), filepath.Join(dir, "o-loi"), filepath.Join(dir, "khong-khoa"))
	cfg, err := config.Load("filing.yaml", []byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Sources[filer]
}

// filed waits until what stands in the files is known, as who may reads it.
func (l *leak) filed() {
	at := "/v1/streams/" + filer + "/tieu-de"
	for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(50 * time.Millisecond) {
		found, held := string(l.get("operator", at)), l.filedHeld()
		if len(leaks([]byte(found))) > 1 && strings.Contains(found, "GW-D014") &&
			held["GW-D020"] > 1 && held["GW-D021"] > 0 && held["GW-D022"] > 0 {
			return
		}
	}
	l.t.Fatalf("an operator does not read what files say: %s %v", l.get("operator", at), l.filedHeld())
}

// filedHeld counts by code what is held of the files; keys that were made up
// are hashes of what stands in them.
func (l *leak) filedHeld() map[string]int {
	found := map[string]int{}
	for _, stream := range []string{"o-loi", "khong-khoa"} {
		var list struct {
			Items []struct {
				Key     string
				Problem struct{ Code string }
			}
		}
		if err := json.Unmarshal(l.get("operator", "/v1/quarantine?stream="+url.QueryEscape(filer+"/"+stream)), &list); err != nil {
			l.t.Fatal(err)
		}
		for _, one := range list.Items {
			found[one.Problem.Code]++
			if _, made, ok := strings.Cut(one.Key, "nokey:"); ok {
				l.hashes[made[:16]] = "key made of a Raw of " + stream
			}
		}
	}
	return found
}

// hash remembers what is made of a Raw that viewers may not see.
func (l *leak) hash(what string, raw canonical.Raw) {
	for _, sum := range [][sha256.Size]byte{raw.Digest(), sha256.Sum256(raw.Payload)} {
		l.hashes[hex.EncodeToString(sum[:8])] = what
	}
}

// traceless looks for hashes over what viewers may not see: who has one finds
// what is masked by trying all. Cursors are looked into.
func (l *leak) traceless(ways map[string][]byte) {
	digits, texts := regexp.MustCompile(`[0-9a-fA-F]{16,}`), regexp.MustCompile(`[A-Za-z0-9_-]{30,}`)
	seen := func(name, run string) {
		for i := 0; i+16 <= len(run); i++ {
			if what := l.hashes[strings.ToLower(run[i:i+16])]; what != "" {
				l.t.Errorf("%s shows a hash: %s", name, what)
				return
			}
		}
	}
	if len(l.hashes) < 100 || len(ways) == 0 {
		l.t.Fatalf("%d hashes in %d ways out: nothing is looked for", len(l.hashes), len(ways))
	}
	for name, way := range ways {
		for _, run := range digits.FindAll(way, -1) {
			seen(name, string(run))
		}
		for _, text := range texts.FindAll(way, -1) {
			if raw, err := base64.RawURLEncoding.DecodeString(string(text)); err == nil {
				seen(name, hex.EncodeToString(raw))
			}
		}
	}
}
