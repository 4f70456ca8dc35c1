package health

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"iocgateway/canonical"
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
	if st.Cause = privacy.Everybody().Said(st.Cause); st.Cause != nil {
		body.Cause, body.Text = st.Cause.Code, st.Cause.Text(problem.Vietnamese)
	}
	key := "stream/" + st.Name()
	body.ID, body.Kind = canonical.ID(canonical.KindOps, OpsSource, key), canonical.KindOps
	payload, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("router: state of %s: %w", st.Name(), err)
	}
	encoded, err := canonical.Encode(body)
	if err != nil {
		return fmt.Errorf("router: state of %s: %w", st.Name(), err)
	}
	raw := canonical.Raw{Kind: canonical.KindOps, Key: key, At: now, Payload: payload}
	item := journal.Item{Raw: raw, Digest: raw.Digest(), Record: &canonical.Record{
		ID: body.ID, Kind: canonical.KindOps, Source: OpsSource, Stream: OpsStream, Key: key,
		Version: canonical.ContentVersion(encoded), At: now, Mapping: opsRule, Body: encoded,
		Index: canonical.Index{Status: string(st.State), UpdatedAt: now, Title: st.Name()},
	}}
	_, err = log.Commit(ctx, journal.Batch{Stream: OpsSource + "/" + OpsStream, Behalf: st.Name(), Mapping: opsRule,
		Items: []journal.Item{item}, At: now})
	if err != nil {
		return fmt.Errorf("router: state of %s: %w", st.Name(), err)
	}
	return nil
}
