package schema_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/schema"
)

var update = flag.Bool("update", false, "rewrite the checked-in schemas")

func TestUpToDate(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		want := schema.Generate(kind, problem.English)
		if *update {
			if err := os.WriteFile(schema.FileName(kind), want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if !bytes.Equal(schema.Get(kind, problem.English), want) {
			t.Errorf("%s is not what the structs give: go test ./canonical/schema -update", schema.FileName(kind))
		}
	}
	if schema.Get("matter", problem.English) != nil || schema.Generate("matter", problem.English) != nil {
		t.Error("a schema of no kind")
	}
}

func compiled(t testing.TB, kind canonical.Kind) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Generate(kind, problem.English)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(schema.ID(kind), doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schema.ID(kind))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t testing.TB, s *jsonschema.Schema, body []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

func golden(t testing.TB, kind canonical.Kind) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "testdata", "golden", string(kind)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(body)
}

// TestGoldenAgree: what Validate takes, the schema takes.
func TestGoldenAgree(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		body := golden(t, kind)
		e, err := canonical.Decode(kind, body)
		if err != nil {
			t.Fatal(err)
		}
		if err := canonical.Validate(e); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if err := valid(t, compiled(t, kind), body); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestBothRefuse breaks golden records in ways that both must refuse.
func TestBothRefuse(t *testing.T) {
	for _, c := range []struct {
		name       string
		kind       canonical.Kind
		was, wrong string
	}{
		{"empty id", "dossier", `"id":"dossier:ngu%E1%BB%93n:k%201"`, `"id":""`},
		{"kind", "task", `"kind":"task"`, `"kind":"dossier"`},
		{"date", "document", `"issued_on":"2026-03-04"`, `"issued_on":"04/03/2026"`},
		{"decimal", "observation", `"value":"-12.50"`, `"value":"1,5"`},
		{"percent", "task", `"percent":15.12053`, `"percent":101`},
		{"latitude", "feedback", `"lat":15.12053`, `"lat":-90.5`},
		{"hash", "feedback", `"sha256":"0a`, `"sha256":"0`},
		{"area without a day", "dossier", `"on":"2026-03-04"`, `"on":""`},
		{"count", "task", `"total":3`, `"total":-3`},
	} {
		body := golden(t, c.kind)
		wrong := bytes.Replace(body, []byte(c.was), []byte(c.wrong), 1)
		if bytes.Equal(body, wrong) {
			t.Errorf("%s: nothing to break", c.name)
			continue
		}
		if valid(t, compiled(t, c.kind), wrong) == nil {
			t.Errorf("%s: the schema takes it", c.name)
		}
		e, err := canonical.Decode(c.kind, wrong)
		if err == nil && canonical.Validate(e) == nil {
			t.Errorf("%s: Validate takes it", c.name)
		}
	}
}

// TestOpen: a later version 1 may hold more, and its readers must take it.
func TestOpen(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		s := compiled(t, kind)
		more := append([]byte(`{"added_later":{"x":1},`), golden(t, kind)[1:]...)
		if err := valid(t, s, more); err != nil {
			t.Errorf("%s with a new member: %v", kind, err)
		}
	}
	body := bytes.Replace(golden(t, canonical.KindDossier), []byte(`"channel":"direct"`), []byte(`"channel":"by_drone"`), 1)
	if err := valid(t, compiled(t, canonical.KindDossier), body); err != nil {
		t.Errorf("a new code: %v", err)
	}
	nothing := []byte(`{"id":"observation:a:b","kind":"observation","indicator":{"code":"x"},"period":{"freq":"M","start":"2026-01-01","end":"2026-01-31"},"value":null,"missing":"nil"}`)
	if err := valid(t, compiled(t, canonical.KindObservation), nothing); err != nil {
		t.Errorf("an observation without a value: %v", err)
	}
}

// TestDictionaryIsInBothLanguages: every field of every kind and every code of
// every list has its words in both, and neither stands in for the other.
func TestDictionaryIsInBothLanguages(t *testing.T) {
	vi, en := string(schema.Dictionary(problem.Vietnamese)), string(schema.Dictionary(problem.English))
	vietnamese, english := strings.Split(vi, "\n"), strings.Split(en, "\n")
	if len(vietnamese) != len(english) {
		t.Fatalf("%d lines in Vietnamese, %d in English", len(vietnamese), len(english))
	}
	rows := 0
	for i, line := range english {
		if strings.ContainsFunc(line, func(r rune) bool { return r > unicode.MaxLatin1 && unicode.IsLetter(r) }) {
			t.Errorf("Vietnamese in the English dictionary: %s", line)
		}
		cells, words := strings.Split(line, " | "), strings.Split(vietnamese[i], " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		rows++
		if cells[0] != words[0] || strings.TrimSpace(cells[1]) == "" || strings.TrimSpace(words[1]) == "" {
			t.Errorf("a field without its words: %q, %q", line, vietnamese[i])
		}
	}
	if rows < 500 {
		t.Errorf("only %d rows", rows)
	}
}

func TestMarks(t *testing.T) {
	feedback := string(schema.Get(canonical.KindFeedback, problem.English))
	for _, want := range []string{`"x-personal-data": "phone"`, `"x-codes": "feedback_status"`, `"title": "Điện thoại"`,
		`"awaiting_info": "Chờ bổ sung thông tin"`, `"format": "date-time"`} {
		if !strings.Contains(feedback, want) {
			t.Errorf("the feedback schema lacks %s", want)
		}
	}
	if strings.Contains(feedback, `"enum"`) || strings.Contains(feedback, `"additionalProperties": false`) {
		t.Error("the feedback schema is closed")
	}
}

func TestDictionary(t *testing.T) {
	vi, en := string(schema.Dictionary(problem.Vietnamese)), string(schema.Dictionary(problem.English))
	for _, want := range []string{"| `applicant.phone` | Điện thoại | chuỗi ký tự |  |  | điện thoại |", "| `legs[].status` |",
		"| `status` | Trạng thái | chuỗi ký tự |  | [dossier_status](#dossier_status) |  |", "### dossier_status", "| `returned` | Đã trả kết quả | có |"} {
		if !strings.Contains(vi, want) {
			t.Errorf("the dictionary lacks %s", want)
		}
	}
	for _, kind := range canonical.Kinds() {
		for path := range canonical.PersonalFields(kind) {
			if !strings.Contains(en, "`"+path+"`") {
				t.Errorf("%s %s is not in the dictionary", kind, path)
			}
		}
	}
	if !strings.Contains(en, "| `status` | Status | text |  | [task_status](#task_status) |  |") {
		t.Error("English")
	}
}
