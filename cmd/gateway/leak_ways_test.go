package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iocgateway/canonical"
	"iocgateway/cmd/gateway/verbs/shell"
)

// waysOut reads everything a viewer can read, by name of where it was read.
func (l *leak) waysOut() map[string][]byte {
	out := map[string][]byte{}
	l.routes(out)
	l.pages(out)
	l.verbs(out)
	out["log"] = l.log.bytes()
	l.read += len(out["log"])
	return out
}

// routes reads every GET of the API, as its own description lists them.
func (l *leak) routes(out map[string][]byte) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(l.get("viewer", "/openapi.json"), &doc); err != nil || len(doc.Paths) < 20 {
		l.t.Fatalf("the description has %d paths: %v", len(doc.Paths), err)
	}
	for path, methods := range doc.Paths {
		if methods["get"] == nil {
			continue
		}
		for _, filled := range l.filled(path) {
			out["GET "+filled] = l.all(filled)
		}
	}
	for _, feed := range canonical.Feeds() {
		for _, media := range []string{"application/x-ndjson", "application/cloudevents-batch+json"} {
			path := "/v1/feeds/" + string(feed) + "/changes?limit=1000&after=" + url.QueryEscape(l.heads[feed])
			out["GET "+path+" "+media] = l.get("viewer", path, media)
		}
	}
}

// filled are a path's parameters filled in with what there is.
func (l *leak) filled(path string) []string {
	paths := []string{path}
	fill := func(name string, values func(path string) []string) {
		var next []string
		for _, p := range paths {
			if !strings.Contains(p, "{"+name+"}") {
				next = append(next, p)
				continue
			}
			for _, v := range values(p) {
				next = append(next, strings.ReplaceAll(p, "{"+name+"}", url.PathEscape(v)))
			}
		}
		paths = next
	}
	fill("feed", func(string) []string {
		var all []string
		for _, feed := range canonical.Feeds() {
			all = append(all, string(feed))
		}
		return all
	})
	fill("bucket", func(string) []string { return []string{"0", "17"} })
	fill("file", func(string) []string { return []string{"dossier.json", "feedback.json"} })
	fill("sink", func(string) []string { return []string{"none"} })
	var one []string
	for _, p := range paths {
		if !strings.Contains(p, "{source}") {
			one = append(one, p)
			continue
		}
		for _, st := range l.app.Streams {
			p := strings.ReplaceAll(p, "{source}", url.PathEscape(st.Stream.Source))
			one = append(one, strings.ReplaceAll(p, "{stream}", url.PathEscape(st.Stream.Name)))
		}
	}
	paths = one
	fill("id", func(path string) []string {
		if strings.HasPrefix(path, "/v1/quarantine") {
			return []string{l.held()}
		}
		return l.some(strings.Split(path, "/")[2])
	})
	for _, p := range paths {
		if strings.Contains(p, "{") {
			l.t.Errorf("%s has a parameter this test cannot fill: teach it", p)
		}
	}
	return paths
}

// some are ids of a collection's planted records, spread over all of them.
func (l *leak) some(collection string) []string {
	kinds := map[string]canonical.Kind{"documents": canonical.KindDocument, "tasks": canonical.KindTask, "dossiers": canonical.KindDossier,
		"feedback":     canonical.KindFeedback,
		"observations": canonical.KindObservation, "units": canonical.KindUnit,
		"agencies":   canonical.KindAgency,
		"procedures": canonical.KindProcedure}
	kind, known := kinds[collection]
	if !known { // nothing was planted in it, but what it says of what was
		return []string{"1"}
	}
	all := l.ids[kind]
	var ids []string
	for i := 0; i < len(all); i += max(1, len(all)/6) {
		ids = append(ids, all[i])
	}
	return ids
}

// maxPages is how much of a list or a snapshot is read: what was planted was so
// soon after the start.
const maxPages = 2

// all reads a path: of a feed what came since something was planted, of a list
// its first pages.
func (l *leak) all(path string) []byte {
	next, turn := path, "page"
	parts := strings.Split(path, "/")
	switch {
	case strings.HasSuffix(path, "/changes"), strings.HasSuffix(path, "/stream") && parts[2] == "feeds":
		next, turn = path+"?after="+url.QueryEscape(l.heads[canonical.Feed(parts[3])]), "after"
	case strings.HasSuffix(path, "/snapshot"):
		next = path + "?limit=300"
	case len(parts) == 3 && bytes.Contains(l.get("viewer", path+"?limit=1"), []byte(`"next"`)):
		next = path + "?limit=200"
	}
	var b []byte
	for range maxPages {
		got := l.get("viewer", next)
		b = append(b, got...)
		var page struct {
			Next string `json:"next"`
			More *bool  `json:"more"`
		}
		if json.Unmarshal(got, &page) != nil || page.Next == "" || page.More != nil && !*page.More {
			break
		}
		before, _, _ := strings.Cut(strings.ReplaceAll(next, "?"+turn+"=", "?&"+turn+"="), "&"+turn+"=")
		next = before + "&" + turn + "=" + url.QueryEscape(page.Next)
	}
	return b
}

