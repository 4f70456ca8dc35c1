package feed

import (
	"testing"

	"pgregory.net/rapid"

	"iocgateway/router"
)

func TestCursorRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := cursor{use: rapid.SampledFrom([]byte{useChanges, useSnapshot}).Draw(t, "use"), epoch: rapid.Uint64().Draw(t, "epoch"),
			feed: byte(rapid.IntRange(0, 6).Draw(t, "feed")), filter: rapid.Uint64().Draw(t, "filter"),
			pos: rapid.Uint64().Draw(t, "pos"), last: rapid.Uint64().Draw(t, "last"), upTo: rapid.Uint64().Draw(t, "upTo")}
		text := c.encode()
		got, err := parseCursor(text)
		if err != nil || got != c {
			t.Fatalf("%+v became %+v, %v", c, got, err)
		}
		if len(text) > cursorMaxText {
			t.Fatalf("%d characters", len(text))
		}
	})
}

func TestFilterHashTellsFiltersApart(t *testing.T) {
	seen := map[uint64]router.Filter{}
	for _, f := range []router.Filter{{}, {Source: "a"}, {Stream: "a"}, {Area: "a"}, {Agency: "a"}, {Kind: "a"},
		{Source: "a", Stream: "b"}, {Source: "ab"}, {Source: "b", Stream: "a"}} {
		h := filterHash(f)
		if other, dup := seen[h]; dup {
			t.Errorf("%+v and %+v share a hash", f, other)
		}
		seen[h] = f
	}
	if filterHash(router.Filter{}) != 0 {
		t.Error("no filter must be 0")
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("zzzz")
	f.Add(cursor{use: useChanges, feed: 2, epoch: 7, pos: 41, last: 40}.encode())
	f.Add(cursor{use: useSnapshot, feed: 6, upTo: 1 << 60}.encode())
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
	text := cursor{use: useChanges, feed: 2, epoch: 99, filter: 5, pos: 1234567, last: 1234566}.encode()
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
