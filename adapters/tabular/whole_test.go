package tabular_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

func codes(page adapters.Page) string {
	var out []string
	for _, note := range page.Notes {
		out = append(out, note.Code)
	}
	return strings.Join(out, " ")
}

// TestWhatIsNotWholeRemovesNothing: an export of a day, and the next day one
// that is damaged: nothing of it counts, and nothing is gone.
func TestWhatIsNotWholeRemovesNothing(t *testing.T) {
	var b strings.Builder
	b.WriteString("Mã,Tên,Số\n")
	for i := 1; i <= 2500; i++ {
		fmt.Fprintf(&b, "%d,t%d,%d\n", i, i, i)
	}
	good := b.String()
	row := func(n int, as string) string {
		return strings.Replace(good, fmt.Sprintf("\n%d,t%d,%d\n", n, n, n), "\n"+as+"\n", 1)
	}
	for name, c := range map[string]struct{ text, code, place string }{
		"open quote in the last page": {row(2400, `2400,"t2400,2400`), "GW-D070", "f.csv:2401:6"},
		"open quote in the first row": {row(1, `"1,t1,1`), "GW-D070", "f.csv:2:1"},
		"a quote that swallowed":      {strings.Replace(row(2400, `2400,"t2400,2400`), "t2410,2410", `t2410",2410`, 1), "GW-D071", "f.csv:2401:6"},
		"a page of HTML":              {"<html><body>Service unavailable</body></html>", "GW-S010", "f.csv"},
		"an error":                    {`{"error":{"message":"quota"}}`, "GW-S061", "f.csv"},
		"no rows":                     {"Mã,Tên,Số\n", "GW-S015", "f.csv"},
		"an empty list":               {"[]", "GW-S015", "f.csv"},
		"nothing":                     {"", "GW-S015", "f.csv"},
		"blanks":                      {" \r\n", "GW-S062", "f.csv"},
	} {
		for _, complete := range []string{"stream", "file"} {
			dir := t.TempDir()
			write(t, dir, "f.csv", good)
			src := open(t, "key: [Mã]\ncomplete: "+complete+"\ntrace: false\nplace: {folder: .}", dir)
			first := walk(t, src)
			write(t, dir, "f.csv", c.text)
			at := first[len(first)-1].Next
			for range 2 { // and so the next time
				pages, err := walkFrom(src, at)
				p, ok := problem.As(err)
				if !ok || p.Code != c.code || p.Place() != c.place || len(pages) != 0 {
					t.Errorf("%s, %s: %d pages, %v, want %s %s", name, complete, len(pages), err, c.place, c.code)
				}
			}
		}
	}
	for name, text := range map[string]string{"cut in a row": good[:len(good)-7], "a row of two": row(7, "7,t7"),
		"a long row": row(7, "7,t,7,7"), "text behind a quote": row(7, `7,"t"7,7`)} {
		dir := t.TempDir()
		write(t, dir, "f.csv", text)
		pages := walk(t, open(t, "key: [Mã]\ncomplete: stream\nplace: {folder: .}", dir))
		last := lastWith(pages)
		if held := slices.ContainsFunc(pages, func(p adapters.Page) bool { return len(p.Refused) == 1 }); !held || last.Complete != nil {
			t.Errorf("%s: held %v, complete %v", name, held, last.Complete)
		}
	}
}

// TestOddNeighbours: what lies in a folder besides files, and files that
// cannot be read, stop none of the others, and are told.
func TestOddNeighbours(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	write(t, dir, "b.csv", "id\n1\n")
	write(t, out, "secret.csv", "id\n9\n")
	listener, err := net.Listen("unix", filepath.Join(dir, "a.sock"))
	if err != nil {
		t.Skip("no sockets here")
	}
	defer listener.Close()
	if err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "a.pipe"), 0o600),
		os.Symlink(filepath.Join(out, "secret.csv"), filepath.Join(dir, "a1.csv")),
		os.Symlink("nowhere.csv", filepath.Join(dir, "a2.csv")), os.Symlink("b.csv", filepath.Join(dir, "z-link.csv")),
		os.Mkdir(filepath.Join(dir, "below"), 0o700)); err != nil {
		t.Skip(err)
	}
	write(t, dir, "a0.csv", "")
	write(t, dir, "a3.csv", "id\n\"2\n") // a quote that is open
	write(t, dir, "a4.csv", "id\n4\n")
	src := open(t, "key: [id]\nplace: {folder: .}", dir)
	pages, err := walkFrom(src, nil)
	if p, ok := problem.As(err); !ok || p.Code != "GW-D070" || p.File != "a3.csv" {
		t.Errorf("the file that is not whole is not told: %v", err)
	}
	keys, notes := map[string]bool{}, ""
	for _, page := range pages {
		notes += " " + codes(page)
		for _, raw := range page.Records {
			keys[raw.Key] = true
		}
	}
	if len(keys) != 2 || !keys["1"] || !keys["4"] {
		t.Errorf("read %v", keys)
	}
	for code, n := range map[string]int{"GW-D078": 2, "GW-D080": 2, "GW-S062": 1} {
		if strings.Count(notes, code) != n {
			t.Errorf("%s: %s, want %d", code, notes, n)
		}
	}
	write(t, dir, "a3.csv", "id\n2\n")
	if pages, err = walkFrom(src, pages[len(pages)-1].Next); err != nil || len(pages[0].Records) != 1 {
		t.Errorf("once it is whole it is read: %d pages, %v", len(pages), err)
	}
}

