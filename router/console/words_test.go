package console

import (
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/health"
)

// A plan is never told as past, and a paused stream has none.
func TestPlansAreNeverPast(t *testing.T) {
	w := &voice{lang: "vi", now: at("10:42:07"), zone: time.FixedZone("", 7*3600)}
	if got := text(string(w.Planned(at("10:41:20")))); got != "sắp chạy" {
		t.Errorf("what is due is told as %q", got)
	}
	if got := text(string(w.Planned(at("10:44:07")))); got != "05/11/2026 10:44 , sau 2 phút" {
		t.Errorf("what is to come is told as %q", got)
	}
}

// What is late is at risk no more, and a source that delivers never "ran".
func TestStatesAreToldOnce(t *testing.T) {
	w := &voice{lang: "vi", now: at("10:42:07")}
	v := viewStream(health.Status{State: health.StateFailing, Badges: []health.State{health.StateLate, health.StateAtRisk}}, w)
	if len(v.Besides) != 1 || v.Besides[0] != "◆ Chậm cập nhật" {
		t.Errorf("besides: %q", v.Besides)
	}
	v = viewStream(health.Status{State: health.StateFailing, Badges: []health.State{health.StateAtRisk}}, w)
	if len(v.Besides) != 1 || v.Besides[0] != "◇ Sắp chậm cập nhật" {
		t.Errorf("besides: %q", v.Besides)
	}
	if v := viewStream(health.Status{State: health.StateNeverRan, Push: true, Evidence: adapters.Seen}, w); v.Word != "Chưa nhận dữ liệu" {
		t.Errorf("a source that delivers is told as %q", v.Word)
	}
	if v := viewStream(health.Status{State: health.StateNeverRan}, w); v.Word != "Chưa chạy" {
		t.Errorf("a source that is asked is told as %q", v.Word)
	}
}

// Codes have their words wherever they stand: in lists, as kinds, in notes.
func TestCodesHaveTheirWords(t *testing.T) {
	w := &voice{lang: "vi", zone: time.UTC}
	f, err := w.fieldsOf(canonical.KindObservation, []byte(`{"kind":"observation","flags":["provisional"],"notes":["zone_assumed"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"Giá trị chỉ tiêu", canonical.CodeTitle("observation_flag", "provisional", "vi"), "múi giờ suy ra"} {
		if got := f.out[i]; got.Value != want || got.Code == "" {
			t.Errorf("%s is shown as %q (%s), want %q", got.Path, got.Value, got.Code, want)
		}
	}
	if w.Who("local") != "tại máy chủ" || w.Who("truc-ban") != "truc-ban" {
		t.Error("who did something is told wrongly")
	}
}
