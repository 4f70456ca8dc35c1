package node

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/control"

	"github.com/spf13/cobra"

	"iocgateway/router/health"
)

// readyWithin is how long a health check waits for an answer.
const readyWithin = 4 * time.Second

// readyCommand is for health checks where there is no shell and no curl.
func Ready(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "ready", Short: sh.Say("Cổng tích hợp có phục vụ đọc được không (mã thoát 1 khi không): dùng cho kiểm tra định kỳ",
			"Whether the gateway can be read from now (exit 1 when it cannot): for health checks"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), readyWithin)
			defer cancel()
			c := sh.Client()
			c.Token, c.Unset = "", nil // nobody is asked who they are
			answer, err := c.Open(ctx, http.MethodGet, "/readyz", nil, "application/json")
			if err != nil {
				return err
			}
			said, err := io.ReadAll(io.LimitReader(answer, 256))
			if err := errors.Join(err, answer.Close()); err != nil {
				return err
			}
			if code, lesser := strings.CutPrefix(string(said), "degraded: "); lesser {
				code, _, _ = strings.Cut(code, ",")
				return sh.Done(map[string]any{"ready": true, "degraded": code}, "sẵn sàng, nhưng có điểm cần xử lý: %s",
					"ready, but needs a look: %s", code)
			}
			return sh.Done(map[string]any{"ready": true}, "sẵn sàng", "ready")
		},
	}
}

// Nodes shows the nodes and what is wrong between them.
func Nodes(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "nodes", Short: sh.Say("Các nút cùng phụ trách các luồng, và vấn đề giữa các nút (mã thoát 3 khi có)",
			"The nodes that share the streams, and what is wrong between them (exit 3 when something is)"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var c health.Cluster
			if err := sh.Client().Get(cmd.Context(), "/v1/nodes", nil, &c); err != nil {
				return err
			}
			if err := showNodes(sh, &c); err != nil {
				return err
			}
			if n := len(c.Problems); n > 0 {
				return sh.Findings("%d mục cần xử lý", "%d things to look at", n)
			}
			return nil
		},
	}
}

func showNodes(s *shell.Shell, c *health.Cluster) error {
	if s.Output != "table" {
		return s.Value(c, nil)
	}
	t := &shell.Table{Head: []string{"NODE", "ROLES", "HOLDS", "VERSION", "SINCE", "CLOCK", "URL"}}
	for _, n := range c.Nodes {
		since, clock := "-", "-"
		if !n.Started.IsZero() {
			since = s.Time(n.Started)
		}
		if c.Sharing != nil {
			clock = s.Span(n.Clock)
		}
		name := n.Name
		if n.Silent {
			name += " (" + s.Word("idea", "silent") + ")"
		}
		roles := make([]string, 0, len(n.Roles))
		for _, role := range n.Roles {
			roles = append(roles, s.Word("work", role))
		}
		t.Add(n, name, strings.Join(roles, ", "), s.Number(n.Held), s.Word("version", n.Version), since, clock, n.URL)
	}
	if err := s.Show(t); err != nil {
		return err
	}
	if c.View != nil {
		s.Tell("%s: còn %s thông điệp chưa đọc từ nhật ký dữ liệu", "%s: %s messages behind the Log", c.Node, s.Number(int(c.View.Behind)))
	}
	if c.Sharing != nil && c.Sharing.Free > 0 {
		s.Tell("chưa nút nào phụ trách: %d/%d luồng", "held by no node: %d of %d", c.Sharing.Free, c.Sharing.Streams)
	}
	for i := range c.Problems {
		printProblem(s, &c.Problems[i])
	}
	return nil
}

// printProblem prints what is wrong and how to mend it.
func printProblem(s *shell.Shell, p *problem.Problem) {
	s.Printf("%s %s", p.Code, p.Text(s.Language()))
	if hint := p.Hint(s.Language()); hint != "" {
		s.Printf("    %s", hint)
	}
}

