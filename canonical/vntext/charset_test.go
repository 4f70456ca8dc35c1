package vntext_test

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"iocgateway/canonical/vntext"
)

const motto = "Cộng hòa xã hội chủ nghĩa Việt Nam: Độc lập – Tự do – Hạnh phúc"

// letters are the 67 small letters with marks of Vietnamese.
const letters = "áàảãạăắằẳẵặâấầẩẫậéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵđ"

func TestTCVN3AgainstIconv(t *testing.T) {
	if _, err := exec.LookPath("iconv"); err != nil {
		t.Skip("no iconv on this machine: the table is not compared with it")
	}
	for _, c := range []struct{ text, charset string }{
		{letters + "ĂÂÊÔƠƯĐ", "tcvn3"},
		{letters + strings.ToUpper(letters), "tcvn5712-1"},
		{"Đường số 5", "tcvn3"},
	} {
		cmd := exec.Command("iconv", "-f", "UTF-8", "-t", "TCVN5712-1")
		cmd.Stdin = strings.NewReader(c.text)
		wire, err := cmd.Output()
		if err != nil {
			t.Skipf("iconv does not know TCVN5712-1: %v", err)
		}
		got, err := vntext.Decode(wire, c.charset)
		if err != nil || string(got) != c.text {
			t.Errorf("%s: %q, want %q (%v)", c.charset, got, c.text, err)
		}
		if c.charset == "tcvn3" {
			western, _ := charmap.Windows1252.NewDecoder().Bytes(wire)
			if got := vntext.FromTCVN3(string(western)); got != c.text {
				t.Errorf("as runes: %q, want %q", got, c.text)
			}
			if got := vntext.FromTCVN3(string(wire)); got != c.text {
				t.Errorf("as bytes: %q, want %q", got, c.text)
			}
		}
	}
}

