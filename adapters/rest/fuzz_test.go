package rest

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/strict"
	"iocgateway/deploy/dev/seed"
)

func FuzzPage(f *testing.F) {
	for _, s := range []string{`{"content":[{"id":1,"updatedDate":"2026-03-01T10:00:00.000+0700"}],"totalElements":1}`, `{"content":[{"id":"\u00e0\\"},[],{}]}`,
		`[`, `{"content":{"id":1}}`, `{"a":"\"","content":[null]}`, "", `{"content":[{"id":1e400}]}`} {
		f.Add([]byte(s))
	}
	pl := benchPlan(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := parseWith(pl, body, 10, time.Unix(1<<31, 0))
		if err != nil {
			return
		}
		for _, r := range raws(page) {
			if r.Key == "" || len(r.Payload) == 0 || r.Payload[0] != '{' {
				t.Fatalf("%+v", r)
			}
		}
		if json.Valid(body) {
			var doc struct{ Content []json.RawMessage }
			if json.Unmarshal(body, &doc) == nil && len(doc.Content) != page.count && page.count > 0 && len(doc.Content) > 0 {
				t.Skip("a member twice, or another case of letters")
			}
		}
	})
}

func FuzzXMLPage(f *testing.F) {
	f.Add([]byte(`<R><L><I id="1"/></L></R>`))
	f.Add([]byte(`<R><L><I id="1"><a>x</a></I><!-- --></L>`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		root, rec := jsonscan.NewTrie(), jsonscan.NewTrie()
		root.WantRecords("R.L.I")
		rec.Want("@id")
		rec.Want("a")
		_ = jsonscan.NewCutter(root, rec, func(int, []byte) error { return nil }).XML(body)
	})
}

func FuzzState(f *testing.F) {
	f.Add([]byte(`{"v":1,"done":true,"walk":{"kind":"delta","size":1,"total":-1},"seen":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`))
	f.Add([]byte(`{"v":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := readState(data)
		if err != nil {
			return
		}
		next := st.write(nil)
		if _, err := readState(next); len(next) > 0 && err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
	})
}

func FuzzProfile(f *testing.F) {
	f.Add([]byte(wire()))
	f.Add([]byte("profile: x\nrequest: {json: {a: [\"{page}\"]}}"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = Check("f.yaml", data) })
}

// The records cut out of a page are its records, byte for byte.
func TestCutsAreExact(t *testing.T) {
	pl := benchPlan(t)
	seed.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~àđ"\\{}\[\],:]{0,20}`)
		rows := rapid.SliceOfN(rapid.MapOfN(text, rapid.OneOf(text.AsAny(), rapid.Float64().AsAny(), rapid.SliceOfN(text, 0, 3).AsAny()), 0, 6),
			0, 8).Draw(t, "rows")
		list := make([]json.RawMessage, 0, len(rows))
		for i, r := range rows {
			if r == nil {
				r = map[string]any{}
			}
			r["id"] = i
			b, err := json.Marshal(r)
			if err != nil {
				t.Skip("not JSON")
			}
			list = append(list, b)
		}
		body, err := json.MarshalIndent(map[string]any{"a": text.Draw(t, "a"), "content": list}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		page, err := parseWith(pl, body, 10, time.Unix(1<<31, 0))
		if err != nil || len(raws(page)) != len(rows) {
			t.Fatalf("%d of %d: %v", len(raws(page)), len(rows), err)
		}
		for i, r := range raws(page) {
			var a, b any
			if json.Unmarshal(r.Payload, &a) != nil || json.Unmarshal(list[i], &b) != nil {
				t.Fatalf("row %d is no JSON: %s", i, r.Payload)
			}
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			if string(x) != string(y) {
				t.Fatalf("row %d: %s is not %s", i, x, y)
			}
		}
	})
}

func TestTemplates(t *testing.T) {
	node, err := strict.Parse("x", []byte(`{a: "{page}x{size}", b: {c: ["{page}"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := call{json: node}
	if got := string(c.body(vars{"page": "3", "size": "{page}"})); got != `{"a":"3x{page}","b":{"c":[3]}}` {
		t.Errorf("got %s: a value is never expanded again", got)
	}
}
