package config

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// maxName is how long the name of a source or stream may be, in bytes.
const maxName = 100

// plainName reports a name that can stand in addresses, ids and file names.
func plainName(name string) bool {
	odd := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`/\?#%&"'<>|*:`, r) || r == utf8.RuneError
	}
	return name != "" && len(name) <= maxName && name[0] != '.' && !strings.ContainsFunc(name, odd)
}

func misnamed(streams *strict.Node, key *strict.Key) *problem.Problem {
	p := key.Value.Problem("GW-C036")
	p.Line, p.Col, p.Field, p.Value = key.Line, key.Col, streams.Path, problem.Short(key.Name)
	return p
}
