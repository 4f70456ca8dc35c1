package wiring

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/config"
	"iocgateway/mappings"
	"iocgateway/router/control"
	"iocgateway/router/journal"
	streamsync "iocgateway/router/sync"
)

// Upkeep is how a running gateway hears of what people change on disk.
type Upkeep struct {
	// Reread reads the configuration anew; nil: it stays what it was.
	Reread func() (config.Config, error)
	// Again asks for everything that can be taken up without a restart: SIGHUP.
	Again <-chan os.Signal
	Every time.Duration // between looks; default half a minute

	mu      sync.Mutex
	stamp   string                     // of the mapping files as they were looked at last
	broken  map[string]problem.Problem // by stream: what is wrong with its own
	pending map[string]problem.Problem // by stream: they are not what runs
	prints  map[string]config.Print    // by source
	keys    map[string]problem.Problem // by stream: they look like people's numbers
	keysAt  map[string]time.Time       // when that was looked at last
}

const upkeepEvery = 30 * time.Second

// keepUp looks after files until ctx is over.
func (a *App) keepUp(ctx context.Context) error {
	u := &a.Upkeep
	if u.Every <= 0 {
		u.Every = upkeepEvery
	}
	u.prints = printsOf(&a.Config)
	u.stamp = "not looked at" // what was edited since the start is seen too
	tick := time.NewTicker(u.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-u.Again:
			a.takeUp(ctx)
		case <-tick.C:
			a.lookAtMappings(ctx, false)
			a.lookAtSecrets(false)
			u.lookAtKeys(ctx, a, time.Now())
		}
	}
}

// takeUp takes up what can be without a restart, and says what that is.
func (a *App) takeUp(ctx context.Context) {
	a.log.Info("asked to read files again (SIGHUP): mappings and the sources' secrets are taken up now; " +
		"addresses, streams, tokens, Kafka and Redis need a restart; certificates are read when they change")
	waiting := unfit(a)
	if err := a.reload(ctx, "SIGHUP"); err != nil {
		a.log.Warn("the mappings on disk are not taken up: what runs stays", "error", err)
	}
	runMended(a, waiting)
	a.lookAtMappings(ctx, true)
	a.lookAtSecrets(true)
}

// lookAtMappings compares the mapping files with what runs, when they changed.
// A stream that has no mapping takes its own up as soon as it is right: nothing
// runs that it could change.
func (a *App) lookAtMappings(ctx context.Context, anyway bool) {
	u := &a.Upkeep
	stamp := stampOf(a.Config.Mappings.Dir)
	u.mu.Lock()
	same := stamp == u.stamp && !anyway && len(u.pending) == 0 && len(u.broken) == 0
	u.mu.Unlock()
	if same {
		return
	}
	broken, pending := map[string]problem.Problem{}, map[string]problem.Problem{}
	d, err := a.live.Draft()
	if err == nil {
		mend(ctx, a, d)
		for _, c := range d.Changes() {
			pending[c.Stream] = problem.Problem{Code: "GW-R023", Value: c.To, Want: c.From}
		}
	}
	for _, st := range a.Streams {
		name, why := st.Stream.Full(), err
		if err == nil {
			why = d.Wrong(name)
		}
		if why != nil && st.Fit() == nil { // what does not run says so itself
			broken[name] = problem.Problem{Code: "GW-R024", Err: why}
		}
	}
	u.mu.Lock()
	news := stamp != u.stamp
	u.stamp, u.broken, u.pending = stamp, broken, pending
	u.mu.Unlock()
	if !news {
		return
	}
	for name, p := range broken {
		a.log.Warn("a mapping on disk was edited and is wrong: what runs stays as it was", "code", p.Code, "stream", name, "error", p.Err)
	}
	for name, p := range pending {
		a.log.Warn("a mapping on disk was edited and is not in use", "code", p.Code, "stream", name, "runs", p.Want, "on_disk", p.Value)
	}
}

