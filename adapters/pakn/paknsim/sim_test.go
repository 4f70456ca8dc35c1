package paknsim

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
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
	url    string
	token  string
}

func newBench(t *testing.T, opt Options) *bench {
	t.Helper()
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	b := &bench{t: t, city: city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 400, Documents: 5, Tasks: 5, Calls: 400}),
		clock: simkit.NewClock(start, 0)}
	b.faults = simkit.NewFaults(b.clock, 1)
	srv, err := simkit.Serve("", New(b.city, b.clock, b.faults, opt))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	b.url = srv.URL
	return b
}

func (b *bench) post(path, kind, body string, basic bool) map[string]any {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if basic {
		req.SetBasicAuth("citizens-admin", "sim-secret")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	out := map[string]any{}
	_ = json.NewDecoder(res.Body).Decode(&out)
	return out
}

func (b *bench) login() map[string]any {
	data, _ := b.post(simkit.LoginPath, "application/json", `{"UserName":"ioc","Password":"sim-secret"}`, false)["Data"].(map[string]any)
	b.token, _ = data["accessToken"].(string)
	return data
}

func (b *bench) get(path string) (int, map[string]any, string) {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.url+path, nil)
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
	out := map[string]any{}
	_ = json.Unmarshal(raw, &out)
	return res.StatusCode, out, string(raw)
}

func rowsOf(v map[string]any, member string) []map[string]any {
	list, _ := v[member].([]any)
	var out []map[string]any
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func (b *bench) walk(query string) []map[string]any {
	var out []map[string]any
	for n := 1; n < 100; n++ {
		_, v, _ := b.get(fmt.Sprintf("/pakn/api/IocApi/danh-sach-pakn?PageSize=60&PageIndex=%d&%s", n, query))
		rows := rowsOf(v, "DanhSachKetQua")
		out = append(out, rows...)
		if len(rows) < 60 {
			break
		}
	}
	return out
}

func codes(rows []map[string]any, member string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r[member].(string))
	}
	slices.Sort(out)
	return out
}

func TestIOCWalkSeesExactlyTheCity(t *testing.T) {
	b := newBench(t, Options{})
	if code, _, _ := b.get("/pakn/api/IocApi/danh-sach-pakn"); code != 401 {
		t.Errorf("without login: %d", code)
	}
	b.login()
	rows := b.walk("")
	if got, want := codes(rows, "SoPAKN"), b.city.KeysFeedback(b.clock.Now()); !slices.Equal(got, want) {
		t.Fatalf("%d rows, the city has %d", len(got), len(want))
	}
	if rows[0]["TotalItems"].(float64) != 400 || rows[0]["TotalPages"].(float64) != 7 {
		t.Errorf("totals %v, %v", rows[0]["TotalItems"], rows[0]["TotalPages"])
	}
	for status, n := range b.city.CountFeedback(b.clock.Now()) {
		if got := len(b.walk(fmt.Sprintf("TrangThai=%d", status))); got != n {
			t.Errorf("status %d: %d rows, the city has %d", status, got, n)
		}
	}
	from := b.clock.Now().AddDate(0, 0, -30)
	want := 0
	for _, v := range b.city.FeedbackAt(b.clock.Now()) {
		if v.Created.Format("2006-01-02") >= from.Format("2006-01-02") {
			want++
		}
	}
	if got := len(b.walk("dateFrom=" + url.QueryEscape(from.Format("02/01/2006")))); got != want || want == 0 {
		t.Errorf("DateFrom: %d rows, want %d", got, want)
	}
}

