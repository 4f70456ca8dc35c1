package push_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"iocgateway/adapters/push"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

func TestCharsets(t *testing.T) {
	src := mustOpen(t, hook)
	wide := []byte{0xFF, 0xFE}
	for _, r := range good {
		wide = append(wide, byte(r), byte(r>>8))
	}
	for name, body := range map[string][]byte{"mark": []byte("\xef\xbb\xbf" + good), "utf-16": wide} {
		page, err := src.Receive(signed(body, now, newKey))
		if err != nil || len(page.Records) != 1 || string(page.Records[0].Payload) != good || len(page.Notes) != 0 {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	legacy := []byte("{\"id\":\"1\",\"ten\":\"Qu\xb6ng Ng\xb7i, Vi\xd6t Nam\"}")
	r := signed(legacy, now, newKey)
	r.Header.Set("Content-Type", "application/json; charset=tcvn3")
	page, err := src.Receive(r)
	if err != nil || gjson.GetBytes(page.Records[0].Payload, "ten").Str != "Quảng Ngãi, Việt Nam" {
		t.Errorf("TCVN3: %+v, %v", page, err)
	}
	broken := []byte("{\"id\":\"1\",\"ten\":\"Đèn đường hỏng ở phường Trần Hưng Đạo, tỉnh Quảng Ng\xc3\"}")
	if page, err = src.Receive(signed(broken, now, newKey)); err != nil || len(page.Records) != 0 || len(page.Notes) != 1 ||
		page.Notes[0].Code != "GW-S807" || page.Refused[0].Problem.Code != "GW-S080" || page.Refused[0].Problem.Field != "ten" {
		t.Errorf("a cut character: %+v, %v", page, err)
	}
}

const events = `
signature: {kind: bearer, secrets: "${env:TOKEN}"}
body: cloudevents
version: data.rev
`

func event(contentType, body string, attributes ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+newKey)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(attributes); i += 2 {
		r.Header.Set(attributes[i], attributes[i+1])
	}
	return r
}

func TestCloudEvents(t *testing.T) {
	const one = `{"specversion":"1.0","id":"7","source":"/x","type":"t","subject":"PA-17","time":"2026-03-02T07:59:00+07:00","data":{"rev":3}}`
	packed := strings.Replace(one, `"data":{"rev":3}`, `"data_base64":"`+base64.StdEncoding.EncodeToString([]byte(`{"rev":3}`))+`"`, 1)
	const structured, batch = "application/cloudevents+json", "application/cloudevents-batch+json"
	head := []string{"ce-specversion", "1.0", "ce-id", "7", "ce-source", "/x", "ce-type", "t", "ce-subject", "PA-17", "ce-time",
		"2026-03-02T07:59:00+07:00"}
	src := mustOpen(t, events)
	for name, r := range map[string]*http.Request{
		"structured": event(structured, one), "batch": event(batch, "["+one+"]"), "base64": event(structured, packed),
		"binary": event("application/json", `{"rev":3}`, head...), "charset": event(structured+"; charset=UTF-8", one),
	} {
		page, err := src.Receive(r)
		if err != nil || len(page.Records) != 1 {
			t.Errorf("%s: %+v, %v", name, page, err)
			continue
		}
		raw := page.Records[0]
		if raw.Key != "PA-17" || raw.Version != "3" || string(raw.Payload) != `{"rev":3}` || raw.At.Unix() != 1772413140 {
			t.Errorf("%s: %+v", name, raw)
		}
	}
	if page, err := src.Receive(event("application/json", `{}`, append(head, "ce-subject", "Ph%C6%B0%E1%BB%9Dng%205")...)); err != nil || page.Records[0].Key != "Phường 5" {
		t.Errorf("percent-encoded: %+v, %v", page, err)
	}
	if page, err := src.Receive(event("application/json", `{ "a": "<1>" }`, head...)); err != nil || string(page.Records[0].Payload) != `{ "a": "<1>" }` {
		t.Errorf("not byte for byte: %+v, %v", page, err)
	}
	for name, c := range map[string]struct {
		r    *http.Request
		want int
	}{
		"batch of no array":     {event(batch, one), 400},
		"structured array":      {event(structured, "["+one+"]"), 400},
		"plain JSON":            {event("application/json", one), 415},
		"bad UTF-8 in a header": {event("application/json", `{}`, append(head, "ce-subject", "%C0%A0")...), 400},
	} {
		if _, err := src.Receive(c.r); status(err) != c.want {
			t.Errorf("%s: %d (%v), want %d", name, status(err), err, c.want)
		}
	}
	for name, body := range map[string]string{
		"no id": strings.Replace(one, `"id":"7",`, "", 1), "data twice": strings.Replace(packed, "}", `,"data":1}`, 1),
		"no base64": strings.Replace(packed, "base64\":\"", "base64\":\"!", 1), "no data": strings.Replace(one, `,"data":{"rev":3}`, "", 1),
		"no subject": strings.Replace(one, `"subject":"PA-17",`, "", 1),
	} {
		page, err := src.Receive(event(batch, "["+one+","+body+"]"))
		if err != nil || len(page.Records) != 1 || len(page.Refused) != 1 {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
}

// A million tiny items in one delivery are counted, and refused before any of
// them is taken apart. All that is allocated on the way bounds what the heap
// can grow by; the body itself is read twice, as bytes and as text.
func TestDeliveryOfManyTinyItems(t *testing.T) {
	src := mustOpen(t, hook+"max_items: 10000\nmax_body: 16777216\n")
	body := []byte("[" + strings.Repeat(`{"id":"1234"},`, 1_000_000) + "{}]")
	r := signed(body, now, newKey)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := src.Receive(r)
	runtime.ReadMemStats(&after)
	if p, ok := problem.As(err); !ok || p.Code != "GW-S809" || status(err) != http.StatusRequestEntityTooLarge {
		t.Errorf("got %v", err)
	}
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 96 {
		t.Errorf("refusing %d MiB took %d MiB", len(body)>>20, got)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for text, codes := range map[string]string{
		"key: id": "GW-C004",
		`signature: {kind: bearer, secrets: "${env:TOKEN}"}`:                                                "GW-C004",
		`{signature: {kind: bearer, secrets: plain-text-in-the-file}, key: id}`:                             "GW-C010",
		`{signature: {kind: rot13, secrets: "${env:TOKEN}"}, key: id}`:                                      "GW-C005",
		`{signature: {kind: standard-webhooks, secrets: "${env:SHORT}"}, key: id}`:                          "GW-A800",
		`{signature: {kind: standard-webhooks, secrets: "${env:TOKEN}"}, key: id}`:                          "GW-A800",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, key: id, layouts: dd/mm/yyyy}`:                "GW-A801",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, key: id, zone: Asia/Saigonn}`:                 "GW-A802",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, key: id, gone_path: x}`:                       "GW-A803",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, key: id, kinds: {a: feedback}}`:               "GW-A803",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, body: cloudevents, records: x}`:               "GW-A804",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, key: id, kind_path: k, kinds: {a: petition}}`: "GW-A805",
		`{signature: {kind: hmac-header, header: "X Y", secrets: "${env:TOKEN}"}, key: id}`:                 "GW-A806",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, key: id, max_body: 999999999}`:                "GW-C005",
		`{signature: {kind: bearer, secrets: "${env:TOKEN}"}, key: id, colour: red}`:                        "GW-C002",
	} {
		_, err := openText(t, text)
		p, ok := problem.As(err)
		if !ok || p.Code != codes || p.Line == 0 {
			t.Errorf("%s: %v; want %s with its place", text, err, codes)
			continue
		}
		if strings.Contains(err.Error(), newKey) || strings.Contains(err.Error(), "plain-text") {
			t.Errorf("a secret is shown: %v", err)
		}
	}
}

func TestEveryCodeHasWords(t *testing.T) {
	for _, code := range []string{"GW-S801", "GW-S814", "GW-A800", "GW-A806", "GW-A810", "GW-A811"} {
		if words, ok := problem.WordsOf(code); !ok || words.VI == "" || words.EN == "" || words.HintVI == "" || words.HintEN == "" {
			t.Errorf("%s: %+v", code, words)
		}
	}
}

func TestPullIsEmpty(t *testing.T) {
	src := mustOpen(t, hook)
	page, err := src.Pull(context.Background(), canonical.Checkpoint(`{"v":9}`))
	if err != nil || page.More || page.Next != nil || len(page.Records) != 0 || page.Total != -1 || page.Complete != nil {
		t.Errorf("%+v, %v", page, err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := src.Pull(ended, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestOverTheWire takes deliveries through a real server and client.
func TestOverTheWire(t *testing.T) {
	src := mustOpen(t, hook)
	var got []canonical.Raw
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, err := src.Receive(r)
		got = append(got, page.Records...)
		w.WriteHeader(status(err))
	}))
	defer server.Close()
	for _, c := range []struct {
		key  string
		want int
	}{{newKey, 200}, {newKey, 200}, {"somebody else's key.....", 401}} {
		like := signed([]byte(good), now, c.key)
		r, err := http.NewRequest(http.MethodPost, server.URL, bytes.NewReader([]byte(good)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = like.Header
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != c.want {
			t.Errorf("%s: %d", c.key, answer.StatusCode)
		}
	}
	if len(got) != 2 || got[0].Digest() != got[1].Digest() || got[0].Key != got[1].Key {
		t.Errorf("a delivery repeated is not the same: %+v", got)
	}
}

func FuzzReceive(f *testing.F) {
	for _, seed := range []string{good, "[" + good + "]", `{"id":null}`, `[[]]`, `{"id":{"a":1}}`, "\xff\xfe{\x00}\x00", `{"specversion":"1.0"}`, strings.Repeat("[", 200)} {
		f.Add([]byte(seed), "application/json", "")
		f.Add([]byte(seed), "application/cloudevents-batch+json", "gzip")
	}
	plain := mustOpen(f, strings.Replace(hook, `{kind: standard-webhooks, secrets: ["${env:NEW}", "${env:OLD}"]}`, `{kind: bearer, secrets: "${env:TOKEN}"}`, 1))
	cloud := mustOpen(f, events)
	f.Fuzz(func(t *testing.T, body []byte, contentType, encoding string) {
		for _, src := range []*push.Source{plain, cloud} {
			r := event(contentType, string(body), "ce-specversion", "1.0", "ce-id", "1", "ce-source", "x", "ce-type", "t", "ce-subject", contentType)
			if encoding != "" {
				r.Header.Set("Content-Encoding", encoding)
			}
			page, err := src.Receive(r)
			if err != nil {
				if code := status(err); code != 400 && code != 413 && code != 415 {
					t.Fatalf("%d: %v", code, err)
				}
				if p, ok := problem.As(err); !ok || p.Text(problem.Vietnamese) == p.Code {
					t.Fatalf("no words for %v", err)
				}
				continue
			}
			for _, raw := range page.Records {
				if raw.Key == "" || !gjson.ValidBytes(raw.Payload) || string(vntext.NFCBytes(raw.Payload)) == "" {
					t.Fatalf("%+v", raw)
				}
			}
			for _, refused := range page.Refused {
				if refused.Raw.Key == "" || refused.Problem.Code == "" {
					t.Fatalf("%+v", refused)
				}
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	src := mustOpen(b, hook)
	items := []byte("[" + strings.Repeat(good+",", 99) + good + "]")
	for name, body := range map[string][]byte{"one": []byte(good), "hundred": items} {
		like := signed(body, now, newKey)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
				r.Header = like.Header
				if _, err := src.Receive(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// One item that nests too deep is held; the delivery is taken.
func TestDeepItemIsHeldAlone(t *testing.T) {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	src := mustOpen(t, hook)
	for _, body := range []string{`[` + good + `,{"id":"d","x":` + deep + `}]`, `[{"id":"d","x":` + deep + `},` + good + `]`} {
		page, err := src.Receive(signed([]byte(body), now, newKey))
		if err != nil || len(page.Records) != 1 || len(page.Refused) != 1 || page.Refused[0].Problem.Code != "GW-S034" {
			t.Errorf("%d records, %d held: %v", len(page.Records), len(page.Refused), err)
		}
	}
	for _, body := range []string{deep[1:], `[` + good + `,{"id":"d","x":` + deep[:len(deep)-1] + `}]`, `{"a":[` + deep + `}`} {
		_, err := src.Receive(signed([]byte(body), now, newKey))
		if p, ok := problem.As(err); !ok || p.Code != "GW-S806" {
			t.Errorf("%.20s…: %v", body, err)
		}
	}
}

// What has broken text is held, and what stands beside it is taken; a list that
// stands twice is taken twice.
func TestTornAndTwice(t *testing.T) {
	src := mustOpen(t, hook+"records: d.items\n")
	for name, c := range map[string]struct {
		body, records, held, field string
	}{
		"torn":           {"{\"d\":{\"items\":[{\"id\":\"1\",\"t\":\"Qu\xe1\xba\"},{\"id\":\"2\",\"t\":\"Quảng Ngãi\"}]}}", "2", "GW-S080", "t"},
		"torn, no mark":  {"{\"d\":{\"items\":[{\"id\":\"1\",\"t\":\"\xff\"},{\"id\":\"2\"}]}}", "2", "GW-S080", "t"},
		"a torn key":     {"{\"d\":{\"items\":[{\"id\":\"1\",\"t\":\"Ngãi\"},{\"id\":\"\xe1\xba\",\"t\":\"Đường Quảng Ngãi\"}]}}", "1", "GW-S080", "id"},
		"twice":          {`{"d":{"items":[{"id":"1"}],"items":[{"id":"2"}]}}`, "1 2", "", ""},
		"above it twice": {`{"d":{"items":[{"id":"1"},{"id":"3"}]},"d":{"items":[{"id":"2"}]}}`, "1 3 2", "", ""},
		"list, and one":  {`{"d":{"items":[{"id":"1"}],"x":[{"id":"9"}],"items":{"id":"2"}}}`, "1 2", "", ""},
		"deep beside":    {`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"d":{"items":[{"id":"1"}]}}`, "1", "", ""},
	} {
		page, err := src.Receive(signed([]byte(c.body), now, newKey))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var keys []string
		for _, raw := range page.Records {
			keys = append(keys, raw.Key)
		}
		code, field := "", ""
		for _, r := range page.Refused {
			code, field = code+r.Problem.Code, r.Problem.Field
		}
		if strings.Join(keys, " ") != c.records || code != c.held || field != c.field {
			t.Errorf("%s: %v, held %s %s, notes %+v", name, keys, code, field, page.Notes)
		}
	}
	many := strings.Repeat(`{"id":"1"},`, 600) + `{"id":"2"}`
	if _, err := src.Receive(signed([]byte(`{"d":{"items":[`+many+`],"items":[`+many+`]}}`), now, newKey)); status(err) != http.StatusRequestEntityTooLarge {
		t.Errorf("more than may come: %v", err)
	}
}
