// Package city is a synthetic Quảng Ngãi: feedback, dossiers, documents, tasks
// and indicators made from a seed, each with its whole history, so that the
// city can be seen as of any simulated time. The simulators show it in their
// wires; tests count it here, independently of any wire. Every person in it is
// made up; the units are the real ones.
//
// A City never changes after New and is safe for concurrent use: time is an
// argument. What comes after the start is made in advance, for Sizes.Ahead.
package city
