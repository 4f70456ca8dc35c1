package track

import (
	"testing"

	"iocgateway/canonical"
)

// TestNumbers: the numbers on disk never change their meaning.
func TestNumbers(t *testing.T) {
	feeds := map[canonical.Feed]int{"document": 1, "task": 2, "dossier": 3, "feedback": 4, "observation": 5, "reference": 6, "ops": 7}
	for _, f := range canonical.Feeds() {
		if n := FeedNumber(f); n == 0 || n != feeds[f] || FeedName(n) != f {
			t.Errorf("feed %s has number %d, want %d, and comes back as %s", f, n, feeds[f], FeedName(n))
		}
	}
	kinds := map[canonical.Kind]int{"document": 1, "task": 2, "dossier": 3, "feedback": 4, "observation": 5,
		"unit": 6, "agency": 7, "procedure": 8, "ops": 9}
	for k, want := range kinds {
		if n := KindNumber(k); n != want || KindName(n) != k {
			t.Errorf("kind %s has number %d, want %d, and comes back as %s", k, n, want, KindName(n))
		}
		if got, want := KindFeed(KindNumber(k)), FeedNumber(k.Feed()); got != want {
			t.Errorf("kind %s is in feed %d, want %d", k, got, want)
		}
	}
	if FeedNumber("nothing") != 0 || KindNumber("nothing") != 0 || FeedName(0) != "" || KindName(0) != "" || KindName(-1) != "" ||
		KindFeed(0) != 0 {
		t.Error("what does not exist has a number or a name")
	}
}

// TestKeys: a key names one entry of one track, and keys of a track lie
// together in the order of its sequences.
func TestKeys(t *testing.T) {
	for feed := range Slots {
		for _, part := range []int{0, 1, 255} {
			tr := Of(feed, part)
			if tr.Feed() != feed || tr.Part() != part {
				t.Fatalf("feed %d, partition %d is track %d: feed %d, partition %d", feed, part, tr, tr.Feed(), tr.Part())
			}
			for _, seq := range []uint64{1, 2, 1 << 40, seqMask} {
				key := tr.Key(seq)
				if At(key) != tr || Seq(key) != seq || key <= tr.Key(0) || key > tr.Last() || key > tr.Key(seq-1)+1 {
					t.Fatalf("sequence %d of track %d has key %d: track %d, sequence %d", seq, tr, key, At(key), Seq(key))
				}
			}
		}
	}
	if Of(int(Aside), 0) != Aside {
		t.Fatal("the track aside has another number than its feed")
	}
}

// TestPartOf: the 256 buckets fill every partition, none more than one more
// than its share.
func TestPartOf(t *testing.T) {
	for parts := 1; parts <= 256; parts++ {
		has := make([]int, parts)
		for bucket := range 256 {
			has[PartOf(uint8(bucket), parts)]++
		}
		for part, n := range has {
			if n < 256/parts || n > 256/parts+1 {
				t.Fatalf("partition %d of %d has %d buckets", part, parts, n)
			}
		}
	}
}
