package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"iocgateway/adapters/internal/form"
	"iocgateway/canonical/outbound"
	"iocgateway/canonical/problem"
)

// expired marks an answer that only a stranger gets.
type expired struct {
	problem *problem.Problem
	unknown bool // 401: nobody with these credentials gets anything
}

func (e *expired) Error() string { return e.problem.Error() }
func (e *expired) Unwrap() error { return e.problem }

// final is what is left when authenticating again did not help.
func (e *expired) final(path string) error {
	p := *e.problem
	if p.Path == "" {
		p.Path = pathOnly(path)
	}
	if e.unknown {
		return problem.Halt(&p)
	}
	return problem.Halt(&denied{&p})
}

// denied is an answer that only a stranger gets, to whom the source knows.
type denied struct{ problem *problem.Problem }

func (d *denied) Error() string { return d.problem.Error() }
func (d *denied) Unwrap() error { return d.problem }

// Denied reports whether the source knows us, and does not give what was asked
// for: 403, or its login page.
func Denied(err error) bool {
	var d *denied
	return errors.As(err, &d)
}

// Expired is an answer that means "who are you?", for Request.Check.
func Expired(p *problem.Problem) error { return &expired{problem: p} }

// failed sorts what went wrong below HTTP. Nothing of a URL's query gets
// into the error: tokens travel there.
func failed(ctx context.Context, r Request, err error) error {
	var refused *outbound.Refusal
	if errors.As(err, &refused) {
		p := refused.Problem()
		p.Path = pathOnly(r.Path)
		return problem.Halt(p)
	}
	if p, ok := problem.As(err); ok {
		if p.Path == "" {
			p.Path = pathOnly(r.Path)
		}
		return err // read has classed it
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("httpx: asking %s: %w", pathOnly(r.Path), context.Canceled)
	}
	p := &problem.Problem{Path: pathOnly(r.Path), Err: bare(err)}
	var timeout net.Error
	switch {
	case ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout():
		p.Code, p.Err = "GW-S002", nil
		return problem.Retry(p, 0)
	case isTLS(err):
		p.Code = "GW-S003"
		return problem.Halt(p)
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.Code = "GW-S008"
		return problem.Retry(p, 0)
	default:
		p.Code = "GW-S001"
		return problem.Retry(p, 0)
	}
}

// bare strips the URL off a transport error.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verify) || errors.As(err, &header) || errors.As(err, &alert) ||
		errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid)
}

// passing reports whether an error below HTTP may be gone in a moment.
func passing(err error) bool {
	var refused *outbound.Refusal
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused), isTLS(err):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return true
}

// answered refuses an answer that is none by its status, and one that is a piece.
func (c *Client) answered(r Request, got *http.Response, sent, before *http.Request) error {
	switch code := got.StatusCode; {
	case code < 200 || code > 299:
		return c.status(r, got, sent, before)
	case code == http.StatusPartialContent:
		return partial(r, got)
	}
	return nil
}

// status sorts an answer that is not 2xx.
func (c *Client) status(r Request, got *http.Response, sent, before *http.Request) error {
	p := &problem.Problem{Path: pathOnly(r.Path), Value: strconv.Itoa(got.StatusCode)}
	p.Err = form.Refusal(unsaid(beginning(got), carried(sent, before), r.secrets))
	after, given := askedAfter(got.Header, c.now())
	switch code := got.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		p.Code = "GW-S004"
		return &expired{problem: p, unknown: code == http.StatusUnauthorized}
	case code == http.StatusTooManyRequests:
		p.Code = "GW-S006"
		if given {
			p.Want = after.Round(time.Second).String()
		}
		return problem.Retry(p, after)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		p.Code = "GW-S007"
		return problem.Retry(p, after)
	default:
		p.Code = "GW-S005"
		return problem.Halt(p)
	}
}

// shortAnswer is how much of an answer that is none of 2xx is looked at.
const shortAnswer = 16 << 10

// beginning is the beginning of an answer, unpacked. What of it cannot be read
// is nobody's loss: the status has said enough.
func beginning(got *http.Response) []byte {
	from := io.LimitReader(got.Body, shortAnswer)
	if strings.EqualFold(got.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(from)
		if err != nil {
			return nil
		}
		from = io.LimitReader(z, shortAnswer)
	}
	body, _ := io.ReadAll(from)
	text, err := asUTF8(body, got.Header.Get("Content-Type"))
	if err != nil {
		return nil
	}
	return text
}

func pathOnly(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if u, err := url.Parse(path); err == nil && u.Path != "" {
		path = u.Path
	}
	return problem.Short(path)
}
