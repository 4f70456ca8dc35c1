package mappings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan/jsonscantest"
	"iocgateway/canonical/problem"
)

const answersMapping = `mapping: m
kind: feedback
fields:
  title: {from: [id, "@id", "0.id", content.0.id, i.0.id.0, L.I.0.@id, service_request_id, x\.y, a.b], clean: text_of}
  content: {from: [content, a, ".", "1"], clean: text_of}
  channel: {from: [i.id.#text, a.0.b, dimension.t.category], on_unknown: unknown}
  steps:
    each: [content, a, i, request, issues, DataSet.Series.Obs]
    fields: {content: {from: [id, ".", b, "@OBS_VALUE", service_name]}, agency: {id: "@id"}}
`

// TestAnswersKeepTheirOutcome maps every answer kept as one payload: records
// and codes stay what they were, and so do the paths that are met.
func TestAnswersKeepTheirOutcome(t *testing.T) {
	plans := map[bool]*Plan{}
	for isXML, media := range map[bool]string{false: "media: json\n", true: "media: xml\n"} {
		p, err := compileText(answersMapping + media)
		if err != nil {
			t.Fatal(err)
		}
		plans[isXML] = p
	}
	outcomes := map[string]string{}
	for _, a := range append(jsonscantest.Answers(t), jsonscantest.Real(t)...) {
		p := plans[a.XML]
		raw := canonical.Raw{Key: "k", Payload: a.Bytes}
		r, err := p.Bind("s", "t").Map(raw)
		if err != nil {
			found, _ := problem.As(err)
			outcomes["map "+a.Name] = strings.TrimSpace(found.Code + " " + found.Path)
		} else {
			outcomes["map "+a.Name] = r.Version
		}
		c := p.Coverage(slices.Values([]canonical.Raw{raw}))
		var paths []byte
		unused := c.Undecided()
		for _, u := range unused {
			paths = fmt.Appendln(paths, u.Path, u.Count)
		}
		outcomes["paths "+a.Name] = fmt.Sprint(c.Unread, len(c.Raw)-len(unused), len(unused), len(c.Missing(p)), " ", jsonscantest.Digest(paths))
	}
	jsonscantest.Hold(t, outcomes)
}
