package canonical_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

func TestPersonalFields(t *testing.T) {
	want := map[string]privacy.DataClass{
		"attachments[].name": "free_text", "title": "free_text", "content": "free_text",
		"location.address": "address", "location.lat": "position", "location.lon": "position",
		"reporter.name": "name", "reporter.phone": "phone", "reporter.email": "email",
		"reporter.personal_id": "personal_id", "reporter.address": "address",
		"answer.content": "free_text", "steps[].content": "free_text",
	}
	got := canonical.PersonalFields(canonical.KindFeedback)
	if !maps.Equal(got, want) {
		t.Errorf("feedback: %v", got)
	}
	got["title"] = "image"
	if canonical.PersonalFields(canonical.KindFeedback)["title"] != "free_text" {
		t.Error("a caller could write into the paths")
	}
	for _, kind := range canonical.Kinds() {
		n := 0
		tagged(reflect.TypeOf(canonical.NewEntity(kind)), "pii", func(_ reflect.Type, f reflect.StructField) {
			n++
			class := privacy.DataClass(f.Tag.Get("pii"))
			if class.Title(problem.Vietnamese) == string(class) {
				t.Errorf("%s: no class %s", f.Name, class)
			}
		})
		if n != len(canonical.PersonalFields(kind)) {
			t.Errorf("%s: %d tags, %d paths", kind, n, len(canonical.PersonalFields(kind)))
		}
	}
}

func feedback() *canonical.Feedback {
	lat, lon, yes := 15.120534, 108.792345, true
	return &canonical.Feedback{
		Common: canonical.Common{
			Attachments: []canonical.Attachment{{Name: "anh 0912345412.jpg"}},
			Unread: []canonical.Unread{{Field: "reporter.phone", Raw: "0912345412 (con)", Code: "GW-M001"},
				{Field: "sort", Raw: "gọi 0912345412", Code: "GW-M002"}},
		},
		Content:   "Ổ gà trước nhà, gọi 0912345412",
		Location:  &canonical.Location{Address: "12 Nguyễn Trãi, Phường Kon Tum", Lat: &lat, Lon: &lon},
		Reporter:  &canonical.Reporter{Name: "Nguyễn Văn An", Phone: "0912345412"},
		Anonymous: &yes,
	}
}

func TestApplyDefault(t *testing.T) {
	f := feedback()
	f.Anonymous = nil
	if !canonical.Protect(privacy.DefaultPolicy(), f) {
		t.Error("nothing changed")
	}
	for what, pair := range map[string][2]string{
		"name":       {f.Reporter.Name, "N. V. A."},
		"phone":      {f.Reporter.Phone, "09•• ••• 412"},
		"content":    {f.Content, "Ổ gà trước nhà, gọi 09•• ••• 412"},
		"attachment": {f.Attachments[0].Name, "anh 09•• ••• 412.jpg"},
		"address":    {f.Location.Address, "•••, Phường Kon Tum"},
		"unread":     {f.Unread[0].Raw, "09•• ••• 412"},
		"unread 2":   {f.Unread[1].Raw, "gọi 09•• ••• 412"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if *f.Location.Lat != 15.121 || *f.Location.Lon != 108.792 {
		t.Errorf("position: %v %v", *f.Location.Lat, *f.Location.Lon)
	}
	if canonical.Protect(privacy.DefaultPolicy(), f) {
		t.Error("a second time changed something")
	}
	d := &canonical.Dossier{Applicant: &canonical.Applicant{Birth: "1990-05-12"}}
	canonical.Protect(privacy.Policy{privacy.ClassBirth: privacy.ActionMask}, d)
	if d.Applicant.Birth != "" {
		t.Errorf("a masked date: %s", d.Applicant.Birth)
	}
}

func TestApplyAnonymous(t *testing.T) {
	f := feedback()
	canonical.Protect(privacy.KeepAll(), f)
	if f.Reporter != nil {
		t.Error("an anonymous reporter stayed")
	}
	if strings.Contains(f.Content, "0912345412") || strings.Contains(f.Attachments[0].Name, "0912345412") {
		t.Error("the phone number of an anonymous reporter stayed in the text")
	}
	if body, err := canonical.Encode(f); err != nil || strings.Contains(string(body), "Nguyễn Văn An") {
		t.Errorf("%v %s", err, body)
	}
	open := feedback()
	open.Anonymous = nil
	if canonical.Protect(privacy.KeepAll(), open) {
		t.Error("keeping all changed something")
	}
}
