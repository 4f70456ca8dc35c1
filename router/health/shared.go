package health

import (
	"cmp"
	"slices"
	"time"

	"iocgateway/canonical/problem"
)

// Shared is one cause behind the failures of several streams.
type Shared struct {
	Link    string    `json:"link,omitempty"`   // the link they go over; empty: the one source they are of
	Source  string    `json:"source,omitempty"` // … which cannot be reached
	Since   time.Time `json:"since"`
	Streams []string  `json:"streams"`
}

// apart is how far apart failures of one cause may lie.
const apart = 2 * time.Minute

// SharedCauses are the links, and the sources on them, behind which at least
// two streams fail at once without having heard anything: an HTTP answer of
// whatever status proves that the link works, and so does another stream's
// run over it (invariant 14).
func SharedCauses(all []Status) []Shared {
	byLink := map[string][]*Status{}
	for i := range all {
		if link := all[i].Link; link != "" {
			byLink[link] = append(byLink[link], &all[i])
		}
	}
	var out []Shared
	for link, streams := range byLink {
		if shared, found := sharedOf(link, streams); found {
			out = append(out, shared)
		}
	}
	slices.SortFunc(out, func(a, b Shared) int { return cmp.Compare(a.Link+a.Source, b.Link+b.Source) })
	return out
}

func sharedOf(link string, streams []*Status) (Shared, bool) {
	var deaf []*Status
	var heard time.Time
	for _, st := range streams {
		switch blames := st.accuses(); {
		case blames == problem.BlamesLink:
			deaf = append(deaf, st)
		case blames != problem.BlamesGateway && st.FailedAt.After(heard):
			heard = st.FailedAt // it failed, and was answered
		}
		if !st.Push && st.FreshThrough.After(heard) {
			heard = st.FreshThrough
		}
	}
	deaf = slices.DeleteFunc(deaf, func(st *Status) bool { return !besideAny(st, deaf) })
	if len(deaf) < 2 {
		return Shared{}, false
	}
	shared := Shared{Link: link, Since: deaf[0].FailedSince}
	sources, last := map[string]bool{}, deaf[0].FailedSince
	for _, st := range deaf {
		sources[st.Source] = true
		shared.Streams = append(shared.Streams, st.Name())
		if st.FailedSince.Before(shared.Since) {
			shared.Since = st.FailedSince
		}
		if st.FailedSince.After(last) {
			last = st.FailedSince
		}
	}
	if len(sources) == 1 { // one address that does not answer says nothing of the link
		shared.Link, shared.Source = "", deaf[0].Source
	}
	return shared, shared.Link == "" || !heard.After(last)
}

// accuses is whom the stream's failure accuses; of what does not fail, its content.
func (s *Status) accuses() problem.Blame {
	if s.Behind == nil || s.FailedAt.IsZero() {
		return problem.BlamesContent
	}
	return s.Behind.Blames()
}

// besideAny reports whether a stream fails at the same time as another.
func besideAny(st *Status, all []*Status) bool {
	return slices.ContainsFunc(all, func(o *Status) bool {
		return o != st && !st.FailedSince.After(o.FailedAt.Add(apart)) && !o.FailedSince.After(st.FailedAt.Add(apart))
	})
}
