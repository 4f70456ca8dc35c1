package dev

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports are taken from below the range which the kernel gives to outgoing
// connections and to listeners that ask for any port, in blocks: who listens
// on the first port of a block owns the others for as long as it lives. So
// two runs of this package never give out the same port, not even one whose
// server is down, or has not begun to listen: it would be taken for the other
// run's.
const firstPort, lastPort, blockPorts = 20000, 30000, 50

var owned struct {
	sync.Mutex
	guards []net.Listener // one for each block, never closed
	ports  []int          // of these blocks, not given out yet
}

// freePorts finds n ports of 127.0.0.1 on which nobody listens.
func freePorts(n int) ([]int, error) {
	owned.Lock()
	defer owned.Unlock()
	var found []int
	for len(found) < n {
		if len(owned.ports) == 0 {
			if err := takeBlock(); err != nil {
				return nil, err
			}
		}
		port := owned.ports[0]
		owned.ports = owned.ports[1:]
		if l, err := net.Listen("tcp", local(port)); err == nil { // else a server is left over from a run that was killed
			l.Close()
			found = append(found, port)
		}
	}
	return found, nil
}

// FreePort is a port of 127.0.0.1 on which nobody listens, and which nobody
// else is given while this process lives: a server may be killed on it and
// started again.
func FreePort() (int, error) {
	ports, err := freePorts(1)
	if err != nil {
		return 0, err
	}
	return ports[0], nil
}

func takeBlock() error {
	const blocks = (lastPort - firstPort) / blockPorts
	for _, block := range rand.Perm(blocks) {
		first := firstPort + block*blockPorts
		guard, err := net.Listen("tcp", local(first))
		if err != nil {
			continue // another's
		}
		owned.guards = append(owned.guards, guard)
		for port := first + 1; port < first+blockPorts; port++ {
			owned.ports = append(owned.ports, port)
		}
		return nil
	}
	return errors.New("dev: no free ports")
}

func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
