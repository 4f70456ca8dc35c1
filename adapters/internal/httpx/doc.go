// Package httpx is the one way adapters use HTTP: a guarded client with
// short in-call retries, size caps on both sides of decompression, same-host
// redirects, the authentication kinds of city systems, and faults sorted into
// what can be done about them. Long waits are the scheduler's: they are handed
// up, never slept.
package httpx
