package push_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// FuzzSignature: headers are a stranger's text. Whatever they hold, a delivery
// whose body was not signed with one of our secrets is refused with 401.
func FuzzSignature(f *testing.F) {
	for _, seed := range [][3]string{{"", "", ""}, {"evt_1", "1772438400", "v1,AAAA"}, {"evt_1", "1772438400", "v1, v1,=== v2,AA v1a,x"},
		{"a.b", "-1", "v1"},
		{"evt_1", "99999999999999999999", strings.Repeat("v1,AAAA ", 40)}, {"\x00", " 1772438400 ", "sha256=00"}, {"x", "1e9", "sha256="},
		{"y", "0x5", "SHA256=zz"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	hooks := mustOpen(f, hook)
	plain := mustOpen(f, strings.Replace(hook, `{kind: standard-webhooks, secrets: ["${env:NEW}", "${env:OLD}"]}`, `{kind: hmac-header, secrets: "${env:TOKEN}", prefix: "sha256="}`, 1))
	f.Fuzz(func(t *testing.T, id, stamp, signature string) {
		r := httptest.NewRequest(http.MethodPost, "/in/tongdai/calls", strings.NewReader(good))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {id}, "Webhook-Timestamp": {stamp},
			"Webhook-Signature": {signature}, "X-Signature": {signature}, "Authorization": {signature}}
		for name, src := range map[string]adapters.Receiver{"hook": hooks, "plain": plain} {
			_, err := src.Receive(r)
			if status(err) != http.StatusUnauthorized {
				t.Fatalf("%s: %q, %q, %q: %v", name, id, stamp, signature, err)
			}
			if p, ok := problem.As(err); !ok || p.Text(problem.Vietnamese) == p.Code {
				t.Fatalf("no words for %v", err)
			}
			if strings.Contains(err.Error(), newKey) || strings.Contains(err.Error(), oldKey) {
				t.Fatalf("a secret is shown: %v", err)
			}
		}
	})
}
