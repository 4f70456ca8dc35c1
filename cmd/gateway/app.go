package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"iocgateway/mappings"
	"iocgateway/router/control"
	"iocgateway/router/follow"
	"iocgateway/router/schedule"
	"iocgateway/router/share"
	streamsync "iocgateway/router/sync"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/schema"
	"iocgateway/router/access"
	"iocgateway/router/feed"
	"iocgateway/router/store"
)

// app is the gateway, wired: store, scheduler, API and console.
type app struct {
	cfg       Config
	log       *slog.Logger
	store     *store.Store // the Log on one machine, a view of it beyond
	engine    engine
	cluster   *cluster // nil on one machine
	streams   []*streamsync.Syncer
	live      *mappings.LiveSet
	followers []*follow.Follower
	jobs      *share.Holder
	forward   *share.Forwarder
	scheduler *schedule.Scheduler
	desk      *control.Desk
	api       *feed.API
	server    *http.Server
	listener  net.Listener
}

// openApp opens the store and wires everything to it. The address is bound,
// nothing runs yet.
func openApp(ctx context.Context, cfg Config, specs []adapters.Spec, log *slog.Logger) (*app, error) {
	w, err := newWiring(cfg, specs, log)
	if err != nil {
		return nil, err
	}
	streams, err := w.streams()
	if err != nil {
		return nil, err
	}
	a := &app{cfg: cfg, log: log, streams: streams, live: w.live, jobs: share.NewHolder(log)}
	if err := a.openLog(ctx); err != nil {
		return nil, err
	}
	if a.cluster != nil && a.cluster.redis != nil {
		w.shareQuotas(a.cluster.redis)
	}
	if err := a.assemble(ctx); err != nil {
		return nil, errors.Join(err, a.cluster.close(), a.store.Close())
	}
	return a, nil
}

func (a *app) openLog(ctx context.Context) error {
	o := store.Options{Dir: a.cfg.Store.Dir, Keep: a.cfg.Store.Keep, Log: a.log}
	if a.cfg.Engine == engineKafka {
		ko, err := a.cfg.kafkaOptions(a.log)
		if err != nil {
			return err
		}
		o.Parts, o.View = ko.FeedPartitions(), true
	}
	var err error
	if a.store, err = store.Open(ctx, o); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	a.engine = a.store
	if a.cfg.Engine == engineKafka {
		if a.cluster, err = openCluster(ctx, a.cfg, a.store, a.log); err != nil {
			return errors.Join(err, a.store.Close())
		}
		a.engine = a.cluster.log
	}
	return nil
}

func (a *app) assemble(ctx context.Context) error {
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
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.HTTP.Addr)
	if err != nil {
		return &problem.Problem{Code: "GW-C019", Field: "http.addr", Value: a.cfg.HTTP.Addr, Err: err}
	}
	a.listener = netutil.LimitListener(l, maxConnections)
	return nil
}

// maxConnections bounds what readers can make the gateway hold at once.
const maxConnections = 2000

// jitter spreads runs by a tenth, so that streams do not march in step.
func jitter(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d)/10+1))
}

func (a *app) serve() error {
	auth, err := tokensOf(a.cfg.HTTP)
	if err != nil {
		return err
	}
	o := feed.Options{View: view{a.store, a.engine}, Streams: a.desk, Control: a.desk, Sinks: a.desk, Explain: a.explain,
		Node:     feed.Node{Shared: a.cluster != nil, Ready: a.ready, Cluster: a.report},
		Contract: feed.Contract{Schema: schema.Get, Prefix: a.cfg.Prefix, Version: release}, Auth: auth, Log: a.log}
	if a.cluster != nil {
		o.Predecessor = &feed.Predecessor{Bridge: a.store.Bridged, Base: a.cluster.log.Base()}
	}
	a.api, err = feed.New(o)
	if err != nil {
		return fmt.Errorf("feed API: %w", err)
	}
	pages, err := a.console()
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	secure, err := a.cfg.HTTP.TLS.config(a.log)
	if err != nil {
		return err
	}
	// Streams and long polls move their own write deadlines ahead.
	a.server = &http.Server{Handler: a.handler(pages, auth), TLSConfig: secure, ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)}
	return nil
}

