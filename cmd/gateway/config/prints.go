package config

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"os"
	"strings"
	"time"

	"iocgateway/canonical/strict"
)

// Print tells two readings of a source's configuration apart.
type Print struct {
	Settings [sha256.Size]byte // all that is written
	Secrets  [sha256.Size]byte // what the references lead to
}

// Print is the source's as it was read.
func (s *SourceConfig) Print() Print {
	settings, secrets := sha256.New(), sha256.New()
	each(s.Text, func(n *strict.Node) {
		put(settings, n.Path)
		if n.Reference {
			put(settings, n.From)
			put(secrets, n.Value)
		} else {
			put(settings, n.Value)
		}
	})
	return Print{[sha256.Size]byte(settings.Sum(nil)), [sha256.Size]byte(secrets.Sum(nil))}
}

func put(h hash.Hash, text string) { fmt.Fprintf(h, "%d:%s", len(text), text) }

// SecretsChanged reports whether a source's secrets may have changed since: of
// a file its time says so, of a variable nothing does.
func (s *SourceConfig) SecretsChanged(since time.Time) bool {
	files, changed := 0, false
	each(s.Text, func(n *strict.Node) {
		if !n.Reference {
			return
		}
		path, file := strings.CutPrefix(strings.TrimSuffix(n.From, "}"), "${file:")
		if !file {
			changed = true
			return
		}
		files++
		info, err := os.Stat(path)
		changed = changed || err != nil || info.ModTime().After(since)
	})
	return changed || files == 0
}

// each visits a node and all below it.
func each(n *strict.Node, visit func(*strict.Node)) {
	if n == nil {
		return
	}
	visit(n)
	for i := range n.Keys {
		each(n.Keys[i].Value, visit)
	}
	for _, item := range n.Items {
		each(item, visit)
	}
}
