package mappings

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

const small = `mapping: m
kind: feedback
dates: ["dd/MM/yyyy HH:mm", "dd/MM/yyyy"]
at: changed
fields:
  codes: [{system: s, from: id}]
  status: {const: new}
  due_at: due
  title: {from: title, required: true}
  content: {from: content, clean: [strip_html, lines]}
  channel: {from: channel, default: web}
  reporter: {name: name, phone: {from: phone, clean: phone}}
  anonymous: anonymous
  rating: {from: rating, numbers: vi}
  sort: {from: sort, codelist: {"1": petition}, default: contact}
  returned_count: {from: back, default: "0"}
  steps: {each: steps, when: "item.skip != true", fields: {content: "c", agency: {name: $.agency}}}
exclude:
  - {name: test_matter, when: "folded(raw.title) startsWith 'thu nghiem'"}
`

func smallPlan(t testing.TB) *Mapper {
	t.Helper()
	p, err := compileText(small)
	if err != nil {
		t.Fatal(err)
	}
	return p.Bind("src", "st")
}

func mapped(b *Mapper, payload string) (canonical.Record, error) {
	return b.Map(canonical.Raw{Key: "k", Payload: []byte(payload)})
}

func TestMap(t *testing.T) {
	b := smallPlan(t)
	for _, c := range []struct{ name, payload, want string }{
		{"escapes and spaces", `{"title":" a\u0300  \"b\"\n\u0111 "}`, `"title":"à \"b\" đ"`},
		{"decomposed letters", "{\"title\":\"Tie\u0302\u0301ng\"}", `"title":"Tiếng"`},
		{"byte order mark and NUL", "\xef\xbb\xbf{\"title\":\"a\"}\x00\x00", `"title":"a"`},
		{"surrogates", `{"title":"\ud83d\ude00 \ud83d"}`, `"title":"😀 �"`},
		{"line break stays", `{"title":"a","content":"<p>x</p><p>y &amp; z</p><script>no</script>"}`, `"content":"x\n\ny & z"`},
		{"day", `{"title":"a","due":"05/03/2026"}`, `"due_at":"2026-03-05T00:00:00+07:00","due_precision":"day","notes":["zone_assumed"]`},
		{"minute", `{"title":"a","due":"05/03/2026 10:30"}`, `"due_precision":"minute"`},
		{"default", `{"title":"a","channel":""}`, `"channel":"web"`},
		{"unknown code", `{"title":"a","channel":"pigeon"}`, `"unread":[{"field":"channel","raw":"pigeon","code":"GW-M114"}]`},
		{"unknown code counts", `{"title":"a","channel":"pigeon"}`, `"channel":"unknown"`},
		{"text and number", `{"title":12,"rating":"4,5"}`, `"channel":"web","rating":4.5`},
		{"list of one", `{"title":"a","agency":"X","steps":{"c":"only"}}`, `"steps":[{"agency":{"name":"X"},"content":"only"}]`},
		{"when in a list", `{"title":"a","steps":[{"c":"1","skip":true},{"c":"2"}]}`, `"steps":[{"content":"2"}]`},
		{"phone", `{"title":"a","phone":"+84 912 345 678"}`, `"reporter":{"phone":"09•• ••• 678"}`},
		{"no date", `{"title":"a","due":"01/01/0001"}`, `{"id":"feedback:src:k","kind":"feedback","status":"new","sort":"contact","title":"a","channel":"web","returned_count":0}`},
		{"anonymous", `{"title":"a","name":"Lê Lan","phone":"0912345678","anonymous":1}`, `"channel":"web","anonymous":true,"returned_count":0}`},
		{"default beside a code list", `{"title":"a"}`, `"sort":"contact"`},
		{"default in another number style", `{"title":"a"}`, `"returned_count":0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := mapped(b, c.payload)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(r.Body), c.want) {
				t.Fatalf("got  %s\nwant %s", r.Body, c.want)
			}
		})
	}
}

func TestMapHolds(t *testing.T) {
	b := smallPlan(t)
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	for _, c := range []struct{ name, payload, code, field string }{
		{"empty", "", "GW-M101", ""},
		{"cut", `{"title":"a`, "GW-M101", ""},
		{"trailing", `{"title":"a"} x`, "GW-M101", ""},
		{"page", "<html>", "GW-M101", ""},
		{"bad number", `{"x":01}`, "GW-M101", ""},
		{"raw control", "{\"title\":\"a\tb\"}", "GW-M101", ""},
		{"bad escape", `{"title":"\x"}`, "GW-M101", ""},
		{"not UTF-8", "{\"other\":\"\xff\"}", "GW-M102", ""},
		{"deep", deep, "GW-M105", ""},
		{"deep lists", strings.Repeat("[", 1_000_000), "GW-M105", ""},
		{"twice", `{"title":"a","title":"b"}`, "GW-M106", ""},
		{"twice by escape", `{"title":"a","titl\u0065":"b"}`, "GW-M106", ""},
		{"required", `{"title":" "}`, "GW-M110", "title"},
		{"date", `{"title":"a","due":"31/02/2026"}`, "GW-M111", "due_at"},
		{"number", `{"title":"a","rating":"4.5.1"}`, "GW-M112", "rating"},
		{"yes or no", `{"title":"a","anonymous":"maybe"}`, "GW-M113", "anonymous"},
		{"object", `{"title":{"x":1}}`, "GW-M115", "title"},
		{"personal", `{"title":"a","phone":["0912345678"]}`, "GW-M115", "reporter.phone"},
		{"too large", `{"title":"` + strings.Repeat("x", 17<<20) + `"}`, "GW-M103", ""},
		{"not UTF-8 in a long text", `{"title":"` + strings.Repeat("x", 100) + "\xc3\x28" + `"}`, "GW-M102", ""},
		{"too long a list", `{"title":"a","steps":[` + strings.Repeat(`{},`, 10_000) + `{}]}`, "GW-M108", "steps"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mapped(b, c.payload)
			p, ok := problem.As(err)
			if class, _ := problem.Class(err); !ok || class != problem.FaultReject || p.Code != c.code || p.Field != c.field {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "0912345678") {
				t.Fatalf("personal data in %v", err)
			}
		})
	}
}

func TestMapLargeText(t *testing.T) {
	p, err := compileText("mapping: m\nkind: feedback\nfields: {title: title}\nexclude: [{name: x, when: \"raw.other == 'y'\"}]\n")
	if err != nil {
		t.Fatal(err)
	}
	b := p.Bind("s", "t")
	r, err := mapped(b, `{"title":"`+strings.Repeat("đ", 5<<20)+`"}`)
	if err != nil || len(r.Index.Title) != 10<<20 {
		t.Fatalf("%v, %d", err, len(r.Index.Title))
	}
	if _, err = mapped(b, `{"title":"a","other":"`+strings.Repeat("y", 2<<20)+`"}`); err == nil {
		t.Fatal("an expression takes a value of any length")
	}
}

func TestExcludedAndGone(t *testing.T) {
	b := smallPlan(t)
	_, err := mapped(b, `{"title":"THỬ NGHIỆM hệ thống"}`)
	if problem.Rule(err) != "test_matter" {
		t.Fatalf("got %v", err)
	}
	for _, payload := range []string{"", "<html>", `{"title":""}`} {
		r, err := b.Map(canonical.Raw{Key: "k", Gone: true, Payload: []byte(payload)})
		if err != nil || !r.Gone || string(r.Body) != `{"id":"feedback:src:k","kind":"feedback"}` {
			t.Fatalf("%q: %v %s", payload, err, r.Body)
		}
	}
	if r, err := b.Map(canonical.Raw{Key: "k", Gone: true, Payload: []byte(`{"title":"a"}`)}); err != nil || r.Index.Title != "a" {
		t.Fatalf("%v %+v", err, r)
	}
	if _, err := b.Map(canonical.Raw{Payload: []byte(`{"title":"a"}`)}); err == nil {
		t.Fatal("a Raw without a key passes")
	}
	if _, err := b.Map(canonical.Raw{Kind: canonical.KindTask, Key: "k", Payload: []byte(`{"title":"a"}`)}); err == nil {
		t.Fatal("a Raw of another kind passes")
	}
}

func TestTimeOfChange(t *testing.T) {
	b := smallPlan(t)
	r, _ := mapped(b, `{"title":"a","changed":"02/03/2026 10:00"}`)
	if r.At.Format(time.RFC3339) != "2026-03-02T10:00:00+07:00" || !r.Index.UpdatedAt.Equal(r.At) {
		t.Fatalf("got %v", r.At)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if r, _ = b.Map(canonical.Raw{Key: "k", At: at, Payload: []byte(`{"title":"a","changed":"02/03/2026 10:00"}`)}); !r.At.Equal(at) {
		t.Fatal("the adapter's time comes first")
	}
}

func TestXML(t *testing.T) {
	p, err := compileText(`mapping: m
kind: document
media: xml
dates: [yyyy/MM/dd]
fields:
  number: MessageHeader.Code.CodeNumber
  issuer: {id: MessageHeader.From.OrganId, name: "MessageHeader.From.@ten"}
  issued_on: MessageHeader.PromulgationInfo.PromulgationDate
  recipients: {each: MessageHeader.To, fields: {agency: {id: OrganId, name: OrganName.#text}}}
  subject: {from: MessageHeader.Subject}
`)
	if err != nil {
		t.Fatal(err)
	}
	b := p.Bind("axis", "in")
	one := `<?xml version="1.0" encoding="UTF-8"?><e:edXMLHeader xmlns:e="urn:x"><e:MessageHeader><e:From ten="Sở &quot;A&quot;"><e:OrganId>000.00.01.H48</e:OrganId></e:From>%s
	<e:Code><e:CodeNumber>123</e:CodeNumber></e:Code><e:PromulgationInfo><e:PromulgationDate>2026/03/05</e:PromulgationDate></e:PromulgationInfo><e:Subject><![CDATA[V/v <b>]]></e:Subject></e:MessageHeader></e:edXMLHeader>`
	to := `<e:To><e:OrganId>H48.%d</e:OrganId></e:To>`
	r, err := mapped(b, fmt.Sprintf(one, fmt.Sprintf(to, 1)))
	want := `{"id":"document:axis:k","kind":"document","number":"123","subject":"V/v <b>","issued_on":"2026-03-05","issuer":{"id":"000.00.01.H48","id_norm":"H48.01","name":"Sở \"A\""},"recipients":[{"agency":{"id":"H48.1","id_norm":"H48.1"}}]}`
	if err != nil || string(r.Body) != want {
		t.Fatalf("%v\n%s\n%s", err, r.Body, want)
	}
	if r, err = mapped(b, fmt.Sprintf(one, fmt.Sprintf(to, 1)+fmt.Sprintf(to, 2))); err != nil || !bytes.Contains(r.Body, []byte(`"H48.2"`)) {
		t.Fatalf("%v %s", err, r.Body)
	}
	for _, bad := range []string{"", "<a>", "<a></b>", "{}", `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, strings.Repeat("<a>", 200)} {
		if _, err := mapped(b, bad); err == nil {
			t.Errorf("%.30q passes", bad)
		}
	}
}

func TestUnitsByName(t *testing.T) {
	p, err := Compile("m.yaml", []byte("mapping: m\nkind: feedback\nfields: {title: t, area: {on: day, name: xa, find: {name: xa, parent: \"51\"}}}"), Env{Units: fakeUnits{}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := mapped(p.Bind("s", "t"), `{"t":"a","xa":"Phường  Cẩm Thành","day":"2025-08-01"}`)
	if err != nil || r.Index.Area != "21172" || !strings.Contains(string(r.Body), `"area":{"code":"21172","name":"Phường Cẩm Thành","on":"2025-08-01"}`) {
		t.Fatalf("%v %s", err, r.Body)
	}
	_, err = mapped(p.Bind("s", "t"), `{"t":"a","xa":"Xã Không Có","day":"2025-08-01"}`)
	if prob, ok := problem.As(err); !ok || prob.Code != "GW-M120" || prob.Field != "area.code" {
		t.Fatalf("got %v", err)
	}
}

func TestWhy(t *testing.T) {
	why, err := smallPlan(t).Why(canonical.Raw{Key: "k", Payload: []byte(`{"title":"a","phone":"0912345678","due":"05/03/2026","steps":[{"c":"x"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	byField := map[string]canonical.Why{}
	for _, w := range why {
		byField[w.Field] = w
		if strings.Contains(string(w.Raw)+string(w.Value), "0912345678") {
			t.Errorf("personal data in %+v", w)
		}
	}
	for field, want := range map[string]canonical.Why{
		"title":            {Value: []byte(`"a"`), Path: "title", Raw: []byte(`"a"`), Rule: "m.yaml:9"},
		"due_at":           {Value: []byte(`"2026-03-05T00:00:00+07:00"`), Raw: []byte(`"05/03/2026"`), Rule: "m.yaml:8", Note: "zone_assumed"},
		"channel":          {Value: []byte(`"web"`), Rule: "m.yaml:11", Note: "default"},
		"status":           {Value: []byte(`"new"`), Rule: "m.yaml:7", Note: "const"},
		"reporter.phone":   {Value: []byte(`"09•• ••• 678"`), Raw: []byte(`"09•• ••• 678"`), Rule: "m.yaml:12", Note: "phone"},
		"steps[0].content": {Value: []byte(`"x"`), Raw: []byte(`"x"`), Rule: "m.yaml:17"},
	} {
		got := byField[field]
		if string(got.Value) != string(want.Value) || string(got.Raw) != string(want.Raw) || got.Rule != want.Rule || got.Note != want.Note {
			t.Errorf("%s: %+v", field, got)
		}
	}
}

func TestOverride(t *testing.T) {
	over := fstest.MapFS{
		"pakn/hook-1022.yaml":   {Data: []byte("mapping: pakn/hook-1022\nkind: feedback\nfields: {title: t}\n")},
		"pakn/own.yaml":         {Data: []byte("mapping: pakn/own\nkind: feedback\nfields: {title: t, status: {from: s, codelist: own/status}}\n")},
		"codes/own/status.yaml": {Data: []byte("list: own/status\nfor: feedback.status\nentries: [{code: a, to: new}]\n")},
		"pakn/wrong_named.yaml": {Data: []byte("mapping: pakn/other\nkind: feedback\nfields: {title: t}\n")},
	}
	before := shippedSet(t)
	s, err := Load(Options{FS: over})
	if err == nil || !strings.Contains(err.Error(), "GW-M019") {
		t.Fatalf("got %v", err)
	}
	a, _ := before.Plan("pakn/hook-1022")
	z, _ := s.Plan("pakn/hook-1022")
	if a.Revision() == z.Revision() {
		t.Error("the override is not taken")
	}
	if _, err := s.Plan("pakn/own"); err != nil {
		t.Error(err)
	}
	_, err = s.Plan("pakn/onw")
	if p, _ := problem.As(err); p == nil || p.Code != "GW-M024" || p.Near != "pakn/own" {
		t.Errorf("got %v", err)
	}
	if _, err := Load(Options{Dir: t.TempDir() + "/none"}); err == nil {
		t.Error("a folder that is not there passes")
	}
}

func TestConcurrentMapsAgree(t *testing.T) {
	b := benchPlan(t, benchPolicy())
	raws := benchRaws(200)
	want := make([]canonical.Record, len(raws))
	for i := range raws {
		want[i], _ = b.Map(raws[i])
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range raws {
				if got, _ := b.Map(raws[i]); string(got.Body) != string(want[i].Body) || got.Version != want[i].Version {
					t.Errorf("record %d differs", i)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzMap(f *testing.F) {
	s := shippedSet(f)
	var plans []*Mapper
	for i, name := range s.Names() {
		p, _ := s.Plan(name)
		plans = append(plans, p.Bind("s", "t"))
		for _, seed := range seeds(s, name) {
			f.Add(i, seed)
		}
	}
	f.Add(0, []byte(`{"a":[[[{}]]],"b":"\ud800","c":1e999,"d":-0.0}`))
	f.Add(1, []byte("\xef\xbb\xbf{}\x00"))
	f.Fuzz(func(t *testing.T, which int, payload []byte) {
		b := plans[max(which, 0)%len(plans)]
		record, err := b.Map(canonical.Raw{Key: "k", Payload: payload})
		if err != nil {
			if class, _ := problem.Class(err); class != problem.FaultReject && class != problem.FaultExclude {
				t.Fatalf("unclassed: %v", err)
			}
			return
		}
		entity, err := canonical.Decode(record.Kind, record.Body)
		if err != nil {
			t.Fatalf("%v\n%s", err, record.Body)
		}
		if err := canonical.Validate(entity); err != nil {
			t.Fatalf("%v\n%s", err, record.Body)
		}
		if again, _ := canonical.Encode(entity); string(again) != string(record.Body) {
			t.Fatalf("not canonical\n%s\n%s", record.Body, again)
		}
		if _, err := b.Why(canonical.Raw{Key: "k", Payload: payload}); err != nil {
			t.Fatal(err)
		}
		_ = b.plan.Coverage(slices.Values([]canonical.Raw{{Payload: payload}}))
	})
}

// TestVersionIsOfWhatIsShown: what is masked in a record leaves no trace in its
// version, by which whoever reads it could try all, nor in what is searched.
func TestVersionIsOfWhatIsShown(t *testing.T) {
	b := smallPlan(t)
	for _, c := range [][2]string{
		{`{"title":"gọi 0912345678","phone":"0912345678"}`, `{"title":"gọi 0987655678","phone":"0987 655 678"}`},
		{`{"title":"a","content":"0912/345/678, ab@x.vn"}`, `{"title":"a","content":"0987/655/678, ac@x.vn"}`},
		{`{"title":"CMND 212.345.678"}`, `{"title":"CMND 999.999.678"}`},
	} {
		one, err := mapped(b, c[0])
		two, err2 := mapped(b, c[1])
		if err != nil || err2 != nil || one.Version != two.Version || one.Index.Title != two.Index.Title ||
			strings.Contains(one.Index.Title, "345") {
			t.Errorf("%s: %v %v %q %q\n%s\n%s", c[0], err, err2, one.Index.Title, two.Index.Title, one.Body, two.Body)
		}
	}
}
