package sync

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// couple is a row that is new and one that it may have been.
type couple struct {
	was, is matter
	at      int
	sure    bool // neither may be another's
}

// couples are all that differ in one part.
func couples(gone, fresh map[string]matter) (all []couple) {
	ways, rest := map[string]int{}, map[string]int{}
	for _, g := range gone {
		for at := range g.parts {
			without := g
			without.parts[at], without.value = "", ""
			rest[fmt.Sprint(at, without)]++
		}
	}
	for _, x := range fresh {
		for _, g := range gone {
			if at := differsAt(g, x); at >= 0 {
				without := g
				without.parts[at], without.value = "", ""
				all = append(all, couple{g, x, at, rest[fmt.Sprint(at, without)] == 1})
				ways[x.key()]++
			}
		}
	}
	for i := range all {
		all[i].sure = all[i].sure && ways[all[i].is.key()] == 1
	}
	return all
}

// judged is what a listing must come to: displaced, and in which part, not
// displaced, or either.
func judged(all []couple, gone int) (must, may bool, part int) {
	type count struct{ sure, stand, bad, all, upto int }
	var parts [3]count
	alike := map[[3]string]int{} // what follows from a part is known from five on
	for _, c := range all {
		if c.was.value == c.is.value {
			alike[[3]string{fmt.Sprint(c.at), c.was.parts[c.at], c.is.parts[c.at]}]++
		}
	}
	for _, c := range all {
		of := &parts[c.at]
		stands := c.was.value == c.is.value
		known := c.at != 2 || alike[[3]string{fmt.Sprint(c.at), c.was.parts[c.at], c.is.parts[c.at]}] >= 5
		of.all++
		if stands {
			of.upto++
		}
		if c.sure {
			of.sure++
			if stands && known {
				of.stand++
			} else if !stands {
				of.bad++
			}
		}
	}
	for at, p := range parts {
		if p.all >= 20 && 2*p.all >= gone && 100*p.upto >= 90*(p.upto+p.bad) {
			may = true
		}
		others := max(parts[(at+1)%3].all, parts[(at+2)%3].all)
		if p.sure >= 20 && 2*p.sure >= gone && 100*p.stand >= 90*p.all && p.sure > others && p.all <= 200 {
			must, part = true, at
		}
	}
	return must, may, part
}

// take plays a listing in pages of a size; accepted: a person vouches for it.
// found is whether the gateway says that a part of the key changed. It gives what
// is wrong.
func (l *land) take(rows []matter, size int, accepted, found bool, has map[string]string) error {
	before, listed := maps.Clone(l.live), map[string]matter{}
	for _, x := range rows {
		listed[x.key()] = x
	}
	last := (len(rows) - 1) / size * size
	for from := 0; from < last; from += size {
		l.publish(rows[from:from+size], nil)
	}
	gone, fresh := map[string]matter{}, map[string]matter{}
	for key, x := range l.live {
		if _, named := listed[key]; !named {
			gone[key] = x
		}
	}
	if !l.open {
		l.since = map[string]bool{}
	}
	for key, x := range l.live {
		if _, had := before[key]; !had {
			l.since[key] = true
		}
		if _, named := listed[key]; named && l.since[key] {
			fresh[key] = x
		}
	}
	for _, x := range rows[last:] {
		if _, lives := l.live[x.key()]; !lives {
			fresh[x.key()] = x
		}
	}
	all := couples(gone, fresh)
	must, may, part := judged(all, len(gone))
	if accepted {
		must, may = false, false
	}
	if must && !found || found && !may {
		return fmt.Errorf("a part of the key changed: %v, must be said: %v, may be: %v (%d gone, %d new, %d couples)", found, must, may,
			len(gone), len(fresh), len(all))
	}
	partner := map[string]int{} // 1: perhaps, 2: for sure
	for _, c := range all {
		partner[c.is.key()] = max(partner[c.is.key()], 1)
		if c.sure && must && c.at == part {
			partner[c.is.key()] = 2
		}
	}
	few := len(gone) < 10 || 5*len(gone) <= len(l.live)
	if !found {
		clear(partner)
	}
	l.publish(rows[last:], func(key string) bool { // held for its part
		if partner[key] == 1 {
			_, there := has[key]
			return !there
		}
		return partner[key] == 2
	})
	if !found && (accepted || few) {
		for key := range gone {
			delete(l.live, key)
		}
		maps.DeleteFunc(l.held, func(key string, _ matter) bool { _, named := listed[key]; return !named })
	}
	for key := range l.live {
		if _, had := before[key]; !had {
			l.since[key] = true
		}
	}
	l.open = found
	return nil
}

