package tabular

import (
	"flag"
	"fmt"
	"io"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan/jsonscantest"
	"iocgateway/canonical/problem"
)

var _ = flag.Bool("update", false, "rewrite the outcomes of the answers that are kept")

// TestAnswersKeepTheirOutcome reads every answer kept as a file: items,
// refusals and codes stay what they were.
func TestAnswersKeepTheirOutcome(t *testing.T) {
	json := map[string]func(*Settings){
		"items":   func(s *Settings) { s.Format, s.Key, s.Version = "json", []string{"id"}, "a" },
		"content": func(s *Settings) { s.Format, s.Key, s.Path = "json", []string{"id"}, "content" },
		"deep":    func(s *Settings) { s.Format, s.Key, s.Path = "json", []string{"id", "0"}, "a.b" },
		"lines":   func(s *Settings) { s.Format, s.Key = "ndjson", []string{"id"} },
	}
	xml := map[string]func(*Settings){
		"rows": func(s *Settings) { s.Format, s.Key, s.Path, s.Version = "xml", []string{"id"}, "r/i", "id.@a" },
		"list": func(s *Settings) { s.Format, s.Key, s.Path = "xml", []string{"@id"}, "R/L/I" },
		"any":  func(s *Settings) { s.Format, s.Key, s.Path = "xml", []string{"@TIME_PERIOD"}, "*/DataSet/*/Obs" },
		"open311": func(s *Settings) {
			s.Format, s.Key, s.Path = "xml", []string{"service_request_id"}, "service_requests/request"
		},
	}
	outcomes := map[string]string{}
	for _, a := range append(jsonscantest.Answers(t), jsonscantest.Real(t)...) {
		readers := json
		if a.XML {
			readers = xml
		}
		for name, change := range readers {
			outcomes[name+" "+a.Name] = outcomeOf(t, change, a.Bytes)
		}
	}
	jsonscantest.Hold(t, outcomes)
}

func outcomeOf(t *testing.T, change func(*Settings), data []byte) string {
	t.Helper()
	cfg := Defaults()
	change(&cfg)
	p, err := compile(cfg, adapters.Settings{Source: "s", Stream: "t", Kind: canonical.KindFeedback})
	if err != nil {
		t.Fatal(err)
	}
	items, err := p.open(t.Context(), File{Name: "f.dat"}, spoolOf(t, data))
	if err != nil {
		return codeOf(err)
	}
	defer items.Close()
	var parts [][]byte
	for n := 0; ; n++ {
		item, err := items.Next()
		if err != nil {
			end := ""
			if err != io.EOF {
				end = ", then " + codeOf(err)
			}
			return fmt.Sprintf("%d items%s, %s", n, end, jsonscantest.Digest(parts...))
		}
		code := ""
		if item.Problem != nil {
			code = item.Problem.Code
		}
		at := []byte(item.Raw.At.Format(time.RFC3339Nano))
		parts = append(parts, []byte(item.Raw.Key), []byte(item.Raw.Version), at, []byte(code), item.Raw.Payload)
	}
}

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return "an error without a code"
}
