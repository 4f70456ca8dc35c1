package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/simkit"
	"iocgateway/canonical/problem"
)

// Passing lists faults that pass, as simkit.Parse reads them: a walk that
// meets one loses nothing.
func Passing() []string {
	return []string{"401@2", "expire@3", "429:1@2", "429@2", "502@2*2", "503@2", "500@2", "cut@2*1", "nonjson@2", "unsuccess@2",
		"htmllogin@2", "nocontent@2", "repeat@2", "shift@2", "shift:-1@2", "lastrepeat", "totals", "equaltimes", "bom", "charset",
		"numstr", "stall:30ms@2", "empty@2"}
}

// nothingLostToPassingFaults walks once for each fault, which must have struck.
func nothingLostToPassingFaults(b *bench) error {
	return b.each(8, b.c.Faults, func(f string) error {
		name, _, _ := strings.Cut(strings.FieldsFunc(f, func(r rune) bool { return strings.ContainsRune(":@*#%", r) })[0], " ")
		if b.up.Faults.Fired(name) == 0 {
			return errors.New("it never struck")
		}
		return nil
	})
}

// each walks once for each fault, with so many tries, and everything must have come.
func (b *bench) each(tries int, faults []string, also func(fault string) error) error {
	var wrong []error
	for _, f := range faults {
		src, err := b.open()
		if err != nil {
			return err
		}
		if err := b.up.Faults.Parse(f); err != nil {
			return err
		}
		m := newMirror()
		err = m.walk(b.t.Context(), src, tries)
		if err == nil {
			err = m.same(b.up.Keys())
		}
		if also != nil {
			err = errors.Join(err, also(f))
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("fault %s: %w", f, err))
		}
		b.up.Faults.Clear()
	}
	return errors.Join(wrong...)
}

// faultsAreClassed holds lasting faults against what can be done about them.
func faultsAreClassed(b *bench) error {
	cases := []struct {
		fault string
		class problem.Fault
		after time.Duration
	}{
		{"401", problem.FaultHalt, 0}, {"429:120", problem.FaultRetry, 100 * time.Second}, {"502", problem.FaultRetry, 0},
		{"503", problem.FaultRetry, 0}, {"cut", problem.FaultRetry, 0}, {"nonjson", problem.FaultRetry, 0},
		{"unsuccess", problem.FaultRetry, 0}, {"nocontent", problem.FaultRetry, 0}, {"htmllogin", problem.FaultHalt, 0},
		{"gzipbomb:64", problem.FaultHalt, 0},
	}
	var wrong []error
	for _, c := range cases {
		src, err := b.open()
		if err != nil {
			return err
		}
		if err := b.up.Faults.Parse(c.fault); err != nil {
			return err
		}
		_, err = src.Pull(b.t.Context(), nil)
		b.up.Faults.Clear()
		class, after := problem.Class(err)
		_, coded := problem.As(err)
		switch {
		case err == nil:
			wrong = append(wrong, fmt.Errorf("%s was taken for an answer", c.fault))
		case class != c.class || after < c.after:
			wrong = append(wrong, fmt.Errorf("%s: class %d after %v, want %d after %v: %w", c.fault, class, after, c.class, c.after, err))
		case !coded:
			wrong = append(wrong, fmt.Errorf("%s: no Problem with a code: %w", c.fault, err))
		}
	}
	return errors.Join(wrong...)
}

func cancelledReturns(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	if err := b.up.Faults.Parse("stall:20s"); err != nil {
		return err
	}
	defer b.up.Faults.Clear()
	ctx, cancel := context.WithCancel(b.t.Context())
	stop := time.AfterFunc(150*time.Millisecond, cancel)
	defer stop.Stop()
	done := make(chan error, 1)
	go func() { // ends with the pull: at the latest when the stall does
		_, err := src.Pull(ctx, nil)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			return errors.New("a cancelled pull gave a page")
		}
		return nil
	case <-time.After(5 * time.Second):
		return errors.New("a cancelled pull does not return")
	}
}

// emptyProvesNothing lets the source answer nothing where it had plenty.
func emptyProvesNothing(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	m := newMirror()
	if err := m.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	if err := b.up.Faults.Parse("empty"); err != nil {
		return err
	}
	for range 3 {
		b.up.Clock.Advance(b.c.Sweep)
		_ = m.walk(b.t.Context(), src, 0) // an error is the better answer
		if len(m.held) < len(b.up.Keys())/2 {
			return errors.New("emptiness was taken for removal")
		}
	}
	b.up.Faults.Clear()
	return b.settled(src, m)
}

func stuckEnds(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	if err := b.up.Faults.Parse("stuck"); err != nil {
		return err
	}
	m := newMirror()
	for range 60 {
		p, err := src.Pull(b.t.Context(), m.at)
		if err != nil {
			break
		}
		if err := m.take(p); err != nil {
			return err
		}
		if p.Complete != nil {
			return errors.New("one page for ever was taken for everything")
		}
		if !p.More {
			break
		}
	}
	if len(m.pages) >= 60 {
		return errors.New("60 times the same page, and no end")
	}
	b.up.Faults.Clear()
	return b.settled(src, m)
}