// publish takes rows of a page in; what is held of a row as it is stays held.
func (l *land) publish(page []matter, holds func(key string) bool) {
	first, changing := map[string]matter{}, map[string]bool{}
	for _, x := range page {
		was, again := first[x.key()]
		first[x.key()], changing[x.key()] = x, changing[x.key()] || again && was != x
	}
	for _, x := range page {
		key := x.key()
		_, lives := l.live[key]
		was, held := l.held[key]
		switch {
		case held && was == x && !changing[key]:
		case holds != nil && !lives && holds(key):
			l.held[key] = x
		default:
			l.live[key] = x
			delete(l.held, key)
		}
	}
}

// differs holds what the gateway has against what it must have.
func (l *land) differs(m *journaltest.Memory) error {
	if len(m.Records["s/t"]) != len(l.live) || len(m.Holds) != len(l.held) {
		return fmt.Errorf("%d are there, want %d; %d are held, want %d", len(m.Records["s/t"]), len(l.live), len(m.Holds), len(l.held))
	}
	for key, x := range l.live {
		if rec, there := m.Records["s/t"][key]; !there || string(rec.Body) != string(x.raw().Payload) {
			return fmt.Errorf("%s: %s, want %s", key, rec.Body, x.raw().Payload)
		}
	}
	for key := range l.held {
		if !m.Holds["s/t "+key] {
			return fmt.Errorf("%s is not held", key)
		}
	}
	return nil
}

// TestKeyPartsAgainstAModel: whatever happens at a source between its listings,
// nothing goes and nothing comes because a part of its keys changed; what is
// really gone goes, what is new comes; and a person, or the source itself, ends it.
func TestKeyPartsAgainstAModel(t *testing.T) {
	met := map[string]int{}
	seed.CheckUntil(t, met, []string{"said", "ended by a person"}, func(rt *rapid.T) {
		l, source := newLand(rt), &journaltest.Source{}
		s, m := syncing(source)
		s.Newest = m.Record
		list := func(accepted bool) bool {
			rows, size := l.listing(rt), rapid.SampledFrom([]int{1000, 1000, 100, 25, 40}).Draw(rt, "page")
			var raws []canonical.Raw
			for _, x := range rows {
				raws = append(raws, x.raw())
			}
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				s = &Syncer{Stream: s.Stream, Reader: source, Mapping: s.Mapping, Log: m, Runs: m, Now: s.Now, Newest: m.Record}
			}
			source.Pages = sheets(raws, size)
			r, err := s.Run(rt.Context(), journal.Order{AcceptRemovals: accepted})
			if err != nil {
				rt.Fatal(err)
			}
			note, has := r.Suspicion(), map[string]string{}
			for key := range m.Records["s/t"] {
				has[key] = ""
			}
			found := note != nil && note.Code == "GW-R088"
			if err := l.take(rows, size, accepted, found, has); err != nil {
				rt.Fatal(err)
			}
			if err := l.differs(m); err != nil {
				rt.Fatal(err)
			}
			return found
		}
		list(false)
		for range rapid.IntRange(1, 5).Draw(rt, "walks") {
			before := slices.Clone(l.rows)
			for range rapid.SampledFrom([]int{1, 2, 0, 1}).Draw(rt, "events") {
				l.happen(rt)
			}
			if !list(false) {
				continue
			}
			met["said"]++
			switch rapid.SampledFrom([]int{1, 0, 2}).Draw(rt, "then") {
			case 1: // a person: they are other records
				list(true)
				var raws []canonical.Raw
				for _, x := range l.held {
					raws = append(raws, x.raw())
				}
				if _, err := s.Remap(rt.Context(), raws); err != nil {
					rt.Fatal(err)
				}
				maps.Copy(l.live, l.held)
				clear(l.held)
				if list(false) {
					rt.Fatal("what a person accepted is said again")
				}
				met["ended by a person"]++
			case 2: // the source takes it back
				l.rows = before
			}
		}
	})
	t.Logf("listings: %v", met)
}
