package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const permissionKey = `key = "HKLM\\SOFTWARE\\X"` + "\n"

func TestPermissionDiagnostics(t *testing.T) {
	tests := []struct{ sddl, summary, detail string }{
		{``, "Empty expectation", "no list"},
		{`O:BA`, "Empty expectation", "D:P("},
		{`D:P(A;;KA;;;SY`, "Malformed descriptor", ""},
		{`D:P(A;;KA;;;Administrators)`, "Malformed descriptor", "D:P("},
		{`D:P(A;;KA;;;DA)(A;;KA;;;SY)`, "Malformed descriptor", ""},
		{`D:(A;;KA;;;SY)`, "Unprotected list", `"P"`},
		{`D:PNO_ACCESS_CONTROL`, "Everything for everybody", "NO_ACCESS_CONTROL"},
		{`D:P(A;;KA;;;SY)(A;;KA;;;WD)`, "Everything for everybody", "S-1-1-0"},
		{`D:P(A;;GA;;;SY)(A;;GA;;;BU)`, "Everything for everybody", "S-1-5-32-545"},
		{`D:P(A;;KA;;;BA)`, "System kept out", "SY"},
		{`D:P(A;CIIO;KA;;;SY)`, "System kept out", "SY"},
		{`D:P(D;;KR;;;WD)(A;;KA;;;SY)`, "System kept out", "S-1-1-0"},
		{`D:P(A;;KA;;;SY)S:(AU;SA;KA;;;WD)`, "Unsupported descriptor", "auditing"},
	}
	for _, tt := range tests {
		oneProblem(t, "registry_permission", permissionKey+`sddl = "`+tt.sddl+`"`, tt.summary, `"`+tt.sddl+`"`, tt.detail)
	}
	oneProblem(t, "registry_permission", "key = \"HKCR\\\\X\"\nsddl = \"D:P(A;;KA;;;SY)\"", "Unsupported registry key", `"HKCR\\X"`, "Classes")
}

func TestPermissionsAreComparedByMeaning(t *testing.T) {
	const want = "D:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)"
	tests := []struct {
		want, observed string
		outcome        setting.Outcome
	}{
		{want, "O:BAG:SYD:PAI(A;CI;KA;;;SY)(A;CI;KR;;;BU)", setting.Pass},
		{want, "D:P(A;CI;GA;;;S-1-5-18)(A;CI;GR;;;S-1-5-32-545)S:AI(AU;SA;KA;;;WD)", setting.Pass},
		{"O:BA" + want, "O:BA" + want, setting.Pass},
		{"O:BA" + want, "O:SY" + want, setting.Fail},
		{"O:BA" + want, want, setting.Fail},
		{want, "D:(A;CI;KA;;;SY)(A;CI;KR;;;BU)", setting.Fail},
		{want, "D:P(A;CI;KR;;;BU)(A;CI;KA;;;SY)", setting.Fail},
		{want, "D:P(A;CI;KA;;;SY)(A;CI;KW;;;BU)", setting.Fail},
		{want, "D:P(A;CI;KA;;;SY)(A;;KR;;;BU)", setting.Fail},
		{want, "D:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)(A;CI;KR;;;WD)", setting.Fail},
		{want, "D:NO_ACCESS_CONTROL", setting.Fail},
		{want, "D:P(A;CI;KA;;;SY)(0x09;CI;KR;;;BU;0011)", setting.Fail},
		{want, "", setting.Fail},
	}
	for _, tt := range tests {
		w := fake.New()
		w.SetState(`registry-security:HKLM\SOFTWARE\X`, tt.observed)
		if v := outcome(t, mustDecode(t, "registry_permission", permissionKey+`sddl = "`+tt.want+`"`), w); v.Outcome != tt.outcome {
			t.Errorf("%s for %s: %+v, want %s", tt.observed, tt.want, v, tt.outcome)
		}
	}
}

func TestPermissionSpellingsAgree(t *testing.T) {
	a := mustDecode(t, "registry_permission", permissionKey+`sddl = "d:p(a;ci;ga;;;S-1-5-18)"`)
	b := mustDecode(t, "registry_permission", `key = "HKEY_LOCAL_MACHINE\\Software\\x"`+"\n"+`sddl = "D:PAI(A;CI;KA;;;SY)"`)
	x, y := a.Claims(base)[0], b.Claims(base)[0]
	if !x.Location.Same(y.Location) || x.Value != y.Value {
		t.Errorf("%+v and %+v collide", x, y)
	}
	if got := a.(setting.Comparer).Compare(mustDecode(t, "registry_permission", permissionKey+`sddl = "D:P(A;;KA;;;SY)"`)); got != setting.Unknown {
		t.Errorf("two lists compare as %s", got)
	}
}