func lateRowsArrive(b *bench) error { return b.through("late:30m", 3) }

func vanishedReturn(b *bench) error { return b.through("vanish:10", 2) }

// goneIsProved takes rows away for good: two sweeps later they are gone, and
// nothing else is.
func goneIsProved(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	m := newMirror()
	if err := m.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	before := len(m.held)
	if err := b.up.Faults.Parse("vanish:10"); err != nil {
		return err
	}
	defer b.up.Faults.Clear()
	unproved, err := b.sweeps(src, m)
	if err != nil {
		return err
	}
	fresh, err := b.everything()
	if err != nil {
		return err
	}
	if len(fresh.held) >= before {
		return errors.New("nothing vanished: the simulator proves nothing")
	}
	return m.same(append(fresh.keys(), unproved...))
}

// through polls while a fault is on, clears it, and compares.
func (b *bench) through(fault string, polls int) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	m := newMirror()
	if err := m.walk(b.t.Context(), src, 0); err != nil {
		return err
	}
	if err := b.up.Faults.Parse(fault); err != nil {
		return err
	}
	for range polls {
		b.up.Clock.Advance(20 * time.Minute)
		if err := m.walk(b.t.Context(), src, 5); err != nil {
			return err
		}
	}
	b.up.Faults.Clear()
	return b.settled(src, m)
}

func oldCheckpoints(b *bench) error {
	if b.c.Old == "" {
		return errors.New("Case.Old names no file of old checkpoints")
	}
	all, err := b.oldOnes()
	if err != nil || len(all) == 0 {
		return fmt.Errorf("%s holds no list of checkpoints: %w", b.c.Old, err)
	}
	for i, at := range all {
		src, err := b.open()
		if err != nil {
			return err
		}
		m := newMirror()
		m.at = at
		if err := m.walk(b.t.Context(), src, 2); err != nil {
			return fmt.Errorf("checkpoint %d is not read: %w", i, err)
		}
	}
	return nil
}

// secretsStayHidden gathers what is shown under every fault.
func secretsStayHidden(b *bench) error {
	var shown strings.Builder
	for _, f := range append(simkit.Names(), "") {
		if f == simkit.Stall || f == simkit.GzipBomb {
			continue
		}
		src, err := b.open()
		if err != nil {
			return err
		}
		if err := b.up.Faults.Parse(f); err != nil {
			return err
		}
		p, err := src.Pull(b.t.Context(), nil)
		b.up.Faults.Clear()
		shown.Write(p.Next)
		for _, n := range p.Notes {
			shown.WriteString(n.Error())
		}
		if err != nil {
			shown.WriteString(err.Error())
			if q, ok := problem.As(err); ok {
				shown.WriteString(q.Text(problem.Vietnamese) + q.Hint(problem.Vietnamese) + q.Hint(problem.English))
			}
		}
	}
	shown.WriteString(b.log.String())
	for i, s := range b.c.Secrets {
		if s != "" && strings.Contains(shown.String(), s) {
			return fmt.Errorf("secret %d is shown in an error, a note, a checkpoint or a log", i)
		}
	}
	if len(b.c.Secrets) == 0 {
		return errors.New("Case.Secrets names none")
	}
	return nil
}

func listAgrees(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	l, ok := src.(adapters.Lister)
	if !ok {
		return nil
	}
	m, err := b.everything()
	if err != nil {
		return err
	}
	n := 0
	for s, err := range l.List(b.t.Context(), adapters.Scope{}) {
		if err != nil {
			return err
		}
		if r, ok := m.held[s.Key]; !ok || r.Version != s.Version {
			return fmt.Errorf("key %.40q: List and Pull differ", s.Key)
		}
		n++
	}
	if n != len(m.held) {
		return fmt.Errorf("List gave %d keys, Pull %d", n, len(m.held))
	}
	return nil
}

func probeFinds(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	p, ok := src.(adapters.Prober)
	if !ok {
		return nil
	}
	if err := p.Probe(b.t.Context()); err != nil {
		return fmt.Errorf("probing a good source: %w", err)
	}
	for _, f := range []string{"401", "nocontent", "htmllogin"} {
		if err := b.up.Faults.Parse(f); err != nil {
			return err
		}
		if p.Probe(b.t.Context()) == nil {
			return fmt.Errorf("probing found nothing wrong under %s", f)
		}
	}
	b.up.Faults.Clear()
	return nil
}

func fetchAgrees(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	f, ok := src.(adapters.Fetcher)
	if !ok {
		return nil
	}
	m, err := b.everything()
	if err != nil {
		return err
	}
	for _, key := range head(m.keys()) {
		r, err := f.Fetch(b.t.Context(), key)
		if err != nil || r.Key != key {
			return fmt.Errorf("fetching %.40q gave %.40q: %w", key, r.Key, err)
		}
	}
	if _, err := f.Fetch(b.t.Context(), "no-such-key"); err == nil {
		return errors.New("fetching a key that does not exist gave a record")
	}
	return nil
}
