package spool

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev/seed"
)

// What was set aside comes back as it was, in order, a page's worth at a time.
func TestAnswerComesBackWhole(t *testing.T) {
	space := adapters.NewSpace(t.TempDir())
	seed.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3*adapters.PageRecords).Draw(t, "records")
		long := rapid.IntRange(0, 4000).Draw(t, "bytes of each")
		a := NewAnswer(space, n)
		var want []canonical.Raw
		var codes []string
		for i := range n {
			raw := canonical.Raw{Kind: canonical.KindTask, Key: "k" + strconv.Itoa(i), Version: strconv.Itoa(i * 7), Gone: i%5 == 0,
				Payload: bytes.Repeat([]byte{byte(i)}, long+i%3)}
			if i%3 == 0 {
				raw.At, raw.Media = time.Date(2026, 11, 1, 7, i%60, 0, i, time.FixedZone("", 7*3600)), canonical.MediaXML
			}
			var held *problem.Problem
			if i%11 == 0 {
				held = &problem.Problem{Code: "GW-S023", Path: raw.Key, Err: errors.New("why")}
				codes = append(codes, held.Code+raw.Key)
			} else {
				want = append(want, raw)
			}
			if err := a.Add(raw, held); err != nil {
				t.Fatal(err)
			}
		}
		compare(t, a, want, codes)
	})
}

func compare(t *rapid.T, a *Answer, want []canonical.Raw, codes []string) {
	var p adapters.Page
	if err := a.Page(&p); err != nil {
		t.Fatal(err)
	}
	records, refused, last := p.Records, p.Refused, p.Tail == nil
	for {
		if n := len(records) + len(refused); n > adapters.PageRecords {
			t.Fatalf("a page of %d", n)
		}
		for _, r := range records {
			if w := want[0]; r.Key != w.Key || r.Version != w.Version || r.Gone != w.Gone || r.Media != w.Media || r.Kind != w.Kind ||
				!r.At.Equal(w.At) || !bytes.Equal(r.Payload, w.Payload) {
				t.Fatalf("got %+v, want %+v", r, w)
			}
			want = want[1:]
		}
		for _, r := range refused {
			if got := r.Problem.Code + r.Raw.Key; got != codes[0] || r.Problem.Path != r.Raw.Key {
				t.Fatalf("held %s, want %s", got, codes[0])
			}
			codes = codes[1:]
		}
		if last {
			break
		}
		var err error
		if records, refused, last, err = p.Tail.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if len(want)+len(codes) > 0 {
		t.Fatalf("%d records and %d refusals are missing", len(want), len(codes))
	}
	if p.Tail != nil {
		if err := errors.Join(p.Tail.Close(), p.Tail.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// What lies on disk can be read by nobody else, and has no name.
func TestWhatIsSetAsideIsSealed(t *testing.T) {
	dir := t.TempDir()
	f, err := newFile(adapters.NewSpace(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	words := strings.Repeat("Lê Thị Lan 0912 345 678 ", 10_000)
	if _, err := io.WriteString(f, words); err != nil {
		t.Fatal(err)
	}
	if err := f.out.Flush(); err != nil {
		t.Fatal(err)
	}
	lies := make([]byte, len(words))
	if _, err := f.on.ReadAt(lies, 0); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lies, []byte("0912")) || bytes.Contains(lies, []byte("Lan")) {
		t.Error("it lies there in clear")
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("%d names in the folder: %v", len(names), err)
	}
	in, err := f.reader()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := io.ReadAll(in); err != nil || string(back) != words {
		t.Errorf("%d of %d bytes come back: %v", len(back), len(words), err)
	}
}

func TestBody(t *testing.T) {
	space := adapters.NewSpace(t.TempDir())
	for _, n := range []int{0, 1, 4096, small - 1, small, small + 1, 3*small + 7} {
		want := bytes.Repeat([]byte("abcdefg"), n/7+1)[:n]
		for _, guess := range []int64{-1, 0, int64(n), 1 << 40} {
			got, release, err := Body(t.Context(), space, iotest.HalfReader(bytes.NewReader(want)), guess)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes, guess %d: %d come back, %v", n, guess, len(got), err)
			}
			release()
		}
	}
	cut := errors.New("cut")
	_, _, err := Body(t.Context(), space, io.MultiReader(bytes.NewReader(make([]byte, 2*small)), iotest.ErrReader(cut)), 0)
	if !errors.Is(err, cut) {
		t.Errorf("a cut body: %v", err)
	}
	if _, own := problem.As(err); own {
		t.Error("the source's failure is called ours")
	}
}

// A source that trickles keeps no memory from the others.
func TestTricklingBodyHoldsNoMemory(t *testing.T) {
	space := adapters.NewSpace(t.TempDir())
	slow, feed := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, release, err := Body(context.Background(), space, slow, 0)
		if err == nil {
			release()
		}
		ended <- err
	}()
	if _, err := feed.Write(make([]byte, 4*small)); err != nil {
		t.Fatal(err)
	}
	release, err := space.Answer(t.Context(), 1<<40) // all there is
	if err != nil {
		t.Fatal(err)
	}
	release()
	_ = feed.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Our disk's failure is ours, and nothing of the answer is given on.
func TestNoRoomToSetAside(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := Body(t.Context(), adapters.NewSpace(file), bytes.NewReader(make([]byte, 2*small)), 0)
	p, own := problem.As(err)
	if class, _ := problem.Class(err); !own || p.Code != "GW-K030" || !p.Ours() || class != problem.FaultRetry {
		t.Errorf("got %v", err)
	}
}
