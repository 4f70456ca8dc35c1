package cloudevents_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	sdk "github.com/cloudevents/sdk-go/v2/event"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
)

func sample() cloudevents.Envelope {
	at := time.Date(2026, 3, 4, 8, 30, 0, 120_000_000, time.FixedZone("", 7*3600))
	return cloudevents.Envelope{
		ID: "dossier/00000000000000004711/3f2a", Source: cloudevents.Source("dvc-tỉnh", "hồ sơ"),
		Type:    cloudevents.NewTypes("").Of(canonical.KindDossier, "changed"),
		Subject: canonical.ID(canonical.KindDossier, "dvc-tỉnh", "000.00.53.H48-220921-0099"),
		Time:    at, DataContentType: "application/json", DataSchema: "https://ioc.example.vn/schemas/dossier.v1.json",
		Sequence: 4711, Previous: 4709, RecordedTime: at.Add(time.Minute), Mapping: "dvc/igate-dossier@3f2a",
		Data: []byte(`{"subject":"Cấp lại giấy phép","n":1}`),
	}
}

func TestAppendGolden(t *testing.T) {
	e := sample()
	const want = `{"specversion":"1.0","id":"dossier/00000000000000004711/3f2a","source":"/sources/dvc-t%E1%BB%89nh/h%E1%BB%93%20s%C6%A1","type":"vn.gov.quangngai.dossier.changed.v1","subject":"dossier:dvc-t%E1%BB%89nh:000.00.53.H48-220921-0099","time":"2026-03-04T08:30:00.12+07:00","datacontenttype":"application/json","dataschema":"https://ioc.example.vn/schemas/dossier.v1.json","sequence":"00000000000000004711","previous":"00000000000000004709","recordedtime":"2026-03-04T08:31:00.12+07:00","mapping":"dvc/igate-dossier@3f2a","data":{"subject":"Cấp lại giấy phép","n":1}}`
	if got := string(cloudevents.Append(nil, &e)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	e.ID, e.Feed, e.Version = "", "dossier", "3f2a"
	if got := string(cloudevents.Append(nil, &e)); got != want {
		t.Errorf("with the id from feed and sequence: %s", got)
	}
	if cloudevents.EventID("dossier", 4711, "3f2a") != sample().ID {
		t.Error("EventID")
	}
}

func TestRoundTrip(t *testing.T) {
	binary := cloudevents.Envelope{ID: "1", Source: "/s", Type: "t", DataContentType: "text/xml", Data: []byte("<a>\xff</a>"), Binary: true}
	for _, e := range []cloudevents.Envelope{sample(), binary, {ID: "1", Source: "/s", Type: "t"}} {
		body := cloudevents.Append(nil, &e)
		if !json.Valid(body) {
			t.Fatalf("no JSON: %s", body)
		}
		got, err := cloudevents.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Time.Equal(e.Time) || !got.RecordedTime.Equal(e.RecordedTime) {
			t.Errorf("times: %v %v", got.Time, got.RecordedTime)
		}
		got.Time, got.RecordedTime = e.Time, e.RecordedTime
		if !reflect.DeepEqual(got, e) {
			t.Errorf("got  %+v\nwant %+v", got, e)
		}
	}
}

// TestAgainstSDK: the reference implementation reads what we write as we meant
// it, and we read what it writes.
func TestAgainstSDK(t *testing.T) {
	e := sample()
	var ev sdk.Event
	if err := json.Unmarshal(cloudevents.Append(nil, &e), &ev); err != nil {
		t.Fatal(err)
	}
	if err := ev.Validate(); err != nil {
		t.Fatal(err)
	}
	if ev.ID() != e.ID || ev.Source() != e.Source || ev.Type() != e.Type || ev.Subject() != e.Subject || !ev.Time().Equal(e.Time) ||
		ev.DataSchema() != e.DataSchema || ev.Extensions()["sequence"] != "00000000000000004711" || !bytes.Equal(ev.Data(), e.Data) {
		t.Errorf("the SDK reads %s", ev)
	}
	back, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	got, err := cloudevents.Parse(back)
	if err != nil || got.Sequence != 4711 || got.Previous != 4709 || got.Subject != e.Subject || string(got.Data) != string(e.Data) {
		t.Errorf("%v %+v", err, got)
	}
}

func TestBatch(t *testing.T) {
	e := sample()
	one := cloudevents.Append(nil, &e)
	batch := bytes.Join([][]byte{[]byte("["), one, []byte(","), one, []byte("]")}, nil)
	h := http.Header{"Content-Type": {"application/cloudevents-batch+json;charset=UTF-8"}}
	events, err := cloudevents.ParseHTTP(h, batch)
	if err != nil || len(events) != 2 || events[1].Sequence != 4711 {
		t.Errorf("%v %v", err, events)
	}
	var reference []sdk.Event
	if err := json.Unmarshal(batch, &reference); err != nil || len(reference) != 2 {
		t.Errorf("the SDK: %v", err)
	}
	if events, err := cloudevents.ParseBatch([]byte("[]")); err != nil || len(events) != 0 {
		t.Errorf("an empty batch: %v %v", events, err)
	}
}

func TestRefused(t *testing.T) {
	for what, body := range map[string]string{
		"no object":         `[]`,
		"null":              `null`,
		"no id":             `{"specversion":"1.0","source":"s","type":"t"}`,
		"empty type":        `{"specversion":"1.0","id":"1","source":"s","type":""}`,
		"no version":        `{"id":"1","source":"s","type":"t"}`,
		"version 0.3":       `{"specversion":"0.3","id":"1","source":"s","type":"t"}`,
		"two kinds of data": `{"specversion":"1.0","id":"1","source":"s","type":"t","data":1,"data_base64":"AA=="}`,
		"bad base64":        `{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"?"}`,
		"bad time":          `{"specversion":"1.0","id":"1","source":"s","type":"t","time":"04/03/2026"}`,
		"object attribute":  `{"specversion":"1.0","id":"1","source":"s","type":"t","x":{}}`,
		"bad name":          `{"specversion":"1.0","id":"1","source":"s","type":"t","Mã":"x"}`,
		"long attribute":    `{"specversion":"1.0","id":"` + strings.Repeat("x", 9000) + `","source":"s","type":"t"}`,
	} {
		_, err := cloudevents.Parse([]byte(body))
		if p, ok := problem.As(err); !ok || p.Code != "GW-V020" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, h := range map[string]http.Header{
		"twice":    {"Ce-Id": {"1", "2"}, "Ce-Source": {"s"}, "Ce-Type": {"t"}, "Ce-Specversion": {"1.0"}},
		"encoding": {"Ce-Id": {"%C0%A0"}, "Ce-Source": {"s"}, "Ce-Type": {"t"}, "Ce-Specversion": {"1.0"}},
		"dct":      {"Ce-Id": {"1"}, "Ce-Source": {"s"}, "Ce-Type": {"t"}, "Ce-Specversion": {"1.0"}, "Ce-Datacontenttype": {"x/y"}},
		"xml":      {"Content-Type": {"application/cloudevents+xml"}},
		"nothing":  {},
	} {
		if _, err := cloudevents.ParseHTTP(h, nil); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 100)))
	if _, err := cloudevents.Read(r, 99); err == nil {
		t.Error("a body over the limit was taken")
	}
}

