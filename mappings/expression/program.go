// Package expression is the small language of when: and expr: in a mapping: a
// calculation over single values of a Raw, without loops, linear in its
// length.
package expression

import (
	"errors"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

const (
	maxNodes = 100
	maxText  = 4 << 10
)

// Program is a compiled expression.
type Program struct {
	Text string
	vm   *vm.Program
}

// Path takes a path of the Raw that an expression asks for: raw.a.b comes as
// "raw" and "a.b", item alone as "item" and "". It refuses a root that
// means nothing where the expression stands. Paths are numbered as they come.
type Path func(root, path string) bool

// Compile reads an expression. With truth it has to be a yes or a no.
func Compile(text string, truth bool, path Path) (*Program, error) {
	config := conf.CreateNew()
	config.MaxNodes = maxNodes
	if len(text) > maxText {
		return nil, errors.New("longer than " + strconv.Itoa(maxText) + " bytes")
	}
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return nil, firstLine(err)
	}
	g := &gate{path: path}
	rewritten, err := g.allow(tree.Node)
	if err != nil {
		return nil, err
	}
	options := []expr.Option{expr.Env(map[string]any{}), expr.AllowUndefinedVariables(), expr.DisableAllBuiltins(), expr.MaxNodes(maxNodes),
		expr.Function("text", asText, new(func(any) string)), expr.Function("num", asNumber, new(func(any) any)),
		expr.Function("folded", folded, new(func(any) string)), expr.Function("present", present, new(func(any) bool))}
	if truth {
		options = append(options, expr.AsBool())
	}
	compiled, err := expr.Compile(rewritten.String(), options...)
	if err != nil {
		return nil, firstLine(err)
	}
	return &Program{Text: text, vm: compiled}, nil
}

func firstLine(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(line)
}

// Machine runs programs, one after the other. Its room is used again; no
// value stays in it after Clear.
type Machine struct {
	vm   vm.VM
	vars map[string]any
}

// Start forgets the values of before; key is the key of the Raw.
func (m *Machine) Start(key string) {
	if m.vars == nil {
		m.vars = map[string]any{}
	}
	clear(m.vars)
	m.vars["key"] = key
}

// Set gives the value of the i-th path.
func (m *Machine) Set(i int, v any) { m.vars[varName(i)] = v }

// Run calculates.
func (m *Machine) Run(p *Program) (any, error) {
	out, err := m.vm.Run(p.vm, m.vars)
	if err != nil {
		return nil, firstLine(err)
	}
	return out, nil
}

// Clear forgets all values.
func (m *Machine) Clear() { clear(m.vars) }

func varName(i int) string {
	if i < 10 {
		return "v0v1v2v3v4v5v6v7v8v9"[2*i : 2*i+2]
	}
	return "v" + strconv.Itoa(i)
}
