package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/privacy/spelling"
	"iocgateway/cmd/gateway/config"
	"iocgateway/router/journal"
	streamsync "iocgateway/router/sync"
)

// plant maps copies of what each stream gave, with something planted in each
// text of them, and Raws that nobody can read under planted keys.
func (l *leak) plant() {
	for _, st := range l.app.Streams {
		if slices.Contains([]string{complainer, grumbler, filer}, st.Stream.Source) {
			continue // it gives nothing but words, or is planted as it is
		}
		raws := l.given(st)
		if len(raws) == 0 {
			l.t.Errorf("%s gave nothing to plant in", st.Stream.Full())
			continue
		}
		planted := l.mutants(st, raws)
		l.planted += len(planted)
		for chunk := range slices.Chunk(planted, 1000) {
			l.begin(st.Stream.Kind.Feed())
			receipt, err := st.Remap(l.t.Context(), chunk)
			if err != nil {
				l.t.Fatal(err)
			}
			for i, outcome := range receipt.Outcomes {
				l.hash("digest of "+st.Stream.Full(), chunk[i])
				if outcome == journal.Published {
					kind := st.Stream.Kind
					l.ids[kind] = append(l.ids[kind], canonical.ID(kind, st.Stream.Source, chunk[i].Key))
				}
			}
		}
	}
}

const (
	complainer = "than-phien"
	grumbler   = "than-phien-http"
)

// grumbles are the answers that name somebody in a body of some other kind.
func grumbles() map[string]func(http.ResponseWriter, string) {
	say := func(status int, media, before, after string) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, words string) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, before+words+after)
		}
	}
	return map[string]func(http.ResponseWriter, string){
		"khong-co":  say(404, "application/json", `{"error": "`, `"}`),
		"loi-may":   say(500, "application/json", `{"title": "x", "detail": "`, `", "status": 500}`),
		"chan":      say(403, "text/plain", "", ""),
		"cho":       say(429, "text/html", "<html><title>", "</title></html>"),
		"trang":     say(200, "text/html", "<html><head><title>", "</title></head><body>x</body></html>"),
		"xml":       say(503, "text/xml", "<error><message>", "</message></error>"),
		"trong-200": say(200, "application/json", `{"items": null, "success": false, "error": {"message": "`, `"}}`),
		"lap":       say(400, "application/json", `{"error": "tên \"`, `\" sai"}`),
	}
}

