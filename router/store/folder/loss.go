package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/track"
)

// Loss is what a Log was found to lack of what it had acknowledged.
type Loss struct {
	At    time.Time  `json:"at"` // when it was found
	Feeds []LostFeed `json:"feeds"`
	// All: the database was gone with its mark, and only what lies beside them
	// shows that there was one.
	All bool `json:"all,omitempty"`
}

// LostFeed is a partition of a feed that does not have what was acknowledged.
type LostFeed struct {
	Feed  canonical.Feed `json:"feed"`
	Part  int            `json:"part,omitempty"`
	Acked uint64         `json:"acknowledged"`    // the sequence that was
	Found uint64         `json:"found"`           // the newest there is
	Other bool           `json:"other,omitempty"` // it is there, and another entry than it was

	Track track.Track `json:"-"`
}

// LossShown is how long a loss is shown as what is wrong with the store. It
// stays in the audit.
const LossShown = 7 * 24 * time.Hour

// Shown reports whether a loss is still to be shown.
func (l *Loss) Shown(now time.Time) bool { return l != nil && now.Sub(l.At) < LossShown }

// Problem is the loss as people are told of it.
func (l *Loss) Problem() *problem.Problem {
	return &problem.Problem{Code: "GW-K013", Value: l.String()}
}

// String counts the loss a feed.
func (l *Loss) String() string {
	var all []string
	if l.All {
		all = append(all, FileName+" → 0")
	}
	for _, f := range l.Feeds {
		name := string(f.Feed)
		if f.Part > 0 {
			name = fmt.Sprintf("%s/%d", name, f.Part)
		}
		if f.Other {
			all = append(all, fmt.Sprintf("%s %d ≠ %d", name, f.Acked, f.Acked))
			continue
		}
		all = append(all, fmt.Sprintf("%s %d → %d (−%d)", name, f.Acked, f.Found, f.Acked-f.Found))
	}
	return strings.Join(all, ", ")
}

// Renew begins another history, because this one lost something: every cursor
// of the old one is refused, and the feeds go on behind what was acknowledged,
// so that no sequence is given out twice. Whoever is pushed to has no cursor
// and keeps the greater one. Why is kept, and stands in the audit.
func (f *Folder) Renew(loss *Loss) error {
	text, err := json.Marshal(loss)
	if err != nil {
		return fmt.Errorf("store: noting a loss: %w", err)
	}
	epoch := NewToken()
	if err := f.Conn.Exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("store: noting a loss: %w", err)
	}
	for _, l := range loss.Feeds {
		err = errors.Join(err, f.Conn.Exec("INSERT INTO feed(id, head, floor, at) VALUES(?,?,1,0) "+
			"ON CONFLICT(id) DO UPDATE SET head = max(head, excluded.head)", int64(l.Track), int64(l.Acked)))
	}
	err = errors.Join(err, setMeta(f.Conn, "epoch", epoch), setMeta(f.Conn, "loss", string(text)),
		f.Conn.Exec("INSERT INTO audit(at, who, what, target, reason) VALUES(?,?,?,?,?)", loss.At.UnixMilli(), "gateway", "loss", "log",
			loss.String()))
	if err == nil {
		err = f.Conn.Exec("COMMIT")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("store: noting a loss: %w", err), f.Conn.Exec("ROLLBACK"))
	}
	f.Epoch = epoch
	return nil
}

// ReadLoss gives the newest loss that was found; nil when none ever was.
func ReadLoss(c *sqlite.Conn) (*Loss, error) {
	text, err := meta(c, "loss")
	if err != nil || text == "" {
		return nil, err
	}
	loss := new(Loss)
	if err := json.Unmarshal([]byte(text), loss); err != nil {
		return nil, &problem.Problem{Code: "GW-K004", Value: "meta loss", Err: err}
	}
	return loss, nil
}
