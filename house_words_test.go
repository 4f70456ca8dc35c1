package iocgateway_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
)

// What the catalogue gives is read by people: whatever a Problem has or lacks,
// no sign of the template is left and no part is empty.
func TestEveryTextIsWholeWhateverIsKnown(t *testing.T) {
	for _, code := range slices.Sorted(maps.Keys(problem.Codes())) {
		for _, p := range variants(code, problem.Codes()[code]) {
			for _, lang := range []problem.Lang{problem.Vietnamese, problem.English} {
				for _, text := range []string{p.Text(lang), p.Hint(lang)} {
					if fault := textFault(text); fault != "" {
						t.Errorf("%s %s: %s: %q", code, lang, fault, text)
					}
				}
			}
		}
	}
}

// variants are a Problem of a code with all that its words name, and those
// that lack one of what its words say may be lacking.
func variants(code string, w problem.Words) []*problem.Problem {
	full := problem.Problem{Code: code, Field: "status", Path: "a.b", Value: "90s", Want: "1h0m0s", Near: "near", Cause: "broken"}
	all := []*problem.Problem{&full}
	for name, clear := range map[string]func(*problem.Problem){
		"field": func(p *problem.Problem) { p.Field = "" }, "path": func(p *problem.Problem) { p.Path = "" },
		"value": func(p *problem.Problem) { p.Value = "" }, "want": func(p *problem.Problem) { p.Want = "" },
		"near": func(p *problem.Problem) { p.Near = "" }, "err": func(p *problem.Problem) { p.Cause = "" }} {
		if !mustHave(w, name) {
			p := full
			clear(&p)
			all = append(all, &p)
		}
	}
	return all
}

// mustHave reports whether words name a thing outside the parts that may fall away.
func mustHave(w problem.Words, name string) bool {
	for _, text := range []string{w.VI, w.EN, w.HintVI, w.HintEN} {
		bare := regexp.MustCompile(`\[\[.*?\]\]`).ReplaceAllString(text, "")
		if strings.Contains(bare, "{"+name+"}") || strings.Contains(bare, "{"+name+"|") {
			return true
		}
	}
	return false
}

// textFault is what is wrong with a text as it is read, or empty.
func textFault(text string) string {
	text = strings.NewReplacer(`("")`, "", "text()", "text", "num()", "num").Replace(text)
	for sign, what := range map[string]string{"[[": "a sign of the template", "]]": "a sign of the template", `""`: "an empty quotation",
		"()": "empty brackets", "( ": "a gap", " )": "a gap", "  ": "two blanks", " ,": "a blank before a comma", ": ;": "an empty part",
		": ,": "an empty part", ":.": "an empty part", ", ,": "an empty part"} {
		if strings.Contains(text, sign) {
			return what
		}
	}
	for _, hole := range []string{"{field", "{path", "{value", "{want", "{near", "{err"} {
		if at := strings.Index(text, hole); at >= 0 && !strings.HasPrefix(text[at:], "{field:") {
			return "a hole that nothing filled"
		}
	}
	if trimmed := strings.TrimSpace(text); trimmed != text || strings.HasSuffix(text, ":") || strings.HasSuffix(text, ",") {
		return "it breaks off"
	}
	return ""
}

// Vietnamese texts of the catalogue begin with a capital letter of a word, and
// never with an identifier; a title has no final stop.
func TestVietnameseTextsHaveOneStyle(t *testing.T) {
	for code, w := range problem.Codes() {
		for _, fault := range styleFaults(w) {
			t.Errorf("%s: %s: %s / %s", code, fault, w.VI, w.HintVI)
		}
	}
}

func styleFaults(w problem.Words) (faults []string) {
	if strings.HasSuffix(w.VI, ".") {
		faults = append(faults, "the title has a final stop")
	}
	for _, text := range []string{w.VI, w.HintVI} {
		text = strings.TrimPrefix(text, "[[")
		if text == "" || strings.HasPrefix(text, "{field|title}") {
			continue
		}
		if first, _ := utf8.DecodeRuneInString(text); !unicode.IsUpper(first) {
			faults = append(faults, "it does not begin with a capital letter")
		}
		if head, _, _ := strings.Cut(text, " "); strings.ContainsAny(head, "_={}") {
			faults = append(faults, "an identifier stands at its head")
		}
	}
	if strings.Contains(w.VI+w.HintVI+w.EN+w.HintEN, "`") {
		faults = append(faults, "a back quote, which no page and no terminal shows as what it means")
	}
	if w.HintVI == "" {
		faults = append(faults, "there is no hint")
	}
	return faults
}

// Nothing of Vietnamese is English: each word is Vietnamese, an identifier, or
// a name that engineers here say in English.
func TestNoEnglishInVietnamese(t *testing.T) {
	names := keyNames(t)
	for code, w := range problem.Codes() {
		for _, text := range []string{w.VI, w.HintVI} {
			if found := englishIn(text, names); len(found) > 0 {
				t.Errorf("%s: %q in %q", code, found, text)
			}
		}
	}
	for _, key := range words.Names() {
		group, name, _ := strings.Cut(key, ".")
		if found := englishIn(words.Say(group, name, words.Vietnamese), names); len(found) > 0 {
			t.Errorf("%s: %q", key, found)
		}
	}
	for en, vi := range words.Phrases() {
		if found := englishIn(vi, names); len(found) > 0 {
			t.Errorf("%q: %q in %q", en, found, vi)
		}
	}
}

