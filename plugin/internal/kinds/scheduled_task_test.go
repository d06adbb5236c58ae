package kinds_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const task = `path = "\\a\\b"` + "\n"

func TestScheduledTaskDiagnostics(t *testing.T) {
	const state = "\nstate = \"disabled\""
	long := `"\\` + strings.Repeat("a", 255) + `"`
	tests := []struct{ body, summary, at, detail string }{
		{`path = "Maps"` + state, "Illegal task path", `"Maps"`, "backslash"},
		{`path = "\\a\\"` + state, "Illegal task path", `"\\a\\"`, "empty"},
		{`path = "\\a/b"` + state + "\nstricter = \"enabled\"", "Illegal task path", `"\\a/b"`, ""},
		{`path = "\\a\\..\\b"` + state, "Illegal task path", `"\\a\\..\\b"`, "elsewhere"},
		{`path = "\\a*"` + state, "Illegal task path", `"\\a*"`, "reserves"},
		{`path = ` + long + state, "Illegal task path", long, "255"},
		{task + `state = "disable"`, "Unsupported state", `"disable"`, `Did you mean "disabled"?`},
		{task + "state = \"disabled\"\nstricter = \"stopped\"", "Unsupported stricter", `"stopped"`, ""},
	}
	for _, tt := range tests {
		oneProblem(t, "scheduled_task", tt.body, tt.summary, tt.at, tt.detail)
	}
	mustDecode(t, "scheduled_task", `path = "\\Microsoft\\Windows\\Customer Experience Improvement Program\\KernelCeipTask{2F37}"`+state)
}

func TestScheduledTaskStates(t *testing.T) {
	tests := []struct {
		more, observed string
		want           setting.Outcome
	}{
		{"", "disabled", setting.Pass}, {"", "enabled", setting.Fail}, {"", "", setting.Fail},
		{"optional = true", "", setting.NotApplicable}, {"optional = true", "enabled", setting.Fail}, {"optional = true", "disabled", setting.Pass},
	}
	for _, tt := range tests {
		w := fake.New()
		if tt.observed != "" {
			w.SetState(`task:\A\B`, tt.observed)
		}
		if v := outcome(t, mustDecode(t, "scheduled_task", task+"state = \"disabled\"\n"+tt.more), w); v.Outcome != tt.want {
			t.Errorf("%q with %q: %+v, want %s", tt.observed, tt.more, v, tt.want)
		}
	}
}

func TestOnOffDirections(t *testing.T) {
	for _, kind := range []struct{ name, head string }{{"scheduled_task", task}, {"optional_feature", "name = \"SMB1Protocol\"\n"}} {
		tests := []struct {
			old, now string
			want     setting.Direction
		}{
			{"state = \"enabled\"\nstricter = \"disabled\"", "state = \"disabled\"\nstricter = \"disabled\"", setting.Tightened},
			{"state = \"disabled\"\nstricter = \"disabled\"", "state = \"enabled\"\nstricter = \"disabled\"", setting.Loosened},
			{"state = \"disabled\"\nstricter = \"enabled\"", "state = \"enabled\"\nstricter = \"disabled\"", setting.Unknown},
			{"state = \"disabled\"", "state = \"enabled\"", setting.Unknown},
			{"state = \"disabled\"", "state = \"disabled\"\noptional = true", setting.Unknown},
			{"state = \"disabled\"", "state = \"disabled\"\nstricter = \"disabled\"", setting.Same},
		}
		for _, tt := range tests {
			now, old := mustDecode(t, kind.name, kind.head+tt.now), mustDecode(t, kind.name, kind.head+tt.old)
			if got := now.(setting.Comparer).Compare(old); got != tt.want {
				t.Errorf("%s from %s to %s: %s, want %s", kind.name, tt.old, tt.now, got, tt.want)
			}
		}
	}
}
