package node

import (
	"context"
	"net/http"
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
		Use: "ready", Short: "Whether the gateway can be read from now (exit 1 when it cannot): for health checks",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), readyWithin)
			defer cancel()
			c := sh.Client()
			c.Token, c.Unset = "", nil // nobody is asked who they are
			answer, err := c.Open(ctx, http.MethodGet, "/readyz", nil, "application/json")
			if err != nil {
				return err
			}
			sh.Printf("ready")
			return answer.Close()
		},
	}
}

// Nodes shows the nodes and what is wrong between them.
func Nodes(sh *shell.Shell) *cobra.Command {
	return &cobra.Command{
		Use: "nodes", Short: "The nodes that share the streams, and what is wrong between them (exit 3 when something is)",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var c health.Cluster
			if err := sh.Client().Get(cmd.Context(), "/v1/nodes", nil, &c); err != nil {
				return err
			}
			if err := showNodes(sh, &c); err != nil {
				return err
			}
			if n := len(c.Problems); n > 0 {
				return shell.Findings("%d things to look at", n)
			}
			return nil
		},
	}
}

func showNodes(s *shell.Shell, c *health.Cluster) error {
	if s.Output != "table" {
		return shell.WriteValue(s.Out, s.Output, c, nil)
	}
	t := &shell.Table{Head: []string{"NODE", "ROLES", "HOLDS", "VERSION", "SINCE", "CLOCK", "URL"}}
	for _, n := range c.Nodes {
		since, clock := "-", "-"
		if !n.Started.IsZero() {
			since = n.Started.Local().Format(time.DateTime)
		}
		if c.Sharing != nil {
			clock = n.Clock.Round(time.Millisecond).String()
		}
		name := n.Name
		if n.Silent {
			name += " (silent)"
		}
		t.Add(n, name, strings.Join(n.Roles, ","), strconv.Itoa(n.Held), n.Version, since, clock, n.URL)
	}
	if err := t.Write(s.Out, s.Output); err != nil {
		return err
	}
	if c.View != nil {
		s.Printf("%s: %d messages behind the Log", c.Node, c.View.Behind)
	}
	if c.Sharing != nil && c.Sharing.Free > 0 {
		s.Printf("held by no node: %d of %d", c.Sharing.Free, c.Sharing.Streams)
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
	cmd := &cobra.Command{Use: "sink", Short: "Where feeds are pushed to: how far, and why one stopped"}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "Sinks and how far each is (exit 3 when one has stopped)",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Sinks []health.SinkStatus `json:"sinks"`
			}
			if err := sh.Client().Get(cmd.Context(), "/v1/sinks", nil, &answer); err != nil {
				return err
			}
			stopped, err := showSinks(sh, answer.Sinks)
			if err == nil && stopped > 0 {
				err = shell.Findings("%d stopped", stopped)
			}
			return err
		},
	}, &cobra.Command{
		Use: "resume SINK FEED", Short: "Let a sink that stopped try again", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var done map[string]string
			if err := sh.Client().Post(cmd.Context(), control.ResumePath(args[0], args[1]), nil, &done); err != nil {
				return err
			}
			sh.Printf("%s %s: resume", args[0], args[1])
			return nil
		},
	})
	return cmd
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
			last = st.LastSent.Local().Format(time.DateTime)
		}
		if st.Problem != nil {
			cause = st.Problem.Code
		}
		t.Add(st, st.Name, string(st.Feed), string(st.State()), behind, strconv.FormatUint(st.Sent, 10), last, st.Node, cause)
	}
	if err := t.Write(s.Out, s.Output); err != nil {
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
