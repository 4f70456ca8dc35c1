// Package adaptertest is the adapter contract as a test: an adapter that
// passes Run loses nothing to the faults sources are known for, can be
// stopped at every page boundary, proves no absence it did not see, and keeps
// its secrets. Each check was seen to catch a planted bug.
package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/simkit"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// Upstream is a source to test against: a simulator with its switches.
type Upstream struct {
	Server *simkit.Server
	Faults *simkit.Faults
	Clock  *simkit.Clock
	// Keys lists the keys the source holds now, counted without its wire.
	Keys func() []string
}

// Case is what an adapter brings to the contract.
type Case struct {
	Spec   adapters.Spec
	Stream string // name of the stream; default "test"
	Kind   canonical.Kind
	Start  func(t testing.TB) *Upstream
	// Settings is the stream's YAML. ${env:URL} is the simulator's address;
	// other names are found in Env.
	Settings string
	Env      map[string]string
	Secrets  []string // values that must never be shown
	Required []string // settings that cannot be left out, by path: url, auth.client_id
	// Sweep is how long until everything has been read again (default 25h).
	Sweep time.Duration
	// Idle is how many requests an idle poll may take (default 1).
	Idle int
	// Faults are the passing faults of the walk, as simkit.Parse reads them;
	// empty takes Passing().
	Faults []string
	// Volatile are top-level members of a payload that change with every
	// asking and are no change of the record.
	Volatile []string
	// Member is a member of every payload that the adapter itself has no use for: a
	// source that renames it must be seen to have. Empty: the check is left out.
	Member string
	// Rename renames Member in an answer; nil does so in JSON.
	Rename func(answer []byte, to string) []byte
	// Old is a file with checkpoints of earlier versions: a JSON list.
	Old string
	// Except names checks that do not apply, with the reason.
	Except map[string]string
	// Wrap plants a bug: tests of the checks themselves use it.
	Wrap func(adapters.Source) adapters.Source
}

// check is one demand of the contract.
type check struct {
	name string
	run  func(b *bench) error
}

func checks() []check {
	return []check{
		{"open", openDoesNoIO}, {"required", requiredSettings}, {"complete", completeFromEmpty}, {"resume", resumable}, {"restart", restarts},
		{"again", sameCheckpointAgain}, {"idle", idleIsCheap}, {"version", versionsFollowContent}, {"follow", followsChanges},
		{"passing", nothingLostToPassingFaults}, {"class", faultsAreClassed}, {"cancel", cancelledReturns}, {"empty", emptyProvesNothing},
		{"stuck", stuckEnds}, {"late", lateRowsArrive}, {"vanish", vanishedReturn}, {"gone", goneIsProved}, {"old", oldCheckpoints},
		{"lowtotals", lowTotalsEndNothing}, {"dead", deadCursorBeginsAgain}, {"links", linksOfAnyForm}, {"exclusive", exclusiveEndLosesNothing},
		{"cap", cutOffProvesNothing}, {"ahead", clocksAheadFreezeNothing}, {"sick", sickDetailIsHeldAlone},
		{"secrets", secretsStayHidden}, {"renamed", renamedArrives}, {"html", pagesProveNothing}, {"half", halvesProveNothing},
		{"list", listAgrees}, {"probe", probeFinds}, {"fetch", fetchAgrees},
	}
}

// Run asks everything of an adapter.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, k := range checks() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel() // each has a source of its own, and most of the time waits
			if why, ok := c.Except[k.name]; ok {
				t.Skip(why)
			}
			if err := k.run(newBench(t, c)); err != nil {
				t.Error(err)
			}
		})
	}
}

// Verify runs one check and gives its verdict; tests of the checks use it.
func Verify(t testing.TB, c Case, name string) error {
	t.Helper()
	for _, k := range checks() {
		if k.name == name {
			return k.run(newBench(t, c))
		}
	}
	return fmt.Errorf("there is no check %q", name)
}

// bench is one check's upstream and what it needs.
type bench struct {
	t   testing.TB
	c   Case
	up  *Upstream
	log *logged
}

func newBench(t testing.TB, c Case) *bench {
	if c.Stream == "" {
		c.Stream = "test"
	}
	if c.Sweep == 0 {
		c.Sweep = 25 * time.Hour
	}
	if c.Idle == 0 {
		c.Idle = 1
	}
	if len(c.Faults) == 0 {
		c.Faults = Passing()
	}
	return &bench{t: t, c: c, up: c.Start(t), log: &logged{}}
}

// node reads the settings, with the references resolved.
func (b *bench) node(without string) (*strict.Node, error) {
	n, err := strict.Parse("settings.yaml", []byte(b.c.Settings))
	if err != nil {
		return nil, err
	}
	if without != "" && !remove(n, strings.Split(without, ".")) {
		return nil, fmt.Errorf("the settings have no %s to leave out", without)
	}
	err = strict.Resolve(n, strict.Lookup{Env: func(name string) (string, bool) {
		if name == "URL" {
			return b.up.Server.URL, true
		}
		v, ok := b.c.Env[name]
		return v, ok
	}})
	return n, err
}

func remove(n *strict.Node, path []string) bool {
	for i := range n.Keys {
		if n.Keys[i].Name != path[0] {
			continue
		}
		if len(path) == 1 {
			n.Keys = slices.Delete(n.Keys, i, i+1)
			return true
		}
		return remove(n.Keys[i].Value, path[1:])
	}
	return false
}

func (b *bench) open() (adapters.Source, error) {
	n, err := b.node("")
	if err != nil {
		return nil, err
	}
	return b.openNode(n)
}

