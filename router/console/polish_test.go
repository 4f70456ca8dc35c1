package console

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// hardStreams has what the first fake has not: a shared link, a source that
// pushes, unknown codes and a run with a note.
type hardStreams struct{}

func (hardStreams) Statuses(context.Context) ([]health.Status, error) {
	down := func(source, title string, state health.State, badges ...health.State) health.Status {
		return health.Status{Source: source, Stream: "s", Title: title, Kind: "dossier", Feed: "dossier", State: state, Badges: badges,
			Link:  "tslcd",
			Since: at("09:58:00"), Cause: &problem.Problem{Code: "GW-S001"}}
	}
	deaf := func(s health.Status) health.Status {
		s.Behind, s.FailedSince, s.FailedAt = s.Cause, at("09:58:00"), at("10:40:00")
		return s
	}
	resting := down("d", "Nhiệm vụ", health.StateLate)
	resting.Cause = &problem.Problem{Code: "GW-R006", Value: "d/t", Near: "GW-S004"}
	return []health.Status{
		deaf(down("a", "Hồ sơ thủ tục hành chính", health.StateFailing)),
		deaf(down("b", "Phản ánh qua cổng tỉnh", health.StateLate, health.StateRetrying)),
		down("c", "Văn bản đến", health.StateHealthy), resting,
		{Source: "tong-dai", Stream: "s", Title: "Cuộc gọi", State: health.StateHealthy, Push: true, FreshThrough: at("10:41:00"),
			Evidence:  "assumed",
			Delivered: &journal.Counts{Received: 5916, Published: 5513, Unchanged: 233, Superseded: 170, Unknown: 5}},
	}, nil
}

func (hardStreams) Runs(_ context.Context, stream string, _ int) ([]journal.Run, error) {
	return []journal.Run{{ID: 2, Stream: stream, Started: at("10:38:30"), Ended: at("10:38:34"), Complete: true, Pages: 1,
		Counts: journal.Counts{Received: 12, Published: 12, Unknown: 3}, Notes: []problem.Problem{{Code: "GW-R002", Value: "12", Want: "400"}}},
		{ID: 1, Stream: stream, Started: at("09:38:30"), Ended: at("09:38:34"), Complete: true, Replay: true,
			Counts: journal.Counts{Received: 1, Published: 1, Unknown: 1}}}, nil
}

