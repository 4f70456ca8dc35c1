package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/jsonscan/jsonscantest"
)

func start(f *testing.F, isXML bool) {
	for _, a := range jsonscantest.Answers(f) {
		if a.XML == isXML && len(a.Bytes) < 2000 {
			f.Add(a.Bytes)
		}
	}
}

// FuzzScan: what a scan passes is JSON to everybody, what it refuses is none
// or beyond a bound; and what it finds is what others find.
func FuzzScan(f *testing.F) {
	start(f, false)
	trie := jsonscan.NewTrie()
	for _, path := range []string{"a", "a.b", "id", "content.0.id", ""} {
		trie.Want(path)
	}
	var s jsonscan.Scanner
	slots := make([]jsonscan.Value, trie.Slots())
	f.Fuzz(func(t *testing.T, text []byte) {
		defect := s.Scan(trie, text, slots)
		valid := json.Valid(text)
		switch {
		case defect == jsonscan.Sound && !valid, valid && (defect == jsonscan.Broken || defect == jsonscan.CutOff):
			t.Fatalf("%v, valid %v", defect, valid)
		case defect == jsonscan.NotText && utf8.Valid(text):
			t.Fatal(defect)
		case jsonscan.Check(text, 10_000) == jsonscan.Sound != valid:
			t.Fatalf("checked %v, valid %v", jsonscan.Check(text, 10_000), valid)
		case defect != jsonscan.Sound:
			return
		}
		var doc struct{ A any }
		var root map[string]json.RawMessage
		if json.Unmarshal(text, &root) != nil || json.Unmarshal(root["a"], &doc.A) != nil {
			return
		}
		if v := slots[0]; !bytes.Equal(bytes.TrimSpace(root["a"]), literal(v)) {
			t.Fatalf("%q, want %q", literal(v), root["a"])
		}
		for _, v := range slots {
			if want := text[v.At : int(v.At)+len(v.Bytes)]; v.Shape != jsonscan.Absent && !bytes.Equal(want, v.Bytes) {
				t.Fatalf("%q is not at %d", v.Bytes, v.At)
			}
		}
	})
}

func literal(v jsonscan.Value) []byte {
	if v.Shape == jsonscan.Text {
		return append(append([]byte{'"'}, v.Bytes...), '"')
	}
	return v.Bytes
}

// FuzzCut: what a scan passes can be cut; what is cut begins and ends as the
// text does, and each record of a sound text is sound.
func FuzzCut(f *testing.F) {
	start(f, false)
	envelope, record, list := jsonscan.NewTrie(), jsonscan.NewTrie(), jsonscan.NewTrie()
	envelope.WantRecords("content")
	envelope.Want("totalElements")
	list.WantRecords("")
	record.Want("id")
	record.Want("a.b")
	var s jsonscan.Scanner
	f.Fuzz(func(t *testing.T, text []byte) {
		sound := s.Scan(nil, text, nil) == jsonscan.Sound
		for _, around := range []*jsonscan.Trie{envelope, list} {
			rows := 0
			c := jsonscan.NewCutter(around, record, func(at int, payload []byte) error {
				rows++
				if len(payload) == 0 || !bytes.Equal(text[at:at+len(payload)], payload) {
					t.Fatalf("%q at %d", payload, at)
				}
				if sound && jsonscan.Check(payload, jsonscan.MaxDepth) != jsonscan.Sound {
					t.Fatalf("%q", payload)
				}
				return nil
			})
			err := c.JSON(text)
			if sound && err != nil {
				t.Fatal(err)
			}
			if rows > 0 && !c.Found {
				t.Fatal("records of nowhere")
			}
		}
	})
}

// FuzzXML: what encoding/xml reads to the end, XML reads too, and the other
// way round but for name spaces; as JSON it is a text that a scan passes.
func FuzzXML(f *testing.F) {
	start(f, true)
	envelope, record := jsonscan.NewTrie(), jsonscan.NewTrie()
	envelope.WantRecords("r.i")
	record.Want("@id")
	record.Want("id")
	var s jsonscan.Scanner
	f.Fuzz(func(t *testing.T, text []byte) {
		err, standard := readXML(text), readStandard(text)
		if standard == nil && err != nil && !errors.Is(err, jsonscan.TooDeep) {
			t.Fatalf("refused: %v", err)
		}
		if standard != nil && err == nil && !bytes.Contains(text, []byte(":")) {
			t.Fatalf("passed: %v", standard)
		}
		tree, err := jsonscan.AppendXML(nil, text)
		if err == nil {
			if d := s.Scan(nil, tree, nil); d != jsonscan.Sound && d != jsonscan.TooDeep {
				t.Fatalf("%v: %s", d, tree)
			}
		}
		_ = jsonscan.NewCutter(envelope, record, func(at int, payload []byte) error {
			if !bytes.Equal(text[at:at+len(payload)], payload) {
				t.Fatalf("%q at %d", payload, at)
			}
			if _, err := jsonscan.AppendXML(nil, payload); err != nil && !errors.Is(err, jsonscan.TooDeep) {
				t.Fatalf("%s: %v", payload, err)
			}
			return nil
		}).XML(text)
	})
}

func readXML(text []byte) error {
	x := jsonscan.NewXML(bytes.NewReader(text))
	for {
		if _, err := x.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func readStandard(text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
