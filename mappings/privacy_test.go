package mappings

import (
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
)

const withName = `mapping: m
kind: feedback
fields:
  title: t
  content: {from: c, clean: lines}
  answer: {content: a}
  rating: {from: r, on_invalid: unread}
  attachments: [{name: f}]
  reporter: {name: {from: [n.full, n.short], clean: {cut_prefix: "Ông "}}, phone: p}
  anonymous: {from: x, default: "false"}
`

// The engine hides the reporter's name in free text exactly as the policy does.
func TestNamesInFreeText(t *testing.T) {
	payload := `{"t":"Ông NGUYỄN CÔNG KHÁNH kêu","c":"Tôi,\nnguyen cong khanh, 0912345678","a":"Kính gửi Nguyễn \"Công\" Khánh và Nguyễn  Công\u0020Khánh",
		"r":"Nguyễn Công Khánh","f":"Nguyễn Công Khánh.pdf","n":{"short":"Ông Nguyễn Công Khánh"},"p":"0912345678"`
	drop := privacy.DefaultPolicy()
	drop[privacy.ClassName], drop[privacy.ClassFreeText] = privacy.ActionDrop, privacy.ActionKeep
	for name, policy := range map[string]privacy.Policy{"default": privacy.DefaultPolicy(), "drop": drop, "keep": privacy.KeepAll()} {
		for mark, tail := range map[string]string{"named": "}", "anonymous": `,"x":true}`} {
			plan, err := Compile("m.yaml", []byte(withName), Env{Policy: policy})
			if err != nil {
				t.Fatal(err)
			}
			unmarked := strings.Replace(withName, "  anonymous: {from: x, default: \"false\"}\n", "", 1)
			keep, _ := Compile("m.yaml", []byte(unmarked), Env{Policy: privacy.KeepAll()})
			r, err := mapped(plan.Bind("s", "t"), payload+tail)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := mapped(keep.Bind("s", "t"), payload+tail)
			if err != nil {
				t.Fatal(err)
			}
			e, err := canonical.Decode(canonical.KindFeedback, whole.Body)
			if err != nil {
				t.Fatal(err)
			}
			anonymous := mark == "anonymous"
			e.(*canonical.Feedback).Anonymous = &anonymous
			canonical.Protect(policy, e)
			want, _ := canonical.Encode(e)
			if string(r.Body) != string(want) {
				t.Errorf("%s %s: engine\n%s\npolicy\n%s", name, mark, r.Body, want)
			}
			if kept := name == "keep" && !anonymous; kept == !strings.Contains(string(r.Body), "KHÁNH") || !kept && strings.Contains(string(r.Body)+r.Index.Title, "Công Khánh") {
				t.Errorf("%s %s: %s", name, mark, r.Body)
			}
		}
	}
}

// A matter that is anonymous by default is so before anything is written.
func TestAnonymousByDefault(t *testing.T) {
	text := strings.Replace(withName, `default: "false"`, `default: "true", on_invalid: unread`, 1)
	plan, err := Compile("m.yaml", []byte(text), Env{Policy: privacy.KeepAll()})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []string{`""`, `null`, `"có thể"`} {
		r, err := mapped(plan.Bind("s", "t"), `{"t":"a","n":{"full":"Trần Thị Bé"},"x":`+x+`}`)
		if err != nil || strings.Contains(string(r.Body), "reporter") || !strings.Contains(string(r.Body), `"anonymous":true`) {
			t.Errorf("%s: %v %s", x, err, r.Body)
		}
	}
}

// What a field could not read may be anything, also a number of somebody in a
// field for another thing: it is masked whatever the field's class is open to.
func TestNothingOfAPersonIsUnread(t *testing.T) {
	const text = `mapping: m
kind: feedback
on_invalid: unread
fields:
  title: t
  content: {from: c}
  submitted_at: s
  location.lat: lat
  reporter: {name: n, phone: p}
  status: {from: st, label_from: sn, codelist: {"1": new}}
`
	policies := map[string]privacy.Policy{}
	for _, name := range []string{"default", "open", "dropped"} {
		policies[name] = privacy.DefaultPolicy()
	}
	policies["open"][privacy.ClassPosition], policies["dropped"][privacy.ClassPhone] = privacy.ActionKeep, privacy.ActionDrop
	for _, number := range []string{`"0912345678"`, `912345678`, `84912345678`, `912345678.0`, `84912345678.0`,
		`"gọi 0912 345 678"`, `"Trần Thị Bé"`} {
		payload := strings.ReplaceAll(`{"t":"a","n":"Trần Thị Bé","c":X,"s":X,"lat":X,"st":X,"sn":X}`, "X", number)
		for name, policy := range policies {
			plan, err := Compile("m.yaml", []byte(text), Env{Policy: policy})
			if err != nil {
				t.Fatal(err)
			}
			r, err := mapped(plan.Bind("s", "t"), payload)
			if err != nil {
				t.Fatal(number, name, err)
			}
			for _, clear := range []string{"912345678", "912 345 678", "Thị Bé"} {
				if strings.Contains(string(r.Body), clear) {
					t.Errorf("%s %s: %s", number, name, r.Body)
				}
			}
			e, err := canonical.Decode(canonical.KindFeedback, r.Body)
			if err != nil || len(e.Base().Unread) != 2 {
				t.Errorf("%s %s: %v %s", number, name, err, r.Body)
			}
		}
	}
}
