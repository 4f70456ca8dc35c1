package mapping

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/mappings"
)

const coverageHelpVI = `So một ánh xạ với các mẫu dữ liệu gốc: đường dẫn không mẫu nào có, kèm đường dẫn có thể là ý muốn nói; trường gốc
chưa ánh xạ và chưa nêu trong ignore; và mỗi đường dẫn có trong bao nhiêu mẫu. Không bao giờ hiển thị giá trị.

Mẫu là TỆP và thư mục: kết quả của gateway pull hoặc quarantine show -o json, các giá trị JSON nối nhau
(NDJSON), một danh sách, hoặc một tài liệu XML; - là stdin. Không nêu thì lấy dữ liệu gốc trong ca kiểm thử của ánh xạ.

  gateway pull dich-vu/ho-so --limit 200 -c gateway.yaml | gateway mapping coverage my/dossier - --dir ./mappings

Mã thoát 3 khi có đường dẫn không mẫu nào có, hoặc trường chưa ai quyết định.`

const coverageHelp = `Compares a mapping with sample Raws: paths that no sample has, with what may be meant; raw fields that
are neither mapped nor listed in ignore; and of each in how many samples it stands. Values are never shown.

Samples are FILEs and folders: what gateway pull or quarantine show -o json prints, JSON values one after
the other (NDJSON), a list of them, or an XML document; - is stdin. Without any, the Raws of the mapping's own tests.

  gateway pull dich-vu/ho-so --limit 200 -c gateway.yaml | gateway mapping coverage my/dossier - --dir ./mappings

Exit 3 when a path is in no sample, or nobody decided about a field.`

func mappingCoverageCommand(sh *shell.Shell) *cobra.Command {
	var dir, held string
	cmd := &cobra.Command{
		Use:   sh.Say("coverage ÁNH_XẠ [TỆP…]", "coverage MAPPING [FILE…]"),
		Short: sh.Say("So ánh xạ với các mẫu dữ liệu gốc (mã thoát 3: còn điểm chưa rõ)", "What a mapping and sample Raws make of each other (exit 3: something is open)"),
		Long:  sh.Say(coverageHelpVI, coverageHelp), Args: sh.Args(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := wiring.MappingSet(dir, privacy.DefaultPolicy())
			if err != nil {
				return err
			}
			plan, err := set.Plan(args[0])
			if err != nil {
				return shell.Ending(shell.ExitNotFound, err)
			}
			found, err := coverageOf(cmd.Context(), sh, set, plan, args[1:], held)
			if err != nil {
				return err
			}
			return reportCoverage(sh, plan, &found)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", sh.Say("thư mục ánh xạ tự viết", "directory of one's own mappings"))
	cmd.Flags().StringVar(&held, "held", "", sh.Say("lấy dữ liệu đang cách ly của NGUỒN/LUỒNG này, từ cổng tích hợp đang chạy",
		"take the Raws held of this SOURCE/STREAM, from the running gateway"))
	shell.CompleteFlag(cmd, "held", sh.StreamNames)
	return cmd
}

func coverageOf(ctx context.Context, sh *shell.Shell, set *mappings.Set, plan *mappings.Plan, files []string, held string) (
	mappings.Coverage, error) {
	reader := &sampleReader{in: sh.In}
	samples := reader.all(files)
	if held != "" || len(files) == 0 {
		taken, err := set.Samples(plan.Name)
		if held != "" {
			taken, err = heldRaws(ctx, sh, held)
		}
		if err != nil {
			return mappings.Coverage{}, err
		}
		samples = slices.Values(taken)
	}
	found := plan.Coverage(samples)
	if reader.err == nil && found.Samples == found.Unread {
		p := &problem.Problem{Code: "GW-M033"}
		if len(files) == 1 {
			p.File = files[0]
		}
		return found, shell.Ending(shell.ExitNotFound, p)
	}
	return found, reader.err
}

// heldRaws asks the running gateway for what is held of a stream.
func heldRaws(ctx context.Context, sh *shell.Shell, stream string) ([]canonical.Raw, error) {
	var list struct{ Items []struct{ ID int64 } }
	q := url.Values{"stream": {stream}, "limit": {"200"}}
	if err := sh.Client().Get(ctx, "/v1/quarantine", q, &list); err != nil {
		return nil, err
	}
	if len(list.Items) == 0 {
		if err := sh.HasStream(ctx, stream); err != nil {
			return nil, err
		}
	}
	out := make([]canonical.Raw, 0, len(list.Items))
	for _, item := range list.Items {
		var one struct{ Key, Media, Payload string }
		if err := sh.Client().Get(ctx, "/v1/quarantine/"+strconv.FormatInt(item.ID, 10), nil, &one); err != nil {
			return nil, err
		}
		out = append(out, canonical.Raw{Key: one.Key, Media: one.Media, Payload: []byte(one.Payload)})
	}
	return out, nil
}

// coverageRow is what is said of one path.
type coverageRow struct {
	State  string           `json:"state"` // missing, undecided, empty, instead, mapped, ignored
	Path   string           `json:"path"`
	Raws   int              `json:"raws"`   // samples it stands in
	Filled int              `json:"filled"` // and with a value
	Share  float64          `json:"share"`
	Near   string           `json:"near,omitempty"`
	Code   string           `json:"code,omitempty"`
	Text   string           `json:"text,omitempty"`
	Hint   string           `json:"hint,omitempty"`
	File   string           `json:"file,omitempty"`
	Line   int              `json:"line,omitempty"`
	Col    int              `json:"col,omitempty"`
	Key    string           `json:"key,omitempty"` // of the mapping
	found  *problem.Problem // nil: nothing is wrong
}

// coverageStates are the states in the order they are shown, with their marks.
func coverageStates() []string {
	return []string{"missing", "undecided", "empty", "instead", "mapped", "ignored"}
}

func coverageRows(plan *mappings.Plan, c *mappings.Coverage) []coverageRow {
	row := func(state string, of mappings.PathCount) coverageRow {
		read := c.Samples - c.Unread
		return coverageRow{State: state, Path: of.Path, Raws: of.Count, Filled: of.Filled, Near: of.Near,
			Share: float64(of.Count) / float64(read)}
	}
	rows := make([]coverageRow, 0, len(c.Mapped)+len(c.Raw))
	for i := range c.Mapped {
		m := &c.Mapped[i]
		r := row("mapped", m.PathCount)
		r.Key, r.File, r.Line, r.Col, r.found = m.Key, plan.File, m.Line, m.Col, c.Problem(plan, m)
		switch {
		case r.found != nil && m.Count == 0:
			r.State = "missing"
		case r.found != nil:
			r.State = "empty"
		case m.Instead:
			r.State = "instead"
		}
		rows = append(rows, r)
	}
	for _, raw := range c.Raw {
		if raw.Decision == mappings.DecidedMapped {
			continue // said from the mapping's side
		}
		r := row(string(raw.Decision), raw.PathCount)
		if raw.Decision == mappings.Undecided {
			r.found = &problem.Problem{Code: "GW-M031", Path: raw.Path, Want: strconv.Itoa(raw.Count), Near: raw.Near}
		}
		rows = append(rows, r)
	}
	order := coverageStates()
	slices.SortStableFunc(rows, func(a, b coverageRow) int {
		return cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State))
	})
	return rows
}

