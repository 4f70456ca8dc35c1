package dev

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"
)

// accepts finds out whether somebody listens on an address.
func accepts(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}

// brokersSeen asks a broker for the ids of those that are up: a Metadata
// request, version 1, about no topics.
func brokersSeen(addr string) ([]int, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return nil, err
	}
	request := []byte{
		0, 0, 0, 14, // length
		0, 3, 0, 1, // Metadata, version 1
		0, 0, 0, 7, // correlation
		0xff, 0xff, // no client id
		0, 0, 0, 0, // no topics
	}
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	answer := make([]byte, min(binary.BigEndian.Uint32(size[:]), 1<<16))
	if _, err := io.ReadFull(conn, answer); err != nil {
		return nil, err
	}
	return brokerIDs(answer)
}

var errShort = errors.New("dev: an answer that is too short")

// brokerIDs reads: correlation, count, and for each broker its id, host,
// port and rack.
func brokerIDs(answer []byte) ([]int, error) {
	if len(answer) < 8 {
		return nil, errShort
	}
	count, rest := binary.BigEndian.Uint32(answer[4:]), answer[8:]
	var ids []int
	for range count {
		if len(rest) < 6 {
			return nil, errShort
		}
		ids = append(ids, int(binary.BigEndian.Uint32(rest)))
		host := int(binary.BigEndian.Uint16(rest[4:]))
		if len(rest) < 6+host+4+2 {
			return nil, errShort
		}
		rest = rest[6+host+4:]
		rack := int(int16(binary.BigEndian.Uint16(rest)))
		if rest = rest[2:]; len(rest) < rack {
			return nil, errShort
		}
		rest = rest[max(rack, 0):]
	}
	if len(ids) == 0 {
		return nil, errors.New("dev: it sees no broker yet")
	}
	return ids, nil
}
