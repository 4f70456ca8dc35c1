package feed

import (
	"net/http"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/canonical/schema"
	"iocgateway/router/health"
)

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
func (a *API) feeds(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	infos, err := a.opts.View.Feeds(r.Context())
	if err != nil {
		return a.broken(r, "feeds", err)
	}
	epoch, err := a.opts.View.Epoch(r.Context())
	if err != nil {
		return a.broken(r, "epoch", err)
	}
	statuses, f := a.statuses(r)
	if f != nil {
		return f
	}
	now := a.opts.Now()
	out := make([]feedJSON, 0, len(canonical.Feeds()))
	for _, name := range canonical.Feeds() {
		one := feedJSON{Feed: name, Kinds: name.Kinds(), Streams: []statusJSON{}}
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
				one.Streams = append(one.Streams, wire(st, now))
			}
		}
		base := "/v1/feeds/" + string(name)
		one.Links = map[string]string{"changes": base + "/changes", "snapshot": base + "/snapshot",
			"stream": base + "/stream", "digest": base + "/digest"}
		out = append(out, one)
	}
	return writeJSON(w, r, map[string]any{"epoch": epoch, "as_of": now, "feeds": out})
}

func (a *API) statuses(r *http.Request) ([]health.Status, *answer.Problem) {
	if a.opts.Streams == nil {
		return nil, nil
	}
	all, err := a.opts.Streams.Statuses(r.Context())
	if err != nil {
		return nil, a.broken(r, "statuses", err)
	}
	return all, nil
}

// nodes answers GET /v1/nodes: this node, how level it is, and who shares
// the streams with it.
func (a *API) nodes(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	if a.opts.Cluster == nil {
		return answer.New(http.StatusNotImplemented, &problem.Problem{Code: "GW-F026", Want: "Cluster"})
	}
	c, err := a.opts.Cluster(r.Context())
	if err != nil {
		return a.broken(r, "nodes", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, r, c)
}

// live answers GET /livez: the process is there.
func (a *API) live(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	return plainOK(w)
}

// ready answers GET /readyz: the own store can be read. A source that fails
// does not make the gateway unready.
func (a *API) ready(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	var err error
	if a.opts.Ready != nil {
		err = a.opts.Ready(r.Context())
	} else {
		_, err = a.opts.View.Epoch(r.Context())
	}
	if err != nil {
		return a.broken(r, "ready", err)
	}
	return plainOK(w)
}

func plainOK(w http.ResponseWriter) *answer.Problem {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n")) // a prober that left needs no answer
	return nil
}

// schema answers GET /schemas/{file}.
func (a *API) schema(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	name := r.PathValue("file")
	for _, k := range canonical.Kinds() {
		if name != schema.FileName(k) {
			continue
		}
		if b := a.opts.Schema(k); len(b) > 0 {
			w.Header().Set("Content-Type", "application/schema+json")
			return tagged(w, r, b)
		}
	}
	want := ""
	for _, k := range canonical.Kinds() {
		want += string(k) + ".json "
	}
	return answer.New(404, &problem.Problem{Code: "GW-F027", Value: problem.Short(name), Want: want})
}
