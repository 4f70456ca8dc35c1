package form

import (
	"strings"
	"testing"
)

// TestWhatStandsBesideAList: what says that the list may not be all, in the ways
// in which it is said, and what says nothing.
func TestWhatStandsBesideAList(t *testing.T) {
	for text, want := range map[string]string{
		`"status":"error"`:   "status: error",
		`"Status":"FAILED"`:  "Status: FAILED",
		`"code":500`:         "code: 500",
		`"statusCode":"503"`: "statusCode: 503",
		`"isComplete":false`: "isComplete: false",
		`"complete":"false"`: "complete: false",
		`"hasError":true`:    "hasError: true",
		`"isSuccess":false`:  "isSuccess: false",
		`"ok":0`:             "ok: 0",
		`"result":"fail"`:    "result: fail",
		`"warnings":["một nút không trả lời"]`: "warnings: một nút không trả lời",
		`"has_more":true`:                                   "has_more: true",
		`"is_partial":true`:                                 "is_partial: true",
		`"incomplete_results":true`:                         "incomplete_results: true",
		`"exceededTransferLimit":true`:                      "exceededTransferLimit: true",
		`"_shards":{"total":5,"failed":2}`:                  "_shards.failed: 2",
		`"@odata.nextLink":"https://x/t?$skip=8"`:           "@odata.nextLink: https://x/t?…",
		`"meta":{"truncated":true}`:                         "meta.truncated: true",
		`"dataComplete":"N"`:                                "dataComplete: N",
		`"error":{"code":"E1","message":"nút 3 không đọc"}`: "error: nút 3 không đọc",

		`"status":"ok"`:                    "",
		`"status":1`:                       "",
		`"status":{"id":7}`:                "",
		`"code":200`:                       "",
		`"code":0`:                         "",
		`"code":1004`:                      "",
		`"result":"error-free"`:            "",
		`"complete":0`:                     "",
		`"success":true`:                   "",
		`"hasMore":false`:                  "",
		`"nextLink":null`:                  "",
		`"nextPageToken":""`:               "",
		`"warnings":[]`:                    "",
		`"errors":{}`:                      "",
		`"_shards":{"total":5,"failed":0}`: "",
		`"rows":[{"hasMore":true,"status":"fail"}]`: "",
	} {
		body := `{` + text + `,"rows":[{"id":1}]}`
		if strings.HasPrefix(text, `"rows"`) {
			body = `{` + text + `}`
		}
		if got := Aside([]byte(body), "rows"); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := Aside([]byte(`{"meta":{"truncated":true},"rows":[]}`), "meta.truncated"); got != "" {
		t.Errorf("what the settings read themselves is told: %q", got)
	}
}
