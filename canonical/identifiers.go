package canonical

import "strings"

// NormAgency gives an agency identifier in the order province→leaf. Both
// orders are in use: leaf first with zero padding (000.00.53.H48) and root
// first (H48.53). Zero groups below the lowest real one are dropped, zero
// groups between real ones stay, so that two agencies never fall together.
//
// ok is false, and the result empty, when the identifier has neither form.
// That two systems number the same office alike in both orders is their
// promise, not ours: keep the identifier as written beside this.
func NormAgency(id string) (norm string, ok bool) {
	s := strings.ToUpper(strings.TrimSpace(id))
	if s == "" || len(s) > 64 {
		return "", false
	}
	groups := strings.Split(s, ".")
	first, last := rootGroup(groups[0]), rootGroup(groups[len(groups)-1])
	switch {
	case first && last && len(groups) > 1, !first && !last:
		return "", false
	case last:
		for i, j := 0, len(groups)-1; i < j; i, j = i+1, j-1 {
			groups[i], groups[j] = groups[j], groups[i]
		}
	}
	for _, g := range groups[1:] {
		if !digits(g) || len(g) > 4 {
			return "", false
		}
	}
	end := len(groups)
	for end > 1 && strings.Trim(groups[end-1], "0") == "" {
		end--
	}
	return strings.Join(groups[:end], "."), true
}

// NormProcedure gives the national code of a procedure: a digit, a point and
// six digits, which local systems suffix with their own identifier
// (1.001612.000.00.00.H48). ok is false for codes that a place made up.
func NormProcedure(code string) (norm string, ok bool) {
	s := strings.TrimSpace(code)
	const size = len("1.001612")
	if len(s) < size || !digits(s[:1]) || s[1] != '.' || !digits(s[2:size]) {
		return "", false
	}
	if len(s) > size {
		if s[size] != '.' {
			return "", false
		}
		if _, ok := NormAgency(s[size+1:]); !ok {
			return "", false
		}
	}
	return s[:size], true
}

// rootGroup reports whether a group is the code of a province or ministry:
// a letter and two digits.
func rootGroup(g string) bool {
	return len(g) == 3 && g[0] >= 'A' && g[0] <= 'Z' && digits(g[1:])
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
