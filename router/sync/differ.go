package sync

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// differ is what two records differ in beside their keys and the part itself,
// as one text; fresh: one of them is new.
func (s *Syncer) differ(ctx context.Context, p *pair, since time.Time) (diff string, fresh bool, err error) {
	before, err := s.Newest(ctx, idOf(&s.Stream, p.old))
	if err != nil {
		return "", false, ignoreAbsent(err)
	}
	var body []byte
	if len(p.items) > 0 {
		rec, err := mappedAgain(p.items[0], s.Mapping())
		if err != nil {
			return "", false, nil // held for another reason
		}
		body = rec.Body
	} else {
		after, err := s.Newest(ctx, idOf(&s.Stream, p.key))
		if err != nil || after.RecordedAt.Before(since) {
			return "", false, ignoreAbsent(err)
		}
		body = after.Body
	}
	change := p.change()
	var diffs []string
	was, is := leavesOf(before.Body), leavesOf(body)
	oldID, newID := idOf(&s.Stream, p.old), idOf(&s.Stream, p.key)
	for path := range is {
		if _, both := was[path]; !both {
			was[path] = ""
		}
	}
	for path, a := range was {
		switch b := is[path]; {
		case a == b, path == ".updated_at", a == change[1] && b == change[2],
			strings.Contains(a, p.old) && strings.Contains(b, p.key), strings.Contains(a, oldID) && strings.Contains(b, newID):
		default:
			diffs = append(diffs, path+"\x00"+a+"\x00"+b)
		}
	}
	slices.SortFunc(diffs, cmp.Compare)
	return strings.Join(diffs, "\x01"), true, nil
}

func idOf(st *journal.Stream, key string) string { return canonical.ID(st.Kind, st.Source, key) }

// mappedAgain is what the mapping makes of an item; one that the Log has held is
// not mapped with its page.
func mappedAgain(it *journal.Item, with journal.Mapper) (rec canonical.Record, err error) {
	if it.Record != nil {
		return *it.Record, nil
	}
	again := journal.Item{Raw: it.Raw}
	if mapWith(&again, with); again.Record == nil {
		return rec, journal.ErrNotFound
	}
	return *again.Record, nil
}

// ignoreAbsent: a record that is not there has no partner.
func ignoreAbsent(err error) error {
	if errors.Is(err, journal.ErrNotFound) {
		return nil
	}
	return err
}

// leavesOf are the values of a body, by path.
func leavesOf(body []byte) map[string]string {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	leaves := map[string]string{}
	if dec.Decode(&v) == nil {
		leavesUnder("", v, leaves)
	}
	return leaves
}

func leavesUnder(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			leavesUnder(path+"."+name, member, into)
		}
	case []any:
		for i, member := range v {
			leavesUnder(path+"."+strconv.Itoa(i), member, into)
		}
	default:
		into[path] = fmt.Sprint(v)
	}
}
