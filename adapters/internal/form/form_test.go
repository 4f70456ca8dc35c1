package form

import (
	"strings"
	"testing"
	"unicode/utf16"

	"iocgateway/canonical/problem"
)

func wide(s string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b.WriteByte(byte(u >> 8))
		}
		b.WriteByte(byte(u))
		if !big {
			b.WriteByte(byte(u >> 8))
		}
	}
	return b.String()
}

// TestOf: what things are, by their first bytes.
func TestOf(t *testing.T) {
	for _, c := range []struct {
		text string
		is   Is
		name string
		says string
	}{
		{"", Empty, "∅", ""},
		{"\xef\xbb\xbf \r\n", Empty, "∅", ""},
		{strings.Repeat("\x00", 4096), Empty, "∅", ""},
		{"id,a\n1,2\n", Text, "text", "id,a"},
		{"[Mã],[Tên]\n1,2\n", Text, "text", ""},
		{"{Mã};b\n", Text, "text", ""},
		{`{"id":1}`, Object, "JSON {…}", ""},
		{"\xef\xbb\xbf{\"id\":1}\n{\"id\":2}", Lines, "NDJSON", ""},
		{`[]`, List, "JSON […]", ""},
		{wide(`[{"id":1}]`, false), List, "JSON […]", ""},
		{"\xfe\xff" + wide(`{"a":{}}`, true), Object, "JSON {…}", ""},
		{`{"error":{"code":403,"message":"Hết hạn mức 0905123456"}}`, Object, "JSON {…}", "Hết hạn mức **********"},
		{`{"errors":[{"detail":"quá tải"}]}`, Object, "JSON {…}", "quá tải"},
		{`{"error":null,"message":"ok","rows":[{"id":1}]}`, Object, "JSON {…}", ""},
		{`{"fault":{"faultstring":"Rate limit"}}`, Object, "JSON {…}", "Rate limit"},
		{"<!DOCTYPE html>\n<html><head><title>Bảo trì &amp; nâng cấp</title>", HTML, "HTML", "Bảo trì & nâng cấp"},
		{"<html><body><h1>502 Bad Gateway</h1></body></html>", HTML, "HTML", "502 Bad Gateway"},
		{"<!-- proxy --><HTML><body>Service unavailable</body>", HTML, "HTML", "Service unavailable"},
		{"<br />\n<b>Warning</b>: mysql_connect()", HTML, "HTML", "Warning : mysql_connect()"},
		{"<html><title>Đăng nhập</title><form><input type=\"password\"></form>", Login, "HTML", "Đăng nhập"},
		{wide("<html><title>Lỗi</title>", false), HTML, "HTML", "Lỗi"},
		{`<?xml version="1.0"?><!-- x > y --><rows><row/></rows>`, XML, "XML <rows>", ""},
		{`<mes:Structure xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message">`, XML, "SDMX Structure", ""},
		{`<soap:Envelope><soap:Body><soap:Fault><faultstring>No rights</faultstring></soap:Fault></soap:Body></soap:Envelope>`, XML,
			"XML <Envelope>", "No rights"},
		{`<mes:Error><mes:ErrorMessage code="100"><com:Text>No Results Found</com:Text></mes:ErrorMessage></mes:Error>`, XML,
			"XML <Error>", "No Results Found"},
		{`<soap:Envelope><soap:Body><r>fine</r></soap:Body></soap:Envelope>`, XML, "XML <Envelope>", ""},
		{"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00\x21\x00............\x13\x00\x00\x00[Content_Types].xml", Workbook, "xlsx", ""},
		{"PK\x03\x04\x14\x00\x00\x00\x00\x00............\x08\x00....\x05\x00\x00\x00a.csv", Other, "ZIP", ""},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Book, "xls", ""},
		{"%PDF-1.7", Other, "PDF", ""},
		{"\x1f\x8b\x08", Other, "gzip", ""},
	} {
		got := Of([]byte(c.text), true)
		if got.Is != c.is || got.Name != c.name || got.Says != c.says && c.is != Other {
			t.Errorf("%q: %d %q %q, want %d %q %q", c.text[:min(len(c.text), 60)], got.Is, got.Name, got.Says, c.is, c.name, c.says)
		}
	}
}

// TestRefuse: whatever was asked for, another kind is refused by its name in
// both languages, and the right kind is not.
func TestRefuse(t *testing.T) {
	things := map[string]string{"csv": "a,b\n1,2", "json": `{"a":[]}`, "xml": "<a/>", "xlsx": "PK\x03\x04", "html": "<html><title>T</title>",
		"pdf": "%PDF", "empty": "  ", "error": `{"error":"x"}`}
	right := map[string][]string{"csv": {"csv"}, "px": {"csv"}, "sdmx-csv": {"csv"}, "json": {"json", "error"}, "ndjson": {"json", "error"},
		"jsonstat": {"json", "error"}, "xml": {"xml"}, "sdmx-ml": {"xml"}, "xlsx": {"xlsx"}, "xls": {"xlsx"}}
	for asked, good := range right {
		for name, text := range things {
			p := Refuse(Of([]byte(text), true), asked)
			if fine := strings.Contains(strings.Join(good, " "), name); fine != (p == nil) {
				t.Errorf("%s for %s: %v", name, asked, p)
			}
			if p != nil && (p.Text(problem.Vietnamese) == p.Text(problem.English) || p.Hint(problem.Vietnamese) == "") {
				t.Errorf("%s for %s: no words: %v", name, asked, p)
			}
		}
	}
	if p := Refuse(Of([]byte(`<a:Structure xmlns:a="x/message">`), true), "sdmx-ml"); p == nil || p.Value != "SDMX Structure" {
		t.Errorf("a structure message: %v", p)
	}
}

// FuzzOf: nothing that comes makes it fail, and what it says is short.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{"", "{", "[", "<", "<a", "<?", "<!--", "PK\x03\x04", "{\"error\":[[[", "<Fault><a>", "\xff\xfe<", "{}{}"} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, whole bool) {
		if got := Of(b, whole); len([]rune(got.Says)) > 80 || got.Name == "" {
			t.Fatalf("%+v", got)
		}
	})
}

// TestRefusal: the words of a body whose status says already that it is an
// error stand in quotes, whatever the body's members are called.
func TestRefusal(t *testing.T) {
	for body, want := range map[string]string{
		`{"message": "Not Found", "documentation_url": "https://x"}`:                  `"Not Found"`,
		`{"type": "about:blank", "title": "Cấm", "status": 403, "detail": "Hết hạn"}`: `"Hết hạn"`,
		`{"error": "tên \"A B\" sai"}`:                                                `"tên 'A B' sai"`,
		"\xef\xbb\xbf\r\n {\"message\": \"Không có quyền\"}\n":                        `"Không có quyền"`,
		`["ERROR_X","sai \"khoá\""]`:                                                  `"ERROR_X: sai 'khoá'"`,
		`{"data": {"list": [1, 2]}}`:                                                  "",
		`{"message": "cắt ng`:                                                         "",
		"<html><title>502 Bad Gateway</title></html>":                                 `"502 Bad Gateway"`,
		"Quá tải": `"Quá tải"`,
		"":        "",
	} {
		got := ""
		if err := Refusal([]byte(body)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}