// handler puts the API, the deliveries and the console behind one address.
func (a *app) handler(pages http.Handler, auth *access.Auth) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/v1/", "/livez", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json", "/schemas/", "/docs"} {
		mux.Handle(path, a.api)
	}
	mux.Handle("POST /v1/ingest/{source}/{stream}", a.onward(a.scheduler.Ingest()))
	for _, what := range []string{"run", "replay"} {
		mux.Handle("POST /v1/streams/{source}/{stream}/"+what, a.onward(a.api))
	}
	if auth != nil {
		pages = auth.ForBrowsers().Require(access.Viewer, pages)
	}
	mux.Handle("/", pages)
	if auth == nil {
		return access.OnlyThisMachine(share.KeepCaller(mux))
	}
	return share.KeepCaller(mux)
}

// onward has requests about a stream answered by the node that holds it.
func (a *app) onward(here http.Handler) http.Handler {
	return a.forward.Onward(here, func(stream string) bool {
		_, err := a.scheduler.Stream(stream)
		return err == nil
	})
}

// explain says field by field how the stream's mapping reads a Raw.
func (a *app) explain(_ context.Context, stream, _ string, raw canonical.Raw) ([]canonical.Why, error) {
	if _, err := a.scheduler.Stream(stream); err != nil {
		return nil, err
	}
	return a.live.Why(stream, raw)
}

// run serves and syncs until ctx is over: then the sources stop first, the
// page in hand is committed, readers are let go, the store closes last.
func (a *app) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.scheduler.Run(ctx) })
	group.Go(func() error {
		err := a.listen()
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("HTTP server: %w", err)
	})
	group.Go(func() error { return a.prune(ctx) })
	group.Go(func() error { return a.work(ctx) })
	if a.cluster != nil {
		group.Go(func() error { return a.cluster.watch(ctx) })
	}
	group.Go(func() error { return slacken(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		a.api.Close()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return a.server.Shutdown(stop)
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, a.cluster.close(), a.store.Close())
}

// work does the jobs of this node: all of them where it is alone, those it
// has the leases of where it is not.
func (a *app) work(ctx context.Context) error {
	switch {
	case a.cluster != nil && a.cluster.redis != nil:
		return a.cluster.lease(ctx, a.jobs)
	case a.cluster != nil && !a.cfg.has(roleWork):
		return nil
	}
	return a.jobs.Alone(ctx)
}

func (a *app) ready(ctx context.Context) error {
	if _, err := a.engine.Epoch(ctx); err != nil {
		return err
	}
	if a.cluster != nil {
		return a.cluster.log.Ready()
	}
	return nil
}

func (a *app) listen() error {
	if a.cfg.HTTP.TLS != nil {
		return a.server.ServeTLS(a.listener, "", "")
	}
	return a.server.Serve(a.listener)
}

// prune drops changes older than the configuration keeps, once an hour.
func (a *app) prune(ctx context.Context) error {
	if a.cfg.Store.Keep == 0 {
		return nil
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if _, err := a.store.PruneKept(ctx); err != nil && ctx.Err() == nil {
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
func (a *app) address() string {
	scheme := "http://"
	if a.cfg.HTTP.TLS != nil {
		scheme = "https://"
	}
	return scheme + a.listener.Addr().String()
}

func tokensOf(cfg HTTPConfig) (*access.Auth, error) {
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
func policyOf(cfg Config) privacy.Policy {
	policy := privacy.DefaultPolicy()
	for class, action := range cfg.Privacy {
		policy[privacy.DataClass(class)] = privacy.Action(action)
	}
	return policy
}
