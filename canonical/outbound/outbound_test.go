package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"iocgateway/canonical/outbound/outboundtest"
)

func TestMain(m *testing.M) {
	outboundtest.Names(map[string][]string{"metadata.test": {"169.254.169.254"}, "six.test": {"fd00:ec2::254"},
		"both.test": {"169.254.169.254", "fe80::1"}, "mapped.test": {"::ffff:169.254.169.254"},
		"mixed.test": {"169.254.169.254", "127.0.0.1"}, "near.test": {"127.0.0.1"}})
	os.Exit(m.Run())
}

func TestForbidden(t *testing.T) {
	for ip, bad := range map[string]bool{"169.254.169.254": true, "::ffff:169.254.1.1": true, "fd00:ec2::254": true, "224.0.0.1": true,
		"0.0.0.0": true, "255.255.255.255": true, "fe80::1": true, "fe80::1%eth0": true, "ff02::1": true, "::": true,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.1": false, "::1": false, "fd00::1": false, "203.0.113.7": false} {
		if Forbidden(netip.MustParseAddr(ip)) != bad {
			t.Errorf("%s: forbidden is not %v", ip, bad)
		}
	}
}

// What a name leads to is judged, whatever the name is, and nothing is sent.
func TestDialIsGuarded(t *testing.T) {
	for address, refused := range map[string]string{
		"169.254.169.254:80":          "169.254.169.254:80",
		"[fe80::1]:22":                "[fe80::1]:22",
		"[::ffff:169.254.169.254]:22": "169.254.169.254:22",
		"0.0.0.0:22":                  "0.0.0.0:22",
		"224.0.0.1:9092":              "224.0.0.1:9092",
		"metadata.test:22":            "169.254.169.254:22",
		"six.test:22":                 "[fd00:ec2::254]:22",
		"both.test:22":                "169.254.169.254:22",
		"mapped.test:22":              "169.254.169.254:22",
	} {
		for how, dial := range map[string]func(string) (net.Conn, error){
			"DialContext": func(at string) (net.Conn, error) {
				return Dialer{Timeout: 10 * time.Second}.DialContext(t.Context(), "tcp", at)
			},
			"Dial": func(at string) (net.Conn, error) { return Dialer{Timeout: 10 * time.Second}.Dial("tcp", at) },
		} {
			conn, err := dial(address)
			if err == nil {
				_ = conn.Close()
			}
			var no *Refusal
			if !errors.As(err, &no) || no.Host != refused {
				t.Errorf("%s %s: %v", how, address, err)
			}
		}
	}
	if _, err := (Dialer{}).DialContext(t.Context(), "tcp", "nobody.test:22"); err == nil || errors.As(err, new(*Refusal)) {
		t.Errorf("a name that does not exist: %v", err)
	}
}

// A name that also leads where it may is followed there.
func TestDialReachesWhatIsAllowed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "near.test", "mixed.test"} {
		conn, err := Dialer{}.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		_ = conn.Close()
	}
}

func TestDialEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:1"); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over: %v", err)
	}
}

func TestRefusalInWords(t *testing.T) {
	no := &Refusal{Host: "169.254.169.254:22", Want: "a public or private address"}
	if got := no.Error(); got != "address 169.254.169.254:22 is not one of the configured ones (a public or private address)" {
		t.Error(got)
	}
	if p := no.Problem(); p.Code != "GW-S017" || p.Value != no.Host || p.Want != no.Want || p.Field != "" || p.Path != "" {
		t.Errorf("%+v", p)
	}
}
