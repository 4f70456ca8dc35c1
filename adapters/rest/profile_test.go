package rest

import (
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// wire is a smallest profile, with lines to replace.
func wire(changes ...string) string {
	text := descWire[strings.Index(descWire, "wire:\n")+len("wire:\n"):]
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	return strings.NewReplacer(changes...).Replace(b.String())
}

func TestProfileMistakesAreNamed(t *testing.T) {
	cases := []struct{ name, from, to, code, field string }{
		{"unknown key", "vi: thử", "vii: thử", "GW-C002", ""},
		{"kind", "kind: dossier", "kind: hoso", "GW-A003", "kind"},
		{"evidence", "evidence: assumed", "evidence: sure", "GW-C005", "evidence"},
		{"variable", `"{page}"`, `"{pgae}"`, "GW-A004", "request.query.page"},
		{"layout", "yyyy-MM-dd'T'HH:mm:ss.SSSZ", "yyyy-mm-dd", "GW-A005", "records.at.layouts"},
		{"path", "key: id", `key: "task.#.id"`, "GW-A003", "records.key"},
		{"wildcard", "path: content", "path: content[*]", "GW-A003", "records.path"},
		{"filter of another syntax", "key: id", "key: 'f.#(id==1).v'", "GW-A003", "records.key"},
		{"another root", "path: content", "path: $.content", "GW-A003", "records.path"},
		{"bracket that stays open", "key: id", "key: 'f[id=1'", "GW-A003", "records.key"},
		{"element of xml", "key: id", "key: 'f[0]'\n  format: xml", "GW-A003", "records.key"},
		{"zone", "evidence: assumed", "evidence: assumed\nzone: Asia/Hanoi", "GW-A007", "zone"},
		{"auth", "evidence: assumed", "evidence: assumed\nauth: {kind: kerberos}", "GW-A003", "auth.kind"},
		{"no place of tokens", "evidence: assumed", "evidence: assumed\nauth: {kind: login}", "GW-A008", "auth.url"},
		{"nothing signed", "evidence: assumed", "evidence: assumed\nauth: {kind: hmac}", "GW-A008", "auth.sign"},
		{"no times", `at: {path: updatedDate, layouts: ["yyyy-MM-dd'T'HH:mm:ss.SSSZ"]}`, "join: '-'", "GW-A008", "records.at"},
		{"no format", "walk-desc, overlap: 5m", "since", "GW-A008", "watermark.format"},
		{"a path with a blank", "path: /list", "path: /list/{since}", "GW-A016", "request.path"},
		{"a path of times that are none", "path: /list", `path: "/list/{from}/{to}"`, "GW-A016", "request.path"},
		{"a path before its cursor", "path: /list", "path: /list/{cursor}", "GW-A016", "request.path"},
		{"no next", "{kind: page,", "{kind: cursor,", "GW-A008", "paging.next"},
		{"no ack", "walk-desc, overlap: 5m", "queue", "GW-A008", "ack"},
		{"xml without a path", "path: content", "format: xml", "GW-A008", "records.path"},
		{"volatile xml", "key: id", "key: id\n  format: xml\n  volatile: [x]", "GW-A003", "records.volatile"},
		{"chunk", "walk-desc, overlap: 5m", "window, format: dd/MM/yyyy, chunk: 3h", "GW-A003", "watermark.chunk"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Check("p.yaml", []byte(wire(c.from, c.to)))
			p, ok := problem.As(err)
			if !ok || p.Code != c.code || p.Field != c.field && c.field != "" || p.Line == 0 {
				t.Fatalf("got %v (%+v)", err, p)
			}
			if p.Text(problem.Vietnamese) == p.Code || p.Hint(problem.Vietnamese) == "" {
				t.Errorf("%s has no Vietnamese words", p.Code)
			}
		})
	}
	if _, err := Check("p.yaml", []byte(wire())); err != nil {
		t.Errorf("the smallest profile: %v", err)
	}
}

