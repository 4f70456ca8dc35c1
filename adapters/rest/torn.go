package rest

import (
	"bytes"
	"unicode/utf8"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// row takes one record.
func (p *parser) row(at int, payload []byte) error {
	if !p.torn {
		return p.take(at, payload, nil)
	}
	payload = p.body[at : at+len(payload)]
	held := p.pl.torn(payload)
	p.sick = held != nil
	return p.take(at, payload, held)
}

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

// torn is why a record of an answer with bytes that are no UTF-8 is held; nil:
// it has none of them.
func (pl *plan) torn(payload []byte) *problem.Problem {
	if utf8.Valid(payload) {
		return nil
	}
	p := &problem.Problem{Code: "GW-S080", Path: pl.Records.Path}
	if !pl.xml {
		p.Field = problem.Short(tornMember(payload))
	}
	return p
}

// tornMember is the member of a record that has such bytes; empty where it is a name.
func tornMember(payload []byte) (member string) {
	const mark = "\uFFFE" // is no character: no text has it
	read := bytes.ToValidUTF8(payload, []byte(mark))
	if jsonscan.Check(read, jsonscan.MaxDepth) != jsonscan.Sound {
		return ""
	}
	jsonscan.EachMember(read, func(name []byte, v value) {
		if member == "" && !bytes.Contains(name, []byte(mark)) && bytes.Contains(v.Bytes, []byte(mark)) {
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