func (b *bench) openNode(n *strict.Node) (adapters.Source, error) {
	src, err := b.c.Spec.Open(adapters.Settings{Source: "source", Stream: b.c.Stream, Kind: b.c.Kind, Node: n},
		adapters.Env{HTTP: &http.Client{}, Log: slog.New(slog.NewTextHandler(b.log, nil)), Now: b.up.Clock.Now})
	if err == nil && b.c.Wrap != nil {
		src = b.c.Wrap(src)
	}
	return src, err
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write is io.Writer's.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// mirror is what a faithful reader of the stream would hold.
type mirror struct {
	held   map[string]canonical.Raw
	listed map[string]bool // since the walk's start
	absent map[string]int  // what a listing that alone proves nothing did not name, and how long it was
	pages  []adapters.Page
	at     canonical.Checkpoint
}

func newMirror() *mirror { return &mirror{held: map[string]canonical.Raw{}, absent: map[string]int{}} }

const mostPages = 3000

// take commits one page.
func (m *mirror) take(p adapters.Page) error {
	if p.More && string(p.Next) == string(m.at) {
		return errors.New("there is more, and the checkpoint is the one asked")
	}
	if p.Start {
		m.listed = map[string]bool{}
	}
	for _, r := range p.Records {
		if r.Key == "" {
			return errors.New("a record without a key")
		}
		if m.listed != nil {
			m.listed[r.Key] = true
		}
		delete(m.absent, r.Key)
		if r.Gone {
			delete(m.held, r.Key)
			continue
		}
		m.held[r.Key] = r
	}
	if p.Complete != nil && m.listed != nil { // who did not see the walk's start cannot know what it named
		m.prove(*p.Complete)
	}
	m.pages, m.at = append(m.pages, p), p.Next
	return nil
}

func (m *mirror) prove(s adapters.Scope) {
	for key, r := range m.held {
		inside := strings.HasPrefix(key, s.KeyPrefix) && (s.From.IsZero() || !r.At.Before(s.From)) && (s.To.IsZero() || r.At.Before(s.To))
		if !inside || m.listed[key] {
			continue
		}
		first, before := m.absent[key]
		if !s.Paged && !s.Open || before && (!s.Open || len(m.listed) > first) {
			delete(m.held, key)
		} else if !before {
			m.absent[key] = len(m.listed)
		}
	}
}

// walk pulls to the walk's end. Errors that are "try again" are obeyed up to
// retries times for one page, at once: the clock is the simulator's.
func (m *mirror) walk(ctx context.Context, src adapters.Source, retries int) error {
	for range mostPages {
		p, err := m.pull(ctx, src, retries)
		if err != nil {
			return err
		}
		if err := m.take(p); err != nil {
			return err
		}
		if !p.More {
			return nil
		}
	}
	return fmt.Errorf("no end after %d pages", mostPages)
}

func (m *mirror) pull(ctx context.Context, src adapters.Source, retries int) (adapters.Page, error) {
	for {
		p, err := src.Pull(ctx, m.at)
		if err == nil {
			return p, gather(ctx, &p)
		}
		if class, _ := problem.Class(err); class != problem.FaultRetry || retries == 0 {
			return p, fmt.Errorf("page %d: %w", len(m.pages), err)
		}
		retries--
	}
}

// gather takes a long answer's rest in: a mirror commits it whole.
func gather(ctx context.Context, p *adapters.Page) error {
	if p.Tail == nil {
		return nil
	}
	defer func() { _ = p.Tail.Close() }()
	for last := false; !last; {
		var records []canonical.Raw
		var refused []adapters.Refused
		var err error
		if records, refused, last, err = p.Tail.Next(ctx); err != nil {
			return fmt.Errorf("the rest of an answer: %w", err)
		}
		p.Records, p.Refused = append(p.Records, records...), append(p.Refused, refused...)
	}
	return nil
}

func (m *mirror) keys() []string {
	out := make([]string, 0, len(m.held))
	for k := range m.held {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// same compares what is held with what there is.
func (m *mirror) same(want []string) error {
	got := m.keys()
	want = slices.Clone(want)
	slices.Sort(want)
	if slices.Equal(got, want) {
		return nil
	}
	missing, extra := less(want, got), less(got, want)
	return fmt.Errorf("%d keys, want %d; missing %d %.3v, too many %d %.3v", len(got), len(want), len(missing), head(missing), len(extra),
		head(extra))
}

func less(a, b []string) []string {
	have := map[string]bool{}
	for _, x := range b {
		have[x] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return have[x] })
}

func head(list []string) []string { return list[:min(len(list), 3)] }

// oldOnes reads a file of old checkpoints. With RECORD_CHECKPOINTS set, and
// only where there is no file yet, it is written by this version: what a
// released version wrote is never written again.
func (b *bench) oldOnes() ([]json.RawMessage, error) {
	data, err := os.ReadFile(filepath.Clean(b.c.Old))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("RECORD_CHECKPOINTS") != "" {
		m, err := b.everything()
		if err != nil {
			return nil, err
		}
		var all []json.RawMessage
		for _, i := range []int{0, len(m.pages) / 2, len(m.pages) - 1} {
			all = append(all, m.pages[i].Next)
		}
		if data, err = json.MarshalIndent(all, "", " "); err != nil {
			return nil, err
		}
		return all, os.WriteFile(b.c.Old, append(data, '\n'), 0o600)
	}
	if err != nil {
		return nil, err
	}
	var all []json.RawMessage
	err = json.Unmarshal(data, &all)
	return all, err
}

// content is a payload without its volatile members.
func (b *bench) content(payload []byte) string {
	var members map[string]json.RawMessage
	if len(b.c.Volatile) == 0 || json.Unmarshal(payload, &members) != nil {
		return string(payload)
	}
	for _, name := range b.c.Volatile {
		delete(members, name)
	}
	out, _ := json.Marshal(members) // of raw JSON: cannot fail
	return string(out)
}