// pages reads the console from its first page on, link by link.
func (l *leak) pages(out map[string][]byte) {
	link := regexp.MustCompile(`(?:href|src)="(/[^"]*)"`)
	todo := []string{"/", "/?lang=en", "/quarantine", "/records/none"}
	for _, kind := range []string{"dossiers", "feedback"} {
		ids := l.some(kind)
		if len(ids) < 3 {
			l.t.Errorf("%d planted %s are published", len(ids), kind)
		}
		for _, id := range ids {
			todo = append(todo, "/records/"+url.PathEscape(id))
		}
	}
	for len(todo) > 0 && len(out) < 2000 {
		path := todo[0]
		todo = todo[1:]
		if name := "page " + path; out[name] == nil && !strings.HasPrefix(path, "/v1/") && !strings.HasPrefix(path, "/assets/") {
			out[name] = l.get("viewer", path)
			for _, m := range link.FindAllStringSubmatch(string(out[name]), -1) {
				todo = append(todo, html.UnescapeString(m[1]))
			}
		}
	}
}

// verbs runs what the command line reads of a running gateway.
func (l *leak) verbs(out map[string][]byte) {
	record := l.some("feedback")[0]
	stream := l.app.Streams[0].Stream.Full()
	// What is not here is asked as it stands: a viewer changes nothing. nil: it asks no running gateway, or acts.
	args := map[string][]string{
		"status": {}, "nodes": {}, "ready": {}, "source list": {}, "source runs": {stream},
		"quarantine list": {"--limit", "200"}, "quarantine groups": {},
		"quarantine show": {l.held()}, "sink list": {}, "feed list": {}, "feed tail": {"feedback"}, "feed snapshot": {"feedback"},
		"feed digest": {"feedback"},
		"record get":  {record}, "record history": {record}, "record why": {record}, "audit list": {}, "audit export": {},
		"audit verify": {}, "job list": {}, "job show": {"1"}, "quarantine plan": {"--stream", stream},
		"job cancel": nil, "job pause": nil, "job resume": nil,
		"sandbox": nil, "run": nil, "init": nil, "validate": nil, "doctor": nil, "pull": nil,
		"source ping": nil, "source run": nil,
		"source replay": nil, "source pause": nil, "source resume": nil, "quarantine replay": nil, "quarantine drop": nil, "sink resume": nil,
		"mapping list": nil, "mapping test": nil, "explain": nil, "docs": nil, "backup": nil, "migrate": nil, "version": nil,
	}
	walkVerbs(rootCommand(&shell.Shell{}), func(name string) {
		given, known := args[name]
		if known && given == nil {
			return
		}
		for _, form := range []string{"table", "json"} {
			shown, code := l.verb(append(append(strings.Fields(name), given...), "-o", form))
			if out["gateway "+name+" -o "+form] = shown; code == shell.ExitUsage {
				l.t.Logf("gateway %s was not read: %s", name, shown) // a verb of others that wants to know more
			}
		}
	})
}

func walkVerbs(cmd *cobra.Command, visit func(name string)) {
	for _, sub := range cmd.Commands() {
		if sub.HasSubCommands() {
			walkVerbs(sub, visit)
			continue
		}
		if _, name, ok := strings.Cut(sub.CommandPath(), " "); ok {
			visit(name)
		}
	}
}

func (l *leak) verb(args []string) ([]byte, int) {
	ctx, cancel := context.WithTimeout(l.t.Context(), 2*time.Second)
	defer cancel()
	var b lockedBuffer
	environ := append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "GATEWAY_") }),
		"GATEWAY_TOKEN="+leakToken("viewer"), "GATEWAY_URL="+l.app.Address())
	code := execute(ctx, shell.Terminal{In: strings.NewReader(""), Out: &b, Err: &b, Environ: environ}, args)
	got := b.bytes()
	l.read += len(got)
	return got, code
}
