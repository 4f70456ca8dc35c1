package mappings

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

const (
	maxExprNodes = 100
	maxExprText  = 1 << 20 // a longer value is refused by an expression
)

// program is a compiled expression: loop-free, linear in its length.
type program struct {
	vm   *vm.Program
	vars []source
	text string
	line int
	col  int
}

func exprFunctions() []string { return []string{"text", "num", "folded", "present"} }

// program compiles when: (asked to be yes or no) and expr:.
func (c *compiler) program(n *strict.Node, truth bool) *program {
	if n.Kind != strict.Scalar {
		c.add(n.Wrong("GW-M003", "raw.a == 'x'"), n.Path)
		return nil
	}
	p := &program{text: n.Value, line: n.Line, col: n.Col}
	if err := c.compileExpr(p, n, truth); err != nil {
		bad := n.Wrong("GW-M021", "raw.path, item.path, == != < > && || ! in ?: ??, "+strings.Join(exprFunctions(), "() ")+"()")
		bad.Err = err
		c.problems = append(c.problems, bad)
		return nil
	}
	return p
}

func (c *compiler) compileExpr(p *program, n *strict.Node, truth bool) error {
	config := conf.CreateNew()
	config.MaxNodes = maxExprNodes
	if len(n.Value) > 4<<10 {
		return errors.New("longer than 4096 bytes")
	}
	tree, err := parser.ParseWithConfig(n.Value, config)
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return errors.New(line)
	}
	g := &gate{c: c, p: p, at: n}
	rewritten, err := g.allow(tree.Node)
	if err != nil {
		return err
	}
	options := []expr.Option{expr.Env(map[string]any{}), expr.AllowUndefinedVariables(), expr.DisableAllBuiltins(), expr.MaxNodes(maxExprNodes),
		expr.Function("text", exprText, new(func(any) string)), expr.Function("num", exprNum, new(func(any) any)),
		expr.Function("folded", exprFolded, new(func(any) string)), expr.Function("present", exprPresent, new(func(any) bool))}
	if truth {
		options = append(options, expr.AsBool())
	}
	if p.vm, err = expr.Compile(rewritten.String(), options...); err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return errors.New(line)
	}
	return nil
}

// gate lets through what is on its list and nothing else, and turns paths
// into slots. Deny by default: a node it does not know is refused, so no
// loop, no range and no builtin can come in with a new release.
type gate struct {
	c  *compiler
	p  *program
	at *strict.Node
}

func refused(n ast.Node, what string) error {
	return fmt.Errorf("%s is not allowed here (at %d)", what, n.Location().From+1)
}

