package tabular_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"iocgateway/adapters"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/outbound"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

func many(rows int) string {
	var b strings.Builder
	b.WriteString("id,v\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,x%d\n", i, i)
	}
	return b.String()
}

func TestResumesFromEveryPage(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", many(2500))
	write(t, dir, "b.csv", "id,v\nz,1\n")
	const yaml = "key: [id]\ncomplete: file\nplace: {folder: .}"
	whole := walk(t, open(t, yaml, dir))
	if len(whole) != 5 || !whole[0].Start || whole[1].Start || whole[2].Complete == nil || whole[2].Complete.KeyPrefix != "a.csv#" ||
		!whole[3].Start {
		t.Fatalf("%d pages", len(whole))
	}
	for i := range whole[:4] {
		rest, err := walkFrom(open(t, yaml, dir), whole[i].Next) // a gateway that was restarted
		want := slices.Clone(whole[i+1:])
		if i < 2 { // in the middle of a file: to its end, where it proves nothing, and once more from its beginning
			want = slices.Concat(whole[i+1:3], whole)
			want[1-i].Complete = nil
		}
		if err != nil || len(rest) != len(want) {
			t.Fatalf("after page %d: %d pages, %v", i, len(rest), err)
		}
		for j := range rest {
			if len(rest[j].Records) != len(want[j].Records) || len(rest[j].Records) > 0 && rest[j].Records[0].Key != want[j].Records[0].Key ||
				rest[j].Start != want[j].Start || (rest[j].Complete == nil) != (want[j].Complete == nil) {
				t.Errorf("after page %d: page %d differs: %d records, start %v, complete %v", i, j, len(rest[j].Records), rest[j].Start, rest[j].Complete)
			}
		}
	}
	idle, err := open(t, yaml, dir).Pull(context.Background(), whole[4].Next)
	if err != nil || idle.More || !bytes.Equal(idle.Next, whole[4].Next) {
		t.Errorf("idle: %+v, %v", idle, err)
	}
}

func TestChangedFileAndRefusedRows(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,v\n1,x\n2,y\n")
	source := open(t, "key: [id]\ncomplete: stream\nplace: {folder: .}", dir)
	first := walk(t, source)
	write(t, dir, "a.csv", "id,v\n1,x\n,lost\n")
	pages, err := walkFrom(source, first[len(first)-1].Next)
	if err != nil || len(pages[0].Records) != 1 || len(pages[0].Refused) != 1 {
		t.Fatalf("%+v, %v", pages, err)
	}
	if pages[0].Complete != nil || len(pages[0].Notes) != 1 || pages[0].Notes[0].Code != "GW-D009" {
		t.Errorf("the refused row may be the one that seems gone: %+v", pages[0])
	}
}

func TestFilesStillBeingWrittenWait(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "~$a.csv", "b.csv.part", ".c.csv"} {
		write(t, dir, name, "id\n1\n")
	}
	clock := time.Now()
	node, err := strict.Parse("x", []byte("key: [id]\nplace: {folder: '"+dir+"', settle: 10s}"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := tabular.Spec().Open(adapters.Settings{Node: node, Kind: canonical.KindTask},
		adapters.Env{Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	page, err := source.Pull(context.Background(), nil)
	if err != nil || len(page.Records) != 0 || page.More {
		t.Fatalf("a file of this moment was read: %+v, %v", page, err)
	}
	clock = clock.Add(11 * time.Second)
	if page, err = source.Pull(context.Background(), page.Next); err != nil || len(page.Records) != 1 {
		t.Fatalf("it lies still: %+v, %v", page, err)
	}
}

func TestLinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	write(t, out, "secret.csv", "id\n1\n")
	if err := os.Symlink(filepath.Join(out, "secret.csv"), filepath.Join(dir, "a.csv")); err != nil {
		t.Skip("no links here")
	}
	if got := byKey(t, walk(t, open(t, "key: [id]\nplace: {folder: .}", dir))); len(got) != 0 {
		t.Errorf("read %d rows from outside", len(got))
	}
}

func TestWebPlace(t *testing.T) {
	var full, cheap atomic.Int64
	body, status := atomic.Value{}, atomic.Int64{}
	body.Store(many(1500))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := body.Load().(string)
		tag := fmt.Sprintf(`"%d"`, len(text))
		switch {
		case status.Load() != 0:
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(int(status.Load()))
		case r.Header.Get("If-None-Match") == tag:
			cheap.Add(1)
			w.WriteHeader(http.StatusNotModified)
		default:
			full.Add(1)
			w.Header().Set("ETag", tag)
			_, _ = w.Write([]byte(text))
		}
	}))
	defer srv.Close()
	source := open(t, "key: [id]\ncomplete: stream\nplace: {url: "+srv.URL+"/data.csv, max_mb: 1}", "")
	pages := walk(t, source)
	last := pages[len(pages)-1].Next
	if len(byKey(t, pages)) != 1500 || full.Load() != 1 || cheap.Load() != 1 {
		t.Fatalf("%d full and %d conditional answers", full.Load(), cheap.Load())
	}
	if page, err := source.Pull(context.Background(), last); err != nil || !bytes.Equal(page.Next, last) {
		t.Errorf("unchanged: %+v, %v", page, err)
	}
	body.Store(strings.Repeat("x", 2<<20))
	if _, err := source.Pull(context.Background(), last); !strings.Contains(fmt.Sprint(err), "GW-D002") {
		t.Errorf("too large: %v", err)
	}
	for code, want := range map[int64]problem.Fault{429: problem.FaultRetry, 503: problem.FaultRetry, 404: problem.FaultHalt} {
		status.Store(code)
		_, err := source.Pull(context.Background(), last)
		class, after := problem.Class(err)
		if class != want || want == problem.FaultRetry && after != 2*time.Minute {
			t.Errorf("%d: class %v after %v", code, class, after)
		}
	}
}

