package units_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
)

const (
	before = canonical.Date("2025-06-30")
	after  = canonical.Date("2025-07-01")
)

func table(t testing.TB) *units.Table {
	t.Helper()
	tab, err := units.Default()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestCounts(t *testing.T) {
	tab := table(t)
	count := func(day canonical.Date) map[string]int {
		n := map[string]int{}
		for _, u := range tab.Units("", day) {
			n[u.Level]++
			if err := canonical.Validate(&u); err != nil {
				t.Fatalf("%s: %v", u.Code, err)
			}
		}
		return n
	}
	if n := count(after); n["province"] != 34 || n["district"] != 0 || n["commune"] != 3321 {
		t.Errorf("today: %v", n)
	}
	if n := count(before); n["province"] != 63 || n["district"] != 696 || n["commune"] != 10047 {
		t.Errorf("before: %v", n)
	}
	ranks := map[string]int{}
	for _, u := range tab.Units("51", after) {
		rank, _, _ := strings.Cut(u.Name, " ")
		ranks[rank]++
		if u.Parent != "51" {
			t.Errorf("%s lies in %s", u.Code, u.Parent)
		}
	}
	if ranks["Xã"] != 86 || ranks["Phường"] != 9 || ranks["Đặc"] != 1 || len(ranks) != 3 {
		t.Errorf("Quảng Ngãi: %v", ranks)
	}
	if tab.AsOf() != after || len(tab.Origin()) < 4 {
		t.Errorf("%s %v", tab.AsOf(), tab.Origin())
	}
}

func TestAt(t *testing.T) {
	tab := table(t)
	for _, c := range []struct {
		code       string
		day        canonical.Date
		name, prov string
	}{
		{"21548", after, "Đặc khu Lý Sơn", "51"},
		{"21548", before, "", ""},
		{"23293", before, "Phường Thắng Lợi", "62"},
		{"23293", "2026-11-23", "Phường Kon Tum", "51"},
		{"23284", after, "Phường Đăk Cấm", "51"},
		{"21484", after, "Xã Ba Tơ", "51"},
		{"62", before, "Tỉnh Kon Tum", "62"},
		{"62", after, "", ""},
		{"522", before, "Thành phố Quảng Ngãi", "51"},
		{"522", after, "", ""},
		{"01", "2019-01-01", "Thành phố Hà Nội", "01"},
		{"01", after, "Thành phố Hà Nội", "01"},
		{"51001", after, "", ""},
		{"21548", "", "", ""},
		{"21548", "01/07/2025", "", ""},
	} {
		if u, ok := tab.At(c.code, c.day); ok != (c.name != "") || u.Name != c.name || tab.Name(c.code, c.day) != c.name ||
			tab.Province(c.code, c.day) != c.prov {
			t.Errorf("%s on %s: %q in %q", c.code, c.day, u.Name, tab.Province(c.code, c.day))
		}
	}
	u, _ := tab.At("51", after)
	if len(u.From) != 2 || u.From[1] != (canonical.UnitFrom{Code: "62", Share: "full"}) || u.Decree != "Nghị quyết 202/2025/QH15" {
		t.Errorf("%+v", u)
	}
}

func TestMoves(t *testing.T) {
	tab := table(t)
	show := func(m units.Move) string {
		var b strings.Builder
		b.WriteString(string(m.Kind))
		for _, p := range m.To {
			b.WriteString(" " + p.Code + "@" + string(p.On) + ":" + p.Share)
		}
		return b.String()
	}
	for _, c := range []struct {
		code string
		day  canonical.Date
		want string
	}{
		{"62", before, "many_to_one 51@2025-07-01:full"},
		{"01", before, "unchanged 01@2025-07-01:full"},
		{"23293", before, "many_to_one 23293@2025-07-01:full"},
		{"21142", before, "one_to_many 21136@2025-07-01:part 21157@2025-07-01:part"},
		{"536", before, "one_to_one 21548@2025-07-01:full"},
		{"21538", before, "unchanged 21538@2025-07-01:full"},
		{"531", before, "one_to_many 21349@2025-07-01:part 21361@2025-07-01:part"},
		{"21548", after, "unchanged 21548@2025-07-01:full"},
		{"99999", before, "unknown"},
	} {
		if got := show(tab.Forward(c.code, c.day)); got != c.want {
			t.Errorf("forward %s: %s, want %s", c.code, got, c.want)
		}
	}
	for _, c := range []struct{ code, want string }{
		{"51", "many_to_one 51@2025-06-30:full 62@2025-06-30:full"},
		{"21136", "many_to_one 21136@2025-06-30:full 21142@2025-06-30:part"},
		{"21548", "one_to_one 536@2025-06-30:full"},
		{"21538", "unchanged 21538@2025-06-30:full"},
		{"01", "unchanged 01@2025-07-01:full"},
		{"62", "unknown"},
		// Hà Mòn (23521) went here by the resolution, not to Tu Mơ Rông.
		{"23500", "many_to_one 23500@2025-06-30:full 23521@2025-06-30:full 23524@2025-06-30:full"},
	} {
		if got := show(tab.Backward(c.code, after)); got != c.want {
			t.Errorf("backward %s: %s, want %s", c.code, got, c.want)
		}
	}
}

// TestMovesAgree: every old unit goes somewhere, both directions have the
// same pairs and shares, and a whole unit goes to one place only.
func TestMovesAgree(t *testing.T) {
	tab := table(t)
	forth, back := map[string]bool{}, map[string]bool{}
	for _, u := range tab.Units("", before) {
		m := tab.Forward(u.Code, before)
		if m.Kind == units.Unknown || len(m.To) == 0 {
			t.Errorf("%s %s goes nowhere", u.Code, u.Name)
		}
		for _, p := range m.To {
			if (p.Share == "part") != (len(m.To) > 1) {
				t.Errorf("%s goes to %d places, as %s to %s", u.Code, len(m.To), p.Share, p.Code)
			}
			if u.Level == "commune" {
				forth[u.Code+">"+p.Code+p.Share] = true
			}
		}
	}
	for _, u := range tab.Units("", after) {
		for _, p := range tab.Backward(u.Code, after).To {
			if len(p.Code) == 5 {
				back[p.Code+">"+u.Code+p.Share] = true
			}
		}
	}
	if len(forth) < 10000 || len(forth) != len(back) {
		t.Errorf("%d pairs forward, %d backward", len(forth), len(back))
	}
	for pair := range forth {
		if !back[pair] {
			t.Errorf("%s only forward", pair)
		}
	}
}

func TestFind(t *testing.T) {
	tab := table(t)
	for _, c := range []struct {
		name, parent string
		day          canonical.Date
		want         string // codes
	}{
		{"Đặc khu Lý Sơn", "51", after, "21548"},
		{"Lý Sơn", "51", after, "21548"},
		{"LI SON", "51", after, "21548"},
		{norm.NFD.String("Phường Đăk Cấm"), "51", after, "23284"},
		{"P. Đắk Cấm", "51", after, "23284"},
		{"P.Dak Cam", "51", after, "23284"},
		{"xã Đặng Thuỳ Trâm", "51", after, "21520"},
		{"Xã Đăk Hà", "62", before, "23425"},
		{"TT Đăk Hà", "62", before, "23500"},
		{"Đăk Hà", "62", before, "23425 23500 615"},
		{"Huyện Đăk Hà", "62", before, "615"},
		{"Đăk Long", "62", before, "23368 23504"},
		{"Đăk Long", "615", before, "23504"},
		{"xã Pờ Y", "62", before, "23395"},
		{"xã Bờ Y", "62", before, "23395"},
		{"Tỉnh Đăk Lăk", "", after, "66"},
		{"TP. Huế", "", after, "46"},
		{"TP Huế", "", after, "46"},
		{"Phường 01", "79", before, ""},
		{"Lý Sơn", "62", before, ""},
		{"", "51", after, ""},
		{"Xã", "51", after, ""},
	} {
		var codes []string
		for _, u := range tab.Find(c.name, c.parent, c.day) {
			codes = append(codes, u.Code)
		}
		slices.Sort(codes)
		if got := strings.Join(codes, " "); got != c.want && c.name != "Phường 01" {
			t.Errorf("%q in %q on %s: %q, want %q", c.name, c.parent, c.day, got, c.want)
		}
		if c.name == "Phường 01" && len(codes) < 5 {
			t.Errorf("wards 1 of old Ho Chi Minh City: %v", codes)
		}
	}
	for _, u := range tab.Units("", after) {
		if u.Level != "commune" {
			continue
		}
		for _, written := range []string{u.Name, norm.NFD.String(u.Name), strings.ToUpper(u.Name)} {
			got := tab.Find(written, u.Parent, after)
			if !slices.ContainsFunc(got, func(g canonical.Unit) bool { return g.Code == u.Code }) {
				t.Fatalf("%q of %s is not found", written, u.Code)
			}
		}
	}
}

func TestLoad(t *testing.T) {
	const good = "units 1\r\n# remark\nasof\t2025-07-01\norigin\t2025-07-01\tx\n" +
		"u\t51\t\t2025-07-01\t\t\t\tA\nu\t51\t2025-07-01\t\t\t\t51\tB\nu\t21548\t2025-07-01\t\t51\tNQ\t\tC\n"
	tab, err := units.Load(strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	if tab.Name("21548", after) != "C" || tab.Name("51", before) != "A" {
		t.Error("not read")
	}
	for what, change := range map[string][2]string{
		"head":           {"units 1", "units 2"},
		"day":            {"asof\t2025-07-01", "asof\t2025-02-30"},
		"columns":        {"\tNQ\t", "\t"},
		"code":           {"21548", "2154"},
		"lost source":    {"\t51\tB", "\t62\tB"},
		"no province":    {"\t51\tNQ", "\t52\tNQ"},
		"two at once":    {"u\t51\t2025-07-01", "u\t51\t2025-06-01"},
		"ends too early": {"u\t51\t\t2025-07-01", "u\t51\t2025-08-01\t2025-07-01"},
		"alias":          {"origin\t2025-07-01\tx", "alias\t51\t2025-07-02\tx"},
		"text":           {"\tC\n", "\t\xff\n"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s changes nothing", what)
		}
		_, err := units.Load(strings.NewReader(bad))
		if p, ok := problem.As(err); !ok || p.Code != "GW-V030" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("units 1\nasof\t2025-07-01\nu\t51\t\t\t\t\t\tA\n"))
	f.Add([]byte("units 1\nasof\t2025-07-01\nu\t51\t\t2025-07-01\t\t\t\tA\nu\t51\t2025-07-01\t\t\t\t~51\tB\n"))
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := units.Load(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, u := range tab.Units("", after) {
			tab.Forward(u.Code, after)
			tab.Backward(u.Code, after)
			tab.Find(u.Name, "", after)
		}
	})
}

func FuzzFind(f *testing.F) {
	tab := table(f)
	f.Add("P.Dak Cam", "51")
	f.Add("\xff.", "")
	f.Fuzz(func(t *testing.T, name, parent string) {
		for _, u := range tab.Find(name, parent, after) {
			if u.Name == "" {
				t.Fatal("a unit without a name")
			}
		}
	})
}

// TestSmall holds the table to its bounds: live memory and the size packed.
func TestSmall(t *testing.T) {
	data, err := os.ReadFile("units.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 600<<10 {
		t.Errorf("%d bytes packed", len(data))
	}
	var m0, m1 runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m0)
	tab, err := units.Load(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	tab.Find("Lý Sơn", "51", after)
	runtime.GC()
	runtime.ReadMemStats(&m1)
	live := int64(m1.HeapAlloc) - int64(m0.HeapAlloc)
	t.Logf("%.1f MB live with names", float64(live)/1e6)
	if live > 15e6 {
		t.Errorf("%d bytes live", live)
	}
	runtime.KeepAlive(tab)
}

func BenchmarkLoad(b *testing.B) {
	data, err := os.ReadFile("units.txt.gz")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := units.Load(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnzip(b *testing.B) {
	data, _ := os.ReadFile("units.txt.gz")
	for b.Loop() {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAt(b *testing.B) {
	tab := table(b)
	b.ReportAllocs()
	for b.Loop() {
		tab.Name("23293", after)
	}
}

func BenchmarkFind(b *testing.B) {
	tab := table(b)
	b.ReportAllocs()
	for b.Loop() {
		tab.Find("P. Đắk Cấm", "51", after)
	}
}
