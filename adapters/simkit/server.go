package simkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Asked is one request a server got. Credentials are not in it.
type Asked struct {
	N      int
	Method string
	Path   string
	Query  url.Values
	Form   url.Values // of a form post
	Body   string     // of any other post, cut at 4 KiB; empty where it holds credentials
	Auth   bool       // an Authorization header was there
	Status int
}

const ringSize = 512

// Server runs a handler on a real loopback socket and remembers the last
// requests, and how many there were.
type Server struct {
	URL string

	http  *http.Server
	done  chan struct{}
	mu    sync.Mutex
	ring  [ringSize]Asked
	count int
}

// Serve starts h on addr; an empty addr is any free port of 127.0.0.1.
func Serve(addr string, h http.Handler) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("simkit: listening: %w", err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), done: make(chan struct{})}
	s.http = &http.Server{Handler: s.record(h), ReadHeaderTimeout: 10 * time.Second, ErrorLog: nil}
	go func() { // ends with Close, which waits for it
		defer close(s.done)
		_ = s.http.Serve(l)
	}()
	return s, nil
}

// Close stops the server: requests under way get a moment, then are cut.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.done
	return err
}

// Count is how many requests came.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Requests lists the last requests, oldest first (at most 512).
func (s *Server) Requests() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(s.count, ringSize)
	out := make([]Asked, 0, n)
	for i := s.count - n; i < s.count; i++ {
		out = append(out, s.ring[i%ringSize])
	}
	return out
}

func (s *Server) record(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := Asked{Method: r.Method, Path: r.URL.Path, Query: withhold(r.URL.Query()), Auth: r.Header.Get("Authorization") != ""}
		if r.Method == http.MethodPost {
			readBody(w, r, &a)
		}
		s.mu.Lock()
		a.N = s.count + 1
		slot := s.count % ringSize
		s.ring[slot] = a
		s.count++
		s.mu.Unlock()
		t := &statusTap{ResponseWriter: w}
		defer func() { // also when a fault aborts the handler
			s.mu.Lock()
			if s.ring[slot].N == a.N {
				s.ring[slot].Status = t.status
			}
			s.mu.Unlock()
		}()
		h.ServeHTTP(t, r)
	})
}

// readBody notes what was posted and puts the body back for the handler.
func readBody(w http.ResponseWriter, r *http.Request, a *Asked) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		body = nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(body)); err == nil {
			a.Form = withhold(form)
		}
		return
	}
	low := strings.ToLower(r.URL.Path)
	if !strings.Contains(low, "login") && !strings.Contains(low, "token") {
		a.Body = string(body[:min(len(body), 4096)])
	}
}

func withhold(v url.Values) url.Values {
	for k := range v {
		low := strings.ToLower(k)
		if strings.Contains(low, "token") || strings.Contains(low, "secret") || strings.Contains(low, "password") {
			v[k] = []string{"(withheld)"}
		}
	}
	return v
}

type statusTap struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status on its way.
func (t *statusTap) WriteHeader(code int) {
	if t.status == 0 {
		t.status = code
	}
	t.ResponseWriter.WriteHeader(code)
}

// Write notes the implied 200.
func (t *statusTap) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *statusTap) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteJSON answers with v as JSON, letters as they are (no HTML escapes).
func WriteJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		http.Error(w, "simkit: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
