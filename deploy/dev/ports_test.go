package dev

import (
	"net"
	"testing"
)

// TestPortsAreOneRuns: a port given out is given out once, and stands in a
// block that nobody else can take while this run lives.
func TestPortsAreOneRuns(t *testing.T) {
	seen := map[int]bool{}
	for range 40 {
		ports, err := freePorts(3)
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range ports {
			if seen[port] {
				t.Fatalf("port %d was given out twice", port)
			}
			seen[port] = true
			if l, err := net.Listen("tcp", local(port-(port-firstPort)%blockPorts)); err == nil {
				l.Close()
				t.Fatalf("the block of port %d is anybody's", port)
			}
		}
	}
}
