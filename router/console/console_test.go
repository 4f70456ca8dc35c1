package console

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/words"
	"iocgateway/router/access"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

var update = flag.Bool("update", false, "rewrite the golden pages")

func newConsole(t testing.TB, v memView, s Streams) *Console {
	t.Helper()
	c, err := New(Options{View: v, Streams: s, Now: func() time.Time { return at("10:42:07") }, Title: "Tỉnh Quảng Ngãi", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// text is a page's text, tags taken out.
func text(html string) string {
	s := regexp.MustCompile(`(?s)<(style|script).*?</(style|script)>|<[^>]+>`).ReplaceAllString(html, " ")
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "&#43;", "+")), " ") // html/template writes a plus so
}

func TestGoldenPages(t *testing.T) {
	c := newConsole(t, memView{}, memStreams{})
	for name, target := range map[string]string{"home.vi": "/", "home.en": "/?lang=en", "stream.vi": "/streams/dvc-tinh/dossiers",
		"quarantine.vi": "/quarantine?stream=ioffice/tasks&code=GW-F019", "record.vi": "/records/dossier:dvc:000.00.19"} {
		w := get(c, target)
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
		got := text(w.Body.String()) + "\n"
		file := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s (rewrite with -update):\n%s", target, file, got)
		}
	}
}

func TestOverviewShowsWhatMatters(t *testing.T) {
	c := newConsole(t, memView{}, memStreams{})
	page := get(c, "/").Body.String()
	shown := text(page)
	for _, want := range []string{
		"05/11/2026 10:41 , 1 phút trước; cam kết ≤ 15 phút",
		"682 = 43 ghi nhận + 639 không đổi", // counts that add up
		"120 = 40 ghi nhận + 39 không đổi + 38 cách ly ✖ chênh lệch 3",
		"(chậm 29 phút)", "GW-F030 Tạm thời không đọc được kho dữ liệu", "Cách xử lý: Thử lại sau vài giây",
		"Phản ánh hiện trường 1022 pakn · feedback ✖ Lỗi ◆ Chậm cập nhật",
		"Người tạm dừng: truc-ban", "bảo trì đường truyền", "chưa đọc hết lần nào", "244.816", "Số liệu lúc 05/11/2026 10:42:07",
		"mẫu kết nối giả định", "Tạm thời không đọc được đủ sự kiện mới",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("a source's value reached the page unescaped")
	}
	order := regexp.MustCompile(`<h3><a href="([^"]+)"`).FindAllStringSubmatch(page, -1)
	var got []string
	for _, m := range order {
		got = append(got, m[1])
	}
	want := "/streams/pakn/feedback /streams/ioffice/tasks /streams/la/x /streams/thong-ke/cpi /streams/dvc-xa/dossiers /streams/kho-cu/files"
	if strings.Join(got, " ") != want {
		t.Errorf("worst first:\n%s\n%s", strings.Join(got, " "), want)
	}
}

// Invariant 9: a state nobody knows is unknown, and never good.
func TestUnknownStateIsNeverGood(t *testing.T) {
	for _, s := range []health.State{"", "green", "ok", "HEALTHY"} {
		if l, _ := lookOf(s); l.State != "unknown" || !l.Bad || l.Shape != "◌" {
			t.Errorf("%q is shown as %+v", s, l)
		}
	}
	shapes := map[string]bool{}
	for _, s := range health.States() {
		l, _ := lookOf(s)
		shapes[l.Shape] = true
		if _, ok := words.Of("state", string(s)); !ok {
			t.Errorf("the glossary has no %s", s)
		}
		if good := s == health.StateHealthy || s == health.StateDisabled; l.Bad == good {
			t.Errorf("%s is shown as %+v", s, l)
		}
	}
	if len(shapes) != len(health.States()) {
		t.Errorf("two states share a shape: %v", shapes)
	}
}

func TestPersonalDataIsMasked(t *testing.T) {
	c := newConsole(t, memView{}, memStreams{})
	for _, target := range []string{"/", "/records/dossier:dvc:000.00.19", "/quarantine?stream=a/b&code=GW-F019"} {
		body := get(c, target).Body.String()
		for _, secret := range []string{"Nguyễn Văn An", "0912345678"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows %s", target, secret)
			}
		}
	}
	if shown := text(get(c, "/records/dossier:dvc:000.00.19").Body.String()); !strings.Contains(shown,
		"Các bước xử lý 1 › Tên bước steps[0].name Thẩm định") || !strings.Contains(shown, "Điểm đánh giá rating 4,50") {
		t.Errorf("fields: %s", shown)
	}
}

