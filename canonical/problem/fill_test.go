package problem_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// What is read without a Problem at hand names what will stand there, and has
// no sign of the template left.
func TestExplainedIsForReading(t *testing.T) {
	for code := range problem.Codes() {
		for _, lang := range []problem.Lang{problem.Vietnamese, problem.English} {
			text, hint, ok := problem.Explained(code, lang)
			if !ok || text == "" {
				t.Errorf("%s: nothing is explained", code)
			}
			for _, sign := range []string{"[[", "]]", "{field", "{path", "{value", "{want", "{near", "{err"} {
				if strings.Contains(text+hint, sign) {
					t.Errorf("%s %s: %q is left: %s / %s", code, lang, sign, text, hint)
				}
			}
		}
	}
	if _, hint, _ := problem.Explained("GW-L003", problem.Vietnamese); !strings.Contains(hint, "~{‹tiền tố›}:*") {
		t.Errorf("the braces that are the command's own are gone: %s", hint)
	}
	if _, _, ok := problem.Explained("GW-X000", problem.English); ok {
		t.Error("a code that is none is explained")
	}
}

// A cause is told in the language of the text, with what the system said.
func TestCauseIsTranslated(t *testing.T) {
	_, missing := os.Open("/no/such/place")
	for _, c := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, "không có quyền truy cập (nguyên văn: open /x: permission denied)"},
		{missing, "không có tệp hoặc thư mục này (nguyên văn: open /no/such/place: no such file or directory)"},
		{errors.New("dial tcp 127.0.0.1:9: connect: connection refused"), "máy chủ từ chối kết nối (nguyên văn: dial tcp 127.0.0.1:9: connect: connection refused)"},
		{errors.New("variable DVC_ID is not set"), "biến môi trường DVC_ID chưa đặt"},
		{errors.New("near byte 12: a quote is not closed"), "dấu nháy không được đóng, ở byte 12 (nguyên văn: near byte 12: a quote is not closed)"},
		{&problem.Problem{Code: "GW-C004", Field: "url"}, "GW-C004 "},
		{errors.New("Sai mật khẩu"), "Sai mật khẩu"},
		{errors.New("invalid character 'x' at offset 115"), "JSON không đúng cú pháp, ở vị trí 115 (nguyên văn: invalid"},
		{errors.New("XML syntax error on line 7: unexpected EOF"), "XML không đúng cú pháp, ở dòng 7 (nguyên văn: XML"},
		{errors.New("a thing nobody knows"), "nguyên văn: a thing nobody knows"},
	} {
		p := &problem.Problem{Code: "GW-C017", Value: "gateway.yaml", Err: c.err}
		if got := p.Text(problem.Vietnamese); !strings.Contains(got, c.want) {
			t.Errorf("%q lacks %q", got, c.want)
		}
		if got := p.Text(problem.English); !strings.Contains(got, c.err.Error()) {
			t.Errorf("%q", got)
		}
	}
}

func TestAPartWithoutItsValueIsLeftOut(t *testing.T) {
	p := &problem.Problem{Code: "GW-C002", Value: "urll", Want: "url, auth"}
	if got := p.Hint(problem.English); got != "Valid keys: url, auth" {
		t.Error(got)
	}
	p.Near = "url"
	if got := p.Hint(problem.English); got != `did you mean "url"? Valid keys: url, auth` {
		t.Error(got)
	}
	// What a source wrote is never read as a template.
	p = &problem.Problem{Code: "GW-C002", Value: "{want}[[ {near}]]", Want: "url"}
	if got := p.Text(problem.English); !strings.Contains(got, `{want}[[ {near}]]`) {
		t.Error(got)
	}
}

func ExampleExplained() {
	text, hint, _ := problem.Explained("GW-C002", problem.English)
	fmt.Println(text)
	fmt.Println(hint)
	// Output:
	// unknown key "‹key›"
	// did you mean "‹closest›"? Valid keys: ‹what is expected›
}

// The general words of a hint take a stream's name where one is known.
func TestHintForNamesTheStream(t *testing.T) {
	p := &problem.Problem{Code: "GW-R001"}
	for stream, want := range map[string]string{"dvc/ho-so": "gateway pull dvc/ho-so -c gateway.yaml",
		"": "gateway pull NGUỒN/LUỒNG -c gateway.yaml"} {
		if got := p.HintFor(stream, problem.Vietnamese); !strings.HasSuffix(got, want) {
			t.Errorf("%q: %q", stream, got)
		}
	}
	if got := p.HintFor("a/b", problem.English); strings.Contains(got, "SOURCE/STREAM") {
		t.Error(got)
	}
	// Its source stands where a hint is about the source; what the source wrote stays.
	p = &problem.Problem{Code: "GW-S012", Path: "NGUỒN"}
	if got := p.HintFor("qlvb/van-ban", problem.Vietnamese); !strings.Contains(got, "gateway source ping qlvb -v -c gateway.yaml;") {
		t.Error(got)
	}
	p = &problem.Problem{Code: "GW-S081", Path: "SOURCE/NGUỒN"}
	got := p.HintFor("qlvb/van-ban", problem.English)
	if !strings.Contains(got, "gateway source ping qlvb -v") || !strings.Contains(got, "SOURCE/NGUỒN") {
		t.Error(got)
	}
}

// TestHintsNameWhatTheyAsk: a verb that asks one source or stream is written
// with it, and with the file where it is configured.
func TestHintsNameWhatTheyAsk(t *testing.T) {
	alone := regexp.MustCompile(`gateway (source ping|pull)( -|[.;:]|$)`)
	unset := regexp.MustCompile(`gateway (source ping|pull) (NGUỒN|SOURCE)[^;,.:]*`)
	for code, w := range problem.Codes() {
		for _, hint := range []string{w.HintVI, w.HintEN} {
			if alone.MatchString(hint) {
				t.Errorf("%s does not say of what: %s", code, hint)
			}
			for _, said := range unset.FindAllString(hint, -1) {
				if !strings.Contains(said, " -c ") {
					t.Errorf("%s does not say where it is configured: %s", code, said)
				}
			}
		}
	}
}

// Numbers of things are grouped, codes and years are not; a line of a source's
// file is a line in the reader's language.
func TestNumbersAndPlacesAreReadable(t *testing.T) {
	for want, p := range map[string]problem.Problem{
		"5.101 bản ghi đang có":                            {Code: "GW-R095", Value: "a/b", Want: "5101"},
		"12.000 bản ghi trong khi đang có":                 {Code: "GW-R002", Value: "12000", Want: "400"},
		`mã "20262" chưa có trong danh mục, 1.200 bản ghi`: {Code: "GW-R025", Field: "status", Value: "20262", Want: "1200", Near: "01/12/2026"},
		"ở x, dòng 115":                                    {Code: "GW-D100", Path: "line 115", Field: "x"},
	} {
		if got := p.Text(problem.Vietnamese); !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	p := problem.Problem{Code: "GW-R095", Value: "a/b", Want: "5101"}
	if got := p.Text(problem.English); !strings.Contains(got, "5,101 records") {
		t.Error(got)
	}
}
