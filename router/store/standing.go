package store

import (
	"context"
	"errors"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// stand finds out what the heads stand on, and whether the Log still has all
// that it acknowledged: the head mark beside the database says how far that
// was. A Log that lost something goes on, as another history.
func (s *Store) stand(ctx context.Context) error {
	heads := s.data.Heads.Load()
	for n, x := range heads.Tracks {
		if t := track.Track(n); x.Head > 0 && t != track.Aside {
			if e, err := s.data.Entries.At(ctx, t, x.Head); err == nil {
				x.Stand(&e.Entry)
			} else if !errors.Is(err, journal.ErrNotFound) {
				_ = s.trouble.note(err)
			}
		}
	}
	if s.opts.View {
		return nil // what it lost is read again from the Log
	}
	marked, err := folder.ReadHeads(s.folder.Dir, s.folder.Parts)
	if err == nil {
		err = s.compare(ctx, heads, marked)
	} else {
		s.opts.Log.Warn("store: the head mark cannot be read; whether the Log lost something before now is not known", "error", err.Error())
		err = nil
	}
	if err != nil {
		return err
	}
	if s.mark, err = folder.OpenHeadMark(s.folder.Dir, s.folder.Epoch, s.folder.Parts, marked); err == nil {
		err = s.mark.Write(trackHeads(heads))
	}
	if err != nil {
		s.opts.Log.Warn("store: no head mark is kept; a loss will not be noticed", "error", err.Error())
	}
	return nil
}

// compare holds the heads against what was acknowledged.
func (s *Store) compare(ctx context.Context, heads *state.Heads, marked *folder.Heads) error {
	var err error
	if s.trouble.loss, err = folder.ReadLoss(s.folder.Conn); err != nil {
		return err
	}
	switch {
	case marked == nil && s.folder.Made && s.opts.Expected:
		return s.renew(&folder.Loss{At: s.opts.Now(), All: true}, heads, "")
	case marked == nil:
		if !s.folder.Made {
			s.opts.Log.Info("store: there was no head mark; whether the Log lost something before now is not known")
		}
		return nil
	case marked.Epoch != s.folder.Epoch && !s.folder.Made:
		s.opts.Log.Info("store: the head mark is of another history than the database that was put here", "head", marked.Epoch,
			"database", s.folder.Epoch)
		return nil
	}
	loss := &folder.Loss{At: s.opts.Now()}
	for _, m := range marked.Tracks {
		if f, lost := s.lost(ctx, heads, m); lost {
			loss.Feeds = append(loss.Feeds, f)
		}
	}
	if len(loss.Feeds) == 0 {
		return nil
	}
	return s.renew(loss, heads, marked.Epoch)
}

// renew goes on as another history, behind what was acknowledged.
func (s *Store) renew(loss *folder.Loss, heads *state.Heads, before string) error {
	if err := s.folder.Renew(loss); err != nil {
		return err
	}
	for _, f := range loss.Feeds {
		if int(f.Track) < len(heads.Tracks) {
			x := heads.Tracks[f.Track]
			x.Head = max(x.Head, f.Acked)
		}
	}
	s.trouble.loss, s.trouble.fresh = loss, true
	s.opts.Log.Warn("store: the Log lost what it had acknowledged, and goes on as another history", "problem", loss.Problem(),
		"epoch_before", before, "epoch", s.folder.Epoch)
	return nil
}

// lost compares a track with what was acknowledged of it. An entry that was
// pruned since proves nothing.
func (s *Store) lost(ctx context.Context, heads *state.Heads, m folder.TrackHead) (folder.LostFeed, bool) {
	f := folder.LostFeed{Track: m.Track, Feed: track.FeedName(m.Track.Feed()), Part: m.Track.Part(), Acked: m.Head}
	if int(m.Track) >= len(heads.Tracks) {
		return f, true
	}
	x := heads.Tracks[m.Track]
	if f.Found = x.Head; x.Head < m.Head {
		return f, true
	}
	if m.Foot == 0 || x.Foot(m.Head) == m.Foot {
		return f, false
	}
	e, err := s.data.Entries.At(ctx, m.Track, m.Head)
	if err != nil {
		return f, false
	}
	f.Other = journal.Foot(&e.Entry) != m.Foot && journal.OldFoot(&e.Entry) != m.Foot
	return f, f.Other
}

// trackHeads is what a head mark says of the heads.
func trackHeads(h *state.Heads) []folder.TrackHead {
	var all []folder.TrackHead
	for n, x := range h.Tracks {
		if t := track.Track(n); x.Head > 0 && t != track.Aside {
			all = append(all, folder.TrackHead{Track: t, Head: x.Head, Foot: x.Foot(x.Head)})
		}
	}
	return all
}

// LossFound is what this start found to be lost, counted a feed; empty when
// nothing was.
func (s *Store) LossFound() string {
	if !s.trouble.fresh {
		return ""
	}
	return s.trouble.loss.String()
}

// scrubRate is how many bytes a second a scrub reads beside everything else.
const scrubRate = 10 << 20

// Scrub holds everything that is stored against its checksum, slowly: damage
// is to be known before a reader meets it.
func (s *Store) Scrub(ctx context.Context) error {
	return s.trouble.note(folder.Scrub(ctx, s.folder.Dir, scrubRate))
}

// Trouble is what is wrong with the data itself, for people to look at: damage
// that was met, or a loss that was found at a start. Nil when nothing is known.
func (s *Store) Trouble() *problem.Problem { return s.trouble.worst(s.opts.Now()) }
