package deploy_test

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// resources are the manifests that are applied, by kind and name.
func resources(t *testing.T) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, file := range texts(documents(t, "kubernetes/kustomization.yaml")[0]["resources"]) {
		for _, d := range documents(t, filepath.Join("kubernetes", file)) {
			all[fmt.Sprintf("%v/%v", d["kind"], at(d, "metadata/name"))] = d
		}
	}
	return all
}

func statefulSet(t *testing.T, role string) map[string]any {
	t.Helper()
	set := resources(t)["StatefulSet/gateway-"+role]
	if set == nil {
		t.Fatalf("no StatefulSet gateway-%s", role)
	}
	return set
}

func TestKustomizationIsWhole(t *testing.T) {
	k := documents(t, "kubernetes/kustomization.yaml")[0]
	named := append(texts(k["resources"]), "kustomization.yaml", "gateway.yaml", "secret.example.yaml")
	for _, path := range files(t) {
		if dir, name := filepath.Split(path); dir == "kubernetes/" && !slices.Contains(named, name) {
			t.Errorf("%s is not applied", path)
		}
	}
	if !reflect.DeepEqual(texts(at(k, "configMapGenerator/0/files")), []string{"gateway.yaml"}) {
		t.Error("gateway.yaml is in no ConfigMap")
	}
	for name, r := range resources(t) {
		if ns := at(r, "metadata/namespace"); r["kind"] != "Namespace" && ns != "city-gateway" {
			t.Errorf("%s: namespace %v", name, ns)
		}
		if r["kind"] == "Secret" {
			t.Errorf("%s is a secret in the repository", name)
		}
	}
}

func TestPods(t *testing.T) {
	for _, role := range []string{"work", "serve"} {
		set := statefulSet(t, role)
		pod := at(set, "spec/template/spec")
		for path, want := range map[string]any{
			"automountServiceAccountToken": false, "enableServiceLinks": false,
			"securityContext/runAsNonRoot": true, "securityContext/runAsUser": 65532, "securityContext/fsGroup": 65532,
			"securityContext/seccompProfile/type":                   "RuntimeDefault",
			"containers/0/securityContext/readOnlyRootFilesystem":   true,
			"containers/0/securityContext/allowPrivilegeEscalation": false,
			"containers/0/securityContext/capabilities/drop/0":      "ALL",
			"containers/0/startupProbe/httpGet/path":                "/livez",
			"containers/0/livenessProbe/httpGet/path":               "/livez",
			"containers/0/readinessProbe/httpGet/path":              "/readyz",
			"containers/0/image":                                    "iocgateway",
			"topologySpreadConstraints/0/topologyKey":               "kubernetes.io/hostname",
		} {
			if got := at(pod, path); !reflect.DeepEqual(got, want) {
				t.Errorf("gateway-%s: %s is %v, want %v", role, path, got, want)
			}
		}
		for _, path := range []string{"containers/0/resources/requests/cpu", "containers/0/resources/requests/memory",
			"containers/0/resources/limits/memory"} {
			if at(pod, path) == nil {
				t.Errorf("gateway-%s: no %s", role, path)
			}
		}
		// A page in hand: a minute; its run's end: ten seconds.
		if grace, _ := at(pod, "terminationGracePeriodSeconds").(int); grace < 80 {
			t.Errorf("gateway-%s: %d s are too few to stop in order", role, grace)
		}
		patience := at(pod, "containers/0/startupProbe")
		if at(patience, "failureThreshold").(int)*at(patience, "periodSeconds").(int) < 300 {
			t.Errorf("gateway-%s: killed before it could begin", role)
		}
		if at(set, "spec/replicas") != 2 || at(set, "spec/volumeClaimTemplates/0/metadata/name") != "data" ||
			at(set, "spec/serviceName") != "gateway-nodes" {
			t.Errorf("gateway-%s: replicas, view or name in the network", role)
		}
		mounts := map[any]any{}
		for _, m := range list(at(pod, "containers/0/volumeMounts")) {
			mounts[at(m, "mountPath")] = at(m, "name")
		}
		if want := map[any]any{"/data": "data", "/tmp": "tmp", "/etc/gateway": "config",
			"/run/secrets/gateway": "secrets"}; !reflect.DeepEqual(mounts, want) {
			t.Errorf("gateway-%s: mounts %v", role, mounts)
		}
	}
}

