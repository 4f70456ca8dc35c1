package tabular

import (
	"math"
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
	own := map[int]cellFormat{}
	for _, f := range styles.Formats {
		own[f.ID] = formatOf(f.Code)
	}
	for _, c := range styles.Cells {
		format, ok := own[c.ID]
		if !ok {
			format = builtinFormat(c.ID)
		}
		w.formats = append(w.formats, format)
	}
	return nil
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
