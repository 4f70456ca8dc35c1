// Package admin has the verbs of administrators: audit, job.
package admin

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
	"iocgateway/router/control"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"
)

// Audit has the verbs on what people did and read.
func Audit(sh *shell.Shell) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: sh.Say("Nhật ký thao tác: ai đã làm và xem gì, vì sao, từ đâu, kết quả",
		"Who did and read what, why, from where, with what result: list, verify, export")}
	cmd.AddCommand(auditListCommand(sh), auditVerifyCommand(sh), auditExportCommand(sh), auditAcceptCommand(sh))
	return cmd
}

func auditListCommand(sh *shell.Shell) *cobra.Command {
	var who, what, target, phase string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: sh.Say("Nhật ký thao tác, mới nhất trước", "The audit, newest first"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}}
			for name, value := range map[string]string{"who": who, "what": what, "target": target, "phase": phase} {
				if value != "" {
					q.Set(name, value)
				}
			}
			var answer struct {
				Items []book.ActEntry
				Next  string
			}
			if err := sh.Client().Get(cmd.Context(), "/v1/admin/audit", q, &answer); err != nil {
				return err
			}
			t := &shell.Table{Head: []string{"ROW", "AT", "PHASE", "WHO", "FROM", "WHAT", "TARGET", "WHY", "RESULT"}}
			for i := range answer.Items {
				e := &answer.Items[i]
				t.Add(e, fmt.Sprint(e.Seq), sh.Time(e.At), phaseWords(sh, e), sh.Word("who", e.Who),
					strings.TrimSpace(sh.Word("via", e.Via)+" "+e.From), deedWords(sh, e.What), targetWords(sh, e.Target), e.Why, resultWords(sh, e))
			}
			if answer.Next != "" {
				sh.Tell("còn nữa: tăng --limit, hoặc lọc bằng --who, --what, --target", "there is more: raise --limit, or narrow with --who, --what, --target")
			}
			return sh.Show(t)
		},
	}
	f := cmd.Flags()
	f.StringVar(&who, "who", "", sh.Say("chỉ người hoặc token này", "only this person or token"))
	f.StringVar(&what, "what", "", sh.Say("chỉ việc có tên chứa chuỗi này", "only acts whose name has this"))
	f.StringVar(&target, "target", "", sh.Say("chỉ đối tượng có tên chứa chuỗi này", "only on what has this in its name"))
	f.StringVar(&phase, "phase", "", sh.Say("chỉ giai đoạn begun, done, failed, pruned hoặc older",
		"only begun, done, failed, pruned or older"))
	f.IntVar(&limit, "limit", 50, sh.Say("nhiều nhất (200)", "at most (200)"))
	shell.CompleteFlag(cmd, "phase", shell.Fixed(book.Begun, book.Done, book.Failed, book.Pruned, book.Older))
	return cmd
}

