package mappings

import (
	"strings"
	"testing"
	"testing/fstest"

	"iocgateway/canonical/problem"
)

const (
	rightMapping = "mapping: %s\nkind: feedback\nevidence: assumed\ndates: [rfc3339]\nfields:\n  title: ten\n  submitted_at: luc\n"
	rightList    = "list: sp/tt\nfor: feedback.status\nevidence: assumed\nentries:\n  - {code: \"1\", to: resolved}\n"
)

func named(name string) []byte { return []byte(strings.Replace(rightMapping, "%s", name, 1)) }

func loaded(files map[string][]byte) (*Set, error) {
	at := fstest.MapFS{}
	for name, data := range files {
		at[name] = &fstest.MapFile{Data: data}
	}
	return Load(Options{FS: at, Bare: true})
}

// What is wrong with a mapping is its own: the others are there, whoever asks
// for it hears where it is wrong, and of what kind it was meant to be.
func TestAWrongMappingIsItsOwnMatter(t *testing.T) {
	for name, c := range map[string]struct{ text, code, place string }{
		"a wrong key":        {string(named("a/wrong")) + "feilds: {}\n", "GW-M002", "a/wrong.yaml:8:1"},
		"no YAML":            {string(named("a/wrong")) + "  x: [\n", "GW-C001", "a/wrong.yaml:"},
		"another name":       {string(named("a/other")), "GW-M019", "a/wrong.yaml:1:1"},
		"a list that is not": {string(named("a/wrong")) + "  status: {from: tt, codelist: sp/none}\n", "GW-M", "a/wrong.yaml:8"},
		"a wrong list":       {string(named("a/wrong")) + "  status: {from: tt, codelist: sp/wrong}\n", "GW-M016", "codes/sp/wrong.yaml:5"},
	} {
		files := map[string][]byte{"a/wrong.yaml": []byte(c.text), "a/right.yaml": named("a/right"), "codes/sp/tt.yaml": []byte(rightList)}
		if name == "a wrong list" {
			files["codes/sp/wrong.yaml"] = []byte(strings.NewReplacer("sp/tt", "sp/wrong", "resolved", "nonsense").Replace(rightList))
		}
		set, err := loaded(files)
		if err == nil {
			t.Fatalf("%s: nothing is wrong", name)
		}
		if _, err := set.Plan("a/right"); err != nil {
			t.Errorf("%s: the right one: %v", name, err)
		}
		_, err = set.Plan("a/wrong")
		p, ok := problem.As(err)
		if !ok || !strings.HasPrefix(p.Code, c.code) || !strings.HasPrefix(p.Place(), c.place) {
			t.Errorf("%s: %v, want %s at %s", name, err, c.code, c.place)
		}
		if name == "another name" {
			if _, other := set.Plan("a/other"); other == nil || other.Error() != err.Error() {
				t.Errorf("whoever asks for the name in it hears %v", other)
			}
		}
		if kind := set.KindOf("a/wrong"); kind != "feedback" {
			t.Errorf("%s: of kind %q", name, kind)
		}
		if set.Unreadable() {
			t.Errorf("%s: taken for unreadable", name)
		}
	}
}

// A file that is read by nobody is named, with where it belongs; what is no
// mapping is nobody's business.
func TestStrayFilesAreNamed(t *testing.T) {
	for at, want := range map[string]string{
		"phan-anh.yaml":          "tep/phan-anh.yaml",
		"phan-anh.yml":           "tep/phan-anh.yaml",
		"tep/phan-anh.yml":       "tep/phan-anh.yaml",
		"tep/phan-anh.YAML":      "tep/phan-anh.yaml",
		"tep/phan-anh.yaml.txt":  "tep/phan-anh.yaml",
		"mappings/tep/x/a.yaml":  "tep/phan-anh.yaml",
		"codes/tep/phan-anh.yml": "tep/phan-anh.yaml",
		"codes/tep/p.yaml":       "tep/phan-anh.yaml",
		"codes/p.yaml":           "tep/phan-anh.yaml",
	} {
		set, err := loaded(map[string][]byte{at: named("tep/phan-anh"), "tep/readme.txt": []byte("not a mapping"), ".git/a/b.yaml": named("a/b")})
		found, _ := problem.All(err)
		if len(found) != 1 || found[0].Code != "GW-M040" || found[0].File != at || found[0].Want != want {
			t.Errorf("%s: %v", at, err)
			continue
		}
		if _, err := set.Plan("tep/phan-anh"); err == nil || err.Error() != found[0].Error() {
			t.Errorf("%s: whoever asks for it hears %v", at, err)
		}
	}
	for at, c := range map[string]struct {
		data []byte
		want string
	}{
		"codes/tt.yaml":        {[]byte(rightList), "codes/sp/tt.yaml"},
		"sp/tt.yaml":           {[]byte(rightList), "codes/sp/tt.yaml"},
		"codes/sp/tt.yml":      {[]byte(rightList), "codes/sp/tt.yaml"},
		"x_test.yml":           {[]byte("cases:\n  - name: a\n"), "FOLDER/x_test.yaml"},
		"sp/x_test.yml":        {[]byte("cases:\n  - name: a\n"), "sp/x_test.yaml"},
		"one.yaml":             {[]byte("mapping: one\n"), "FOLDER/one.yaml"},
		"deep/deeper/two.yaml": {[]byte("# của tôi\nmapping: \"two\" # x\n"), "deeper/two.yaml"},
	} {
		_, err := loaded(map[string][]byte{at: c.data})
		found, _ := problem.All(err)
		if len(found) != 1 || found[0].Code != "GW-M040" || found[0].Want != c.want {
			t.Errorf("%s: %v", at, err)
		}
	}
	if _, err := loaded(map[string][]byte{"a/right.yaml": named("a/right"), "codes/sp/tt.yaml": []byte(rightList),
		"notes.txt":   []byte("kind: words"),
		"values.yaml": []byte("replicas: 2\n"), "a/right_test.yaml": []byte("cases: []\n")}); err != nil {
		t.Error(err)
	}
}