// TestUnreadableFilesAreTold: each other file is read meanwhile.
func TestUnreadableFilesAreTold(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := t.TempDir()
	write(t, dir, "a.csv", "id\n1\n")
	write(t, dir, "b.csv", "id\n2\n")
	if err := os.Chmod(filepath.Join(dir, "a.csv"), 0); err != nil {
		t.Fatal(err)
	}
	pages, err := walkFrom(open(t, "key: [id]\nplace: {folder: .}", dir), nil)
	if p, ok := problem.As(err); !ok || p.Code != "GW-D081" || len(pages) != 1 {
		t.Errorf("%d pages, %v", len(pages), err)
	}
	pages, err = walkFrom(open(t, "key: [id]\ncomplete: stream\nplace: {folder: .}", dir), nil)
	if p, ok := problem.As(err); !ok || p.Code != "GW-D081" || len(pages) != 0 { // a newer one before an older one would undo it
		t.Errorf("complete: stream: %d pages, %v", len(pages), err)
	}
}

// TestNamesOfOldWindows: a name that is no UTF-8 stops nothing, is the same
// after a restart, and its keys are text.
func TestNamesOfOldWindows(t *testing.T) {
	dir := t.TempDir()
	names := []string{"B\xb8o c\xb8o.csv", "Th\xe1\xec.csv", "a\xff.csv", "a\xfe.csv", "a.csv"} // TCVN3, cp1258
	for i, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), fmt.Appendf(nil, "id\n%d\n", i), 0o600); err != nil {
			t.Skip("such names cannot be written here")
		}
	}
	const yaml = "complete: file\nplace: {folder: .}"
	pages := walk(t, open(t, yaml, dir))
	got := byKey(t, pages)
	if len(got) != len(names) || got["B%B8o c%B8o.csv#!2"].Key == "" {
		t.Errorf("%d rows: %v", len(got), got)
	}
	idle, err := open(t, yaml, dir).Pull(context.Background(), pages[len(pages)-1].Next)
	if err != nil || len(idle.Records) != 0 || idle.More {
		t.Errorf("read again: %+v, %v", idle, err)
	}
}

// TestHeaderThatChanged: without columns: members are called by it.
func TestHeaderThatChanged(t *testing.T) {
	for name, c := range map[string]struct{ yaml, then, want string }{
		"renamed":          {"key: [id]", "id,Tên đầy đủ,Số\n1,x,2\n", "GW-D077"},
		"one less":         {"key: [id]", "id,Số\n1,2\n", "GW-D077"},
		"one more":         {"key: [id]", "id,Tên,Số,Ghi chú\n1,x,2,\n", ""},
		"another order":    {"key: [id]", "Số,id,Tên\n2,1,x\n", ""},
		"columns name it":  {"key: [id]\ncolumns: {id: id, n: A}", "id,Tên đầy đủ,Số\n1,x,2\n", ""},
		"columns are data": {"unpivot: {ids: [id]}", "id,2024\n1,x\n", ""},
	} {
		dir := t.TempDir()
		write(t, dir, "01.csv", "id,Tên,Số\n1,x,2\n")
		src := open(t, c.yaml+"\nplace: {folder: .}", dir)
		first := walk(t, src)
		write(t, dir, "02.csv", c.then)
		pages, err := walkFrom(src, first[len(first)-1].Next)
		if err != nil || codes(pages[0]) != c.want {
			t.Errorf("%s: %v %v", name, codes(pages[0]), err)
		}
		if c.want != "" && !strings.Contains(pages[0].Notes[0].Text(problem.Vietnamese), "Tên") {
			t.Errorf("%s: %s", name, pages[0].Notes[0].Text(problem.Vietnamese))
		}
	}
}

// TestRepeatedRowsProveAbsence: the same row twice is the same row.
func TestRepeatedRowsProveAbsence(t *testing.T) {
	for _, text := range []string{"id,a\n1,x\n2,y\n1,x\n", "id,a\r\n1,x\r\n1,x\r\n1,x\r\n2,y\r\n", "id;a\n1;\"x\"\n2;y\n1;x\n"} {
		dir := t.TempDir()
		write(t, dir, "a.csv", text)
		page := walk(t, open(t, "key: [id]\ncomplete: stream\nplace: {folder: .}", dir))[0]
		if len(page.Records) != 2 || len(page.Refused) != 0 || page.Complete == nil || codes(page) != "GW-D079" {
			t.Errorf("%q: %d records, %d refused, %v, %s", text, len(page.Records), len(page.Refused), page.Complete, codes(page))
		}
	}
}

