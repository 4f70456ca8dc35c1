package setup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	streamsync "iocgateway/router/sync"
)

// liveFor is how long a source may take for its first page, moreFor for each of
// the few behind it: one that is kept waiting by its quota is not looked at.
const (
	liveFor   = time.Minute
	moreFor   = 5 * time.Second
	livePages = 3
)

// allLive tries all streams on their sources: first what is wrong, then what is
// well, then what may be as it is.
func allLive(ctx context.Context, sh *shell.Shell, streams []*streamsync.Syncer) error {
	var found []shell.Finding
	var notes []string
	for _, st := range streams {
		f, lines := live(ctx, sh, st)
		found, notes = append(found, f), append(notes, lines...)
	}
	slices.SortStableFunc(found, func(a, b shell.Finding) int {
		switch {
		case a.OK == b.OK:
			return 0
		case b.OK:
			return -1
		}
		return 1
	})
	err := sh.Report(found)
	for _, line := range notes {
		sh.Printf("%s", line)
	}
	sh.Tell("đã thử: đọc từ đầu, như một lần chạy đầu tiên, và ánh xạ; không lưu gì, không so với những gì đã ghi nhận (xem: gateway status)",
		"tried: reading from the beginning, as a first run does, and mapping; nothing was kept, or compared with what was taken so far (see: gateway status)")
	return err
}

// live asks a stream's source for its first pages and tries the mapping on them.
// Nothing is kept and no checkpoint moves.
func live(ctx context.Context, sh *shell.Shell, st *streamsync.Syncer) (f shell.Finding, notes []string) {
	f = shell.Finding{What: st.Stream.Full()}
	say := func(ok bool, vi, en string) (shell.Finding, []string) {
		f.OK, f.Text = ok, sh.Say(vi, en)
		return f, nil
	}
	switch {
	case st.Stream.Push:
		return say(true, "nguồn tự gửi: không thể chủ động lấy", "delivers by itself: nothing to ask")
	case st.Stream.Disabled:
		return say(true, "đã tắt: không gọi nguồn", "is off: not asked")
	}
	ctx, cancel := context.WithTimeout(ctx, liveFor)
	defer cancel()
	page, err := firstPage(ctx, st)
	pages := 1
	if err == nil {
		pages, err = nextPages(ctx, st, &page)
	}
	if err != nil {
		f.Text = shell.WordsFor(sh, st.Stream.Full(), err)
		return f, nil
	}
	all := len(page.Records) + len(page.Refused)
	if all == 0 {
		f.OK, f.Text = true, fmt.Sprintf(sh.Say("không có bản ghi nào trong %s: chưa thử được ánh xạ",
			"no record in %s: the mapping could not be tried"), seen(sh, pages, page.More))
		return f, nil
	}
	mapped, excluded, held, first := tried(st, page)
	notes, alike := sh.Unmatched(st, page.Records)
	text := fmt.Sprintf(sh.Say("%s bản ghi của %s: %s ánh xạ được, %s loại theo quy tắc, %s sẽ bị cách ly",
		"%s records of %s: %s mapped, %s left out by rules, %s would be held"), sh.Number(all),
		seen(sh, pages, page.More), sh.Number(mapped), sh.Number(excluded), sh.Number(held))
	if first != nil {
		text += ": " + shell.WordsFor(sh, st.Stream.Full(), first)
	}
	if alike > 0 {
		text += fmt.Sprintf(sh.Say("; %d đường dẫn của ánh xạ có thể viết sai (GW-M030, bên dưới)",
			"; %d paths of the mapping may be misspelt (GW-M030, below)"), alike)
	}
	f.OK, f.Text = held == 0 && alike == 0, text
	return f, notes
}

// firstPage is what a source gives first. A probe, where the quota has room for
// it, shows what a page alone does not: that it is not what its profile says.
func firstPage(ctx context.Context, st *streamsync.Syncer) (adapters.Page, error) {
	page, err := st.Reader.Pull(ctx, nil)
	if err != nil {
		return page, err
	}
	if page.Tail != nil {
		_ = page.Tail.Close() // the first of it is enough
		page.More = true
	}
	if prober, able := st.Reader.(adapters.Prober); able {
		err := prober.Probe(ctx)
		if p, ok := problem.As(err); ok && p.Blames() == problem.BlamesContent {
			return page, err
		}
	}
	return page, nil
}

// nextPages adds the few pages behind the first, as far as the source gives them at
// once: a queue gives no more before what came is acknowledged.
func nextPages(ctx context.Context, st *streamsync.Syncer, page *adapters.Page) (pages int, err error) {
	_, queue := st.Reader.(adapters.Acker)
	for pages = 1; pages < livePages && page.More && page.Tail == nil && !queue; pages++ {
		next, err := nextPage(ctx, st, page.Next)
		p, ok := problem.As(err)
		switch {
		case ok && p.Blames() == problem.BlamesContent && p.Reason() != problem.Throttled:
			return pages, err
		case err != nil:
			return pages, nil
		}
		page.Records, page.Refused = append(page.Records, next.Records...), append(page.Refused, next.Refused...)
		page.Next, page.More, page.Tail = next.Next, next.More || next.Tail != nil, next.Tail
	}
	return pages, nil
}

func nextPage(ctx context.Context, st *streamsync.Syncer, from canonical.Checkpoint) (adapters.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, moreFor)
	defer cancel()
	page, err := st.Reader.Pull(ctx, from)
	if err == nil && page.Tail != nil {
		_ = page.Tail.Close() // the first of it is enough
	}
	if ctx.Err() != nil {
		return page, ctx.Err()
	}
	return page, err
}

// seen says which pages were looked at, and that there are others.
func seen(sh *shell.Shell, pages int, more bool) string {
	switch {
	case more && pages == 1:
		return sh.Say("trang đầu (chưa xem các trang sau)", "the first page (those behind it were not looked at)")
	case more:
		return fmt.Sprintf(sh.Say("%d trang đầu (chưa xem các trang sau)", "the first %d pages (those behind them were not looked at)"), pages)
	case pages == 1:
		return sh.Say("trang duy nhất", "the only page")
	}
	return fmt.Sprintf(sh.Say("cả %d trang", "all %d pages"), pages)
}

// tried counts what a page's Raws would come to, and gives why the first is held.
func tried(st *streamsync.Syncer, page adapters.Page) (mapped, excluded, held int, first error) {
	if held = len(page.Refused); held > 0 {
		first = &page.Refused[0].Problem
	}
	for _, raw := range page.Records {
		switch _, err := st.Mapping().Map(raw); {
		case err == nil:
			mapped++
		case problem.Rule(err) != "":
			excluded++
		default:
			if held++; first == nil {
				first = err
			}
		}
	}
	return mapped, excluded, held, first
}
