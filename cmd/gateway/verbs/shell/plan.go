package shell

import (
	"context"
	"net/url"

	"iocgateway/router/book"
)

// Apply does what a plan says, with the hash that it has now. Which kind the
// verb's plans are is asked first: one verb's plan is not another's.
func (s *Shell) Apply(ctx context.Context, kind, verb, id, reason string) error {
	var plans struct{ Items []book.Plan }
	if err := s.Client().Get(ctx, "/v1/admin/plans", nil, &plans); err != nil {
		return err
	}
	for i := range plans.Items {
		if p := &plans.Items[i]; p.ID == id && p.Ask.Kind != kind {
			return s.Usage("kế hoạch %s thuộc loại khác (%s), không thực hiện được bằng %s", "plan %s is of another kind (%s) than %s applies",
				id, s.Word("act", p.Ask.Kind), verb)
		}
	}
	var job book.Job
	path := "/v1/admin/plans/" + url.PathEscape(id) + "/apply"
	if err := s.Client().Post(ctx, path, map[string]any{"reason": reason}, &job); err != nil {
		return err
	}
	s.Tell("xem tiến độ: gateway job show %s", "how far: gateway job show %s", job.ID)
	return s.Value(job, [][2]string{{"job", job.ID}, {"state", s.Word("job", job.State)}, {"planned", s.Number(job.Plan.Planned)}})
}
