package faults_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestDeliveriesThatAreNone: the kinds in what a source delivers: what is half,
// or something else, is refused, so that the source delivers it again, and the
// stream says so; what is whole is taken whole.
func TestDeliveriesThatAreNone(t *testing.T) {
	stream := func(more string) string { return pushed + "streams: {t: {mapping: m/x, key: id" + more + "}}" }
	to := func(body string) map[string]string { return map[string]string{"t": body} }
	good := rows("[", `{"id":#,"title":"T#"},`, `{"id":9,"title":"T9"}]`)
	whole := day{posts: to(good), live: "1..9", state: "healthy", cause: "-"}
	none := func(kind, form, body, code, says string) fault {
		return fault{kind: kind, form: form, source: stream(""), days: []day{whole,
			{posts: to(body), status: http.StatusBadRequest, live: "1..9", state: "data_issue", cause: code, warns: "GW-R110", says: says}}}
	}
	refused := func(kind, form, body, code string) fault { return none(kind, form, body, code, "") }
	taken := func(kind, form, more, body, live string) fault {
		return fault{kind: kind, form: form, source: stream(more), days: []day{{posts: to(body), live: live, state: "healthy", cause: "-"}}}
	}
	const cut, list, again = "17-csv-unclosed-quote-gone", "wbarr", "csvdup"
	judge(t, []fault{
		none(cut, "a page of HTML", "<html><title>Bảo trì</title></html>", "GW-S052", "HTML (Bảo trì)"),
		none(cut, "a login page", "\ufeff<!DOCTYPE html><h1>Đăng nhập</h1><form><input type=password></form>",
			"GW-S052", "HTML (Đăng nhập)"),
		none(cut, "an error of a proxy in Latin 1",
			"<HTML><BODY><H1>502 Bad Gateway \xa9</H1></BODY></HTML>", "GW-S052", "HTML (502 Bad Gateway"),
		none(cut, "XML", `<?xml version="1.0"?><rows><row id="1"/></rows>`, "GW-S052", "XML <rows>"),
		none(cut, "a fault of SOAP", `<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultstring>Hết phiên</faultstring></s:Fault></s:Body></s:Envelope>`,
			"GW-S052", "XML <Envelope> (Hết phiên)"),
		none(cut, "nothing but blanks", " \r\n", "GW-S062", ""),
		{kind: cut, form: "an error where a list was", source: stream(", records: rows"), days: []day{
			{posts: to(`{"rows":` + good + `}`), live: "1..9", state: "healthy", cause: "-"},
			{posts: to(`{"error":{"code":7,"message":"Hết hạn mức"}}`), status: http.StatusBadRequest, live: "1..9", state: "data_issue",
				cause: "GW-S061", warns: "GW-R110", says: "Hết hạn mức"}}},
		refused(cut, "half", good[:len(good)/2], "GW-S806"),
		refused(cut, "cut behind an item", good[:strings.Index(good, `,{"id":6`)], "GW-S806"),
		refused(cut, "two bodies in one", `{"id":1,"title":"x"}{"id":2,"title":"y"}`, "GW-S806"),
		refused("jsonl", "a line each", `{"id":1,"title":"x"}`+"\n"+`{"id":2,"title":"y"}`+"\n", "GW-S806"),
		{kind: cut, form: "an error", source: stream(""), days: []day{whole, {posts: to(`{"error":"cursor expired"}`),
			live: "1..9", state: "data_issue", cause: "GW-R010", held: "GW-S811"}}},
		{kind: cut, form: "nothing where the records were", source: stream(", records: rows"), days: []day{
			{posts: to(`{"rows":` + good + `}`), live: "1..9", state: "healthy", cause: "-"},
			{posts: to(`{"data":` + good + `}`), status: http.StatusBadRequest, live: "1..9", state: "data_issue", cause: "GW-S808", warns: "GW-R110"}}},
		taken(list, "a list in a list", `, records: "1"`, `[0,[{"id":"a"},{"id":"b"}]]`, "a, b"),
		taken(again, "an item twice", "", `[{"id":1,"title":"x"},{"id":1,"title":"x"},{"id":2,"title":"y"}]`, "1=x, 2=y"),
	})
}
