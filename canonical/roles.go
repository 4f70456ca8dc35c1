package canonical

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Role is what a field is to the gateway, whatever it is called: it stands in
// the field's tag role, so that a member can be renamed and whoever works
// with it still finds it.
type Role string

// The roles. A test holds where each stands.
const (
	RoleID     Role = "id"     // the record's identity
	RoleKind   Role = "kind"   // its kind
	RoleUnread Role = "unread" // the values nobody understood
	RoleNotes  Role = "notes"  // what was assumed in reading

	RoleUnreadField Role = "unread_field"
	RoleUnreadRaw   Role = "unread_raw"
	RoleUnreadCode  Role = "unread_code"

	RoleStatus     Role = "status"      // of the matter; its list is the kind's
	RolePartStatus Role = "part_status" // of one part of the matter: a leg, a receiver, a unit
	RoleRaw        Role = "raw"         // what the source wrote for the coded field right before
	RoleRawCode    Role = "raw_code"
	RoleRawLabel   Role = "raw_label"

	RoleDue          Role = "due"           // when the matter has to be done
	RoleDuePrecision Role = "due_precision" // whether that is a day or a minute

	RoleAnonymous Role = "anonymous" // the mark that nobody is to learn whose matter it is
	RoleIdentity  Role = "identity"  // what such a matter loses

	RoleLocation    Role = "location"     // holds a pair of coordinates
	RoleLat         Role = "lat"          // north
	RoleLon         Role = "lon"          // east
	RolePairQuality Role = "pair_quality" // what became of the pair

	RoleArea     Role = "area"      // an administrative unit on a day
	RoleAreaCode Role = "area_code" // its code
	RoleAreaDay  Role = "area_day"  // the day on which the code is meant

	RolePeriod     Role = "period"      // the time a value is of
	RoleFreq       Role = "freq"        // how often there is such a period
	RoleFirstDay   Role = "first_day"   // of the period
	RoleLastDay    Role = "last_day"    // of the period; it belongs to it
	RolePeriodName Role = "period_name" // what people call it
	RoleValidFrom  Role = "valid_from"  // the first day of validity
	RoleValidTo    Role = "valid_to"    // the first day without it

	RoleValue   Role = "value"   // what was measured
	RoleMissing Role = "missing" // or why there is nothing

	RoleAgencyID      Role = "agency_id"      // as written
	RoleAgencyNorm    Role = "agency_norm"    // the identifier right before as NormAgency gives it
	RoleProcedureID   Role = "procedure_id"   // as written
	RoleProcedureNorm Role = "procedure_norm" // the code right before as NormProcedure gives it
	RoleIdentifier    Role = "identifier"     // one of the numbers a matter is known by
	RoleSystem        Role = "system"         // the system a number or a leg is of
	RoleLinkRel       Role = "link_rel"       // how a link relates
	RoleLinkKind      Role = "link_kind"      // the kind of what is linked
)

// Indexed: a field stands for a member of Index. Of several fields
// that do, the one with the lowest rank that has a value counts.
type Indexed struct {
	Member IndexMember
	Rank   uint8
}

// Roles are the facts of a kind's fields that its struct tags role and index
// give, by the path of the field in JSON names: legs[].status.
type Roles struct {
	roles   map[string]Role
	paths   map[Role][]string
	indexed map[string][]Indexed
}

// RolesOf gives the facts of a kind's fields; those of no kind are empty.
func RolesOf(kind Kind) *Roles {
	if r := kindRoles()[kind]; r != nil {
		return r
	}
	return &Roles{}
}

var kindRoles = sync.OnceValue(func() map[Kind]*Roles {
	all := map[Kind]*Roles{}
	for _, kind := range Kinds() {
		all[kind] = readRoles(reflect.TypeOf(NewEntity(kind)).Elem())
	}
	return all
})

// Role is the role of the field at a path; empty where it has none.
func (r *Roles) Role(path string) Role { return r.roles[path] }

// Paths are the fields of a role, in the order of the struct.
func (r *Roles) Paths(role Role) []string { return slices.Clone(r.paths[role]) }

