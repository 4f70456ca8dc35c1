package feed

import (
	"net/http"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// catalogueHandlers answer what feeds there are.
type catalogueHandlers struct {
	failures
	veiled
	view    View
	streams Streams
	now     func() time.Time
}

type feedJSON struct {
	Feed    canonical.Feed    `json:"feed"`
	Kinds   []canonical.Kind  `json:"kinds"`
	Schemas []string          `json:"schemas"`
	Oldest  uint64            `json:"oldest"`
	Head    uint64            `json:"head"`
	HeadAt  time.Time         `json:"head_at,omitzero"`
	Live    int               `json:"live"`
	Held    int               `json:"held"`
	Streams []statusJSON      `json:"streams"`
	Links   map[string]string `json:"links"`
}

// feeds answers GET /v1/feeds: the catalogue.
func (h *catalogueHandlers) feeds(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	infos, err := h.view.Feeds(r.Context())
	if err != nil {
		return h.broken(r, "feeds", err)
	}
	epoch, err := h.view.Epoch(r.Context())
	if err != nil {
		return h.broken(r, "epoch", err)
	}
	statuses, err := h.streams.Statuses(r.Context())
	if err != nil {
		return h.broken(r, "statuses", err)
	}
	now := h.now()
	out := make([]feedJSON, 0, len(canonical.Feeds()))
	for _, name := range canonical.Feeds() {
		out = append(out, describeFeed(name, infos, statuses, now, h.from(r)))
	}
	return writeJSON(w, r, map[string]any{"epoch": epoch, "as_of": now, "feeds": out})
}

// describeFeed is a feed's entry in the catalogue.
func describeFeed(name canonical.Feed, infos []journal.FeedInfo, statuses []health.Status, now time.Time, veil *privacy.Veil) feedJSON {
	base := "/v1/feeds/" + string(name)
	one := feedJSON{Feed: name, Kinds: name.Kinds(), Streams: []statusJSON{}, Links: map[string]string{
		"changes": base + "/changes", "snapshot": base + "/snapshot", "stream": base + "/stream", "digest": base + "/digest"}}
	for _, k := range one.Kinds {
		one.Schemas = append(one.Schemas, "/schemas/"+string(k)+".json")
	}
	for _, info := range infos {
		if info.Feed == name {
			one.Oldest, one.Head, one.HeadAt, one.Live, one.Held = info.Oldest.Sum(), info.Head.Sum(), info.HeadAt, info.Live, info.Held
		}
	}
	for _, st := range statuses {
		if st.Feed == name {
			one.Streams = append(one.Streams, statusOf(st, now, veil))
		}
	}
	return one
}
