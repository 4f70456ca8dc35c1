package httpx

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"iocgateway/canonical/problem"
)

// refusal is an address that must not be asked.
type refusal struct{ host, want string }

func (r *refusal) Error() string {
	return fmt.Sprintf("address %s is not one of the configured ones (%s)", r.host, r.want)
}

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
	no := &refusal{host: problem.Short(u.Host), want: strings.Join(names, ", ")}
	if u.Scheme != "http" && u.Scheme != "https" || !h[withPort(u.Host, u.Scheme)] {
		return no
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && forbidden(ip) {
		return no
	}
	return nil
}

// forbidden are the addresses no city system has: link-local ones, where
// clouds keep their metadata, multicast and the unspecified address. Private
// networks are allowed: that is where the systems are.
func forbidden(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() || ip.IsMulticast() || ip.IsUnspecified() ||
		ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || ip == metadataV6()
}

func metadataV6() netip.Addr { return netip.MustParseAddr("fd00:ec2::254") }

// guarded gives a copy of the client that reaches only these hosts, follows
// redirects only to the host it came from, keeps no cookies and records what
// it asks where the context wants that.
func guarded(lent *http.Client, h hosts, now func() time.Time) *http.Client {
	c := &http.Client{}
	if lent != nil {
		*c = *lent
	}
	if c.Transport == nil {
		c.Transport = NewTransport()
	}
	c.Transport = &watch{next: c.Transport, hosts: h, now: now}
	c.Jar = nil
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		last := via[len(via)-1]
		if len(via) >= maxRedirects || !strings.EqualFold(req.URL.Host, last.URL.Host) || last.URL.Scheme == "https" &&
			req.URL.Scheme != "https" {
			return &refusal{host: problem.Short(req.URL.Host), want: last.URL.Host}
		}
		return nil
	}
	return c
}

// NewTransport is the gateway's transport towards sources: it looks at the
// address a name resolved to before it connects, so that a name cannot lead
// to where a literal address may not.
func NewTransport() *http.Transport {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil || forbidden(ap.Addr()) {
				return &refusal{host: address, want: "a public or private address"}
			}
			return nil
		}}
	return &http.Transport{DialContext: d.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 64, MaxIdleConnsPerHost: 8,
		IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: DefaultTimeout,
		MaxResponseHeaderBytes: 256 << 10, ReadBufferSize: 64 << 10, Proxy: http.ProxyFromEnvironment}
}
