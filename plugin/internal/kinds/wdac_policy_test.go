package kinds_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	policyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	onePolicy    = "format = \"single\"\nsource = \"files/a.p7b\"\nsha256 = \"" + policyDigest + "\"\n"
	cipPolicy    = "format = \"multiple\"\nguid = \"5951a96a-e0b5-4d3d-8fb8-3e5b61030784\"\nsource = \"files/a.cip\"\nsha256 = \"" + policyDigest + "\"\n"
)

func TestWDACPolicyDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{strings.Replace(onePolicy, "single", "one", 1), "Unsupported format", `"one"`, "multiple"},
		{strings.Replace(cipPolicy, "5951a96a", "{5951a96a", 1), "Missing policy id", `"{5951a96a-e0b5-4d3d-8fb8-3e5b61030784"`, "PolicyID"},
		{onePolicy + `guid = "5951a96a-e0b5-4d3d-8fb8-3e5b61030784"`, "Policy id without a use", `"5951a96a-e0b5-4d3d-8fb8-3e5b61030784"`, "multiple"},
		{strings.Replace(onePolicy, "a.p7b", "a.xml", 1), "Policy that is not compiled", `"files/a.xml"`, "ConvertFrom-CIPolicy"},
		{strings.Replace(onePolicy, "files/", "../", 1), "Illegal source path", `"../a.p7b"`, ""},
		{strings.Replace(onePolicy, "e3b0", "", 1), "Missing or malformed digest", `"` + policyDigest[4:] + `"`, "sha256sum"},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) { oneProblem(t, "wdac_policy", tt.body, tt.summary, tt.at, tt.detail) })
	}
}

func TestWDACPolicyPlaces(t *testing.T) {
	for body, want := range map[string]setting.Location{
		onePolicy: `file:\Windows\System32\CodeIntegrity\SIPolicy.p7b`,
		cipPolicy: `file:\Windows\System32\CodeIntegrity\CiPolicies\Active\{5951A96A-E0B5-4D3D-8FB8-3E5B61030784}.cip`,
	} {
		spec := mustDecode(t, "wdac_policy", body)
		if got := spec.Claims(base)[0].Location; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
			t.Errorf("after its own ops: %+v", v)
		}
	}
}

// Before 1903 there is one place for a policy, from 1903 on one for each id.
func TestSeveralWDACPolicies(t *testing.T) {
	other := strings.NewReplacer("5951a96a", "6951a96a", "e3b0", "e3b1").Replace(cipPolicy)
	for build, want := range map[string]bool{"14393.0": true, "17763.1": true, "18362.1": false, "19044.1288": false} {
		b := setting.Base{Build: build}
		collide := false
		for _, x := range mustDecode(t, "wdac_policy", cipPolicy).Claims(b) {
			for _, y := range mustDecode(t, "wdac_policy", other).Claims(b) {
				collide = collide || x.Location.Same(y.Location) && x.Value != y.Value
			}
		}
		if collide != want {
			t.Errorf("build %s: collision %v, want %v", build, collide, want)
		}
	}
	one, two := mustDecode(t, "wdac_policy", onePolicy), mustDecode(t, "wdac_policy", strings.Replace(onePolicy, "e3b0", "e3b1", 1))
	if got := meeting(one, two); got != "collide" {
		t.Errorf("two single policies: %s, want collide", got)
	}
	if got := two.(setting.Comparer).Compare(one); got != setting.Unknown {
		t.Errorf("another policy: %s", got)
	}
}
