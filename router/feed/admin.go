package feed

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// Admin is what is written down of people's acts.
type Admin interface {
	// Reading writes down that somebody reads what may be personal data, before
	// it is read and after. What cannot be written down is not read.
	Reading(ctx context.Context, what, target, by string, read func() error) error
	// Look writes down that somebody looks at a list of such; looks at the same
	// again and again are one.
	Look(ctx context.Context, what, target, by string) error
	Acts(ctx context.Context, q book.ActQuery) (rows []book.ActEntry, next uint64, err error)
	// ActRows gives the chain itself behind a row, oldest first.
	ActRows(ctx context.Context, after uint64, limit int) ([]book.Row, error)
	VerifyActs(ctx context.Context) (book.Verified, error)
	// AuditFailures is how many rows could not be written since the process
	// began, and why; nil while they can.
	AuditFailures() (int64, *problem.Problem)
	// AuditTrouble is why the audit is not whole or takes nothing; nil: it is well.
	AuditTrouble() *problem.Problem
	// Dropped is who dropped a held Raw, and why, as far as the audit has it.
	Dropped(ctx context.Context, h *journal.HeldRaw) (journal.Dropped, error)
	Jobs
}

// Jobs are plans of bulk acts, and what becomes of them.
type Jobs interface {
	Plan(ctx context.Context, ask book.Ask, by string) (book.Plan, error)
	Plans() []book.Plan
	Apply(ctx context.Context, id, hash, by string) (book.Job, error)
	JobList() []book.JobView
	Job(id string) (book.JobView, error)
	TurnJob(ctx context.Context, id, what, by string) (book.JobView, error)
}

// noted has something read that may be personal data, once it is written down
// who does.
type noted func(r *http.Request, what, target string, read func() error) error

// adminHandlers answer what administrators ask.
type adminHandlers struct {
	failures
	admin Admin // nil: 501
}

func (h *adminHandlers) noted(r *http.Request, what, target string, read func() error) error {
	if h.admin == nil {
		return read()
	}
	return h.admin.Reading(r.Context(), what, target, caller(r), read)
}

// looked has a look at a list written down.
type looked func(r *http.Request, what, target string) error

func (h *adminHandlers) looked(r *http.Request, what, target string) error {
	if h.admin == nil {
		return nil
	}
	return h.admin.Look(r.Context(), what, target, caller(r))
}

// dropped is who dropped a held Raw, as far as that is written down.
func (h *adminHandlers) dropped(ctx context.Context, held *journal.HeldRaw) (journal.Dropped, error) {
	if h.admin == nil {
		return *held.Dropped, nil
	}
	return h.admin.Dropped(ctx, held)
}

// unread is the answer where something was not given that is only read once
// that is written down.
func (f failures) unread(r *http.Request, doing string, err error) *answer.Problem {
	if problem.Has(err, problem.Unwritable) {
		return f.refused(r, doing, err)
	}
	return f.broken(r, doing, err)
}

// unwritten counts the acts that were refused, or whose end is not known,
// because the audit could not be written.
func (h *adminHandlers) unwritten() prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "iocgateway_audit_unwritten_rows_total",
		Help: "Rows of the audit that could not be written since the process began."}, func() float64 {
		if h.admin == nil {
			return 0
		}
		n, _ := h.admin.AuditFailures()
		return float64(n)
	})
}

// whole tells whether the audit is all that was written, and can be written.
func (h *adminHandlers) whole() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "iocgateway_audit_whole",
		Help: "1: the chain of the audit is whole and can be written. 0: it was changed, cut short, or takes nothing: acts are refused."},
		func() float64 {
			if h.admin != nil && h.admin.AuditTrouble() != nil {
				return 0
			}
			return 1
		})
}

func (h *adminHandlers) on(handle handler) handler {
	return func(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
		if h.admin == nil {
			return answer.New(http.StatusNotImplemented, &problem.Problem{Code: "GW-F026", Want: "plans and jobs"})
		}
		w.Header().Set("Cache-Control", "no-store")
		return handle(w, r, p)
	}
}

func (h *handlers) adminRoutes() []route {
	const audit = "/v1/admin/audit"
	list := []param{query("who", "string", "chỉ người này", "only this person or token"),
		query("what", "string", "việc, một phần tên", "the act, a part of its name"),
		query("target", "string", "đối tượng, một phần tên", "what was acted on, a part of its name"),
		query("phase", "string", "chỉ giai đoạn này", "only this phase", book.Begun, book.Done, book.Failed, book.Pruned, book.Older),
		query("page", "integer", "trang tiếp theo, giá trị next của trang trước", "next page, the next of the page before"), itemLimit()}
	after := []param{query("after", "integer", "sau dòng này", "behind this row")}
	return []route{
		{method: "GET", path: audit, tag: "admin", params: list, answer: "Acts", errors: []int{403, 501}, role: access.Admin,
			handle: h.admin.on(h.admin.acts), vi: "Nhật ký thao tác: ai đã làm gì, vì sao, từ đâu, kết quả; mới nhất trước",
			en: "The audit: who did what, why, from where, with what result; newest first"},
		{method: "GET", path: audit + "/verify", tag: "admin", answer: "Any", errors: []int{403, 501}, role: access.Admin,
			handle: h.admin.on(h.admin.verify), vi: "Kiểm tra cả chuỗi nhật ký thao tác, từ dòng cũ nhất còn giữ",
			en: "Whether the whole chain of the audit holds, from the oldest row kept"},
		{method: "GET", path: audit + "/export", tag: "admin", params: after, media: []string{mediaLines}, errors: []int{403, 501},
			role: access.Admin, live: true, handle: h.admin.on(h.admin.export),
			vi: "Xuất chuỗi nhật ký thao tác, mỗi dòng một mục, kiểm tra lại được ở nơi khác",
			en: "The chain of the audit, a row a line, that can be verified elsewhere"},
	}
}

