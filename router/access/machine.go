package access

import (
	"net"
	"net/http"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

// OnlyThisMachine refuses requests that name another host: where no token is
// asked for, a web page whose name was made to point here must not get in.
func OnlyThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			answer.New(http.StatusForbidden, &problem.Problem{Code: "GW-F033", Value: problem.Short(host)}).Write(w, r)
			return
		}
		LetIn(r.Context())
		next.ServeHTTP(w, r)
	})
}