func TestPanelsFailAlone(t *testing.T) {
	c := newConsole(t, memView{failHeld: errors.New("x")}, memStreams{fail: errors.New("y")})
	w := get(c, "/")
	shown := text(w.Body.String())
	if w.Code != 200 || !strings.Contains(shown, "coi như Không rõ") ||
		!strings.Contains(shown, "Tạm thời không đọc được danh sách cách ly") ||
		strings.Contains(shown, "Bình thường") {
		t.Errorf("%d %s", w.Code, shown)
	}
	c = newConsole(t, memView{fail: errors.New("disk /secret")}, memStreams{})
	if w := get(c, "/"); w.Code != 503 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("store down: %d", w.Code)
	}
	if w := get(newConsole(t, memView{}, nil), "/"); w.Code != 200 || !strings.Contains(text(w.Body.String()), "không chạy luồng nào") {
		t.Errorf("without streams: %d", w.Code)
	}
}

func TestHeadersAndMarkup(t *testing.T) {
	c := newConsole(t, memView{}, memStreams{})
	for _, target := range []string{"/", "/quarantine", "/streams/pakn/feedback", "/records/dossier:dvc:000.00.19", "/streams/none/none",
		"/records/x", "/else"} {
		w := get(c, target)
		body := w.Body.String()
		if want := map[bool]int{true: 404, false: 200}[strings.Contains(target, "none") || strings.HasSuffix(target, "/x") ||
			target == "/else"]; w.Code != want {
			t.Errorf("%s: %d", target, w.Code)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") ||
			strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %s", target, policy)
		}
		checkMarkup(t, target, body)
	}
	for path, media := range map[string]string{c.css.path: "text/css", c.js.path: "text/javascript"} {
		if w := get(c, path); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), media) ||
			!strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}

// checkMarkup: nothing from elsewhere, nothing inline, and what a screen
// reader needs.
func checkMarkup(t *testing.T, target, body string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if strings.HasPrefix(m[1], "//") || strings.Contains(m[1], "://") && !strings.HasPrefix(m[1], "data:") {
			t.Errorf("%s loads %s", target, m[1])
		}
	}
	if strings.Contains(body, " style=") || strings.Contains(body, "onclick") || strings.Count(body, "<h1>") != 1 ||
		!strings.Contains(body, `<a class="skip" href="#main">`) || strings.Count(body, "<table") != strings.Count(body, "<caption") {
		t.Errorf("%s: markup", target)
	}
}

func TestLanguage(t *testing.T) {
	c := newConsole(t, memView{}, memStreams{})
	for _, x := range []struct{ target, accept, cookie, want string }{
		{"/", "", "", "vi"}, {"/", "en-US,en;q=0.9", "", "en"}, {"/", "en-US,en;q=0.9,vi;q=0.1", "", "vi"}, {"/", "fr", "", "vi"},
		{"/?lang=en", "vi", "", "en"}, {"/?lang=vi", "en", "lang=en", "vi"}, {"/", "vi", "lang=en", "en"}, {"/?lang=xx", "", "", "vi"},
	} {
		w := get(c, x.target, "Accept-Language", x.accept, "Cookie", x.cookie)
		if got := w.Header().Get("Content-Language"); got != x.want || !strings.Contains(w.Body.String(), `<html lang="`+x.want+`">`) {
			t.Errorf("%+v: %s", x, got)
		}
	}
}

