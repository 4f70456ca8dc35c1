package httpx

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// minEcho is the least a credential must have to be looked for in an answer.
const minEcho = 8

// unechoed takes out of an answer the credentials its request carried: what a
// source says back would stand in problems, logs and Raws. before is the
// request's header and query without them.
func (c *Client) unechoed(body []byte, r, before *http.Request) []byte {
	if _, signs := c.auth.(signer); signs {
		return body // a signature opens nothing else
	}
	for _, secret := range carried(r, before) {
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			if bytes.Contains(body, []byte(form)) {
				body = bytes.ReplaceAll(body, []byte(form), []byte("••••"))
			}
		}
	}
	return body
}

// carried are the credentials on a request.
func carried(r, before *http.Request) []string {
	var found []string
	take := func(value string) {
		scheme, rest, two := strings.Cut(value, " ")
		if !two {
			rest = scheme
		}
		if len(rest) >= minEcho {
			found = append(found, rest)
		}
		if plain, err := base64.StdEncoding.DecodeString(rest); err == nil && strings.EqualFold(scheme, "basic") {
			if _, password, _ := strings.Cut(string(plain), ":"); len(password) >= minEcho {
				found = append(found, password)
			}
		}
	}
	for name, values := range r.Header {
		if had := before.Header[name]; len(had) == 0 && len(values) > 0 {
			take(values[0])
		}
	}
	if r.URL.RawQuery != before.URL.RawQuery {
		had := before.URL.Query()
		for name, values := range r.URL.Query() {
			if !had.Has(name) && len(values) > 0 {
				take(values[0])
			}
		}
	}
	return found
}