func wants(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestSharedCausePushAndUnknownCodes(t *testing.T) {
	c := newConsole(t, memView{}, hardStreams{})
	page := get(c, "/").Body.String()
	wants(t, text(page), "Nguyên nhân chung: đường truyền mạng truyền số liệu chuyên dùng (TSLCĐ) tslcd 2 luồng lỗi Hồ sơ thủ tục hành chính, Phản ánh qua cổng tỉnh; từ 05/11/2026 09:58",
		"nguồn đã gửi từ khi cổng tích hợp khởi động: 5.916 = 5.513 ghi nhận + 233 không đổi + 170 bản cũ hơn 5 mã chưa có trong danh mục", "nguồn tự gửi", "Cuộc gọi tong-dai · s")
	if strings.Count(page, `<li class="shared">`) != 1 || strings.Count(page, "<h4>") != 2 || strings.Contains(page, "nguồn tự gửi, ") {
		t.Error("only the streams that fail stand under the shared cause")
	}
	wants(t, text(get(c, "/streams/tong-dai/s").Body.String()), "Nguồn đã gửi từ – 5.916 = 5.513 ghi nhận", "9 mã chưa có trong danh mục",
		"gateway source replay tong-dai/s", "chưa được xác nhận")
	stream := get(c, "/streams/a/s").Body.String()
	wants(t, stream, "<code>gateway source run a/s --accept-removals</code>")
	wants(t, get(c, "/streams/d/s").Body.String(), "<code>gateway source run d/s</code>", "của luồng d/t (GW-S004)")
	wants(t, text(stream), "12, tất cả ghi nhận 3 mã chưa có trong danh mục",
		"▲ GW-R002 Nguồn liệt kê 12 bản ghi trong khi đang có 400", "xử lý lại dữ liệu gốc")
	for _, target := range []string{"/", "/streams/a/s", "/streams/tong-dai/s"} {
		checkMarkup(t, target, get(c, target).Body.String())
	}
}

// oneStream is a stream as given.
type oneStream health.Status

func (s oneStream) Statuses(context.Context) ([]health.Status, error) {
	return []health.Status{health.Status(s)}, nil
}

func (oneStream) Runs(context.Context, string, int) ([]journal.Run, error) { return nil, nil }

// How late a stream is stands in its status; the pages have no rule of their
// own for it.
func TestLatenessIsThatOfTheStatus(t *testing.T) {
	s := oneStream{Source: "a", Stream: "s", Kind: "dossier", Feed: "dossier", State: health.StateLate, Promise: 15 * time.Minute,
		FreshThrough: at("10:41:00"), Over: 3 * time.Hour}
	wants(t, text(get(newConsole(t, memView{}, s), "/").Body.String()), "cam kết ≤ 15 phút (chậm 3 giờ)")
	s.FreshThrough, s.Over = at("04:00:00"), 0
	page := text(get(newConsole(t, memView{}, s), "/").Body.String())
	if wants(t, page, "cam kết ≤ 15 phút"); strings.Contains(page, "(quá") {
		t.Errorf("late, and not by its status:\n%s", page)
	}
}

func TestExplanationIsMasked(t *testing.T) {
	fail := error(nil)
	c, err := New(Options{View: memView{}, Now: func() time.Time { return at("10:42:07") },
		Explain: func(_ context.Context, e journal.Entry) ([]canonical.Why, error) {
			return []canonical.Why{{Field: "applicant.phone", Path: "$.sdt", Raw: json.RawMessage(`"0912345678"`), Rule: "igate.yaml:57"},
				{Field: "applicant", Path: "$.nguoi", Raw: json.RawMessage(`{"ten":"Nguyễn Văn An"}`)},
				{Field: "status", Path: "$.tt", Raw: json.RawMessage(`"2<b>"`), Rule: "codes"},
				{Field: "due_at", Path: "$.han", Raw: json.RawMessage(`"gọi 0912345678"`)}}, fail
		}})
	if err != nil {
		t.Fatal(err)
	}
	page := get(c, "/records/dossier:dvc:000.00.19").Body.String()
	wants(t, text(page), "Người nộp › Điện thoại applicant.phone $.sdt 09•• ••• 678 igate.yaml:57", "$.nguoi •••", "$.tt 2&lt;b&gt; codes",
		"$.han gọi ")
	if strings.Contains(page, "0912345678") || strings.Contains(page, "Nguyễn Văn An") {
		t.Error("the explanation shows personal data")
	}
	fail = &problem.Problem{Code: "GW-F029"}
	wants(t, text(get(c, "/records/dossier:dvc:000.00.19").Body.String()), "Chưa giải thích được:")
}

// Who paused a stream and why is read first, on its card and on its page.
func TestWhoPausedIsReadFirst(t *testing.T) {
	c := newConsole(t, memView{}, memStreams{})
	wants(t, text(get(c, "/streams/kho-cu/files").Body.String()), "‖ Tạm dừng Người tạm dừng: truc-ban; từ 05/11/2026 08:00 đến 05/11/2026 17:00 ; lý do: bảo trì")
}

// A badge is only where it is true.
func TestBadges(t *testing.T) {
	w := &voice{lang: "vi", now: at("10:00:00"), zone: time.FixedZone("", 7*3600)}
	f, err := w.fieldsOf("feedback", []byte(`{"status":"new","content":"Đèn đường hỏng","reporter":{"phone":"09•• ••• 173"},"attachments":[{"name":"anh-den.jpg"},{"name":"Sdt 0912345678.jpg"}],"submitted_at":"2026-10-26T15:39:12+07:00","location":{"lat":15.121,"lon":108.8}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]field{}
	for _, one := range f.out {
		got[one.Path] = one
	}
	for path, want := range map[string][2]bool{"content": {false, true}, "reporter.phone": {true, true}, "attachments[0].name": {false, false},
		"attachments[1].name": {true, true}, "status": {false, false}} {
		if one := got[path]; one.Masked != want[0] || one.Personal != want[1] {
			t.Errorf("%s: %+v", path, one)
		}
	}
	if s := got["status"]; s.Code != "new" || s.Value == "new" || s.Title != "Trạng thái" {
		t.Errorf("status: %+v", s)
	}
	if s := got["submitted_at"]; !strings.Contains(string(s.Show), ">26/10/2026 15:39<") {
		t.Errorf("time: %+v", s)
	}
	w.lang = problem.English
	if f, _ := w.fieldsOf("feedback", []byte(`{"returned_count":1234}`)); f.out[0].Title != "Returned count" || f.out[0].Value != "1,234" {
		t.Errorf("English: %+v", f.out)
	}
}

func TestHintsShowCommands(t *testing.T) {
	w := &voice{lang: "vi"}
	for hint, want := range map[string]string{
		"thử: gateway source run a/b; rồi <b>xem</b>": "thử: <code>gateway source run a/b</code>; rồi &lt;b&gt;xem&lt;/b&gt;",
		"the gateway tries again":                     "the gateway tries again",
		"":                                            "", "gateway ": "gateway ",
	} {
		if got := string(w.Hint(hint)); got != want {
			t.Errorf("%q: %q", hint, got)
		}
	}
	if got := w.Hint("the fault is the source's; the gateway tries again by itself"); strings.Contains(string(got), "<code>") {
		t.Errorf("prose shown as a command: %s", got)
	}
}

func FuzzHint(f *testing.F) {
	f.Add("gateway source run NGUỒN/LUỒNG; <script>")
	f.Fuzz(func(t *testing.T, hint string) {
		w := &voice{lang: "vi"}
		got := strings.NewReplacer("<code>", "", "</code>", "").Replace(string(w.Hint(hint)))
		if strings.ContainsAny(got, "<>\"") {
			t.Errorf("%q became %q", hint, got)
		}
	})
}
