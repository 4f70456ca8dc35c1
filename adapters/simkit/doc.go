// Package simkit holds the parts simulators of city systems are made of: a
// movable clock, seeded chance, pages, a switchboard of faults, token issuers
// and a server on a real loopback socket that remembers what it was asked.
// It is reachable from the sandbox verb and from tests only.
package simkit
