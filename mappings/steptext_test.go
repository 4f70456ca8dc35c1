package mappings

import (
	"encoding/json"
	"testing"
)

// TestTextsOfRichDocuments: nothing of a text that stands in pieces is lost.
func TestTextsOfRichDocuments(t *testing.T) {
	for name, c := range map[string]struct{ clean, in, want string }{
		"two paragraphs, the first in two pieces": {"texts_of", `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Một."},` +
			`{"type":"text","text":" Hai."}]},{"type":"paragraph","content":[{"type":"text","text":"Ba."}]}]}`, "Một. Hai.\nBa."},
		"a list of points": {"texts_of", `{"content":[{"content":[{"content":[{"text":"a"}]},{"content":[{"text":"b"}]}]},{"content":[{"text":"c"}]}]}`, "a\nb\nc"},
		"by other names":   {"{texts_of: [insert]}", `{"ops":[{"insert":"Đường hỏng"},{"insert":" nặng","attributes":{"bold":true}}]}`, "Đường hỏng nặng"},
		"by two names":     {"{texts_of: [nhan, chu]}", `[{"nhan":"Nơi: "},{"chu":"tổ 3"}]`, "Nơi: tổ 3"},
		"a text":           {"texts_of", `"Một"`, "Một"},
		"escaped":          {"texts_of", `[{"text":"\u0110\u01b0\u1eddng \"7\""}]`, `Đường "7"`},
		"nothing in it":    {"texts_of", `{"content":[{"type":"rule"},{"text":""}]}`, ""},
	} {
		p, err := compileText("mapping: m\nkind: feedback\nfields: {title: {const: x}, content: {from: c, clean: [" + c.clean + ", lines]}}\n")
		if err != nil {
			t.Fatal(err)
		}
		rec, err := mapped(p.Bind("s", "t"), `{"c":`+c.in+`}`)
		if err != nil {
			t.Fatal(err)
		}
		var body struct{ Content string }
		if err := json.Unmarshal(rec.Body, &body); err != nil || body.Content != c.want {
			t.Errorf("%s: %q, want %q (%v)", name, body.Content, c.want, err)
		}
	}
}
