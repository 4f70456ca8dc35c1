package folder

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/hex"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/track"
)

// What a data folder can be.
const (
	kindLog  = "log"
	kindView = "view"
)

// Identity is what a folder is. All but the token is fixed when it is made.
type Identity struct {
	Epoch string // names the history; another after a restore
	Parts int    // partitions a feed has
	Token string // of the index file the last Close left; empty when there is none
}

// identify reads what a folder is, and settles it for a new one and for one
// that a backup was made into. view and parts are what it must be; 0 parts
// is whatever it has, and one where it has none yet. The token is good for
// this start only: it is erased here.
func identify(c *sqlite.Conn, view bool, parts int) (Identity, error) {
	var id Identity
	var err error
	if id.Epoch, err = epoch(c); err != nil {
		return id, err
	}
	if err := fixKind(c, view); err != nil {
		return id, err
	}
	if id.Parts, err = fixParts(c, parts); err != nil {
		return id, err
	}
	if id.Token, err = meta(c, "index"); err != nil {
		return id, err
	}
	return id, SetToken(c, "")
}

// SetToken notes the token of the index file that was just left.
func SetToken(c *sqlite.Conn, token string) error { return setMeta(c, "index", token) }

// NewToken makes a name that no other has.
func NewToken() string {
	var b [16]byte
	// crypto/rand.Read never fails: it ends the process rather than give weak bytes.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func meta(c *sqlite.Conn, k string) (string, error) {
	value := ""
	err := c.Rows("SELECT v FROM meta WHERE k = ?", func(v []driver.Value) error {
		value = sqlite.Text(v[0])
		return nil
	}, k)
	return value, err
}

func setMeta(c *sqlite.Conn, k, v string) error {
	return c.Exec("INSERT INTO meta(k, v) VALUES(?,?) ON CONFLICT(k) DO UPDATE SET v = excluded.v", k, v)
}

// epoch gives a new file, and one that a backup was made into, its epoch.
func epoch(c *sqlite.Conn) (string, error) {
	has, err := meta(c, "epoch")
	if err != nil || has != "" {
		return has, err
	}
	has = NewToken()
	return has, setMeta(c, "epoch", has)
}

// fixKind fixes whether the folder is a Log or a view of one: a Log must
// not be taken for something that can be made again.
func fixKind(c *sqlite.Conn, view bool) error {
	asked := kindLog
	if view {
		asked = kindView
	}
	has, err := meta(c, "kind")
	if err != nil {
		return err
	}
	if has == "" { // new, or a Log made before there were views
		streams, err := c.Int("SELECT count(*) FROM stream")
		if err != nil {
			return err
		}
		if has = asked; streams > 0 {
			has = kindLog
		}
		if err := setMeta(c, "kind", has); err != nil {
			return err
		}
	}
	if has != asked {
		return &problem.Problem{Code: "GW-K012", Value: has, Want: asked}
	}
	return nil
}

// fixParts fixes the number of partitions when the folder is new.
func fixParts(c *sqlite.Conn, asked int) (int, error) {
	text, err := meta(c, "parts")
	if err != nil {
		return 0, err
	}
	if text == "" {
		has := max(asked, 1)
		return has, setMeta(c, "parts", strconv.Itoa(has))
	}
	has, err := strconv.Atoi(text)
	if err != nil || has < 1 || has > track.MaxParts {
		return 0, &problem.Problem{Code: "GW-K004", Value: "meta parts", Err: err}
	}
	if asked != 0 && asked != has {
		return 0, &problem.Problem{Code: "GW-K011", Value: text, Want: strconv.Itoa(asked)}
	}
	return has, nil
}