func auditVerifyCommand(sh *shell.Shell) *cobra.Command {
	var file, head string
	cmd := &cobra.Command{
		Use: "verify", Short: sh.Say("Kiểm tra chuỗi nhật ký thao tác: nêu dòng bị sửa, xóa hay chuyển chỗ (mã thoát 3)",
			"Whether the chain of the audit holds: a row that was changed, removed or moved is named (exit 3)"),
		Long: sh.Say("Đi hết chuỗi của cổng tích hợp đang chạy, hoặc của tệp đã xuất (--file), từ dòng cũ nhất đến dòng mới nhất.\n"+
			"Chuỗi bị cắt ở cuối vẫn tự khớp: lưu dòng cuối mà verify in ra ở nơi khác, rồi nêu bằng --head.",
			"Walks the chain of the running gateway, or of an exported --file, from its oldest row to its newest.\n"+
				"A chain that was cut short at its end proves itself: keep the head that verify prints elsewhere, and give it with --head."),
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, said, err := verified(sh, cmd, file)
			if err != nil {
				return err
			}
			if found.Whole && head != "" {
				if err := reaches(sh, cmd, file, head); err != nil {
					return err
				}
			}
			lines := [][2]string{
				{"rows", fmt.Sprintf(sh.Say("%d, từ dòng %d", "%d, from %d"), found.Rows, found.First)},
				{"pruned up to", strconv.FormatUint(found.Pruned, 10)}, {"last row", fmt.Sprintf("%d:%s", found.Head.Seq, found.Head.Hash)},
				{"end guarded", guardWords(sh, found.Guarded)}, {"whole", map[bool]string{true: sh.Say("có", "true"), false: sh.Say("không",
					"false")}[found.Whole]}}
			if said != "" {
				lines = append(lines, [2]string{"what", said})
			}
			err = sh.Value(found, lines)
			if err == nil && !found.Whole {
				return shell.Ending(shell.ExitFindings, found.Problem)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&file, "file", "", sh.Say("chuỗi đã xuất (gateway audit export)", "an exported chain (gateway audit export)"))
	cmd.Flags().StringVar(&head, "head", "", sh.Say("DÒNG:MÃ_BĂM phải có trong chuỗi", "ROW:HASH that must be in the chain"))
	return cmd
}

// guardWords says from where on the end of a chain is guarded.
func guardWords(sh *shell.Shell, since *book.ActEntry) string {
	if since == nil {
		return sh.Say("từ dòng đầu", "from its first row")
	}
	return fmt.Sprintf(sh.Say("từ dòng %d, %s (%s): phần bị cắt trước đó không phát hiện được",
		"from row %d, %s (%s): what was cut off before nothing tells"), since.Seq, sh.Time(since.At), since.What)
}

// verified walks the gateway's chain, or a file's.
func verified(sh *shell.Shell, cmd *cobra.Command, file string) (found book.Verified, said string, err error) {
	if file == "" {
		var answer struct {
			book.Verified
			Text map[string]string
		}
		err = sh.Client().Get(cmd.Context(), "/v1/admin/audit/verify", nil, &answer)
		return answer.Verified, answer.Text[string(sh.Language())], err
	}
	found.Verdict, err = book.Verify(book.Acts, book.Anchor{}, func(yield func(*book.Row) bool) error {
		return rowsOf(file, func(r *book.Row) bool {
			if e, err := control.Entry(r); err == nil && e.GuardsAnew() {
				found.Guarded = &e
			}
			return yield(r)
		})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return found, "", shell.Ending(shell.ExitNotFound, &problem.Problem{Code: "GW-C050", Value: file})
	}
	if err != nil {
		return found, "", shell.Ending(shell.ExitUsage, err)
	}
	if found.Whole && found.Rows == 0 {
		return found, "", sh.Usage("%s không có dòng nào: không phải chuỗi đã xuất", "%s has no row: this is no exported chain", file)
	}
	if !found.Whole {
		found.Problem = control.Broken(found.Verdict)
		said = found.Problem.Text(sh.Language())
	}
	return found, said, nil
}

// rowsOf reads an exported chain.
func rowsOf(file string, yield func(*book.Row) bool) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	in := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: the last line has no end: the export was cut short", file, n)
		}
		var r book.Row
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if !yield(&r) {
			return nil
		}
	}
}

// reaches refuses a chain that does not have a row somebody kept the hash of.
func reaches(sh *shell.Shell, cmd *cobra.Command, file, head string) error {
	number, hash, ok := strings.Cut(head, ":")
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil || !ok || seq == 0 {
		return sh.Usage("--head %s: cần dạng DÒNG:MÃ_BĂM như verify in ra", "--head %s: ROW:HASH, as verify prints it", head)
	}
	var at book.Row
	if file == "" {
		err = eachLine(sh, cmd, seq-1, func(line []byte) (more bool, err error) { return false, json.Unmarshal(line, &at) })
	} else {
		err = rowsOf(file, func(r *book.Row) bool { at = *r; return r.Seq < seq })
	}
	if err != nil {
		return err
	}
	if at.Seq != seq || at.Hash != hash {
		lost := book.Verdict{Part: book.Acts, At: seq, What: book.Missing}
		if at.Seq == seq {
			lost.What = book.Joined
		}
		return shell.Ending(shell.ExitFindings, control.Broken(lost))
	}
	return nil
}

// eachLine gives the lines of the export behind a row.
func eachLine(sh *shell.Shell, cmd *cobra.Command, after uint64, take func(line []byte) (more bool, err error)) error {
	path := "/v1/admin/audit/export?after=" + strconv.FormatUint(after, 10)
	body, err := sh.Client().Open(cmd.Context(), "GET", path, nil, "application/x-ndjson")
	if err != nil {
		return err
	}
	defer body.Close()
	in := bufio.NewReader(body)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the export was cut short: %w", err)
		}
		more, err := take(line)
		if err != nil || !more {
			return err
		}
	}
}

