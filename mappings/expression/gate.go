package expression

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// gate lets through what is on its list and nothing else, and turns paths
// into variables. Deny by default: a node it does not know is refused, so no
// loop, no range and no builtin can come in with a new release.
type gate struct {
	path Path
	vars int
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
		return g.wanted(n)
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
	if !ok || !slices.Contains(Functions(), name.Value) || len(v.Arguments) != 1 {
		what := "this call"
		if ok {
			what = name.Value + "()"
		}
		return nil, refused(v, what)
	}
	return v, g.all(&v.Arguments[0])
}

// wanted turns raw.a.b, item.a and key into variables of their own.
func (g *gate) wanted(n ast.Node) (ast.Node, error) {
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
	if root.Value == "key" && path == "" {
		return root, nil
	}
	if !g.path(root.Value, path) {
		return nil, refused(root, root.Value)
	}
	g.vars++
	return &ast.IdentifierNode{Value: varName(g.vars - 1)}, nil
}
