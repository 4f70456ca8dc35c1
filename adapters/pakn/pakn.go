// Package pakn reads citizens' feedback from the systems it is handled in. It
// is the rest engine with wire profiles; hotlines that push are read by the
// push adapter.
package pakn

import (
	"embed"

	"iocgateway/adapters"
	"iocgateway/adapters/rest"
	"iocgateway/canonical"
)

//go:embed *.yaml
var profiles embed.FS

// Spec is the adapter.
func Spec() adapters.Spec {
	return rest.Define(adapters.Info{Name: "pakn", VI: "Phản ánh, kiến nghị của người dân và doanh nghiệp",
		EN: "Feedback of citizens and businesses", Kinds: []canonical.Kind{canonical.KindFeedback}}, profiles, "ioc")
}
