package push_test

import (
	"flag"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters/push"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan/jsonscantest"
	"iocgateway/canonical/problem"
)

var _ = flag.Bool("update", false, "rewrite the outcomes of the answers that are kept")

// TestAnswersKeepTheirOutcome delivers every JSON answer kept: records,
// refusals and codes stay what they were.
func TestAnswersKeepTheirOutcome(t *testing.T) {
	big := "max_body: 16777216\nmax_items: 10000\n"
	sources := map[string]*push.Source{
		"hook":    mustOpen(t, hook+big),
		"content": mustOpen(t, hook+big+"records: content\npayload: a\n"),
		"events": mustOpen(t, strings.Replace(hook, "gone_path: event\ngone: [deleted]\n", "", 1)+big+
			"body: cloudevents\npayload: data\n"),
	}
	outcomes := map[string]string{}
	for _, a := range append(jsonscantest.Answers(t), jsonscantest.Real(t)...) {
		for name, src := range sources {
			if !a.XML {
				outcomes[name+" "+a.Name] = outcomeOf(src, name, a.Bytes)
			}
		}
	}
	jsonscantest.Hold(t, outcomes)
}

func outcomeOf(src *push.Source, name string, body []byte) string {
	r := signed(body, now, newKey)
	if name == "events" {
		r.Header.Set("Content-Type", "application/cloudevents+json")
	}
	if name == "events" && strings.HasPrefix(string(body), "[") {
		r.Header.Set("Content-Type", "application/cloudevents-batch+json")
	}
	page, err := src.Receive(r)
	if err != nil {
		p, _ := problem.As(err)
		return fmt.Sprint(p.Code, " ", status(err) == http.StatusBadRequest)
	}
	var parts [][]byte
	put := func(raw canonical.Raw, code string) {
		at := []byte(raw.At.Format(time.RFC3339Nano))
		parts = append(parts, []byte(raw.Key), []byte(raw.Version), []byte(raw.Media), at, []byte(code), raw.Payload)
	}
	for _, raw := range page.Records {
		put(raw, "")
	}
	for _, refused := range page.Refused {
		put(refused.Raw, refused.Problem.Code)
	}
	digest := jsonscantest.Digest(parts...)
	return fmt.Sprintf("%d records, %d refused, %d notes, %s", len(page.Records), len(page.Refused), len(page.Notes), digest)
}
