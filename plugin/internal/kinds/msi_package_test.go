package kinds_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

func TestMSIPackageDiagnostics(t *testing.T) {
	digest := strings.Repeat("0", 64)
	body := func(code, version, source, sha256 string) string {
		return "code = \"" + code + "\"\nversion = \"" + version + "\"\nsource = \"" + source + "\"\nsha256 = \"" + sha256 + "\""
	}
	tests := []struct{ body, summary, at, detail string }{
		{body("Viewer", "1", "a.msi", digest), "Malformed product code", `"Viewer"`, "form"},
		{body(runtimeCode, "", "a.msi", digest), "Missing program version", `""`, "ProductVersion"},
		{body(runtimeCode, "1", "a.exe", digest), "Unsupported package", `"a.exe"`, ".msi"},
		{body(runtimeCode, "1", "kb5066791.MSU", digest), "Unsupported package", `"kb5066791.MSU"`, "wmclient base script"},
		{body(runtimeCode, "1", "../a.msi", digest), "Illegal source path", `"../a.msi"`, "inside"},
		{body(runtimeCode, "1", "a.msi", "abc"), "Missing or malformed digest", `"abc"`, "sha256sum"},
	}
	for _, tt := range tests {
		oneProblem(t, "msi_package", tt.body, tt.summary, tt.at, tt.detail)
	}
}

// TestMSIPackageIsJudgedByTheProgram: the package in the image is no program yet.
func TestMSIPackageIsJudgedByTheProgram(t *testing.T) {
	spec := mustDecode(t, "msi_package", kindExample(t, "msi_package")).(*kinds.MSIPackage)
	spec.SetSource(42)
	if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
		t.Errorf("after its own ops: %+v", v)
	}
	w := fake.New()
	for _, op := range spec.Ops(base) {
		if op.Size != 42 || op.SHA256 == "" || op.Path == "" {
			t.Errorf("op without its package: %+v", op)
		}
		if op.Stage == setting.StageImage {
			if err := w.Apply(op, spec.Contents()...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if v := outcome(t, spec, w); v.Outcome != setting.Fail {
		t.Errorf("with the package only: %+v", v)
	}
	w.SetState("program:"+runtimeCode, "9.0.30728")
	if v := outcome(t, spec, w); v.Outcome != setting.Fail {
		t.Errorf("with another version: %+v", v)
	}
}

func kindExample(t *testing.T, kind string) string {
	t.Helper()
	k, ok := table(t).Lookup(kind)
	if !ok {
		t.Fatalf("no kind %q", kind)
	}
	return k.Example
}