// syllable is how a Vietnamese syllable without marks is built.
var syllable = regexp.MustCompile(`^(b|ch?|d|gh?|gi|h|kh?|l|m|nh?|ngh?|ph?|qu|r|s|th?|tr|v|x)?(a|e|i|o|u|y|ai|ao|au|ay|eo|ia|iu|oa|oai|oay|oe|oi|ua|ui|uy|uya|uyu)(ch?|m|n|ng|nh|p|t)?$`)

// englishWords look like Vietnamese syllables, and are none.
var englishWords = strings.Fields("the that this then than there at and has hat is it its not too on are am by nothing more must a")

// borrowed are the English words that are written in Vietnamese texts, and the
// names of products, beside the names of keys, verbs and codes.
var borrowed = strings.Fields(`token header broker proxy socket log kafka redis sentinel gateway root byte debian microsoft standard-webhooks
	mv rsync cert abort users status makestep tracking requirepass redirect cloudevents vni auth px tabular on
	noeviction year ms cookie true yes
	quota clean ignore dates each changes specversion forget cancel range basic hmac maxmemory appendonly localhost tab datasets
	false mib h x hh mm ss dd yyyy yy iso p b r d m z s
	igate ioffice digo internet
	authorization bearer refresh doctor window watermark cursor openssl pip csv xml json yaml excel unicode`)

// englishIn finds the words of a text that are neither Vietnamese nor names.
// What stands in quotes, holes or a command line of another program is no prose.
func englishIn(text string, names map[string]bool) (found []string) {
	prose := regexp.MustCompile("`[^`]*`|\"[^\"]*\"|\\{[^{}]*\\}+|<[^>]*>|https?:\\S+|'[^']*'|"+
		"gateway( [a-z][a-z-]*)+|(openssl|sudo|systemctl|pgrep|docker|redis-cli|kafka-\\S+|chronyc|timedatectl|sed|ACL|CONFIG)( [a-zA-Z0-9_./…=-]+)+").ReplaceAllString(text, " ")
	for _, word := range strings.FieldsFunc(prose, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;()[]!?‹›…:",
			r)
	}) {
		word = strings.Trim(word, ".'\"")
		if len(word) > 1 && word == strings.ToUpper(word) { // an abbreviation
			continue
		}
		word = strings.ToLower(word)
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" || names[word] || slices.Contains(borrowed, word) {
			continue
		}
		if slices.Contains(englishWords, word) || !syllable.MatchString(word) {
			found = append(found, word)
		}
	}
	return found
}

// keyNames are what settings, fields, codes and verbs are called.
func keyNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	tag := regexp.MustCompile(`(?:yaml|json):"([a-z_0-9]+)|oneof=([^",]+)`)
	use := regexp.MustCompile(`Use: +"([a-z]+)`)
	for _, s := range sources(t) {
		if s.tests {
			continue
		}
		text := s.text
		for _, m := range tag.FindAllStringSubmatch(text, -1) {
			for _, name := range strings.Fields(m[1] + " " + m[2]) {
				names[name] = true
			}
		}
		for _, m := range use.FindAllStringSubmatch(text, -1) {
			names[m[1]] = true
		}
	}
	for _, kind := range canonical.Kinds() {
		names[string(kind)] = true
	}
	for _, stop := range englishWords {
		delete(names, stop)
	}
	return names
}

// The checks above find what they must.
func TestWordChecksCanFail(t *testing.T) {
	for text, bad := range map[string]bool{"Thiếu url": false, "Gần nhất: ; hợp lệ: a": true, `Khóa "" sai`: true, "Sai ()": true, "Còn {want}": true,
		"Gần nhất: ": true, "Mẫu [[{near}": true} {
		if got := textFault(text) != ""; got != bad {
			t.Errorf("%q: %v", text, got)
		}
	}
	for _, w := range []problem.Words{{VI: "khóa lạ", HintVI: "Sửa"}, {VI: "Khóa lạ.", HintVI: "Sửa"}, {VI: "{field}: sai", HintVI: "Sửa"},
		{VI: "Sai", HintVI: "profile_file sai"}, {VI: "Sai"}} {
		if len(styleFaults(w)) == 0 {
			t.Errorf("%+v passes", w)
		}
	}
	for text, bad := range map[string]bool{"Cần a duration như 90s": true, "Không đọc được the file": true, "Cần token của broker": false,
		"Đặt http.tokens (secret: x), hoặc dùng gateway source run dvc/x": false, "at most 5": true} {
		if got := englishIn(text, keyNames(t)); len(got) > 0 != bad {
			t.Errorf("%q: %q", text, got)
		}
	}
	if !mustHave(problem.Words{VI: "a {value}[[ b {near}]]"}, "value") || mustHave(problem.Words{VI: "a {value}[[ b {near}]]"}, "near") {
		t.Error("what must be there is told wrongly")
	}
}
