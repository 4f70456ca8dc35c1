package storetest

import (
	"context"
	"fmt"
	"slices"

	"iocgateway/router/journal"
)

// scene is a script with a name: what random scripts once found, or may take
// long to find. Each is played to every Log, and what its last page comes to
// is written here besides, so that Log and model cannot be wrong together.
type scene struct {
	name   string
	script []step
	ends   []journal.Outcome // of the last page, in order
}

const (
	first  = 0 // the mappings
	second = 1
)

// got is a page with its checkpoint.
func got(mapping int, items ...draw) step { return step{Stream: 1, Mapping: mapping, Items: items} }

// again is a Raw that comes bare: the Log must know what became of it.
func again(key, payload, at int) draw { return draw{Key: key, Payload: payload, At: at, Bare: true} }

func raw(key, payload, at int) draw { return draw{Key: key, Payload: payload, At: at} }

func restart() step { return step{Action: actionReopen} }

func scenes() []scene {
	return slices.Concat(refusedScenes(), excludedScenes(), supersededScenes(), aheadScenes(), returnScenes(), mendedScenes(), adoptScenes())
}

// refusedScenes: the Raw behind the current record is refused by another
// mapping. Given again under that one it is held again and not unchanged,
// whatever the record is: it is in quarantine, and no reader has been given
// what this mapping makes of it.
func refusedScenes() []scene {
	const p = refusedByFirst
	begin := []step{got(second, raw(1, p, 0)), got(first, raw(1, p, 0))}
	return []scene{
		{"published, refused by another mapping, given again beside others",
			append(begin[:2:2], got(first, raw(0, 0, 0), raw(0, 0, 0), again(1, p, 0), raw(5, p, 0))),
			[]journal.Outcome{journal.Published, journal.Unchanged, journal.Held, journal.Held}},
		{"published, refused by another mapping, given again alone",
			append(begin[:2:2], got(first, again(1, p, 0))),
			[]journal.Outcome{journal.Held}},
		{"published, refused by another mapping, given again after each of two restarts",
			append(begin[:2:2], restart(), got(first, again(1, p, 0)), restart(), got(first, again(1, p, 0), raw(2, 0, 0))),
			[]journal.Outcome{journal.Held, journal.Published}},
		{"published, refused by another mapping, given again after another Raw was refused in the same page",
			append(begin[:2:2], got(first, raw(1, p, 1), again(1, p, 0))),
			[]journal.Outcome{journal.Held, journal.Held}},
		{"published, refused by another mapping, given again after another Raw published in the same page",
			append(begin[:2:2], got(first, raw(1, 0, 1), again(1, p, 0))),
			[]journal.Outcome{journal.Published, journal.Held}},
		{"refused removal that can be read later leaves quarantine, also of what was never there",
			[]step{got(first, raw(1, refusedRemoval, 0)), got(first, again(1, refusedRemoval, 0)), got(second, raw(1, refusedRemoval, 0))},
			[]journal.Outcome{journal.Unchanged}},
		{"refused removal of what is there",
			[]step{got(first, raw(1, 0, 1)), got(first, raw(1, refusedRemoval, 2)), restart(), got(first, again(1, refusedRemoval, 2)),
				got(second, raw(1, refusedRemoval, 2), raw(2, 0, 0))},
			[]journal.Outcome{journal.Published, journal.Published}},
	}
}

