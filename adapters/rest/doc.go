// Package rest is the HTTP engine: it reads any paged list over HTTP, driven
// by a wire profile, and gives every adapter built on it the same care for
// what sources do: rows that move between pages, pages that repeat, late
// rows, emptiness where there was plenty, success that is none, clocks that
// are wrong. A profile is data; the engine holds no state that a restart
// could lose.
package rest
