package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"iocgateway/cmd/gateway/release"
	"iocgateway/router/access"
)

// client asks a running gateway. Verbs use the same API as everything else.
type Client struct {
	base  string
	Token string
	Unset error // why there is no token
	Lang  string
	http  *http.Client
}

// Client talks to the running gateway that --url names.
func (s *Shell) Client() *Client {
	c := &Client{base: strings.TrimRight(s.URL, "/"), Lang: s.Lang, http: &http.Client{Timeout: 90 * time.Second}}
	c.Token, c.Unset = s.Token()
	return c
}

// token is the caller's: GATEWAY_TOKEN, or what stands in GATEWAY_TOKEN_FILE.
func (s *Shell) Token() (string, error) {
	path := s.Getenv("GATEWAY_TOKEN_FILE")
	if token := s.Getenv("GATEWAY_TOKEN"); token != "" || path == "" {
		return token, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // named by the caller
	if err != nil {
		return "", &UsageError{Err: fmt.Errorf("GATEWAY_TOKEN_FILE: %w", err)}
	}
	return strings.TrimSpace(string(text)), nil
}

// apiError is a problem that the gateway answered.
type apiError struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Hint   string `json:"hint"`
	Status int    `json:"status"`
}

func (e *apiError) Error() string {
	text := e.Title
	if e.Detail != "" && e.Detail != e.Title {
		text += ": " + e.Detail
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return strings.TrimSpace(e.Code + " " + text)
}

// open sends a request and gives the body of a good answer.
func (c *Client) Open(ctx context.Context, method, path string, body any, accept string) (io.ReadCloser, error) {
	if c.Unset != nil {
		return nil, c.Unset
	}
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("request body: %w", err)
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return nil, &UsageError{Err: fmt.Errorf("--url %s: %w", c.base, err)}
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Language", c.Lang)
	req.Header.Set("User-Agent", access.CLIAgent+"/"+release.Version())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no gateway answers at %s (start one with: gateway sandbox, or gateway run; or set --url): %w", c.base,
			errors.Unwrap(err))
	}
	if resp.StatusCode < 400 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}

func refusal(resp *http.Response) error {
	e := &apiError{Status: resp.StatusCode, Title: resp.Status}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(body, e); err != nil {
			e.Detail = "an answer that is no JSON"
		}
	}
	code := map[int]int{http.StatusUnauthorized: exitAuth, http.StatusForbidden: exitAuth, http.StatusNotFound: ExitNotFound,
		http.StatusConflict: ExitConflict, http.StatusGone: ExitConflict, http.StatusBadRequest: ExitUsage}[resp.StatusCode]
	if code == 0 {
		code = ExitFailed
	}
	return Ending(code, e)
}

// get reads an answer as JSON.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.call(ctx, http.MethodGet, path, nil, into)
}

// post sends JSON and reads the answer as JSON.
func (c *Client) Post(ctx context.Context, path string, body, into any) error {
	if body == nil {
		body = struct{}{}
	}
	return c.call(ctx, http.MethodPost, path, body, into)
}

func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	answer, err := c.Open(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer answer.Close()
	if err := json.NewDecoder(answer).Decode(into); err != nil {
		return fmt.Errorf("answer of %s: %w", path, err)
	}
	return nil
}

// streamPath is the API path of source/stream.
func StreamPath(name string, more ...string) (string, error) {
	source, stream, ok := strings.Cut(name, "/")
	if !ok || source == "" || stream == "" {
		return "", &UsageError{Err: fmt.Errorf("%q is no SOURCE/STREAM", name)}
	}
	path := "/v1/streams/" + url.PathEscape(source) + "/" + url.PathEscape(stream)
	for _, m := range more {
		path += "/" + m
	}
	return path, nil
}
