package jsonscan_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"iocgateway/canonical/jsonscan"
)

func TestAppendXML(t *testing.T) {
	for text, want := range map[string]string{
		`<a/>`: `""`, `<a> x </a>`: `"x"`, `<a b="1"/>`: `{"@b":"1"}`, `<a b="1">x</a>`: `{"@b":"1","#text":"x"}`, `<a><b>1</b><c/><b>2</b></a>`: `{"b":["1","2"],"c":""}`,
		`<n:a xmlns:n="u" xmlns="v" n:b="1"><m:c>x</m:c></n:a>`: `{"@b":"1","c":"x"}`, `<a b="1" c:b="2"/>`: `{"@b":["1","2"]}`, `<a>1<b/>2</a>`: `{"b":"","#text":"12"}`,
		"<a>&lt;&#x41;&amp;<![CDATA[<\"&amp;]]></a>": `"<A&<\"&amp;"`, "<a>x\r\ny</a>": `"x\ny"`, "<?xml version='1.0' encoding='windows-1258'?><!-- c --><!DOCTYPE a><a>ơ</a>rubbish <": `"ơ"`,
		"<a:x></b:x>": `""`,
	} {
		got, err := jsonscan.AppendXML(nil, []byte(text))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s %v, want %s", text, got, err, want)
		}
	}
	for text, line := range map[string]int{
		"<a>\n<b></a>": 2, "\n<a b=1/>": 2, "<a>&x;</a>": 1, "<a>\n\n\xff</a>": 3, "<a>": 1, "<a\n>\n": 3, strings.Repeat("<a>", 64): 1,
	} {
		_, err := jsonscan.AppendXML(nil, []byte(text))
		var wrong *jsonscan.XMLError
		if !errors.As(err, &wrong) || wrong.Line != line || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%.20q: %v, want line %d", text, err, line)
		}
	}
	for _, text := range []string{"", "words", "<!-- -->"} {
		if _, err := jsonscan.AppendXML(nil, []byte(text)); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestXMLAsJSONIsTheSameTree: a path finds the same in both.
func TestXMLAsJSONIsTheSameTree(t *testing.T) {
	tree, err := jsonscan.AppendXML(nil, []byte(`<r id="7"><i><n>một</n></i><i><n>hai</n><w x="y"> z </w></i></r>`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"@id": "7", "i.0.n": "một", "i[1].n": "hai", "i.1.w.@x": "y", "i.1.w.#text": "z"} {
		if v, defect := scan(path, string(tree)); defect != jsonscan.Sound || v.String() != want {
			t.Errorf("%s: %v %q, want %q", path, defect, v, want)
		}
	}
}

func TestXMLPieces(t *testing.T) {
	const text = `<?x?><a b="1"><c>x</c><!-- --><d/></a>`
	x := jsonscan.NewXML(strings.NewReader(text))
	var got []string
	for {
		what, err := x.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		from, to := x.Span()
		pieces := map[jsonscan.Markup]string{jsonscan.Open: "+" + x.Name(), jsonscan.Close: "-" + x.Name(), jsonscan.Chars: string(x.Chars())}
		piece := pieces[what]
		if what == jsonscan.Open && len(x.Attrs()) > 0 {
			piece += "@" + x.Attrs()[0].Name.Local
		}
		got = append(got, piece+" "+strings.Join(x.Path(), "/")+" "+text[from:to])
	}
	if want := `+a@b a <a b="1">|+c a/c <c>|x a/c x|-c a </c>|+d a/d <d/>|-d a |-a  </a>`; strings.Join(got, "|") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, "|"), want)
	}
	if _, err := x.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestDecodeXML(t *testing.T) {
	var into struct {
		ID string `xml:"id,attr"`
	}
	if err := jsonscan.DecodeXML(strings.NewReader(`<?xml version="1.0" encoding="x"?><a n:id="7"/>`), &into); err != nil || into.ID != "7" {
		t.Errorf("%+v %v", into, err)
	}
}