// excludedScenes: the same with a rule that leaves the Raw out.
func excludedScenes() []scene {
	const p = excludedByFirst
	begin := []step{got(second, raw(1, p, 0)), got(first, raw(1, p, 0))}
	return []scene{
		{"published, excluded by another mapping, given again beside others",
			append(begin[:2:2], got(first, raw(0, 0, 0), again(1, p, 0), raw(5, p, 0))),
			[]journal.Outcome{journal.Published, journal.Excluded, journal.Excluded}},
		{"published, excluded by another mapping, given again alone",
			append(begin[:2:2], got(first, again(1, p, 0))),
			[]journal.Outcome{journal.Excluded}},
		{"published, excluded by another mapping, given again after each of two restarts",
			append(begin[:2:2], restart(), got(first, again(1, p, 0)), restart(), got(first, again(1, p, 0), raw(2, 0, 0))),
			[]journal.Outcome{journal.Excluded, journal.Published}},
		{"excluded by one mapping and then by another, never published",
			[]step{got(first, raw(1, excluded, 0)), got(second, raw(1, excluded, 0)), restart(), got(second, again(1, excluded, 0)),
				got(first, raw(1, excluded, 0))},
			[]journal.Outcome{journal.Excluded}},
		{"excluded, refused by another mapping, excluded again leaves quarantine",
			[]step{got(second, raw(1, refusedExcluded, 0)), got(first, raw(1, refusedExcluded, 0)), got(first, again(1, refusedExcluded, 0)),
				got(second, raw(1, refusedExcluded, 0))},
			[]journal.Outcome{journal.Excluded}},
		{"excluded by another mapping while another Raw is held",
			[]step{got(second, raw(1, p, 0)), got(first, raw(1, refusedByFirst, 0)), got(first, raw(1, p, 0), again(1, refusedByFirst, 0))},
			[]journal.Outcome{journal.Excluded, journal.Held}},
	}
}

// supersededScenes: a Raw that came too late under one mapping and is
// something else under the other.
func supersededScenes() []scene {
	const p = refusedByFirst
	return []scene{
		{"published, overtaken, superseded under another mapping, given again beside others",
			[]step{got(second, raw(1, readsOtherwise, 1)), got(second, raw(1, 0, 2)), got(first, raw(1, readsOtherwise, 1)),
				got(first, raw(0, 0, 0), again(1, readsOtherwise, 1))},
			[]journal.Outcome{journal.Published, journal.Superseded}},
		{"superseded, given again after a restart",
			[]step{got(first, raw(1, 0, 2)), got(first, raw(1, 1, 1)), restart(), got(first, again(1, 1, 1)), restart(), got(first, again(1, 1, 1))},
			[]journal.Outcome{journal.Superseded}},
		{"superseded, refused by another mapping, given again",
			[]step{got(second, raw(1, 0, 2)), got(second, raw(1, p, 1)), got(first, raw(1, p, 1)), got(first, again(1, p, 1), raw(2, 0, 0))},
			[]journal.Outcome{journal.Held, journal.Published}},
		{"superseded, refused by another mapping, superseded again leaves quarantine",
			[]step{got(second, raw(1, 0, 2)), got(second, raw(1, p, 1)), got(first, raw(1, p, 1)), got(second, raw(1, p, 1))},
			[]journal.Outcome{journal.Superseded}},
		{"refused by another mapping, superseded under the first leaves quarantine",
			[]step{got(second, raw(1, 0, 2)), got(first, raw(1, p, 1)), got(second, raw(1, p, 1))},
			[]journal.Outcome{journal.Superseded}},
	}
}

// mendedScenes: what a listing named, and nothing of which was held in it, is as
// it was, and what is held of it ends.
func mendedScenes() []scene {
	mended := func(items ...draw) step { return step{Stream: 1, Items: items, Proved: true, Listed: true} }
	spoilt := []step{got(first, raw(1, 0, 0)), got(first, raw(1, refusedByFirst, 1))}
	return []scene{
		{"spoilt, and as before", append(spoilt[:2:2], mended(raw(1, removal, 0))), []journal.Outcome{journal.Unchanged}},
		{"spoilt, as before after a restart, given again", append(spoilt[:2:2], restart(), mended(raw(1, removal, 2)), got(first, raw(1, 0, 0))),
			[]journal.Outcome{journal.Unchanged}},
		{"as before, and nothing is held", []step{got(first, raw(1, 0, 0)), mended(raw(1, removal, 0), raw(3, removal, 0))},
			[]journal.Outcome{journal.Unchanged, journal.Unchanged}},
		{"held only", []step{got(first, raw(1, refusedByFirst, 1)), mended(raw(1, removal, 0))}, []journal.Outcome{journal.Unchanged}},
	}
}

