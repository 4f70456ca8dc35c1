package rest

import (
	"context"
	"strconv"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/form"
	"iocgateway/adapters/internal/httpx"
)

// found tells who takes the exchange down what was found in an answer, and
// where; without the list that was looked for, which other there is.
func (p *parser) found(ctx context.Context, resp *httpx.Response) {
	rec := adapters.RecorderOf(ctx)
	if rec == nil {
		return
	}
	pl, page := p.pl, p.page
	rec.Count(adapters.FoundRecords, at(pl.Records.Path), page.count)
	if other := otherList(p, resp.Body); other != "" {
		rec.Tell(adapters.FoundList, other, "")
	}
	if page.total >= 0 {
		rec.Count(adapters.FoundTotal, at(pl.Paging.Total), page.total)
	}
	if page.pages >= 0 {
		rec.Count(adapters.FoundPages, at(pl.Paging.Pages), page.pages)
	}
	if page.last != unknown {
		rec.Tell(adapters.FoundLast, at(pl.Paging.Last.Path), strconv.FormatBool(page.last == yes))
	}
	switch {
	case page.next == "":
	case pl.Paging.Kind == "link":
		rec.Tell(adapters.FoundNext, inHeader+"Link", page.next)
	default:
		rec.Tell(adapters.FoundNext, at(pl.Paging.Next), page.next)
	}
}

// at is a path as people read it: that of the whole answer has no name.
func at(path string) string {
	if path == "" {
		return "$"
	}
	return path
}

// otherList is where a list stands, when none is where the profile says.
func otherList(p *parser, body []byte) string {
	if p.in.Found || p.page.count > 0 || p.pl.xml {
		return ""
	}
	switch f := form.Of(body, true); f.Is {
	case form.Object:
		return f.Holds
	case form.List:
		return at("")
	}
	return ""
}
