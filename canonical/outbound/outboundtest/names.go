// Package outboundtest makes names that lead where tests want them to, so that
// what a name resolves to can be judged without a network.
package outboundtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Names lets each name resolve to these addresses and every other to none, in
// the whole process until it ends: it is for a TestMain, before anybody asks.
func Names(names map[string][]string) {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return &server{names: names}, nil
	}}
}

// server answers what is written to it, as a name server does over TCP: each
// message behind its length.
type server struct {
	names   map[string][]string
	answers bytes.Buffer
}

// Write takes one question.
func (s *server) Write(question []byte) (int, error) {
	if len(question) < 2 {
		return 0, errors.New("outboundtest: a question without its length")
	}
	reply, err := answer(question[2:], s.names)
	if err != nil {
		return 0, err
	}
	length := binary.BigEndian.AppendUint16(nil, uint16(len(reply)))
	s.answers.Write(append(length, reply...))
	return len(question), nil
}

// Read gives the answers.
func (s *server) Read(b []byte) (int, error) { return s.answers.Read(b) }

// Close has nothing to close.
func (s *server) Close() error { return nil }

// LocalAddr is nowhere.
func (s *server) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr is nowhere.
func (s *server) RemoteAddr() net.Addr { return &net.TCPAddr{} }

// SetDeadline has nothing to wait for.
func (s *server) SetDeadline(time.Time) error { return nil }

// SetReadDeadline has nothing to wait for.
func (s *server) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline has nothing to wait for.
func (s *server) SetWriteDeadline(time.Time) error { return nil }

func answer(question []byte, names map[string][]string) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	addresses, known := names[strings.TrimSuffix(q.Name.String(), ".")]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range addresses {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
		switch {
		case ip.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	return m.Pack()
}