// TestRolesDifferInLittle: what is mended in one must be mended in the other.
func TestRolesDifferInLittle(t *testing.T) {
	text := func(role string) string {
		t := strings.ReplaceAll(read(t, "kubernetes/"+role+".yaml"), role, "ROLE")
		_, t, _ = strings.Cut(t, "\n") // what it is for
		return t
	}
	serve := text("serve")
	for _, own := range []string{
		"          lifecycle:\n            preStop: {sleep: {seconds: 5}} # until the Service sends nobody here any more; Kubernetes 1.30\n",
		"      # Deliveries in hand are passed on, readers are let go (10 s), the view is closed.\n"} {
		if !strings.Contains(serve, own) {
			t.Errorf("serve.yaml: no %q", own)
		}
		serve = strings.Replace(serve, own, "", 1)
	}
	work := strings.Replace(text("work"),
		"      # The page in hand is committed (a minute at most), its streams are handed over (under 2 s), the view is closed.\n", "", 1)
	if work != serve {
		t.Error("work.yaml and serve.yaml differ in more than their roles")
	}
}

func TestSelectorsMeetPods(t *testing.T) {
	all := resources(t)
	for _, role := range []string{"work", "serve"} {
		labels := at(statefulSet(t, role), "spec/template/metadata/labels")
		if budget := all["PodDisruptionBudget/gateway-"+role]; !reflect.DeepEqual(at(budget, "spec/selector/matchLabels"), labels) ||
			at(budget, "spec/maxUnavailable") != 1 {
			t.Errorf("gateway-%s has no disruption budget", role)
		}
		if !reflect.DeepEqual(at(statefulSet(t, role), "spec/selector/matchLabels"), labels) {
			t.Errorf("gateway-%s does not select its pods", role)
		}
	}
	if !reflect.DeepEqual(at(all["Service/gateway"], "spec/selector"), at(statefulSet(t, "serve"), "spec/template/metadata/labels")) {
		t.Error("the Service gateway leads elsewhere than to nodes that answer")
	}
	if nodes := all["Service/gateway-nodes"]; at(nodes, "spec/clusterIP") != "None" || at(nodes, "spec/publishNotReadyAddresses") != true {
		t.Error("the nodes do not find each other")
	}
}

func TestNetworkIsClosed(t *testing.T) {
	all := resources(t)
	closed := all["NetworkPolicy/default-deny"]
	if len(dict(at(closed, "spec/podSelector"))) != 0 ||
		!reflect.DeepEqual(texts(at(closed, "spec/policyTypes")), []string{"Ingress", "Egress"}) ||
		at(closed, "spec/ingress") != nil || at(closed, "spec/egress") != nil {
		t.Error("default-deny denies less than everything")
	}
	for _, name := range []string{"nodes-to-dns", "nodes-to-kafka-and-redis", "nodes-among-themselves", "ingress-to-serve",
		"prometheus-to-nodes", "work-to-sources"} {
		policy := all["NetworkPolicy/"+name]
		if policy == nil {
			t.Errorf("no NetworkPolicy %s", name)
		}
		for _, way := range []string{"ingress", "egress"} {
			for _, rule := range list(at(policy, "spec/"+way)) {
				if at(rule, "ports") == nil || at(rule, "from") == nil && at(rule, "to") == nil {
					t.Errorf("%s: a rule for everybody or every port", name)
				}
			}
		}
	}
	if dict(at(all["NetworkPolicy/work-to-sources"], "spec/podSelector/matchLabels"))["app.kubernetes.io/component"] != "work" {
		t.Error("nodes that only answer may ask sources")
	}
}

func TestSecretsOfKubernetes(t *testing.T) {
	example := dict(documents(t, "kubernetes/secret.example.yaml")[0]["stringData"])
	var keys []string
	for key, value := range example {
		keys = append(keys, key)
		if !strings.HasPrefix(fmt.Sprint(value), "THAY-BANG-") {
			t.Errorf("%s is no placeholder", key)
		}
	}
	if missing := lacking(append(references(t, "kubernetes/gateway.yaml"), "kafka-ca.crt"), keys); len(missing) > 0 {
		t.Errorf("the example lacks %v", missing)
	}
	if name := at(statefulSet(t, "work"), "spec/template/spec/volumes/2/secret/secretName"); name != "gateway-secrets" {
		t.Errorf("the pods mount %v", name)
	}
}

func TestKustomize(t *testing.T) {
	out, err := tool(t, "kubernetes", "kubectl", "kustomize", ".")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, must := range []string{"image: registry.example.vn/iocgateway:", "name: gateway-config-", "kind: NetworkPolicy"} {
		if !strings.Contains(out, must) {
			t.Errorf("no %s", must)
		}
	}
}
