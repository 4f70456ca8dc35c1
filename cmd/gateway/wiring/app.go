// Package wiring makes a gateway of a configuration: the Log, streams and
// sinks as jobs, the API and the console behind one address.
package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/release"

	"iocgateway/mappings"
	"iocgateway/router/control"
	"iocgateway/router/follow"
	"iocgateway/router/health"
	"iocgateway/router/schedule"
	"iocgateway/router/share"
	"iocgateway/router/store/bookfile"
	streamsync "iocgateway/router/sync"

	"golang.org/x/sync/errgroup"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/calendar"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/schema"
	"iocgateway/router/access"
	"iocgateway/router/feed"
	"iocgateway/router/store"
)

// app is the gateway, wired: store, scheduler, API and console.
type App struct {
	Config    config.Config
	log       *slog.Logger
	Store     *store.Store // the Log on one machine, a view of it beyond
	book      closingBook
	audit     *control.Audit
	bulk      *control.Jobs
	engine    engine
	cluster   *cluster // nil on one machine
	Streams   []*streamsync.Syncer
	live      *mappings.LiveSet
	calendar  *calendar.Calendar
	followers []*follow.Follower
	Jobs      *share.Holder
	forward   *share.Forwarder
	Scheduler *schedule.Scheduler
	actions   *control.Actions
	api       *feed.API
	server    *http.Server
	listener  net.Listener

	Upkeep  Upkeep
	specs   []adapters.Spec
	builder *Builder
}

// openApp opens the store and wires everything to it. The address is bound,
// nothing runs yet.
func Open(ctx context.Context, cfg config.Config, specs []adapters.Spec, log *slog.Logger) (*App, error) {
	log = cfg.Cleaner().Log(log)
	w, err := NewBuilder(cfg, specs, log)
	if err != nil {
		return nil, err
	}
	streams, err := w.Streams()
	if err != nil {
		return nil, err
	}
	problems, rest := problem.All(w.Wrong())
	for _, p := range problems {
		log.Error("a mapping is wrong: the streams that go by it wait until it is mended, the others run", "code", p.Code, "error", p)
	}
	for _, err := range rest {
		log.Error("a mapping is wrong", "error", err)
	}
	a := &App{Config: cfg, specs: specs, builder: w, log: log, Streams: streams,
		live: w.live, calendar: w.calendar, Jobs: share.NewHolder(log)}
	if err := a.openLog(ctx); err != nil {
		return nil, err
	}
	if err := a.openBook(ctx); err != nil {
		return nil, errors.Join(err, a.cluster.Close(), a.Store.Close())
	}
	if a.cluster != nil && a.cluster.redis != nil {
		w.shareQuotas(a.cluster.redis)
	}
	if err := a.assemble(ctx); err != nil {
		return nil, errors.Join(err, a.cluster.Close(), a.book.Close(), a.Store.Close())
	}
	return a, nil
}

func (a *App) openLog(ctx context.Context) error {
	o := store.Options{Dir: a.Config.Store.Dir, Keep: a.Config.Store.Keep, Log: a.log}
	if book, err := os.Stat(filepath.Join(o.Dir, bookfile.Name)); err == nil && book.Size() > 0 {
		o.Expected = true // people have acted on a Log that was here
	}
	if a.Config.Engine == config.EngineKafka {
		ko, err := a.Config.KafkaOptions(a.log)
		if err != nil {
			return err
		}
		o.Parts, o.View = ko.FeedPartitions(), true
	}
	var err error
	if a.Store, err = store.Open(ctx, o); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	a.engine = a.Store
	known, err := a.Store.Streams(ctx)
	if err != nil {
		return errors.Join(err, a.Store.Close())
	}
	if !o.View { // a view may not have read yet what there is
		names := make([]string, len(known))
		for i := range known {
			names[i] = known[i].Stream
		}
		strange(a.Streams, names)
		for _, left := range leftBehind(a.Streams, known) {
			a.log.Warn("records of a stream that is not configured are served on", "stream", left.Stream, "records", left.Live)
		}
	}
	if a.Config.Engine == config.EngineKafka {
		if a.cluster, err = openCluster(ctx, a.Config, a.Store, a.log); err != nil {
			return errors.Join(err, a.Store.Close())
		}
		a.engine = a.cluster.log
	}
	return nil
}

