package iofficesim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"iocgateway/adapters/simkit/city"
)

// Headers are the six headers of an export, in order.
func Headers() []string {
	return []string{"Trích yếu", "Số ký hiệu", "Văn bản ký số", "Ngày ban hành", "Đơn vị ban hành", "Người ký chính"}
}

// WriteExports writes three exports of the documents as of t into dir: two that
// overlap by a fifth, and one of the last 40 whose text is in a TCVN3 font. It
// returns their paths. A file appears whole or not at all.
func WriteExports(dir string, c *city.City, t time.Time) ([]string, error) {
	var rows []city.DocumentView
	for _, v := range c.DocumentsAt(t) {
		if !v.Now.Recalled {
			rows = append(rows, v)
		}
	}
	n := len(rows)
	day := t.In(city.Zone()).Format("20060102")
	exports := []struct {
		name  string
		rows  []city.DocumentView
		tcvn3 bool
	}{
		{"VanBan_" + day + "_1.xlsx", rows[:n*6/10], false},
		{"VanBan_" + day + "_2.xlsx", rows[n*4/10:], false},
		{"VanBan_" + day + "_font-cu.xlsx", rows[max(n-40, 0):], true},
	}
	var out []string
	for _, e := range exports {
		path := filepath.Join(dir, e.name)
		if err := writeExport(path, e.rows, e.tcvn3); err != nil {
			return out, fmt.Errorf("iofficesim: writing %s: %w", e.name, err)
		}
		out = append(out, path)
	}
	return out, nil
}

// writeExport writes one workbook: two merged title rows, an empty one, the
// headers, the rows.
func writeExport(path string, rows []city.DocumentView, tcvn3 bool) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	sheet := f.GetSheetName(0)
	text, style := func(s string) string { return s }, 0
	if tcvn3 {
		text = TCVN3
		if style, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Family: ".VnTime", Size: 12}}); err != nil {
			return err
		}
	}
	put := func(col, row int, v any) {
		cell, cellErr := excelize.CoordinatesToCellName(col, row)
		err = errors.Join(err, cellErr, f.SetCellValue(sheet, cell, v))
		if tcvn3 {
			err = errors.Join(err, f.SetCellStyle(sheet, cell, cell, style))
		}
	}
	put(1, 1, text("DANH SÁCH VĂN BẢN"))
	put(1, 2, text("UBND TỈNH QUẢNG NGÃI"))
	err = errors.Join(err, f.MergeCell(sheet, "A1", "F1"), f.MergeCell(sheet, "A2", "F2"))
	for i, h := range Headers() {
		if tcvn3 && i == 5 {
			h = "NGUOI_KY_CHINH" // the other spelling of this header
		}
		put(i+1, 4, text(h))
	}
	for i, v := range rows {
		line := i + 5
		signed := "Không"
		if v.N%3 > 0 {
			signed = "Có"
		}
		put(1, line, text(v.Subject))
		put(2, line, text(v.Display()))
		put(3, line, text(signed))
		put(4, line, dateCell(v))
		put(5, line, text(v.Issuer))
		put(6, line, text(v.Signer))
	}
	if err != nil {
		return err
	}
	tmp := path + ".tmp.xlsx"
	if err := f.SaveAs(tmp); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// dateCell is a day in one of the five ways one column has it.
func dateCell(v city.DocumentView) any {
	switch v.N % 5 {
	case 0:
		return v.Issued.Format("02/01/2006")
	case 1:
		return v.Issued.Format("02-01-2006")
	case 2:
		return v.Issued.Format("2006-01-02")
	case 3: // a serial number without a date's format
		y, m, d := v.Issued.Date()
		return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
	}
	y, m, d := v.Issued.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// TCVN3 writes text as an old single-byte Vietnamese font shows it: read in
// another font it is nonsense. Capital letters with marks have no code of
// their own in this font but for seven; they come out small.
func TCVN3(s string) string {
	const plain = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂĐÊÔƠƯ"
	const coded = "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ¡¢§£¤¥¦"
	from, to := []rune(plain), []rune(coded)
	table := make(map[rune]rune, len(from))
	for i, r := range from {
		table[r] = to[i]
	}
	return strings.Map(func(r rune) rune {
		if c, ok := table[r]; ok {
			return c
		}
		if c, ok := table[unicode.ToLower(r)]; ok {
			return c
		}
		return r
	}, norm.NFC.String(s))
}
