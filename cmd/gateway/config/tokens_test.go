package config

import (
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// One secret under two roles is refused with the place of both; under one role
// it is what it always was.
func TestOneSecretHasOneRole(t *testing.T) {
	text := func(second string) []byte {
		return []byte(`http:
  tokens:
    - {name: a, role: viewer, secret: "${env:ONE}"}
    - {name: b, role: operator, secret: "${env:TWO}"}
    - {name: c, role: ` + second + `, secret: "${env:ONE}"}
`)
	}
	env := []string{"ONE=0123456789-0123456789", "TWO=9876543210-9876543210"}
	if _, err := Load("g.yaml", text("viewer"), env, nil); err != nil {
		t.Errorf("one role twice: %v", err)
	}
	_, err := Load("g.yaml", text("admin"), env, nil)
	found, _ := problem.All(err)
	if len(found) != 1 || found[0].Code != "GW-C031" || found[0].Place() != "g.yaml:5:38" || !strings.Contains(found[0].Near, "g.yaml:3:39") {
		t.Fatalf("%v", err)
	}
	if strings.Contains(err.Error()+found[0].Value, "0123456789") {
		t.Error("the token is shown")
	}
}
