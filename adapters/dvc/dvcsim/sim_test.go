package dvcsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

type bench struct {
	t      *testing.T
	city   *city.City
	clock  *simkit.Clock
	faults *simkit.Faults
	srv    *simkit.Server
	token  string
}

func newBench(t *testing.T, opt Options) *bench {
	t.Helper()
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	b := &bench{t: t, city: city.New(1, start, city.Sizes{Dossiers: 600, Feedback: 5, Documents: 5, Tasks: 5, Calls: 5}),
		clock: simkit.NewClock(start, 0)}
	b.faults = simkit.NewFaults(b.clock, 1)
	srv, err := simkit.Serve("", New(b.city, b.clock, b.faults, opt))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	b.srv = srv
	b.login()
	return b
}

func (b *bench) login() {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.srv.URL+TokenPath,
		strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("igate-ioc", "sim-secret")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var v struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
	}
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil || v.Token == "" || v.Type != "Bearer" {
		b.t.Fatalf("token: %+v, %v", v, err)
	}
	b.token = v.Token
}

type page struct {
	Content       []map[string]any `json:"content"`
	TotalElements *int             `json:"totalElements"`
	Last          bool             `json:"last"`
	Number        int              `json:"number"`
}

func (b *bench) get(path string) (int, page, string) {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.srv.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	var p page
	_ = json.Unmarshal(raw, &p)
	return res.StatusCode, p, string(raw)
}

func (b *bench) walk(query string) (ids []string, pages int) {
	for n := 0; n < 100; n++ {
		code, p, raw := b.get(fmt.Sprintf("/pa/dossier/search?%s&page=%d", query, n))
		if code != 200 {
			b.t.Fatalf("page %d: %d %s", n, code, raw)
		}
		pages++
		for _, row := range p.Content {
			ids = append(ids, row["id"].(string))
		}
		if p.Last {
			return ids, pages
		}
	}
	return ids, pages
}

func TestWalkSeesExactlyTheCity(t *testing.T) {
	b := newBench(t, Options{})
	for _, q := range []string{"size=50&sort=updatedDate,desc&spec=page", "size=1000&sort=updatedDate,asc&spec=slice",
		"size=70&sort=id,asc&remove-status=0"} {
		ids, _ := b.walk(q)
		slices.Sort(ids)
		if want := b.city.KeysDossiers(b.clock.Now()); !slices.Equal(ids, want) {
			t.Errorf("%s: %d dossiers, the city has %d", q, len(ids), len(want))
		}
	}
}

func TestSortIsByUpdatedDate(t *testing.T) {
	b := newBench(t, Options{})
	_, p, _ := b.get("/pa/dossier/search?size=1000&sort=updatedDate,desc")
	last := time.Now().AddDate(10, 0, 0)
	zones := map[string]int{}
	for _, row := range p.Content {
		s := row["updatedDate"].(string)
		at, err := time.Parse(stamp, s)
		if err != nil || at.After(last) {
			t.Fatalf("%q after %v: %v", s, last, err)
		}
		last = at
		zones[s[len(s)-5:]]++
	}
	if zones["+0000"] == 0 || zones["+0700"] == 0 {
		t.Errorf("offsets: %v", zones)
	}
}

func TestShapesDrift(t *testing.T) {
	b := newBench(t, Options{})
	_, p, _ := b.get("/pa/dossier/search?size=1000")
	if p.TotalElements == nil || *p.TotalElements != len(p.Content) {
		t.Errorf("totalElements %v of %d", p.TotalElements, len(p.Content))
	}
	names, current, nation := map[string]int{}, map[string]int{}, 0
	for _, row := range p.Content {
		status := row["dossierStatus"].(map[string]any)
		names[fmt.Sprintf("%T", status["name"])]++
		current[fmt.Sprintf("%T", row["currentTask"])]++
		if row["nationCode"] != nil {
			nation++
		}
	}
	if len(names) != 3 || len(current) != 2 || nation == 0 || nation == len(p.Content) {
		t.Errorf("names %v, currentTask %v, nationCode on %d of %d", names, current, nation, len(p.Content))
	}
	_, p, _ = b.get("/pa/dossier/search?size=10&spec=slice")
	if p.TotalElements != nil || len(p.Content) != 10 {
		t.Errorf("a slice has totals: %v", p.TotalElements)
	}
}

func TestFilters(t *testing.T) {
	b := newBench(t, Options{})
	now := b.clock.Now()
	for status, n := range b.city.CountDossiers(now) {
		_, p, _ := b.get(fmt.Sprintf("/pa/dossier/search?size=1000&dossier-status=%d", statusNumber(status)))
		if len(p.Content) != n {
			t.Errorf("status %d: %d rows, the city has %d", status, len(p.Content), n)
		}
	}
	some := b.city.DossiersAt(now)[17]
	_, p, _ := b.get("/pa/dossier/search?code=" + some.Now.Code)
	if len(p.Content) != 1 || p.Content[0]["id"] != some.ID {
		t.Errorf("code %s: %v", some.Now.Code, p.Content)
	}
	day := now.AddDate(0, 0, -20).Format("2006-01-02")
	_, p, _ = b.get("/pa/dossier/search?size=1000&accepted-from=" + day)
	want := 0
	for _, v := range b.city.DossiersAt(now) {
		if v.First(2).Format("2006-01-02") >= day && !v.Now.Gone {
			want++
		}
	}
	if len(p.Content) != want || want == 0 {
		t.Errorf("accepted-from %s: %d, want %d", day, len(p.Content), want)
	}
	if code, _, _ := b.get("/pa/dossier/search?sort=nope"); code != 400 {
		t.Errorf("unknown sort: %d", code)
	}
	if code, _, _ := b.get("/pa/dossier/search?accepted-from=xx"); code != 400 {
		t.Errorf("bad date: %d", code)
	}
}

