package dev

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// TCPProxy stands between a client and a server on the loopback, and is the
// bad network between them when asked to be.
type TCPProxy struct {
	tb           TB
	addr, target string

	mu       sync.Mutex
	listener net.Listener // nil while cut
	links    map[*link]bool
	gate     chan struct{} // closed while bytes may pass
	delay    time.Duration
	running  sync.WaitGroup
}

// link is one connection: a client's and ours to the server.
type link struct {
	client, server net.Conn // server is nil until it is dialed
	cut            chan struct{}
}

// Proxy listens on a port of its own and passes everything to the target
// until the test ends.
func Proxy(tb TB, target string) *TCPProxy {
	tb.Helper()
	p := &TCPProxy{tb: tb, target: target, links: map[*link]bool{}, gate: make(chan struct{})}
	close(p.gate)
	ports, err := freePorts(1)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	p.addr = local(ports[0])
	if err := p.listen(); err != nil {
		tb.Fatalf("dev: proxy: %v", err)
	}
	tb.Cleanup(func() {
		p.Cut()
		p.running.Wait()
	})
	return p
}

// Addr is where clients connect.
func (p *TCPProxy) Addr() string { return p.addr }

// Cut resets all connections and refuses new ones until Heal.
func (p *TCPProxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	for l := range p.links {
		p.drop(l, true)
	}
}

// Hang is a dead network: connections are accepted and nothing passes, in
// either direction, on old ones too. What was sent meanwhile arrives after
// Heal, if its connection still stands: as TCP would send it again.
func (p *TCPProxy) Hang() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gate:
		p.gate = make(chan struct{})
	default: // hangs already
	}
}

// Heal ends Cut and Hang. Delay stays.
func (p *TCPProxy) Heal() {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gate:
	default:
		close(p.gate)
	}
	if p.listener == nil {
		if err := p.listen(); err != nil {
			p.tb.Fatalf("dev: proxy: %v", err)
		}
	}
}

// Delay holds every piece of data back for a while, in both directions: a
// question and its answer take 2d longer. Zero ends it.
func (p *TCPProxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// listen begins with mu held, or before anybody knows the proxy.
func (p *TCPProxy) listen() error {
	listener, err := net.Listen("tcp", p.addr)
	if err != nil {
		return err
	}
	p.listener = listener
	p.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // cut
			}
			p.take(listener, client)
		}
	})
	return nil
}

// take makes a link of a client, unless the listener was cut meanwhile.
func (p *TCPProxy) take(from net.Listener, client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &link{client: client, cut: make(chan struct{})}
	p.links[l] = true
	if p.listener != from {
		p.drop(l, true)
		return
	}
	p.running.Go(func() { p.serve(l) })
}

func (p *TCPProxy) serve(l *link) {
	defer p.end(l, false)
	if !p.pass(l) {
		return
	}
	server, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		p.end(l, true)
		return
	}
	p.mu.Lock()
	l.server = server
	known := p.links[l]
	p.mu.Unlock()
	if !known {
		server.Close() // cut while dialing
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(l, server, l.client) })
	both.Go(func() { p.copy(l, l.client, server) })
	both.Wait()
}

// copy passes bytes one way until that way ends; the other may go on. An end
// that is no goodbye ends both.
func (p *TCPProxy) copy(l *link, to, from net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if !p.pass(l) {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			p.end(l, true)
			return
		}
		if errors.Is(err, io.EOF) {
			_ = to.(*net.TCPConn).CloseWrite() // gone already: then its reader sees it
			return
		}
		if err != nil {
			p.end(l, true)
			return
		}
	}
}

// pass waits until bytes may pass; false when the link was cut.
func (p *TCPProxy) pass(l *link) bool {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-l.cut:
			return false
		}
	}
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	select {
	case <-gate:
		return true
	case <-l.cut:
		return false
	}
}

// end closes a link: with a reset, or with what is still to be sent.
func (p *TCPProxy) end(l *link, reset bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(l, reset)
}

// drop closes a link once, with mu held.
func (p *TCPProxy) drop(l *link, reset bool) {
	if !p.links[l] {
		return
	}
	delete(p.links, l)
	close(l.cut)
	for _, conn := range []net.Conn{l.client, l.server} {
		tcp, ok := conn.(*net.TCPConn)
		if !ok {
			continue // not dialed yet
		}
		if reset {
			_ = tcp.SetLinger(0)
		}
		tcp.Close()
	}
}
