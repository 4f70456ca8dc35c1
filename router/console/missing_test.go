package console

import (
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
)

// What is not there is named, with what is near and a way back, in the
// reader's language.
func TestWhatIsMissingIsNamed(t *testing.T) {
	c := newConsole(t, memView{}, memStreams{})
	for target, want := range map[string][]string{
		"/quarantin":                     {"GW-F015", "Không có địa chỉ /quarantin", "Có phải /quarantine không?"},
		"/streams/ioffice":               {"/streams/ioffice", "ioffice/documents", "ioffice/tasks"},
		"/streams/ioffice/task":          {"GW-F013", "Không có luồng ioffice/task", "Có phải ioffice/tasks không?", "ioffice/documents"},
		"/records/dossier:dvc:00":        {"GW-F012", "Không có bản ghi này: dossier:dvc:00", "loại:nguồn:khóa"},
		"/records/dossier:dvc:000.00.18": {"dossier:dvc:000.00.18", "dossier:dvc:000.00.19"},
	} {
		w := get(c, target)
		if w.Code != 404 {
			t.Errorf("%s: %d", target, w.Code)
		}
		wants(t, text(w.Body.String()), append(want, "Về Tổng quan")...)
		checkMarkup(t, target, w.Body.String())
		if en := text(get(c, target+"?lang=en").Body.String()); strings.Contains(en, "Không") || !strings.Contains(en, "Back to the overview") {
			t.Errorf("%s in English:\n%s", target, en)
		}
	}
	if page := get(c, "/streams/ioffice/task").Body.String(); !strings.Contains(page, `<a href="/streams/ioffice/tasks">`) {
		t.Error("what is near is no link")
	}
	if page := text(get(c, "/records/dossier:dvc:0912345678").Body.String()); strings.Contains(page, "0912345678") {
		t.Error("a number of a person is shown")
	}
	empty, err := New(Options{View: heldOfNothing{}, Streams: memStreams{}})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, text(get(empty, "/quarantine?stream=ioffice/task").Body.String()),
		"GW-F013 Không có luồng ioffice/task", "Có phải ioffice/tasks không?")
	wants(t, text(get(empty, "/quarantine?stream=ioffice/tasks").Body.String()), "Không có bản ghi nào bị cách ly ở ioffice/tasks")
}

// A tile counts what the cards below it show.
func TestTilesCountWhatCardsShow(t *testing.T) {
	page := text(get(newConsole(t, memView{}, memStreams{}), "/").Body.String())
	wants(t, page, "1 ✖ Lỗi 1 ◆ Chậm cập nhật 1 ▲", "8 luồng; một luồng có thể mang nhiều trạng thái")
	// Above the cards each state stands once, in its tile.
	head, cards, _ := strings.Cut(page, "8 luồng;")
	for _, tile := range strings.Split(strings.TrimSpace(head[strings.LastIndex(head, "1 ✖"):]), "\n") {
		for _, state := range []string{"◆ Chậm cập nhật", "✖ Lỗi", "◐ Nguồn không có dữ liệu mới"} {
			if shown := strings.Count(cards, state); !strings.Contains(tile, string(rune('0'+shown))+" "+state) {
				t.Errorf("%d cards show %s: %s", shown, state, tile)
			}
		}
	}
}

// Codes no dictionary has are marked as the source's own; what the gateway says
// of itself is in the glossary's words.
func TestCodesWithoutAWordAreTheSources(t *testing.T) {
	w := &voice{lang: "vi", zone: time.UTC}
	got := map[string]field{}
	for kind, body := range map[canonical.Kind]string{
		canonical.KindDossier: `{"kind":"dossier","codes":[{"system":"igate","value":"1"},{"system":"he_thong_la","value":"2"}],"status":"la","procedure":{"level":"PHUONGXA"}}`,
		canonical.KindOps:     `{"kind":"ops","what":"stream","stream":"a/b","state":"failing","counts":{"held":3,"live":5000}}`,
	} {
		f, err := w.fieldsOf(kind, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range f.out {
			got[one.Path] = one
		}
	}
	for path, want := range map[string]field{
		"codes[0].system": {Value: "Hệ thống một cửa iGate", Code: "igate"}, "codes[1].system": {Value: "he_thong_la", Own: true},
		"status": {Value: "la", Own: true}, "procedure.level": {Value: "Cấp xã", Code: "PHUONGXA"}, "state": {Value: "Lỗi", Code: "failing"},
	} {
		if one := got[path]; one.Value != want.Value || one.Code != want.Code || one.Own != want.Own {
			t.Errorf("%s: %+v, want %+v", path, one, want)
		}
	}
	if one := got["counts.held"]; one.Title != "Số đếm › đang cách ly" || one.Value != "3" {
		t.Errorf("%+v", one)
	}
	if shown := text(string(w.sourceTime("2026-10-30T13:28:51.000+0700"))); shown != "30/10/2026 06:28:51" {
		t.Error(shown)
	}
}
