package console

import (
	"context"
	"errors"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// at is the instant every test page is taken.
func at(clock string) time.Time {
	t, err := time.Parse(time.RFC3339, "2026-11-05T"+clock+"+07:00")
	if err != nil {
		panic(err)
	}
	return t
}

// memView is a small real view: one record with a history, two groups held.
type memView struct{ fail, failHeld error }

func (m memView) Feeds(context.Context) ([]journal.FeedInfo, error) {
	var out []journal.FeedInfo
	for i, f := range canonical.Feeds() {
		info := journal.FeedInfo{Feed: f}
		if i < 4 {
			info = journal.FeedInfo{Feed: f, Oldest: journal.Position{1}, Head: journal.Position{2}, Live: 61204 * (4 - i), HeadAt: at("10:41:00")}
		}
		if f == "task" {
			info.Held = 41
		}
		out = append(out, info)
	}
	return out, m.fail
}

func (m memView) entries() []journal.Entry {
	body := `{"id":"dossier:dvc:000.00.19","kind":"dossier","status":"processing","applicant":{"name":"Nguyễn Văn An","phone":"0912345678"},"steps":[{"name":"Thẩm định"}],"due_at":null,"rating":4.50}`
	e := journal.Entry{Feed: "dossier", Seq: 1, Op: journal.OpChanged, Kind: "dossier", ID: "dossier:dvc:000.00.19", Source: "dvc-tinh",
		Stream: "dossiers",
		Key:    "000.00.19", Version: "1b2c3d4e5f60718293a4b5c6d7e8f901", At: at("10:39:10"), RecordedAt: at("10:40:02"),
		Mapping: "dvc/igate-dossier@9f1c", Body: []byte(body)}
	two, late := e, e
	two.Seq, two.Prev, two.Op, two.RecordedAt, two.Version = 2, 1, journal.OpCorrected, at("10:41:00"), "2222222222222222"
	late.Seq, late.Superseded, late.Version = 0, true, "3333333333333333"
	return []journal.Entry{late, two, e}
}

func (m memView) Newest(_ context.Context, feed canonical.Feed, limit int) ([]journal.Entry, error) {
	if feed == "dossier" {
		all := m.entries()
		return []journal.Entry{all[1], all[2]}, m.fail
	}
	if feed == "feedback" {
		return nil, errors.New("cannot be read")
	}
	return nil, m.fail
}

func (m memView) History(_ context.Context, id string) ([]journal.Entry, error) {
	if id != "dossier:dvc:000.00.19" {
		return nil, journal.ErrNotFound
	}
	return m.entries(), m.fail
}

func (m memView) HeldGroups(context.Context) ([]journal.HeldGroup, error) {
	return []journal.HeldGroup{
		{Stream: "dvc-tinh/dossiers", Code: "GW-F019", Field: "due_at", Path: "$.appointmentDate", Count: 3, First: at("08:12:00"),
			Last:    at("09:00:00"),
			Values:  []journal.ValueCount{{Value: "", Count: 3}},
			Example: problem.Problem{Code: "GW-F019", Field: "due_at", Value: "", Want: "ngày"}},
		{Stream: "ioffice/tasks", Code: "GW-F019", Field: "status", Path: "$.TrangThai", Count: 38, First: at("08:12:00"), Last: at("10:40:00"),
			Values:  []journal.ValueCount{{Value: "CHO_PH_LAI", Count: 36}, {Value: "<script>alert(1)</script>", Count: 2}},
			Example: problem.Problem{Code: "GW-F019", Field: "status", Value: "CHO_PH_LAI", Want: "một mã trong bảng ioffice/task_status"}},
	}, m.failHeld
}

func (m memView) Held(_ context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	return []journal.HeldRaw{{ID: 7, Stream: q.Stream, Key: "NV-0912345678", Problem: problem.Problem{Code: q.Code, Field: "status"},
		LastSeen: at("10:40:00"), Times: 4}}, nil
}

// memStreams shows every state there is.
type memStreams struct{ fail error }

func (s memStreams) Statuses(context.Context) ([]health.Status, error) {
	run := func(received, published, unchanged, held int) *journal.Run {
		return &journal.Run{ID: 812, Started: at("10:40:30"), Ended: at("10:40:34"), Pages: 14, Complete: true,
			Counts: journal.Counts{Received: received, Published: published, Unchanged: unchanged, Held: held}}
	}
	base := health.Status{Adapter: "dvc", Profile: "igate", Evidence: "reported", Kind: "dossier", Feed: "dossier", State: "healthy",
		FreshThrough: at("10:41:05"), Promise: 15 * time.Minute, NextRun: at("10:44:00"), Live: 61204, LastRun: run(682, 43, 639, 0)}
	with := func(source, stream string, state health.State, change func(*health.Status)) health.Status {
		one := base
		one.Source, one.Stream, one.State, one.Since = source, stream, state, at("09:58:00")
		if change != nil {
			change(&one)
		}
		return one
	}
	return []health.Status{
		with("dvc-tinh", "dossiers", "healthy", nil),
		with("ioffice", "documents", "healthy", func(s *health.Status) { s.Kind, s.Evidence = "document", "seen" }),
		with("thong-ke", "cpi", "source_stale", func(s *health.Status) {
			s.Evidence = "assumed"
			s.Cause = &problem.Problem{Code: "GW-F029"}
		}),
		with("pakn", "feedback", "failing", func(s *health.Status) {
			s.Kind, s.FreshThrough, s.NextRun = "feedback", at("09:58:00"), at("10:47:00")
			s.Over = 29*time.Minute + 7*time.Second
			s.Cause, s.Badges, s.Title, s.Link = &problem.Problem{Code: "GW-F030"}, []health.State{health.StateLate, health.StateFailing},
				"Phản ánh hiện trường 1022", "tslcd"
		}),
		with("ioffice", "tasks", "data_issue", func(s *health.Status) { s.Kind, s.Held, s.LastRun = "task", 41, run(120, 40, 39, 38) }),
		with("kho-cu", "files", "paused", func(s *health.Status) {
			s.Paused = &journal.Pause{By: "truc-ban", Reason: "bảo trì đường truyền", Since: at("08:00:00"), Until: at("17:00:00")}
		}),
		with("dvc-xa", "dossiers", "never_ran", func(s *health.Status) { s.FreshThrough, s.LastRun = time.Time{}, nil }),
		with("la", "x", "một trạng thái lạ", func(s *health.Status) { s.LastRun, s.FreshThrough = nil, time.Time{} }),
	}, s.fail
}

func (s memStreams) Runs(_ context.Context, stream string, limit int) ([]journal.Run, error) {
	return []journal.Run{
		{ID: 812, Stream: stream, Started: at("10:40:30")},
		{ID: 811, Stream: stream, Started: at("10:38:30"), Ended: at("10:38:34"), Complete: true, Pages: 14, Proved: 2,
			Counts: journal.Counts{Received: 680, Published: 43, Unchanged: 639, Gone: 2}},
		{ID: 810, Stream: stream, Started: at("10:36:30"), Ended: at("10:37:00"), Problem: &problem.Problem{Code: "GW-F030"}},
	}, s.fail
}

// heldOfNothing holds nothing of what is asked for.
type heldOfNothing struct{ memView }

func (heldOfNothing) Held(context.Context, journal.HeldQuery) ([]journal.HeldRaw, error) {
	return nil, nil
}
