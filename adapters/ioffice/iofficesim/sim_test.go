package iofficesim

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

const incomingPath = "/api/van-ban-den/danh-sach-van-ban-den-theo-trang-thai-cua-chuyen-vien"

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
	b := &bench{t: t, city: city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 5, Calls: 5}), clock: simkit.NewClock(start, 0)}
	b.faults = simkit.NewFaults(b.clock, 1)
	srv, err := simkit.Serve("", New(b.city, b.clock, b.faults, opt))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	b.url = srv.URL
	return b
}

func (b *bench) ask(method, path, kind, body string) (int, map[string]any, string) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if b.token != "" {
		req.Header.Set("Authorization", "Bearer "+b.token)
	}
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

func (b *bench) form(path string, v url.Values) (int, map[string]any, string) {
	return b.ask(http.MethodPost, path, "application/x-www-form-urlencoded", v.Encode())
}

// refresh spends a refresh token.
func (b *bench) refresh(token string) (next string, ok bool) {
	_, v, _ := b.ask(http.MethodGet, "/api/can-bo/access-token?refresh_token="+url.QueryEscape(token), "", "")
	if v["success"] != true {
		return "", false
	}
	data := v["data"].(map[string]any)
	b.token = data["access_token"].(string)
	return data["refresh_token"].(string), true
}

func list(v map[string]any, member string) []map[string]any {
	var out []map[string]any
	rows, _ := v[member].([]any)
	for _, x := range rows {
		out = append(out, x.(map[string]any))
	}
	return out
}

func (b *bench) documents(path string, year, size int) []string {
	var ids []string
	for page := 1; page < 100; page++ {
		_, v, raw := b.form(path,
			url.Values{"page": {fmt.Sprint(page)}, "size": {fmt.Sprint(size)}, "nam": {fmt.Sprint(year)}, "ma_ctcb": {ProvincePosition}})
		rows := list(v, "data")
		if v["success"] != true {
			b.t.Fatal(raw)
		}
		for _, r := range rows {
			ids = append(ids, fmt.Sprintf("%.0f", r["ma_van_ban"]))
		}
		if len(rows) < size {
			break
		}
	}
	return ids
}

func TestDocumentsOfBothYears(t *testing.T) {
	b := newBench(t, Options{EmptyPastEnd: true})
	b.refresh("sim-refresh-09:29:49")
	for _, year := range []int{2025, 2026} {
		ids := append(b.documents(incomingPath, year, 33), b.documents("/api/van-ban/tra-cuu-van-ban-di-agg", year, 33)...)
		slices.Sort(ids)
		if want := b.city.KeysDocuments(b.clock.Now(), year); !slices.Equal(ids, want) || len(want) == 0 {
			t.Errorf("%d: %d documents, the city has %d", year, len(ids), len(want))
		}
	}
	if _, v, _ := b.form(incomingPath, url.Values{"page": {"1"}}); v["success"] != false {
		t.Error("a list without nam was answered")
	}
	if _, v, _ := b.form(incomingPath, url.Values{"nam": {"2026"}, "tu_ngay": {"2026-01-01"}}); v["success"] != false {
		t.Error("a day in the wrong layout was taken")
	}
}

func TestPastTheEndTheLastPageRepeats(t *testing.T) {
	b := newBench(t, Options{})
	b.refresh("sim-refresh-09:29:49")
	page := func(n string) string {
		_, v, _ := b.form(incomingPath, url.Values{"page": {n}, "size": {"50"}, "nam": {"2026"}})
		data, _ := json.Marshal(v["data"])
		return string(data)
	}
	if last := page("998"); last != page("999") || last == page("1") || last == "[]" {
		t.Error("past the end something else came than the last page")
	}
}

