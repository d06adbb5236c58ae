package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const processCreation = "{0cce922b-69ae-11d9-bed3-505054503030}"

func auditPolicy(subcategory, events string) string {
	return "subcategory = \"" + subcategory + "\"\nevents = " + events
}

func TestAuditPolicyDiagnostics(t *testing.T) {
	both := `["success", "failure"]`
	tests := []struct{ body, summary, at, detail string }{
		{auditPolicy("Process Creations", both), "Unknown audit subcategory", `"Process Creations"`, `Did you mean "Process Creation"?`},
		{auditPolicy("Processkapande", both), "Unknown audit subcategory", `"Processkapande"`, "other languages"},
		{auditPolicy("{0cce9299-69ae-11d9-bed3-505054503030}", both), "Unknown audit subcategory", `"{0cce9299-69ae-11d9-bed3-505054503030}"`, "braces"},
		{auditPolicy("0cce922b-69ae-11d9-bed3-505054503030", both), "Unknown audit subcategory", `"0cce922b-69ae-11d9-bed3-505054503030"`, "braces"},
		{auditPolicy("Logon", "[]"), "Empty expectation", "[]", `["none"]`},
		{auditPolicy("Logon", `["successes"]`), "Unsupported events", `["successes"]`, `Did you mean "success"?`},
		{auditPolicy("Logon", `["none", "failure"]`), "None and some", `["none", "failure"]`, ""},
		{auditPolicy("Logon", `["none"]`) + "\nminimum = true", "Empty minimum", "true", ""},
	}
	for _, tt := range tests {
		oneProblem(t, "audit_policy", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestAuditPolicyJudges(t *testing.T) {
	tests := []struct {
		body, observed string
		want           setting.Outcome
	}{
		{auditPolicy("process creation", `["failure", "success", "success"]`), "success,failure", setting.Pass},
		{auditPolicy(processCreation, `["success"]`), "success,failure", setting.Fail},
		{auditPolicy(processCreation, `["success"]`) + "\nminimum = true", "success,failure", setting.Pass},
		{auditPolicy(processCreation, `["success"]`) + "\nminimum = true", "failure", setting.Fail},
		{auditPolicy(processCreation, `["success"]`) + "\nminimum = true", "none", setting.Fail},
		{auditPolicy(processCreation, `["none"]`), "none", setting.Pass},
		{auditPolicy(processCreation, `["none"]`), "success", setting.Fail},
		{auditPolicy(processCreation, `["none"]`), "", setting.Fail},
	}
	for _, tt := range tests {
		w := fake.New()
		w.SetState(setting.StateLocation(setting.SchemeAudit, processCreation), tt.observed)
		if v := outcome(t, mustDecode(t, "audit_policy", tt.body), w); v.Outcome != tt.want {
			t.Errorf("%s\nobserved %q: %+v, want %s", tt.body, tt.observed, v, tt.want)
		}
	}
}

func TestAuditPolicyMergesMinima(t *testing.T) {
	minimum := "\nminimum = true"
	a := mustDecode(t, "audit_policy", auditPolicy("Process Creation", `["failure"]`)+minimum)
	b := mustDecode(t, "audit_policy", auditPolicy(processCreation, `["success"]`)+minimum)
	for _, pair := range [][2]setting.Spec{{a, b}, {b, a}} {
		merged, err := pair[0].(setting.Merger).Merge(pair[1])
		if err != nil {
			t.Fatal(err)
		}
		if c := merged.Claims(base)[0]; c.Value != "success,failure" || !c.Union || merged.Check().HasErrors() {
			t.Errorf("merged to %+v", c)
		}
	}
	for _, other := range []setting.Spec{
		mustDecode(t, "audit_policy", auditPolicy("Process Creation", `["success"]`)),
		mustDecode(t, "audit_policy", auditPolicy("Logon", `["success"]`)+minimum),
		mustDecode(t, "account_policy", accountPolicy("PasswordComplexity", "1")),
	} {
		if merged, err := a.(setting.Merger).Merge(other); err == nil {
			t.Errorf("merged to %+v", merged)
		}
	}
}

func TestAuditPolicyDirections(t *testing.T) {
	tests := []struct {
		old, now string
		want     setting.Direction
	}{
		{`["success"]`, `["success", "failure"]`, setting.Tightened},
		{`["none"]`, `["failure"]`, setting.Tightened},
		{`["success", "failure"]`, `["failure"]`, setting.Loosened},
		{`["failure"]`, `["none"]`, setting.Loosened},
		{`["success"]`, `["failure"]`, setting.Unknown},
		{`["success"]`, `["success"]` + "\nminimum = true", setting.Unknown},
		{`["success"]`, `["success", "success"]`, setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "audit_policy", auditPolicy("Logon", tt.now)), mustDecode(t, "audit_policy", auditPolicy("Logon", tt.old))
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}
