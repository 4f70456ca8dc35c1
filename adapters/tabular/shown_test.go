package tabular

import (
	"strconv"
	"testing"
)

// TestShown: numbers as the cell shows them.
func TestShown(t *testing.T) {
	for _, c := range []struct{ code, stored, want string }{
		{"00000", "123", "00123"}, {"00000", "1234567", "1234567"}, {"000000000000", "51170123456", "051170123456"},
		{"0", "2.5", "3"}, {"0", "0.5", "1"}, {"0.00", "1.005", "1.01"}, {"0.00", "2.2999999999999998", "2.30"}, {"0.0#", "1.5", "1.5"},
		{"0.0#", "1", "1.0"}, {"0.##", "1", "1"}, {"#,##0", "1234567.8", "1,234,568"}, {"#,##0", "0", "0"}, {"#", "0", ""},
		{"#,##0.00", "-1234.5", "-1,234.50"},
		{"0%", "0.256", "26%"}, {"0.0%", "0.256", "25.6%"}, {`#,##0\ "đ"`, "1500", "1,500 đ"}, {`"HS-"0000`, "7", "HS-0007"}, {"000-000", "12345", "012-345"},
		{"0000000000", "905123456", "0905123456"}, {"0;(0)", "-5", "(5)"}, {`0;-0;"-"`, "0", ""}, {"#,##0,", "1234567", "1,235"}, {"[Red]0.0", "1.25", "1.3"},
		{".00", "12.5", "12.50"}, {"00", "9.99", "10"}, {"0_);(0)", "3", "3"}, {"0.000", "1e-5", "0.000"}, {"0", "1e15", "1000000000000000"},
	} {
		got, ok := shown(c.code, []byte(c.stored))
		if got != c.want || !ok && c.want != "" {
			t.Errorf("%q shows %s as %q (%v), want %q", c.code, c.stored, got, ok, c.want)
		}
	}
	for _, code := range []string{"", "General", "# ?/?", "0.00E+00", "[>5]0;0.0", "@", "[h]:mm"} {
		if got, ok := shown(code, []byte("1.5")); ok {
			t.Errorf("%q is read, as %q", code, got)
		}
	}
}

// FuzzShown: no format code makes it fail.
func FuzzShown(f *testing.F) {
	for _, code := range []string{"0.0#", `"a`, `\`, "[", "0,,.%", "#,##0;[Red]-0;", "_", "*"} {
		f.Add(code, 12345.678)
	}
	f.Fuzz(func(t *testing.T, code string, n float64) {
		if n > -1e18 && n < 1e18 && len(code) < 100 {
			shown(code, strconv.AppendFloat(nil, n, 'g', -1, 64))
		}
	})
}
