// Package console is the gateway's web pages for the people who run it:
// worst first, each state with its cause and the next step, and every number
// with its age. It is rendered on the server and needs no script.
package console

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// View is what the pages read of a Log.
type View interface {
	Feeds(ctx context.Context) ([]journal.FeedInfo, error)
	Newest(ctx context.Context, feed canonical.Feed, limit int) ([]journal.Entry, error)
	History(ctx context.Context, id string) ([]journal.Entry, error)
	HeldGroups(ctx context.Context) ([]journal.HeldGroup, error)
	Held(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
}

// Streams gives the streams as they are.
type Streams interface {
	Statuses(ctx context.Context) ([]health.Status, error)
	// Runs gives the newest runs of source/stream, newest first.
	Runs(ctx context.Context, stream string, limit int) ([]journal.Run, error)
}

// Options is what the console is made of. View is required.
type Options struct {
	View    View
	Streams Streams                                           // nil: no streams are shown, and the page has a note
	Explain Explain                                           // nil: the record page does not show where values came from
	Cluster func(ctx context.Context) (health.Cluster, error) // nil, or without a view: one machine, and no nodes are shown
	Sinks   func(ctx context.Context) []health.SinkStatus     // nil: feeds are pushed nowhere
	// Look has it written down that somebody sees what sources gave, before they do; nil: it is not.
	Look    func(ctx context.Context, what, target string) error
	Veil    *privacy.Veil    // what viewers see of what is held; default: one of its own
	Now     func() time.Time // default time.Now
	Zone    *time.Location   // times are shown in; default +07:00
	Log     *slog.Logger
	Title   string // of the gateway, such as the province's name; may be empty
	Version string
}

// Console serves the pages.
type Console struct {
	opts  Options
	pages map[string]*template.Template
	mux   *http.ServeMux
	css   asset
	js    asset
}

// asset is a file under a name that changes with its content.
type asset struct {
	path, media string
	body        []byte
}

//go:embed pages
var files embed.FS

const csp = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// New makes the console. It does no input or output.
func New(opts Options) (*Console, error) {
	if opts.View == nil {
		return nil, errors.New("console: a View is required")
	}
	if opts.Veil == nil {
		opts.Veil = privacy.NewVeil()
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Zone == nil {
		opts.Zone = time.FixedZone("+07:00", 7*3600)
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	c := &Console{opts: opts, pages: map[string]*template.Template{}, mux: http.NewServeMux()}
	for _, one := range []struct {
		into        *asset
		name, media string
	}{{&c.css, "style.css", "text/css; charset=utf-8"}, {&c.js, "refresh.js", "text/javascript; charset=utf-8"}} {
		body, err := files.ReadFile("pages/" + one.name)
		if err != nil {
			return nil, fmt.Errorf("console: %s: %w", one.name, err)
		}
		sum := sha256.Sum256(body)
		*one.into = asset{path: "/assets/" + hex.EncodeToString(sum[:6]) + "-" + one.name, media: one.media, body: body}
		c.mux.Handle("GET "+one.into.path, one.into)
	}
	for _, name := range []string{"home", "stream", "quarantine", "record", "problem"} {
		t, err := template.New("layout.html").ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("console: page %s: %w", name, err)
		}
		c.pages[name] = t
	}
	c.mux.HandleFunc("GET /{$}", c.page("home", c.home))
	c.mux.HandleFunc("GET /streams/{source}/{stream}", c.page("stream", c.stream))
	c.mux.HandleFunc("GET /quarantine", c.page("quarantine", c.quarantine))
	c.mux.HandleFunc("GET /records/{id}", c.page("record", c.record))
	c.mux.HandleFunc("GET /", c.page("", func(*http.Request, *voice) (any, error) { return nil, journal.ErrNotFound }))
	return c, nil
}

// ServeHTTP serves a page or one of its two files.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.mux.ServeHTTP(w, r)
}

// ServeHTTP gives the file; its name never stands for other bytes.
func (a *asset) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", a.media)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(a.body) // a reader that left needs no answer
}

// shell is what every page has around its own content.
type shell struct {
	W        *voice
	Title    string
	Name     string
	Version  string
	CSS, JS  string
	Now      time.Time
	Page     string
	LangHref map[string]string
	Body     any
}

// page renders what a function gathers, whole or not at all.
func (c *Console) page(name string, gather func(*http.Request, *voice) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		words := c.words(r)
		status, shown := http.StatusOK, name
		body, err := gather(r, words)
		switch {
		case errors.Is(err, journal.ErrNotFound):
			status, shown, body = http.StatusNotFound, "problem", c.missing(r, words, err)
		case err != nil:
			c.opts.Log.ErrorContext(r.Context(), "console: "+name, "err", err)
			status, shown = http.StatusServiceUnavailable, "problem"
			body = problemPage{Text: words.S("Tạm thời không đọc được kho dữ liệu; các trang khác vẫn dùng được. Trang tự thử lại.",
				"The store cannot be read now; other pages still work. This page tries again.")}
		}
		q := r.URL.Query()
		href := map[string]string{}
		for _, lang := range []string{"vi", "en"} {
			q.Set("lang", lang)
			href[lang] = "?" + q.Encode()
		}
		var b strings.Builder
		err = c.pages[shown].Execute(&b, shell{W: words, Title: c.opts.Title, Name: shown, Version: c.opts.Version,
			CSS: c.css.path, JS: c.js.path, Now: c.opts.Now(), Page: shown, LangHref: href, Body: body})
		if err != nil {
			c.opts.Log.ErrorContext(r.Context(), "console: rendering "+shown, "err", err)
			http.Error(w, "500", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Language", string(words.lang))
		h.Set("Vary", "Accept-Language, Cookie")
		h.Set("Cache-Control", "no-store")
		if words.chosen {
			http.SetCookie(w, &http.Cookie{Name: "lang", Value: string(words.lang), Path: "/", MaxAge: 365 * 86400, HttpOnly: true,
				SameSite: http.SameSiteLaxMode})
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(b.String())) // a reader that left needs no answer
	}
}