func TestWords(t *testing.T) {
	w := &voice{lang: "vi", now: at("10:42:07"), zone: time.FixedZone("", 7*3600)}
	for got, want := range map[string]string{
		w.N(1234567): "1.234.567", w.Value(""): "(trống)", w.Value(" TAM_DUNG  "): "␠TAM_DUNG␠␠", w.Value("  "): "␠␠", w.N(999): "999",
		w.N(-1000): "−1.000", w.Ago(at("10:42:06")): "vừa xong", w.Ago(at("10:00:00")): "42 phút trước",
		w.Ago(at("10:45:07")): "sau 3 phút", w.Span(4100 * time.Millisecond): "4,1 giây", w.Span(90 * time.Minute): "1 giờ 30 phút",
		w.Span(72 * time.Hour): "3 ngày", string(w.Time(at("09:58:00"))): `<time datetime="2026-11-05T09:58:00+07:00" title="05/11/2026 09:58:00 +07:00">05/11/2026 09:58</time>`,
		string(w.Clock(at("09:58:07"))): `<time datetime="2026-11-05T09:58:07+07:00" title="05/11/2026 09:58:07 +07:00">05/11/2026 09:58:07</time>`, string(w.Time(time.Time{})): "–",
		w.Decimal("1234.50"): "1.234,50", w.Decimal("-0.5"): "−0,5", w.Decimal("1e9"): "1e9", w.Decimal("x"): "x",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRunSumNamesADefect(t *testing.T) {
	w := &voice{lang: "vi"}
	if v := viewRun(journal.Run{Proved: 2, Counts: journal.Counts{Received: 5, Published: 4, Excluded: 3}}, w); v.Off != 0 ||
		v.Sum != "5 + 2 xóa do đối soát = 4 ghi nhận + 3 loại theo quy tắc" {
		t.Errorf("%+v", v)
	}
	v := viewRun(journal.Run{Proved: 27, Counts: journal.Counts{Received: 213, Published: 27, Gone: 27, Unchanged: 213}}, w)
	if want := "213 + 27 xóa do đối soát = 27 đã xóa + 213 không đổi"; v.Off != 0 || v.Sum != want {
		t.Errorf("removals: %q, want %q", v.Sum, want)
	}
	ended := at("10:00:00")
	for want, run := range map[string]journal.Run{
		"97, tất cả ghi nhận":              {Complete: true, Ended: ended, Counts: journal.Counts{Received: 97, Published: 97}},
		"1 ghi nhận":                       {Complete: true, Ended: ended, Counts: journal.Counts{Received: 1, Published: 1}},
		"400, tất cả không đổi":            {Complete: true, Ended: ended, Counts: journal.Counts{Received: 400, Unchanged: 400}},
		"không có bản ghi mới":             {Complete: true, Ended: ended},
		"chưa đọc được bản ghi nào":        {Ended: ended},
		"0 + 2 xóa do đối soát = 2 đã xóa": {Complete: true, Ended: ended, Proved: 2, Counts: journal.Counts{Published: 2, Gone: 2}},
	} {
		if got := viewRun(run, w).Sum; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestWhereValuesCameFromIsForOperators: the page shows viewers no more of the
// Raw than the API does, and no digest of it, by which what is masked is found.
func TestWhereValuesCameFromIsForOperators(t *testing.T) {
	asked := 0
	c, err := New(Options{View: memView{}, Streams: memStreams{}, Explain: func(context.Context, journal.Entry) ([]canonical.Why, error) {
		asked++
		return []canonical.Why{{Field: "status", Path: "$.TrangThai", Raw: json.RawMessage(`"DANG_XU_LY"`), Rule: "codelist"}}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var tokens []access.Token
	for _, role := range []access.Role{access.Viewer, access.Operator} {
		tokens = append(tokens, access.Token{Name: role.String(), Role: role, Hash: access.HashToken("secret-" + role.String())})
	}
	h := access.NewAuth(tokens).Require(access.Viewer, c)
	for _, lang := range []string{"?lang=vi", "?lang=en"} {
		page := "/records/dossier:dvc:000.00.19" + lang
		body := get(h, page, "Authorization", "Bearer secret-viewer").Body.String()
		if strings.Contains(body, "TrangThai") || strings.Contains(body, "DANG_XU_LY") || strings.Contains(body, "SHA-256") ||
			strings.Contains(body, strings.Repeat("00", 16)) || !strings.Contains(body, "000.00.19") || asked > 1 {
			t.Errorf("a viewer reads of the Raw (asked %d): %s", asked, text(body))
		}
		body = get(h, page, "Authorization", "Bearer secret-operator").Body.String()
		if !strings.Contains(body, "TrangThai") || !strings.Contains(body, "SHA-256") {
			t.Errorf("an operator does not: %s", text(body))
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, by two operators", asked)
	}
}
