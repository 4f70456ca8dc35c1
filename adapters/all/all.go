// Package all names every adapter. Only cmd imports it: a slice can be read,
// searched and cut down in a test; registration behind one's back cannot.
package all

import (
	"net/http"

	"iocgateway/adapters"
	"iocgateway/adapters/dvc"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/adapters/ioffice"
	"iocgateway/adapters/pakn"
	"iocgateway/adapters/push"
	"iocgateway/adapters/reference"
	"iocgateway/adapters/rest"
	"iocgateway/adapters/statistics"
	"iocgateway/adapters/tabular"
)

// Specs lists the adapters, in the order the reference shows them.
func Specs() []adapters.Spec {
	return []adapters.Spec{
		dvc.Spec(), ioffice.Spec(), pakn.Spec(), statistics.Spec(), reference.Spec(),
		rest.Spec(), tabular.Spec(), push.Spec(),
	}
}

// WireProfile is what a wire profile is decoded into, for the reference.
func WireProfile() any { return rest.Profile{} }

// HTTPClient is the client the gateway lends its adapters: it dials no
// link-local or metadata address, whatever a name resolves to, and follows
// redirects only to the host they come from. Where
// the context of a call has an adapters.Recorder, each exchange is taken down.
func HTTPClient() *http.Client {
	return &http.Client{Transport: httpx.Recorded(httpx.NewTransport()), CheckRedirect: httpx.SameHost}
}
