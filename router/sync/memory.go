package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Memory is what is remembered of a stream: what its Raws look like, what
// changed, and which coded values no list knows. It is committed with the page
// that it is of, so that neither a restart nor another node forgets it, and a
// page that is never committed leaves nothing. A Log that keeps no past has one
// as long as the process runs.
type Memory struct {
	mu    sync.Mutex
	past  *drift.Past // nil: to be read
	shown said
}

// said is what a Memory has to say, as it was committed.
type said struct {
	open, over []drift.Item
	words      []drift.Word
	more       int // words beside these
}

// Remembered is what is known of the stream's drift, open and over, and of its
// unknown codes: the values seen most, and how many there are beside them.
func (s *Syncer) Remembered() (open, over []drift.Item, words []drift.Word, more int) {
	m := s.Memory
	if m == nil {
		return nil, nil, nil, 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shown.open, m.shown.over, m.shown.words, m.shown.more
}

const wordsShown = 10

// show makes what was committed what is shown. The caller holds m.mu.
func (m *Memory) show() {
	words := slices.Clone(m.past.Words)
	slices.SortFunc(words, func(a, b drift.Word) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Value, b.Value))
	})
	told := min(len(words), wordsShown)
	m.shown = said{slices.Clone(m.past.Items), slices.Clone(m.past.Over), words[:told], len(words) - told + len(m.past.Beyond)}
}

// recall reads what is remembered of the stream, as whoever wrote it last left it.
func (s *Syncer) recall(ctx context.Context, anew bool) error {
	m := s.Memory
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.past != nil && !anew {
		return nil
	}
	kept, able := s.Log.(journal.Pasts)
	if !able {
		m.past = cmp.Or(m.past, &drift.Past{})
		return nil
	}
	text, err := kept.Past(ctx, s.name())
	if err != nil {
		return fmt.Errorf("sync: what is remembered of %s: %w", s.name(), err)
	}
	m.past = drift.Read(text)
	m.show()
	return nil
}

// remember takes in what a page shows of the source, and gives what is to be
// committed with it; nil where that is nothing.
func (s *Syncer) remember(o drift.Occasion, sight *drift.Sight, items []journal.Item) json.RawMessage {
	m := s.Memory
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.past == nil {
		return nil
	}
	changed := false
	if sight != nil && (sight.Raws > 0 || o.Ends || o.Begins) {
		if o.Ends && s.Live != nil {
			o.Live = s.Live()
		}
		changed = m.past.Take(sight, o)
	}
	for i := range items {
		if rec := items[i].Record; rec != nil && rec.Index.Unknown > 0 {
			changed = m.past.Under(o.Mapping) || changed
			changed = m.words(rec, o) || changed
		}
	}
	if !changed {
		return nil
	}
	return m.past.Encode()
}

// committed ends what remember began: what could not be committed is read anew
// before anything else is remembered.
func (s *Syncer) committed(past json.RawMessage, err error) {
	m := s.Memory
	if m == nil || past == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.past == nil:
	case err != nil:
		m.past = nil
	default:
		m.show()
	}
}

func (m *Memory) words(rec *canonical.Record, o drift.Occasion) (met bool) {
	var body map[string]any
	if json.Unmarshal(rec.Body, &body) != nil {
		return false
	}
	unknownsOf("", body, func(field, value string) { met = m.past.Meet(field, value, o.At) || met })
	return met
}

// Accept says that what changed is how the source is now, for a person: of all
// fields, or of those that are named. It gives what that ended.
func (s *Syncer) Accept(ctx context.Context, fields []string) ([]drift.Item, error) {
	if s.Memory == nil {
		return nil, nil
	}
	if err := s.recall(ctx, false); err != nil {
		return nil, err
	}
	s.Memory.mu.Lock()
	ended := s.Memory.past.Accept(fields, s.Now())
	past := s.Memory.past.Encode()
	s.Memory.mu.Unlock()
	if len(ended) == 0 {
		return nil, nil
	}
	_, err := s.Log.Commit(ctx, journal.Batch{Stream: s.name(), Mapping: s.Mapping().Revision(), At: s.Now(), Past: past})
	if s.committed(past, err); err != nil {
		return nil, fmt.Errorf("sync: accepting the drift of %s: %w", s.name(), err)
	}
	return ended, nil
}

// unknownsOf finds what a record's body says is unknown: a coded member with
// what the source wrote beside it, or a value kept as unread.
func unknownsOf(path string, body map[string]any, found func(field, value string)) {
	for name, member := range body {
		switch v := member.(type) {
		case string:
			raw, _ := body[name+"_raw"].(map[string]any) // canonical.CodeRaw
			code, _ := raw["code"].(string)
			label, _ := raw["label"].(string)
			if was := cmp.Or(code, label); was != "" && v == canonical.StatusUnknown {
				found(path+name, was)
			}
		case map[string]any:
			unknownsOf(path+name+".", v, found)
		case []any:
			for _, item := range v {
				inner, _ := item.(map[string]any)
				field, named := inner["field"].(string)
				if raw, kept := inner["raw"].(string); name == "unread" && named && kept && codeIsUnknown(inner["code"]) {
					found(field, raw)
				}
			}
		}
	}
}

func codeIsUnknown(code any) bool {
	text, _ := code.(string)
	return (&problem.Problem{Code: text}).Reason() == problem.UnknownCode
}
