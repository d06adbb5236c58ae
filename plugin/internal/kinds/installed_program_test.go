package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const code = `code = "{9a25302d-30c0-39d9-bd6f-21e6ec160475}"` + "\n"

func TestInstalledProgramDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{`code = ""`, "Illegal program code", `""`, "Uninstall"},
		{`code = "Adobe*"`, "Illegal program code", `"Adobe*"`, "program_allowlist"},
		{`code = "a\\b"`, "Illegal program code", `"a\\b"`, ""},
		{`code = "{9A25302D}"`, "Malformed product code", `"{9A25302D}"`, "form"},
		{`code = "9A25302D-30C0-39D9-BD6F-21E6EC160475"`, "Malformed product code", `"9A25302D-30C0-39D9-BD6F-21E6EC160475"`, "{"},
		{code + `version = "installed"`, "Illegal program version", `"installed"`, "leave it out"},
		{code + "ensure = \"absent\"\nversion = \"1\"", "Version of an absent program", `"1"`, ""},
		{"code = \"7-Zip\"\nensure = \"absent\"", "Program that cannot be removed", `"7-Zip"`, "base"},
		{code + "ensure = \"gone\"", "Unsupported ensure", `"gone"`, ""},
	}
	for _, tt := range tests {
		oneProblem(t, "installed_program", tt.body, tt.summary, tt.at, tt.detail)
	}
	mustDecode(t, "installed_program", `code = "7-Zip"`)
}

func TestInstalledProgramStates(t *testing.T) {
	tests := []struct {
		more, observed string
		want           setting.Outcome
	}{
		{"", "1.0", setting.Pass}, {"", "installed", setting.Pass}, {"", "", setting.Fail},
		{`version = "1.0"`, "1.0", setting.Pass}, {`version = "1.0"`, "1.0.0", setting.Fail}, {`version = "1.0"`, "installed", setting.Fail},
		{`ensure = "absent"`, "1.0", setting.Fail}, {`ensure = "absent"`, "", setting.Pass},
	}
	for _, tt := range tests {
		spec := mustDecode(t, "installed_program", code+tt.more)
		if c := spec.Claims(base)[0]; c.Value == "" {
			t.Errorf("%q claims %s without saying what it wants", tt.more, c.Location)
		}
		w := fake.New()
		if tt.observed != "" {
			w.SetState("program:{9A25302D-30C0-39D9-BD6F-21E6EC160475}", tt.observed)
		}
		if v := outcome(t, spec, w); v.Outcome != tt.want {
			t.Errorf("%q with %q: %+v, want %s", tt.observed, tt.more, v, tt.want)
		}
		for _, op := range spec.Ops(base) {
			if err := w.Apply(op); err != nil {
				t.Fatal(err)
			}
			if v := outcome(t, spec, w); v.Outcome != setting.Pass {
				t.Errorf("%q after its own ops: %+v", tt.more, v)
			}
		}
	}
}

func TestInstalledProgramDirections(t *testing.T) {
	tests := []struct {
		old, now string
		want     setting.Direction
	}{
		{"", `ensure = "absent"`, setting.Tightened}, {`ensure = "absent"`, "", setting.Loosened},
		{`version = "1"`, `version = "2"`, setting.Unknown}, {`version = "1"`, "ensure = \"present\"\nversion = \"1\"", setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "installed_program", code+tt.now), mustDecode(t, "installed_program", code+tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}