func read(t *testing.T, profile, body string) *parsedPage {
	t.Helper()
	page, err := readErr(t, profile, body)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func readErr(t *testing.T, profile, body string) (*parsedPage, error) {
	t.Helper()
	node, err := strict.Parse("p.yaml", []byte(profile))
	if err != nil {
		t.Fatal(err)
	}
	p, err := decodeProfile(node)
	if err != nil {
		t.Fatal(err)
	}
	pl, err := compile(p, node, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return parseWith(pl, []byte(body), 10, time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC))
}

func TestRecordKeys(t *testing.T) {
	cases := []struct{ name, profile, row, key, version string }{
		{"text", wire(), `{"id":" a1 "}`, "a1", ""},
		{"number", wire(), `{"id":12}`, "12", ""},
		{"float", wire(), `{"id":1000001.0}`, "1000001", ""},
		{"exponent", wire(), `{"id":1.2E3}`, "1200", ""},
		{"float as text stays", wire(), `{"id":"12.0"}`, "12.0", ""},
		{"whole", wire("key: id", "key: id\n  whole: true"), `{"id":"12.0"}`, "12", ""},
		{"escaped", wire(), `{"id":"a\u0111\"b"}`, `ađ"b`, ""},
		{"nested", wire("key: id", "key: x.y"), `{"x":{"z":1,"y":"k"}}`, "k", ""},
		{"joined", wire("key: id", "key: [a, b]\n  join: '/'"), `{"b":2,"a":"q"}`, "q/2", ""},
		{"version", wire("key: id", "key: id\n  version: rev"), `{"id":1,"rev":"7"}`, "1", "7"},
		{"later duplicate", wire(), `{"id":1,"t":{"id":9},"l":[{"id":8}]}`, "1", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			page := read(t, c.profile, `{"ok":true,"content":[`+c.row+`]}`)
			if len(raws(page)) != 1 || raws(page)[0].Key != c.key || string(raws(page)[0].Payload) != c.row || c.version != "" &&
				raws(page)[0].Version != c.version {
				t.Fatalf("got %+v, refused %v", raws(page), refusals(page))
			}
		})
	}
	for _, row := range []string{`{}`, `{"id":""}`, `{"id":null}`, `{"id":{}}`, `7`, `null`, `"x"`, `{"id":"` + strings.Repeat("k", 600) + `"}`} {
		page := read(t, wire(), `{"ok":true,"content":[`+row+`,{"id":2}]}`)
		if len(refusals(page)) != 1 || len(raws(page)) != 1 || refusals(page)[0].Problem.Code != "GW-S023" ||
			string(refusals(page)[0].Raw.Payload) != row {
			t.Errorf("%.30s: refused %v, raws %d", row, refusals(page), len(raws(page)))
		}
	}
}

