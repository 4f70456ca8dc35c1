package tabular_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestNoFileIsTold: that the only file is gone, or has nothing in it, is said
// with every look, where files prove what there is.
func TestNoFileIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		complete string
		after    func(file string) error
		want     string
	}{
		"gone":                              {"stream", os.Remove, "GW-D106"},
		"gone, of files that are whole":     {"file", os.Remove, "GW-D106"},
		"a folder of its name":              {"stream", func(file string) error { _ = os.Remove(file); return os.Mkdir(file, 0o700) }, "GW-D106"},
		"a link to nothing":                 {"stream", func(file string) error { _ = os.Remove(file); return os.Symlink("nowhere", file) }, "GW-D078"},
		"a pipe":                            {"stream", func(file string) error { _ = os.Remove(file); return syscall.Mkfifo(file, 0o600) }, "GW-D080"},
		"gone, where it brings what is new": {"none", os.Remove, ""},
		"there":                             {"stream", func(string) error { return nil }, ""},
	} {
		dir := t.TempDir()
		write(t, dir, "a.csv", "id,a\n1,x\n2,y\n")
		src := open(t, "key: [id]\nplace: {folder: .}\ncomplete: "+c.complete, dir)
		pages := walk(t, src)
		if err := c.after(filepath.Join(dir, "a.csv")); err != nil {
			t.Fatal(err)
		}
		for look := range 3 {
			var err error
			if pages, err = walkFrom(src, pages[len(pages)-1].Next); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var told []string
			for _, p := range pages {
				told = append(told, strings.Fields(codes(p))...)
				if p.Complete != nil && look > 0 {
					t.Errorf("%s: proves absence", name)
				}
			}
			if slices.Contains(told, "GW-D106") && c.want == "" || c.want != "" && !slices.Contains(told, c.want) {
				t.Errorf("%s, look %d: %v, want %q", name, look, told, c.want)
			}
		}
	}
}

// TestErrorBesideTheRows: what a document says beside its rows is told with every
// look, and the rows prove nothing.
func TestErrorBesideTheRows(t *testing.T) {
	for content, told := range map[string]bool{
		`{"rows":[{"id":1}],"error":"timeout","truncated":true}`:           true,
		`{"errors":[{"message":"hết giờ"}],"rows":[{"id":1}]}`:             true,
		`{"rows":[{"id":1}],"success":false}`:                              true,
		`{"rows":[{"id":1}],"error":null,"success":true,"errors":[]}`:      false,
		`{"rows":[{"id":1}],"error":{"code":"00","message":"Success"}}`:    false,
		`{"rows":[{"id":1,"error":"không liên lạc được"}],"error_code":0}`: false,
	} {
		dir := t.TempDir()
		write(t, dir, "a.json", content)
		src := open(t, "format: json\npath: rows\nkey: [id]\nplace: {folder: .}\ncomplete: stream\nwhole: true", dir)
		pages := walk(t, src)
		for look := range 2 {
			said, proves := false, false
			for _, p := range pages {
				said, proves = said || strings.Contains(codes(p), "GW-S045"), proves || p.Complete != nil
			}
			if said != told || look == 0 && proves == told {
				t.Errorf("%s, look %d: told %v, proves absence %v", content, look, said, proves)
			}
			var err error
			if pages, err = walkFrom(src, pages[len(pages)-1].Next); err != nil {
				t.Fatal(err)
			}
		}
	}
}
