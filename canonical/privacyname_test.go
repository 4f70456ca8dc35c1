package canonical_test

import (
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
)

func TestANameIsHiddenInFreeTextToo(t *testing.T) {
	yes := true
	subject := "Cấp lại giấy phép cho NGUYỄN CÔNG KHÁNH (Nguyễn Công Khánh), không phải Nguyễn Công Khánhh"
	dossier := func(name string) *canonical.Dossier {
		d := &canonical.Dossier{Subject: subject, Applicant: &canonical.Applicant{Name: name}}
		d.Unread = []canonical.Unread{{Field: "rating", Raw: "Nguyen cong khanh: tốt"}}
		return d
	}
	d := dossier("Nguyễn Công Khánh")
	if !canonical.Protect(privacy.DefaultPolicy(), d) ||
		d.Subject != "Cấp lại giấy phép cho N. C. K. (N. C. K.), không phải Nguyễn Công Khánhh" ||
		d.Unread[0].Raw != "N. C. K.: tốt" || d.Applicant.Name != "N. C. K." {
		t.Errorf("masked: %+v %+v", d, d.Applicant)
	}
	if canonical.Protect(privacy.DefaultPolicy(), d) {
		t.Errorf("the second time changes: %+v", d)
	}
	drop := privacy.DefaultPolicy()
	drop[privacy.ClassName], drop[privacy.ClassFreeText] = privacy.ActionDrop, privacy.ActionKeep
	if d = dossier("Nguyễn Công Khánh"); !canonical.Protect(drop, d) || strings.Contains(d.Subject, "KHÁNH") ||
		strings.Contains(d.Subject, "N. C.") || !strings.Contains(d.Subject, "cho ••• (•••), không phải Nguyễn Công Khánhh") {
		t.Errorf("dropped: %q", d.Subject)
	}
	if d = dossier("Nguyễn Công Khánh"); canonical.Protect(privacy.KeepAll(), d) || d.Subject != subject {
		t.Errorf("kept: %q", d.Subject)
	}
	for _, name := range []string{"Khánh", "Người dân", "", "  "} {
		if d = dossier(name); true {
			canonical.Protect(privacy.DefaultPolicy(), d)
			if d.Subject != subject {
				t.Errorf("%q hides %q", name, d.Subject)
			}
		}
	}
	f := &canonical.Feedback{Anonymous: &yes, Title: "Tôi là Trần Thị Bé", Answer: &canonical.Answer{Content: "Chào bà TRẦN THỊ BÉ!"},
		Reporter: &canonical.Reporter{Name: "Trần Thị Bé"}}
	if !canonical.Protect(privacy.KeepAll(), f) || f.Title != "Tôi là •••" || f.Answer.Content != "Chào bà •••!" || f.Reporter != nil {
		t.Errorf("anonymous: %+v", f)
	}
}

// The engine and the policy know one name a record: a second field of the
// class needs both to be taught.
func TestARecordHasOneName(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		var names []string
		for path, class := range canonical.PersonalFields(kind) {
			if class == privacy.ClassName {
				names = append(names, path)
			}
		}
		want := map[canonical.Kind]string{canonical.KindDossier: "applicant.name", canonical.KindFeedback: "reporter.name"}[kind]
		if strings.Join(names, " ") != want {
			t.Errorf("%s: %v", kind, names)
		}
	}
}
