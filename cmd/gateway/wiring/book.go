package wiring

import (
	"context"

	"iocgateway/router/control"
	"iocgateway/router/journal"
	"iocgateway/router/store/bookfile"
)

// openBook opens the side book beside the Log, and takes over what an earlier
// version had written down in the Log itself. A book that takes no change
// stops nothing but people's acts.
func (a *App) openBook(ctx context.Context) error {
	var err error
	if a.book, err = bookfile.Open(bookfile.Options{Dir: a.Config.Store.Dir, Log: a.log}); err != nil {
		return err
	}
	a.audit = &control.Audit{Book: a.book, Node: a.Config.NodeName(), Out: a.log}
	if lost := a.Store.LossFound(); lost != "" {
		act := control.Act{What: "loss", Target: "log", By: "gateway", Why: lost}
		if err := a.audit.Do(ctx, act, func() (any, error) { return nil, nil }); err != nil {
			a.log.Error("a loss that was found is not in the audit", "error", err)
		}
	}
	if a.cluster != nil {
		return nil // a view that is not level yet does not have them; they stay in the Log
	}
	if err := a.audit.TakeOver(ctx, func() ([]journal.Audit, error) { return a.olderActs(ctx) }); err != nil {
		a.log.Error("what an earlier version had written down of acts is not in the audit yet", "error", err)
	}
	return nil
}

// olderActs are what the Log itself has of people's acts, oldest first.
func (a *App) olderActs(ctx context.Context) ([]journal.Audit, error) {
	var newest []journal.Audit
	before := int64(0)
	for {
		page, err := a.Store.Audits(ctx, before, 1000)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		newest = append(newest, page...)
		before = page[len(page)-1].ID
	}
	oldest := make([]journal.Audit, 0, len(newest))
	for i := len(newest) - 1; i >= 0; i-- {
		oldest = append(oldest, newest[i])
	}
	return oldest, nil
}
