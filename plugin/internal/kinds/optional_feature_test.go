package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

func TestOptionalFeatureDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{"name = \"\"\nstate = \"disabled\"", "Illegal feature name", `""`, "SMB1Protocol"},
		{"name = \"Stöd för SMB 1.0\"\nstate = \"disabled\"", "Illegal feature name", `"Stöd för SMB 1.0"`, "language"},
		{"name = \"SMB1Protocol\"\nstate = \"removed\"", "Unsupported state", `"removed"`, "disabled"},
	}
	for _, tt := range tests {
		oneProblem(t, "optional_feature", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestOptionalFeatureStates(t *testing.T) {
	tests := []struct {
		more, observed string
		want           setting.Outcome
	}{
		{"", "disabled", setting.Pass}, {"", "enabled", setting.Fail}, {"", "", setting.Fail},
		{"optional = true", "", setting.NotApplicable}, {"optional = true", "enabled", setting.Fail},
	}
	for _, tt := range tests {
		w := fake.New()
		if tt.observed != "" {
			w.SetState("feature:smb1protocol", tt.observed)
		}
		if v := outcome(t, mustDecode(t, "optional_feature", "name = \"SMB1Protocol\"\nstate = \"disabled\"\n"+tt.more), w); v.Outcome != tt.want {
			t.Errorf("%q with %q: %+v, want %s", tt.observed, tt.more, v, tt.want)
		}
	}
}
