package tabular_test

import (
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// One broken byte holds its row or element, with its place, and the file goes on.
func TestBrokenTextHoldsItsRow(t *testing.T) {
	for name, c := range map[string]struct {
		file, content, yaml, place, field, key string
		keys                                   string
	}{
		"a cell": {"a.csv", "id,tên\n1,Đường Trần Hưng Đạo\n2,Quảng Ng\xc3\n3,Phường Nghĩa Lộ\n",
			"key: [id]", "B3", "tên", "2", "1 3"},
		"a key": {"a.csv", "id,tên\nA,Đường Trần Hưng Đạo\nB\xe1\xba,x\nC,Phường Nghĩa Lộ\n",
			"key: [id]", "A3", "id", "a.csv#!3", "A C"},
		"far behind the head": {"a.csv", "id,tên\n" + strings.Repeat("1,Đường Trần Hưng Đạo\n", 4000) + "2,\xf0\x9f\x98\n",
			"key: [id]\ncharset: utf-8",
			"B4002", "tên", "2", "1"},
		"no other letter": {"a.csv", "id,a\n1,x\n2,\xff\n3,z\n", "key: [id]\ncharset: utf-8", "B3", "a", "2", "1 3"},
		"wide": {"a.csv", "area,2023,2024\nĐường,1,2\nPhường\xe1,3,4\n",
			"unpivot: {ids: [area], header: year}\ncharset: utf-8", "A3", "area", "a.csv#!3", "Đường|2023 Đường|2024"},
		"JSON": {"a.json", "{\"rows\":[{\"id\":\"1\",\"t\":\"Đường\"},{\"id\":\"2\",\"t\":\"Qu\xe1\xba\"}]}",
			"format: json\npath: rows\nkey: [id]", "rows[1]", "", "2", "1"},
		"a key of JSON": {"a.json", "[{\"id\":\"1\",\"t\":\"Đường\"},{\"id\":\"2\xc3\"}]",
			"format: json\nkey: [id]", "[1]", "", "nokey:", "1"},
		"lines": {"a.ndjson", "{\"id\":\"1\",\"t\":\"Đường\"}\n{\"id\":\"2\",\"t\":\"\xff\"}\n{\"id\":\"3\"}\n",
			"format: ndjson\nkey: [id]", "[1]", "", "2", "1 3"},
		"XML": {"a.xml", "<r><i><k>1</k><t>Đường</t></i><i><k>2</k><t>Qu\xe1\xba</t></i></r>",
			"format: xml\npath: r/i\nkey: [k]", "r/i[1]", "", "2", "1"},
		"a key of XML": {"a.xml", "<r><i><k>1</k><t>Đường</t></i><i><k>\xe1\xba</k></i></r>",
			"format: xml\npath: r/i\nkey: [k]", "r/i[1]", "", "nokey:", "1"},
	} {
		page, err := pull(t, c.file, c.content, c.yaml)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var keys []string
		for _, raw := range page.Records {
			keys = append(keys, raw.Key)
			if strings.Contains(string(raw.Payload), "\ufffd") {
				t.Errorf("%s: published %s", name, raw.Payload)
			}
		}
		if strings.Join(keys, " ") != c.keys || len(page.Refused) != 1 {
			t.Errorf("%s: %v, %+v", name, keys, page.Refused)
			continue
		}
		held, p := page.Refused[0].Raw, page.Refused[0].Problem
		if p.Code != "GW-D100" || p.Path != c.place || p.Field != c.field || !strings.HasPrefix(held.Key, c.key) ||
			strings.Contains(string(held.Payload), "\ufffd") {
			t.Errorf("%s: %q %s, held %+v", name, held.Key, held.Payload, p)
		}
	}
}

// Where most rows are broken it is the charset; a header nobody can read names no column.
func TestMuchBrokenIsTheCharset(t *testing.T) {
	for content, code := range map[string]string{
		"id,t\n" + strings.Repeat("1,Qu\xb6ng\n", 5): "GW-D101", "id,Qu\xe1\xba\n1,x\n": "GW-D100",
	} {
		_, err := pull(t, "a.csv", content, "key: [id]\ncharset: utf-8")
		if p, ok := problem.As(err); !ok || p.Code != code || p.File != "a.csv" {
			t.Errorf("%q: %v, want %s", content, err, code)
		}
	}
	page, err := pull(t, "a.csv", "id,t\n1,Qu\xb6ng Ng\xb7i\n", "key: [id]")
	if err != nil || !strings.Contains(string(page.Records[0].Payload), "Quảng Ngãi") {
		t.Errorf("it is detected no more: %v %+v", err, page)
	}
}

// The header once more, wherever it stands, is no record, and is counted.
func TestHeaderRepeated(t *testing.T) {
	for name, c := range map[string]struct{ content, yaml, keys, notes string }{
		"once":          {"id,a\n1,x\nid,a\n2,y\n", "key: [id]", "1 2", "1"},
		"behind blanks": {"id,a,\n1,x,\n,,\n\n id ,a,\n2,y,\n", "key: [id]", "1 2", "1"},
		"at the end":    {"id,a\n1,x\n2,y\nid,a\nid,a\n", "key: [id]\nskip: [{column: id, match: '^zz'}]", "1 2", "2"},
		"two rows":      {"Mã,Số,Số\n,a,b\n1,x,y\nMã,Số,Số\n,a,b\n2,x,z\n", "header: {row: 1, rows: 2}\nkey: [Mã]", "1 2", "2"},
		"wide":          {"area,2023,2024\nX,1,2\narea,2023,2024\n", "unpivot: {ids: [area], header: year}", "X|2023 X|2024", "1"},
		"not all of it": {"id,a\n1,x\nid,b\n", "key: [id]", "1 id", ""},
		"one column":    {"id\n1\nid\n", "key: [id]", "1 id", ""},
	} {
		page, err := pull(t, "a.csv", c.content, c.yaml)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var keys []string
		for _, raw := range page.Records {
			keys = append(keys, raw.Key)
		}
		notes := ""
		for _, n := range page.Notes {
			if n.Code == "GW-D102" {
				notes += n.Value
			}
		}
		if strings.Join(keys, " ") != c.keys || notes != c.notes || len(page.Refused) > 0 {
			t.Errorf("%s: %v, notes %q %+v, held %+v", name, keys, notes, page.Notes, page.Refused)
		}
	}
}