func TestWireOfADocument(t *testing.T) {
	b := newBench(t, Options{})
	b.refresh("sim-refresh-09:29:49")
	_, v, raw := b.form(incomingPath, url.Values{"nam": {"2026"}, "size": {"200"}, "page": {"1"}, "trang_thai_xu_ly": {"-1"}})
	if !strings.Contains(raw, `"ma_van_ban":1000`) || !strings.Contains(raw, `.0,`) {
		t.Errorf("ids are no floats: %.200s", raw)
	}
	files := 0
	for _, r := range list(v, "data") {
		if _, err := time.Parse(dayLayout, r["ngay_ban_hanh"].(string)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(r["file_van_ban_bs"].(string), ":") {
			files++
		}
	}
	if files == 0 {
		t.Error("no colon-joined files")
	}
	_, all, _ := b.form(incomingPath, url.Values{"nam": {"2026"}, "size": {"200"}})
	_, some, _ := b.form(incomingPath, url.Values{"nam": {"2026"}, "size": {"200"}, "ma_ctcb": {"101"}})
	if n, m := len(list(some, "data")), len(list(all, "data")); n == 0 || n*3 > m {
		t.Errorf("a position sees %d of %d", n, m)
	}
	id := list(v, "data")[0]["ma_van_ban"].(float64)
	if _, d, raw := b.ask(http.MethodGet, fmt.Sprintf("/api/van-ban-di/chi-tiet-van-ban-di?ma_van_ban_di=%.0f.0&ma_ctcb=9001", id), "",
		""); d["success"] != true {
		t.Error(raw)
	}
	for _, p := range []string{"/api/danh-muc/danh-sach-loai-van-ban-no-authen", "/api/can-bo/ds-don-vi",
		"/api/can-bo/danh-sach-cong-tac-can-bo"} {
		if _, d, raw := b.form(p, nil); len(list(d, "data")) == 0 {
			t.Errorf("%s: %.100s", p, raw)
		}
	}
}

func TestRefreshTokenRotates(t *testing.T) {
	b := newBench(t, Options{TokenLife: time.Minute})
	second, ok := b.refresh("sim-refresh-09:29:49")
	if !ok || second == "sim-refresh-09:29:49" {
		t.Fatalf("first refresh: %q %v", second, ok)
	}
	if _, ok := b.refresh("sim-refresh-09:29:49"); ok {
		t.Error("the old refresh token still works")
	}
	b.clock.Advance(2 * time.Minute)
	if code, v, _ := b.form(incomingPath, url.Values{"nam": {"2026"}}); code != 401 || v["success"] != false {
		t.Errorf("old access token: %d %v", code, v)
	}
	if _, ok := b.refresh(second); !ok {
		t.Error("the new refresh token does not work")
	}
	if code, _, _ := b.form(incomingPath, url.Values{"nam": {"2026"}, "token": {b.token}}); code != 200 {
		t.Errorf("after refresh: %d", code)
	}
	keep := newBench(t, Options{KeepRefresh: true})
	if again, _ := keep.refresh("sim-refresh-09:29:49"); again != "sim-refresh-09:29:49" {
		t.Errorf("KeepRefresh rotated to %q", again)
	}
}

func (b *bench) login() {
	_, v, _ := b.ask(http.MethodPost, simkit.LoginPath, "application/json", `{"UserName":"ioc","Password":"sim-secret"}`)
	b.token = v["Data"].(map[string]any)["accessToken"].(string)
}

const tasksPath = "/qlvb/api/qlnv/nhiem-vu/get-all"

func (b *bench) tasks(extra string) []map[string]any {
	var out []map[string]any
	for n := 1; ; n++ {
		_, v, raw := b.ask(http.MethodPost, tasksPath, "application/json", fmt.Sprintf(`{"Index":%d,"Size":70%s}`, n, extra))
		data, ok := v["Data"].(map[string]any)
		if !ok {
			b.t.Fatal(raw)
		}
		out = append(out, list(data, "PageData")...)
		if n >= int(data["TotalPage"].(float64)) {
			return out
		}
	}
}

func TestTasks(t *testing.T) {
	b := newBench(t, Options{})
	if code, _, _ := b.ask(http.MethodPost, tasksPath, "application/json", "{}"); code != 401 {
		t.Errorf("without login: %d", code)
	}
	b.login()
	rows := b.tasks(`,"IsSortByHanXuLy":true`)
	var ids []string
	late := 0
	for _, r := range rows {
		ids = append(ids, r["Id"].(string))
		machine, err := time.Parse("2006-01-02T15:04:05.9999999", r["HanXuLy"].(string))
		if err != nil || machine.Format("02/01/2006 15:04:05") != r["HanXuLy_"] {
			t.Fatalf("twins %v and %v: %v", r["HanXuLy"], r["HanXuLy_"], err)
		}
		if r["IsHoanThanhQuaHan"] == true {
			late++
		}
	}
	slices.Sort(ids)
	if want := b.city.KeysTasks(b.clock.Now()); !slices.Equal(ids, want) {
		t.Errorf("%d tasks, the city has %d", len(ids), len(want))
	}
	if late == 0 || late == len(rows) {
		t.Errorf("done late: %d of %d", late, len(rows))
	}
	for status, n := range b.city.CountTasks(b.clock.Now()) {
		if got := len(b.tasks(fmt.Sprintf(`,"MangTrangThai":[%q]`, status))); got != n {
			t.Errorf("%s: %d, the city has %d", status, got, n)
		}
	}
	if got := len(b.tasks(`,"NgayTaoNhiemVu":{"FromDate":"2026-11-01","ToDate":"2026-11-23"}`)); got == 0 || got == len(rows) {
		t.Errorf("November: %d of %d", got, len(rows))
	}
}

func TestTaskDetails(t *testing.T) {
	b := newBench(t, Options{})
	b.login()
	first, returned := b.city.TasksAt(b.clock.Now())[0].ID, 0
	for _, v := range b.city.TasksAt(b.clock.Now()) {
		for _, h := range v.History {
			if h.Status == "TRA_LAI" {
				_, d, _ := b.ask(http.MethodGet, "/qlvb/api/qlnv/nhiem-vu/lich-su-tra-lai/"+v.ID, "", "")
				if len(list(d, "Data")) == 0 {
					t.Fatalf("no return in the history of %s", v.ID)
				}
				returned++
			}
		}
		if returned > 2 {
			break
		}
	}
	if _, d, raw := b.ask(http.MethodGet, "/qlvb/api/qlnv/nhiem-vu/get?id="+first, "", ""); d["IsSuccess"] != true {
		t.Error(raw)
	}
	if _, d, _ := b.ask(http.MethodGet, "/qlvb/api/qlnv/nhiem-vu/tinh-hinh-thuc-hien/"+first, "", ""); len(list(d, "Data")) == 0 {
		t.Error("no progress")
	}
}

func TestFaults(t *testing.T) {
	b := newBench(t, Options{})
	b.refresh("sim-refresh-09:29:49")
	cases := map[string]func(code int, v map[string]any, raw string) bool{
		"unsuccess": func(code int, v map[string]any, raw string) bool { return code == 200 && v["success"] == false },
		"htmllogin": func(code int, v map[string]any, raw string) bool {
			return code == 200 && strings.Contains(raw, "Đăng nhập")
		},
		"nocontent": func(code int, v map[string]any, raw string) bool {
			_, has := v["data"]
			return !has && v["success"] == true
		},
		"401":              func(code int, v map[string]any, raw string) bool { return code == 401 },
		"unknownstatus:80": func(code int, v map[string]any, raw string) bool { return strings.Contains(raw, "97.0") },
		"vanish:50":        func(code int, v map[string]any, raw string) bool { n := len(list(v, "data")); return n > 20 && n < 150 },
		"empty": func(code int, v map[string]any, raw string) bool {
			return len(list(v, "data")) == 0 && v["success"] == true
		},
	}
	for fault, ok := range cases {
		if err := b.faults.Parse(fault); err != nil {
			t.Fatal(err)
		}
		if code, v, raw := b.form(incomingPath, url.Values{"nam": {"2026"}, "size": {"200"}}); !ok(code, v, raw) {
			t.Errorf("%s: %d %.200s", fault, code, raw)
		}
	}
	if err := b.faults.Parse("unsuccess"); err != nil {
		t.Fatal(err)
	}
	b.login()
	if _, v, _ := b.ask(http.MethodPost, tasksPath, "application/json", "{}"); v["IsSuccess"] != false {
		t.Error("unsuccess left tasks alone")
	}
}
