package strict

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"iocgateway/canonical/problem"
)

// Secret is a value that comes by reference and is never shown: not by fmt,
// not by slog, not as JSON.
type Secret string

const hidden = "••••"

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret.
func (Secret) GoString() string { return hidden }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Reveal gives the secret itself, for the one place that sends it.
func (s Secret) Reveal() string { return string(s) }

// UnmarshalNode takes only what came by reference.
func (s *Secret) UnmarshalNode(n *Node) error {
	if n.Kind != Scalar {
		return n.Wrong("GW-C003", "${env:NAME} or ${file:/path}")
	}
	if !n.Reference && n.Value != "" {
		p := n.Problem("GW-C010")
		p.Value = hidden
		return p
	}
	*s = Secret(n.Value)
	return nil
}

// Lookup finds what references point to.
type Lookup struct {
	Env  func(name string) (string, bool)
	File func(path string) ([]byte, error)
}

// Resolve fills in every ${env:NAME} and ${file:/path} below n, in place, and
// marks those values as references. The whole scalar must be one reference. One
// that has no value is one mistake, wherever it stands.
func Resolve(n *Node, from Lookup) error {
	var problems []error
	missing := map[string]*problem.Problem{}
	n.walk(func(c *Node) {
		if c.Kind != Scalar || !strings.HasPrefix(c.Value, "${") {
			return
		}
		value, err := from.find(c.Value)
		if said := missing[c.Value]; said != nil {
			said.Field += ", " + c.Path
			return
		}
		if err != nil {
			missing[c.Value] = &problem.Problem{Code: "GW-C009", File: c.File, Line: c.Line, Col: c.Col,
				Field: c.Path, Value: c.Value, Want: "${env:NAME} or ${file:/path}", Err: err}
			problems = append(problems, missing[c.Value])
			return
		}
		c.From, c.Value, c.Reference, c.Quoted = c.Value, value, true, true
	})
	return errors.Join(problems...)
}

func (l Lookup) find(reference string) (string, error) {
	body, closed := strings.CutSuffix(strings.TrimPrefix(reference, "${"), "}")
	kind, name, ok := strings.Cut(body, ":")
	switch {
	case !closed || !ok || name == "":
		return "", errors.New("not a reference")
	case kind == "env" && l.Env != nil:
		value, set := l.Env(name)
		if !set || value == "" {
			return "", fmt.Errorf("variable %s is not set", name)
		}
		return strings.TrimRight(value, "\r\n"), nil
	case kind == "file" && l.File != nil:
		content, err := l.File(name)
		if err != nil {
			return "", err
		}
		return strings.TrimSpace(string(content)), nil // editors and scripts leave blanks and lines
	default:
		return "", fmt.Errorf("unknown kind of reference %q", kind)
	}
}

// References gives every value below n that came by reference.
func References(n *Node) []string {
	var out []string
	n.walk(func(c *Node) {
		if c.Reference && c.Value != "" {
			out = append(out, c.Value)
		}
	})
	return out
}