// complaining are sources that answer with errors whose words, which are their
// own, name somebody.
func complaining(t *testing.T) map[string]*config.SourceConfig {
	t.Helper()
	words := "Hồ sơ của " + plantedName().value + ", SĐT " + plantedNumbers()[0].value + ", không hợp lệ"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if grumble, asked := grumbles()[path.Base(r.URL.Path)]; asked {
			grumble(w, words)
			return
		}
		answer := map[string]any{"MaTraLoi": "500", "NoiDungThongDiep": words}
		if strings.HasSuffix(r.URL.Path, "/login") {
			answer = map[string]any{"IsSuccess": true, "Data": map[string]any{"accessToken": "one-token", "expiresIn": 3600}}
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(srv.Close)
	text := fmt.Sprintf("sources:\n  %s: {adapter: pakn, url: %q, streams: {loi: {profile: ioc, every: 1s, mapping: pakn/ioc-feedback,\n"+
		"    auth: {username: ioc, password: \"${env:COMPLAINER}\"}}}}\n  %s:\n    adapter: rest\n    url: %s\n    streams:\n",
		complainer, srv.URL, grumbler, srv.URL)
	for name := range grumbles() {
		text += fmt.Sprintf("      %s: {every: 1s, mapping: pakn/ioc-feedback, wire: {profile: x, vi: x, en: x, evidence: assumed, kind: feedback,\n"+
			"        auth: {kind: none}, request: {path: /%s}, paging: {kind: none}, records: {path: items, key: id}, watermark: {kind: none}}}\n", name, name)
	}
	cfg, err := config.Load("complaining.yaml", []byte(text), []string{"COMPLAINER=a-password-0123"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Sources
}

// complained waits until what the sources said is known, as who may reads it.
func (l *leak) complained() {
	streams := []string{complainer + "/loi"}
	for name := range grumbles() {
		streams = append(streams, grumbler+"/"+name)
	}
	for begun := time.Now(); len(streams) > 0; time.Sleep(20 * time.Millisecond) {
		at := "/v1/streams/" + streams[0]
		if len(leaks(l.get("operator", at))) > 0 && len(leaks(l.get("operator", at+"/runs"))) > 0 {
			streams, begun = streams[1:], time.Now()
			continue
		}
		if time.Since(begun) > 20*time.Second {
			l.t.Fatalf("an operator does not read what a source said: %s", l.get("operator", at))
		}
	}
}

// begin remembers where a feed stood before anything was planted.
func (l *leak) begin(feed canonical.Feed) {
	if l.heads[feed] != "" {
		return
	}
	var page struct{ Cursor string }
	if err := json.Unmarshal(l.get("viewer", "/v1/feeds/"+string(feed)+"/snapshot?limit=1"), &page); err != nil || page.Cursor == "" {
		l.t.Fatalf("%s has no cursor: %v", feed, err)
	}
	l.heads[feed] = page.Cursor
}

// given waits for the first Raws of a stream.
func (l *leak) given(st *streamsync.Syncer) []canonical.Raw {
	feed := st.Stream.Kind.Feed()
	begun, ordered := time.Now(), false
	for time.Since(begun) < 30*time.Second {
		if !ordered && time.Since(begun) > 2500*time.Millisecond { // a file had to settle first
			ordered = l.app.Scheduler.Order(st.Stream.Full(), journal.Order{}) == nil
		}
		if keys, err := l.app.Store.LiveKeys(l.t.Context(), st.Stream.Full(), adapters.Scope{}); err == nil && len(keys) > 0 {
			raws, _, err := l.app.Store.CurrentRaws(l.t.Context(), feed, st.Stream.Full(), nil, l.app.Store.Head(feed), 40)
			if err != nil {
				l.t.Fatal(err)
			}
			if len(raws) > 0 {
				return raws
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

// mutants are the planted Raws of one stream: in each text of one Raw each
// planted value, added and instead, in every way of writing it.
func (l *leak) mutants(st *streamsync.Syncer, raws []canonical.Raw) []canonical.Raw {
	values := plantedNumbers()
	raw, person := raws[0], ""
	if slices.Contains(slices.Collect(maps.Values(canonical.PersonalFields(st.Stream.Kind))), privacy.ClassName) {
		for _, one := range raws {
			if path := personPath(st, one); path != "" {
				raw, person = one, path
				values = append(values, plantedName())
				break
			}
		}
	}
	tree := map[string]any{}
	if err := json.Unmarshal(raw.Payload, &tree); err != nil {
		l.t.Fatalf("%s: %v", st.Stream.Full(), err)
	}
	var out []canonical.Raw
	add := func(key string, payload []byte) {
		out = append(out, canonical.Raw{Kind: raw.Kind, Key: key, Version: raw.Version, At: raw.At, Media: raw.Media, Payload: payload})
	}
	ways := spelling.Ways()
	turn := 0
	numbers, texts := identifying(st, raw), map[string]string{}
	withLeaf("", tree, func(path, text string) string {
		texts[path] = text
		return text
	})
	each := len(ways)
	for _, leaf := range leavesOf("", tree) {
		if leaf == person {
			continue
		}
		for _, p := range values {
			code := p.what == "older id" || p.what == "passport"
			for n := range 2 * each {
				instead := n%2 == 1
				turn++
				way := ways[turn%len(ways)]
				switch {
				case code && (instead || texts[leaf] == "") && (numbers[leaf] || !strings.Contains(texts[leaf], " ")),
					instead && strings.Trim(texts[leaf], "0123456789.,") == "":
					continue // a number instead of a number is one; nine digits, or a letter and seven, may be any code
				case code && slices.Contains([]string{"points", "slashes", "commas", "lines", "many blanks", "cells of HTML"}, way.Name):
					way = ways[0] // 123.456.789 is an amount, 123/456/789 a place
				}
				add(fmt.Sprintf("planted/%s/%d", strings.ReplaceAll(way.Name, " ", "_"), turn), l.mutant(tree, leaf, person, func(text string) string {
					if instead {
						return way.Write(p.value)
					}
					return text + " " + way.Write(p.value)
				}))
			}
		}
	}
	for i, way := range ways { // keys that are a person's, of what is held
		for _, p := range append(plantedNumbers()[:2], plantedName()) {
			add(way.Write(p.value), fmt.Appendf(nil, `[%q`, fmt.Sprint(i, way.Write(p.value))))
		}
	}
	return out
}

// mutant is a Raw with one text changed, and the planted name where names stand.
func (l *leak) mutant(tree any, leaf, person string, change func(string) string) []byte {
	payload, err := json.Marshal(withLeaf("", tree, func(path, text string) string {
		switch path {
		case person:
			return plantedName().value
		case leaf:
			return change(text)
		}
		return text
	}))
	if err != nil {
		l.t.Fatal(err)
	}
	return payload
}

// personPath is where in a Raw the name of whose matter it is stands.
func personPath(st *streamsync.Syncer, raw canonical.Raw) string {
	explains, able := st.Mapping().(interface {
		Why(canonical.Raw) ([]canonical.Why, error)
	})
	if !able {
		return ""
	}
	rows, err := explains.Why(raw)
	if err != nil {
		return ""
	}
	tree := map[string]any{}
	if json.Unmarshal(raw.Payload, &tree) != nil {
		return ""
	}
	there := leavesOf("", tree)
	for _, row := range rows {
		if row.Field != "applicant.name" && row.Field != "reporter.name" {
			continue
		}
		for path := range strings.SplitSeq(row.Path, ", ") {
			if slices.Contains(there, path) {
				return path
			}
		}
	}
	return ""
}

// identifying are the paths of a Raw that its record's identifiers come from.
func identifying(st *streamsync.Syncer, raw canonical.Raw) map[string]bool {
	paths := map[string]bool{}
	explains, able := st.Mapping().(interface {
		Why(canonical.Raw) ([]canonical.Why, error)
	})
	if !able {
		return paths
	}
	rows, _ := explains.Why(raw)
	known := canonical.Identifiers(st.Stream.Kind)
	for _, row := range rows {
		if slices.Contains(known, place.ReplaceAllString(row.Field, "[]")) {
			for path := range strings.SplitSeq(row.Path, ", ") {
				paths[path] = true
			}
		}
	}
	return paths
}

// leavesOf are the paths of the texts in a tree, as mappings write them.
func leavesOf(path string, v any) []string {
	var out []string
	withLeaf(path, v, func(path, text string) string {
		out = append(out, path)
		return text
	})
	sort.Strings(out)
	return slices.Compact(out)
}

// withLeaf is a copy of a tree with its texts changed. Of a list the first few count.
func withLeaf(path string, v any, change func(path, text string) string) any {
	switch v := v.(type) {
	case string:
		return change(path, v)
	case []any:
		out := slices.Clone(v[:min(len(v), 2)])
		for i := range out {
			out[i] = withLeaf(path+"[]", out[i], change)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, child := range v {
			out[name] = withLeaf(strings.TrimPrefix(path+"."+name, "."), child, change)
		}
		return out
	}
	return v
}
