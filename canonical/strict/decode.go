package strict

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/problem"
)

// Unmarshaler is a type that reads itself from a node.
type Unmarshaler interface{ UnmarshalNode(n *Node) error }

// Decode fills the struct that into points to. Members are named by yaml
// tags (",inline" takes an embedded struct's members as one's own); members
// that are not in the node keep what they hold. Afterwards the validate tags
// are checked. Every problem found is returned, joined.
func Decode(n *Node, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return errors.New("strict: Decode wants a pointer to a struct")
	}
	var d decoder
	d.value(n, v.Elem())
	if len(d.problems) == 0 {
		d.problems = append(d.problems, check(n, into)...)
	}
	return errors.Join(d.problems...)
}

type decoder struct{ problems []error }

func (d *decoder) refuse(p *problem.Problem) { d.problems = append(d.problems, p) }

func (d *decoder) value(n *Node, v reflect.Value) {
	if n == nil || n.Kind == Null {
		return
	}
	if v.CanAddr() {
		if u, ok := v.Addr().Interface().(Unmarshaler); ok {
			if err := u.UnmarshalNode(n); err != nil {
				d.problems = append(d.problems, err)
			}
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem())
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Map:
		d.dictionary(n, v)
	case reflect.Slice:
		d.list(n, v)
	case reflect.Interface:
		v.Set(reflect.ValueOf(n.Plain()))
	default:
		d.scalar(n, v)
	}
}

func (d *decoder) structure(n *Node, v reflect.Value) {
	if n.Kind != Map {
		d.refuse(n.Wrong("GW-C003", "a mapping (key: value)"))
		return
	}
	members := membersOf(v.Type())
	for i := range n.Keys {
		key := &n.Keys[i]
		m, ok := members.byName[key.Name]
		if !ok {
			p := key.Value.Unknown("GW-C002", key.Name, members.names)
			p.Line, p.Col = key.Line, key.Col
			d.refuse(p)
			continue
		}
		d.value(key.Value, v.FieldByIndex(m))
	}
}

func (d *decoder) dictionary(n *Node, v reflect.Value) {
	if n.Kind != Map {
		d.refuse(n.Wrong("GW-C003", "a mapping (key: value)"))
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for i := range n.Keys {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Keys[i].Value, item)
		v.SetMapIndex(reflect.ValueOf(n.Keys[i].Name).Convert(v.Type().Key()), item)
	}
}

func (d *decoder) list(n *Node, v reflect.Value) {
	if n.Kind == Scalar { // one value where a list may stand is a list of one
		n = &Node{Kind: List, Items: []*Node{n}, File: n.File, Line: n.Line, Col: n.Col, Path: n.Path}
	}
	if n.Kind != List {
		d.refuse(n.Wrong("GW-C003", "a list"))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		d.value(item, out.Index(i))
	}
	v.Set(out)
	if v.Type().Elem() == reflect.TypeFor[string]() { // no secrets
		d.once(n)
	}
}

// once refuses what stands twice in a list of texts: there it means nothing, and
// something else was meant.
func (d *decoder) once(n *Node) {
	seen := map[string]bool{}
	for _, item := range n.Items {
		if item.Kind == Scalar && seen[item.Value] {
			d.refuse(item.Wrong("GW-C039", "each once"))
		}
		seen[item.Value] = true
	}
}

func (d *decoder) scalar(n *Node, v reflect.Value) {
	if n.Kind != Scalar {
		d.refuse(n.Wrong("GW-C003", wantOf(v)))
		return
	}
	if err := setScalar(n, v); errors.Is(err, errTiny) {
		d.refuse(n.Wrong("GW-C040", "0, 90s, 15m, 24h, 7d"))
	} else if err != nil {
		d.refuse(n.Wrong("GW-C003", wantOf(v)))
	}
}

// shortest is below what anybody means by a duration that is set.
const shortest = time.Millisecond

var errTiny = errors.New("shorter than any duration that is meant")

