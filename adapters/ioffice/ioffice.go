// Package ioffice reads documents and tasks from the systems offices work
// with. It is the rest engine with wire profiles; exports to Excel are read
// by the tabular adapter.
package ioffice

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
	return rest.Define(adapters.Info{Name: "ioffice", VI: "Văn bản và nhiệm vụ từ hệ thống quản lý văn bản và điều hành",
		EN:    "Documents and tasks from the document management system",
		Kinds: []canonical.Kind{canonical.KindDocument, canonical.KindTask}}, profiles, "vnpt-in")
}
