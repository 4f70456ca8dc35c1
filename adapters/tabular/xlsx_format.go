package tabular

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cellFormat is what a number in a cell of this style shows.
type cellFormat uint8

const (
	formatNumber cellFormat = iota
	formatDate
	formatTime // a time of day without a date
)

func (w *workbook) readStyles() error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			ID int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode("xl/styles.xml", &styles); err != nil {
		if strings.Contains(err.Error(), "is missing") {
			return nil // plain workbooks have no styles: every number is a number
		}
		return err
	}
	own := map[int]string{}
	for _, f := range styles.Formats {
		own[f.ID] = f.Code
	}
	for _, c := range styles.Cells {
		format, code := styleOf(own, c.ID)
		w.formats, w.codes = append(w.formats, format), append(w.codes, code)
	}
	return nil
}

// styleOf is what a number format of a workbook is, by its number.
func styleOf(own map[int]string, id int) (cellFormat, string) {
	if code, ok := own[id]; ok {
		return formatOf(code), code
	}
	return builtinFormat(id), builtinCode(id)
}

// builtinFormat knows the number formats that have no text in the file.
func builtinFormat(id int) cellFormat {
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return formatDate
	case id >= 18 && id <= 21:
		return formatTime
	}
	return formatNumber // also 45–47: spans of time are numbers of days
}

// formatOf parts dates from numbers by the letters of a format code outside
// quotes, brackets and escapes.
func formatOf(code string) cellFormat {
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	letters := ""
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			i = skipTo(code, i, '"')
		case '[':
			end := skipTo(code, i, ']')
			if end > i+1 && strings.Trim(code[i+1:end], "hms") == "" {
				return formatNumber // a span of time: a number of days
			}
			i = end
		case '\\', '_', '*':
			i++
		default:
			letters += code[i : i+1]
		}
	}
	letters = strings.ReplaceAll(letters, "general", "")
	switch {
	case strings.ContainsAny(letters, "yd"):
		return formatDate
	case strings.ContainsAny(letters, "hs"):
		return formatTime
	case strings.Contains(letters, "m"):
		return formatDate
	}
	return formatNumber
}

// skipTo gives the position of the next c, or the last position there is.
func skipTo(s string, from int, c byte) int {
	if i := strings.IndexByte(s[from+1:], c); i >= 0 {
		return from + 1 + i
	}
	return len(s) - 1
}

// lastSerial is 9999-12-31.
const lastSerial = 2958465

// appendSerial appends the date that a serial number means, as ISO text; the
// number itself where it means none (29 February 1900 never was).
func appendSerial(dst, stored []byte, format cellFormat, date1904 bool) []byte {
	serial, err := strconv.ParseFloat(string(stored), 64)
	if err != nil || serial < 0 || serial > lastSerial || math.IsNaN(serial) || !date1904 && serial >= 60 && serial < 61 {
		return append(dst, stored...)
	}
	days, part := math.Modf(serial)
	millis := int64(math.Round(part * 86400e3))
	if format == formatTime && days == 0 {
		return time.UnixMilli(millis).UTC().AppendFormat(dst, "15:04:05")
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case serial < 60:
		base = base.AddDate(0, 0, 1)
	}
	at := base.AddDate(0, 0, int(days)).Add(time.Duration(millis) * time.Millisecond)
	switch {
	case millis == 0:
		return at.AppendFormat(dst, "2006-01-02")
	case millis%1000 < 5 || millis%1000 > 995: // serials are binary fractions: 13:47:00 is stored a hair off
		return at.Round(time.Second).AppendFormat(dst, "2006-01-02T15:04:05")
	default:
		return at.AppendFormat(dst, "2006-01-02T15:04:05.000")
	}
}

// builtinCode is the text of the number formats that have none in the file.
func builtinCode(id int) string {
	switch id {
	case 1:
		return "0"
	case 2:
		return "0.00"
	case 3, 37, 38:
		return "#,##0"
	case 4, 39, 40:
		return "#,##0.00"
	case 9:
		return "0%"
	case 10:
		return "0.00%"
	}
	return ""
}

// numberFormat is a format code taken apart: digits and what stands between.
type numberFormat struct {
	whole, part []token // before and behind the point
	scale       int     // powers of ten that the number is shown with
	grouped     bool
}

// token is a place for a digit (0, # or ?), or a text.
type token struct {
	place byte // 0: a text
	text  string
}

// shown is the text that a cell shows for a number; false where this format is
// one that is not read (fractions, exponents, conditions).
func shown(code string, stored []byte) (string, bool) {
	n, err := strconv.ParseFloat(string(stored), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || code == "" || strings.EqualFold(code, "general") {
		return "", false
	}
	sections := splitSections(code)
	section, sign := sections[0], ""
	switch {
	case n < 0 && len(sections) > 1:
		section = sections[1]
	case n < 0:
		sign = "-"
	case n == 0 && len(sections) > 2:
		section = sections[2]
	}
	f, ok := parseNumberFormat(section)
	if !ok {
		return "", false
	}
	return sign + f.show(math.Abs(n)), true
}

// splitSections parts the formats of positive, negative and zero numbers.
func splitSections(code string) []string {
	var out []string
	from := 0
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			i = skipTo(code, i, '"')
		case '\\', '_', '*':
			i++
		case ';':
			out = append(out, code[from:i])
			from = i + 1
		}
	}
	return append(out, code[from:])
}

