package canonical_test

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// problemsOf takes a joined error apart.
func problemsOf(t *testing.T, err error) []*problem.Problem {
	t.Helper()
	all, rest := problem.All(err)
	if len(rest) > 0 {
		t.Fatalf("%v are no Problems", rest)
	}
	return all
}

func TestValidateFinds(t *testing.T) {
	dossier := func(change func(*canonical.Dossier)) canonical.Entity {
		d := filled(t, canonical.KindDossier).(*canonical.Dossier)
		change(d)
		return d
	}
	observation := func(change func(*canonical.Observation)) canonical.Entity {
		o := filled(t, canonical.KindObservation).(*canonical.Observation)
		change(o)
		return o
	}
	ten := 1000.0
	for _, c := range []struct {
		name, code, field, value string
		entity                   canonical.Entity
	}{
		{"no id", "GW-V001", "id", "", dossier(func(d *canonical.Dossier) { d.ID = "" })},
		{"id without form", "GW-V009", "id", "abc", dossier(func(d *canonical.Dossier) { d.ID = "abc" })},
		{"id of another kind", "GW-V008", "id", "task", dossier(func(d *canonical.Dossier) { d.ID = "task:a:b" })},
		{"other kind", "GW-V008", "kind", "task", dossier(func(d *canonical.Dossier) { d.Kind = "task" })},
		{"area without a day", "GW-V001", "area.on", "", dossier(func(d *canonical.Dossier) { d.Area.On = "" })},
		{"day that is none", "GW-V003", "area.on", "2026-02-30", dossier(func(d *canonical.Dossier) { d.Area.On = "2026-02-30" })},
		{"status of another kind", "GW-V002", "status", "resolved", dossier(func(d *canonical.Dossier) { d.Status = "resolved" })},
		{"status of a leg", "GW-V002", "legs[1].status", "finish", dossier(func(d *canonical.Dossier) { d.Legs[1].Status = "finish" })},
		{"leg without system", "GW-V001", "legs[0].system", "", dossier(func(d *canonical.Dossier) { d.Legs[0].System = "" })},
		{"channel", "GW-V002", "channel", "onlne", dossier(func(d *canonical.Dossier) { d.Channel = "onlne" })},
		{"amount", "GW-V005", "fees[1].amount", "1.000,5", dossier(func(d *canonical.Dossier) { d.Fees[1].Amount = "1.000,5" })},
		{"hash", "GW-V006", "attachments[0].sha256", "xyz", dossier(func(d *canonical.Dossier) { d.Attachments[0].SHA256 = "xyz" })},
		{"birth is never shown", "GW-V003", "applicant.birth", "", dossier(func(d *canonical.Dossier) { d.Applicant.Birth = "04/03/1990" })},
		{"link", "GW-V002", "links[0].rel", "sameas", dossier(func(d *canonical.Dossier) { d.Links[0].Rel = "sameas" })},
		{"link kind", "GW-V008", "links[0].kind", "matter", dossier(func(d *canonical.Dossier) { d.Links[0].Kind = "matter" })},
		{"period", "GW-V007", "period.end", "2026-01-01", observation(func(o *canonical.Observation) { o.Period.End = "2026-01-01" })},
		{"no value, no reason", "GW-V001", "missing", "", observation(func(o *canonical.Observation) { o.Value = nil })},
		{"value and reason", "GW-V010", "missing", "nil", observation(func(o *canonical.Observation) { o.Missing = "nil" })},
		{"flag", "GW-V002", "flags[1]", "sb", observation(func(o *canonical.Observation) { o.Flags[1] = "sb" })},
		{"percent", "GW-V004", "progress.percent", "1000", func() canonical.Entity {
			k := filled(t, canonical.KindTask).(*canonical.Task)
			k.Progress.Percent = &ten
			return k
		}()},
		{"latitude is never shown", "GW-V004", "location.lat", "", func() canonical.Entity {
			k := filled(t, canonical.KindFeedback).(*canonical.Feedback)
			k.Location.Lat = &ten
			return k
		}()},
		{"ends before it begins", "GW-V007", "valid_to", "2026-03-04", func() canonical.Entity {
			u := filled(t, canonical.KindUnit).(*canonical.Unit)
			u.ValidTo = u.ValidFrom
			return u
		}()},
	} {
		found := problemsOf(t, canonical.Validate(c.entity))
		if len(found) != 1 {
			t.Errorf("%s: %d problems: %v", c.name, len(found), found)
			continue
		}
		if p := found[0]; p.Code != c.code || p.Field != c.field || p.Value != c.value {
			t.Errorf("%s: %s %q %q, want %s %q %q", c.name, p.Code, p.Field, p.Value, c.code, c.field, c.value)
		}
	}
	near := problemsOf(t, canonical.Validate(dossier(func(d *canonical.Dossier) { d.Channel = "onlne" })))
	if near[0].Near != "online" {
		t.Errorf("closest to onlne is %q", near[0].Near)
	}
}

func TestValidateManyAtOnce(t *testing.T) {
	d := filled(t, canonical.KindDossier).(*canonical.Dossier)
	d.ID, d.Status, d.Fees[0].Amount = "", "x", "y"
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if n := len(problemsOf(t, canonical.Validate(d))); n != 3 {
					t.Errorf("%d problems, want 3", n)
				}
			}
		})
	}
	group.Wait()
	if canonical.Validate(nil) == nil || canonical.Validate((*canonical.Task)(nil)) == nil {
		t.Error("nothing is valid")
	}
}

