package console

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// words are one of the two languages, as of one instant.
type words struct {
	lang   problem.Lang
	chosen bool // by ?lang=
	now    time.Time
	zone   *time.Location
}

func (c *Console) words(r *http.Request) *words {
	w := &words{lang: problem.Vietnamese, now: c.opts.Now(), zone: c.opts.Zone}
	if cookie, err := r.Cookie("lang"); err == nil && cookie.Value == "en" {
		w.lang = problem.English
	} else if err != nil {
		w.lang = accepted(r.Header.Get("Accept-Language"))
	}
	switch r.URL.Query().Get("lang") {
	case "vi":
		w.lang, w.chosen = problem.Vietnamese, true
	case "en":
		w.lang, w.chosen = problem.English, true
	}
	return w
}

// accepted is English only for a browser that names it and no Vietnamese.
func accepted(header string) problem.Lang {
	lower := strings.ToLower(header)
	if strings.HasPrefix(strings.TrimSpace(lower), "en") && !strings.Contains(lower, "vi") {
		return problem.English
	}
	return problem.Vietnamese
}

// S picks between the two languages.
func (w *words) S(vi, en string) string {
	if w.lang == problem.English {
		return en
	}
	return vi
}

// Lang is the page's language.
func (w *words) Lang() string { return string(w.lang) }

// N64 is N for counts that are kept in 64 bits.
func (w *words) N64(n int64) string { return w.N(int(n)) }

// N writes a whole number with the language's grouping: 61.204 or 61,204.
func (w *words) N(n int) string {
	s := strconv.Itoa(n)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + w.S(".", ",") + s[i:]
	}
	if neg {
		return "−" + s
	}
	return s
}

// Value shows a source's value: an empty one in words, blanks at its ends as
// signs, for they are often what is wrong.
func (w *words) Value(s string) string {
	if s == "" {
		return w.S("(trống)", "(empty)")
	}
	inner := strings.Trim(s, " ")
	if inner == "" {
		return strings.Repeat("␠", len(s))
	}
	left := strings.Index(s, inner)
	return strings.Repeat("␠", left) + inner + strings.Repeat("␠", len(s)-left-len(inner))
}

// Time is date and time of day, for people and for machines.
func (w *words) Time(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	return template.HTML(`<time datetime="` + w.ISO(t) + `">` + t.In(w.zone).Format("02/01/2006 15:04") + `</time>`) // digits only
}

// Decimal writes a number's digits as they are, in the language's form:
// 1.234,50 or 1,234.50. What is not a plain number is left alone.
func (w *words) Decimal(s string) string {
	whole, rest, broken := strings.Cut(s, ".")
	n, err := strconv.Atoi(whole)
	if err != nil || strings.Trim(rest, "0123456789") != "" || len(whole) > 15 {
		return s
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, n = "−", -n
	}
	if broken {
		rest = w.S(",", ".") + rest
	}
	return sign + w.N(n) + rest
}

// Full is date and time to the second.
func (w *words) Full(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(w.zone).Format("02/01/2006 15:04:05")
}

// ISO is for <time datetime>.
func (w *words) ISO(t time.Time) string { return t.In(w.zone).Format(time.RFC3339) }

// Ago is how long ago, or how long until.
func (w *words) Ago(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	d := w.now.Sub(t).Truncate(time.Second)
	switch {
	case d < 0:
		return w.S("sau "+w.Span(-d), "in "+w.Span(-d))
	case d < 5*time.Second:
		return w.S("vừa xong", "just now")
	}
	return w.S(w.Span(d)+" trước", w.Span(d)+" ago")
}

