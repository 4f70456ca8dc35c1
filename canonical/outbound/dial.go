package outbound

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Dialer connects to where a name leads, unless nobody may be asked there:
// then its error holds a Refusal. The zero value can be used.
type Dialer struct {
	Timeout   time.Duration // of connecting, all addresses of a name together; zero is what the system takes
	KeepAlive time.Duration // between probes; zero is Go's
}

// DialContext connects. The context bounds connecting, not the connection.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: d.Timeout, KeepAlive: d.KeepAlive, ControlContext: judge}
	return dialer.DialContext(ctx, network, address)
}

// Dial is DialContext for libraries that have no context to give.
func (d Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// judge sees the address that a name became, before it is connected to.
func judge(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || Forbidden(ap.Addr()) {
		return &Refusal{Host: address, Want: "a public or private address"}
	}
	return nil
}
