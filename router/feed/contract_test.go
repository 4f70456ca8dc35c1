package feed

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

func TestOpenAPIListsExactlyWhatIsServed(t *testing.T) {
	a := newAPI(t, newMemView(), nil)
	doc := decode[object](t, get(a, "/openapi.json"), 200)
	if doc["openapi"] != "3.1.0" {
		t.Errorf("version %v", doc["openapi"])
	}
	schemas := doc["components"].(object)["schemas"].(object)
	var listed, ids []string
	for path, item := range doc["paths"].(object) {
		for method, raw := range item.(object) {
			op := raw.(object)
			listed = append(listed, strings.ToUpper(method)+" "+path)
			ids = append(ids, op["operationId"].(string))
			checkOperation(t, path, op)
		}
	}
	served := a.Patterns()
	slices.Sort(listed)
	slices.Sort(served)
	if !slices.Equal(listed, served) {
		t.Errorf("listed %v\nserved %v", listed, served)
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("operation ids repeat: %v", ids)
	}
	text := get(a, "/openapi.json").Body.String()
	for _, m := range regexp.MustCompile(`"#/components/schemas/([A-Za-z]+)"`).FindAllStringSubmatch(text, -1) {
		if schemas[m[1]] == nil {
			t.Errorf("no schema %s", m[1])
		}
	}
	for _, closed := range []string{"additionalProperties\":false", "$schema", "https://unpkg", "cdn."} {
		if strings.Contains(text, closed) {
			t.Errorf("the document holds %s", closed)
		}
	}
}

// checkOperation checks what a generator of clients relies on.
func checkOperation(t *testing.T, path string, op object) {
	t.Helper()
	inPath := map[string]bool{}
	for _, m := range regexp.MustCompile(`\{([a-z]+)\}`).FindAllStringSubmatch(path, -1) {
		inPath[m[1]] = true
	}
	if list, ok := op["parameters"].([]any); ok {
		for _, raw := range list {
			p := raw.(object)
			if p["in"] == "path" {
				if !inPath[p["name"].(string)] || p["required"] != true {
					t.Errorf("%s: parameter %v", path, p)
				}
				delete(inPath, p["name"].(string))
			}
			if p["schema"] == nil || p["description"] == " / " {
				t.Errorf("%s: parameter %v is described too little", path, p["name"])
			}
		}
	}
	if len(inPath) > 0 {
		t.Errorf("%s: %v not described", path, inPath)
	}
	if answers := op["responses"].(object); answers["200"] == nil || answers["400"] == nil || op["summary"] == "" {
		t.Errorf("%s: incomplete", path)
	}
}

// TestContractsAreInALanguage: English for programs, whatever they take;
// Vietnamese where that is asked for, and a cache knows of it.
func TestContractsAreInALanguage(t *testing.T) {
	a := newAPI(t, newMemView(), nil)
	for _, path := range []string{"/openapi.json", "/asyncapi.json", "/schemas/dossier.json"} {
		unasked := get(a, path)
		for _, accepts := range []string{"*", "fr, *;q=0.5", "en"} {
			if got := get(a, path, "Accept-Language", accepts); got.Body.String() != unasked.Body.String() {
				t.Errorf("%s: another answer to %q", path, accepts)
			}
		}
		vi := get(a, path+"?lang=vi", "Accept-Language", "en")
		if vi.Code != 200 || vi.Body.String() == unasked.Body.String() || vi.Header().Get("ETag") == unasked.Header().Get("ETag") ||
			vi.Header().Get("Content-Language") != "vi" || !strings.Contains(strings.Join(vi.Header().Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%s in Vietnamese: %d %v", path, vi.Code, vi.Header())
		}
		if bad := get(a, path+"?lang=fr"); bad.Code != 400 {
			t.Errorf("%s in French: %d", path, bad.Code)
		}
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  "([A-Za-z]+)": `).FindAllStringSubmatch(string(componentsJSON), -1) {
		if names[m[1]] {
			t.Errorf("components.json has %s twice", m[1])
		}
		names[m[1]] = true
	}
}

func TestAsyncAPINamesEveryFeed(t *testing.T) {
	a := newAPI(t, newMemView(), nil)
	text := get(a, "/asyncapi.json").Body.String()
	var doc object
	if err := json.Unmarshal([]byte(text), &doc); err != nil || doc["asyncapi"] != "3.0.0" {
		t.Fatalf("%v %v", err, doc["asyncapi"])
	}
	for _, f := range canonical.Feeds() {
		if doc["channels"].(object)[string(f)] == nil || doc["operations"].(object)["read_"+string(f)] == nil {
			t.Errorf("feed %s is missing", f)
		}
	}
	for _, m := range regexp.MustCompile(`"\$ref":"#/([^"]+)"`).FindAllStringSubmatch(text, -1) {
		at := any(doc)
		for part := range strings.SplitSeq(m[1], "/") {
			if at = at.(object)[part]; at == nil {
				t.Errorf("nothing at #/%s", m[1])
				break
			}
		}
	}
}

func TestSchemasAndDocs(t *testing.T) {
	a := newAPI(t, newMemView(), func(o *Options) {
		o.Contract.Schema = func(k canonical.Kind, _ problem.Lang) []byte { return []byte(`{"title":"` + string(k) + `"}`) }
	})
	for _, k := range canonical.Kinds() {
		if w := get(a, "/schemas/"+string(k)+".json"); w.Code != 200 || !strings.Contains(w.Body.String(), string(k)) {
			t.Errorf("%s: %d", k, w.Code)
		}
	}
	for lang, want := range map[string]string{"vi": "Tự chứng minh đã đủ", "en": "Prove that you have everything"} {
		w := get(a, "/docs?lang="+lang)
		body := w.Body.String()
		if w.Code != http.StatusOK || !strings.Contains(body, want) || !strings.Contains(body, `id="GW-F010"`) {
			t.Errorf("%s: %d", lang, w.Code)
		}
		if strings.Contains(body, "# replacing") != (lang == "en") || strings.Contains(body, "# thay toàn bộ") != (lang == "vi") {
			t.Errorf("%s: comments of the code are in the other language", lang)
		}
		for _, rt := range a.routes {
			if !strings.Contains(body, "<code>"+rt.path+"</code>") {
				t.Errorf("%s does not describe %s", lang, rt.path)
			}
		}
		_, rest, _ := strings.Cut(body, "<style>")
		style, _, _ := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(style))
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Errorf("%s: the browser would refuse the page's style: %s", lang, policy)
		}
		if dir := os.Getenv("DOCS_PAGE"); dir != "" {
			if err := os.WriteFile(dir+"/docs-"+lang+".html", []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(body) || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s loads from elsewhere", lang)
		}
	}
}
