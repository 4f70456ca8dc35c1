package dev

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports are taken from below the range which the kernel gives to outgoing
// connections and to listeners that ask for any port: what is free when we
// look is then taken by nobody but another run of this package, and the port
// of a server that is down stays its own until it starts again.
const firstPort, lastPort = 20000, 30000

var given struct {
	sync.Mutex
	ports map[int]bool // by this process, ever
}

// freePorts finds n ports of 127.0.0.1 on which nobody listens.
func freePorts(n int) ([]int, error) {
	given.Lock()
	defer given.Unlock()
	if given.ports == nil {
		given.ports = map[int]bool{}
	}
	var found []int
	for range 1000 {
		if len(found) == n {
			return found, nil
		}
		port := firstPort + rand.IntN(lastPort-firstPort)
		if given.ports[port] {
			continue
		}
		l, err := net.Listen("tcp", local(port))
		if err != nil {
			continue // taken
		}
		l.Close()
		given.ports[port] = true
		found = append(found, port)
	}
	return nil, errors.New("dev: no free ports")
}

func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
