// Package storetest judges any Log: a conformance suite with a model to
// compare with, a harness that kills a process at any instant and looks at
// what is left, and Logs with planted defects that the suite must reject.
package storetest
