package adaptertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"iocgateway/adapters"
)

// renamedArrives has the source rename a member of all its rows: the Raws say so,
// each with its key. Whoever keeps only what they know would hide it from
// everybody behind them.
func renamedArrives(b *bench) error {
	if b.c.Member == "" {
		return nil
	}
	before, err := b.walked(http.DefaultTransport)
	if err != nil {
		return err
	}
	after, err := b.walked(renaming{b.c})
	if err != nil {
		return fmt.Errorf("with %s renamed: %w", b.c.Member, err)
	}
	if len(before.held) == 0 || len(after.held) != len(before.held) {
		return fmt.Errorf("%d Raws before %s was renamed, %d after", len(before.held), b.c.Member, len(after.held))
	}
	var wrong []error
	had := 0
	for key, raw := range after.held {
		was, known := before.held[key]
		if !known {
			wrong = append(wrong, fmt.Errorf("%s has another key", key))
			continue
		}
		has := bytes.Contains(was.Payload, quotedName(b.c.Member))
		if has {
			had++
		}
		if has != bytes.Contains(raw.Payload, quotedName(newName(b.c.Member))) || bytes.Contains(raw.Payload, quotedName(b.c.Member)) {
			wrong = append(wrong, fmt.Errorf("%s does not say that %s was renamed: %s", key, b.c.Member, raw.Payload))
		}
		if len(wrong) > 2 {
			break
		}
	}
	if had == 0 && len(wrong) == 0 {
		return fmt.Errorf("no Raw has a member %s", b.c.Member)
	}
	return errors.Join(wrong...)
}

func quotedName(name string) []byte { return []byte(`"` + name + `"`) }

func newName(name string) string { return name + "Moi" }

// walked walks once, over a transport.
func (b *bench) walked(over http.RoundTripper) (*mirror, error) {
	n, err := b.node("")
	if err != nil {
		return nil, err
	}
	src, err := b.c.Spec.Open(adapters.Settings{Source: "source", Stream: b.c.Stream, Kind: b.c.Kind, Node: n},
		adapters.Env{HTTP: &http.Client{Transport: over}, Log: slog.New(slog.NewTextHandler(b.log, nil)), Now: b.up.Clock.Now})
	if err != nil {
		return nil, err
	}
	if b.c.Wrap != nil {
		src = b.c.Wrap(src)
	}
	m := newMirror()
	return m, m.walk(b.t.Context(), src, 0)
}

// renaming renames a member in every answer.
type renaming struct{ c Case }

// RoundTrip passes a request on.
func (r renaming) RoundTrip(req *http.Request) (*http.Response, error) {
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if r.c.Rename != nil {
		body = r.c.Rename(body, newName(r.c.Member))
	} else {
		body = bytes.ReplaceAll(body, quotedName(r.c.Member), quotedName(newName(r.c.Member)))
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}
