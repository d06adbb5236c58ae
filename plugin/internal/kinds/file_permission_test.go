package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

func TestFilePermissionDiagnostics(t *testing.T) {
	tests := []struct{ path, sddl, summary, at, detail string }{
		{`D:\\x`, "D:P(A;;FA;;;SY)", "Illegal file path", `"D:\\x"`, "volume"},
		{`C:\\x`, "D:P(A;;KA;;;SY)", "System kept out", `"D:P(A;;KA;;;SY)"`, "FA"},
		{`C:\\x`, "D:P(A;;FA;;;SY)(A;OICI;FA;;;AU)", "Everything for everybody", `"D:P(A;;FA;;;SY)(A;OICI;FA;;;AU)"`, "S-1-5-11"},
		{`C:\\x`, "D:P(A;;FA;;;SY)(A;;FR;;;Gäster)", "Malformed descriptor", `"D:P(A;;FA;;;SY)(A;;FR;;;Gäster)"`, ""},
	}
	for _, tt := range tests {
		oneProblem(t, "file_permission", "path = \""+tt.path+"\"\nsddl = \""+tt.sddl+"\"", tt.summary, tt.at, tt.detail)
	}
}

func TestFilePermissionIsJudged(t *testing.T) {
	spec := mustDecode(t, "file_permission", `path = "c:\\ProgramData\\X"`+"\n"+`sddl = "D:P(A;OICI;GA;;;SY)(A;OICI;GR;;;BU)"`)
	for observed, want := range map[string]setting.Outcome{
		"O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FR;;;BU)":    setting.Pass,
		"O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FW;;;BU)":    setting.Fail,
		"O:SYG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FR;;;BU)": setting.Fail,
	} {
		w := fake.New()
		w.SetState(`file-security:\ProgramData\x`, observed)
		if v := outcome(t, spec, w); v.Outcome != want {
			t.Errorf("%s: %+v, want %s", observed, v, want)
		}
	}
	if got := spec.(setting.Comparer).Compare(spec); got != setting.Same {
		t.Errorf("itself is %s", got)
	}
}
