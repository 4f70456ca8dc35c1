package mappings

import (
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/vntext"
)

// What is known changes nothing of what comes out, and stays bounded whatever
// a source sends.
func TestKnownIsBounded(t *testing.T) {
	k := newKnown()
	for i := range 3 * maxNorms {
		id := "H48." + itoa(i%10_000)
		for range 2 {
			want, _ := canonical.NormAgency(id)
			if got := k.agency([]byte(id)); got != want {
				t.Fatalf("%s: %q, want %q", id, got, want)
			}
			if got := k.unit(twoDays{}, []byte("Xã Đông"), id, "2026-01-01"); got != "3" {
				t.Fatalf("%s: unit %q", id, got)
			}
			name := "Năm " + itoa(i)
			if got := k.period([]byte(name), nil); got != vntext.ParsePeriod(name, "") {
				t.Fatalf("%s: %+v", name, got)
			}
		}
		k.word([]byte(id))
		k.procedure([]byte(id))
	}
	for name, n := range map[string]int{"agencies": len(k.agencies), "procedures": len(k.procedures), "words": len(k.words),
		"places": len(k.places), "periods": len(k.periods)} {
		if n != maxNorms {
			t.Errorf("%s: %d are kept", name, n)
		}
	}
	if long := strings.Repeat("x", 1000); k.word([]byte(long)) != "" || k.unit(twoDays{}, []byte(long), "", "2026-01-01") != "" ||
		k.unit(twoDays{}, []byte("Xã Đông"), "", "") != "" {
		t.Error("a long text, or a unit without its day, is looked up")
	}
}

func TestInsertPutsUnreadInItsPlace(t *testing.T) {
	keys := envelopeOf(kindField(canonical.KindDossier))
	for _, c := range []struct {
		unread []canonical.Unread
		noZone bool
		want   string
	}{
		{nil, true, `{"id":"x","notes":["zone_assumed"],"subject":"a"}`},
		{[]canonical.Unread{{Field: "due_at", Raw: `"`, Code: "GW-M111"}}, false,
			`{"id":"x","unread":[{"field":"due_at","raw":"\"","code":"GW-M111"}],"subject":"a"}`},
		{[]canonical.Unread{{Field: "a", Raw: "b", Code: "c"}, {Field: "d", Raw: "e", Code: "f"}}, true,
			`{"id":"x","unread":[{"field":"a","raw":"b","code":"c"},{"field":"d","raw":"e","code":"f"}],"notes":["zone_assumed"],"subject":"a"}`},
	} {
		o := output{dst: []byte(`{"id":"x","subject":"a"}`), cut: len(`{"id":"x"`)}
		o.insert(&keys, c.unread, c.noZone, nil)
		if string(o.dst) != c.want {
			t.Errorf("got %s, want %s", o.dst, c.want)
		}
	}
}

func TestNotedIsChecked(t *testing.T) {
	observation, agency := checksOf(kindField(canonical.KindObservation)), checksOf(kindField(canonical.KindAgency))
	dossier := checksOf(kindField(canonical.KindDossier))
	for _, c := range []struct {
		checks *checks
		noted  noted
		want   string // code and field
	}{
		{&observation, noted{value: true}, ""}, {&observation, noted{missing: true}, ""},
		{&observation, noted{}, "GW-V001 missing"}, {&observation, noted{value: true, missing: true}, "GW-V010 missing"},
		{&observation, noted{value: true, first: "2026-01-01", last: "2026-01-01"}, ""},
		{&observation, noted{value: true, first: "2026-01-02", last: "2026-01-01"}, "GW-V007 period.end"},
		{&agency, noted{first: "2026-01-01", last: "2026-01-01"}, "GW-V007 valid_to"},
		{&agency, noted{first: "2026-01-01", last: "2026-01-02"}, ""}, {&agency, noted{last: "2026-01-02"}, ""}, {&dossier, noted{}, ""},
	} {
		got := ""
		if p := c.noted.check(c.checks); p != nil {
			got = p.Code + " " + p.Field
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.noted, got, c.want)
		}
	}
}

// The index takes the first choice that has a value, in whatever order the
// fields come.
func TestCapturesTakeTheFirstChoice(t *testing.T) {
	of := kindField(canonical.KindDossier)
	created, submitted := &node{field: of.member("created_at")}, &node{field: of.member("submitted_at")}
	at := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, order := range [][]*node{{created, submitted}, {submitted, created}} {
		var c captures
		for _, n := range order {
			c.time(n, at.Add(time.Duration(len(n.name))))
		}
		if got := c.of(at); !got.CreatedAt.Equal(at.Add(time.Duration(len("created_at")))) || !got.UpdatedAt.Equal(at) {
			t.Errorf("%+v", got)
		}
	}
}

// Free text of an anonymous matter is treated even where the policy keeps it.
func TestProtectionOfAnAnonymousMatter(t *testing.T) {
	p := protection{policy: privacy.KeepAll(), anonymous: true}
	n := &node{field: &field{class: privacy.ClassFreeText}, action: privacy.ActionKeep}
	name := &node{field: &field{class: privacy.ClassName}, action: privacy.ActionKeep}
	if !p.hides(name) {
		t.Fatal("the name need not be known")
	}
	p.hide([]byte("Lê Lan"))
	if got, _ := p.text(n, []byte("Tôi là LÊ LAN, 0912345678"), true); string(got) != "Tôi là •••, 09•• ••• 678" {
		t.Errorf("got %s", got)
	}
	if got := p.unread(&node{field: &field{}}, "LÊ LAN 0912345678"); got != "••• 09•• ••• 678" {
		t.Errorf("unread %s", got)
	}
	p.reset()
	if got, quick := p.text(n, []byte("Lê Lan"), true); string(got) != "Lê Lan" || !quick || p.hides(name) {
		t.Errorf("it is remembered: %s", got)
	}
}
