package shell

import (
	"context"
	"fmt"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
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

// Unmatched is which paths of a stream's mapping none of the samples has, a line
// each, and those that are left out at times in one; alike is how many look like
// the name of another, which come first.
func (s *Shell) Unmatched(st *streamsync.Syncer, samples []canonical.Raw) (lines []string, alike int) {
	m, able := st.Mapping().(interface {
		Missing([]canonical.Raw) []*problem.Problem
	})
	if !able {
		return nil, 0
	}
	var others []*problem.Problem
	for _, p := range m.Missing(samples) {
		if p.Near == "" {
			others = append(others, p)
			continue
		}
		alike++
		lines = append(lines, st.Stream.Full()+": "+placed(s, st.Stream.Full(), p))
	}
	if len(others) <= unfolded {
		for _, p := range others {
			lines = append(lines, st.Stream.Full()+": "+placed(s, st.Stream.Full(), p))
		}
		return lines, alike
	}
	names := make([]string, 0, unfolded)
	for _, p := range others[:unfolded] {
		names = append(names, `"`+p.Path+`"`)
	}
	mapping, _, _ := strings.Cut(st.Mapping().Revision(), "@")
	return append(lines, fmt.Sprintf(s.Say("%s: %s %d đường dẫn của ánh xạ không có trong %s mẫu dữ liệu gốc: %s, …; nguồn có thể không phải lúc nào cũng cho (xem từng đường dẫn: gateway pull %[1]s --limit 200 | gateway mapping coverage %[6]s -)",
		"%s: %s %d paths of the mapping are in none of %s sample Raws: %s, …; a source need not give them all (each of them: gateway pull %[1]s --limit 200 | gateway mapping coverage %[6]s -)"),
		st.Stream.Full(), others[0].Code, len(others), others[0].Want, strings.Join(names, ", "), mapping)), alike
}

// unfolded is how many notes alike are shown one by one.
const unfolded = 3

func placed(s *Shell, stream string, p *problem.Problem) string {
	line := p.Code + " " + p.Placed(s.Language())
	if hint := p.HintFor(stream, s.Language()); hint != "" {
		line += " (" + hint + ")"
	}
	return line
}

// Probe tries a stream's source without taking anything, and says what it found
// there; seen is shown each exchange.
func (s *Shell) Probe(ctx context.Context, st *streamsync.Syncer, clean *privacy.Cleaner, seen func(*adapters.Exchange)) Finding {
	var found []string
	rec := &adapters.Recorder{Clean: clean, Done: func(x adapters.Exchange) {
		seen(&x)
		found = found[:0] // the last answer is the one that a probe is about
		for i := range x.Found {
			if f := (adapters.Found{What: x.Found[i].What, Count: x.Found[i].Count}); f.Count != nil {
				found = append(found, Found(s, &f))
			}
		}
	}}
	f := probe(s, rec.Context(ctx), st)
	rec.Flush()
	if f.OK && len(found) > 0 {
		f.Text += ": " + strings.Join(found, ", ")
	}
	return f
}

// TellProbed says how far a probe goes, and which verb goes further.
func TellProbed(s *Shell) {
	s.Tell("đã thử: kết nối, đăng nhập, dạng của câu trả lời đầu tiên (thư mục: liệt kê tệp, không mở tệp); chưa thử: ánh xạ và các trang sau: gateway validate --live; "+
		"những gì đã ghi nhận: gateway status",
		"tried: connection, credentials, shape of the first answer (a folder: its list of files, none is opened); not tried: mappings and further pages: gateway validate --live; "+
			"what was taken so far: gateway status")
}

func probe(s *Shell, ctx context.Context, st *streamsync.Syncer) Finding {
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
		f.Text = WordsFor(s, st.Stream.Full(), err)
		return f
	}
	f.OK, f.Text = true, s.Say("trả lời, mất ", "answers in ")+s.Span(time.Since(begun))
	return f
}
