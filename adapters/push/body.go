package push

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	shape "iocgateway/adapters/internal/form"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// maxDepth is how deep JSON may nest: deeper is an attack on parsers.
const maxDepth = 128

// form is what the Content-Type makes of a body.
type form struct {
	batch, structured bool
	charset           string
	media             string
}

func formOf(h http.Header) (form, error) {
	value := h.Get("Content-Type")
	media, params, err := mime.ParseMediaType(value)
	switch {
	case err != nil:
		return form{}, unsupported("Content-Type", value)
	case media == "application/cloudevents-batch+json":
		return form{batch: true, charset: params["charset"], media: media}, nil
	case media == "application/cloudevents+json":
		return form{structured: true, charset: params["charset"], media: media}, nil
	case media != "application/json" && media != "text/json" && !strings.HasSuffix(media, "+json"):
		return form{}, unsupported("Content-Type", value)
	}
	return form{charset: params["charset"], media: media}, nil
}

func unsupported(header, value string) error {
	return refuse(http.StatusUnsupportedMediaType, &problem.Problem{Code: "GW-S804", Field: header, Value: problem.Short(value)})
}

// body reads, authenticates and decodes a delivery. The signature may cover
// the bytes as they came or as they are unpacked: senders differ.
func (s *Source) body(r *http.Request, p proof, charset string) (text []byte, torn bool, err error) {
	packed := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if packed != "" && packed != "identity" && packed != "gzip" && packed != "x-gzip" {
		return nil, false, p.unproven(unsupported("Content-Encoding", packed))
	}
	raw, err := s.readAll(r.Body, r.ContentLength)
	if err != nil {
		return nil, false, p.unproven(err)
	}
	proven := p.holds(raw)
	if packed != "" && packed != "identity" {
		if raw, err = s.unpack(raw); err != nil && !proven {
			return nil, false, unauthenticated(errWrong)
		}
		if err != nil {
			return nil, false, err
		}
		proven = proven || p.holds(raw)
	}
	if !proven {
		return nil, false, unauthenticated(errWrong)
	}
	if text, torn, err = decode(raw, charset); err != nil {
		return nil, false, err
	}
	return text, torn, s.wellFormed(text)
}

func (s *Source) tooLarge() error {
	return refuse(http.StatusRequestEntityTooLarge, &problem.Problem{Code: "GW-S803", Want: strconv.FormatInt(s.settings.MaxBody, 10)})
}

func (s *Source) readAll(r io.Reader, length int64) ([]byte, error) {
	most := s.settings.MaxBody
	if length > most {
		return nil, s.tooLarge()
	}
	if r == nil {
		return nil, nil
	}
	var b bytes.Buffer
	if length > 0 {
		b.Grow(int(length) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r, most+1))
	var limit *http.MaxBytesError
	switch {
	case n > most || errors.As(err, &limit):
		return nil, s.tooLarge()
	case err != nil:
		found := &problem.Problem{Code: "GW-S805", Err: err}
		return nil, &Refusal{status: http.StatusBadRequest, err: problem.Retry(found, 0)}
	}
	return b.Bytes(), nil
}

func (s *Source) unpack(raw []byte) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, malformed("gzip", err)
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(zip, s.settings.MaxBody+1))
	switch {
	case n > s.settings.MaxBody:
		return nil, s.tooLarge()
	case err != nil:
		return nil, malformed("gzip", err)
	}
	return b.Bytes(), nil
}

// malformed says what a body is that is not what is wanted.
func malformed(want string, cause error) error {
	return refuse(http.StatusBadRequest, &problem.Problem{Code: "GW-S806", Want: want, Err: cause})
}

// decode gives the body as UTF-8; torn means that some bytes of it are none, or
// that bytes no charset explains became U+FFFD.
func decode(raw []byte, charset string) (text []byte, torn bool, err error) {
	text = raw
	if charset == "" {
		charset = "utf-8" // RFC 8259
	}
	name := vntext.Detect(raw, charset)
	if name == "utf-8" && !utf8.Valid(raw) { // what has such bytes is held; the text stays as it came
		return bytes.TrimPrefix(raw, []byte("\uFEFF")), true, nil
	}
	if name != "utf-8" || bytes.HasPrefix(raw, []byte("\uFEFF")) {
		if text, err = vntext.Decode(raw, name); errors.Is(err, vntext.ErrMalformed) {
			torn, err = true, nil
		}
		if err != nil {
			return nil, false, malformed("UTF-8", err)
		}
	}
	return text, torn, nil
}

// wellFormed judges the text as JSON. An item that nests too deep is not
// looked into: it will be held, and those beside it will not.
func (s *Source) wellFormed(text []byte) error {
	if !tooDeep(text) {
		if !gjson.ValidBytes(text) {
			return noJSON(text, errNotValid)
		}
		return nil
	}
	envelope := jsonscan.NewTrie()
	if s.settings.Body == formCloudEvents {
		envelope.WantRecords("")
	} else {
		envelope.WantRecords(s.settings.Records)
	}
	each := func(_ int, item []byte) error {
		if !tooDeep(item) && !gjson.ValidBytes(item) {
			return errNotValid
		}
		return nil
	}
	cutter := jsonscan.NewCutter(envelope, jsonscan.NewTrie(), each)
	cutter.Deep, cutter.Lone = each, true
	if err := cutter.JSON(text); err != nil {
		return noJSON(text, err)
	}
	return nil
}

// noJSON says what a body is that is no JSON: a page by its title, a document
// by its root or its own words. What JSON it would be, the cause says.
func noJSON(text []byte, cause error) error {
	f := shape.Of(text[:min(len(text), shape.Sample)], len(text) <= shape.Sample)
	switch p := shape.Refuse(f, "json"); {
	case p == nil || f.Is == shape.Text:
		return malformed("JSON", cause)
	case f.Is == shape.Empty:
		return refuse(http.StatusBadRequest, p)
	}
	return refuse(http.StatusBadRequest, &problem.Problem{Code: "GW-S052", Value: f.Called(), Want: "JSON"})
}

var errNotValid = errors.New("not valid")

// tooDeep reports whether brackets nest deeper than parsers that call
// themselves should be given.
func tooDeep(text []byte) bool { return depth(text) > maxDepth }

// depth is how deep brackets nest, outside of strings.
func depth(text []byte) int {
	level, deepest := 0, 0
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			level++
			deepest = max(deepest, level)
		case c == ']' || c == '}':
			level--
		}
	}
	return deepest
}
