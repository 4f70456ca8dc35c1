package feed

import (
	"net/http"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

// negotiate picks the form a request accepts best; the first offer is the
// default. A batch of CloudEvents is given only to who asks for it by name.
func negotiate(r *http.Request, offers ...string) (string, *answer.Problem) {
	accept := r.Header.Values("Accept")
	if len(accept) == 0 {
		return offers[0], nil
	}
	best, bestQ := "", 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		value, q := answer.Weighed(part)
		value = strings.ToLower(value)
		if q <= bestQ {
			continue
		}
		for i, offer := range offers {
			wild := i == 0 && (value == "*/*" || value == "application/*" || value == "")
			if value == offer || wild {
				best, bestQ = offer, q
				break
			}
		}
	}
	if best == "" {
		return "", answer.New(http.StatusNotAcceptable, &problem.Problem{Code: "GW-F017", Want: strings.Join(offers, ", ")})
	}
	return best, nil
}
