package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"iocgateway/adapters/internal/spool"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// The media types an answer can be held to.
const (
	MediaJSON = canonical.MediaJSON
	MediaXML  = canonical.MediaXML
)

// read takes the body in, unpacked, capped and as UTF-8 without BOM or NUL at
// its ends.
//
// A long body counts in Space until release is called.
func (c *Client) read(ctx context.Context, got *http.Response, torn bool) (resp *Response, release func(), err error) {
	count := &counter{from: got.Body, most: c.maxWire}
	var from io.Reader = count
	hint := got.ContentLength
	switch enc := strings.ToLower(strings.TrimSpace(got.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(count)
		if err != nil {
			return nil, nil, unpackFault(count, err)
		}
		from, hint = &ratio{from: z, wire: count}, hint*4
	default:
		return nil, nil, problem.Halt(&problem.Problem{Code: "GW-S029", Value: problem.Short(enc), Want: "gzip"})
	}
	if got.ContentLength > c.maxWire {
		return nil, nil, problem.Halt(tooLarge(c.maxWire))
	}
	body, release, err := spool.Body(ctx, c.space, &counter{from: from, most: c.maxBody}, hint)
	if err != nil {
		return nil, nil, unpackFault(count, err)
	}
	resp = &Response{Status: got.StatusCode, Header: got.Header, Wire: count.n}
	resp.Body, err = asUTF8(body, got.Header.Get("Content-Type"))
	if torn && errors.Is(err, errTorn) {
		resp.Torn, err = true, nil
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return resp, release, nil
}

func unpackFault(count *counter, err error) error {
	if p, ok := problem.As(err); ok {
		if p.Ours() { // no room to set it aside
			return err
		}
		return problem.Halt(err)
	}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return problem.Retry(&problem.Problem{Code: "GW-S008", Err: err}, 0)
	}
	if count.n == 0 && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func tooLarge(most int64) *problem.Problem {
	return &problem.Problem{Code: "GW-S009", Want: sizeText(most)}
}

func sizeText(n int64) string {
	const digits = "0123456789"
	mib := n >> 20
	if mib == 0 {
		return "1 MiB"
	}
	var b []byte
	for ; mib > 0; mib /= 10 {
		b = append([]byte{digits[mib%10]}, b...)
	}
	return string(b) + " MiB"
}

// counter counts and caps what comes.
type counter struct {
	from    io.Reader
	n, most int64
}

// Read is io.Reader's.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	if c.n > c.most {
		return n, tooLarge(c.most)
	}
	return n, err
}

// ratio stops a body that unpacks to far more than text can: a gzip bomb.
type ratio struct {
	from io.Reader
	wire *counter
	n    int64
}

// Read is io.Reader's.
func (r *ratio) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.n += int64(n)
	if r.n > ratioFloor && r.n > maxRatio*max(r.wire.n, 1) {
		return n, tooLarge(ratioFloor)
	}
	return n, err
}

// errTorn is in the chain of asUTF8's error where the text is UTF-8 but for some
// bytes; it is given as it came then.
var errTorn = errors.New("httpx: some bytes are no UTF-8")

// asUTF8 gives the text as UTF-8. Bytes that are valid UTF-8 stay what they
// are whatever the header claims: headers lie more often than bytes do.
func asUTF8(body []byte, contentType string) ([]byte, error) {
	utf16 := len(body) > 1 && (body[0] == 0xff && body[1] == 0xfe || body[0] == 0xfe && body[1] == 0xff)
	if !utf16 {
		body = bytes.TrimPrefix(bytes.Trim(body, "\x00"), []byte("\xef\xbb\xbf"))
	}
	if !utf16 && utf8.Valid(body) {
		return body, nil
	}
	media, params, _ := mime.ParseMediaType(contentType)
	declared := params["charset"]
	if declared == "" && (media == MediaJSON || strings.HasSuffix(media, "+json")) {
		declared = "utf-8" // RFC 8259
	}
	charset := vntext.Detect(body, declared)
	text, err := vntext.Decode(body, charset)
	if err != nil {
		if charset == "utf-8" {
			text, err = body, fmt.Errorf("%w: %w", errTorn, err)
		}
		return text, problem.Retry(&problem.Problem{Code: "GW-S024", Value: problem.Short(charset), Err: err}, 0)
	}
	return bytes.Trim(text, "\x00"), nil
}
