package mapping

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// maxSample is the largest Raw that is looked at, and the largest XML file.
const maxSample = 16 << 20

// sampleReader reads Raws from files: what gateway pull or quarantine show
// prints, JSON values one after the other, a list of them, or an XML document.
type sampleReader struct {
	in  io.Reader // for -
	err error
}

// all gives the Raws of files and folders, one after the other. A mistake
// ends it and stands in err.
func (s *sampleReader) all(names []string) iter.Seq[canonical.Raw] {
	return func(yield func(canonical.Raw) bool) {
		for _, name := range names {
			for _, file := range s.files(name) {
				if s.err != nil || !s.file(file, yield) {
					return
				}
			}
		}
	}
}

// files are the files of a folder, in order.
func (s *sampleReader) files(name string) []string {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return []string{name}
	}
	var out []string
	err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			out = append(out, path)
		}
		return err
	})
	s.refuse(name, err)
	return out
}

func (s *sampleReader) refuse(name string, err error) {
	if err != nil && s.err == nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		s.err = &problem.Problem{Code: "GW-M034", File: name, Err: err}
	}
}

func (s *sampleReader) file(name string, yield func(canonical.Raw) bool) bool {
	in := s.in
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // named by the caller
		if err != nil {
			s.refuse(name, err)
			return false
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	}
	buffered := bufio.NewReader(in)
	first, err := firstByte(buffered)
	switch {
	case errors.Is(err, io.EOF):
		return true // nothing in it
	case err != nil:
		s.refuse(name, err)
		return false
	case first == '<':
		text, err := io.ReadAll(io.LimitReader(buffered, maxSample+1))
		s.refuse(name, err)
		return err == nil && yield(canonical.Raw{Key: name, Media: canonical.MediaXML, Payload: text})
	}
	if first == '[' {
		_, err = buffered.Discard(1)
		s.refuse(name, err)
	}
	values := jsonscan.NewValues(buffered, first == '[', maxSample+1)
	for s.err == nil {
		value, _, err := values.Next()
		if errors.Is(err, io.EOF) {
			return true
		}
		s.refuse(name, err)
		if err == nil && !yield(sampleOf(value)) {
			return false
		}
	}
	return false
}

// firstByte comes to the first byte that is no blank, behind a byte order mark.
func firstByte(in *bufio.Reader) (byte, error) {
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return 0, err
		}
	}
	for {
		b, err := in.Peek(1)
		if err != nil {
			return 0, err
		}
		if !bytes.ContainsAny(b, " \t\r\n") {
			return b[0], nil
		}
		if _, err := in.Discard(1); err != nil {
			return 0, err
		}
	}
}

// sampleOf is one value as a Raw: a line of gateway pull, an answer of
// quarantine show, or else the payload itself.
func sampleOf(value []byte) canonical.Raw {
	var line struct {
		Kind, Key, Stream *string
		Media             string
		Gone              bool
		Payload           json.RawMessage
		Text              *string
		Problem           json.RawMessage
	}
	own := canonical.Raw{Key: "sample", Payload: slices.Clone(value)}
	if json.Unmarshal(value, &line) != nil || line.Key == nil {
		return own
	}
	raw := canonical.Raw{Key: *line.Key, Media: line.Media, Gone: line.Gone, Payload: slices.Clone(line.Payload)}
	var held string
	switch {
	case line.Stream != nil && line.Problem != nil && json.Unmarshal(line.Payload, &held) == nil:
		raw.Payload = []byte(held)
	case line.Kind != nil && line.Text != nil:
		raw.Payload = []byte(*line.Text)
	case line.Kind == nil || line.Payload == nil && !line.Gone:
		return own
	}
	return raw
}