func TestIOCDetailStepsAndStatistics(t *testing.T) {
	b := newBench(t, Options{})
	b.login()
	v := b.city.FeedbackAt(b.clock.Now())[100]
	_, d, _ := b.get("/pakn/api/Tasks/chi-tiet-kien-nghi?id=" + v.ID)
	if rows := rowsOf(d, "DanhSachKetQua"); len(rows) != 1 || rows[0]["SoPAKN"] != v.Code {
		t.Errorf("detail: %v", d)
	}
	_, d, _ = b.get("/pakn/api/KienNghi/TienTrinhXulyPAKN?paknId=" + v.ID)
	if rows := rowsOf(d, "DanhSachKetQua"); len(rows) != len(v.History) {
		t.Errorf("steps: %d, want %d", len(rows), len(v.History))
	}
	_, d, _ = b.get("/pakn/api/IocApi/thong-ke-pakn-theo-trang-thai")
	sum := 0.0
	for _, r := range rowsOf(d, "DanhSachKetQua") {
		sum += r["SoLuong"].(float64)
	}
	if sum != 400 {
		t.Errorf("statistics add up to %v", sum)
	}
	_, d, _ = b.get("/pakn/api/Tasks/chi-tiet-kien-nghi?id=none")
	if d["MaTraLoi"].(float64) != 404 {
		t.Errorf("unknown id: %v", d)
	}
}

func TestLoginRefreshesOnce(t *testing.T) {
	b := newBench(t, Options{TokenLife: time.Minute})
	data := b.login()
	b.clock.Advance(2 * time.Minute)
	if code, _, _ := b.get("/pakn/api/IocApi/danh-sach-pakn"); code != 401 {
		t.Errorf("old token: %d", code)
	}
	body, _ := json.Marshal(map[string]any{"RefreshToken": data["refreshToken"]})
	fresh, _ := b.post(simkit.RefreshPath, "application/json", string(body), false)["Data"].(map[string]any)
	b.token, _ = fresh["accessToken"].(string)
	if code, _, _ := b.get("/pakn/api/IocApi/danh-sach-pakn"); code != 200 {
		t.Errorf("after refresh: %d", code)
	}
	if again := b.post(simkit.RefreshPath, "application/json", string(body), false); again["IsSuccess"] != false {
		t.Error("a refresh token was good twice")
	}
}

func TestDIGO(t *testing.T) {
	b := newBench(t, Options{})
	b.token, _ = b.post(TokenPath, "application/x-www-form-urlencoded", "grant_type=client_credentials", true)["access_token"].(string)
	var rows []map[string]any
	for n := 0; ; n++ {
		_, v, raw := b.get(fmt.Sprintf("/petition/--search?page=%d&size=90", n))
		if v["content"] == nil {
			t.Fatal(raw)
		}
		rows = append(rows, rowsOf(v, "content")...)
		if v["last"] == true {
			break
		}
	}
	if got := codes(rows, "code"); !slices.Equal(got, b.city.KeysFeedback(b.clock.Now())) {
		t.Errorf("%d petitions", len(got))
	}
	zero, swapped := 0, 0
	for _, r := range rows {
		at := r["takePlaceAt"].(map[string]any)
		switch lat := at["latitude"].(float64); {
		case lat == 0:
			zero++
		case lat > 90:
			swapped++
		}
	}
	if zero == 0 || swapped == 0 {
		t.Errorf("positions: %d zero, %d swapped", zero, swapped)
	}
	id := rows[0]["id"].(string)
	if code, v, _ := b.get("/petition/" + id); code != 200 || v["id"] != id {
		t.Errorf("petition: %d %v", code, v)
	}
	if _, v, _ := b.get("/logman/history?group-id=1&item-id=" + id); len(rowsOf(v, "content")) == 0 {
		t.Error("no history")
	}
	if code, _, _ := b.get("/petition/none"); code != 404 {
		t.Errorf("unknown petition: %d", code)
	}
}

