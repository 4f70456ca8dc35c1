package adaptertest

import (
	"errors"
	"fmt"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/simkit"
	"iocgateway/canonical/problem"
)

// Sources in trouble that answers do not show: each of these checks asks
// nothing of an adapter whose source cannot be in it.

// lowTotalsEndNothing lets the source say that there is less than it lists.
func lowTotalsEndNothing(b *bench) error {
	return b.allOf("lowtotals:0", "lowtotals:pages", "lowtotals:one")
}

// deadCursorBeginsAgain lets all cursors given out so far die in mid-walk.
func deadCursorBeginsAgain(b *bench) error {
	return b.allOf("deadcursor:410@3", "deadcursor:404@2", "deadcursor:400@3")
}

// linksOfAnyForm writes the link to the next page in the forms there are.
func linksOfAnyForm(b *bench) error {
	return b.allOf("links:bare", "links:several", "links:extension", "links:commas", "links:order")
}

// exclusiveEndLosesNothing takes the end of a window as excluded.
func exclusiveEndLosesNothing(b *bench) error { return b.allOf("exclusive") }

// allOf has everything come through each of the faults, where its source can be in them.
func (b *bench) allOf(faults ...string) error { return b.each(3, faults, nil) }

// pagesProveNothing lets the source answer with a page of HTML, and a 200.
func pagesProveNothing(b *bench) error { return b.spoilt(simkit.Page) }

// halvesProveNothing lets what the source gives end in its middle.
func halvesProveNothing(b *bench) error { return b.spoilt(simkit.Half) }

// spoilt has every answer spoilt, and then none: who reads for the first time is
// told why, or what is held; who has read it all loses nothing. Half of a text
// may look like a whole one to who never saw more.
func (b *bench) spoilt(fault string) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	if err := b.up.Faults.Parse(fault); err != nil {
		return err
	}
	first := newMirror()
	err = first.walk(b.t.Context(), src, 0)
	b.up.Faults.Clear()
	if b.up.Faults.Fired(fault) == 0 {
		return nil // it has no answers that could be
	}
	if _, coded := problem.As(err); err != nil && !coded {
		return fmt.Errorf("no Problem with a code: %w", err)
	}
	if err == nil && fault == simkit.Page {
		return errors.New("it was taken for an answer")
	}
	m := newMirror()
	if err := m.walk(b.t.Context(), src, 3); err != nil {
		return err
	}
	before := m.keys()
	if err := b.up.Faults.Parse(fault); err != nil {
		return err
	}
	for range 3 {
		b.up.Clock.Advance(b.c.Sweep)
		_ = m.walk(b.t.Context(), src, 0) // an error is the better answer
	}
	there := b.up.Keys()
	b.up.Faults.Clear()
	if lost := less(less(before, m.keys()), less(before, there)); len(lost) > 0 {
		return fmt.Errorf("%d rows were taken for removed: %.3v", len(lost), head(lost))
	}
	return b.settled(src, m)
}

// capped is how many rows a source lists that cuts its lists off.
const capped = 100

// cutOffProvesNothing lets the source cut its list off at a length of its own,
// while new rows push old ones out.
func cutOffProvesNothing(b *bench) error {
	src, err := b.open()
	if err != nil {
		return err
	}
	m := newMirror()
	if err := b.up.Faults.Parse(fmt.Sprintf("cap:%d", capped)); err != nil {
		return err
	}
	defer b.up.Faults.Clear()
	for range 4 {
		if err := m.walk(b.t.Context(), src, 3); err != nil {
			return err
		}
		before := m.keys()
		b.up.Clock.Advance(b.c.Sweep)
		if err := m.walk(b.t.Context(), src, 3); err != nil {
			return err
		}
		there := b.up.Keys()
		if lost := less(less(before, m.keys()), less(before, there)); len(lost) > 0 {
			return fmt.Errorf("%d rows that were pushed out of a list that is cut off were taken for removed: %.3v", len(lost), head(lost))
		}
	}
	return nil
}

// clocksAheadFreezeNothing lets some rows bear times that have not come, and
// then their true ones.
func clocksAheadFreezeNothing(b *bench) error {
	for _, f := range []string{"ahead:20h", "ahead:40m"} {
		if err := b.through(f, 3); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
	}
	return nil
}

// sickDetailIsHeldAlone lets single records be sick, in every way there is.
func sickDetailIsHeldAlone(b *bench) error {
	for _, how := range []string{"500", "404", "403", "html", "empty"} {
		src, err := b.open()
		if err != nil {
			return err
		}
		fired := b.up.Faults.Fired(simkit.Sick)
		if err := b.up.Faults.Parse("sick:" + how); err != nil {
			return err
		}
		m := newMirror()
		err = m.walk(b.t.Context(), src, 3)
		sick := b.up.Faults.Fired(simkit.Sick) > fired
		b.up.Faults.Clear()
		if !sick {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: one sick record stopped all: %w", how, err)
		}
		if held := heldKeys(m.pages); len(held) == 0 || len(less(b.up.Keys(), append(m.keys(), held...))) > 0 {
			return fmt.Errorf("%s: %d came, %d are held of %d", how, len(m.held), len(held), len(b.up.Keys()))
		}
		b.up.Clock.Advance(time.Minute)
		for range 2 {
			b.up.Clock.Advance(b.c.Sweep)
			if err := m.walk(b.t.Context(), src, 3); err != nil {
				return err
			}
		}
		if err := m.same(b.up.Keys()); err != nil {
			return fmt.Errorf("%s, and well again: %w", how, err)
		}
	}
	return nil
}

func heldKeys(pages []adapters.Page) (keys []string) {
	for i := range pages {
		for k := range pages[i].Refused {
			keys = append(keys, pages[i].Refused[k].Raw.Key)
		}
	}
	return keys
}
