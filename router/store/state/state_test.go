package state

import (
	"slices"
	"testing"

	"iocgateway/router/journal"
	"iocgateway/router/store/track"
)

// TestHeadsAreShownWhole: what is changed in a copy is not seen before it is
// shown, and only the tracks that changed are other ones.
func TestHeadsAreShownWhole(t *testing.T) {
	first, err := NewHeads(2)
	if err != nil {
		t.Fatal(err)
	}
	var shown Shown
	shown.Show(first)
	dossiers := track.Of(track.FeedNumber("dossier"), 1)
	next := first.Clone()
	for seq := range uint64(3) {
		next.Change(first, dossiers).Head = seq + 1
	}
	if at := shown.Load().Head(dossiers.Feed()); at.Sum() != 0 {
		t.Fatalf("seen before it was shown: %v", at)
	}
	if grown := next.Grown(first); !slices.Equal(grown, []int{dossiers.Feed()}) {
		t.Fatalf("grown: %v", grown)
	}
	shown.Show(next)
	if at := shown.Load().Head(dossiers.Feed()); !slices.Equal(at, journal.Position{0, 3}) {
		t.Fatalf("shown: %v", at)
	}
	for n := range next.Tracks {
		if (next.Tracks[n] != first.Tracks[n]) != (track.Track(n) == dossiers) {
			t.Fatalf("track %d", n)
		}
	}
	if _, err := NewHeads(0); err == nil {
		t.Fatal("heads of no partition")
	}
}

func TestDigestOnDisk(t *testing.T) {
	var d [256]journal.Bucket
	for i := range d {
		for n := range i {
			AddShare(&d[i], [16]byte{byte(n), 15: byte(i)}, false)
		}
	}
	AddShare(&d[9], [16]byte{3, 15: 9}, true)
	packed := PackDigest(&d)
	back, err := UnpackDigest(packed)
	if err != nil || back != d {
		t.Fatalf("a digest came back as another one: %v", err)
	}
	if _, err := UnpackDigest(packed[:len(packed)-1]); err == nil {
		t.Fatal("a digest that was cut was read")
	}
}

func TestNames(t *testing.T) {
	n := NewNames()
	dossiers, renamed := NewStream(1, "dvc/dossiers"), NewStream(2, "dvc/ho-so")
	for _, st := range []*Stream{dossiers, renamed, NewStream(3, "pakn/dossiers"), NewStream(4, "dvc/dossiers")} {
		n.AddStream(st)
	}
	if n.Stream("dvc/dossiers") != dossiers || n.StreamByID(4) != nil || n.Stream("dvc/none") != nil {
		t.Fatal("a stream that is known gave way to another of its name")
	}
	if len(n.Siblings(renamed, 3)) != 0 {
		t.Fatal("a stream that published nothing is a sibling")
	}
	dossiers.AddKind(3)
	if got := n.Siblings(renamed, 3); !slices.Equal(got, []*Stream{dossiers}) || len(n.Siblings(dossiers, 3)) != 0 {
		t.Fatalf("siblings: %v", got)
	}
	n.AddRev(7, "m@1")
	if rev, ok := n.Rev("m@1"); !ok || rev != 7 || n.Revision(7) != "m@1" {
		t.Fatal(rev, ok)
	}
	if st, mapping := n.Named(2, 7); st != renamed || mapping != "m@1" {
		t.Fatal(st, mapping)
	}
	dossiers.AddHeld(3, 2)
	renamed.AddHeld(3, 1)
	renamed.AddHeld(2, 5)
	if n.Held(3) != 3 || renamed.AllHeld() != 6 {
		t.Fatalf("held: %d, %d", n.Held(3), renamed.AllHeld())
	}
}

func TestWakes(t *testing.T) {
	w := NewWakes()
	grown, other := w.Changed(3), w.Changed(2)
	w.Wake(3)
	select {
	case <-grown:
	default:
		t.Fatal("who waits was not woken")
	}
	for _, asleep := range []<-chan struct{}{other, w.Changed(3)} {
		select {
		case <-asleep:
			t.Fatal("woken for nothing")
		default:
		}
	}
}