// Path is the first field of a role; empty where the kind has none.
func (r *Roles) Path(role Role) string {
	if paths := r.paths[role]; len(paths) > 0 {
		return paths[0]
	}
	return ""
}

// Indexed are the members of Index that the field at a path stands for.
func (r *Roles) Indexed(path string) []Indexed { return slices.Clone(r.indexed[path]) }

// readRoles reads the tags of a struct and of all below it.
func readRoles(t reflect.Type) *Roles {
	r := &Roles{roles: map[string]Role{}, paths: map[Role][]string{}, indexed: map[string][]Indexed{}}
	r.read(t, "")
	for member, leaves := range indexLeaves(t) {
		for i, leaf := range leaves {
			rank := uint8(i + 1) //nolint:gosec // a handful of fields
			r.indexed[leaf.path] = append(r.indexed[leaf.path], Indexed{member, rank})
		}
	}
	for _, indexed := range r.indexed {
		slices.SortFunc(indexed, func(a, b Indexed) int { return cmp.Compare(a.Member, b.Member) })
	}
	return r
}

func (r *Roles) read(t reflect.Type, prefix string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			r.read(f.Type, prefix)
			continue
		}
		path := prefix + jsonName(f)
		if role := Role(f.Tag.Get("role")); role != "" {
			r.roles[path] = role
			r.paths[role] = append(r.paths[role], path)
		}
		switch below, list := structBelow(f.Type); {
		case below == nil:
		case list:
			r.read(below, path+"[].")
		default:
			r.read(below, path+".")
		}
	}
}

// indexLeaf is a field that stands for a member of Index.
type indexLeaf struct {
	path  string
	steps []int   // struct fields down to it
	ranks []uint8 // of each tag on the way
}

// indexLeaves finds the fields that stand for each member of Index, the first
// choice first. A struct's tag lets the tags of that member below it count:
// an agency below agency is the matter's, one below issuer is not. Ranks are
// compared from the outside in; what stands first in the struct wins a tie.
func indexLeaves(t reflect.Type) map[IndexMember][]indexLeaf {
	found := map[IndexMember][]indexLeaf{}
	for member := range indexMemberCount {
		collectLeaves(t, member, indexLeaf{}, found)
		slices.SortStableFunc(found[member], func(a, b indexLeaf) int { return slices.Compare(a.ranks, b.ranks) })
	}
	return found
}

func collectLeaves(t reflect.Type, member IndexMember, at indexLeaf, found map[IndexMember][]indexLeaf) {
	for i := range t.NumField() {
		f := t.Field(i)
		below := indexLeaf{path: at.path, steps: append(slices.Clone(at.steps), i), ranks: slices.Clone(at.ranks)}
		if f.Anonymous {
			collectLeaves(f.Type, member, below, found)
			continue
		}
		rank, ok := indexRank(f.Tag.Get("index"), member)
		if !ok {
			continue
		}
		below.path += jsonName(f)
		below.ranks = append(below.ranks, rank)
		if inner, list := structBelow(f.Type); inner != nil && !list {
			below.path += "."
			collectLeaves(inner, member, below, found)
			continue
		}
		found[member] = append(found[member], below)
	}
}

// indexRank reads the tag index: "created,2" is the second choice for the
// time of creation, "created updated" the first for both.
func indexRank(tag string, member IndexMember) (uint8, bool) {
	for part := range strings.FieldsSeq(tag) {
		name, rank, ranked := strings.Cut(part, ",")
		if name != member.tag() {
			continue
		}
		n, err := strconv.ParseUint(rank, 10, 8)
		if !ranked || err != nil {
			n = 1
		}
		return uint8(n), true
	}
	return 0, false
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// structBelow is the struct that a field, its pointer or its list holds; nil
// where there is none. A time is a value.
func structBelow(t reflect.Type) (below reflect.Type, list bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		list = list || t.Kind() == reflect.Slice
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[Time]() {
		return nil, false
	}
	return t, list
}