// aheadScenes: a source's clock was ahead of ours, and went back. What a listing
// of everything has then replaces what came with a time that had not come; what
// is pushed, or comes as a change, does not.
func aheadScenes() []scene {
	early := func(items ...draw) step { return step{Stream: 1, Items: items, Early: true} }
	listed := func(items ...draw) step { return step{Stream: 1, Items: items, Listed: true} }
	return []scene{
		{"ahead, and the whole listing has another", []step{early(raw(1, 0, 3)), listed(raw(1, 1, 1))}, []journal.Outcome{journal.Published}},
		{"ahead, and it is ahead still", []step{early(raw(1, 0, 3)), {Stream: 1, Items: []draw{raw(1, 1, 1)}, Listed: true, Early: true}},
			[]journal.Outcome{journal.Published}},
		{"ahead, and an older one is pushed", []step{early(raw(1, 0, 3)), got(first, raw(1, 1, 1))}, []journal.Outcome{journal.Superseded}},
		{"ahead, and one that changed since is pushed",
			[]step{early(raw(1, 0, 3)), got(first, raw(1, 1, 2))}, []journal.Outcome{journal.Superseded}},
		{"ahead, and it was removed since", []step{early(raw(1, 0, 3)), got(first, raw(1, removal, 2))}, []journal.Outcome{journal.Superseded}},
		{"ahead, and in one page with one that changed since", []step{{Stream: 1, Items: []draw{raw(1, 0, 3), raw(1, 1, 2)}, Early: true}},
			[]journal.Outcome{journal.Published, journal.Superseded}},
		{"ahead, changed since, and that one again", []step{early(raw(1, 0, 3)), got(first, raw(1, 1, 2)), got(first, raw(1, 0, 3))},
			[]journal.Outcome{journal.Unchanged}},
		{"not ahead, and the whole listing has an older one", []step{got(first, raw(1, 0, 3)), listed(raw(1, 1, 1))},
			[]journal.Outcome{journal.Superseded}},
		{"ahead, superseded as a change, given again by the whole listing",
			[]step{early(raw(1, 0, 3)), got(first, raw(1, 1, 1)), listed(again(1, 1, 1))}, []journal.Outcome{journal.Published}},
		{"ahead, superseded as a change, given again after a restart",
			[]step{early(raw(1, 0, 3)), got(first, raw(1, 1, 1)), restart(), listed(raw(0, 0, 0), again(1, 1, 1))},
			[]journal.Outcome{journal.Published, journal.Published}},
		{"ahead and back: true times follow each other again",
			[]step{early(raw(1, 0, 3)), listed(raw(1, 1, 1)), got(first, raw(1, 0, 2)), got(first, raw(1, 1, 1))},
			[]journal.Outcome{journal.Superseded}},
		{"gone, and the whole listing has it as it was before",
			[]step{got(first, raw(1, 0, 1)), got(first, raw(1, removal, 3)), listed(raw(1, 1, 2))},
			[]journal.Outcome{journal.Published}},
		{"gone, superseded as a change, and the whole listing has it",
			[]step{got(first, raw(1, 0, 1)), got(first, raw(1, removal, 3)), got(first, raw(1, 1, 2)), listed(again(1, 1, 2))},
			[]journal.Outcome{journal.Published}},
		{"gone, and an older change names it", []step{got(first, raw(1, 0, 1)), got(first, raw(1, removal, 3)), got(first, raw(1, 1, 2))},
			[]journal.Outcome{journal.Superseded}},
		{"ahead, and the whole listing has the same", []step{early(raw(1, 0, 3)), listed(raw(1, 0, 3))}, []journal.Outcome{journal.Unchanged}},
	}
}

// returnScenes: the mapping that refused is taken back, so that the record
// is what the Raw holds again.
func returnScenes() []scene {
	const p = refusedByFirst
	refused := []step{got(second, raw(1, p, 0)), got(first, raw(1, p, 0))}
	return []scene{
		{"refused by a mapping that is taken back: unchanged, and out of quarantine",
			append(refused[:2:2], got(second, again(1, p, 0))),
			[]journal.Outcome{journal.Unchanged}},
		{"refused by a mapping that is taken back after a restart, beside others",
			append(refused[:2:2], restart(), got(second, raw(0, 0, 0), again(1, p, 0), again(1, p, 0))),
			[]journal.Outcome{journal.Published, journal.Unchanged, journal.Unchanged}},
		{"refused by a mapping that is taken back and comes back",
			append(refused[:2:2], got(second, again(1, p, 0)), got(first, raw(1, p, 0)), got(first, again(1, p, 0))),
			[]journal.Outcome{journal.Held}},
		{"excluded by a mapping that is taken back",
			[]step{got(second, raw(1, excludedByFirst, 0)), got(first, raw(1, excludedByFirst, 0)), got(second, again(1, excludedByFirst, 0))},
			[]journal.Outcome{journal.Unchanged}},
		{"another Raw is held while the current one comes again",
			[]step{got(first, raw(1, 0, 0)), got(first, raw(1, p, 0)), got(first, again(1, 0, 0), again(1, p, 0))},
			[]journal.Outcome{journal.Unchanged, journal.Held}},
	}
}

