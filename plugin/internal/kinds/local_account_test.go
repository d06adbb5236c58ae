package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

func TestLocalAccountDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{"rid = 499\nenabled = false", "Illegal RID", "499", "from 500 on"},
		{"rid = 500.5\nenabled = false", "Illegal RID", "500.5", "whole"},
		{"rid = 4294967296\nenabled = false", "Illegal RID", "4294967296", ""},
		{"rid = 502\nenabled = false", "Illegal RID", "502", "domain controllers"},
		{"rid = 500", "Empty expectation", "500", `"enabled", "name" or both`},
		{"rid = 500\nname = \"abcdefghijklmnopqrstu\"", "Account name too long", `"abcdefghijklmnopqrstu"`, "20"},
		{"rid = 500\nname = \"VARD\\\\admin\"", "Illegal account name", `"VARD\\admin"`, "character"},
		{"rid = 500\nname = \"admin.\"", "Illegal account name", `"admin."`, "dot"},
	}
	for _, tt := range tests {
		oneProblem(t, "local_account", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestLocalAccountStates(t *testing.T) {
	account := func(rid string) setting.Location { return setting.StateLocation(setting.SchemeAccount, rid) }
	name := func(rid string) setting.Location { return setting.StateLocation(setting.SchemeAccountName, rid) }
	tests := map[string]struct {
		body    string
		machine func(*fake.Windows)
		want    setting.Outcome
	}{
		"disabled":            {"rid = 504\nenabled = false", func(w *fake.Windows) { w.SetState(account("504"), "disabled") }, setting.Pass},
		"enabled":             {"rid = 504\nenabled = false", func(w *fake.Windows) { w.SetState(account("504"), "enabled") }, setting.Fail},
		"missing":             {"rid = 504\nenabled = false", func(*fake.Windows) {}, setting.Fail},
		"missing, optional":   {"rid = 504\nenabled = false\noptional = true", func(*fake.Windows) {}, setting.NotApplicable},
		"there, optional":     {"rid = 504\nenabled = false\noptional = true", func(w *fake.Windows) { w.SetState(account("504"), "enabled") }, setting.Fail},
		"named":               {"rid = 500\nname = \"x\"", func(w *fake.Windows) { w.SetState(name("500"), "x") }, setting.Pass},
		"named otherwise":     {"rid = 500\nname = \"x\"", func(w *fake.Windows) { w.SetState(name("500"), "Administratör") }, setting.Fail},
		"one of two":          {"rid = 500\nname = \"x\"\nenabled = true", func(w *fake.Windows) { w.SetState(name("500"), "x"); w.SetState(account("500"), "disabled") }, setting.Fail},
		"another account's":   {"rid = 500\nenabled = false", func(w *fake.Windows) { w.SetState(account("501"), "disabled") }, setting.Fail},
		"not a state at all":  {"rid = 500\nenabled = false", func(w *fake.Windows) { w.SetState(account("500"), "locked") }, setting.Fail},
		"optional, only name": {"rid = 1001\nname = \"x\"\noptional = true", func(*fake.Windows) {}, setting.NotApplicable},
	}
	for label, tt := range tests {
		w := fake.New()
		tt.machine(w)
		if v := outcome(t, mustDecode(t, "local_account", tt.body), w); v.Outcome != tt.want {
			t.Errorf("%s: %+v, want %s", label, v, tt.want)
		}
	}
}

func TestLocalAccountDirections(t *testing.T) {
	tests := []struct {
		old, now string
		want     setting.Direction
	}{
		{"enabled = true", "enabled = false", setting.Tightened},
		{"enabled = false", "enabled = true", setting.Loosened},
		{"enabled = false", "name = \"x\"", setting.Unknown},
		{"name = \"y\"", "name = \"x\"", setting.Unknown},
		{"name = \"x\"", "name = \"x\"", setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "local_account", "rid = 500\n"+tt.now), mustDecode(t, "local_account", "rid = 500\n"+tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}
