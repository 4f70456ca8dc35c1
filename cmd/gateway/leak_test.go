package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"iocgateway/adapters/all"
	"iocgateway/canonical"
	"iocgateway/canonical/privacy/spelling"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/sandbox"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/deploy/dev"
)

// planted is what stands nowhere where a viewer reads: of nobody there is.
type planted struct {
	what, value string
	needle      string // what it comes to in plain
}

func plantedNumbers() []planted {
	return []planted{
		{"phone", "0938471625", "938471625"},
		{"personal id", "051090837465", "51090837465"},
		{"older id", "273849516", "273849516"},
		{"passport", "P7364829", "p7364829"},
		{"e-mail", "bimat.rieng@thudientu.vn", "bimatrieng"},
	}
}

func plantedName() planted { return planted{"name", "Huỳnh Ngọc Kim Thoa", "huynhngockimthoa"} }

// plain is what a text shows, however it is written: letters and digits, what
// parts groups gone.
func plain(text []byte) string {
	s := string(text)
	for range 2 { // JSON in HTML, and HTML in JSON
		if !strings.Contains(s, `\u`) && !strings.Contains(s, "&") {
			break
		}
		s = jsonEscape.ReplaceAllStringFunc(s, func(e string) string {
			n, err := strconv.ParseUint(e[2:], 16, 32)
			if err != nil {
				return e
			}
			return string(rune(n))
		})
		s = html.UnescapeString(s)
	}
	s = marks.ReplaceAllString(s, "")
	s = percent.ReplaceAllStringFunc(s, func(e string) string {
		if out, err := url.PathUnescape(e); err == nil && utf8.ValidString(out) {
			return out
		}
		return e
	})
	var out []byte
	for _, r := range s {
		out = vntext.AppendPlain(out, r)
	}
	return parting.Replace(string(out))
}

var (
	jsonEscape = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)
	place      = regexp.MustCompile(`\[[0-9]+\]`)
	percent    = regexp.MustCompile(`(%[0-9a-fA-F]{2})+`)
	marks      = regexp.MustCompile(`(?i)</?(b|br)>`)
	parting    = strings.NewReplacer(" ", "", ".", "", "-", "", "_", "", "(", "", ")", "", "+", "", "/", "", ",", "", "\\n", "", "\n", "")
)

// leaks names what of the planted stands in a text, with what is around it.
func leaks(text []byte) []string {
	var found []string
	shown := plain(text)
	for _, p := range append(plantedNumbers(), plantedName()) {
		if at := strings.Index(shown, p.needle); at >= 0 {
			found = append(found, p.what+": …"+shown[max(0, at-120):min(len(shown), at+60)]+"…")
		}
	}
	return found
}

// TestNothingPersonalLeavesTheGateway plants names, numbers and addresses in
// every text of what every source of the sandbox says, in every spelling, and
// looks for them wherever a viewer can read: every route, every page, every
// verb, and the log. A new route or verb is looked at too, or fails here.
func TestNothingPersonalLeavesTheGateway(t *testing.T) {
	dev.Long(t)
	if testing.Short() {
		t.Skip("every text in every way: minutes with the race detector")
	}
	for _, p := range append(plantedNumbers(), plantedName()) { // who cannot find proves nothing
		for _, way := range spelling.Ways() {
			if hidden, _ := json.Marshal("x " + html.EscapeString(way.Write(p.value)) + " y"); len(leaks(hidden)) != 1 {
				t.Fatalf("%s in %s is not found", p.what, way.Name)
			}
		}
	}
	l := newLeak(t)
	l.plant()
	l.complained()
	l.filed()
	ways := l.waysOut()
	if t.Failed() {
		return
	}
	bad := 0
	for _, name := range slices.Sorted(maps.Keys(ways)) {
		if found := leaks(ways[name]); len(found) > 0 && bad < 20 {
			bad++
			t.Errorf("%s: %s", name, strings.Join(found, "\n    "))
		}
	}
	l.traceless(ways)
	// The same Raws, seen by who may: the search does find.
	if len(leaks(l.get("operator", "/v1/quarantine/"+l.held()))) == 0 {
		t.Error("an operator does not see the Raw of what is held: nothing was planted")
	}
	t.Logf("%d ways out, %d Raws planted, %d bytes searched", len(ways), l.planted, l.read)
}

type leak struct {
	t       *testing.T
	app     *wiring.App
	log     *lockedBuffer
	ids     map[canonical.Kind][]string
	heads   map[canonical.Feed]string // cursors of the feeds before anything was planted
	hashes  map[string]string         // what is made of what viewers may not see, by what it is
	planted int
	read    int
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

func leakToken(role string) string { return "a-token-of-the-" + role + "-0123" }

func newLeak(t *testing.T) *leak {
	t.Helper()
	o := sandbox.Options{Addr: "127.0.0.1:0"}
	c := newCity(t, o)
	sh := &shell.Shell{Terminal: shell.Terminal{Out: io.Discard, Err: io.Discard, Environ: os.Environ()}, Lang: "en"}
	cfg, err := sandbox.Config(sh, o, t.TempDir(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"viewer", "operator"} {
		cfg.HTTP.Tokens = append(cfg.HTTP.Tokens, config.TokenConfig{Name: role, Role: role, Secret: strict.Secret(leakToken(role))})
	}
	maps.Copy(cfg.Sources, complaining(t))
	cfg.Sources[filer] = filing(t)
	l := &leak{t: t, log: &lockedBuffer{}, ids: map[canonical.Kind][]string{}, heads: map[canonical.Feed]string{},
		hashes: map[string]string{}}
	log := slog.New(slog.NewJSONHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if l.app, err = wiring.Open(t.Context(), cfg, all.Specs(), log); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.app.Run(ctx) }()
	c.Deliver(ctx, l.app.Address(), hotlineOpened(c.City))
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l
}

// get asks as a role.
func (l *leak) get(role, path string, accept ...string) []byte {
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	live := strings.Contains(path, "/stream?") && strings.HasPrefix(path, "/v1/feeds/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.app.Address()+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+leakToken(role))
	for _, media := range accept {
		req.Header.Set("Accept", media)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Errorf("%s: %v", path, err)
		return nil
	}
	defer resp.Body.Close()
	if live { // it does not end by itself
		time.AfterFunc(150*time.Millisecond, cancel)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil && !live {
		l.t.Errorf("%s: %v", path, err)
	}
	if resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented {
		l.t.Errorf("%s: %d %s", path, resp.StatusCode, b)
	}
	l.read += len(b)
	return b
}

// held is the number of something held under a planted key.
func (l *leak) held() string {
	var list struct {
		Items []struct{ ID int64 }
	}
	got := l.get("operator", "/v1/quarantine?limit=1&key="+plantedNumbers()[0].value)
	if err := json.Unmarshal(got, &list); err != nil || len(list.Items) == 0 {
		l.t.Fatalf("nothing is held under a planted key: %v %s", err, got)
	}
	return strconv.FormatInt(list.Items[0].ID, 10)
}