// playScene plays a scene; the error gives where Log, model and scene part.
func playScene(ctx context.Context, h Harness, sc scene) error {
	p := newPlayer(h, newModel())
	for i, s := range sc.script {
		if err := p.mustKnow(s); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if err := p.step(ctx, s); err != nil {
			return fmt.Errorf("step %d %+v: %w", i, s, err)
		}
	}
	if !slices.Equal(p.outcomes, sc.ends) {
		return fmt.Errorf("the last page comes to %v, want %v", p.outcomes, sc.ends)
	}
	return p.reopen(ctx)
}

// mustKnow: what a scene gives bare is given bare, where a Log knows at all.
func (p *player) mustKnow(s step) error {
	known := p.known()
	for _, d := range s.Items {
		it := d.item(s.Stream, s.Mapping)
		if d.Bare && known != nil && known.Known(streamName(s.Stream), it.Raw.Key, it.Digest, mappingName(s.Mapping)) == "" {
			return fmt.Errorf("%+v is not known", d)
		}
	}
	return nil
}

// adoptScenes: a record changes hands without changing. No entry says so, and
// it is moved all the same, for every view and after a restart.
func adoptScenes() []scene {
	of := func(stream int, adopts bool, items ...draw) step {
		return step{Stream: stream, Mapping: second, Items: items, Adopts: adopts}
	}
	const owner, heir = 3, 2
	begin := []step{of(owner, false, raw(0, 1, 1)), of(heir, true, raw(0, 1, 1))}
	return []scene{
		{"adopted as it is", begin, []journal.Outcome{journal.Unchanged}},
		{"adopted as it is, and given by the one before after a restart",
			append(begin[:2:2], restart(), of(owner, false, raw(0, 1, 1))), []journal.Outcome{journal.Held}},
		{"adopted as it is, then older, then gone",
			append(begin[:2:2], of(heir, false, raw(0, 0, 0)), restart(), of(heir, false, raw(0, removal, 2))),
			[]journal.Outcome{journal.Published}},
		{"adopted as it is with what is held of it", []step{of(owner, false, raw(0, 1, 1)),
			{Stream: owner, Mapping: first, Items: []draw{raw(0, refusedByFirst, 2)}}, of(heir, true, raw(0, 1, 1)), restart(),
			of(heir, false, raw(0, refusedByFirst, 2))}, []journal.Outcome{journal.Published}},
		{"adopted as it is, held of the one before, and given again by the heir",
			append(begin[:2:2], of(owner, false, raw(0, 1, 1)), of(heir, false, raw(0, 1, 2)), restart(), of(heir, false, again(0, 1, 2))),
			[]journal.Outcome{journal.Unchanged}},
		{"adopted as it is, given back, and held of the heir", append(begin[:2:2], of(owner, true, raw(0, 1, 2)), of(heir, false, raw(0, 1, 3)),
			of(owner, false, raw(0, 1, 3)), restart(), of(heir, false, raw(0, 1, 3))), []journal.Outcome{journal.Held}},
		{"adopted with a change, while what the one before had held of it is kept", []step{of(owner, false, raw(0, 1, 1)),
			{Stream: owner, Mapping: first, Items: []draw{raw(0, refusedByFirst, 2)}}, of(heir, true, raw(0, 0, 3)), restart(),
			of(heir, false, again(0, 0, 3))}, []journal.Outcome{journal.Unchanged}},
		{"adopted by an older version", []step{of(owner, false, raw(0, 1, 2)), of(heir, true, raw(0, 0, 1)), restart(),
			of(heir, false, again(0, 1, 2))}, []journal.Outcome{journal.Unchanged}},
	}
}
