package feed

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/deploy/dev/seed"
	"iocgateway/router/journal"
)

func TestCursorRoundTrip(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		parts := rapid.IntRange(1, 4).Draw(t, "parts")
		position := func(name string) journal.Position {
			return rapid.SliceOfN(rapid.Uint64(), parts, parts).Draw(t, name)
		}
		c := cursor{use: rapid.SampledFrom([]byte{useChanges, useSnapshot}).Draw(t, "use"), epoch: rapid.Uint64().Draw(t, "epoch"),
			feed: byte(rapid.IntRange(0, 6).Draw(t, "feed")), filter: rapid.Uint64().Draw(t, "filter"),
			pos: position("pos"), last: position("last"), upTo: position("upTo")}
		text := c.encode()
		got, err := parseCursor(text)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("%+v became %+v, %v", c, got, err)
		}
		if len(text) > cursorMaxText {
			t.Fatalf("%d characters", len(text))
		}
	})
}

func TestFilterHashDiffersByFilter(t *testing.T) {
	seen := map[uint64]journal.Filter{}
	for _, f := range []journal.Filter{{}, {Source: "a"}, {Stream: "a"}, {Area: "a"}, {Agency: "a"}, {Kind: "a"},
		{Source: "a", Stream: "b"}, {Source: "ab"}, {Source: "b", Stream: "a"}} {
		h := filterHash(f)
		if other, dup := seen[h]; dup {
			t.Errorf("%+v and %+v share a hash", f, other)
		}
		seen[h] = f
	}
	if filterHash(journal.Filter{}) != 0 {
		t.Error("no filter must be 0")
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("zzzz")
	f.Add(cursor{use: useChanges, feed: 2, epoch: 7, pos: journal.Position{41}, last: journal.Position{40}}.encode())
	f.Add(cursor{use: useChanges, feed: 2, epoch: 7, pos: journal.Position{41, 0, 7}, last: journal.Position{40, 0, 7}}.encode())
	f.Add(cursor{use: useSnapshot, feed: 6, upTo: journal.Position{1 << 60}}.encode())
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			return
		}
		if c.encode() != text {
			t.Fatalf("%q reads as %+v, which writes %q", text, c, c.encode())
		}
	})
}

// TestCursorDamageIsSeen changes every character of a cursor.
func TestCursorDamageIsSeen(t *testing.T) {
	text := cursor{use: useChanges, feed: 2, epoch: 99, filter: 5, pos: journal.Position{1234567}, last: journal.Position{1234566}}.encode()
	for i := range len(text) {
		b := []byte(text)
		for _, c := range []byte("Aa0_-") {
			if b[i] = c; c == text[i] {
				continue
			}
			if got, err := parseCursor(string(b)); err == nil {
				t.Errorf("character %d changed to %c reads as %+v", i, c, got)
			}
		}
	}
}