func setScalar(n *Node, v reflect.Value) error {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		span, err := ParseDuration(n.Value)
		v.SetInt(int64(span))
		if err == nil && span != 0 && span.Abs() < shortest {
			err = errTiny
		}
		return err
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" {
			return errors.New("not a bool")
		}
		v.SetBool(n.Value == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
		v.SetInt(number)
		return err
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		number, err := strconv.ParseUint(n.Value, 10, v.Type().Bits())
		v.SetUint(number)
		return err
	case reflect.Float32, reflect.Float64:
		number, err := strconv.ParseFloat(n.Value, v.Type().Bits())
		v.SetFloat(number)
		return err
	default:
		return fmt.Errorf("strict: no way to read a %s", v.Type())
	}
	return nil
}

func wantOf(v reflect.Value) string {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return "a duration such as 90s, 15m, 24h, 7d"
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a text"
	default:
		return "a whole number"
	}
}

// ParseDuration reads Go durations and whole days (7d).
func ParseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		count, err := strconv.Atoi(days)
		if err != nil || count < 0 || count > 36500 {
			return 0, errors.New("strict: days out of range")
		}
		return time.Duration(count) * 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}

// Plain gives the node as Go values: map[string]any, []any, string or nil.
func (n *Node) Plain() any {
	switch n.Kind {
	case Scalar:
		return n.Value
	case Map:
		out := make(map[string]any, len(n.Keys))
		for i := range n.Keys {
			out[n.Keys[i].Name] = n.Keys[i].Value.Plain()
		}
		return out
	case List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = item.Plain()
		}
		return out
	default:
		return nil
	}
}

// Overlay gives base with the members of over laid on top; maps merge,
// anything else replaces. Positions stay those of where a value stands.
func Overlay(base, over *Node) *Node {
	switch {
	case base == nil:
		return over
	case over == nil:
		return base
	case base.Kind != Map || over.Kind != Map:
		return over
	}
	out := *base
	out.Keys = append([]Key(nil), base.Keys...)
	for _, key := range over.Keys {
		placed := false
		for i := range out.Keys {
			if out.Keys[i].Name == key.Name {
				key.Value = Overlay(out.Keys[i].Value, key.Value)
				out.Keys[i] = key
				placed = true
			}
		}
		if !placed {
			out.Keys = append(out.Keys, key)
		}
	}
	return &out
}

// FromPlain gives plain values (as Plain writes them) as nodes again. Places
// come from the same path of a file read before, where it has one; anything
// else comes from the origin given (environment, flags).
func FromPlain(value any, places *Node, origin string) *Node {
	return fromPlain(value, places, origin, "")
}

func fromPlain(value any, place *Node, origin, path string) *Node {
	n := &Node{File: origin, Path: path}
	if place != nil {
		n.File, n.Line, n.Col, n.Quoted = place.File, place.Line, place.Col, place.Quoted
	}
	switch v := value.(type) {
	case nil:
	case map[string]any:
		n.Kind = Map
		n.members(v, place, origin)
	case []any:
		n.Kind = List
		for i, item := range v {
			var at *Node
			if place != nil && i < len(place.Items) {
				at = place.Items[i]
			}
			n.Items = append(n.Items, fromPlain(item, at, origin, fmt.Sprintf("%s[%d]", path, i)))
		}
	default:
		n.Kind, n.Value = Scalar, fmt.Sprint(v)
		if place == nil || place.Kind != Scalar || place.Value != n.Value {
			n.File, n.Line, n.Col = origin, 0, 0
		}
	}
	return n
}

// members keeps the order of the file and puts what is new behind it.
func (n *Node) members(values map[string]any, place *Node, origin string) {
	add := func(name string, at *Key) {
		path := name
		if n.Path != "" {
			path = n.Path + "." + name
		}
		k := Key{Name: name}
		var child *Node
		if at != nil {
			k.Line, k.Col, child = at.Line, at.Col, at.Value
		}
		k.Value = fromPlain(values[name], child, origin, path)
		n.Keys = append(n.Keys, k)
	}
	known := map[string]bool{}
	if place != nil {
		for i := range place.Keys {
			if _, kept := values[place.Keys[i].Name]; kept {
				known[place.Keys[i].Name] = true
				add(place.Keys[i].Name, &place.Keys[i])
			}
		}
	}
	var added []string
	for name := range values {
		if !known[name] {
			added = append(added, name)
		}
	}
	slices.Sort(added)
	for _, name := range added {
		add(name, nil)
	}
}
