package iocgateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/schema"
	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/verbs/setup"
	"iocgateway/router/feed"
)

// documents are all that describes itself to programs and editors, in a language.
func documents(t *testing.T, lang words.Lang) map[string]any {
	t.Helper()
	out := map[string]any{}
	add := func(name string, text []byte) {
		var doc any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = doc
	}
	for _, kind := range canonical.Kinds() {
		add(schema.FileName(kind), schema.Get(kind, lang))
	}
	for name, s := range setup.EditorSchemas(lang) {
		add(name, s.Bytes())
	}
	api, err := feed.New(feed.Options{View: struct{ feed.View }{}})
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	for _, name := range []string{"/openapi.json", "/asyncapi.json"} {
		asked, told := httptest.NewRecorder(), httptest.NewRecorder()
		api.ServeHTTP(asked, httptest.NewRequest(http.MethodGet, name+"?lang="+string(lang), nil))
		header := httptest.NewRequest(http.MethodGet, name, nil)
		header.Header.Set("Accept-Language", string(lang)+"-VN, *;q=0.1")
		api.ServeHTTP(told, header)
		if asked.Body.String() != told.Body.String() || asked.Header().Get("Content-Language") != string(lang) {
			t.Errorf("%s: ?lang=%s and Accept-Language differ", name, lang)
		}
		add(name, asked.Body.Bytes())
	}
	return out
}

// said are the words of a document that say what a thing is, by their place.
func said(place string, doc any, into map[string]string) {
	switch v := doc.(type) {
	case map[string]any:
		for key, below := range v {
			text, is := below.(string)
			if is && slices.Contains([]string{"description", "markdownDescription", "summary"}, key) && path.Base(place) != "properties" {
				into[place+"/"+key] = text
				continue
			}
			said(place+"/"+key, below, into)
		}
	case []any:
		for i, below := range v {
			said(place+"/"+string(rune('a'+i%26)), below, into)
		}
	}
}

// formula are descriptions that are the same in every language.
func formula(text string) bool { return strings.Contains(text, " = ") && !strings.Contains(text, ". ") }

// TestDescriptionsAreInBothLanguages: every description is there in Vietnamese
// and in English, at the same places, and neither stands in for the other.
func TestDescriptionsAreInBothLanguages(t *testing.T) {
	names := keyNames(t)
	for _, name := range strings.Fields("openapi asyncapi prometheus dataschema previous pull refresh") {
		names[name] = true
	}
	for _, f := range canonical.Feeds() {
		names[string(f)] = true
	}
	vi, en := map[string]string{}, map[string]string{}
	said("", any(documents(t, words.Vietnamese)), vi)
	said("", any(documents(t, words.English)), en)
	if len(vi) != len(en) || len(vi) < 3000 {
		t.Fatalf("%d descriptions in Vietnamese, %d in English", len(vi), len(en))
	}
	told := map[string]bool{}
	for place, text := range vi {
		other, there := en[place]
		switch {
		case told[text]:
		case !there || text == "" || other == "":
			t.Errorf("%s: %q, %q", place, text, other)
		case formula(text), text == strings.ToUpper(text): // a sum, a name like TLS
		case !vietnamese(text) && text == other:
			t.Errorf("%s is the same in both: %q", place, text)
		case vietnamese(bare(other)):
			t.Errorf("%s: Vietnamese in %q", place, other)
		case len(englishIn(bare(text), names)) > 0:
			t.Errorf("%s: %q in %q", place, englishIn(bare(text), names), text)
		case len(otherWords(bare(text))) > 0:
			t.Errorf("%s: %q in %q", place, otherWords(bare(text)), text)
		default:
			continue
		}
		told[text] = true
	}
}

// bare is a description without its examples, which are of no language.
func bare(text string) string {
	for _, sign := range []string{"\n\nmặc định: ", "\n\ndefault: ", "\n\nví dụ: ", "\n\nexample: "} {
		text, _, _ = strings.Cut(text, sign)
	}
	return regexp.MustCompile(`"[^"]*"`).ReplaceAllString(text, "·")
}
