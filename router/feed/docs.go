package feed

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/canonical/words"
)

//go:embed docs.html
var docsHTML string

type docsRoute struct {
	Method, Path, Text, Role string
	Params                   []docsParam
}

type docsParam struct{ Name, Text, Values string }

type docsProblem struct{ Code, Text, Hint string }

type docsPage struct {
	VI       bool
	Lang     string
	Prefix   string
	Groups   []docsGroup
	Problems []docsProblem
	Kinds    []canonical.Kind
}

type docsGroup struct {
	Title  string
	Routes []docsRoute
}

// docs answers GET /docs: one page without anything from elsewhere.
func (h *contractHandlers) docs(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	lang := answer.Language(r)
	if given := p.choice("lang", []string{"vi", "en"}); given != "" {
		lang = problem.Lang(given)
	}
	if p.bad != nil {
		return p.bad
	}
	tmpl, err := template.New("docs").Parse(docsHTML)
	if err != nil {
		return h.broken(r, "docs", err)
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, h.docsPage(lang)); err != nil {
		return h.broken(r, "docs", err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", string(lang))
	header.Set("Vary", "Accept-Language, Accept-Encoding")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+docsStyleHash()+
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return tagged(w, r, b.Bytes())
}

func (h *contractHandlers) docsPage(lang problem.Lang) docsPage {
	pick := func(vi, en string) string {
		if lang == problem.Vietnamese {
			return vi
		}
		return en
	}
	page := docsPage{VI: lang == problem.Vietnamese, Lang: string(lang), Prefix: h.Prefix, Kinds: canonical.Kinds()}
	for _, part := range groups {
		g := docsGroup{Title: part.title.In(lang)}
		for _, rt := range h.routes {
			if rt.tag == part.tag {
				g.Routes = append(g.Routes, docsOf(rt, lang, pick))
			}
		}
		page.Groups = append(page.Groups, g)
	}
	for code := range problem.Codes() {
		text, hint, _ := problem.Explained(code, lang)
		page.Problems = append(page.Problems, docsProblem{code, text, hint})
	}
	slices.SortFunc(page.Problems, func(x, y docsProblem) int { return strings.Compare(x.Code, y.Code) })
	return page
}

func docsOf(rt route, lang problem.Lang, pick func(vi, en string) string) docsRoute {
	one := docsRoute{Method: rt.method, Path: rt.path, Text: pick(rt.vi, rt.en), Role: "–"}
	if !rt.open {
		one.Role = words.Say("role", rt.role.String(), lang)
	}
	for _, p := range rt.params {
		one.Params = append(one.Params, docsParam{Name: p.name, Text: pick(p.vi, p.en), Values: strings.Join(p.values, ", ")})
	}
	return one
}

// docsStyleHash names the page's one style element to the browser, so that
// no other may apply.
func docsStyleHash() string {
	_, rest, _ := strings.Cut(docsHTML, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return base64.StdEncoding.EncodeToString(sum[:])
}
