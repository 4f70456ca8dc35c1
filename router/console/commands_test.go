package console

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"iocgateway/canonical/problem"
)

var inCode = regexp.MustCompile(`<code>(.*?)</code>`)

// TestCommandsEndWhereProseBegins: what is in code letters is what can be typed.
func TestCommandsEndWhereProseBegins(t *testing.T) {
	w := &voice{lang: "vi"}
	for _, c := range [][2]string{
		{"xem gateway source ping qlvb -v. Nếu nguồn không nhận",
			"gateway source ping qlvb -v"},
		{"xem gateway source ping -v nếu cần",
			"gateway source ping -v"},
		{"see gateway source ping qlvb -v -c gateway.yaml: where it",
			"gateway source ping qlvb -v -c gateway.yaml"},
		{"rồi: gateway source run ioffice/nhiem-vu",
			"gateway source run ioffice/nhiem-vu"},
		{"gateway source accept a/b --field x.y --reason …, hoặc sửa",
			"gateway source accept a/b --field x.y --reason …"},
		{"gateway source accept a/b --reason \"nguồn đã đổi. Thật\"; xong",
			`gateway source accept a/b --reason &#34;nguồn đã đổi. Thật&#34;`},
		{"gateway source run a/b --accept-removals, rồi gateway job list. Xong",
			"gateway source run a/b --accept-removals|gateway job list"},
		{"gateway source run a/b --accept-removals hoặc chờ",
			"gateway source run a/b --accept-removals"},
		{"(gateway explain GW-S801). Nếu",
			"gateway explain GW-S801"},
		{"có ở: gateway status has those there are",
			"gateway status"},
		{"gateway pull NGUỒN/LUỒNG --limit 200 -c gateway.yaml > mau.ndjson",
			"gateway pull NGUỒN/LUỒNG --limit 200 -c gateway.yaml &gt; mau.ndjson"},
		{"gateway source list, hoặc trang Tổng quan",
			"gateway source list"},
		{"when gateway migrate has ended",
			"gateway migrate"},
		{"what gateway pull prints, JSON",
			"gateway pull"},
		{"the gateway tries again; systemctl reload gateway (SIGHUP); sudo systemctl start gateway, or",
			""},
	} {
		var got []string
		for _, m := range inCode.FindAllStringSubmatch(string(w.Hint(c[0])), -1) {
			got = append(got, m[1])
		}
		if s := strings.Join(got, "|"); s != c[1] {
			t.Errorf("%s\n got %s\nwant %s", c[0], s, c[1])
		}
	}
}

// TestCommandsOfTheWholeCatalogue: every command in a hint is in code letters as
// far as it goes and no farther, in both languages.
func TestCommandsOfTheWholeCatalogue(t *testing.T) {
	n := 0
	option, prose := regexp.MustCompile(`^ (-\w|--\w)`), regexp.MustCompile(` (and|or|then|where|has|is|the|prints)( |$)`)
	names := map[string]bool{}
	for verb, below := range verbs() {
		names[verb] = len(below) == 0 || below[""] != nil
		if len(below) == 0 || below[""] != nil {
			continue
		}
		for sub := range below {
			names[verb+" "+sub] = true
		}
	}
	for code := range problem.Codes() {
		p := &problem.Problem{Code: code, Field: "gateway source list", Path: "a.b", Value: "qlvb/van-ban", Want: "5", Near: "x"}
		for _, lang := range []problem.Lang{problem.Vietnamese, problem.English} {
			w, hint := &voice{lang: lang}, p.HintFor("qlvb/van-ban", lang)
			shown := string(w.Hint(hint))
			for _, m := range inCode.FindAllStringSubmatchIndex(shown, -1) {
				n++
				said, after := html.UnescapeString(shown[m[2]:m[3]]), shown[m[1]:]
				words := strings.Fields(said)
				switch {
				case strings.ContainsAny(said, ",;()") || strings.HasSuffix(said, ".") || strings.Contains(said, ". ") || prose.MatchString(said),
					strings.ContainsFunc(said, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLower(r) }):
					t.Errorf("%s %s: %q goes too far", code, lang, said)
				case option.MatchString(after):
					t.Errorf("%s %s: %q ends before %q", code, lang, said, after)
				case !names[words[1]] && (len(words) < 3 || !names[words[1]+" "+words[2]]):
					t.Errorf("%s %s: %q is no command", code, lang, said)
				}
			}
			if strings.Contains(hint, "NGUỒN") || strings.Contains(hint, "SOURCE") {
				t.Errorf("%s %s: a source is left unnamed in %q", code, lang, hint)
			}
			plain := inCode.ReplaceAllString(shown, "")
			for name, whole := range names {
				if whole && regexp.MustCompile(`(^|[ (])gateway `+name+`\b`).MatchString(plain) {
					t.Errorf("%s %s: gateway %s is left plain in %s", code, lang, name, plain)
				}
			}
		}
	}
	if n < 120 {
		t.Errorf("only %d commands found: the search is broken", n)
	}
}
