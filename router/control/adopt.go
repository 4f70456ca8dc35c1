package control

import (
	"context"
	"errors"

	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// adoptions is the section of the side book that keeps which streams have
// taken another's place.
const adoptions = "adoptions"

// Adopted writes down, once, that a stream takes another's place: the
// configuration says so, and it is the only way a record changes hands.
func (a *Audit) Adopted(ctx context.Context, st *journal.Stream) error {
	var failed error
	for i := range st.Adopts {
		ad := &st.Adopts[i]
		key := st.Full() + " <- " + ad.Stream
		if _, err := a.Book.Get(adoptions, key); err == nil {
			continue
		}
		act := Act{What: "adopt", Target: st.Full(), By: "configuration", Why: ad.Why, With: ad}
		failed = errors.Join(failed, a.Do(ctx, act, func() (any, error) {
			_, err := a.Book.Put(ctx, adoptions, key, 0, ad)
			if errors.Is(err, book.ErrConflict) { // another node was faster
				err = nil
			}
			return nil, err
		}))
	}
	return failed
}