// TestWhatAServerSays: an answer that is not 200 is told in its own words,
// without what the address carried.
func TestWhatAServerSays(t *testing.T) {
	for body, want := range map[string]string{
		"<html><title>Đang bảo trì khoa-bi-mat</title></html>": `"Đang bảo trì ••••"`,
		`{"error":{"message":"Hết hạn mức 0905123456"}}`:       `"Hết hạn mức **********"`,
		"Quá tải": `"Quá tải"`,
		"":        "",
		`<Fault><text>Sai quyền</text></Fault>`: `"Sai quyền"`,
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(body))
		}))
		_, err := open(t, "key: [id]\nplace: {url: ['"+srv.URL+"/a.csv?key=khoa-bi-mat']}", "").Pull(t.Context(), nil)
		srv.Close()
		p, ok := problem.As(err)
		if !ok || p.Code != "GW-D004" || p.Value != "404" || (p.Err == nil) != (want == "") || want != "" && p.Err.Error() != want ||
			strings.Contains(err.Error(), "khoa-bi-mat") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// What may not be asked is refused with the file's name and tried again: a
// server that redirects now may not for long.
func TestWebPlaceRefused(t *testing.T) {
	refused := fmt.Errorf("Get: %w", &outbound.Refusal{Host: "10.0.0.9", Want: "host.example"})
	p, ok := problem.As(tabular.Unreached("data.csv", &url.Error{Op: "Get", URL: "http://host.example/data.csv?key=secret", Err: refused}))
	if !ok || p.Code != "GW-S017" || p.File != "data.csv" || p.Value != "10.0.0.9" || strings.Contains(p.Error(), "secret") {
		t.Errorf("got %+v", p)
	}
	if class, _ := problem.Class(p); class != problem.FaultRetry {
		t.Errorf("class %v", class)
	}
}

// sftpServer serves a folder; it gives its address and host key.
func sftpServer(t *testing.T) (addr, hostKey string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PasswordCallback: func(_ ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		if string(p) != "right" {
			return nil, fmt.Errorf("no")
		}
		return nil, nil
	}}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveSFTP(conn, config)
		}
	}()
	return listener.Addr().String(), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

func serveSFTP(conn net.Conn, config *ssh.ServerConfig) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, in, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			for req := range in {
				_ = req.Reply(req.Type == "subsystem", nil)
			}
		}()
		if server, err := sftp.NewServer(channel); err == nil {
			_ = server.Serve()
		}
		_ = channel.Close()
	}
}

