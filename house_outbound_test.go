package iocgateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// dialsItself are the folders that call out past canonical/outbound, each
// with its reason. ARCHITECTURE.md says so too, and names the libraries that
// dial by themselves (the Log's Kafka, Redis).
func dialsItself() map[string]string {
	return map[string]string{
		"canonical/outbound":      "is the guarded dialler",
		"router/share":            "asks the other nodes, where an administrator's configuration says that they are",
		"cmd/gateway/verbs/shell": "asks the gateway that the person at the keyboard named, in that person's name",
		"adapters/adaptertest":    "asks simulators, in tests",
		"adapters/pakn/paknsim":   "is a simulator, and delivers to the gateway under test",
		"deploy/dev":              "starts Kafka and Redis for tests, and breaks lines between them",
	}
}

// dialling are the names that call out, or that do it by a dialler of their
// own, by the package they stand in.
func dialling() map[string][]string {
	return map[string][]string{
		"net":                     {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"},
		"net/http":                {"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
		"net/http/httputil":       {"NewSingleHostReverseProxy"},
		"net/smtp":                {"Dial", "SendMail"},
		"net/rpc":                 {"Dial", "DialHTTP", "DialHTTPPath"},
		"crypto/tls":              {"Dial", "DialWithDialer", "Dialer"},
		"golang.org/x/crypto/ssh": {"Dial"},
		"golang.org/x/net/proxy":  {"Dial", "Direct", "FromEnvironment"},
	}
}

// unlessGiven are the structs that call out by the process's own dialler
// where this field is left out.
func unlessGiven() map[string]string {
	return map[string]string{
		"net/http.Client":                "Transport",
		"net/http.Transport":             "DialContext",
		"net/http/httputil.ReverseProxy": "Transport",
	}
}

// TestCallsGoOutThroughOneDialler: whoever calls out by a dialler of their
// own can be led to addresses that no city system has.
func TestCallsGoOutThroughOneDialler(t *testing.T) {
	met := map[string]bool{}
	for _, s := range sources(t) {
		if s.tests {
			continue
		}
		dir := filepath.ToSlash(filepath.Dir(s.path))
		for pos, what := range ownDialling(s.file) {
			if _, named := dialsItself()[dir]; named {
				met[dir] = true
				continue
			}
			t.Errorf("%s: %s calls out by itself: use canonical/outbound, or say in dialsItself and ARCHITECTURE.md why not",
				s.fset.Position(pos), what)
		}
	}
	for dir, why := range dialsItself() {
		if !met[dir] {
			t.Errorf("%s does not call out by itself any more (%s): strike it from the list", dir, why)
		}
	}
}

// ownDialling finds what calls out by a dialler of its own.
func ownDialling(file *ast.File) map[token.Pos]string {
	imported := map[string]string{}
	for _, spec := range file.Imports {
		from, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(from)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imported[name] = from
	}
	found := map[token.Pos]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if from, name := named(n, imported); slices.Contains(dialling()[from], name) {
				found[n.Pos()] = from + "." + name
			}
		case *ast.CompositeLit:
			from, name := named(n.Type, imported)
			if field := unlessGiven()[from+"."+name]; field != "" && !gives(n, field) {
				found[n.Pos()] = from + "." + name + "{} without " + field
			}
		case *ast.CallExpr:
			if fn, ok := n.Fun.(*ast.Ident); ok && fn.Name == "new" && len(n.Args) == 1 {
				if from, name := named(n.Args[0], imported); unlessGiven()[from+"."+name] != "" {
					found[n.Pos()] = "new(" + from + "." + name + ")"
				}
			}
		case *ast.ValueSpec:
			if from, name := named(n.Type, imported); unlessGiven()[from+"."+name] != "" && len(n.Values) == 0 {
				found[n.Pos()] = "an empty " + from + "." + name
			}
		}
		return true
	})
	return found
}

// named is the package's path and the name of what stands as package.Name.
func named(e ast.Expr, imported map[string]string) (from, name string) {
	pkg, name, _ := strings.Cut(selector(e), ".")
	return imported[pkg], name
}

// gives reports whether a field stands in a literal.
func gives(lit *ast.CompositeLit, field string) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		key, ok := pair.Key.(*ast.Ident)
		return ok && key.Name == field
	})
}

// TestOwnDiallingIsFound proves that the search finds what it must, and that alone.
func TestOwnDiallingIsFound(t *testing.T) {
	for body, found := range map[string]bool{
		`net.Dial("tcp", "h:1")`:                                             true,
		`d := net.Dialer{}; d.Dial("tcp", "h:1")`:                            true,
		`elsewhere.DialTimeout("tcp", "h:1", 0)`:                             true,
		`ssh.Dial("tcp", "h:1", nil)`:                                        true,
		`http.Get("http://h")`:                                               true,
		`http.DefaultClient.Do(nil)`:                                         true,
		`c := &http.Client{Timeout: 1}; c.Do(nil)`:                           true,
		`c := http.Client{Transport: http.DefaultTransport}; c.Do(nil)`:      true,
		`c := new(http.Client); c.Do(nil)`:                                   true,
		`var c http.Client; c.Do(nil)`:                                       true,
		`use(&http.Transport{ForceAttemptHTTP2: true})`:                      true,
		`p := &httputil.ReverseProxy{}; p.ServeHTTP(nil, nil)`:               true,
		`tls.Dial("tcp", "h:1", nil)`:                                        true,
		`c := &http.Client{Transport: given}; c.Do(nil)`:                     false,
		`use(&http.Transport{DialContext: outbound.Dialer{}.DialContext})`:   false,
		`var c *http.Client; use(c)`:                                         false,
		`outbound.Dialer{}.Dial("tcp", "h:1")`:                               false,
		`net.Listen("tcp", "127.0.0.1:0"); net.SplitHostPort("h:1")`:         false,
		`ssh.NewClientConn(nil, "", nil)`:                                    false,
		`net := given; net.Dial("tcp", "h:1")`:                               false,
		`http.NewRequest("GET", "http://h", nil); http.HandleFunc("/", nil)`: false,
	} {
		text := "package p\nimport (\n\"net\"\nelsewhere \"net\"\n\"net/http\"\n\"net/http/httputil\"\n\"crypto/tls\"\n" +
			"\"golang.org/x/crypto/ssh\"\n\"iocgateway/canonical/outbound\"\n)\nfunc f() { " + strings.ReplaceAll(body, "; ", "\n") + " }"
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := ownDialling(file); (len(got) > 0) != found {
			t.Errorf("%s: found %v", body, got)
		}
	}
}
