package simkit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parse switches on the faults of a list such as
//
//	401@7,429:3,502%20,stall:2s*1,repeat#2
//
// Each is name[:arg] with a scope: @N from the Nth request (and only that one
// unless *M gives how many), *M for M requests, #P only where page P is asked,
// %C by chance of C per cent. An empty list switches everything off.
func (f *Faults) Parse(list string) error {
	faults, err := ParseFaults(list)
	if err != nil {
		return err
	}
	f.Clear()
	for _, x := range faults {
		if err := f.Set(x); err != nil {
			return err
		}
	}
	return nil
}

// ParseFaults reads the list that Parse takes, and switches nothing.
func ParseFaults(list string) ([]Fault, error) {
	var out []Fault
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		x, err := parseFault(item)
		if err != nil {
			return nil, fmt.Errorf("simkit: fault %q: %w", item, err)
		}
		out = append(out, x)
	}
	return out, nil
}

func parseFault(item string) (Fault, error) {
	var x Fault
	head, scope := item, ""
	if i := strings.IndexAny(item, "@*#%"); i >= 0 {
		head, scope = item[:i], item[i:]
	}
	x.Name, x.Arg, _ = strings.Cut(head, ":")
	if !slices.Contains(Names(), x.Name) {
		return x, fmt.Errorf("no such fault")
	}
	for scope != "" {
		mark := scope[0]
		rest := scope[1:]
		end := strings.IndexAny(rest, "@*#%")
		if end < 0 {
			end = len(rest)
		}
		if err := x.scope(mark, rest[:end]); err != nil {
			return x, err
		}
		scope = rest[end:]
	}
	if x.From > 0 && x.For == 0 {
		x.For = 1 // "401@7" is one 401, at the seventh request
	}
	return x, nil
}

func (f *Fault) scope(mark byte, text string) error {
	if mark == '%' {
		p, err := strconv.ParseFloat(text, 64)
		if err != nil || !(p > 0 && p <= 100) {
			return fmt.Errorf("chance %q is not in 0–100", text)
		}
		f.Prob = p
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%q after %q is no count", text, mark)
	}
	switch mark {
	case '@':
		f.From = n
	case '*':
		f.For = n
	case '#':
		f.Pages = append(f.Pages, n)
	}
	return nil
}