func TestLiberal(t *testing.T) {
	e, err := cloudevents.Parse([]byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","subject":null,"n":5,"yes":true,"sequence":12,"time":"2026-03-04t08:30:00z","data":null}`))
	if err != nil || e.Extensions["n"] != "5" || e.Extensions["yes"] != "true" || e.Sequence != 12 || e.Time.Hour() != 8 ||
		string(e.Data) != "null" {
		t.Errorf("%v %+v", err, e)
	}
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Ce-Id": {"Euro%20%E2%82%AC"}, "Ce-Source": {"/s"},
		"Ce-Type": {"t"}, "Ce-Specversion": {"1.0"}, "Ce-Sequence": {"A7"}, "Ce-Subject": {"100%"}}
	events, err := cloudevents.ParseHTTP(h, []byte(`{"a":1}`))
	if err != nil || events[0].ID != "Euro €" || events[0].Extensions["sequence"] != "A7" || events[0].Subject != "100%" || events[0].Binary {
		t.Errorf("%v %+v", err, events)
	}
}

func TestTypes(t *testing.T) {
	types := cloudevents.NewTypes("vn.example")
	name := types.Of(canonical.KindTask, "gone")
	if kind, op, ok := types.Parse(name); name != "vn.example.task.gone.v1" || kind != "task" || op != "gone" || !ok {
		t.Errorf("%s %s %s %v", name, kind, op, ok)
	}
	if _, _, ok := types.Parse("vn.gov.quangngai.task.gone.v1"); ok {
		t.Error("another prefix was taken apart")
	}
}

func TestSchemaOfTheStandard(t *testing.T) {
	dir := os.Getenv("REAL_DATA_DIR")
	if dir == "" {
		t.Skip("REAL_DATA_DIR is not set: the standard's own schema is not asked")
	}
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(dir, "schemas", "cloudevents-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	e := sample()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(cloudevents.Append(nil, &e)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	e := sample()
	f.Add(cloudevents.Append(nil, &e))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"AA==","x":1}`))
	f.Add([]byte(`[{"specversion":"1.0"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = cloudevents.ParseBatch(body)
		_, _ = cloudevents.ParseHTTP(http.Header{"Ce-Id": {string(body)}, "Content-Type": {string(body)}}, body)
		e, err := cloudevents.Parse(body)
		if err != nil {
			return
		}
		again := cloudevents.Append(nil, &e)
		if !json.Valid(again) {
			t.Fatalf("no JSON: %s", again)
		}
		b, err := cloudevents.Parse(again)
		if err != nil || b.Sequence != e.Sequence && e.Sequence > 0 {
			t.Fatalf("%v: %s", err, again)
		}
	})
}

func TestAppendAllocatesNothing(t *testing.T) {
	e, dst := sample(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { dst = cloudevents.Append(dst[:0], &e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	e, dst := sample(), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = cloudevents.Append(dst[:0], &e)
	}
}

func BenchmarkParse(b *testing.B) {
	e := sample()
	body := cloudevents.Append(nil, &e)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cloudevents.Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
