package health

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// The gateway reports on itself as a source like any other.
const (
	OpsSource = "gateway"
	OpsStream = "health"
	opsRule   = "gateway/health@1"
)

// PublishState puts a stream's state into the ops feed, so that whoever
// reads the feeds also reads how far they can be trusted.
func PublishState(ctx context.Context, log journal.Log, st Status, now time.Time) error {
	body := &canonical.Ops{What: "stream", Stream: st.Name(), State: string(st.State),
		Counts: map[string]int{"live": st.Live, "held": st.Held}, Changed: canonical.Time{Time: st.Since.UTC().Truncate(time.Second)}}
	body.Cause, body.Text = inWords(st.Cause)
	if err := publish(ctx, log, st.Name(), "stream/"+st.Name(), body, st.Name(), now, now); err != nil {
		return fmt.Errorf("router: state of %s: %w", st.Name(), err)
	}
	return nil
}

// DriftOpen is the state of a drift that nobody accepted; of one that is over,
// the state is how it ended.
const DriftOpen = "open"

// PublishDrift puts what changed in what a stream's source gives into the ops
// feed, or that it is over.
func PublishDrift(ctx context.Context, log journal.Log, stream string, item drift.Item, now time.Time) error {
	at := item.First
	if !item.Ended.IsZero() {
		at = item.Ended
	}
	body := &canonical.Ops{What: "drift", Stream: stream, State: cmp.Or(item.End, DriftOpen),
		Changed: canonical.Time{Time: at.UTC().Truncate(time.Second)},
		Counts:  map[string]int{"before_percent": int(100*item.Before + 0.5), "now_percent": int(100*item.Now + 0.5), "raws": item.Raws}}
	body.Cause, body.Text = inWords(item.Problem())
	if err := publish(ctx, log, stream, "drift/"+stream+"/"+item.Key(), body, body.Text, at, now); err != nil {
		return fmt.Errorf("router: drift of %s: %w", stream, err)
	}
	return nil
}

// inWords is a Problem as everybody may read it.
func inWords(p *problem.Problem) (code, text string) {
	if p = privacy.Everybody().Said(p); p == nil {
		return "", ""
	}
	return p.Code, p.Text(problem.Vietnamese)
}

// publish commits what the gateway says of itself, on behalf of a stream.
func publish(ctx context.Context, log journal.Log, stream, key string, body *canonical.Ops, title string, at, now time.Time) error {
	body.ID, body.Kind = canonical.ID(canonical.KindOps, OpsSource, key), canonical.KindOps
	payload, err := json.Marshal(body)
	if err != nil {
		return err
	}
	encoded, err := canonical.Encode(body)
	if err != nil {
		return err
	}
	raw := canonical.Raw{Kind: canonical.KindOps, Key: key, At: at, Payload: payload}
	item := journal.Item{Raw: raw, Digest: raw.Digest(), Record: &canonical.Record{
		ID: body.ID, Kind: canonical.KindOps, Source: OpsSource, Stream: OpsStream, Key: key,
		Version: canonical.ContentVersion(encoded), At: at, Mapping: opsRule, Body: encoded,
		Index: canonical.Index{Status: body.State, UpdatedAt: at, Title: title},
	}}
	_, err = log.Commit(ctx, journal.Batch{Stream: OpsSource + "/" + OpsStream, Behalf: stream, Mapping: opsRule,
		Items: []journal.Item{item}, At: now})
	return err
}