func TestFromTCVN3(t *testing.T) {
	for in, want := range map[string]string{
		"Céng hoµ x· héi chñ nghÜa ViÖt Nam": "Cộng hoà xã hội chủ nghĩa Việt Nam",
		"§iÒu 5":           "Điều 5",
		"\xa7\xad\xeang":   "Đường", // §, soft hyphen, ê
		"§\u00adêng":       "Đường",
		"diÖn tÝch 12 m²":  "diện tích 12 m²",
		"“QuyÕt ®Þnh” – 5": "“Quyết định” – 5",
		"plain":            "plain",
		"":                 "",
		"Nguyễn":           "Nguyễn",
	} {
		if got := vntext.FromTCVN3(in); got != want {
			t.Errorf("FromTCVN3(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFromVNI(t *testing.T) {
	for in, want := range map[string]string{
		"Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam": "Cộng hòa xã hội chủ nghĩa Việt Nam",
		"UÛy ban nhaân daân tænh Quaûng Ngaõi":     "Ủy ban nhân dân tỉnh Quảng Ngãi",
		"Ñöôøng Tröôøng Chinh":                     "Đường Trường Chinh",
		"ÑAËNG VAÊN LAÂM":                          "ĐẶNG VĂN LÂM",
		"Aùnh":                                     "Ánh",
		"Thuû Ñöùc, Lyù Sôn":                       "Thủ Đức, Lý Sơn",
		"kyõ thuaät, tyû leä, kî":                  "kỹ thuật, tỷ lệ, kỵ",
		"\xd1\xf6\xf4\xf8ng":                       "Đường",
	} {
		got := vntext.FromVNI(in)
		if got != want {
			t.Errorf("FromVNI(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestVNIEveryLetter(t *testing.T) {
	const wire = "aù aø aû aõ aï aê aé aè aú aü aë aâ aá aà aå aã aä eù eø eû eõ eï eâ eá eà eå eã eä í ì æ ó ò " +
		"où oø oû oõ oï oâ oá oà oå oã oä ô ôù ôø ôû ôõ ôï uù uø uû uõ uï ö öù öø öû öõ öï yù yø yû yõ î ñ"
	want := strings.Join(strings.Split(letters, ""), " ")
	if got := vntext.FromVNI(wire); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := vntext.FromVNI(strings.ToUpper(wire)); got != strings.ToUpper(want) {
		t.Errorf("got  %s\nwant %s", got, strings.ToUpper(want))
	}
	bytesOf, err := charmap.Windows1252.NewEncoder().Bytes([]byte(wire))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := vntext.Decode(bytesOf, "vni"); err != nil || string(got) != want {
		t.Errorf("bytes: %s (%v)", got, err)
	}
}

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		text      string
		tcvn, vni bool
	}{
		{"Céng hoµ x· héi chñ nghÜa ViÖt Nam", true, false},
		{"UBND thµnh phè Qu¶ng Ng·i", true, false},
		{"§iÒu", true, false},
		{"B\u00d6nh vi\u00d6n", true, false},
		{"Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", false, true},
		{"Quaûng Ngaõi", false, true},
		{"Cộng hòa xã hội chủ nghĩa Việt Nam", false, false},
		{"Hà Giang", false, false},
		{"Thanh Hóa", false, false},
		{"xã", false, false},
		{"Cà Mau, Bà Rá, xã Hòa An, La Hà", false, false},
		{"São Paulo, Müller, Café", false, false},
		{"12 m² ± 5 °C", false, false},
		{"plain ASCII", false, false},
		{"", false, false},
	} {
		if vntext.LooksTCVN3(c.text) != c.tcvn || vntext.LooksVNI(c.text) != c.vni {
			t.Errorf("%q: TCVN3 %v, VNI %v", c.text, vntext.LooksTCVN3(c.text), vntext.LooksVNI(c.text))
		}
	}
}

// encode1258 writes text as Windows-1258, whose letters are base and tone.
func encode1258(t *testing.T, text string) []byte {
	t.Helper()
	var out []byte
	enc := charmap.Windows1258.NewEncoder()
	for _, r := range text {
		b, err := enc.Bytes([]byte(string(r)))
		if err != nil {
			parts := []rune(norm.NFD.String(string(r)))
			tone := parts[len(parts)-1]
			base := parts[:len(parts)-1]
			if len(parts) == 3 && strings.ContainsRune("\u0301\u0300\u0309\u0303\u0323", parts[1]) {
				tone, base = parts[1], []rune{parts[0], parts[2]} // ậ decomposes with the dot first
			}
			if b, err = enc.Bytes([]byte(norm.NFC.String(string(base)) + string(tone))); err != nil {
				t.Fatalf("%q: %v", r, err)
			}
		}
		out = append(out, b...)
	}
	return out
}

func TestDetectAndDecode(t *testing.T) {
	utf16le := []byte{0xFF, 0xFE}
	utf16be := []byte{0xFE, 0xFF}
	for _, r := range motto {
		utf16le = append(utf16le, byte(r), byte(r>>8))
		utf16be = append(utf16be, byte(r>>8), byte(r))
	}
	for _, c := range []struct {
		name, declared, want string
		data                 []byte
	}{
		{"utf-8", "", "utf-8", []byte(motto)},
		{"utf-8 with a mark", "windows-1258", "utf-8", []byte("\xef\xbb\xbf" + motto)},
		{"utf-8 declared as Latin-1", "text/html; charset=ISO-8859-1", "utf-8", []byte(motto)},
		{"utf-8 declared as 1258", "windows-1258", "utf-8", []byte(motto)},
		{"utf-16le with a mark", "", "utf-16le", utf16le},
		{"utf-16be with a mark", "utf-8", "utf-16be", utf16be},
		{"utf-16le without a mark", "", "utf-16le", utf16le[2:]},
		{"utf-16be without a mark", "utf-8", "utf-16be", utf16be[2:]},
		{"1258 undeclared", "", "windows-1258", encode1258(t, motto)},
		{"1258 declared as utf-8", "utf-8", "windows-1258", encode1258(t, motto)},
	} {
		got := vntext.Detect(c.data, c.declared)
		if got != c.want {
			t.Errorf("%s: detected %s, want %s", c.name, got, c.want)
		}
		text, err := vntext.Decode(c.data, got)
		if err != nil || string(text) != motto {
			t.Errorf("%s: %q (%v)", c.name, text, err)
		}
	}
	for _, c := range []struct{ name, want, text string }{
		{"C\xe9ng ho\xb5 x\xb7 h\xe9i ch\xf1 ngh\xdca", "tcvn3", "Cộng hoà xã hội chủ nghĩa"},
		{"Vie\xe4t Nam, tr\xf6\xf4\xf8ng ho\xefc", "vni", "Việt Nam, trường học"},
		{"caf\xe9 cr\xe8me", "windows-1252", "café crème"},
	} {
		got := vntext.Detect([]byte(c.name), "")
		if got != c.want {
			t.Errorf("%q: detected %s, want %s", c.name, got, c.want)
		}
		if text, err := vntext.Decode([]byte(c.name), got); err != nil || string(text) != c.text {
			t.Errorf("%q: %q (%v)", c.name, text, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	if _, err := vntext.Decode([]byte("x"), "klingon"); err == nil || errors.Is(err, vntext.ErrMalformed) {
		t.Errorf("an unknown charset: %v", err)
	}
	got, err := vntext.Decode([]byte("Tr\xe1\xbb n"), "utf-8")
	if !errors.Is(err, vntext.ErrMalformed) || string(got) != "Tr\uFFFD n" {
		t.Errorf("cut UTF-8: %q, %v", got, err)
	}
	if !strings.Contains(err.Error(), "byte 2") {
		t.Errorf("the place is missing: %v", err)
	}
	if _, err := vntext.Decode([]byte{0, 'a', 0xD8, 0x00, 0, 'b'}, "utf-16be"); !errors.Is(err, vntext.ErrMalformed) {
		t.Errorf("half a surrogate pair: %v", err)
	}
	whole := []byte("chữ")
	if got, _ := vntext.Decode(whole, ""); &got[0] != &whole[0] {
		t.Error("valid UTF-8 was copied")
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{motto, "C\xe9ng ho\xb5", "Vie\xe4t", "\xff\xfea\x00", "", "\xef\xbb\xbf", "\xb0\xb1a\xb3"} {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "text/plain; charset=tcvn")
	}
	f.Fuzz(func(t *testing.T, data []byte, declared string) {
		name := vntext.Detect(data, declared)
		text, err := vntext.Decode(data, name)
		if err != nil && !errors.Is(err, vntext.ErrMalformed) {
			t.Fatalf("%s detected and then not known: %v", name, err)
		}
		if !bytes.Equal(bytes.ToValidUTF8(text, nil), text) {
			t.Fatalf("%s: not UTF-8: %q", name, text)
		}
		s := string(data)
		vntext.LooksTCVN3(s)
		vntext.LooksVNI(s)
		if !norm.NFC.IsNormalString(vntext.Clean(vntext.FromVNI(s))) || !norm.NFC.IsNormalString(vntext.Clean(vntext.FromTCVN3(s))) {
			t.Fatal("clean text is not NFC")
		}
	})
}

// A few broken bytes are no charset: neither where most letters are UTF-8 nor
// where the text says that it is.
func TestDetectTorn(t *testing.T) {
	for _, c := range []struct{ text, declared, want string }{
		{"Quảng Ng\xc3", "", "utf-8"},
		{"Đường Qu\xe1\xba, t\xe1\xbb", "", "utf-8"}, {"Ngãi, Qu\xb6ng Ng\xb7i", "", "tcvn3"},
		{"a\xffb", "utf-8", "utf-8"}, {"a\xffb", "", "windows-1252"},
		{"L\xaa An", "utf-8", "utf-8"}, {"Qu\xb6ng Ng\xb7i, Vi\xd6t Nam", "utf-8", "tcvn3"},
		{"P\xff", "application/json; charset=UTF-8", "utf-8"},
	} {
		if got := vntext.Detect([]byte(c.text), c.declared); got != c.want {
			t.Errorf("%q %s: %s, want %s", c.text, c.declared, got, c.want)
		}
	}
}
