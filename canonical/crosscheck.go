package canonical

import (
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
)

// crossProblems judges the rules that no tag of one field can hold.
func crossProblems(e Entity) []*problem.Problem {
	c := &crossCheck{kind: e.RecordKind(), roles: RolesOf(e.RecordKind())}
	if base := e.Base(); base != nil {
		c.identity(base.ID, base.Kind)
		c.status(RoleStatus, 0, base.Status)
		for i := range base.Links {
			c.linkKind(i, base.Links[i].Kind)
		}
	}
	switch v := e.(type) {
	case *Document:
		for i := range v.Recipients {
			c.status(RolePartStatus, i, v.Recipients[i].Status)
		}
	case *Task:
		for i := range v.Units {
			c.status(RolePartStatus, i, v.Units[i].Status)
		}
	case *Dossier:
		for i := range v.Legs {
			c.status(RolePartStatus, i, v.Legs[i].Status)
		}
	case *Observation:
		c.observation(v)
	default:
		c.reference(e)
	}
	return c.found
}

type crossCheck struct {
	kind  Kind
	roles *Roles
	found []*problem.Problem
}

func (c *crossCheck) add(p problem.Problem) { c.found = append(c.found, &p) }

// at is the path of a role's field; i is where it stands in the list it is of.
func (c *crossCheck) at(role Role, i int) string {
	return strings.Replace(c.roles.Path(role), "[]", "["+strconv.Itoa(i)+"]", 1)
}

// identity holds a record's id to its form and to its kind: an id is stable
// for ever, so a wrong one must never get out.
func (c *crossCheck) identity(id string, kind Kind) {
	if kind != "" && kind != c.kind {
		c.add(problem.Problem{Code: "GW-V008", Field: c.roles.Path(RoleKind), Value: problem.Short(string(kind)), Want: string(c.kind)})
	}
	if id == "" {
		return // required reports it already
	}
	idKind, source, key, err := ParseID(id)
	if err != nil || source == "" || key == "" || !asciiOnly(id) {
		c.add(problem.Problem{Code: "GW-V009", Field: c.roles.Path(RoleID), Value: problem.Short(id), Want: "kind:source:key"})
	} else if idKind != c.kind {
		c.add(problem.Problem{Code: "GW-V008", Field: c.roles.Path(RoleID), Value: problem.Short(string(idKind)), Want: string(c.kind)})
	}
}

// status holds a status to the list of the kind; i is where it stands.
func (c *crossCheck) status(role Role, i int, status string) {
	list := StatusList(c.kind)
	if status == "" || CodeKnown(list, status) {
		return
	}
	var values []string
	for _, code := range codeLists[list] {
		values = append(values, code.Value)
	}
	c.add(problem.Problem{Code: "GW-V002", Field: c.at(role, i), Value: problem.Short(status), Want: list,
		Near: problem.Near(status, values)})
}

func (c *crossCheck) linkKind(i int, kind Kind) {
	if kind != "" && !kind.Valid() {
		c.add(problem.Problem{Code: "GW-V008", Field: c.at(RoleLinkKind, i), Value: problem.Short(string(kind))})
	}
}

func (c *crossCheck) observation(o *Observation) {
	c.identity(o.ID, o.Kind)
	c.order(RoleLastDay, o.Period.Start, o.Period.End, false)
	if o.Value != nil && o.Missing != "" {
		c.add(problem.Problem{Code: "GW-V010", Field: c.roles.Path(RoleMissing), Value: problem.Short(o.Missing)})
	}
}

func (c *crossCheck) reference(e Entity) {
	switch v := e.(type) {
	case *Unit:
		c.identity(v.ID, v.Kind)
		c.order(RoleValidTo, v.ValidFrom, v.ValidTo, true)
	case *AgencyRecord:
		c.identity(v.ID, v.Kind)
		c.order(RoleValidTo, v.ValidFrom, v.ValidTo, true)
	case *ProcedureRecord:
		c.identity(v.ID, v.Kind)
		c.order(RoleValidTo, v.ValidFrom, v.ValidTo, true)
	case *Ops:
		c.identity(v.ID, v.Kind)
	}
}

// order holds an end to lie not before its start; with strict, after it:
// valid_to is the first day on which a thing is no longer valid. Dates in
// canonical form compare as text.
func (c *crossCheck) order(last Role, start, end Date, strict bool) {
	if start == "" || end == "" || end > start || end == start && !strict {
		return
	}
	c.add(problem.Problem{Code: "GW-V007", Field: c.roles.Path(last), Value: problem.Short(string(end)), Want: problem.Short(string(start))})
}

func asciiOnly(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] <= ' ' {
			return false
		}
	}
	return true
}
