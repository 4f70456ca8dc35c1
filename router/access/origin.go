package access

import (
	"context"
	"net"
	"net/http"
	"strings"
)

// The doors by which people come in.
const (
	ViaAPI     = "api"
	ViaCLI     = "cli"
	ViaConsole = "console"
)

// CLIAgent begins the User-Agent of the command line.
const CLIAgent = "gateway-cli"

// Origin is where a request comes from: what an audit says beside who.
type Origin struct {
	Addr string // of whoever connected, and the one a proxy in front names
	Via  string // by which door
}

type originKey struct{}

// From is where a request came from; the zero Origin where nobody asked.
func From(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

type whyKey struct{}

// Because keeps why somebody asks, in their words.
func Because(ctx context.Context, why string) context.Context {
	return context.WithValue(ctx, whyKey{}, why)
}

// Why is why somebody asks; empty where they did not say.
func Why(ctx context.Context) string {
	why, _ := ctx.Value(whyKey{}).(string)
	return why
}

// KeepOrigin keeps where requests come from. Only where a proxy in front is
// configured its word counts for the address behind it.
func KeepOrigin(behindProxy bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := Origin{Addr: r.RemoteAddr, Via: ViaAPI}
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			o.Addr = host
		}
		if named := r.Header.Values("X-Forwarded-For"); behindProxy && len(named) > 0 {
			all := strings.Split(named[len(named)-1], ",")
			last := strings.TrimSpace(all[len(all)-1]) // the one the proxy itself added
			if ip := net.ParseIP(last); ip != nil {
				o.Addr = ip.String() + " via " + o.Addr
			}
		}
		if strings.HasPrefix(r.UserAgent(), CLIAgent) {
			o.Via = ViaCLI
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), originKey{}, o)))
	})
}

// Through marks requests that come by another door.
func Through(door string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := From(r.Context())
		o.Via = door
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), originKey{}, o)))
	})
}
