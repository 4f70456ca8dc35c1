package outbound

import (
	"fmt"
	"net/netip"

	"iocgateway/canonical/problem"
)

// Refusal is an address that must not be asked.
type Refusal struct{ Host, Want string }

// Error is which address, and what would be allowed.
func (r *Refusal) Error() string {
	return fmt.Sprintf("address %s is not one of the configured ones (%s)", r.Host, r.Want)
}

// Problem is the refusal for people. Who asked adds the setting or the path
// that the address came from.
func (r *Refusal) Problem() *problem.Problem {
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
