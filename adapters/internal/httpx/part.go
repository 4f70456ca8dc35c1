package httpx

import (
	"net/http"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
)

// Part is what an answer of status 206 says that it is: from–to of so many
// bytes or rows. Total is -1 where that is not said.
type Part struct {
	Unit            string // bytes, items …; some sources name none
	From, To, Total int
}

// PartOf reads Content-Range, as RFC 9110 has it and as sources write it
// (bytes 0-99/1234, items 0-49/200, 0-49/200, 0-49/*).
func PartOf(h http.Header) (p Part, ok bool) {
	text := strings.TrimSpace(h.Get("Content-Range"))
	if at := strings.LastIndexAny(text, " ="); at >= 0 {
		p.Unit, text = strings.ToLower(strings.TrimSpace(text[:at])), text[at+1:]
	}
	span, total, given := strings.Cut(text, "/")
	from, to, ranged := strings.Cut(span, "-")
	if p.From, ok = count(from); !ok || !ranged {
		return Part{}, false
	}
	if p.To, ok = count(to); !ok {
		return Part{}, false
	}
	if p.Total, ok = count(total); !ok || !given {
		p.Total = -1
	}
	return p, true
}

func count(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 0
}

// partial refuses a piece of an answer. Nobody asks for a range of bytes here:
// whoever sends one sends half a list. A list in parts of its own (rows 0-49
// of 200) is one, where it says which part this is.
func partial(r Request, got *http.Response) error {
	p, said := PartOf(got.Header)
	if said && (r.Parts && p.Unit != "bytes" || p.From == 0 && p.To+1 == p.Total) {
		return nil
	}
	return problem.Retry(&problem.Problem{Code: "GW-S041", Path: pathOnly(r.Path), Value: problem.Short(got.Header.Get("Content-Range"))}, 0)
}
