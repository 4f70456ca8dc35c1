package canonical

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// matters are the kinds with a due date; dated are those with a validity.
func matters() []Kind { return []Kind{KindDocument, KindTask, KindDossier, KindFeedback} }
func dated() []Kind   { return []Kind{KindUnit, KindAgency, KindProcedure} }

type standing struct {
	role  Role
	kinds []Kind
	paths string
}

func standings() []standing {
	area := append(matters(), KindObservation)
	feedback, observation, dossier := []Kind{KindFeedback}, []Kind{KindObservation}, []Kind{KindDossier}
	return []standing{
		{RoleID, Kinds(), "id"}, {RoleKind, Kinds(), "kind"}, {RoleUnread, area, "unread"}, {RoleNotes, area, "notes"},
		{RoleUnreadField, area, "unread[].field"}, {RoleUnreadRaw, area, "unread[].raw"}, {RoleUnreadCode, area, "unread[].code"},
		{RoleStatus, matters(), "status"}, {RoleDue, matters(), "due_at"}, {RoleDuePrecision, matters(), "due_precision"},
		{RolePartStatus, []Kind{KindDocument}, "recipients[].status"}, {RolePartStatus, []Kind{KindTask}, "units[].status"},
		{RolePartStatus, dossier, "legs[].status"},
		{RoleRaw, feedback, "status_raw"}, {RoleRaw, []Kind{KindDocument}, "status_raw recipients[].status_raw"},
		{RoleRaw, []Kind{KindTask}, "status_raw units[].status_raw"}, {RoleRaw, dossier, "status_raw legs[].status_raw"},
		{RoleRawCode, feedback, "status_raw.code"}, {RoleRawLabel, feedback, "status_raw.label"},
		{RoleAnonymous, feedback, "anonymous"}, {RoleIdentity, feedback, "reporter"}, {RoleLocation, feedback, "location"},
		{RoleLat, feedback, "location.lat"}, {RoleLon, feedback, "location.lon"}, {RolePairQuality, feedback, "location.quality"},
		{RoleArea, area, "area"}, {RoleAreaCode, area, "area.code"}, {RoleAreaDay, area, "area.on"},
		{RolePeriod, observation, "period"}, {RoleFreq, observation, "period.freq"}, {RoleFirstDay, observation, "period.start"},
		{RoleLastDay, observation, "period.end"}, {RolePeriodName, observation, "period.label"},
		{RoleValidFrom, dated(), "valid_from"}, {RoleValidTo, dated(), "valid_to"},
		{RoleValue, observation, "value"}, {RoleMissing, observation, "missing"},
		{RoleAgencyID, feedback, "agency.id collaborators[].id steps[].agency.id"},
		{RoleAgencyNorm, feedback, "agency.id_norm collaborators[].id_norm steps[].agency.id_norm"},
		{RoleAgencyID, []Kind{KindAgency}, "code"}, {RoleAgencyNorm, []Kind{KindAgency}, "code_norm"},
		{RoleProcedureID, dossier, "procedure.code"}, {RoleProcedureNorm, dossier, "procedure.code_norm"},
		{RoleIdentifier, matters(), "codes[].value"}, {RoleSystem, feedback, "codes[].system"},
		{RoleSystem, dossier, "codes[].system legs[].system"}, {RoleLinkRel, matters(), "links[].rel"}, {RoleLinkKind, matters(), "links[].kind"},
	}
}

// TestRolesStandWhereExpected also holds that no tag has a role this table
// does not know: a slip of the pen would silently take a fact away.
func TestRolesStandWhereExpected(t *testing.T) {
	known := map[Role]bool{}
	for _, s := range standings() {
		known[s.role] = true
		for _, kind := range s.kinds {
			if got := strings.Join(RolesOf(kind).Paths(s.role), " "); got != s.paths {
				t.Errorf("%s of %s: %q, want %q", s.role, kind, got, s.paths)
			}
		}
	}
	for _, kind := range Kinds() {
		for path, role := range RolesOf(kind).roles {
			if !known[role] {
				t.Errorf("%s %s has the unknown role %q", kind, path, role)
			}
		}
	}
	for _, role := range []Role{RoleDue, RoleStatus, RoleArea, RolePeriod, RoleValue} {
		if path := RolesOf(KindUnit).Path(role); path != "" {
			t.Errorf("a unit has %s at %s", role, path)
		}
	}
	if r := RolesOf("matter"); r.Path(RoleID) != "" || r.Role("id") != "" || r.Indexed("id") != nil {
		t.Error("a kind that there is not has roles")
	}
}

