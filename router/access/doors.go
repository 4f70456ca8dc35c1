package access

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Doors is where connections come in. A connection is a stranger's until a
// request on it was let in. Strangers are few: whoever comes when there are too
// many takes the place of the one that has waited longest without a request in
// hand, so that a flood of strangers keeps nobody out, and what a reader is
// let in for is never cut for a stranger.
//
//	            ┌── answered, not let in ──┐
//	accepted ──▶ waiting ──▶ working ──────┘
//	                │           └── let in ──▶ known ──▶ closed
//	                └── too many: the oldest is closed
type Doors struct {
	net.Listener
	limits DoorLimits

	mu      sync.Mutex
	waiting *list.List // of *visitor: strangers without a request in hand, oldest first
	working *list.List // strangers whose request is answered just now
	known   int
	homes   map[netip.Addr]int // strangers an address
}

// DoorLimits bound connections.
type DoorLimits struct {
	All       int // connections in all
	Strangers int // of those, strangers
	Home      int // strangers from one address; 0: as many as there may be (a proxy stands in front)
}

// NewDoors makes Doors of a listener.
func NewDoors(l net.Listener, limits DoorLimits) *Doors {
	return &Doors{Listener: l, limits: limits, waiting: list.New(), working: list.New(), homes: map[netip.Addr]int{}}
}

// visitor is one connection.
type visitor struct {
	net.Conn
	doors *Doors
	home  netip.Addr
	place *list.Element // among waiting or working; nil when known or gone
	hands int           // requests being answered
	known bool
	gone  bool
}

// Accept takes the next connection in and closes those whose place it needs.
func (d *Doors) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		v := &visitor{Conn: c, doors: d, home: homeOf(c)}
		left, room := d.enter(v)
		for _, one := range left {
			_ = one.Conn.Close() // it was nobody's
		}
		if room {
			return v, nil
		}
		_ = c.Close() // all places are readers'
	}
}

func homeOf(c net.Conn) netip.Addr {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil || at.Addr().Unmap().IsLoopback() { // a proxy, or people of this machine
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// enter takes a stranger in and gives those who have to leave for it; false
// when there is no place.
func (d *Doors) enter(v *visitor) (left []*visitor, room bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limits.Home > 0 && v.home.IsValid() && d.homes[v.home] >= d.limits.Home {
		left = append(left, d.oldest(func(o *visitor) bool { return o.home == v.home }))
	}
	for n := d.waiting.Len() + d.working.Len(); n >= d.limits.Strangers || n+d.known >= d.limits.All; n-- {
		o := d.oldest(func(*visitor) bool { return true })
		if o == nil {
			return left, false
		}
		left = append(left, o)
	}
	d.homes[v.home]++
	v.place = d.waiting.PushBack(v)
	return left, true
}

// oldest takes the stranger out that waits longest, or whose request takes
// longest where none waits; nil when there is none like that.
func (d *Doors) oldest(like func(*visitor) bool) *visitor {
	for _, all := range []*list.List{d.waiting, d.working} {
		for e := all.Front(); e != nil; e = e.Next() {
			if v := e.Value.(*visitor); like(v) {
				d.leave(v)
				return v
			}
		}
	}
	return nil
}

// leave forgets a connection.
func (d *Doors) leave(v *visitor) {
	switch {
	case v.gone:
		return
	case v.known:
		d.known--
	default:
		d.shelf(v).Remove(v.place)
		if d.homes[v.home]--; d.homes[v.home] == 0 {
			delete(d.homes, v.home)
		}
	}
	v.gone, v.place = true, nil
}

// shelf is the list a stranger is in.
func (d *Doors) shelf(v *visitor) *list.List {
	if v.hands > 0 {
		return d.working
	}
	return d.waiting
}

// Close forgets the connection.
func (v *visitor) Close() error {
	v.doors.mu.Lock()
	v.doors.leave(v)
	v.doors.mu.Unlock()
	return v.Conn.Close()
}

// hand counts requests being answered: a stranger that has one is not waiting.
func (v *visitor) hand(n int) {
	d := v.doors
	d.mu.Lock()
	defer d.mu.Unlock()
	if v.known || v.gone {
		v.hands += n
		return
	}
	d.shelf(v).Remove(v.place)
	v.hands += n
	v.place = d.shelf(v).PushBack(v)
}

// letIn makes a stranger known.
func (v *visitor) letIn() {
	d := v.doors
	d.mu.Lock()
	defer d.mu.Unlock()
	if v.known || v.gone {
		return
	}
	d.shelf(v).Remove(v.place)
	if d.homes[v.home]--; d.homes[v.home] == 0 {
		delete(d.homes, v.home)
	}
	v.known, v.place = true, nil
	d.known++
}

type visitorKey struct{}

// Context puts the connection where requests on it find it: http.Server.ConnContext.
func (d *Doors) Context(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if v, ok := c.(*visitor); ok {
		return context.WithValue(ctx, visitorKey{}, v)
	}
	return ctx
}

// bodyAfter is how long the rest of a stranger's request is waited for once it
// is answered: what was sent already is there, and nobody waits for what is not.
const bodyAfter = time.Second

// Watch lets the doors know which connections have a request in hand.
func Watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := r.Context().Value(visitorKey{}).(*visitor)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		v.hand(1)
		defer v.hand(-1)
		next.ServeHTTP(w, r)
		if r.ContentLength != 0 && !v.isKnown() {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyAfter)) // at worst it is waited for
		}
	})
}

func (v *visitor) isKnown() bool {
	v.doors.mu.Lock()
	defer v.doors.mu.Unlock()
	return v.known
}

// LetIn notes that a request proved who it is from: its connection is a
// stranger's no more.
func LetIn(ctx context.Context) {
	if v, ok := ctx.Value(visitorKey{}).(*visitor); ok {
		v.letIn()
	}
}
