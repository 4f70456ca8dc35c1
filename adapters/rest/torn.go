package rest

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"

	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// row takes one record.
func (p *parser) row(at int, payload []byte) error {
	var held *problem.Problem
	if p.torn {
		payload = p.body[at : at+len(payload)]
		held = p.pl.torn(payload)
		p.sick = held != nil
	}
	return p.take(at, payload, cmp.Or(held, p.twice()))
}

// twice is why a record is held that says something twice: what is the key, the
// time or the state of a record, nobody knows then. Elements of XML may repeat
// as they like, if they are no keys.
func (p *parser) twice() *problem.Problem {
	member := p.in.Twice()
	if member == "" || p.pl.xml && !p.unknown() {
		return nil
	}
	return &problem.Problem{Code: "GW-S084", Path: p.pl.Records.Path, Field: problem.Short(member)}
}

// unknown reports whether a part of the key stands in the record twice.
func (p *parser) unknown() bool { return slices.ContainsFunc(p.pl.key, p.in.Doubtful) }

// cuttable is the answer as it can be cut: a reader of XML would stop at a byte
// that is no UTF-8.
func (p *parser) cuttable(body []byte) []byte {
	if !p.torn {
		return body
	}
	p.body = body
	if p.pl.xml {
		return vntext.Question(body)
	}
	return body
}

// torn is why a record of an answer with broken text is held; nil: it has none.
func (pl *plan) torn(payload []byte) *problem.Problem {
	if utf8.Valid(payload) && (pl.xml || !jsonscan.Halved(payload)) {
		return nil
	}
	p := &problem.Problem{Code: "GW-S080", Path: pl.Records.Path}
	if !pl.xml {
		p.Field = problem.Short(tornMember(payload))
	}
	return p
}

// tornMember is the member of a record that has it; empty where it is a name.
func tornMember(payload []byte) (member string) {
	const mark = "\uFFFE" // is no character: no text has it
	read := bytes.ToValidUTF8(payload, []byte(mark))
	if jsonscan.Check(read, jsonscan.MaxDepth) != jsonscan.Sound {
		return ""
	}
	jsonscan.EachMember(read, func(name []byte, v value) {
		if member == "" && !bytes.Contains(name, []byte(mark)) && (bytes.Contains(v.Bytes, []byte(mark)) || jsonscan.Halved(v.Bytes)) {
			member = string(name)
		}
	})
	return member
}

// unkeyed reports that such bytes stand in the key that was written from here on:
// in XML they were cut as question marks.
func (p *parser) unkeyed(from int) bool {
	key := p.text[from:]
	return bytes.ContainsRune(key, utf8.RuneError) || p.pl.xml && bytes.IndexByte(key, '?') >= 0
}

// version appends the record's version to the text; where its text may be
// broken, its content is.
func (p *parser) version(cells []value, content uint64) {
	if slot := p.pl.version; slot >= 0 && !p.sick {
		p.text = append(p.text, cells[slot].String()...)
		return
	}
	p.text = appendHex(p.text, content)
}

// tornAnswer reports whether an answer with one record has broken text.
func tornAnswer(resp *httpx.Response) bool { return resp.Torn || jsonscan.Halved(resp.Body) }
