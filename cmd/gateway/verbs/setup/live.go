package setup

import (
	"context"
	"fmt"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"
	streamsync "iocgateway/router/sync"
)

// liveFor is how long a source may take for its first page.
const liveFor = time.Minute

// live asks a stream's source for its first page and tries the mapping on it.
// Nothing is kept and no checkpoint moves.
func live(ctx context.Context, sh *shell.Shell, st *streamsync.Syncer) shell.Finding {
	f := shell.Finding{What: st.Stream.Full()}
	say := func(ok bool, vi, en string) shell.Finding {
		f.OK, f.Text = ok, sh.Say(vi, en)
		return f
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
	if err != nil {
		f.Text = sh.Words(err)
		return f
	}
	mapped, excluded, held, first := tried(st, page)
	alike := sh.Unmatched(st, page.Records)
	text := fmt.Sprintf(sh.Say("%d bản ghi của trang đầu: %d ánh xạ được, %d loại theo quy tắc, %d sẽ bị cách ly",
		"%d records of the first page: %d mapped, %d left out by rules, %d would be held"), len(page.Records)+len(page.Refused), mapped, excluded, held)
	if first != nil {
		text += ": " + sh.Words(first)
	}
	f.OK, f.Text = held == 0 && alike == 0, text
	return f
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
	}
	if prober, able := st.Reader.(adapters.Prober); able {
		err := prober.Probe(ctx)
		if p, ok := problem.As(err); ok && p.Blames() == problem.BlamesContent {
			return page, err
		}
	}
	return page, nil
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
