package reference_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/adapters/reference"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/units"
)

func openText(t testing.TB, text string) (*reference.Source, error) {
	t.Helper()
	node, err := strict.Parse("city.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	src, err := reference.Spec().Open(adapters.Settings{Source: "dvhc", Stream: "units", Kind: canonical.KindUnit, Node: node}, adapters.Env{})
	if err != nil {
		return nil, err
	}
	return src.(*reference.Source), nil
}

func mustOpen(t testing.TB, text string) *reference.Source {
	t.Helper()
	src, err := openText(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// walk pulls until the end and gives what came, by key.
func walk(t testing.TB, src adapters.Source) (map[string]canonical.Raw, int) {
	t.Helper()
	all := map[string]canonical.Raw{}
	var at canonical.Checkpoint
	for pages := 1; pages < 100; pages++ {
		page, err := src.Pull(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if page.Start != (pages == 1) || page.More == (page.Complete != nil) || len(page.Records) > 500 || page.More &&
			bytes.Equal(page.Next, at) {
			t.Fatalf("page %d: start %v, more %v, complete %v, %d records", pages, page.Start, page.More, page.Complete, len(page.Records))
		}
		for _, raw := range page.Records {
			if _, twice := all[raw.Key]; twice {
				t.Fatalf("%s came twice", raw.Key)
			}
			all[raw.Key] = raw
		}
		if at = page.Next; !page.More {
			if page.Total != len(all) || *page.Complete != (adapters.Scope{}) {
				t.Fatalf("total %d of %d, scope %+v", page.Total, len(all), page.Complete)
			}
			return all, pages
		}
	}
	t.Fatal("the walk does not end")
	return nil, 0
}

func TestOneProvince(t *testing.T) {
	got, pages := walk(t, mustOpen(t, ""))
	if len(got) != 97 || pages != 1 {
		t.Errorf("%d units in %d pages, want 96 communes and the province", len(got), pages)
	}
	var unit struct {
		Code, Name, Level, Parent string
		From                      []canonical.UnitFrom
	}
	if err := json.Unmarshal(got["21548@2025-07-01"].Payload, &unit); err != nil || unit.Name != "Đặc khu Lý Sơn" || unit.Level != "commune" ||
		unit.Parent != "51" {
		t.Errorf("%s (%v)", got["21548@2025-07-01"].Payload, err)
	}
	if err := json.Unmarshal(got["51@2025-07-01"].Payload, &unit); err != nil || len(unit.From) != 2 {
		t.Errorf("%s (%v)", got["51@2025-07-01"].Payload, err)
	}
}

func TestOldUnits(t *testing.T) {
	table, err := units.Default()
	if err != nil {
		t.Fatal(err)
	}
	const before = canonical.Date("2025-06-30")
	want := 97 + len(table.Units("51", before)) + len(table.Units("62", before)) + 2
	got, _ := walk(t, mustOpen(t, "include_old: true"))
	if len(got) != want {
		t.Errorf("%d units, want %d: the new ones, and those of the old 51 and 62", len(got), want)
	}
	for _, key := range []string{"51@0", "62@0", "51@2025-07-01"} {
		if _, ok := got[key]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
	for key, raw := range got {
		if key != strings.TrimSpace(key) || raw.Kind != canonical.KindUnit || !json.Valid(raw.Payload) || raw.Gone {
			t.Errorf("%+v", raw)
		}
	}
}

func TestAllUnits(t *testing.T) {
	if got, pages := walk(t, mustOpen(t, `provinces: "*"`)); len(got) != 3321+34 || pages != 7 {
		t.Errorf("%d units in %d pages", len(got), pages)
	}
	old, _ := walk(t, mustOpen(t, "{provinces: ['*'], include_old: true}"))
	if len(old) <= 3355+10000 {
		t.Errorf("%d units with the old ones", len(old))
	}
}

func TestPullIsAFunctionOfTheCheckpoint(t *testing.T) {
	src := mustOpen(t, `provinces: "*"`)
	first, err := src.Pull(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := src.Pull(t.Context(), first.Next)
	b, errB := mustOpen(t, `provinces: "*"`).Pull(t.Context(), first.Next)
	if errA != nil || errB != nil || !bytes.Equal(a.Next, b.Next) || a.Records[7].Digest() != b.Records[7].Digest() || a.Start {
		t.Errorf("%v, %v: %s, %s", errA, errB, a.Next, b.Next)
	}
	// Another list than the one the walk began in: a new walk.
	other, err := mustOpen(t, "").Pull(t.Context(), first.Next)
	if err != nil || !other.Start || other.More || len(other.Records) != 97 {
		t.Errorf("%+v, %v", other, err)
	}
	for _, bad := range []string{`{"v":2}`, `x`, `{"v":1,"offset":-1}`, `[]`} {
		_, err := src.Pull(t.Context(), canonical.Checkpoint(bad))
		p, ok := problem.As(err)
		if class, _ := problem.Class(err); !ok || p.Code != "GW-S025" || class != problem.FaultHalt {
			t.Errorf("checkpoint %s: %v", bad, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := src.Pull(ended, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

const small = `units 1
asof	2026-01-01
u	51		2026-01-01				Tỉnh Cũ
u	51	2026-01-01			Nghị quyết 1	51	Tỉnh Mới
u	21001	2026-01-01		51	Nghị quyết 1		Xã Một
`

func TestReplacedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "units.txt")
	src := mustOpen(t, "{include_old: true, file: "+path+"}")
	_, err := src.Pull(t.Context(), nil)
	p, ok := problem.As(err)
	if class, _ := problem.Class(err); !ok || p.Code != "GW-A810" || class != problem.FaultRetry || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := walk(t, src); len(got) != 3 || got["51@0"].Key == "" {
		t.Errorf("%v", got)
	}
	for name, text := range map[string]string{"cut": small[:60], "empty": "", "rubbish": "\x1f\x8b\x00"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, ok := problem.As(src.Probe(t.Context())); !ok || p.Code != "GW-A810" {
			t.Errorf("%s: %v", name, p)
		}
	}
	if err := os.WriteFile(path, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	other := mustOpen(t, "{provinces: ['01'], file: "+path+"}")
	err = other.Probe(t.Context())
	if p, ok := problem.As(err); !ok || p.Code != "GW-A811" || p.Value != "01" {
		t.Errorf("a province the file does not have: %v", err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for text, code := range map[string]string{
		"provinces: ['99']": "GW-A811", "provinces: ['51', '98']": "GW-A811", "provinces: [Quảng Ngãi]": "GW-C005", "provinces: []": "GW-C004",
		"provinces: ['62']": "GW-A811",
	} {
		_, err := openText(t, text)
		p, ok := problem.As(err)
		if !ok || (p.Code != code && !(code == "GW-C004" && p.Code == "GW-C005")) || p.Line != 1 || !strings.HasPrefix(p.Field, "provinces") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestListAndFetch(t *testing.T) {
	src := mustOpen(t, "")
	count := 0
	for stamp, err := range src.List(t.Context(), adapters.Scope{KeyPrefix: "51@"}) {
		if err != nil || stamp.Key != "51@2025-07-01" {
			t.Errorf("%+v, %v", stamp, err)
		}
		count++
	}
	raw, err := src.Fetch(t.Context(), "21548@2025-07-01")
	if count != 1 || err != nil || !strings.Contains(string(raw.Payload), "Lý Sơn") {
		t.Errorf("%d, %s, %v", count, raw.Payload, err)
	}
	if _, err := src.Fetch(t.Context(), "nowhere"); err == nil {
		t.Error("a unit that is not there was found")
	}
}

func FuzzPull(f *testing.F) {
	src := mustOpen(f, "")
	for _, seed := range []string{"", `{"v":1,"offset":5}`, `{"v":1,"list":"x","offset":99999}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, from []byte) {
		page, err := src.Pull(t.Context(), from)
		if err == nil && (len(page.Records) == 0 || len(page.Next) == 0) {
			t.Fatalf("%s: %+v", from, page)
		}
	})
}

func BenchmarkPullAll(b *testing.B) {
	src := mustOpen(b, "{provinces: ['*'], include_old: true}")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := src.Pull(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