const (
	plansPath = "/v1/admin/plans"
	jobsPath  = "/v1/admin/jobs"
)

func (h *handlers) jobRoutes() []route {
	plan, job := []param{inPath("id", "mã kế hoạch", "plan")}, []param{inPath("id", "mã tác vụ", "job")}
	act := func(what, vi, en string) route {
		return route{method: "POST", path: jobsPath + "/{id}/" + what, tag: "admin", params: job, body: "Reason", answer: "Job",
			errors: acting(), role: access.Operator, handle: h.admin.on(h.admin.turn(what)), vi: vi, en: en}
	}
	return []route{
		{method: "POST", path: plansPath, tag: "admin", body: "Ask", answer: "Plan", errors: acting(), role: access.Operator,
			handle: h.admin.on(h.admin.plan), vi: "Lập kế hoạch: xử lý lại (đếm, thử với ánh xạ hiện tại), đọc lại toàn bộ danh sách (sweep), bắt đầu lại lượt đọc (restart walk)" +
				" hoặc bỏ mốc đã đọc (forget) của một luồng; không ghi nhận gì, dùng được 15 phút",
			en: "Plan a replay (counted, tried with today's mapping), a sweep, a restart of the walk under way, or that a stream forgets how far" +
				" it got; nothing is published; it can be applied for 15 minutes"},
		{method: "GET", path: plansPath, tag: "admin", answer: "Any", errors: []int{501}, role: access.Operator,
			handle: h.admin.on(h.admin.plans), vi: "Các kế hoạch còn dùng được, mới nhất trước",
			en: "Plans that can still be applied, newest first"},
		{method: "POST", path: plansPath + "/{id}/apply", tag: "admin", params: plan, body: "Apply", answer: "Job", errors: acting(), job: true,
			role: access.Operator, handle: h.admin.on(h.admin.apply),
			vi: "Thực hiện đúng kế hoạch, như một tác vụ; dữ liệu hay ánh xạ đã đổi thì từ chối (409)",
			en: "Do exactly what the plan says, as a job; refused when data or mapping have moved (409)"},
		{method: "GET", path: jobsPath, tag: "admin", answer: "Any", errors: []int{501}, role: access.Operator,
			handle: h.admin.on(h.admin.jobs), vi: "Các tác vụ, mới nhất trước", en: "The jobs, newest first"},
		{method: "GET", path: jobsPath + "/{id}", tag: "admin", params: job, answer: "Job", errors: []int{404, 501}, role: access.Operator,
			handle: h.admin.on(h.admin.job), vi: "Một tác vụ: tiến độ từng luồng, kết quả cộng lại đúng bằng kế hoạch",
			en: "One job: how far each stream's part is, with counts that add up to the plan's"},
		act("pause", "Tạm dừng tác vụ, giữa hai lô", "Pause a job, between two batches"),
		act("resume", "Tiếp tục tác vụ", "Let a job go on"),
		act("cancel", "Hủy tác vụ: phần đã làm vẫn giữ nguyên", "Cancel a job: what it did stands"),
	}
}

// plan answers POST /v1/admin/plans.
func (h *adminHandlers) plan(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	var body struct {
		book.Ask
		Reason string `json:"reason"`
	}
	if f := readBody(r, &body, true); f != nil {
		return f
	}
	if f := checkAsk(&body.Ask); f != nil {
		return f
	}
	f := checkLength(body.Reason)
	if book.Repositions(body.Kind) {
		f = checkReason(body.Reason, time.Time{}, time.Time{})
	}
	if f != nil {
		return f
	}
	plan, err := h.admin.Plan(access.Because(r.Context(), body.Reason), body.Ask, caller(r))
	if err != nil {
		return h.refused(r, "plan", err)
	}
	return writeJSON(w, r, plan)
}