func (a *App) assemble(ctx context.Context) error {
	if err := a.schedule(ctx); err != nil {
		return err
	}
	if err := a.follow(); err != nil {
		return err
	}
	if err := a.control(); err != nil {
		return err
	}
	if err := a.serve(); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.HTTP.Addr)
	if err != nil {
		return &problem.Problem{Code: "GW-C019", Field: "http.addr", Value: a.Config.HTTP.Addr, Err: err}
	}
	limits := access.DoorLimits{All: maxConnections, Strangers: maxStrangers, Home: maxFromOne}
	if a.Config.HTTP.BehindProxy {
		limits.Home = 0
	}
	doors := access.NewDoors(l, limits)
	a.listener, a.server.ConnContext = doors, doors.Context
	return nil
}

// What readers can make the gateway hold at once, and those nobody knows.
const (
	maxConnections = 2000
	maxStrangers   = 256
	maxFromOne     = 64
)

// jitter spreads runs by a tenth, so that streams do not march in step.
func jitter(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d)/10+1))
}

func (a *App) serve() error {
	auth, err := tokensOf(a.Config.HTTP)
	if err != nil {
		return err
	}
	veil := privacy.NewVeil()
	o := feed.Options{Veil: veil, View: view{a.Store, a.engine}, Streams: a.actions, Control: a.actions, Sinks: a.actions, Admin: a.actions,
		Explain: a.explain,
		Node: feed.Node{Shared: a.cluster != nil, Ready: a.ready, Trouble: a.trouble, Cluster: a.Report,
			Disk: a.disk, Office: a.calendar.Working},
		Contract: feed.Contract{Schema: schema.Get, Prefix: a.Config.Prefix, Version: release.Version()}, Auth: auth, Log: a.log}
	if a.cluster != nil {
		o.Predecessor = &feed.Predecessor{Bridge: a.Store.Bridged, Base: a.cluster.log.Base()}
	}
	a.api, err = feed.New(o)
	if err != nil {
		return fmt.Errorf("feed API: %w", err)
	}
	pages, err := a.console(veil)
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	secure, err := a.Config.HTTP.TLS.Config(a.log)
	if err != nil {
		return err
	}
	// Streams and long polls move their own write deadlines ahead.
	a.server = &http.Server{Handler: a.handler(pages, auth), TLSConfig: secure, ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)}
	return nil
}

// handler puts the API, the deliveries and the console behind one address.
func (a *App) handler(pages http.Handler, auth *access.Auth) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/v1/", "/livez", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json", "/schemas/", "/docs"} {
		mux.Handle(path, a.api)
	}
	mux.Handle("POST "+health.IngestPath+"{source}/{stream}", a.onward(a.Scheduler.Ingest()))
	for _, what := range []string{"run", "replay", "accept"} {
		mux.Handle("POST /v1/streams/{source}/{stream}/"+what, a.onward(a.api))
	}
	pages = access.Through(access.ViaConsole, pages)
	if auth != nil {
		pages = auth.ForBrowsers().Require(access.Viewer, pages)
	}
	mux.Handle("/", pages)
	all := access.KeepOrigin(a.Config.HTTP.BehindProxy, share.KeepCaller(mux))
	if auth == nil {
		all = access.OnlyThisMachine(all)
	}
	return access.Watch(all)
}

// onward has requests about a stream answered by the node that holds it.
func (a *App) onward(here http.Handler) http.Handler {
	return a.forward.Onward(here, func(stream string) bool {
		_, err := a.Scheduler.Stream(stream)
		return err == nil
	})
}

