package rest

import (
	"net/http"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

const tornWire = `  request: {path: /l}
  paging: {kind: none}
  records: {path: d, key: [id], version: v}
  watermark: {kind: none}
`

// One broken byte holds its record, whatever stands around it and whatever was
// declared; its page goes on.
func TestBrokenTextHoldsItsRecord(t *testing.T) {
	rows := func(second string) string {
		return `{"d":[{"id":"a","v":"1","t":"Đường Trần Hưng Đạo"},` + second + `,{"id":"c","v":"1","t":"Phường Nghĩa Lộ"}]}`
	}
	for name, c := range map[string]struct{ media, row, key, field string }{
		"declared":            {"application/json; charset=utf-8", "{\"id\":\"b\",\"v\":\"2\",\"t\":\"Qu\xe1\xba\"}", "b", "t"},
		"undeclared":          {"application/json", "{\"id\":\"b\",\"v\":\"2\",\"t\":\"Quảng Ng\xc3\"}", "b", "t"},
		"in the version":      {"application/json", "{\"id\":\"b\",\"v\":\"\xff\"}", "b", "v"},
		"in a name":           {"text/plain", "{\"id\":\"b\",\"\xe1\xba\":1}", "b", ""},
		"in the key":          {"application/json", "{\"id\":\"b\xff\",\"v\":\"2\"}", "no-key-", "id"},
		"in the key, escaped": {"application/json", "{\"id\":\"b\\u0063\xff\",\"v\":\"2\"}", "no-key-", "id"},
		"far down":            {"application/json", "{\"id\":\"b\",\"v\":\"2\",\"sub\":{\"x\":[\"\xf0\x9f\x98\"]}}", "b", "sub"},
		"no other letter":     {"application/json; charset=utf-8", "{\"id\":\"b\",\"v\":\"2\",\"t\":\"\xff\"}", "b", "t"},
	} {
		src, _ := serve(t, tornWire, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			_, _ = w.Write([]byte(rows(c.row)))
		})
		_, pages, _ := walkAll(t, src, nil)
		page := pages[0]
		if len(page.Records) != 2 || len(page.Refused) != 1 {
			t.Errorf("%s: %d records, %d held", name, len(page.Records), len(page.Refused))
			continue
		}
		held := page.Refused[0]
		if !strings.HasPrefix(held.Raw.Key, c.key) || held.Problem.Code != "GW-S080" || held.Problem.Field != c.field || !strings.Contains(string(held.Raw.Payload), "b") {
			t.Errorf("%s: %q %+v", name, held.Raw.Key, held.Problem)
		}
	}
}

// A reader of XML stops at such a byte: it is marked, and its record held.
func TestBrokenTextInXML(t *testing.T) {
	wire := strings.Replace(tornWire, "path: d,", "path: r.d, format: xml,", 1)
	src, _ := serve(t, wire, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte("<r><d><id>a</id><v>1</v><t>Đường Trần Hưng Đạo</t></d><d><id>b</id><v>1</v><t>Qu\xe1\xba</t></d></r>"))
	})
	_, pages, _ := walkAll(t, src, nil)
	page := pages[0]
	if len(page.Records) != 1 || len(page.Refused) != 1 || page.Refused[0].Problem.Code != "GW-S080" || page.Refused[0].Raw.Key != "b" ||
		!strings.Contains(string(page.Refused[0].Raw.Payload), "<t>Qu\xe1\xba</t>") {
		t.Errorf("%+v", page)
	}
}

// Where most letters are broken it is the charset, and no record's fault.
func TestMuchBrokenIsTheCharset(t *testing.T) {
	src, _ := serve(t, tornWire, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte("{\"d\":[{\"id\":\"a\",\"v\":\"1\",\"t\":\"Qu\xb6ng Ng\xb7i, Vi\xd6t Nam\"}]}"))
	})
	_, pages, _ := walkAll(t, src, nil)
	if r := pages[0].Records; len(r) != 1 || !strings.Contains(string(r[0].Payload), "Quảng Ngãi, Việt Nam") {
		t.Errorf("%+v", pages[0])
	}
	if p := (&problem.Problem{Code: "GW-S080"}); p.Hint(problem.English) == "" || p.Text(problem.Vietnamese) == p.Code {
		t.Error("no words")
	}
}