// TestEmptyFilesOfEachForm: a list that is empty is told apart from a file
// that is none, in every form, and what had rows is expected to have some.
func TestEmptyFilesOfEachForm(t *testing.T) {
	for _, c := range []struct{ name, yaml, full, none string }{
		{"a.json", "key: [id]", `[{"id":1},{"id":2}]`, "[]"},
		{"b.json", "key: [id]\npath: rows", `{"rows":[{"id":1}]}`, `{"rows":[]}`},
		{"c.xml", "key: [id]\npath: r/i", "<r><i><id>1</id></i></r>", "<r></r>"},
		{"d.csv", "key: [id]", "id\n1\n", "id\n"},
		{"e.csv", "key: [id]", "id\r1\r", "id\r"},
	} {
		for _, complete := range []string{"file", "stream", "none"} {
			dir := t.TempDir()
			src := open(t, c.yaml+"\ncomplete: "+complete+"\nplace: {folder: .}", dir)
			write(t, dir, c.name, c.none)
			fresh := walk(t, src)
			if fresh[0].Complete != nil || codes(fresh[0]) != "GW-D023" {
				t.Errorf("%s, %s: at first: %v %s", c.name, complete, fresh[0].Complete, codes(fresh[0]))
			}
			write(t, dir, c.name, c.full)
			full, err := walkFrom(src, fresh[len(fresh)-1].Next)
			if err != nil || len(full[0].Records) == 0 {
				t.Fatalf("%s: %v", c.name, err)
			}
			write(t, dir, c.name, c.none)
			then, err := walkFrom(src, full[len(full)-1].Next)
			p, failed := problem.As(err)
			if complete == "none" && (err != nil || codes(then[0]) != "GW-D023") || complete != "none" && (!failed || p.Code != "GW-S015") {
				t.Errorf("%s, %s: %v %v", c.name, complete, then, err)
			}
		}
	}
	dir := t.TempDir() // plenty is suspicious whatever the end of a file proves
	src := open(t, "key: [id]\nplace: {folder: .}", dir)
	write(t, dir, "a.csv", many(40))
	full := walk(t, src)
	write(t, dir, "a.csv", many(0))
	if _, err := walkFrom(src, full[len(full)-1].Next); !is(err, "GW-S015") {
		t.Errorf("%v", err)
	}
}

func is(err error, code string) bool {
	p, ok := problem.As(err)
	return ok && p.Code == code
}

// TestCheckpointOfTheVersionBefore: what it knows of files still stands.
func TestCheckpointOfTheVersionBefore(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id\n1\n")
	src := open(t, "key: [id]\ncomplete: file\nplace: {folder: .}", dir)
	pages := walk(t, src)
	old := canonical.Checkpoint(strings.NewReplacer(`,"rows":1`, "", `,"last":1`, "", `,"header":["id"]`, "").Replace(string(pages[len(pages)-1].Next)))
	if strings.Contains(string(old), "rows") {
		t.Fatal(string(old))
	}
	page, err := src.Pull(t.Context(), old)
	if err != nil || len(page.Records) != 0 || page.More {
		t.Errorf("%+v, %v", page, err)
	}
}

// TestWhatLiesNotYetStill: a file seen before it lay still is measured by what it
// had all the same.
func TestWhatLiesNotYetStill(t *testing.T) {
	dir, clock := t.TempDir(), now()
	for name, text := range map[string]string{"no rows": "id,a\n", "cut": "id,a\n1,x\n2,4"} {
		write(t, dir, "f.csv", "id,a\n1,x\n2,45\n")
		src := open(t, "key: [id]\ncomplete: stream\nplace: {folder: ., settle: 10s}", dir)
		src.(*tabular.Walker).Now = func() time.Time { return clock }
		touch := func() {
			if err := os.Chtimes(filepath.Join(dir, "f.csv"), clock, clock); err != nil {
				t.Fatal(err)
			}
		}
		touch()
		clock = clock.Add(time.Minute)
		first := walk(t, src)
		write(t, dir, "f.csv", text)
		touch()
		seen, err := walkFrom(src, first[len(first)-1].Next)
		if err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(time.Minute)
		pages, err := walkFrom(src, seen[len(seen)-1].Next)
		p, ok := problem.As(err)
		if empty := ok && p.Code == "GW-S015"; name == "no rows" && !empty {
			t.Errorf("%s: %+v %v", name, pages, err)
		}
		if name == "cut" && (err != nil || len(pages[0].Refused) != 1 || pages[0].Refused[0].Problem.Code != "GW-D120") {
			t.Errorf("%s: %+v %v", name, pages, err)
		}
	}
}