// TestWhatAnIndexIsMadeOf lists the fields of each member, the first choice first.
func TestWhatAnIndexIsMadeOf(t *testing.T) {
	const agency = "agency.id_norm agency.id"
	matter := map[IndexMember]string{IndexStatus: "status", IndexAgency: agency, IndexArea: "area.code", IndexDuePrecision: "due_precision",
		IndexUpdated: "updated_at", IndexDue: "due_at"}
	with := func(more map[IndexMember]string) map[IndexMember]string {
		all := maps.Clone(matter)
		maps.Copy(all, more)
		return all
	}
	for kind, want := range map[Kind]map[IndexMember]string{
		KindDocument: with(map[IndexMember]string{IndexTitle: "subject display", IndexCreated: "created_at received_at"}),
		KindTask: with(map[IndexMember]string{IndexTitle: "title content", IndexCreated: "created_at assigned_at", IndexFinished: "finished_at",
			IndexAgency: agency + " lead.agency.id_norm lead.agency.id"}),
		KindDossier: with(map[IndexMember]string{IndexTitle: "subject procedure.name", IndexCreated: "created_at submitted_at received_at",
			IndexFinished: "finished_at returned_at"}),
		KindFeedback: with(map[IndexMember]string{IndexTitle: "title content", IndexCreated: "created_at submitted_at received_at",
			IndexFinished: "resolved_at"}),
		KindObservation: {IndexTitle: "indicator.name indicator.code", IndexArea: "area.code",
			IndexCreated: "published_at", IndexUpdated: "published_at"},
		KindUnit:      {IndexTitle: "name", IndexArea: "code"},
		KindAgency:    {IndexTitle: "name", IndexAgency: "code_norm code"},
		KindProcedure: {IndexTitle: "name"},
		KindOps:       {IndexTitle: "text stream", IndexStatus: "state", IndexUpdated: "changed_at"},
	} {
		got := map[IndexMember][]string{}
		for path, indexed := range RolesOf(kind).indexed {
			for _, in := range indexed {
				list := append(got[in.Member], make([]string, max(0, int(in.Rank)-len(got[in.Member])))...)
				list[in.Rank-1] = path
				got[in.Member] = list
			}
		}
		for member := range indexMemberCount {
			if fields := strings.Join(got[member], " "); fields != want[member] {
				t.Errorf("%s of %s: %q, want %q", member.tag(), kind, fields, want[member])
			}
		}
	}
}

// TestTagsAreWellWritten: an index tag names members that there are, on fields
// that can hold them.
func TestTagsAreWellWritten(t *testing.T) {
	seen := 0
	var visit func(t2 reflect.Type)
	visit = func(t2 reflect.Type) {
		for i := range t2.NumField() {
			f := t2.Field(i)
			below, list := structBelow(f.Type)
			for part := range strings.FieldsSeq(f.Tag.Get("index")) {
				seen++
				name, _, _ := strings.Cut(part, ",")
				member := IndexMember(0)
				for ; member < indexMemberCount && member.tag() != name; member++ {
				}
				isTime := f.Type == reflect.TypeFor[Time]()
				if member == indexMemberCount || list || below == nil && isTime != (member >= IndexCreated) {
					t.Errorf("%s.%s: index %q", t2, f.Name, part)
				}
			}
			if below != nil {
				visit(below)
			}
		}
	}
	for _, kind := range Kinds() {
		visit(reflect.TypeOf(NewEntity(kind)).Elem())
	}
	if seen < 50 {
		t.Errorf("only %d tags", seen)
	}
}

// TestWhatBelongsTogetherStandsTogether: a norm and what the source wrote are
// made from the field right before them.
func TestWhatBelongsTogetherStandsTogether(t *testing.T) {
	before := map[Role]func(reflect.StructField) bool{
		RoleAgencyNorm:    func(f reflect.StructField) bool { return Role(f.Tag.Get("role")) == RoleAgencyID },
		RoleProcedureNorm: func(f reflect.StructField) bool { return Role(f.Tag.Get("role")) == RoleProcedureID },
		RoleRaw: func(f reflect.StructField) bool {
			return f.Tag.Get("codes") != "" || Role(f.Tag.Get("role")) == RoleStatus
		},
	}
	checked := map[Role]bool{}
	for _, s := range []any{Common{}, Agency{}, Procedure{}, Recipient{}, TaskUnit{}, Leg{}, AgencyRecord{}} {
		typ := reflect.TypeOf(s)
		for i := range typ.NumField() {
			role := Role(typ.Field(i).Tag.Get("role"))
			if fits := before[role]; fits != nil {
				checked[role] = true
				if i == 0 || !fits(typ.Field(i-1)) {
					t.Errorf("%s.%s does not follow its field", typ, typ.Field(i).Name)
				}
			}
		}
	}
	if len(checked) != len(before) {
		t.Errorf("checked only %v", checked)
	}
}

// renamed is a struct with every member called otherwise, all the way down.
func renamed(t reflect.Type) reflect.Type {
	switch {
	case t.Kind() == reflect.Pointer:
		return reflect.PointerTo(renamed(t.Elem()))
	case t.Kind() == reflect.Slice:
		return reflect.SliceOf(renamed(t.Elem()))
	case t.Kind() != reflect.Struct || t == reflect.TypeFor[Time]():
		return t
	}
	return reflect.StructOf(renamedFields(t))
}

func renamedFields(t reflect.Type) []reflect.StructField {
	var fields []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			fields = append(fields, renamedFields(f.Type)...)
			continue
		}
		tag := strings.Replace(string(f.Tag), `json:"`, `json:"neu_`, 1)
		fields = append(fields, reflect.StructField{Name: f.Name, Type: renamed(f.Type), Tag: reflect.StructTag(tag)})
	}
	return fields
}

func renamedPath(path string) string { return "neu_" + strings.ReplaceAll(path, ".", ".neu_") }

// TestARenamedMemberKeepsItsRole: nothing but the tag decides.
func TestARenamedMemberKeepsItsRole(t *testing.T) {
	for _, kind := range Kinds() {
		was, is := RolesOf(kind), readRoles(renamed(reflect.TypeOf(NewEntity(kind)).Elem()))
		if len(was.roles) < 2 || len(was.roles) != len(is.roles) || len(was.indexed) != len(is.indexed) {
			t.Errorf("%s: %d roles became %d, %d fields of the index became %d",
				kind, len(was.roles), len(is.roles), len(was.indexed), len(is.indexed))
		}
		for path, role := range was.roles {
			if got := is.Role(renamedPath(path)); got != role {
				t.Errorf("%s %s: %q became %q", kind, path, role, got)
			}
		}
		for path, indexed := range was.indexed {
			if got := is.Indexed(renamedPath(path)); !slices.Equal(got, indexed) {
				t.Errorf("%s %s: %v became %v", kind, path, indexed, got)
			}
		}
	}
}