// TestValidationWords: every code has words and hints in both languages, and
// names no placeholder that does not exist.
func TestValidationWords(t *testing.T) {
	n := 0
	for code, text := range problem.Codes() {
		if !strings.HasPrefix(code, "GW-V") {
			continue
		}
		n++
		if text.VI == "" || text.EN == "" || (text.HintVI == "") != (text.HintEN == "") {
			t.Errorf("%s has words in one language only", code)
		}
		p := &problem.Problem{Code: code, Field: "f", Value: "v", Want: "w", Near: "n", Err: errors.New("e")}
		for _, lang := range []problem.Lang{problem.Vietnamese, problem.English} {
			if s := p.Text(lang) + p.Hint(lang); strings.ContainsAny(s, "{}") {
				t.Errorf("%s: a placeholder stands in %q", code, s)
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d codes", n)
	}
}

func TestEncodeIsStable(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		e := filled(t, kind)
		body, err := canonical.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(body); strings.HasSuffix(s, "\n") || !strings.Contains(s, "Quảng Ngãi & <b>") {
			t.Errorf("%s: escaped or ended by a newline: %s", kind, s)
		}
		back, err := canonical.Decode(kind, body)
		if err != nil {
			t.Fatal(err)
		}
		again, err := canonical.Encode(back)
		if err != nil || string(again) != string(body) {
			t.Errorf("%s: not the same after a round (%v):\n%s\n%s", kind, err, body, again)
		}
		if back.RecordKind() != kind {
			t.Errorf("%s came back as %s", kind, back.RecordKind())
		}
	}
}

func TestEncodeRefusesBrokenText(t *testing.T) {
	for text, bad := range map[string]bool{"H\xe0 N\xf4i": true, "� stood there": false, `\ufffd`: false, "\\\xff": true} {
		_, err := canonical.Encode(&canonical.Task{Title: text})
		if (err != nil) != bad {
			t.Errorf("%q: %v", text, err)
		}
	}
	far := &canonical.Task{AssignedAt: canonical.Time{}}
	far.AssignedAt.Time = far.AssignedAt.AddDate(12000, 0, 0)
	if _, err := canonical.Encode(far); err == nil {
		t.Error("a year nobody can read again was written")
	}
}

func TestDecodeErrorsShowNoValue(t *testing.T) {
	for _, body := range []string{`{"due_at":"Nguyễn Văn A 0912345678"}`, `{"subject":12345678901}`, `{"subject":"x"`, `[]`} {
		_, err := canonical.Decode(canonical.KindDossier, []byte(body))
		p, ok := problem.As(err)
		if !ok || p.Code != "GW-V011" {
			t.Fatalf("%s: %v", body, err)
		}
		if s := p.Error(); strings.Contains(s, "0912345678") || strings.Contains(s, "12345678901") {
			t.Errorf("the value is shown: %s", s)
		}
	}
	if _, err := canonical.Decode("matter", []byte(`{}`)); err == nil {
		t.Error("an unknown kind was decoded")
	}
	if _, err := canonical.Decode(canonical.KindTask, []byte(`{"new_member":1}`)); err != nil {
		t.Errorf("a member of a later version: %v", err)
	}
}

// TestIndexCountsEveryCodedField sets each coded field to unknown in turn:
// forgetting one in IndexOf would show something unknown as good.
func TestIndexCountsEveryCodedField(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		tagged(reflect.TypeOf(canonical.NewEntity(kind)), "codes", func(owner reflect.Type, f reflect.StructField) {
			e := canonical.NewEntity(kind)
			n := setUnknown(reflect.ValueOf(e).Elem(), owner, f.Name)
			if got := canonical.IndexOf(e, canonical.Time{}.Time).Unknown; n == 0 || got != n {
				t.Errorf("%s %s.%s: %d unknown, counted %d", kind, owner, f.Name, n, got)
			}
		})
		e := filled(t, kind)
		if base := e.Base(); base != nil {
			base.Status = canonical.StatusUnknown
			if got := canonical.IndexOf(e, base.DueAt.Time); got.Unknown != 1 || got.Title == "" || got.DueAt.IsZero() {
				t.Errorf("%s: %+v", kind, got)
			}
		}
	}
}

// setUnknown builds the way to a field and sets it to unknown; it gives how
// many values it set.
func setUnknown(v reflect.Value, owner reflect.Type, name string) int {
	n := 0
	for i := range v.NumField() {
		field, t := v.Field(i), v.Type().Field(i).Type
		if v.Type() == owner && v.Type().Field(i).Name == name {
			if t.Kind() == reflect.Slice {
				field.Set(reflect.ValueOf([]string{"unknown"}))
			} else {
				field.SetString("unknown")
			}
			return n + 1
		}
		switch elem := t; {
		case t == reflect.TypeFor[canonical.Time]():
		case t.Kind() == reflect.Struct:
			n += setUnknown(field, owner, name)
		case t.Kind() == reflect.Slice && elem.Elem().Kind() == reflect.Struct:
			list := reflect.MakeSlice(t, 1, 1)
			if k := setUnknown(list.Index(0), owner, name); k > 0 {
				field.Set(list)
				n += k
			}
		case t.Kind() == reflect.Pointer && elem.Elem().Kind() == reflect.Struct:
			below := reflect.New(elem.Elem())
			if k := setUnknown(below.Elem(), owner, name); k > 0 {
				field.Set(below)
				n += k
			}
		}
	}
	return n
}

func TestATitleIsCut(t *testing.T) {
	f := &canonical.Feedback{Content: strings.Repeat("ộ", 5000)}
	if got := []rune(canonical.IndexOf(f, canonical.Time{}.Time).Title); len(got) != 1000 {
		t.Errorf("a title of %d characters", len(got))
	}
}
