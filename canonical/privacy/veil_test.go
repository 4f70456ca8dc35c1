package privacy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

// TestQuoted: whatever part of a Problem is a source's (what a file is called,
// the cells taken for a header, a sheet, what an error met) is initials to
// viewers, whole to operators, and the rest is read by all.
func TestQuoted(t *testing.T) {
	const name = "Nguyễn Văn Tường Vi"
	for what, p := range map[string]*problem.Problem{
		"a file's name": {Code: "GW-D010", File: "don cua " + name + " 0912345678.csv", Value: "csv"},
		"one in one word": {Code: "GW-D007", File: "/nhan/don_cua_nguyen_van_tuong_vi.xlsx",
			Err: errors.New(`open "don cua ` + name + `.xlsx": no such file`)},
		"cells for a header": {Code: "GW-D014", File: "x.csv", Value: "ma", Want: name + ", 0912345678, 12 Lê Lợi", Near: name},
		"a sheet":            {Code: "GW-D016", File: "x.xlsx", Path: name + "!B7", Value: "3", Want: "4"},
		"the sheets":         {Code: "GW-D012", Value: "Sheet1", Want: name + ", khác"},
		"a column":           {Code: "GW-D022", Path: "B7", Field: name},
		"what an error met":  {Code: "GW-M117", Field: "title", Err: fmt.Errorf("parsing time %q", name)},
		"words of a source":  {Code: "GW-S013", Value: "Hồ sơ của " + name},
		"a cause that quotes": {Code: "GW-S028", Path: "/ho-so/1", Err: fmt.Errorf("detail: %w",
			&problem.Problem{Code: "GW-S013", Value: "Hồ sơ của " + name, Want: "200"})},
		"the same, once kept": {Code: "GW-S028", Cause: "GW-D010 " + name + ".csv: the file cannot be read as csv: x"},
		"a code of later":     {Code: "GW-X999", Near: name},
	} {
		whole := fmt.Sprintf("page 2: %s: then %q", p.Error(), name)
		for _, v := range []*privacy.Veil{privacy.NewVeil(), privacy.Everybody()} {
			shown := v.Said(p)
			for _, text := range []string{fmt.Sprint(shown, shown.File, shown.Text(problem.Vietnamese), shown.Hint(problem.English), *shown),
				v.SaidIn(whole, p), v.SaidIn("else: "+name, p), fmt.Sprint(v.Problem(p), v.Problem(p).File)} {
				if low := strings.ToLower(text); strings.Contains(text, "Tường") || strings.Contains(low, "tuong") || strings.Contains(text, "345678") {
					t.Errorf("%s: a viewer reads %q", what, text)
				}
			}
			if !strings.Contains(v.SaidIn(whole, p), "page 2: "+p.Code) {
				t.Errorf("%s: %q", what, v.SaidIn(whole, p))
			}
		}
		if shown := (*privacy.Veil)(nil).Said(p); shown.File != p.File || shown.Near != p.Near || shown.Path != p.Path {
			t.Errorf("%s: an operator reads %q", what, shown)
		}
	}
	v := privacy.NewVeil()
	for _, p := range []*problem.Problem{
		{Code: "GW-D016", File: "baocao.xlsx", Path: "Sheet1!B7", Value: "3", Want: "4"},
		{Code: "GW-D019", File: "a.csv", Field: "don_vi", Path: "A1", Want: "(?P<don_vi>.+)"},
		{Code: "GW-S001", Path: "/api/ho-so", Err: errors.New(`Get "https://dvc.example.vn/api/ho-so": dial tcp: connection refused`)},
		{Code: "GW-S007", Path: "/api/ho-so", Want: "502", Err: errors.New(`"502 Bad Gateway"`)},
		{Code: "GW-S011", Path: "/api/ho-so", Value: "Đăng nhập"},
		{Code: "GW-S007", Path: "/api/ho-so", Want: "500", Err: errors.New(`"internal server error"`)},
		{Code: "GW-R018", Value: "/var/lib/gateway/data", Want: "0 MB"},
		{Code: "GW-M114", Field: "status", Value: "TRUC_TUYEN", Want: "dvc/status"},
	} {
		if shown := v.Said(p); shown.Error() != p.Error() || shown.File != p.File {
			t.Errorf("%q is shown as %q", p, shown)
		}
	}
}

// TestMadeUpKeys: a key made of what stands in a Raw is undone by trying all,
// and a word stands for it, that lasts as long as the process.
func TestMadeUpKeys(t *testing.T) {
	v := privacy.NewVeil()
	for _, key := range []string{"nokey:0123456789abcdef01234567", "sha256:00112233445566778899aabbccddeeff", "no-key-0011223344556677",
		"no-key-FFEEDDCCBBAA9988",
		"don%20cua%20Nguy%E1%BB%85n%20V%C4%83n%20An.csv#1", "don_nguyen_van_an.csv#S!7"} {
		if got := v.Key(key); got == key || len(got) != 11 || got != v.Key(key) || got == privacy.NewVeil().Key(key) {
			t.Errorf("%q is shown as %q", key, got)
		}
		if (*privacy.Veil)(nil).Key(key) != key || v.ShowsKey(key) {
			t.Errorf("%q", key)
		}
	}
	for _, key := range []string{"550e8400-e29b-41d4-a716-446655440000", "000.00.53.H48-261105-0001", "KTM_2026_0001", "1234567890"} {
		if !v.ShowsKey(key) {
			t.Errorf("%q is hidden", key)
		}
	}
}

func TestPersonalKey(t *testing.T) {
	for key, want := range map[string]bool{"0912345678": true, "HS-0912345678": true, "051090012412": true, "an.nguyen@example.vn": true,
		"+84 912 345 678": true,
		"212345678":       false, "000.00.53.H48-261105-0001": false, "PAKN-17": false, "20261105081530": false} {
		if got := privacy.PersonalKey(key); got != want {
			t.Errorf("%q: %v", key, got)
		}
	}
}
