package wiring

import (
	"context"
	"strconv"
	"time"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// How many records' keys are looked at, and after what time again.
const (
	keysLooked = 50
	keysAgain  = time.Hour
)

// lookAtKeys looks whether the keys of a stream are people's numbers: they stay
// as the source gives them, in ids that every reader sees, so that somebody has
// to be told. What is published tells, after a restart too.
func (u *Upkeep) lookAtKeys(ctx context.Context, a *App, now time.Time) {
	for _, st := range a.Streams {
		name := st.Stream.Full()
		u.mu.Lock()
		due := now.Sub(u.keysAt[name]) >= keysAgain
		u.mu.Unlock()
		if !due || ctx.Err() != nil {
			continue
		}
		found, err := a.Store.List(ctx, journal.ListQuery{Kind: st.Stream.Kind, Limit: keysLooked,
			Filter: journal.Filter{Source: st.Stream.Source, Stream: st.Stream.Name}})
		if err != nil || len(found.Entries) == 0 {
			continue // looked at again at the next tick
		}
		personal := 0
		for i := range found.Entries {
			if privacy.PersonalKey(found.Entries[i].Key) {
				personal++
			}
		}
		p := problem.Problem{Code: "GW-R069", Value: strconv.Itoa(personal), Want: strconv.Itoa(len(found.Entries))}
		told := personal*10 >= len(found.Entries)
		u.mu.Lock()
		if u.keysAt == nil {
			u.keysAt, u.keys = map[string]time.Time{}, map[string]problem.Problem{}
		}
		_, before := u.keys[name]
		u.keysAt[name] = now
		if delete(u.keys, name); told {
			u.keys[name] = p
		}
		u.mu.Unlock()
		if told && !before {
			a.log.Warn("keys of a stream look like people's numbers or addresses", "code", p.Code, "stream", name,
				"keys", personal, "of", len(found.Entries))
		}
	}
}
