package privacy

import (
	"fmt"
	"strings"
	"testing"
)

// TestShapes: of what a source answers, names, numbers, dates and codes stay, and
// everything that may be about a person is its length; also where it was cut.
func TestShapes(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"JSON": {`{"ma":"PA-1","hoTen":"Nguyễn Văn An","n":7,"ok":true,"luc":"2026-11-29 08:00:00","ds":["Trần Thị B","X"],"e":{"dia chi":"số 1 \"A\""}}`,
			`{"ma":"PA-1","hoTen":"‹13›","n":7,"ok":true,"luc":"2026-11-29 08:00:00","ds":["‹10›","X"],"e":{"dia chi":"‹10›"}}`},
		"JSON, cut in a text":      {`{"hoTen":"Nguyễn Vă`, `{"hoTen":"‹9›`},
		"JSON, cut behind a sign":  {`{"hoTen":"Nguyễn \`, `{"hoTen":"‹8›`},
		"JSON without blanks":      {`[{"x" : "Nguyen Van A"} , {"x":"a@••••"}]`, `[{"x" : "‹12›"} , {"x":"a@••••"}]`},
		"JSON lines":               {"{\"a\":\"Lê B\"}\n{\"a\":\"c\"}\n", "{\"a\":\"‹4›\"}\n{\"a\":\"c\"}\n"},
		"one name, with its signs": {`{"ten":"Hùng"}`, `{"ten":"‹4›"}`},
		"a long text without any":  {`{"t":"` + strings.Repeat("a", 65) + `"}`, `{"t":"‹65›"}`},
		"XML in single quotes":     {`<d ten='Nguyễn An' ma="A-1"><x t='Lê "Tí" Em'/>`, `<d ten='‹9›' ma="A-1"><x t='‹10›'/>`},
		"XML":                      {`<?xml version="1.0"?><d><ten loai="Họ và tên"> Nguyễn An </ten><ma>A-1</ma></d>`, `<?xml version="1.0"?><d><ten loai="‹9›"> ‹9› </ten><ma>A-1</ma></d>`},
		"rows":                     {"mã,họ tên\nA-1,Nguyễn An\nA-2,\"Lê, B\"\n", "mã,họ tên\nA-1,‹9›\nA-2,\"‹2›, B\"\n"},
		"nothing":                  {"", ""},
	} {
		if got := Shapes(c.in, func(n int) string { return fmt.Sprintf("‹%d›", n) }); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}
