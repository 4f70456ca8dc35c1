package console

import (
	"html/template"
	"net/http"

	"iocgateway/router/health"
)

// sinkView is a sink as the pages show it.
type sinkView struct {
	health.SinkStatus
	Class, Shape, Word string
	Kind               string // of records, in words
	Left               string // sequences; a dash where nobody is known to hold it
	Code, Text         string // why it stopped or tries again
	Hint               template.HTML
	Skipped            string // what it went on behind without sending
}

// sinks gathers where feeds are pushed to; none where nothing is pushed.
func (c *Console) sinks(r *http.Request, w *voice) (all []sinkView) {
	if c.opts.Sinks == nil {
		return nil
	}
	for _, st := range c.opts.Sinks(r.Context()) {
		st = st.Shown(c.veil(r))
		v := sinkView{SinkStatus: st, Kind: w.Kind(string(st.Feed)), Left: w.N64(int64(min(st.Behind, 1<<62))), Text: st.Error}
		v.Class, v.Shape, v.Word = sinkLook(st.State(), w)
		if st.State() == health.SinkUnknown {
			v.Left = "–"
		}
		if p := st.Problem; p != nil {
			v.Code, v.Text, v.Hint = p.Code, p.Text(w.lang), w.Hint(p.Hint(w.lang))
		}
		if p := st.Passed; p != nil {
			v.Skipped = p.Code + " " + p.Text(w.lang)
		}
		all = append(all, v)
	}
	return all
}

// sinkLook shows a sink's state as a stream's of the same weight is shown.
func sinkLook(state health.SinkState, w *voice) (class, shape, word string) {
	as := health.StateUnknown
	switch state {
	case health.SinkStopped:
		as = health.StateFailing
	case health.SinkRetrying:
		as = health.StateRetrying
	case health.SinkCopying, health.SinkSending, health.SinkLevel:
		as = health.StateHealthy
	default:
		state = health.SinkUnknown
	}
	shape, _ = appearance(as)
	return "s-" + string(as), shape, w.Say("sink", string(state))
}