func TestIOCFaults(t *testing.T) {
	b := newBench(t, Options{})
	b.login()
	cases := map[string]func(code int, v map[string]any, raw string) bool{
		"unsuccess": func(code int, v map[string]any, raw string) bool { return code == 200 && v["MaTraLoi"] == 500.0 },
		"nocontent": func(code int, v map[string]any, raw string) bool {
			_, has := v["DanhSachKetQua"]
			return !has && v["MaTraLoi"] == 200.0
		},
		"htmllogin": func(code int, v map[string]any, raw string) bool {
			return code == 200 && strings.Contains(raw, "<form")
		},
		"empty": func(code int, v map[string]any, raw string) bool { return len(rowsOf(v, "DanhSachKetQua")) == 0 },
		"totals": func(code int, v map[string]any, raw string) bool {
			rows := rowsOf(v, "DanhSachKetQua")
			return rows[0]["TotalItems"] != rows[1]["TotalItems"]
		},
		"unknownstatus:90": func(code int, v map[string]any, raw string) bool { return strings.Contains(raw, `"TrangThai":97`) },
		"numstr":           func(code int, v map[string]any, raw string) bool { return strings.Contains(raw, `"TrangThai":"`) },
		"":                 func(code int, v map[string]any, raw string) bool { return len(rowsOf(v, "DanhSachKetQua")) == 20 },
	}
	for fault, ok := range cases {
		if err := b.faults.Parse(fault); err != nil {
			t.Fatal(err)
		}
		if code, v, raw := b.get("/pakn/api/IocApi/danh-sach-pakn?PageSize=20"); !ok(code, v, raw) {
			t.Errorf("%s: %d %.200s", fault, code, raw)
		}
	}
}

// receiver is an endpoint that verifies, and refuses every third delivery once.
type receiver struct {
	taken chan struct{} // holds one signal: something was taken since the last look
	mu    sync.Mutex
	key   []byte
	got   []string
	n     int
	bad   int
	calls int
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.n++
	id, stamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	if r.Header.Get("webhook-signature") != "v1,"+Sign(rc.key, id, stamp, body) {
		rc.bad++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if rc.n%3 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if bytes.Contains(body, []byte("cuoc_goi.ghi_nhan")) {
		rc.calls++
	}
	rc.got = append(rc.got, id)
	w.WriteHeader(http.StatusNoContent)
	select {
	case rc.taken <- struct{}{}:
	default:
	}
}

func TestPusherDeliversAllAtLeastOnce(t *testing.T) {
	b := newBench(t, Options{})
	key := []byte("0123456789abcdef0123456789abcdef")
	rc := &receiver{key: key, taken: make(chan struct{}, 1)}
	srv, err := simkit.Serve("", rc)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Close() }()
	p, err := NewPusher(b.city, b.clock, b.faults, PushOptions{URL: srv.URL, Secret: "whsec_" + base64.StdEncoding.EncodeToString(key),
		Since: b.city.Start.AddDate(0, 0, -2), Every: 5 * time.Millisecond, Repeats: 20, Mixed: 100})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.faults.Parse("badsign@2"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }() // ends with cancel
	b.clock.Advance(2 * time.Hour)
	want := p.Expected(b.clock.Now())
	var got []string
	for ctx.Err() == nil {
		rc.mu.Lock()
		got = slices.Clone(rc.got)
		rc.mu.Unlock()
		if unique(got) >= len(want) {
			break
		}
		select {
		case <-rc.taken:
		case <-ctx.Done():
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	sorted := slices.IsSorted(got)
	repeated := len(got) - unique(got)
	slices.Sort(got)
	if !slices.Equal(slices.Compact(got), want) || len(want) == 0 {
		t.Errorf("got %d different deliveries, want %d", unique(got), len(want))
	}
	if sorted || repeated == 0 || rc.bad != 1 || p.Refused() == 0 || rc.calls == 0 {
		t.Errorf("in order %v, repeated %d, badly signed %d, refused %d, calls %d", sorted, repeated, rc.bad, p.Refused(), rc.calls)
	}
}

func unique(ids []string) int {
	m := map[string]bool{}
	for _, id := range ids {
		m[id] = true
	}
	return len(m)
}

func TestPusherStopsAt410AndRefusesBadSecrets(t *testing.T) {
	b := newBench(t, Options{})
	srv, err := simkit.Serve("", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Close() }()
	secret := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	p, err := NewPusher(b.city, b.clock, nil, PushOptions{URL: srv.URL, Secret: secret, Since: b.city.Start.AddDate(0, 0, -9)})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(context.Background()); err == nil || p.Sent() != 1 {
		t.Errorf("410: err %v after %d", err, p.Sent())
	}
	for _, s := range []string{"", "whsec_!!", "whsec_YWJj"} {
		if _, err := NewPusher(b.city, b.clock, nil, PushOptions{Secret: s}); err == nil {
			t.Errorf("secret %q was taken", s)
		}
	}
}
