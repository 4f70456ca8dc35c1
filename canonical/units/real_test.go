package units_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"iocgateway/canonical/units"
)

var (
	item  = regexp.MustCompile(`^\d+\. Sắp xếp (.*) thành (?:xã|phường|đặc khu) mới có tên gọi là (.*?)\.?$`)
	aside = regexp.MustCompile(`\([^)]*\)| sau khi sắp xếp theo quy định tại khoản \d+ Điều này`)
	ranks = regexp.MustCompile(`^(?:các )?(xã|phường|thị trấn) (.*)$`)
	whole = "toàn bộ diện tích tự nhiên, quy mô dân số của "
	parts = regexp.MustCompile(`(?:một phần diện tích tự nhiên, quy mô dân số|phần còn lại) của `)
)

// madeOf reads which units one item of the resolution names, with their
// shares.
func madeOf(text string) []string {
	text = aside.ReplaceAllString(text, "")
	text = strings.ReplaceAll(text, whole, "")
	text = parts.ReplaceAllString(text, "~")
	text = strings.ReplaceAll(text, " và ", ", ")
	var made []string
	rank := ""
	for token := range strings.SplitSeq(text, ",") {
		token, part := strings.CutPrefix(strings.TrimSpace(token), "~")
		if m := ranks.FindStringSubmatch(token); m != nil {
			rank, token = m[1], m[2]
		}
		share := " full"
		if part {
			share = " part"
		}
		made = append(made, spelled(rank+" "+strings.TrimSpace(token))+share)
	}
	slices.Sort(made)
	return made
}

// spelled is a name in one spelling: the lists and the resolution write the
// names of the highlands differently (Đắk and Đăk, Ngok and Ngọk).
func spelled(name string) string {
	switch strings.ToLower(name) { // the old list's spelling; Find knows both
	case "xã ngọc lây":
		name = "xã ngọk lây"
	case "xã ngọc yêu":
		name = "xã ngọk yêu"
	case "xã bờ y":
		name = "xã pờ y"
	case "xã đắk blô":
		name = "xã đăk plô"
	case "xã măng buk":
		name = "xã măng bút"
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// TestResolution1677 compares the table with the text of the resolution on
// Quảng Ngãi's communes, item by item.
func TestResolution1677(t *testing.T) {
	dir := os.Getenv("REAL_DATA_DIR")
	if dir == "" {
		t.Skip("REAL_DATA_DIR is not set: the resolution's text is not compared")
	}
	data, err := os.ReadFile(filepath.Join(dir, "units", "NQ1677-QuangNgai.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := norm.NFC.String(strings.NewReplacer("*", "", `\`, "", "\r", "").Replace(string(data)))
	tab, items := table(t), 0
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		m := item.FindStringSubmatch(strings.Join(strings.Fields(paragraph), " "))
		if m == nil {
			continue
		}
		items++
		found := tab.Find(m[2], "51", after)
		if len(found) != 1 {
			t.Errorf("%q: %d units", m[2], len(found))
			continue
		}
		var made []string
		for _, p := range tab.Backward(found[0].Code, after).To {
			made = append(made, spelled(p.Name)+" "+p.Share)
		}
		slices.Sort(made)
		if want := madeOf(m[1]); !slices.Equal(made, want) {
			t.Errorf("%s %s:\n table      %q\n resolution %q", found[0].Code, found[0].Name, made, want)
		}
	}
	decreed := 0
	for _, u := range tab.Units("51", after) {
		if m := tab.Backward(u.Code, after); m.Kind != units.Unchanged && m.Kind != units.OneToOne {
			decreed++
		}
	}
	t.Logf("%d items, %d units made from several", items, decreed)
	if items < 80 || items != decreed {
		t.Errorf("%d items read, the table has %d", items, decreed)
	}
}
