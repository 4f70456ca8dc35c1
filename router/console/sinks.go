package console

import (
	"html/template"
	"net/http"

	"iocgateway/router"
)

// sinkView is a sink as the pages show it.
type sinkView struct {
	router.FollowerStatus
	Class, Shape, Word string
	Kind               string // of records, in words
	Left               string // sequences; a dash where nobody is known to hold it
	Code, Text         string // why it stopped or tries again
	Hint               template.HTML
	Skipped            string // what it went on behind without sending
}

// sinks gathers where feeds are pushed to; none where nothing is pushed.
func (c *Console) sinks(r *http.Request, w *words) (all []sinkView) {
	if c.opts.Sinks == nil {
		return nil
	}
	for _, st := range c.opts.Sinks(r.Context()) {
		v := sinkView{FollowerStatus: st, Kind: w.Kind(string(st.Feed)), Left: w.N64(int64(min(st.Behind, 1<<62))), Text: st.Error}
		v.Class, v.Shape, v.Word = sinkLook(st.State(), w)
		if st.State() == router.SinkUnknown {
			v.Left = "–"
		}
		if p := st.Problem; p != nil {
			v.Code, v.Text, v.Hint = p.Code, p.Text(w.lang), w.Hint(p.Hint(w.lang), "")
		}
		if p := st.Passed; p != nil {
			v.Skipped = p.Code + " " + p.Text(w.lang)
		}
		all = append(all, v)
	}
	return all
}

// sinkLook shows a sink's state as a stream's of the same weight is shown.
func sinkLook(state router.SinkState, w *words) (class, shape, word string) {
	as, vi, en := router.StateUnknown, "Không rõ nút nào giữ", "No node is known to hold it"
	switch state {
	case router.SinkStopped:
		as, vi, en = router.StateFailing, "Đã dừng, chờ người xử lý", "Stopped, waits for a person"
	case router.SinkRetrying:
		as, vi, en = router.StateRetrying, "Đang thử lại", "Trying again"
	case router.SinkCopying:
		as, vi, en = router.StateHealthy, "Đang chép lần đầu", "First copy"
	case router.SinkSending:
		as, vi, en = router.StateHealthy, "Đang gửi", "Sending"
	case router.SinkLevel:
		as, vi, en = router.StateHealthy, "Đã kịp", "Level"
	}
	shape, _, _, _ = appearance(as)
	return "s-" + string(as), shape, w.S(vi, en)
}