func auditExportCommand(sh *shell.Shell) *cobra.Command {
	var after uint64
	cmd := &cobra.Command{
		Use: "export", Short: sh.Say("Xuất chuỗi nhật ký thao tác, mỗi dòng một JSON, cũ nhất trước; gateway audit verify --file kiểm tra được ở bất cứ đâu",
			"The chain of the audit, a JSON line a row, oldest first; gateway audit verify --file checks it anywhere"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return eachLine(sh, cmd, after, func(line []byte) (bool, error) {
				_, err := sh.Out.Write(line)
				return true, err
			})
		},
	}
	cmd.Flags().Uint64Var(&after, "after", 0, sh.Say("chỉ các dòng sau dòng này", "only rows behind this one"))
	return cmd
}

func auditAcceptCommand(sh *shell.Shell) *cobra.Command {
	var dir, reason string
	cmd := &cobra.Command{
		Use: sh.Say("accept --dir THƯ_MỤC --reason LÝ_DO", "accept --dir DIR --reason WHY"),
		Short: sh.Say("Cho sổ phụ tiếp tục dù có dòng bị mất hoặc hỏng (GW-R041, GW-R053, GW-R054)",
			"Let a side book go on although rows of it are missing or damaged (GW-R041, GW-R053, GW-R054)"),
		Long: sh.Say("Dừng cổng tích hợp trước. Nếu có bản sao lưu, chép book.jsonl của bản đó vào thư mục dữ liệu --dir: sổ tiếp tục từ đó.\n"+
			"Lần khởi động tới cất tệp cũ làm bằng chứng, mở đầu bằng một dòng nhật ký thao tác ghi ai chấp nhận điều gì và vì sao, rồi nhận lệnh trở lại.\n"+
			"Lệnh này chạy ngay trên máy chủ: ai chạy được lệnh này thì cũng xóa được tệp.",
			"Stop the gateway first. Where there is a backup, put its book.jsonl into the data folder --dir: it goes on from there.\n"+
				"The next start sets the old file aside as evidence, begins with a row of the audit that says who accepted what and why, and does acts again.\n"+
				"It is done on the machine itself: whoever can do this could also have removed the file."),
		RunE: func(_ *cobra.Command, _ []string) error {
			if reason == "" {
				return sh.ErrReason()
			}
			if dir == "" {
				return sh.Usage("cần --dir: thư mục dữ liệu (store.dir)", "--dir is needed: the data folder (store.dir)")
			}
			return accept(sh, dir, reason)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", sh.Say("thư mục dữ liệu (store.dir)", "data folder (store.dir)"))
	cmd.Flags().StringVar(&reason, "reason", "", sh.Say("lý do (bắt buộc: lưu trong nhật ký thao tác)",
		"why (required: it is kept in the audit)"))
	return cmd
}

func accept(sh *shell.Shell, dir, reason string) error {
	if err := store.Holds(dir); err != nil {
		return shell.Ending(shell.ExitUsage, err)
	}
	if err := store.Held(dir); err != nil {
		return err // a gateway runs: it would follow the word at a start that nobody has in mind
	}
	known, err := store.Booked(dir)
	if err != nil {
		return err
	}
	word := bookfile.Acceptance{By: person(), Why: reason, At: time.Now()}
	found := bookfile.Check(dir, known)
	if p, ok := problem.As(found); ok {
		word.Code = p.Code
		sh.Tell("phát hiện: %s %s", "found: %s %s", p.Code, p.Text(sh.Language()))
	} else if found != nil {
		return found
	} else {
		sh.Tell("thư mục này không thiếu gì; lần khởi động tới kiểm tra cả topic (engine: kafka), và bỏ qua lời chấp nhận này nếu không thiếu",
			"in this folder nothing is missing; the next start looks at the topic too (engine: kafka), and forgets this where nothing is")
	}
	if err := word.Leave(dir); err != nil {
		return err
	}
	return sh.Done(word, "đã ghi nhận của %s: lần khởi động tới tiếp tục với những gì đang có, và ghi lại việc này",
		"noted for %s: the next start goes on with what is there, and writes this down", word.By)
}

// person is who is at the keyboard, also behind sudo.
func person() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return strconv.Itoa(os.Getuid())
}