// sftpSource reads the folder dir of a server.
func sftpSource(t *testing.T, addr, password, hostKey, dir string) adapters.Source {
	t.Helper()
	node, err := strict.Parse("x",
		fmt.Appendf(nil, "key: [id]\nplace: {sftp: {addr: '%s', user: u, password: '${env:P}', host_key: '%s', dir: '%s'}}", addr, hostKey, dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := strict.Resolve(node, strict.Lookup{Env: func(string) (string, bool) { return password, true }}); err != nil {
		t.Fatal(err)
	}
	s, err := tabular.Spec().Open(adapters.Settings{Node: node, Kind: canonical.KindTask}, adapters.Env{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSFTPPlace(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", many(1200))
	addr, key := sftpServer(t)
	_, other := sftpServer(t)
	source := func(password, hostKey string) adapters.Source { return sftpSource(t, addr, password, hostKey, dir) }
	if got := byKey(t, walk(t, source("right", key))); len(got) != 1200 {
		t.Errorf("%d rows", len(got))
	}
	for name, c := range map[string]struct{ password, key, code string }{"host key": {"right", other, "GW-D005"},
		"password": {"wrong-pass", key, "GW-D006"}} {
		_, err := source(c.password, c.key).Pull(context.Background(), nil)
		class, _ := problem.Class(err)
		if p, ok := problem.As(err); !ok || p.Code != c.code || class != problem.FaultHalt || strings.Contains(fmt.Sprint(err), c.password+"-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server's address is judged as a web source's is: what it leads to, not
// how it is written; and a stream that was led elsewhere waits for a person.
func TestSFTPAddressIsGuarded(t *testing.T) {
	for addr, refused := range map[string]string{
		"metadata.test":               "169.254.169.254:22",
		"metadata.test:2222":          "169.254.169.254:2222",
		"six.test":                    "[fd00:ec2::254]:22",
		"169.254.169.254":             "169.254.169.254:22",
		"[::ffff:169.254.169.254]:22": "169.254.169.254:22",
		"[fe80::1]:22":                "[fe80::1]:22",
		"0.0.0.0:22":                  "0.0.0.0:22",
		"away.test":                   "", // nobody there is no refusal: it may pass
		"127.0.0.1:1":                 "",
	} {
		_, err := sftpSource(t, addr, "right", "SHA256:"+strings.Repeat("a", 43), "").Pull(t.Context(), nil)
		p, ok := problem.As(err)
		class, _ := problem.Class(err)
		if refused == "" {
			if err == nil || ok || class != problem.FaultRetry {
				t.Errorf("%s: %v", addr, err)
			}
			continue
		}
		if !ok || p.Code != "GW-S017" || p.Field != "place.sftp.addr" || p.Value != refused || class != problem.FaultHalt ||
			!strings.HasSuffix(p.Text(problem.Vietnamese), "(place.sftp.addr)") {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestSettingsProblems(t *testing.T) {
	for yaml, want := range map[string]string{
		"key: [a]": "place", "place: {folder: x, url: http://h/a}": "exactly one", "place: {url: 'ftp://x'}": "address",
		"place: {folder: x}\nformat: json": "key", "place: {folder: x}\nformat: doc": "GW-C005",
		"place: {folder: x}\nskip: [{match: '('}]":                     "skip",
		"place: {folder: x}\nat: {column: a, layouts: ['dd/mm/yyyy']}": "at", "place: {folder: x}\ncharset: klingon": "charset",
		"place: {folder: x}\nkeys: [a]": "GW-C002", "place: {folder: x, sftp: {addr: h, user: u, host_key: x}}": "exactly one",
		"place: {sftp: {addr: h, user: u, host_key: nonsense}}":                        "host_key",
		"place: {folder: x}\nformat: json\nkey: [a, 'b.#.c']":                          "stream.yaml:3:10",
		"place: {folder: x}\nformat: json\nkey: [a]\npath: $.rows":                     "stream.yaml:4:7",
		"place: {folder: x}\nformat: ndjson\nkey: [a]\nversion: 'a[*]'":                "stream.yaml:4:10",
		"place: {folder: x}\npath: 'rows[]'\nkey: ['Số (*)']":                          "stream.yaml:2:7",
		"place: {folder: x}\nformat: xml\nkey: [a]\npath: 'r/i[1]'":                    "stream.yaml:4:7",
		"place: {folder: x}\nformat: xml\nkey: ['a[0]']\npath: 'r/i'":                  "stream.yaml:3:7",
		"place: {folder: x}\nformat: json\nkey: a\nat: {column: 'a?', layouts: [iso]}": "stream.yaml:4:14",
	} {
		if _, err := tryOpen(yaml, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", yaml, err, want)
		}
	}
}
