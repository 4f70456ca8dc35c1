package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// answering DIR answers HTTP with the files of a folder, and sets UPSTREAM. A file
// is an answer: a status, headers, an empty line, the body; in it {auth} is the
// Authorization header, {key} the parameter k, {basic} what Basic carries.
func answering(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(filepath.Clean("/"+r.URL.Path))))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		head, body, _ := strings.Cut(string(text), "\n\n")
		lines := strings.Split(head, "\n")
		status, _ := strconv.Atoi(strings.TrimSpace(lines[0]))
		user, password, _ := r.BasicAuth()
		fill := strings.NewReplacer("{auth}", r.Header.Get("Authorization"), "{key}", r.URL.Query().Get("k"),
			"{basic}", base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
		out := []byte(fill.Replace(body))
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Set(name, fill.Replace(value))
			if name == "Content-Encoding" && value == "gzip" {
				var packed bytes.Buffer
				z := gzip.NewWriter(&packed)
				_, _ = z.Write(out)
				_ = z.Close()
				out = packed.Bytes()
			}
		}
		w.WriteHeader(status)
		_, _ = w.Write(out)
	}))
	ts.Defer(srv.Close)
	ts.Setenv("UPSTREAM", srv.URL)
}

// delivers STATUS SOURCE/STREAM BODY [TOKEN] delivers to the gateway of the script
// as a source would, and checks the status of its answer.
func delivers(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequest(http.MethodPost, ts.Getenv("GATEWAY_URL")+"/v1/ingest/"+args[1], strings.NewReader(args[2]))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	if len(args) > 3 {
		req.Header.Set("Authorization", "Bearer "+args[3])
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("answered %d, want %s", resp.StatusCode, args[0])
	}
}
