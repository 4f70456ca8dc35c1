package rest

import (
	"bytes"
	"unicode/utf8"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// tornMark stands for bytes that are no UTF-8.
const tornMark = "\uFFFD"

func marked(body []byte) []byte { return bytes.ToValidUTF8(body, []byte(tornMark)) }

// torn is why a record of an answer with bytes that are no UTF-8 is held; nil:
// it has none of them.
func (pl *plan) torn(payload []byte) *problem.Problem {
	if pl.xml && !bytes.Contains(payload, []byte(tornMark)) || !pl.xml && utf8.Valid(payload) {
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
	clear := bytes.ToValidUTF8(payload, []byte(mark))
	if jsonscan.Check(clear, jsonscan.MaxDepth) != jsonscan.Sound {
		return ""
	}
	jsonscan.EachMember(clear, func(name []byte, v value) {
		if member == "" && !bytes.Contains(name, []byte(mark)) && bytes.Contains(v.Bytes, []byte(mark)) {
			member = string(name)
		}
	})
	return member
}

// unkeyed reports that bytes that are no UTF-8 stand in the key that was written from here on.
func (p *parser) unkeyed(from int) bool {
	key := p.text[from:]
	return !utf8.Valid(key) || p.pl.xml && bytes.Contains(key, []byte(tornMark))
}

func (p *parser) raw(payload []byte) canonical.Raw {
	raw := canonical.Raw{Kind: p.kind, Payload: payload}
	if p.pl.xml {
		raw.Media = canonical.MediaXML
	}
	if p.torn && p.pl.xml && bytes.Contains(payload, []byte(tornMark)) {
		raw.Media = "application/octet-stream" // nobody shall map it with the mark in it
	}
	return raw
}

// version appends the record's version to the text; where its text may be
// broken, its content is.
func (p *parser) version(cells []value, content uint64, held *problem.Problem) {
	if slot := p.pl.version; slot >= 0 && (held == nil || !p.torn) {
		p.text = append(p.text, cells[slot].String()...)
		return
	}
	p.text = appendHex(p.text, content)
}
