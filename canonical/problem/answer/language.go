package answer

import (
	"net/http"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
)

// Language is the language a request asks for: the first of vi and en that
// its Accept-Language names; Vietnamese when it names neither.
func Language(r *http.Request) problem.Lang { return LanguageOr(r, problem.Vietnamese) }

// LanguageOr is the language a request asks for, or the one that is given.
func LanguageOr(r *http.Request, unasked problem.Lang) problem.Lang {
	bestQ, best := 0.0, unasked
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q := Weighed(part)
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		if (tag == "vi" || tag == "en") && q > bestQ {
			bestQ, best = q, problem.Lang(tag)
		}
	}
	return best
}

// Weighed takes an entry of an Accept header apart, "value;q=0.5": the value
// and its weight. A weight that cannot be read is 0.
func Weighed(entry string) (value string, q float64) {
	value, params, has := strings.Cut(entry, ";")
	value = strings.TrimSpace(value)
	if !has {
		return value, 1
	}
	for p := range strings.SplitSeq(params, ";") {
		if name, v, ok := strings.Cut(strings.TrimSpace(p), "="); ok && strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(v, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return value, 0
			}
			return value, q
		}
	}
	return value, 1
}