func parseNumberFormat(code string) (f numberFormat, ok bool) {
	into, places := &f.whole, 0
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '0', '#', '?':
			*into = append(*into, token{place: c})
			places++
		case '.':
			into = &f.part
		case ',':
			f.comma(code[i:], into == &f.whole)
		case '%':
			f.scale += 2
			*into = append(*into, token{text: "%"})
		case 'E', 'e', '/', '@', 'G', 'g':
			return f, false
		default:
			text, end := literalOf(code, i)
			if end < 0 {
				return f, false
			}
			*into = append(*into, token{text: text})
			i = end
		}
	}
	return f, places > 0
}

// comma parts thousands, or, behind the last place, leaves them out.
func (f *numberFormat) comma(rest string, whole bool) {
	rest = strings.TrimLeft(rest, ",")
	if whole && (rest == "" || !strings.ContainsAny(rest[:1], "0#?")) {
		f.scale -= 3
		return
	}
	f.grouped = true
}

// literalOf is a text in a format and where it ends; -1: a condition.
func literalOf(code string, i int) (text string, end int) {
	switch code[i] {
	case '"':
		end = skipTo(code, i, '"')
		return strings.Trim(code[i:end+1], `"`), end
	case '\\':
		return code[min(i+1, len(code)):min(i+2, len(code))], i + 1
	case '_', '*': // as wide as the sign behind it; that sign again and again
		return "", i + 1
	case '[':
		if end = skipTo(code, i, ']'); strings.ContainsAny(code[i:end+1], "<>=hmsHMS") {
			return "", -1
		}
		return "", end
	}
	return code[i : i+1], i
}

// show writes a number that is not negative.
func (f numberFormat) show(n float64) string {
	digits := 0
	for _, t := range f.part {
		if t.place != 0 {
			digits++
		}
	}
	whole, part, _ := strings.Cut(rounded(n, f.scale, digits), ".")
	return f.front(strings.TrimLeft(whole, "0")) + f.back(part)
}

// rounded is a number, shifted by powers of ten, with so many digits behind
// the point; half is away from zero, as office programs have it.
func rounded(n float64, scale, digits int) string {
	text := strconv.FormatFloat(n, 'f', -1, 64)
	whole, part, _ := strings.Cut(text, ".")
	all, point := whole+part, len(whole)+scale
	for point < 0 {
		all, point = "0"+all, point+1
	}
	for len(all) < point+digits+1 {
		all += "0"
	}
	kept := []byte("0" + all[:point+digits])
	if all[point+digits] >= '5' {
		for i := len(kept) - 1; ; i-- {
			if kept[i]++; kept[i] <= '9' {
				break
			}
			kept[i] = '0'
		}
	}
	return string(kept[:point+1]) + "." + string(kept[point+1:])
}

// front fills the places before the point, from the last; the first takes all that is left.
func (f numberFormat) front(digits string) string {
	first := slices.IndexFunc(f.whole, func(t token) bool { return t.place != 0 })
	out := &behind{grouped: f.grouped}
	for i := len(f.whole) - 1; i >= 0; i-- {
		t := f.whole[i]
		if t.place == 0 {
			out.text(t.text)
			continue
		}
		if digits == "" && t.place == '0' {
			out.digit('0')
		}
		for more := digits != ""; more; more = i == first && digits != "" {
			digits = out.last(digits)
		}
	}
	for first < 0 && digits != "" { // .00
		digits = out.last(digits)
	}
	slices.Reverse(out.bytes)
	return string(out.bytes)
}

// behind is a text that is written from its end.
type behind struct {
	bytes   []byte
	digits  int
	grouped bool
}

func (b *behind) digit(c byte) {
	if b.grouped && b.digits > 0 && b.digits%3 == 0 {
		b.bytes = append(b.bytes, ',')
	}
	b.bytes = append(b.bytes, c)
	b.digits++
}

// last writes the last of the digits, and gives those before it.
func (b *behind) last(digits string) string {
	b.digit(digits[len(digits)-1])
	return digits[:len(digits)-1]
}

func (b *behind) text(text string) {
	for i := len(text) - 1; i >= 0; i-- {
		b.bytes = append(b.bytes, text[i])
	}
}

// back fills the places behind the point.
func (f numberFormat) back(digits string) string {
	if len(f.part) == 0 {
		return ""
	}
	needed := 0 // digits that are shown: up to the last that is no zero, or has to be there
	at := 0
	for _, t := range f.part {
		if t.place == 0 {
			continue
		}
		if at++; t.place == '0' || digits[at-1] != '0' {
			needed = at
		}
	}
	var out strings.Builder
	at = 0
	for _, t := range f.part {
		if t.place == 0 {
			out.WriteString(t.text)
			continue
		}
		if at++; at <= needed {
			if at == 1 {
				out.WriteByte('.')
			}
			out.WriteByte(digits[at-1])
		}
	}
	return out.String()
}
