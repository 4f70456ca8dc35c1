package book

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iocgateway/deploy/dev/seed"
)

// grown is a part of so many rows.
func grown(t interface{ Fatal(...any) }, n int) []Row {
	s := NewState()
	at := time.Date(2026, 11, 29, 8, 0, 0, 123, time.FixedZone("+07:00", 7*3600))
	var rows []Row
	for i := range n {
		c, err := s.NextRow("audit", at.Add(time.Duration(i)*time.Second), nil, map[string]any{"who": "lan <&>", "n": i})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, *c.Row)
	}
	return rows
}

func judge(t interface{ Fatal(...any) }, rows []Row, head Anchor) Verdict {
	v, err := Verify("audit", head, func(yield func(*Row) bool) error {
		for i := range rows {
			yield(&rows[i])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestAnyChangeOfARowIsFound: whatever single byte of what a row says is
// changed, verify names the row.
func TestAnyChangeOfARowIsFound(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		rows := grown(t, rapid.IntRange(1, 8).Draw(t, "rows"))
		if v := judge(t, rows, Anchor{}); !v.Whole {
			t.Fatal("a whole chain is called broken:", v)
		}
		i := rapid.IntRange(0, len(rows)-1).Draw(t, "row")
		text, err := json.Marshal(rows[i])
		if err != nil {
			t.Fatal(err)
		}
		at, with := rapid.IntRange(0, len(text)-1).Draw(t, "byte"), rapid.Byte().Draw(t, "with")
		if text[at] == with {
			return
		}
		text[at] = with
		var changed Row
		if json.Unmarshal(text, &changed) != nil {
			return // no row any more: whoever reads it says so
		}
		if again, err := json.Marshal(changed); err == nil && string(again) == string(must(json.Marshal(rows[i]))) {
			return // JSON reads both alike: the letter case of a member's name
		}
		changed.Part = rows[i].Part // which part it is of stands outside the row
		if again, err := json.Marshal(changed); err == nil && string(again) == string(must(json.Marshal(rows[i]))) {
			return
		}
		said := rows[i].Seq
		rows[i] = changed
		if v := judge(t, rows, Anchor{}); v.Whole || v.At != said && v.At != changed.Seq {
			t.Fatal(fmt.Sprintf("byte %d of row %d: %+v\n%s", at, said, v, text))
		}
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// TestVerifyNamesTheRow: removed, moved, replaced and cut rows.
func TestVerifyNamesTheRow(t *testing.T) {
	head := func(rows []Row) Anchor { return Anchor{rows[len(rows)-1].Seq, rows[len(rows)-1].Hash} }
	whole := grown(t, 6)
	other := NewState() // another history
	var forged Row
	for range 4 {
		c, err := other.NextRow("audit", time.Unix(5, 0), nil, "forged")
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Apply(c); err != nil {
			t.Fatal(err)
		}
		forged = *c.Row
	}
	for name, c := range map[string]struct {
		rows []Row
		at   uint64
		what Fault
	}{
		"whole":          {whole, 0, ""},
		"one removed":    {append(append([]Row{}, whole[:2]...), whole[3:]...), 3, Missing},
		"first removed":  {whole[1:], 2, Missing},
		"last removed":   {whole[:5], 6, Missing},
		"two swapped":    {[]Row{whole[0], whole[2], whole[1], whole[3], whole[4], whole[5]}, 2, Missing},
		"one twice":      {[]Row{whole[0], whole[1], whole[1], whole[2], whole[3], whole[4], whole[5]}, 2, Moved},
		"one replaced":   {[]Row{whole[0], whole[1], whole[2], forged, whole[4], whole[5]}, 4, Joined},
		"replaced first": {append([]Row{forgedFirst(t)}, whole[1:]...), 2, Joined},
	} {
		v := judge(t, c.rows, head(whole))
		if v.At != c.at || v.What != c.what || v.Whole != (c.what == "") {
			t.Errorf("%s: %+v, want row %d %s", name, v, c.at, c.what)
		}
	}
}

func forgedFirst(t *testing.T) Row {
	c, err := NewState().NextRow("audit", time.Unix(5, 0), nil, "forged")
	if err != nil {
		t.Fatal(err)
	}
	return *c.Row
}

// TestPrunedChainStandsOnItsAnchor: rows before an anchor may go, others not.
func TestPrunedChainStandsOnItsAnchor(t *testing.T) {
	s := NewState()
	var rows []Row
	add := func(anchor *Anchor) {
		c, err := s.NextRow("audit", time.Unix(9, 0), anchor, "x")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, *c.Row)
	}
	for range 5 {
		add(nil)
	}
	add(&Anchor{3, rows[2].Hash})
	add(nil)
	if v := judge(t, rows[3:], s.Head("audit")); !v.Whole || v.Pruned != 3 || v.First != 4 || v.Rows != 4 {
		t.Errorf("pruned up to 3: %+v", v)
	}
	if v := judge(t, rows, s.Head("audit")); !v.Whole || v.Pruned != 0 { // said, and not yet done: a crash between
		t.Errorf("not yet pruned: %+v", v)
	}
	for _, n := range []int{2, 4} {
		if v := judge(t, rows[n:], s.Head("audit")); v.Whole || v.What != Missing {
			t.Errorf("the first %d are gone, 3 were pruned: %+v", n, v)
		}
	}
	late := NewState() // a book that begins behind an anchor
	for i := range rows[3:] {
		if err := late.Apply(Change{Op: OpAppend, Row: &rows[3+i]}); err != nil {
			t.Fatal(err)
		}
	}
	if late.Cut("audit") != (Anchor{3, rows[2].Hash}) || late.Head("audit") != s.Head("audit") {
		t.Errorf("it begins at %+v", late.Cut("audit"))
	}
}
