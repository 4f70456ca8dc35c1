package data

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/cmd/gateway/verbs/shell"
)

// event is what people are shown of a CloudEvent; programs get it as it is.
type event struct {
	Type     string          `json:"type"`
	Subject  string          `json:"subject"`
	Sequence string          `json:"sequence"`
	Recorded time.Time       `json:"recordedtime"`
	Mapping  string          `json:"mapping"`
	Data     json.RawMessage `json:"data"`
}

// op is how the record changed, as its type says: PREFIX.KIND.OP.VERSION.
func (e *event) op() string {
	parts := strings.Split(e.Type, ".")
	return parts[max(len(parts)-2, 0)]
}

// title is what the record is about, in a line; empty where nothing says so.
func (e *event) title(sh *shell.Shell) string {
	var body struct {
		Kind      canonical.Kind        `json:"kind"`
		Title     string                `json:"title"`
		Subject   string                `json:"subject"`
		Name      string                `json:"name"`
		State     string                `json:"state"`
		Indicator struct{ Name string } `json:"indicator"`
	}
	if json.Unmarshal(e.Data, &body) != nil {
		return "" // of another shape: it has no title that is known here
	}
	for _, text := range []string{body.Title, body.Subject, body.Name, body.Indicator.Name} {
		if text != "" {
			return cut(strings.Join(strings.Fields(text), " "))
		}
	}
	if body.Kind == canonical.KindOps && body.State != "" {
		return sh.Word("state", body.State)
	}
	return ""
}

// position is a sequence as people read it: without the zeros that make its text
// sort as its number.
func position(sh *shell.Shell, sequence string) string {
	n, err := strconv.Atoi(sequence)
	if err != nil {
		return sequence
	}
	return sh.Number(n)
}

// eventLine is an event on a line: as it came for programs, and for people when it
// was recorded, where it stands, how what changed, and what that is.
func eventLine(sh *shell.Shell, line json.RawMessage) string {
	var e event
	if sh.Output != "table" || json.Unmarshal(line, &e) != nil {
		return string(line)
	}
	text := fmt.Sprintf("%s  %8s  %-17s  %s  %s", sh.Time(e.Recorded), position(sh, e.Sequence), sh.Word("op", e.op()), e.Subject, e.title(sh))
	return strings.TrimRight(text, " ")
}

// eachEvent visits the current records of a feed, and then tells the cursor to go
// on from.
func eachEvent(sh *shell.Shell, ctx context.Context, feed string, visit func(json.RawMessage) error, paged func(string) error) error {
	page := ""
	for {
		var answer struct {
			Events []json.RawMessage
			Page   string
			Cursor string
		}
		q := url.Values{}
		if page != "" {
			q.Set("page", page)
		}
		if err := sh.Client().Get(ctx, "/v1/feeds/"+url.PathEscape(feed)+"/snapshot", q, &answer); err != nil {
			return noFeed(sh, ctx, feed, err)
		}
		for _, line := range answer.Events {
			if err := visit(line); err != nil {
				return err
			}
		}
		page = answer.Page
		if paged != nil {
			cursor := answer.Cursor
			if page != "" {
				cursor = "" // only what was written has a cursor
			}
			if err := paged(cursor); err != nil {
				return err
			}
		}
		if page == "" {
			return nil
		}
	}
}

// noFeed has the refusal of a feed that is not there say which one may be meant.
func noFeed(sh *shell.Shell, ctx context.Context, feed string, refused error) error {
	if shell.ExitCode(refused) != shell.ExitNotFound {
		return refused
	}
	there, err := feedNames(sh)(ctx)
	if err != nil || slices.Contains(there, feed) {
		return refused
	}
	return sh.NotFound("kênh dữ liệu", "feed", feed, "gateway feed list", there)
}

// digestPath is where a feed's digest, or one bucket of it, is.
func digestPath(feed string, bucket int) string {
	path := "/v1/feeds/" + url.PathEscape(feed) + "/digest"
	if bucket >= 0 {
		path += "/" + strconv.Itoa(bucket)
	}
	return path
}

// showDigest prints a digest for people: how much there is up to where. The sums are
// for programs, which compare them.
func showDigest(sh *shell.Shell, ctx context.Context, feed string, bucket int) error {
	var answer struct {
		Feed     string            `json:"feed"`
		Count    int               `json:"count"`
		Sequence string            `json:"sequence"`
		Buckets  []json.RawMessage `json:"buckets"`
		Records  []struct {
			ID      string `json:"id"`
			Version string `json:"version"`
		} `json:"records"`
	}
	if err := sh.Client().Get(ctx, digestPath(feed, bucket), nil, &answer); err != nil {
		return noFeed(sh, ctx, feed, err)
	}
	if bucket >= 0 {
		t := &shell.Table{Head: []string{"RECORD", "VERSION"}}
		for _, r := range answer.Records {
			t.Add(r, r.ID, r.Version)
		}
		return sh.Show(t)
	}
	if err := sh.Value(answer, [][2]string{{"feed", answer.Feed}, {"records", sh.Number(answer.Count)},
		{"position", position(sh, answer.Sequence)}, {"buckets", sh.Number(len(answer.Buckets))}}); err != nil {
		return err
	}
	sh.Tell("tổng kiểm (checksum) của từng ngăn, để bên nhận so với bản của mình: gateway feed digest %s -o json",
		"the checksum of each bucket, which a reader compares with its own: gateway feed digest %s -o json", feed)
	return nil
}
