package httpx

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"iocgateway/canonical/outbound"
	"iocgateway/canonical/problem"
)

const maxRedirects = 5

// hosts are the hosts a client may reach, as host:port with the scheme's
// default port filled in.
type hosts map[string]bool

func allowed(base *url.URL, more []string) hosts {
	h := hosts{withPort(base.Host, base.Scheme): true}
	for _, x := range more {
		h[withPort(x, base.Scheme)] = true
	}
	return h
}

func withPort(host, scheme string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return strings.ToLower(host)
	}
	port := "80"
	if scheme == "https" {
		port = "443"
	}
	return strings.ToLower(net.JoinHostPort(strings.Trim(host, "[]"), port))
}

func (h hosts) check(u *url.URL) error {
	names := make([]string, 0, len(h))
	for n := range h {
		names = append(names, n)
	}
	no := &outbound.Refusal{Host: problem.Short(u.Host), Want: strings.Join(names, ", ")}
	if u.Scheme != "http" && u.Scheme != "https" || !h[withPort(u.Host, u.Scheme)] {
		return no
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && outbound.Forbidden(ip) {
		return no
	}
	return nil
}

// guarded gives a copy of the client that reaches only these hosts, follows
// redirects only to the host it came from and keeps no cookies.
func guarded(lent *http.Client, h hosts) *http.Client {
	if lent == nil {
		lent = &http.Client{Transport: Recorded(NewTransport())}
	}
	c := *lent
	if c.Transport == nil {
		c.Transport = Recorded(NewTransport())
	}
	c.Transport = watch{next: c.Transport, hosts: h}
	c.Jar = nil
	c.CheckRedirect = SameHost
	return &c
}

// watch judges the host of each request, those of redirects too.
type watch struct {
	next  http.RoundTripper
	hosts hosts
}

// RoundTrip is http.RoundTripper's.
func (w watch) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := w.hosts.check(req.URL); err != nil {
		return nil, err
	}
	return w.next.RoundTrip(req)
}

// SameHost follows redirects to the host they come from, at most five and none
// from https to http: whoever answers for a source does not choose whom else
// the gateway asks.
func SameHost(req *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	if len(via) >= maxRedirects {
		return &outbound.Refusal{Host: problem.Short(req.URL.Host + req.URL.Path), Rounds: maxRedirects}
	}
	if !strings.EqualFold(req.URL.Host, last.URL.Host) || last.URL.Scheme == "https" && req.URL.Scheme != "https" {
		return &outbound.Refusal{Host: problem.Short(req.URL.Host), Want: last.URL.Host}
	}
	return nil
}

// NewTransport is the gateway's transport towards sources, over the guarded
// dialler. Behind a proxy of the environment it is the proxy that resolves.
func NewTransport() *http.Transport {
	dialer := outbound.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 64, MaxIdleConnsPerHost: 8,
		IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: DefaultTimeout,
		MaxResponseHeaderBytes: 256 << 10, ReadBufferSize: 64 << 10, Proxy: proxy}
}

// proxy is the environment's. Behind one nobody here dials the address asked
// for: where it is literal it is judged before.
func proxy(r *http.Request) (*url.URL, error) {
	if ip, err := netip.ParseAddr(r.URL.Hostname()); err == nil && outbound.Forbidden(ip) {
		return nil, &outbound.Refusal{Host: problem.Short(r.URL.Host), Want: "a public or private address"}
	}
	return http.ProxyFromEnvironment(r)
}