// Span is a duration in words, rounded to what matters.
func (w *words) Span(d time.Duration) string {
	switch {
	case d > 0 && d < 50*time.Millisecond:
		return w.S("dưới 0,1 giây", "under 0.1 s")
	case d < 10*time.Second:
		s := strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0")
		if w.lang == problem.Vietnamese {
			s = strings.Replace(s, ".", ",", 1)
		}
		return w.S(s+" giây", s+" s")
	case d < time.Minute:
		return fmt.Sprintf(w.S("%d giây", "%d s"), int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf(w.S("%d phút", "%d min"), int(d.Minutes()))
	case d < 48*time.Hour:
		if m := int(d.Minutes()) % 60; m > 0 {
			return fmt.Sprintf(w.S("%d giờ %d phút", "%d h %d min"), int(d.Hours()), m)
		}
		return fmt.Sprintf(w.S("%d giờ", "%d h"), int(d.Hours()))
	}
	return fmt.Sprintf(w.S("%d ngày", "%d days"), int(d.Hours()/24))
}

// look is how a state is shown: a shape, a word and a colour, always all three.
type look struct {
	State         health.State
	Shape, VI, EN string
	Bad           bool // belongs among the problems
}

// lookOf is how a state is shown, with its rank: 0 is the worst. A state
// nobody knows is unknown, never good (invariant 9).
func lookOf(state health.State) (look, int) {
	rank := slices.Index(health.States(), state)
	if rank < 0 {
		return lookOf(health.StateUnknown)
	}
	shape, vi, en, bad := appearance(state)
	return look{State: state, Shape: shape, VI: vi, EN: en, Bad: bad}, rank
}

func appearance(state health.State) (shape, vi, en string, bad bool) {
	switch state {
	case health.StateFailing:
		return "✖", "Lỗi", "Failing", true
	case health.StateLate:
		return "◆", "Trễ", "Late", true
	case health.StateDataIssue:
		return "▲", "Dữ liệu có vấn đề", "Data issue", true
	case health.StateSourceStale:
		return "◐", "Nguồn ngừng cập nhật", "Source stale", true
	case health.StateAtRisk:
		return "◇", "Nguy cơ trễ", "At risk", true
	case health.StateRetrying:
		return "↻", "Đang thử lại", "Retrying", true
	case health.StateNeverRan:
		return "○", "Chưa chạy", "Never ran", true
	case health.StatePaused:
		return "‖", "Tạm dừng", "Paused", true
	case health.StateDisabled:
		return "▢", "Đã tắt", "Disabled", false
	case health.StateHealthy:
		return "●", "Tốt", "Healthy", false
	}
	return "◌", "Không rõ", "Unknown", true
}

// Evidence names what a profile rests on.
func (w *words) Evidence(grade adapters.Evidence) string {
	switch grade {
	case adapters.Seen:
		return w.S("đã thấy", "seen")
	case adapters.Reported:
		return w.S("theo tài liệu", "reported")
	case adapters.Assumed:
		return w.S("giả định, cần xác nhận", "assumed, to be confirmed")
	}
	return w.S("không rõ", "unknown")
}

// EvidenceMeans is what a grade of evidence is worth.
func (w *words) EvidenceMeans(grade adapters.Evidence) string {
	switch grade {
	case adapters.Seen:
		return w.S("Thiết lập đã thấy trong mã nguồn hoặc dữ liệu thật của sản phẩm.",
			"The settings were read in source code or data that speaks it.")
	case adapters.Reported:
		return w.S("Thiết lập theo tài liệu công bố; nên đối chiếu với nguồn.",
			"The settings follow what is published; compare them with the source.")
	case adapters.Assumed:
		return w.S("Thiết lập chưa ai xác nhận: hỏi đơn vị vận hành nguồn trước khi tin.",
			"Nobody has confirmed the settings: ask who runs the source before relying on them.")
	}
	return w.S("Chưa khai báo căn cứ.", "No evidence is declared.")
}

// Kind names a kind or a feed.
func (w *words) Kind(name string) string {
	switch name {
	case "document":
		return w.S("văn bản", "documents")
	case "task":
		return w.S("nhiệm vụ", "tasks")
	case "dossier":
		return w.S("hồ sơ thủ tục hành chính", "dossiers")
	case "feedback":
		return w.S("phản ánh, kiến nghị", "feedback")
	case "observation":
		return w.S("chỉ tiêu thống kê", "observations")
	case "reference":
		return w.S("danh mục", "reference data")
	case "unit":
		return w.S("đơn vị hành chính", "administrative units")
	case "agency":
		return w.S("cơ quan", "agencies")
	case "procedure":
		return w.S("thủ tục", "procedures")
	case "ops":
		return w.S("vận hành của cổng", "the gateway itself")
	}
	return name
}

// Op names what an entry does to its record.
func (w *words) Op(op string) string {
	switch op {
	case "changed":
		return w.S("thay đổi", "changed")
	case "corrected":
		return w.S("đính chính", "corrected")
	case "gone":
		return w.S("đã gỡ", "gone")
	}
	return op
}
