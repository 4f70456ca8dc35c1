package mappings_test

import (
	"bytes"
	"encoding/json"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/mappings"
)

// A mapping is compiled once and maps every Raw of its streams. Why shows
// where each value of a record came from.
func Example() {
	const text = `mapping: report
kind: feedback
dates: ["dd/MM/yyyy"]
fields:
  status: {from: trangThai, codelist: {"1": new, "9": resolved}}
  due_at: han
  title: {from: tieuDe, required: true}
  reporter: {phone: {from: dienThoai, clean: phone}}
`
	plan, err := mappings.Compile("report.yaml", []byte(text), mappings.Env{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mapper := plan.Bind("hotline", "reports")
	raw := canonical.Raw{Key: "17", Payload: []byte(`{
		"trangThai": 1, "tieuDe": "Đèn đường  hỏng", "han": "05/03/2026", "dienThoai": "+84 912 345 678"
	}`)}
	record, err := mapper.Map(raw)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(record.ID, record.Index.Status, record.Index.DuePrecision)
	var body bytes.Buffer
	if err := json.Indent(&body, record.Body, "", "  "); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(body.String())
	why, err := mapper.Why(raw)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range why {
		fmt.Printf("%s: %s at %s %q\n", w.Field, w.Raw, w.Rule, w.Note)
	}
	// Output:
	// feedback:hotline:17 new day
	// {
	//   "id": "feedback:hotline:17",
	//   "kind": "feedback",
	//   "status": "new",
	//   "status_raw": {
	//     "code": "1"
	//   },
	//   "due_at": "2026-03-05T00:00:00+07:00",
	//   "due_precision": "day",
	//   "notes": [
	//     "zone_assumed"
	//   ],
	//   "title": "Đèn đường hỏng",
	//   "reporter": {
	//     "phone": "09•• ••• 678"
	//   }
	// }
	// status: "1" at report.yaml:5 ""
	// due_at: "05/03/2026" at report.yaml:6 "zone_assumed"
	// title: "Đèn đường hỏng" at report.yaml:7 ""
	// reporter.phone: "09•• ••• 678" at report.yaml:8 "phone"
}
