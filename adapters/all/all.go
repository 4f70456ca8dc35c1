// Package all names every adapter. Only cmd imports it: a slice can be read,
// searched and cut down in a test; registration behind one's back cannot.
package all

import (
	"iocgateway/adapters"
	"iocgateway/adapters/dvc"
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
