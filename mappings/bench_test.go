package mappings

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"iocgateway/adapters/simkit/load"
	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
)

// benchRaws are records of the performance job, keyed as its wire profile keys them.
func benchRaws(n int) []canonical.Raw {
	maker := load.NewRenderer()
	raws := make([]canonical.Raw, n)
	for i := range raws {
		payload := maker.Append(nil, i, 0)
		var id struct {
			MaHoSo string `json:"maHoSo"`
		}
		if err := json.Unmarshal(payload, &id); err != nil {
			panic(err)
		}
		raws[i] = canonical.Raw{Kind: canonical.KindDossier, Key: id.MaHoSo, Payload: payload}
	}
	return raws
}

func benchPolicy() privacy.Policy {
	p := privacy.KeepAll()
	p[privacy.ClassPhone] = privacy.ActionMask
	return p
}

func benchPlan(tb testing.TB, policy privacy.Policy) *Mapper {
	tb.Helper()
	status := &strings.Builder{}
	status.WriteString("list: bench/status\nfor: dossier.status\nentries:\n")
	for i, s := range load.Statuses() {
		fmt.Fprintf(status, "- {code: \"%d\", to: %s}\n", i+1, s)
	}
	lists := map[string]*CodeList{}
	for name, data := range map[string]string{"bench/status": status.String(),
		"bench/channel": "list: bench/channel\nfor: dossier.channel\nentries:\n- {code: TRUC_TUYEN, to: online}\n- {code: TRUC_TIEP, to: direct}\n- {code: BUU_CHINH, to: postal}\n"} {
		l, err := ParseCodeList(name, []byte(data))
		if err != nil {
			tb.Fatal(err)
		}
		lists[name] = l
	}
	data, err := os.ReadFile("testdata/bench/bench.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	plan, err := Compile("bench.yaml", data, Env{Policy: policy,
		Codes: func(name string) (*CodeList, bool) { l, ok := lists[name]; return l, ok }})
	if err != nil {
		tb.Fatal(err)
	}
	return plan.Bind("dvc", "dossiers")
}

// TestBaselineAgrees: the baseline and the mapping do the same job, byte for
// byte; otherwise comparing their speed would show nothing.
func TestBaselineAgrees(t *testing.T) {
	bound, plain := benchPlan(t, benchPolicy()), load.NewPlain()
	held := 0
	for _, raw := range benchRaws(3000) {
		record, err := bound.Map(raw)
		body, plainErr := plain.Map(raw.Payload)
		if (err == nil) != (plainErr == nil) {
			t.Fatalf("plan: %v, by hand: %v", err, plainErr)
		}
		if err != nil {
			held++
			continue
		}
		sum := sha256.Sum256(body)
		if string(record.Body) != string(body) || record.Version != hex.EncodeToString(sum[:16]) {
			t.Fatalf("plan\n%s\nby hand\n%s", record.Body, body)
		}
	}
	if held != 6 {
		t.Fatalf("held %d, want 6", held)
	}
}

func BenchmarkMapPlan(b *testing.B) { benchMap(b, benchPolicy()) }

func BenchmarkMapPlanDefaultPolicy(b *testing.B) { benchMap(b, privacy.DefaultPolicy()) }

func benchMap(b *testing.B, policy privacy.Policy) {
	bound, raws := benchPlan(b, policy), benchRaws(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _ = bound.Map(raws[i%len(raws)])
	}
}

func BenchmarkMapPlainGo(b *testing.B) {
	plain, raws := load.NewPlain(), benchRaws(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _ = plain.Map(raws[i%len(raws)].Payload)
	}
}

// BenchmarkMapWatched is BenchmarkMapPlanDefaultPolicy with somebody watching
// what the Raws look like: what it takes more is what noticing drift costs.
func BenchmarkMapWatched(b *testing.B) {
	bound, raws := benchPlan(b, privacy.DefaultPolicy()), benchRaws(1000)
	b.ReportAllocs()
	watch := bound.Watch(true)
	for i := 0; b.Loop(); i++ {
		if i%500 == 0 { // a worker's share of a page
			watch = bound.Watch(i == 0)
		}
		_, _ = watch.Map(raws[i%len(raws)])
	}
}