// Sink has the verbs on sinks.
func Sink(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "sink", Short: sh.Say("Bên nhận do cổng tích hợp chủ động gửi: đã gửi đến đâu, vì sao dừng",
		"Where feeds are pushed to: how far, and why one stopped")}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: sh.Say("Các bên nhận và đã gửi đến đâu (mã thoát 3 khi có bên nhận đã dừng)", "Sinks and how far each is (exit 3 when one has stopped)"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := sinks(sh, cmd.Context())
			if err != nil {
				return err
			}
			stopped, err := showSinks(sh, all)
			if err == nil && stopped > 0 {
				err = sh.Findings("%d bên nhận đã dừng", "%d stopped", stopped)
			}
			return err
		},
	}, &cobra.Command{
		Use: sh.Say("resume BÊN_NHẬN KÊNH", "resume SINK FEED"), Args: sh.Args(2, 2), ValidArgsFunction: completeSink(sh),
		Short: sh.Say("Cho bên nhận đã dừng gửi tiếp", "Let a sink that stopped try again"),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := sinks(sh, cmd.Context())
			if err != nil {
				return err
			}
			there := make([]string, 0, len(all))
			for i := range all {
				there = append(there, all[i].Name+" "+string(all[i].Feed))
			}
			if name := args[0] + " " + args[1]; !slices.Contains(there, name) {
				return sh.NotFound("bên nhận", "sink", name, "gateway sink list", there)
			}
			var done map[string]string
			if err := sh.Client().Post(cmd.Context(), control.ResumePath(args[0], args[1]), nil, &done); err != nil {
				return err
			}
			return sh.Done(done, "%s %s: %s", "%s %s: %s", args[0], args[1], sh.Word("act", "resume"))
		},
	})
	return cmd
}

// sinks are those of the running gateway.
func sinks(sh *shell.Shell, ctx context.Context) ([]health.SinkStatus, error) {
	var answer struct {
		Sinks []health.SinkStatus `json:"sinks"`
	}
	err := sh.Client().Get(ctx, "/v1/sinks", nil, &answer)
	return answer.Sinks, err
}

// completeSink offers sinks, and behind one its feeds.
func completeSink(sh *shell.Shell) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return shell.Complete(2, func(ctx context.Context) (fit []string, err error) {
			all, err := sinks(sh, ctx)
			for i := range all {
				switch {
				case len(args) == 0:
					fit = append(fit, all[i].Name)
				case all[i].Name == args[0]:
					fit = append(fit, string(all[i].Feed))
				}
			}
			slices.Sort(fit)
			return slices.Compact(fit), err
		})(cmd, args, begun)
	}
}

func showSinks(s *shell.Shell, all []health.SinkStatus) (stopped int, err error) {
	t := &shell.Table{Head: []string{"SINK", "FEED", "STATE", "BEHIND", "SENT", "LAST SENT", "NODE", "CAUSE"}}
	for i := range all {
		st := &all[i]
		if st.Halted {
			stopped++
		}
		behind, last, cause := strconv.FormatUint(st.Behind, 10), "-", st.Error
		if st.State() == health.SinkUnknown {
			behind = "-"
		}
		if !st.LastSent.IsZero() {
			last = s.Time(st.LastSent)
		}
		if st.Problem != nil {
			cause = st.Problem.Code
		}
		t.Add(st, st.Name, string(st.Feed), s.Word("sink", string(st.State())), behind, strconv.FormatUint(st.Sent, 10), last, st.Node, cause)
	}
	if err := s.Show(t); err != nil {
		return stopped, err
	}
	for i := range all {
		for _, p := range []*problem.Problem{all[i].Problem, all[i].Passed} {
			if p != nil {
				s.Printf("%s %s:", all[i].Name, all[i].Feed)
				printProblem(s, p)
			}
		}
	}
	return stopped, nil
}