func TestRowsMoveWhileTimeRuns(t *testing.T) {
	b := newBench(t, Options{})
	seen := map[string]int{}
	for n := range 12 {
		_, p, _ := b.get(fmt.Sprintf("/pa/dossier/search?size=50&sort=updatedDate,desc&page=%d", n))
		for _, row := range p.Content {
			seen[row["id"].(string)]++
		}
		b.clock.Advance(2 * time.Hour)
	}
	twice := 0
	for _, n := range seen {
		if n > 1 {
			twice++
		}
	}
	if twice == 0 {
		t.Error("no row was met twice in a walk of a day")
	}
}

func TestTokenEnds(t *testing.T) {
	b := newBench(t, Options{TokenLife: time.Minute})
	if code, _, _ := b.get("/pa/dossier/search"); code != 200 {
		t.Fatalf("fresh: %d", code)
	}
	b.clock.Advance(time.Minute)
	if code, _, _ := b.get("/pa/dossier/search"); code != 401 {
		t.Errorf("after its life: %d", code)
	}
	b.login()
	if err := b.faults.Parse("expire@3"); err != nil {
		t.Fatal(err)
	}
	var codes []int
	for range 4 {
		code, _, _ := b.get("/pa/dossier/search")
		codes = append(codes, code)
	}
	if fmt.Sprint(codes) != "[200 200 401 401]" {
		t.Errorf("expire@3: %v", codes)
	}
}

func TestDataFaults(t *testing.T) {
	b := newBench(t, Options{})
	all, _ := b.walk("size=100")
	cases := []struct {
		fault string
		ok    func(ids []string) bool
	}{
		{"vanish:10", func(ids []string) bool { return len(ids) < len(all) && len(ids) > len(all)/2 }},
		{"empty", func(ids []string) bool { return len(ids) == 0 }},
		{"repeat#2", func(ids []string) bool { return ids[200] == ids[100] }},
		{"shift:3#1", func(ids []string) bool { return ids[100] == ids[97] }},
		{"shift:-3#1", func(ids []string) bool { return len(ids) == len(all) && !slices.Contains(ids, all[101]) }},
	}
	for _, c := range cases {
		if err := b.faults.Parse(c.fault); err != nil {
			t.Fatal(err)
		}
		if ids, _ := b.walk("size=100"); !c.ok(ids) {
			t.Errorf("%s: %d ids", c.fault, len(ids))
		}
	}
	for fault, text := range map[string]string{"unknownstatus:20": "Trạng thái chưa từng có", "nocontent": `"number":0`, "502": "nginx", "unsuccess": "Lỗi hệ thống"} {
		if err := b.faults.Parse(fault); err != nil {
			t.Fatal(err)
		}
		_, p, raw := b.get("/pa/dossier/search?size=100")
		if !strings.Contains(raw, text) || (fault == "nocontent" && p.Content != nil) {
			t.Errorf("%s: no %q in %.80s", fault, text, raw)
		}
	}
	b.faults.Clear()
	if ids, _ := b.walk("size=100"); len(ids) != len(all) {
		t.Errorf("after all faults %d of %d are back", len(ids), len(all))
	}
}

func TestLinkedLogAndCatalogues(t *testing.T) {
	b := newBench(t, Options{})
	for _, v := range b.city.DossiersAt(b.clock.Now()) {
		if len(v.Linked) > 2 && v.NationCode != "" {
			_, p, raw := b.get("/ad/api/lienthongDVCLT/getLog?nationCode=" + v.NationCode)
			if len(p.Content) == 0 || !strings.Contains(raw, `\"trangThai\":\"`) {
				t.Errorf("log of %s: %s", v.NationCode, raw)
			}
			break
		}
	}
	if code, _, raw := b.get("/bd/procedure/" + procedureID(0)); code != 200 || !strings.Contains(raw, "1.001612") {
		t.Errorf("procedure: %d %s", code, raw)
	}
	if code, _, _ := b.get("/ba/agency/" + b.city.Agencies[3].Mongo); code != 200 {
		t.Errorf("agency: %d", code)
	}
}

func BenchmarkPage(b *testing.B) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	s := New(city.New(1, start, city.Sizes{}), simkit.NewClock(start, 0), nil, Options{})
	req, _ := http.NewRequest(http.MethodGet, "/pa/dossier/search?size=1000&page=2", nil)
	req.Header.Set("Authorization", "Bearer "+s.Tokens.Issue("access"))
	for b.Loop() {
		s.ServeHTTP(nowhere{}, req)
	}
}

type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) WriteHeader(int)             {}
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