func (g *gate) allow(n ast.Node) (ast.Node, error) {
	var err error
	switch v := n.(type) {
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
		return n, nil
	case *ast.IdentifierNode, *ast.MemberNode:
		return g.path(n)
	case *ast.ChainNode:
		return g.allow(v.Node)
	case *ast.UnaryNode:
		v.Node, err = g.allow(v.Node)
		return v, err
	case *ast.BinaryNode:
		return g.binary(v)
	case *ast.ConditionalNode:
		return v, g.all(&v.Cond, &v.Exp1, &v.Exp2)
	case *ast.ArrayNode:
		for i := range v.Nodes {
			if err = g.all(&v.Nodes[i]); err != nil {
				return nil, err
			}
		}
		return v, nil
	case *ast.CallNode:
		return g.call(v)
	}
	return nil, refused(n, strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast."), "Node"))
}

func (g *gate) all(nodes ...*ast.Node) error {
	for _, n := range nodes {
		out, err := g.allow(*n)
		if err != nil {
			return err
		}
		*n = out
	}
	return nil
}

func (g *gate) binary(v *ast.BinaryNode) (ast.Node, error) {
	allowed := []string{"==", "!=", "<", ">", "<=", ">=", "&&", "||", "and", "or", "in", "contains", "startsWith", "endsWith",
		"matches", "+", "-", "*", "/", "??"}
	if !slices.Contains(allowed, v.Operator) {
		return nil, refused(v, v.Operator)
	}
	if _, constant := v.Right.(*ast.StringNode); v.Operator == "matches" && !constant {
		return nil, refused(v, "matches with anything but a text in quotes")
	}
	return v, g.all(&v.Left, &v.Right)
}

func (g *gate) call(v *ast.CallNode) (ast.Node, error) {
	name, ok := v.Callee.(*ast.IdentifierNode)
	if !ok || !slices.Contains(exprFunctions(), name.Value) || len(v.Arguments) != 1 {
		what := "this call"
		if ok {
			what = name.Value + "()"
		}
		return nil, refused(v, what)
	}
	return v, g.all(&v.Arguments[0])
}

// path turns raw.a.b, item.a and key into variables of their own.
func (g *gate) path(n ast.Node) (ast.Node, error) {
	var parts []string
	for at := n; ; {
		switch v := at.(type) {
		case *ast.ChainNode:
			at = v.Node
			continue
		case *ast.MemberNode:
			part, err := memberName(v)
			if err != nil {
				return nil, err
			}
			parts = append(parts, strings.ReplaceAll(part, ".", `\.`))
			at = v.Node
			continue
		case *ast.IdentifierNode:
			slices.Reverse(parts)
			return g.variable(v, strings.Join(parts, "."))
		}
		return nil, refused(n, "a path that begins otherwise than raw or item")
	}
}

func memberName(v *ast.MemberNode) (string, error) {
	switch p := v.Property.(type) {
	case *ast.StringNode:
		return p.Value, nil
	case *ast.IntegerNode:
		return strconv.Itoa(p.Value), nil
	}
	return "", refused(v, "a computed member")
}

func (g *gate) variable(root *ast.IdentifierNode, path string) (ast.Node, error) {
	switch {
	case root.Value == "key" && path == "":
		return root, nil
	case root.Value == "raw" && path != "":
		path = "$." + path
	case root.Value == "item" && g.c.frame > 0:
	default:
		return nil, refused(root, root.Value)
	}
	g.p.vars = append(g.p.vars, g.c.source(g.at, path))
	return &ast.IdentifierNode{Value: "v" + strconv.Itoa(len(g.p.vars)-1)}, nil
}

func exprText(args ...any) (any, error) {
	switch v := args[0].(type) {
	case nil:
		return "", nil
	case string:
		return vntext.Clean(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	default:
		return fmt.Sprint(v), nil
	}
}

func exprNum(args ...any) (any, error) {
	switch v := args[0].(type) {
	case string:
		dec, err := vntext.ParseDecimal(v, vntext.StyleAuto)
		if err != nil {
			return nil, nil //nolint:nilnil // no number is nothing, as ?? expects
		}
		f, err := strconv.ParseFloat(dec, 64)
		return f, err
	case float64, int:
		return v, nil
	}
	return nil, nil //nolint:nilnil // as above
}

func exprFolded(args ...any) (any, error) {
	s, _ := exprText(args...)
	return vntext.Fold(s.(string)), nil
}

func exprPresent(args ...any) (any, error) {
	s, isText := args[0].(string)
	return args[0] != nil && (!isText || vntext.Clean(s) != ""), nil
}

// eval runs a program over the slots.
func (r *run) eval(p *program) (any, error) {
	clear(r.vars)
	r.vars["key"] = r.raw.Key
	for i, s := range p.vars {
		v, err := r.plainValue(r.slot(s))
		if err != nil {
			return nil, err
		}
		r.vars[varName(i)] = v
	}
	out, err := r.vm.Run(p.vm, r.vars)
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return nil, errors.New(line)
	}
	return out, nil
}

func varName(i int) string {
	if i < 10 {
		return "v0v1v2v3v4v5v6v7v8v9"[2*i : 2*i+2]
	}
	return "v" + strconv.Itoa(i)
}

func (r *run) plainValue(v value) (any, error) {
	if len(v.b) > maxExprText {
		return nil, errors.New("a value is too long for an expression")
	}
	switch v.shape {
	case text:
		return string(r.decoded(v).b), nil
	case number:
		return strconv.ParseFloat(string(v.b), 64)
	case yes:
		return true, nil
	case no:
		return false, nil
	case object, array:
		var out any
		err := json.Unmarshal(v.b, &out)
		return out, err
	}
	return nil, nil //nolint:nilnil // absent is nil
}

// holds runs a when:. A failing expression holds the Raw.
func (r *run) holds(p *program, n *node) bool {
	out, err := r.eval(p)
	if err != nil {
		r.exprFault(p, n, err)
		return false
	}
	is, _ := out.(bool)
	return is
}
