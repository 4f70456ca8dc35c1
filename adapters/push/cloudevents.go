package push

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// cloudEvents takes CloudEvents 1.0 in any of the three HTTP forms; all of
// them become the structured one, so that the same paths find the same things.
func (d *delivery) cloudEvents(f form, h http.Header, text []byte) error {
	root := gjson.ParseBytes(text)
	switch {
	case f.batch != root.IsArray() && (f.batch || f.structured):
		return refuse(http.StatusBadRequest, &problem.Problem{Code: "GW-S808"})
	case f.batch || f.structured:
		return d.items(root, d.event)
	case h.Get("Ce-Specversion") == "":
		return refuse(http.StatusUnsupportedMediaType, &problem.Problem{Code: "GW-S804", Field: "Content-Type", Value: problem.Short(f.media)})
	}
	if tooDeep(text) { // the body is one event's data
		return malformed("JSON", jsonscan.TooDeep)
	}
	event, err := structured(h, text)
	if err != nil {
		return refuse(http.StatusBadRequest, &problem.Problem{Code: "GW-S814", Err: err})
	}
	d.event(gjson.Parse(event))
	return nil
}

// event checks that an event is one, unpacks data_base64 and goes on as with
// any item. One bad event of a batch is refused alone.
func (d *delivery) event(event gjson.Result) {
	raw := canonical.Raw{Kind: d.src.kind, Payload: []byte(event.Raw)}
	e, err := cloudevents.Parse(raw.Payload)
	if err != nil {
		d.refuse(raw, problem.Problem{Code: "GW-S814", Err: err})
		return
	}
	if !e.Binary {
		d.item(event)
		return
	}
	if tooDeep(e.Data) || !gjson.ValidBytes(e.Data) {
		d.refuse(raw, problem.Problem{Code: "GW-S814", Path: "data_base64"})
		return
	}
	d.item(gjson.Parse(withData(event.Raw, e.Data)))
}

// withData adds data to an event, byte for byte as it came: no encoder would
// leave it so.
func withData(event string, data []byte) string {
	open := strings.TrimSuffix(strings.TrimRight(event, " \t\r\n"), "}")
	return open + `,"data":` + string(data) + "}"
}

// structured makes the structured form of a binary event.
func structured(h http.Header, text []byte) (string, error) {
	h = h.Clone()
	h.Set("Content-Type", "application/json") // text is UTF-8 by now, whatever it was
	list, err := cloudevents.ParseHTTP(h, text)
	if err != nil {
		return "", err
	}
	e := &list[0]
	event := map[string]string{"specversion": cloudevents.SpecVersion}
	for name, value := range e.Extensions {
		event[name] = value
	}
	for name, value := range map[string]string{"id": e.ID, "source": e.Source, "type": e.Type, "subject": e.Subject,
		"dataschema": e.DataSchema, "mapping": e.Mapping, "time": instant(e.Time), "recordedtime": instant(e.RecordedTime),
		"sequence": number(e.Sequence), "previous": number(e.Previous)} {
		if value != "" {
			event[name] = value
		}
	}
	attributes, err := json.Marshal(event)
	if err != nil || e.Data == nil {
		return string(attributes), err
	}
	return withData(string(attributes), e.Data), nil
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
