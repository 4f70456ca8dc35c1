package deploy_test

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func services(t *testing.T) map[string]any {
	t.Helper()
	all := dict(documents(t, "compose/compose.yaml")[0]["services"])
	if len(all) != 9 {
		t.Fatalf("%d services", len(all))
	}
	return all
}

// isNode: the gateway's own image brings its healthcheck with it.
func isNode(service any) bool { return at(service, "build") != nil }

func TestComposeServices(t *testing.T) {
	if !strings.Contains(read(t, "Dockerfile"), `CMD ["/gateway", "ready"]`) {
		t.Error("the image has no healthcheck")
	}
	for name, s := range services(t) {
		for _, key := range []string{"restart", "logging", "deploy/resources/limits/memory", "deploy/resources/limits/cpus",
			"deploy/resources/limits/pids", "networks"} {
			if at(s, key) == nil {
				t.Errorf("%s: no %s", name, key)
			}
		}
		if at(s, "cap_drop/0") != "ALL" || at(s, "security_opt/0") != "no-new-privileges:true" || at(s, "privileged") != nil {
			t.Errorf("%s has more rights than it needs", name)
		}
		if at(s, "healthcheck/test") == nil && !isNode(s) {
			t.Errorf("%s: no healthcheck", name)
		}
		for _, port := range texts(at(s, "ports")) {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: %s is open to everybody: there is no TLS", name, port)
			}
		}
		if isNode(s) && (at(s, "read_only") != true || at(s, "stop_grace_period") != "90s" ||
			!strings.HasPrefix(fmt.Sprint(at(s, "tmpfs/0")), "/tmp:")) {
			t.Errorf("%s: not read-only, without /tmp or stopped too early", name)
		}
	}
}

func TestComposeNodes(t *testing.T) {
	roles, ports := map[any]int{}, map[string]bool{}
	for name, s := range services(t) {
		if !isNode(s) {
			continue
		}
		roles[at(s, "environment/IOCGATEWAY_NODE__ROLES")]++
		if at(s, "environment/IOCGATEWAY_NODE__NAME") != name || at(s, "environment/IOCGATEWAY_NODE__URL") != "http://"+name+":8080" {
			t.Errorf("%s is called something else", name)
		}
		if volumes := texts(at(s, "volumes")); !slices.Equal(volumes, []string{name + ":/data"}) {
			t.Errorf("%s: data in %v", name, volumes)
		}
		for _, port := range texts(at(s, "ports")) {
			if ports[port] {
				t.Errorf("%s: %s twice", name, port)
			}
			ports[port] = true
		}
		if missing := lacking(references(t, "compose/gateway.yaml"), texts(at(s, "secrets"))); len(missing) > 0 {
			t.Errorf("%s is not given %v", name, missing)
		}
	}
	if roles["work"] != 2 || roles["serve"] != 2 {
		t.Errorf("roles: %v", roles)
	}
	for _, network := range []string{"backend", "watch"} {
		if at(documents(t, "compose/compose.yaml")[0], "networks/"+network+"/internal") != true {
			t.Errorf("%s is not closed", network)
		}
	}
}

func lacking(want, has []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(s string) bool { return slices.Contains(has, s) })
}

func TestKafkaIsTheOneThatIsTested(t *testing.T) {
	var pom struct {
		Version string `xml:"properties>kafka.version"`
	}
	if err := xml.Unmarshal([]byte(read(t, "dev/pom.xml")), &pom); err != nil || pom.Version == "" {
		t.Fatalf("pom.xml: %v", err)
	}
	if image := at(services(t)["kafka"], "image"); image != "apache/kafka:"+pom.Version {
		t.Errorf("compose has %v, the tests run on %s", image, pom.Version)
	}
}

func TestKafkaAndRedisAreSetRight(t *testing.T) {
	kafka, redis := "\n"+read(t, "compose/kafka/server.properties"), "\n"+read(t, "compose/redis/redis.conf")
	for _, must := range []string{"process.roles=broker,controller", "auto.create.topics.enable=false", "unclean.leader.election.enable=false",
		"log.flush.interval.messages=1", "log.dirs=/var/lib/kafka/data", "advertised.listeners=PLAINTEXT://kafka:9092"} {
		if !strings.Contains(kafka, "\n"+must+"\n") {
			t.Errorf("server.properties: no %s", must)
		}
	}
	for _, must := range []string{"maxmemory-policy noeviction", "appendonly yes"} {
		if !strings.Contains(redis, "\n"+must+"\n") {
			t.Errorf("redis.conf: no %s", must)
		}
	}
	if strings.Contains(redis, "\nrequirepass") {
		t.Error("redis.conf holds the password")
	}
}

// TestSecretsAreMade runs the script: all that is mounted is there, once.
func TestSecretsAreMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "make"), []byte(read(t, "compose/secrets/make")), 0o755); err != nil { //nolint:gosec // a script
		t.Fatal(err)
	}
	var before map[string]string
	for range 2 {
		if out, err := exec.CommandContext(t.Context(), filepath.Join(dir, "make")).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		now := map[string]string{}
		for name := range dict(documents(t, "compose/compose.yaml")[0]["secrets"]) {
			if now[name] = read(t, filepath.Join(dir, name)); len(now[name]) < 40 || strings.ContainsAny(now[name], "\n \"'$") {
				t.Errorf("%s: %d characters, or some that need quoting", name, len(now[name]))
			}
		}
		if before != nil && !maps.Equal(before, now) {
			t.Error("a secret was made anew")
		}
		before = now
	}
	if info, err := os.Stat(dir); err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Errorf("the folder is open: %v %v", info.Mode(), err)
	}
}

func TestComposeConfig(t *testing.T) {
	if out, err := tool(t, "compose", "docker", "compose", "version"); err != nil {
		t.Skipf("docker has no compose here: compose.yaml was only read as YAML (%s)", strings.TrimSpace(out))
	}
	if out, err := tool(t, "compose", "docker", "compose", "config", "--quiet"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