// explain gives field by field how the stream's mapping reads a Raw.
func (a *App) explain(_ context.Context, stream, _ string, raw canonical.Raw) ([]canonical.Why, error) {
	if _, err := a.Scheduler.Stream(stream); err != nil {
		return nil, err
	}
	return a.live.Why(stream, raw)
}

// run serves and syncs until ctx is over: then the sources stop first, the
// page in hand is committed, readers are let go, the store closes last.
func (a *App) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.Scheduler.Run(ctx) })
	group.Go(func() error {
		err := a.listen()
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("HTTP server: %w", err)
	})
	group.Go(func() error { return a.prune(ctx) })
	group.Go(func() error { return a.scrub(ctx) })
	group.Go(func() error { return a.bulk.Run(ctx) })
	group.Go(func() error { return adopted(ctx, a.audit, a.Streams, a.log) })
	group.Go(func() error { return a.audit.Keep(ctx, a.Config.Audit.Keep, time.Now) })
	group.Go(func() error { return a.work(ctx) })
	group.Go(func() error { return a.keepUp(ctx) })
	if a.cluster != nil {
		group.Go(func() error { return a.cluster.watch(ctx) })
	}
	group.Go(func() error { return slacken(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		a.api.Close()
		return leave(context.WithoutCancel(ctx), a.server, a.log, lastWords)
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, a.cluster.Close(), a.book.Close(), a.Store.Close())
}

// work does the jobs of this node: all of them where it is alone, those it
// has the leases of where it is not.
func (a *App) work(ctx context.Context) error {
	switch {
	case a.cluster != nil && a.cluster.redis != nil:
		return a.cluster.lease(ctx, a.Jobs)
	case a.cluster != nil && !a.Config.Has(config.RoleWork):
		return nil
	}
	return a.Jobs.Alone(ctx)
}

func (a *App) ready(ctx context.Context) error {
	if _, err := a.engine.Epoch(ctx); err != nil {
		return err
	}
	if a.cluster != nil {
		return a.cluster.log.Ready()
	}
	return nil
}

func (a *App) listen() error {
	if a.Config.HTTP.TLS != nil {
		return a.server.ServeTLS(a.listener, "", "")
	}
	return a.server.Serve(a.listener)
}

// scrub reads all that is stored once a day, and first when a start is over:
// damage is shown before a reader meets it.
func (a *App) scrub(ctx context.Context) error {
	next := time.NewTimer(5 * time.Minute)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
		if err := a.Store.Scrub(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("stored data was read through, and is not well", "error", err)
		}
		next.Reset(24 * time.Hour)
	}
}

// prune drops changes older than the configuration keeps, once an hour.
func (a *App) prune(ctx context.Context) error {
	if a.Config.Store.Keep == 0 {
		return nil
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if _, err := a.Store.PruneKept(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("old changes were not dropped", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// address is where the gateway answers.
func (a *App) Address() string {
	scheme := "http://"
	if a.Config.HTTP.TLS != nil {
		scheme = "https://"
	}
	return scheme + a.listener.Addr().String()
}

func tokensOf(cfg config.HTTPConfig) (*access.Auth, error) {
	if len(cfg.Tokens) == 0 {
		return nil, nil
	}
	tokens := make([]access.Token, 0, len(cfg.Tokens))
	for _, t := range cfg.Tokens {
		role, known := access.ParseRole(t.Role)
		if !known {
			return nil, fmt.Errorf("token %s: unknown role %q", t.Name, t.Role)
		}
		tokens = append(tokens, access.Token{Name: t.Name, Role: role, Hash: access.HashToken(t.Secret.Reveal())})
	}
	return access.NewAuth(tokens), nil
}

// policyOf is the personal data policy: the default, with what the
// configuration changes.
func policyOf(cfg config.Config) privacy.Policy {
	policy := privacy.DefaultPolicy()
	for class, action := range cfg.Privacy {
		policy[privacy.DataClass(class)] = privacy.Action(action)
	}
	return policy
}