// stateWords is what is the matter with a path.
func stateWords(sh *shell.Shell, state string) string {
	switch state {
	case "missing":
		return sh.Say("không mẫu nào có", state)
	case "undecided":
		return sh.Say("chưa quyết định", state)
	case "empty":
		return sh.Say("luôn trống", state)
	case "instead":
		return sh.Say("dự phòng", state)
	case "mapped":
		return sh.Say("đã ánh xạ", state)
	case "ignored":
		return sh.Say("bỏ qua", state)
	}
	return state
}

func reportCoverage(sh *shell.Shell, plan *mappings.Plan, c *mappings.Coverage) error {
	marks := map[string]string{"missing": "✖", "undecided": "?", "empty": "○", "instead": "–", "mapped": "✔", "ignored": "–"}
	t := &shell.Table{Head: []string{"", "STATE", "PATH", "RAWS", "SHARE", "WHERE", "WHAT"}}
	counts := map[string]int{}
	for _, r := range coverageRows(plan, c) {
		counts[r.State]++
		where, what := "", ""
		if r.Line > 0 {
			where = fmt.Sprintf("%s:%d:%d", r.File, r.Line, r.Col)
		}
		if r.found != nil {
			r.Code, r.Text, r.Hint = r.found.Code, r.found.Text(sh.Language()), r.found.Hint(sh.Language())
			what = r.Code + " " + r.Text
			if r.Hint != "" {
				what += " — " + r.Hint
			}
		}
		t.Add(r, marks[r.State], stateWords(sh, r.State), r.Path, strconv.Itoa(r.Raws), strconv.Itoa(int(r.Share*100+0.5))+" %", where, what)
	}
	if err := sh.Show(t); err != nil {
		return err
	}
	if c.Unread > 0 {
		sh.Tell("%d trong %d mẫu không đọc được (gateway explain GW-M101)",
			"%d of %d samples cannot be read (gateway explain GW-M101)", c.Unread, c.Samples)
	}
	if open := counts["missing"] + counts["undecided"]; open > 0 || c.Unread > 0 {
		return sh.Findings("%s: %d đường dẫn không mẫu nào có, %d trường gốc chưa ai quyết định (%d mẫu)",
			"%s: %d paths in no sample, %d raw fields nobody decided about (%d samples)", plan.Name,
			counts["missing"], counts["undecided"], c.Samples)
	}
	sh.Tell("%s: mọi đường dẫn đều có trong mẫu, mọi trường gốc đều đã quyết định (%d mẫu)",
		"%s: every path is in a sample, every raw field decided about (%d samples)", plan.Name, c.Samples)
	return nil
}
