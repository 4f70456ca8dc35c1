package storetest

import (
	"context"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// counting is a run of a stream whose pages bring what it has come to.
type counting struct{ run journal.Run }

// begin writes a run down that nothing of has been committed yet.
func (c *counting) begin(ctx context.Context, log journal.Log, stream string) error {
	runs, able := log.(journal.Runs)
	if !able {
		return errors.New("the Log keeps no runs")
	}
	c.run = journal.Run{Stream: stream, Started: hour(1)}
	var err error
	c.run.ID, err = runs.BeginRun(ctx, stream, c.run.Started)
	return err
}

// commit commits a page of the run.
func (c *counting) commit(ctx context.Context, log journal.Log, b journal.Batch) error {
	with := c.run
	with.Pages++
	with.To = b.Next
	b.Run, b.Progress = with.ID, &with
	receipt, err := log.Commit(ctx, b)
	if err != nil {
		return err
	}
	c.run = *b.Ran(receipt)
	return nil
}

// counted adds up all runs of a stream.
func counted(ctx context.Context, log journal.Log, stream string) (pages int, c journal.Counts, err error) {
	runs, able := log.(journal.Runs)
	if !able {
		return 0, c, errors.New("the Log keeps no runs")
	}
	all, err := runs.LastRuns(ctx, stream, 1000)
	for i := range all {
		pages += all[i].Pages
		c.Add(all[i].Counts)
	}
	return pages, c, err
}

// cutRun commits pages of a run that never ends, and looks at what is known
// of it: at once, and opened again. Then it ends like any other.
func cutRun(ctx context.Context, h Harness) error {
	log, stream := h.Log, streamName(0)
	var c counting
	if err := c.begin(ctx, log, stream); err != nil {
		return err
	}
	for n := range 3 {
		b := killBatch(0, fmt.Sprint(n))
		if b.From = nil; n > 0 {
			b.From = canonical.Checkpoint(fmt.Sprint(n))
		}
		if err := c.commit(ctx, log, b); err != nil {
			return err
		}
	}
	if err := c.known(ctx, h, false); err != nil {
		return err
	}
	replay := killBatch(0, "9")
	replay.From, replay.Next = nil, nil // a page that moves no checkpoint counts too
	if err := c.commit(ctx, log, replay); err != nil {
		return err
	}
	if err := c.known(ctx, h, false); err != nil {
		return err
	}
	if h.Reopen != nil {
		var err error
		if h.Log, err = h.Reopen(); err != nil {
			return err
		}
		if err := c.known(ctx, h, false); err != nil {
			return fmt.Errorf("opened again: %w", err)
		}
	}
	c.run.Ended = hour(2)
	if _, err := h.Log.Checkpoint(ctx, stream); err != nil { // its holder's again
		return err
	}
	runs, able := h.Log.(journal.Runs)
	if !able {
		return errors.New("the Log keeps no runs")
	}
	if err := runs.EndRun(ctx, c.run); err != nil {
		return err
	}
	return c.known(ctx, h, true)
}

// known holds what the Log says of the run against what was committed of it.
func (c *counting) known(ctx context.Context, h Harness, ended bool) error {
	if h.Settle != nil {
		if err := h.Settle(ctx); err != nil {
			return err
		}
	}
	runs, able := h.Log.(journal.Runs)
	if !able {
		return errors.New("the Log keeps no runs")
	}
	all, err := runs.LastRuns(ctx, c.run.Stream, 10)
	if err != nil || len(all) != 1 {
		return fmt.Errorf("%d runs, want 1 (%w)", len(all), err)
	}
	if got := all[0]; got.Pages != c.run.Pages || got.Counts != c.run.Counts || got.Ended.IsZero() == ended {
		return fmt.Errorf("the run is known as %d pages, %+v, ended %v; committed were %d, %+v",
			got.Pages, got.Counts, !got.Ended.IsZero(), c.run.Pages, c.run.Counts)
	}
	if c.run.Counts.Received == 0 {
		return fmt.Errorf("nothing was counted: %+v", c.run)
	}
	return nil
}
