package cloudevents

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Read takes the events of a request in any of the three forms, at most max
// bytes of them.
func Read(r *http.Request, max int64) ([]Envelope, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, max+1))
	if err != nil {
		return nil, fmt.Errorf("cloudevents: reading a request: %w", err)
	}
	if int64(len(body)) > max {
		return nil, refused(fmt.Errorf("larger than %d bytes", max))
	}
	return ParseHTTP(r.Header, body)
}

// ParseHTTP reads the events of a message: structured, batched, or binary with
// the attributes in ce- headers. Parameters and the case of the content type
// do not matter.
func ParseHTTP(h http.Header, body []byte) ([]Envelope, error) {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && h.Get("Content-Type") != "" && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return nil, refused(errors.New("the content type cannot be read"))
	}
	if charset := strings.ToLower(params["charset"]); charset != "" && charset != "utf-8" && charset != "us-ascii" &&
		strings.HasPrefix(media, "application/cloudevents") {
		return nil, refused(errors.New("the text is not in UTF-8"))
	}
	switch media {
	case Media:
		e, err := Parse(body)
		if err != nil {
			return nil, err
		}
		return []Envelope{e}, nil
	case MediaBatch:
		return ParseBatch(body)
	}
	if strings.HasPrefix(media, "application/cloudevents") {
		return nil, refused(errors.New("events are read as JSON only"))
	}
	e, err := parseBinary(h, media, body)
	if err != nil {
		return nil, refused(err)
	}
	return []Envelope{e}, nil
}

func parseBinary(h http.Header, media string, body []byte) (Envelope, error) {
	var e Envelope
	version := false
	count := 0
	for header, values := range h {
		name, ok := strings.CutPrefix(strings.ToLower(header), "ce-")
		if !ok {
			continue
		}
		if count++; len(values) != 1 || count > maxAttributes {
			return e, fmt.Errorf("%s stands there more than once, or there are too many", shown(name))
		}
		if name == "datacontenttype" {
			return e, errors.New("in the binary form the content type is that of the message")
		}
		value, err := percentDecode(values[0])
		if err != nil {
			return e, fmt.Errorf("%s: %w", shown(name), err)
		}
		if err := e.set(name, value); err != nil {
			return e, err
		}
		version = version || name == "specversion"
	}
	e.DataContentType = h.Get("Content-Type")
	if len(body) > 0 {
		e.Data = body
		e.Binary = !isJSON(media)
		if !e.Binary && !json.Valid(body) {
			return e, errors.New("the data is not the JSON that the content type promises")
		}
	}
	return e, e.complete(version)
}

func isJSON(media string) bool {
	return media == "" || media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// percentDecode reads a header value: percent-encoded UTF-8, quoted or not. A
// percent sign that begins no encoding stays, for senders that encode nothing.
func percentDecode(s string) (string, error) {
	if n := len(s); n >= 2 && s[0] == '"' && s[n-1] == '"' {
		s = strings.ReplaceAll(strings.ReplaceAll(s[1:n-1], `\"`, `"`), `\\`, `\`)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	if !utf8.ValidString(b.String()) {
		return "", errors.New("its percent-encoding is no UTF-8")
	}
	return b.String(), nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