// checkAsk refuses what cannot be meant; nothing named never means all.
func checkAsk(ask *book.Ask) *answer.Problem {
	narrowed := ask.Code != "" || ask.Key != "" || len(ask.IDs) > 0
	kinds := []string{book.ReplayHeld, book.ReplayStream, book.Sweep, book.RestartWalk, book.Forget}
	moves := book.Repositions(ask.Kind)
	switch {
	case !slices.Contains(kinds, ask.Kind):
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "kind", Value: problem.Short(ask.Kind), Want: strings.Join(kinds, ", ")})
	case (moves || ask.Kind == book.ReplayStream) && (ask.Stream == "" || narrowed):
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "stream", Value: problem.Short(ask.Stream), Want: "stream"})
	case ask.Kind == book.ReplayHeld && ask.Stream == "" && !narrowed:
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "stream", Want: "stream, code, key, ids"})
	case ask.Rate < 0 || moves && ask.Rate > 0: // a source is asked at its own quota
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "rate", Value: strconv.Itoa(ask.Rate), Want: map[bool]string{true: "0", false: "> 0"}[moves]})
	}
	return nil
}

// plans answers GET /v1/admin/plans.
func (h *adminHandlers) plans(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	return writeJSON(w, r, map[string]any{"items": append([]book.Plan{}, h.admin.Plans()...)})
}

// apply answers POST /v1/admin/plans/{id}/apply.
func (h *adminHandlers) apply(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	var body struct {
		Hash   string `json:"hash"`
		Reason string `json:"reason"`
	}
	if f := readBody(r, &body, false); f != nil {
		return f
	}
	if f := checkLength(body.Reason); f != nil {
		return f
	}
	job, err := h.admin.Apply(access.Because(r.Context(), body.Reason), r.PathValue("id"), body.Hash, caller(r))
	if err != nil {
		return h.refused(r, "apply", err)
	}
	w.Header().Set("Location", jobsPath+"/"+job.ID)
	return accepted(w, r, job)
}

// jobs answers GET /v1/admin/jobs.
func (h *adminHandlers) jobs(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	return writeJSON(w, r, map[string]any{"items": append([]book.JobView{}, h.admin.JobList()...)})
}

// job answers GET /v1/admin/jobs/{id}.
func (h *adminHandlers) job(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	view, err := h.admin.Job(r.PathValue("id"))
	if err != nil {
		return h.refused(r, "job", err)
	}
	return writeJSON(w, r, view)
}

// turn answers POST /v1/admin/jobs/{id}/pause, resume and cancel.
func (h *adminHandlers) turn(what string) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		var body struct {
			Reason string `json:"reason"`
		}
		if f := readBody(r, &body, false); f != nil {
			return f
		}
		if f := checkLength(body.Reason); f != nil {
			return f
		}
		view, err := h.admin.TurnJob(access.Because(r.Context(), body.Reason), r.PathValue("id"), what, caller(r))
		if err != nil {
			return h.refused(r, what, err)
		}
		return writeJSON(w, r, view)
	}
}

// acts answers GET /v1/admin/audit.
func (h *adminHandlers) acts(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	q := book.ActQuery{Who: p.text("who"), What: p.text("what"), Target: p.text("target"),
		Phase:  p.choice("phase", []string{book.Begun, book.Done, book.Failed, book.Pruned, book.Older}),
		Before: uint64(p.number("page", 0, 0, 1<<62)), Limit: p.number("limit", listDefault, 1, listMax)}
	if p.bad != nil {
		return p.bad
	}
	rows, before, err := h.admin.Acts(r.Context(), q)
	if err != nil {
		return h.broken(r, "audit", err)
	}
	next := ""
	if before > 1 {
		next = strconv.FormatUint(before, 10)
	}
	return writeJSON(w, r, map[string]any{"items": append([]book.ActEntry{}, rows...), "next": next})
}

// verify answers GET /v1/admin/audit/verify.
func (h *adminHandlers) verify(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	found, err := h.admin.VerifyActs(r.Context())
	if err != nil {
		return h.broken(r, "audit", err)
	}
	type verifiedJSON struct {
		book.Verified
		Text map[string]string `json:"text,omitempty"`
		Hint map[string]string `json:"hint,omitempty"`
	}
	out := verifiedJSON{Verified: found}
	if found.Problem != nil {
		out.Text, out.Hint = bothWays(found.Problem, "")
	}
	return writeJSON(w, r, out)
}

// export answers GET /v1/admin/audit/export.
func (h *adminHandlers) export(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	after := uint64(p.number("after", 0, 0, 1<<62))
	if p.bad != nil {
		return p.bad
	}
	began := false
	err := h.noted(r, "the audit, whole", "behind "+strconv.FormatUint(after, 10), func() error {
		for {
			rows, err := h.admin.ActRows(r.Context(), after, listMax)
			if err != nil || len(rows) == 0 {
				return err
			}
			if !began {
				began = true
				w.Header().Set("Content-Type", mediaLines)
			}
			enc := json.NewEncoder(w)
			for i := range rows {
				if err := enc.Encode(&rows[i]); err != nil {
					return err
				}
			}
			after = rows[len(rows)-1].Seq
		}
	})
	switch {
	case err == nil:
		return nil
	case began:
		panic(http.ErrAbortHandler) // what was sent must not look whole
	}
	return h.unread(r, "audit", err)
}
