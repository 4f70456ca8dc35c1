// Package load is the performance job: a source of dossier records on a real
// socket, and the same job done by hand in plain Go, the baseline that every
// speed of the gateway is measured against.
package load
