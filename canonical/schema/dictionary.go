package schema

import (
	"fmt"
	"reflect"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

// Dictionary is the data dictionary as Markdown: every field of every kind
// with its meaning, type, code list and class of personal data, and every
// code list with its words.
func Dictionary(lang problem.Lang) []byte {
	d := dictionary{lang: lang}
	d.line("# " + d.pick("Từ điển dữ liệu", "Data dictionary"))
	for _, kind := range canonical.Kinds() {
		d.kind(kind)
	}
	d.line("\n## " + d.pick("Danh mục mã", "Code lists"))
	for _, name := range canonical.CodeLists() {
		d.codes(name)
	}
	return []byte(d.out.String())
}

type dictionary struct {
	lang problem.Lang
	out  strings.Builder
}

func (d *dictionary) pick(vi, en string) string {
	if d.lang == problem.English {
		return en
	}
	return vi
}

func (d *dictionary) line(s string) {
	d.out.WriteString(s)
	d.out.WriteByte('\n')
}

func (d *dictionary) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	d.line("| " + strings.Join(cells, " | ") + " |")
}

func (d *dictionary) kind(kind canonical.Kind) {
	d.line(fmt.Sprintf("\n## `%s` – %s\n", kind, d.pick(KindTitle(kind))))
	if d.lang == problem.English {
		d.row("Field", "Meaning", "Type", "Always", "Codes", "Personal data")
	} else {
		d.row("Trường", "Ý nghĩa", "Kiểu", "Bắt buộc", "Danh mục mã", "Dữ liệu cá nhân")
	}
	d.line("|---|---|---|---|---|---|")
	d.fields(reflect.TypeOf(canonical.NewEntity(kind)).Elem(), "", kind)
}

func (d *dictionary) fields(t reflect.Type, prefix string, kind canonical.Kind) {
	for _, f := range fieldsOf(t) {
		if f.role == canonical.RoleStatus {
			f.codes = canonical.StatusList(kind)
		}
		path, elem := prefix+f.name, f.typ
		if elem.Kind() == reflect.Pointer {
			elem = elem.Elem()
		}
		if elem.Kind() == reflect.Slice {
			path, elem = path+"[]", elem.Elem()
		}
		below := elem.Kind() == reflect.Struct && elem != reflect.TypeFor[canonical.Time]()
		d.row("`"+path+"`", d.pick(f.title, f.english), d.typeWord(elem, below), d.mark(f.always), codesLink(f.codes), d.className(f.class))
		if below {
			d.fields(elem, path+".", kind)
		}
	}
}

func (d *dictionary) typeWord(t reflect.Type, below bool) string {
	switch t {
	case reflect.TypeFor[canonical.Time]():
		return d.pick("thời điểm (RFC 3339)", "time (RFC 3339)")
	case reflect.TypeFor[canonical.Date]():
		return d.pick("ngày (năm-tháng-ngày)", "day (yyyy-mm-dd)")
	case reflect.TypeFor[canonical.Decimal]():
		return d.pick("số thập phân (dạng chuỗi)", "decimal (as text)")
	}
	switch {
	case below, t.Kind() == reflect.Map:
		return d.pick("đối tượng", "object")
	case t.Kind() == reflect.Bool:
		return d.pick("đúng/sai", "boolean")
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return d.pick("số nguyên", "integer")
	case t.Kind() == reflect.Float64:
		return d.pick("số", "number")
	default:
		return d.pick("chuỗi ký tự", "text")
	}
}

func (d *dictionary) mark(always bool) string {
	if always {
		return d.pick("có", "yes")
	}
	return ""
}

func (d *dictionary) className(class string) string {
	if class == "" {
		return ""
	}
	return privacy.DataClass(class).Title(d.lang)
}

func codesLink(name string) string {
	if name == "" {
		return ""
	}
	return "[" + name + "](#" + name + ")"
}

func (d *dictionary) codes(name string) {
	d.line("\n### " + name + "\n")
	if d.lang == problem.English {
		d.row("Code", "Meaning", "Final")
	} else {
		d.row("Mã", "Ý nghĩa", "Trạng thái cuối")
	}
	d.line("|---|---|---|")
	list, _ := canonical.CodeList(name)
	for _, c := range list {
		d.row("`"+c.Value+"`", d.pick(c.VI, c.EN), d.mark(c.Final))
	}
}
