package shell

import (
	"context"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	streamsync "iocgateway/router/sync"
)

// finding is one line of the doctor's list.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	// Exchanges are what went between us and the source, where that was asked for.
	Exchanges []adapters.Exchange `json:"exchanges,omitempty"`
}

// Report prints findings, and fails when one is not good.
func (s *Shell) Report(found []Finding) error {
	t := &Table{Head: []string{"", "WHAT", "FOUND"}}
	bad := 0
	for _, f := range found {
		mark := "✔"
		if !f.OK {
			mark = "✖"
			bad++
		}
		t.Add(f, mark, s.label(f.What), f.Text)
	}
	if err := s.Show(t); err != nil {
		return err
	}
	if bad > 0 {
		return s.Findings("%d mục cần xử lý", "%d to look at", bad)
	}
	return nil
}

// Unmatched says which paths of a stream's mapping none of the samples has, and
// gives how many of them look like the name of another.
func (s *Shell) Unmatched(st *streamsync.Syncer, samples []canonical.Raw) (alike int) {
	m, able := st.Mapping().(interface {
		Missing([]canonical.Raw) []*problem.Problem
	})
	if !able {
		return 0
	}
	for _, p := range m.Missing(samples) {
		line := p.Code + " " + p.Placed(s.Language())
		if hint := p.Hint(s.Language()); hint != "" {
			line += " (" + hint + ")"
		}
		s.Printf("%s: %s", st.Stream.Full(), line)
		if p.Near != "" {
			alike++
		}
	}
	return alike
}

// probe tries a stream's source without taking anything.
func (s *Shell) Probe(ctx context.Context, st *streamsync.Syncer) Finding {
	f := Finding{What: st.Stream.Full()}
	prober, able := st.Reader.(adapters.Prober)
	switch {
	case st.Stream.Push:
		f.OK, f.Text = true, s.Say("nguồn tự gửi: không thể chủ động lấy", "delivers by itself: nothing to ask")
		return f
	case !able:
		f.OK, f.Text = true, s.Say("bộ kết nối không có phép thử: dùng gateway pull ",
			"the adapter has no probe: try gateway pull ")+st.Stream.Full()
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	begun := time.Now()
	if err := prober.Probe(ctx); err != nil {
		f.Text = s.Words(err)
		return f
	}
	f.OK, f.Text = true, s.Say("trả lời, mất ", "answers in ")+s.Span(time.Since(begun))
	return f
}
