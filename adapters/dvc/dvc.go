// Package dvc reads dossiers of administrative procedures from the system a
// province works them in. It is the rest engine with wire profiles; what no
// profile can hold would be here, and nothing is.
package dvc

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
	return rest.Define(adapters.Info{Name: "dvc", VI: "Hồ sơ từ hệ thống thông tin giải quyết thủ tục hành chính cấp tỉnh",
		EN: "Dossiers from the provincial system for administrative procedures", Kinds: []canonical.Kind{canonical.KindDossier}},
		profiles, "igate")
}
