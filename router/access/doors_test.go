package access

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// behind serves a handler behind doors.
func behind(t *testing.T, limits DoorLimits, h http.Handler) (*Doors, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := NewDoors(l, limits)
	s := &http.Server{Handler: Watch(h), ConnContext: d.Context, ReadHeaderTimeout: time.Minute, ReadTimeout: time.Minute}
	go func() { _ = s.Serve(d) }()
	t.Cleanup(func() { _ = s.Close() })
	return d, l.Addr().String()
}

// half opens a connection and sends as much.
func half(t *testing.T, addr, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// answered asks on a connection and gives the status line; empty when it is closed.
func answered(t *testing.T, c net.Conn, request string) string {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(c, request)
	r := bufio.NewReader(c)
	line, _ := r.ReadString('\n')
	for {
		if header, err := r.ReadString('\n'); err != nil || header == "\r\n" {
			return strings.TrimSpace(line)
		}
	}
}

const ask = "GET /v1/feeds HTTP/1.1\r\nHost: x\r\n"

// A flood of strangers takes each other's places; who was let in keeps his,
// and so does a request that is being answered.
func TestStrangersMakeRoomForEachOther(t *testing.T) {
	auth, slow := NewAuth(tokens()), make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/v1/feeds", auth.Require(Viewer, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	begun := make(chan struct{})
	mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { close(begun); <-slow })
	d, addr := behind(t, DoorLimits{All: 40, Strangers: 20}, mux)
	reader := half(t, addr, "")
	const known = ask + "Authorization: Bearer secret-viewer\r\n\r\n"
	if got := answered(t, reader, known); got != "HTTP/1.1 200 OK" {
		t.Fatal(got)
	}
	working := half(t, addr, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	<-begun
	first := half(t, addr, "")
	for i := range 300 {
		half(t, addr, []string{"", "GET / HT"}[i%2])
	}
	if got := answered(t, first, ask+"\r\n"); got != "" {
		t.Errorf("the first of the flood is still there: %s", got)
	}
	if got := answered(t, half(t, addr, ""), ask+"\r\n"); got != "HTTP/1.1 401 Unauthorized" {
		t.Errorf("a newcomer: %q", got)
	}
	if got := answered(t, reader, known); got != "HTTP/1.1 200 OK" {
		t.Errorf("a reader was cut for strangers: %q", got)
	}
	close(slow)
	if got := answered(t, working, ""); got != "HTTP/1.1 200 OK" {
		t.Errorf("a request being answered was cut: %q", got)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.waiting.Len() + d.working.Len(); n > 20 || d.known != 1 {
		t.Errorf("%d strangers, %d known", n, d.known)
	}
}

// Where readers have every place, who comes is sent away at once.
func TestReadersKeepTheirPlaces(t *testing.T) {
	auth := NewAuth(tokens())
	_, addr := behind(t, DoorLimits{All: 5, Strangers: 5}, auth.Require(Viewer, named()))
	const known = ask + "Authorization: Bearer secret-viewer\r\n\r\n"
	var readers []net.Conn
	for range 5 {
		readers = append(readers, half(t, addr, ""))
		if got := answered(t, readers[len(readers)-1], known); got != "HTTP/1.1 200 OK" {
			t.Fatal(got)
		}
	}
	if got := answered(t, half(t, addr, ""), known); got != "" {
		t.Errorf("a sixth of five: %q", got)
	}
	_ = readers[0].Close()
	deadline := time.Now().Add(10 * time.Second)
	for got := ""; got != "HTTP/1.1 200 OK"; {
		if got = answered(t, half(t, addr, ""), known); time.Now().After(deadline) {
			t.Fatalf("a place that became free: %q", got)
		}
	}
}

// One address has its share; this machine, and whoever stands behind a proxy, is not counted.
func TestOneAddressHasItsShare(t *testing.T) {
	d := NewDoors(nil, DoorLimits{All: 100, Strangers: 50, Home: 3})
	enter := func(ip string) *visitor {
		v := &visitor{Conn: &net.TCPConn{}, doors: d}
		if ip != "" {
			v.home = netip.MustParseAddr(ip)
		}
		if _, room := d.enter(v); !room {
			t.Fatal("no room")
		}
		return v
	}
	other := enter("10.0.0.2")
	var mine []*visitor
	for range 10 {
		mine = append(mine, enter("10.0.0.1"))
		enter("")
	}
	if d.homes[mine[0].home] != 3 || !mine[6].gone || mine[7].gone || other.gone || d.homes[netip.Addr{}] != 10 {
		t.Errorf("%v", d.homes)
	}
	mine[9].letIn()
	mine[9].hand(1)
	mine[9].hand(-1)
	if d.homes[mine[9].home] != 2 || d.known != 1 {
		t.Errorf("%v, %d known", d.homes, d.known)
	}
	for _, v := range append(mine, other) {
		d.mu.Lock()
		d.leave(v)
		d.mu.Unlock()
	}
	if len(d.homes) != 1 || d.known != 0 || d.waiting.Len() != 10 {
		t.Errorf("%v, %d known, %d waiting", d.homes, d.known, d.waiting.Len())
	}
}

// A stranger that announces a body and sends none is not waited for once it is answered.
func TestABodyThatNeverComes(t *testing.T) {
	_, addr := behind(t, DoorLimits{All: 5, Strangers: 5}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))
	c := half(t, addr, "")
	begun := time.Now()
	got := answered(t, c, "POST /v1/ingest/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	if _, err := c.Read(make([]byte, 1)); got != "HTTP/1.1 401 Unauthorized" || err == nil || time.Since(begun) > 10*time.Second {
		t.Errorf("%q, then %v after %v", got, err, time.Since(begun))
	}
	whole := half(t, addr, "")
	if got := answered(t, whole, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 100_000)); got == "" {
		t.Error("a body that came whole is answered by cutting the line")
	}
}
