// Package release knows which version this binary is.
package release

// version is set when a release is built:
// -ldflags "-X iocgateway/cmd/gateway/release.version=1.0.0".
var version = "dev"

// Version is the binary's version; dev where none was set.
func Version() string { return version }
