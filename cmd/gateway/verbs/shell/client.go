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
	"slices"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/release"
	"iocgateway/router/access"
)

// client asks a running gateway. Verbs use the same API as everything else.
type Client struct {
	base  string
	Token string
	Unset error // why nothing can be asked: no token, no address
	Lang  string
	http  *http.Client
}

// Client talks to the running gateway that --url names.
func (s *Shell) Client() *Client {
	c := &Client{base: strings.TrimRight(s.URL, "/"), Lang: string(s.Language()), http: &http.Client{Timeout: 90 * time.Second}}
	c.Token, c.Unset = s.Token()
	if at, err := url.Parse(c.base); c.Unset == nil && (err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https") {
		c.Unset = s.Usage("--url %q không phải địa chỉ dạng http://máy:cổng", "--url %q is no address such as http://host:port", s.URL)
	}
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
		return "", s.Usage("GATEWAY_TOKEN_FILE: không đọc được tệp %s: %v", "GATEWAY_TOKEN_FILE: %s cannot be read: %v", path, errors.Unwrap(err))
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
	line := e.line()
	if line.Hint != "" {
		line.Message += " (" + line.Hint + ")"
	}
	return strings.TrimSpace(line.Code + " " + line.Message)
}

func (e *apiError) line() errorLine {
	line := errorLine{Code: e.Code, Message: e.Detail, Hint: e.Hint, Retryable: e.Status == http.StatusTooManyRequests || e.Status >= 502}
	if line.Message == "" {
		line.Message = e.Title
	}
	return line
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
		return nil, fmt.Errorf("%s: %w", c.base, err)
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
		if ctx.Err() != nil {
			return nil, ctx.Err() // a person stopped it
		}
		return nil, &problem.Problem{Code: "GW-C046", Value: c.base, Err: errors.Unwrap(err)}
	}
	if resp.StatusCode < 400 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	return nil, c.refusal(resp)
}

func (c *Client) refusal(resp *http.Response) error {
	e := &apiError{Status: resp.StatusCode, Title: resp.Status}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(body, e); err != nil {
			e.Detail = "an answer that is no JSON"
		}
	}
	if resp.StatusCode == http.StatusUnauthorized { // whoever typed a verb knows of no header
		e.Hint = map[string]string{"vi": "Đặt token truy cập vào biến GATEWAY_TOKEN, hoặc đường dẫn tệp chứa token vào GATEWAY_TOKEN_FILE",
			"en": "set GATEWAY_TOKEN to an access token, or GATEWAY_TOKEN_FILE to the path of a file that has it"}[c.Lang]
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
func (s *Shell) StreamPath(name string, more ...string) (string, error) {
	source, stream, ok := strings.Cut(name, "/")
	if !ok || source == "" || stream == "" {
		return "", noStream(s, name)
	}
	path := "/v1/streams/" + url.PathEscape(source) + "/" + url.PathEscape(stream)
	for _, m := range more {
		path += "/" + m
	}
	return path, nil
}

// StreamNames are the streams of the running gateway.
func (s *Shell) StreamNames(ctx context.Context) ([]string, error) {
	var answer struct {
		Items []struct{ Source, Stream string }
	}
	if err := s.Client().Get(ctx, "/v1/streams", nil, &answer); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(answer.Items))
	for _, st := range answer.Items {
		names = append(names, st.Source+"/"+st.Stream)
	}
	return names, nil
}

// SourceNames are the sources of the running gateway.
func (s *Shell) SourceNames(ctx context.Context) ([]string, error) {
	names, err := s.StreamNames(ctx)
	for i := range names {
		names[i], _, _ = strings.Cut(names[i], "/")
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

// HasStream refuses the name of a stream that the running gateway does not have:
// what is asked of it would be nothing, and look as if it were well.
func (s *Shell) HasStream(ctx context.Context, name string) error {
	if _, err := s.StreamPath(name); err != nil {
		return err
	}
	names, err := s.StreamNames(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(names, name) {
		return nil
	}
	return s.NotFound("luồng", "stream", name, "gateway source list", names)
}

// noStream refuses what is no SOURCE/STREAM with what may be meant: of a source its
// streams, of a stream alone its source. A gateway that cannot be asked says nothing.
func noStream(s *Shell, name string) error {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	there, _ := s.StreamNames(ctx) //nolint:errcheck // the refusal stands without them
	of := slices.DeleteFunc(slices.Clone(there), func(n string) bool { return !strings.HasPrefix(n, strings.TrimSuffix(name, "/")+"/") })
	if len(of) > 0 {
		return s.Usage("%q là tên nguồn, ở đây cần NGUỒN/LUỒNG; các luồng của nguồn này: %s",
			"%q names a source, and SOURCE/STREAM is wanted; its streams: %s", name, strings.Join(of, ", "))
	}
	return &UsageError{&problem.Problem{Code: "GW-C045", Near: near(name, there),
		Want: fmt.Sprintf(s.Say("%q không có dạng NGUỒN/LUỒNG", "%q is no SOURCE/STREAM"), name)}}
}
