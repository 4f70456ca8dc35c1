package outbound

import (
	"fmt"
	"net/netip"
	"strconv"

	"iocgateway/canonical/problem"
)

// Refusal is an address that must not be asked: it is not one of those that may
// be, or the last of so many Rounds of redirects.
type Refusal struct {
	Host, Want string
	Rounds     int
}

// Error is which address, and what would be allowed.
func (r *Refusal) Error() string {
	if r.Rounds > 0 {
		return fmt.Sprintf("more than %d redirects, the last to %s", r.Rounds, r.Host)
	}
	return fmt.Sprintf("address %s is not one of the configured ones (%s)", r.Host, r.Want)
}

// Problem is the refusal for people. Who asked adds the setting or the path
// that the address came from.
func (r *Refusal) Problem() *problem.Problem {
	if r.Rounds > 0 {
		return &problem.Problem{Code: "GW-S093", Value: r.Host, Want: strconv.Itoa(r.Rounds)}
	}
	return &problem.Problem{Code: "GW-S017", Value: r.Host, Want: r.Want}
}

// Forbidden reports whether nobody may be asked at an address.
func Forbidden(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() || ip.IsMulticast() || ip.IsUnspecified() ||
		ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || ip == metadataV6()
}

// metadataV6 is where a cloud keeps its metadata inside a private range.
func metadataV6() netip.Addr { return netip.MustParseAddr("fd00:ec2::254") }
