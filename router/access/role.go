package access

import "context"

// Role is what a token may do; each includes the ones before it.
type Role int

// The roles.
const (
	Viewer   Role = iota + 1 // read
	Operator                 // and run, pause, replay, drop, see Raws
	Admin                    // and everything else
)

// String is the role's name in the configuration.
func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Operator:
		return "operator"
	case Admin:
		return "admin"
	}
	return "none"
}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, bool) {
	for _, r := range []Role{Viewer, Operator, Admin} {
		if r.String() == s {
			return r, true
		}
	}
	return 0, false
}

// SeesRaws reports whether who asks may see what sources gave: operators, and
// everybody where no token is asked for.
func SeesRaws(ctx context.Context) bool {
	role := Caller(ctx).Role
	return role == 0 || role >= Operator
}
