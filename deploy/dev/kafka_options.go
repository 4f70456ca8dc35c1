package dev

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Option is how a cluster differs from the plain one.
type Option func(*settings)

type settings struct {
	extra      map[string]string
	users      []user
	tls        bool
	certs      string
	acl        bool
	supers     []string
	advertised func(i int, real string) string
	doors      []string
	doorway    func(name string, i int, real string) string
	jvm        []string
}

type user struct{ name, password string }

// WithProperties sets properties of every broker, over those that this
// package sets.
func WithProperties(properties map[string]string) Option {
	return func(s *settings) {
		if s.extra == nil {
			s.extra = map[string]string{}
		}
		maps.Copy(s.extra, properties)
	}
}

// WithSASL lets only known users in, by SCRAM-SHA-512. Given several times,
// it makes several users. Its principal is User:<name>.
func WithSASL(name, password string) Option {
	return func(s *settings) { s.users = append(s.users, user{name, password}) }
}

// WithTLS encrypts. Without SASL, clients must show a certificate of our
// authority; the principal of ours is User:CN=client. The certificates are
// made in dir, or where they go with the cluster when dir is empty; see Certs.
func WithTLS(dir string) Option {
	return func(s *settings) { s.tls, s.certs = true, dir }
}

// WithACL allows a principal only what an ACL allows it. Principals named
// here ("User:root") may do everything, and so may whoever comes by Inside.
func WithACL(supers ...string) Option {
	return func(s *settings) { s.acl, s.supers = true, append(s.supers, supers...) }
}

// WithAdvertised changes the address that clients are given: put a proxy
// before the real one and return the proxy's. It is asked again, with another
// address, when a port was taken and the cluster starts anew.
func WithAdvertised(address func(i int, real string) string) Option {
	return func(s *settings) { s.advertised = address }
}

// WithDoors gives every broker one more listener for each name, plain and
// advertised as WithAdvertised would: put a proxy before each, and one
// client's way to the cluster can be cut while the others' stands.
func WithDoors(names []string, address func(name string, i int, real string) string) Option {
	return func(s *settings) { s.doors, s.doorway = names, address }
}

// WithJVM adds flags for Java, over ours: "-Xmx2g", or
// "-XX:TieredStopAtLevel=4" where throughput matters more than the start.
func WithJVM(flags ...string) Option {
	return func(s *settings) { s.jvm = append(s.jvm, flags...) }
}

func (s settings) check() error {
	if s.acl && len(s.users) == 0 && !s.tls {
		return errors.New("dev: WithACL without WithSASL or WithTLS: nobody would have a name")
	}
	if len(s.doors) > 0 && s.doorway == nil {
		return errors.New("dev: WithDoors without addresses: nobody would find them")
	}
	for _, u := range s.users {
		if u.name == "" || u.password == "" || strings.ContainsAny(u.name+u.password, ",=[]\"'") {
			return fmt.Errorf("dev: WithSASL(%q, …): Kafka's tool takes no empty words and none with any of ,=[]\"'", u.name)
		}
	}
	return nil
}

// protocol is how clients talk to a broker.
func (s settings) protocol() string {
	switch {
	case len(s.users) > 0 && s.tls:
		return "SASL_SSL"
	case len(s.users) > 0:
		return "SASL_PLAINTEXT"
	case s.tls:
		return "SSL"
	default:
		return "PLAINTEXT"
	}
}
