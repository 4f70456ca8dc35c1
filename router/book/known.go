package book

import "context"

// Shortfall is what a part lacks of what is known of it elsewhere: the book is
// shorter, or another row stands where that one stood.
type Shortfall struct {
	Part     string
	Was, Has Anchor // Has: what stands in its place, or the newest row there is
}

// Other reports whether a row stands there, and another one than it was.
func (s *Shortfall) Other() bool { return s.Has.Seq == s.Was.Seq }

// Lost is how many rows are missing; of a part with another row there, how
// many may be: which was the last they had in common nobody knows.
func (s *Shortfall) Lost() uint64 {
	if s.Other() {
		return s.Was.Seq
	}
	return s.Was.Seq - s.Has.Seq
}

// Holds holds a book against the rows that something outside of it knows were
// written; nil when it has them all, or had them until they were pruned.
func Holds(ctx context.Context, b interface {
	Head(part string) Anchor
	Read(ctx context.Context, part string, after uint64, limit int) ([]Row, error)
}, known map[string]Anchor) (*Shortfall, error) {
	for part, was := range known {
		head := b.Head(part)
		if was.Seq == 0 || head == was {
			continue
		}
		if head.Seq < was.Seq {
			return &Shortfall{part, was, head}, nil
		}
		rows, err := b.Read(ctx, part, was.Seq-1, 1)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return &Shortfall{part, was, Anchor{}}, nil
		}
		switch r := &rows[0]; {
		case r.Seq == was.Seq && r.Hash != was.Hash:
			return &Shortfall{part, was, Anchor{r.Seq, r.Hash}}, nil
		case r.Seq == was.Seq+1 && r.Prev != was.Hash: // it was pruned, and was another one
			return &Shortfall{part, was, Anchor{was.Seq, r.Prev}}, nil
		}
	}
	return nil, nil
}
