package book

import (
	"errors"
	"testing"
)

// TestRevisions: a change is made against what was read, or not at all.
func TestRevisions(t *testing.T) {
	s := NewState()
	put := func(rev uint64, body any) error {
		c, err := s.NextPut("job", "a", rev, body)
		if err != nil {
			return err
		}
		return s.Apply(c)
	}
	del := func(rev uint64) error {
		c, err := s.NextDelete("job", "a", rev)
		if err != nil {
			return err
		}
		return s.Apply(c)
	}
	for i, step := range []struct {
		do   func() error
		want error
	}{
		{func() error { return del(0) }, ErrNotFound},
		{func() error { return put(1, "x") }, ErrConflict},
		{func() error { return put(0, "x") }, nil},
		{func() error { return put(0, "y") }, ErrConflict},
		{func() error { return put(1, "y") }, nil},
		{func() error { return del(1) }, ErrConflict},
		{func() error { return del(2) }, nil},
		{func() error { return put(2, "z") }, ErrConflict},
		{func() error { return put(0, "z") }, nil},
	} {
		if err := step.do(); !errors.Is(err, step.want) {
			t.Errorf("step %d: %v, want %v", i, err, step.want)
		}
	}
	item, err := s.Get("job", "a")
	var body string
	if err != nil || item.Rev != 1 || item.Decode(&body) != nil || body != "z" {
		t.Errorf("%+v %v", item, err)
	}
	if _, err := s.Get("job", "b"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestChangedWakes: who waits for a section hears of its next change, and of
// no other's.
func TestChangedWakes(t *testing.T) {
	s := NewState()
	jobs, plans := s.Changed("job"), s.Changed("plan")
	c, err := s.NextPut("job", "a", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(c); err != nil {
		t.Fatal(err)
	}
	select {
	case <-jobs:
	default:
		t.Error("nobody was woken")
	}
	select {
	case <-plans:
		t.Error("somebody was woken for nothing")
	default:
	}
}

// TestCanonical: one text for one value.
func TestCanonical(t *testing.T) {
	a, err := Canonical(map[string]any{"b": 1, "a": []any{"đ", nil, 1.50}})
	if err != nil || string(a) != `{"a":["đ",null,1.5],"b":1}` {
		t.Errorf("%s %v", a, err)
	}
	if _, err := Canonical(make(chan int)); err == nil {
		t.Error("a channel is JSON")
	}
	s := NewState()
	if _, err := s.NextPut("", "a", 0, 1); err == nil {
		t.Error("a section without a name")
	}
	if err := s.Apply(Change{Op: "what"}); err == nil {
		t.Error("a change that nobody knows was taken in")
	}
}