// mend puts the mappings of streams that had none into use, and has them run.
func mend(ctx context.Context, a *App, d *mappings.Draft) {
	d.Say()
	mended := d.Mended()
	if len(mended) == 0 {
		return
	}
	waiting := unfit(a)
	if err := control.UseMappings(ctx, a.audit, draft{d}, "mended on disk", mended...); err != nil {
		a.log.Error("a mended mapping cannot be taken up", "error", err)
		return
	}
	runMended(a, waiting)
}

// unfit are the streams that have no mapping.
func unfit(a *App) (streams []*streamsync.Syncer) {
	for _, st := range a.Streams {
		if st.Fit() != nil {
			streams = append(streams, st)
		}
	}
	return streams
}

// runMended runs those that have one now, without waiting for their time.
func runMended(a *App, waiting []*streamsync.Syncer) {
	for _, st := range waiting {
		if st.Fit() != nil {
			continue
		}
		if err := a.Scheduler.Order(st.Stream.Full(), journal.Order{}); err != nil {
			a.log.Debug("the stream is not run at once", "stream", st.Stream.Full(), "error", err) // elsewhere, or it delivers by itself
		}
	}
}

// warnings are what a person should know of a stream.
func (a *App) warnings(stream string) []problem.Problem {
	u := &a.Upkeep
	u.mu.Lock()
	defer u.mu.Unlock()
	var all []problem.Problem
	if p, differs := u.pending[stream]; differs {
		all = append(all, p)
	}
	if p, wrong := u.broken[stream]; wrong {
		all = append(all, p)
	}
	if p, found := u.keys[stream]; found {
		all = append(all, p)
	}
	return all
}

// stampOf changes when a file below dir does.
func stampOf(dir string) string {
	if dir == "" {
		return ""
	}
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		fmt.Fprintln(&b, err)
	}
	return b.String()
}

func printsOf(cfg *config.Config) map[string]config.Print {
	all := map[string]config.Print{}
	for name, src := range cfg.Sources {
		if src != nil {
			all[name] = src.Print()
		}
	}
	return all
}

// lookAtSecrets gives the streams of sources whose secrets changed a reader with
// the new ones. Whatever else changed in the configuration waits for a restart.
func (a *App) lookAtSecrets(asked bool) {
	u := &a.Upkeep
	if u.Reread == nil {
		return
	}
	cfg, err := u.Reread()
	if err != nil {
		if asked {
			a.log.Warn("the configuration on disk is wrong: what runs stays", "error", err)
		}
		return // a file may be about to be replaced
	}
	for name, now := range printsOf(&cfg) {
		was, known := u.prints[name]
		switch {
		case !known || was.Settings != now.Settings:
			if asked {
				a.log.Warn("the source's configuration changed: it needs a restart", "source", name)
			}
		case was.Secrets != now.Secrets:
			if err := a.renew(name, cfg); err != nil {
				a.log.Error("the source's new secrets cannot be taken up", "source", name, "error", err)
				continue
			}
			u.prints[name] = now
			a.log.Info("the source's secrets changed and are in use", "source", name)
		}
	}
}

// renew opens a source's streams again.
func (a *App) renew(name string, cfg config.Config) error {
	w, err := NewBuilder(cfg, a.specs, cfg.Cleaner().Log(a.log))
	if err != nil {
		return err
	}
	w.space = a.builder.space
	opened, err := w.source(name, cfg.Sources[name])
	if err != nil {
		return err
	}
	if a.cluster != nil && a.cluster.redis != nil {
		w.shareQuotas(a.cluster.redis)
	}
	for _, st := range opened {
		for _, old := range a.Streams {
			if old.Stream.Full() != st.Stream.Full() {
				continue
			}
			with := *old
			with.Reader, with.Clean = st.Reader, st.Clean
			if err := a.Scheduler.Renew(st.Stream.Full(), &with); err != nil {
				return err
			}
		}
	}
	return nil
}

// secretChanged reports whether a stream's credentials may have changed since.
func (a *App) secretChanged(stream string, since time.Time) bool {
	source, _, _ := strings.Cut(stream, "/")
	src := a.Config.Sources[source]
	return src == nil || src.SecretsChanged(since)
}