func TestBodies(t *testing.T) {
	cases := []struct{ name, profile, body, code string }{
		{"cut", wire(), `{"ok":true,"content":[{"id":1},{"id`, "GW-S008"},
		{"cut in text", wire(), `{"ok":true,"content":[{"id":"x`, "GW-S008"},
		{"brackets", wire(), `{"ok":true,"content":[{"id":1,"a":[}]}`, "GW-S012"},
		{"rubbish after", wire(), `{"ok":true,"content":[]} x`, "GW-S012"},
		{"deep", wire(), `{"ok":true,"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `,"content":[]}`, "GW-S012"},
		{"no list", wire(), `{"ok":true}`, "GW-S014"},
		{"null list", wire(), `{"ok":true,"content":null}`, "GW-S014"},
		{"an object", wire(), `{"ok":true,"content":{"id":1}}`, "GW-S014"},
		{"failure", wire(), `{"ok":false,"content":[]}`, "GW-S013"},
		{"absent success", wire(), `{"content":[]}`, "GW-S013"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := readErr(t, c.profile, c.body)
			if p, ok := problem.As(err); !ok || p.Code != c.code {
				t.Fatalf("got %v", err)
			}
		})
	}
	for path, body := range map[string]string{`"1"`: `[{"ok":true},[{"id":1},{"id":2}]]`, `"[1]"`: `[{"ok":true},[{"id":1},{"id":2}]]`,
		`"[1].rows"`: `[{"ok":true},{"rows":[{"id":1},{"id":2}]}]`, `"[n=x].rows"`: `[{"ok":true},{"n":"x","rows":[{"id":1},{"id":2}]}]`} {
		page := read(t, wire("path: content", "path: "+path, "path: ok", `path: "[0].ok"`, "key: id", "key: id"), body)
		if page.count != 2 || len(raws(page)) != 2 {
			t.Errorf("%s: %d", path, page.count)
		}
	}
	if page := read(t, wire("key: id", "key: 'f[id=7].value'"), `{"ok":true,"content":[{"f":[{"id":6,"value":"a"},{"id":7,"value":"b"}]}]}`); len(raws(page)) != 1 ||
		raws(page)[0].Key != "b" {
		t.Errorf("a key by a member's value: %+v", raws(page))
	}
	if page := read(t, wire("key: id", "key: id\n  missing: empty"), `{"ok":true}`); page.count != 0 {
		t.Error("missing: empty")
	}
	if page := read(t, wire("key: id", "key: id\n  single: true"), `{"ok":true,"content":{"id":1}}`); page.count != 1 {
		t.Error("single: true")
	}
	if page := read(t, wire("path: content", "path: ''", "success: [{path: ok, equals: \"true\"}]", ""), ` [ {"id":1} , {"id":2} ] `); page.count != 2 {
		t.Error("the whole body as the list")
	}
}

func TestConditions(t *testing.T) {
	cases := []struct {
		cond, body string
		good       bool
	}{
		{`{path: e, equals: "0"}`, `{"e":0}`, true},
		{`{path: e, equals: "0"}`, `{"e":"0"}`, true},
		{`{path: e, equals: "00"}`, `{"e":0}`, false},
		{`{path: e, in: ["0", "00"]}`, `{"e":"00"}`, true},
		{`{path: m, contains: thành công}`, `{"m":"Cập nhật THANH CÔNG!"}`, true},
		{`{path: m, contains: thành công}`, `{"m":"Thất bại"}`, false},
		{`{path: errors, absent: true}`, `{"x":1}`, true},
		{`{path: errors, absent: true}`, `{"errors":null}`, true},
		{`{path: errors, absent: true}`, `{"errors":{"a":1}}`, false},
		{`{path: a.b, present: true}`, `{"a":{"b":1}}`, true},
		{`{path: a.b, present: true}`, `{"a":{}}`, false},
	}
	for _, c := range cases {
		profile := wire(`[{path: ok, equals: "true"}]`, "["+c.cond+"]", "key: id", "key: id\n  missing: empty")
		if _, err := readErr(t, profile, c.body); (err == nil) != c.good {
			t.Errorf("%s on %s: %v", c.cond, c.body, err)
		}
	}
	for then, class := range map[string]problem.Fault{"retry": problem.FaultRetry, "halt": problem.FaultHalt} {
		profile := wire("message: message", "message: message\nfailures: [{when: {path: code, equals: \"9\"}, then: "+then+"}]")
		_, err := readErr(t, profile, `{"ok":true,"code":9,"message":"số 079123456789","content":[]}`)
		got, _ := problem.Class(err)
		if p, ok := problem.As(err); !ok || got != class || strings.Contains(err.Error(), "079123456789") || !strings.Contains(p.Value, "số") {
			t.Errorf("then %s: %v", then, err)
		}
	}
	if page := read(t, wire("message: message", "failures: [{when: {path: code, equals: \"9\"}, then: empty}]"), `{"code":9,"ok":true}`); page.count != 0 {
		t.Error("then: empty")
	}
}

func TestGoneVolatileTimes(t *testing.T) {
	page := read(t, wire("key: id", "key: id\n  gone: {path: del, in: [\"1\"]}"), `{"ok":true,"content":[{"id":1,"del":1},{"id":2,"del":0}]}`)
	if !raws(page)[0].Gone || raws(page)[1].Gone {
		t.Error("gone")
	}
	p := wire("key: id", "key: id\n  volatile: [n, m]")
	a := read(t, p, `{"ok":true,"content":[{"n":1,"id":1,"m":"x"}]}`)
	b := read(t, p, `{"ok":true,"content":[{"n":2222,"id":1,"m":"yy"}]}`)
	c := read(t, p, `{"ok":true,"content":[{"n":1,"id":1,"m":"x","z":0}]}`)
	if raws(a)[0].Version != raws(b)[0].Version || raws(a)[0].Version == raws(c)[0].Version {
		t.Error("volatile members count, or others do not")
	}
	two := wire("at: {path: updatedDate,", "at: {path: [updatedDate, created],")
	page = read(t, two, `{"ok":true,"content":[{"id":1,"created":"2026-03-01T10:00:00.000+0700","updatedDate":"2026-03-01T02:00:00.000+0000"},{"id":2,"created":"x"}]}`)
	if !raws(page)[0].At.Equal(time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)) || page.undated != 1 {
		t.Errorf("at %v, undated %d", raws(page)[0].At, page.undated)
	}
	zoned := wire("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "dd/MM/yyyy HH:mm", "evidence: assumed", "evidence: assumed\nzone: Asia/Tokyo")
	page = read(t, zoned, `{"ok":true,"content":[{"id":1,"updatedDate":"01/03/2026 09:00"}]}`)
	if !raws(page)[0].At.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("zone: %v", raws(page)[0].At)
	}
}

func TestXML(t *testing.T) {
	p := wire("path: content", "path: R.List.Item\n  format: xml", "key: id", "key: '@id'", "at: {path: updatedDate,",
		"at: {path: When.Changed,",
		`{path: ok, equals: "true"}`, `{path: R.ok, equals: "true"}`, "total: totalElements", "total: R.@total")
	body := "<?xml version=\"1.0\"?><R total=\"2\"><ok>true</ok><List><Item id=\"a\"><When><Changed>2026-03-01T10:00:00.000+0700</Changed></When></Item>\n<Item id=\"b\"/></List></R>"
	page := read(t, p, body)
	got := raws(page)
	if page.count != 2 || page.total != 2 || got[0].Key != "a" || got[0].At.IsZero() || got[0].Media != canonical.MediaXML ||
		string(got[1].Payload) != `<Item id="b"/>` {
		t.Fatalf("%+v", page)
	}
	if page := read(t, p, `<R><ok>true</ok><List></List></R>`); page.count != 0 {
		t.Error("an empty list")
	}
	for body, code := range map[string]string{`<R><ok>true</ok></R>`: "GW-S014", `<R><List><Item id="a">`: "GW-S008", `<R></Q>`: "GW-S012"} {
		if _, err := readErr(t, p, body); err == nil || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
