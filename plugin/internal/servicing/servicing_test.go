package servicing_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/servicing"
)

var update = flag.Bool("update", false, "write the golden script anew")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	one = strings.Repeat("1", 64)
	two = strings.Repeat("2", 64)
)

func example() servicing.Spec {
	return servicing.Spec{
		Base: "win10-iot-ltsc-2021-updated", Parent: "win10-iot-ltsc-2021", ParentSHA256: one, EditionID: "IoTEnterpriseS", Arch: "amd64",
		ParentBuild: "19044.1288", Build: "19044.6575", Languages: []string{"sv-SE", "en-US"},
		Packages:     []servicing.Package{{File: "Microsoft-Windows-Client-Language-Pack_x64_en-us.cab", SHA256: one}, {File: "windows10.0-kb5066791-x64.msu", SHA256: two}},
		Features:     []string{"NetFx3"},
		Capabilities: []string{"OpenSSH.Client~~~~0.0.1.0"},
		Drivers:      []string{"drivers/net"},
	}
}

func TestScriptIsTheGolden(t *testing.T) {
	got := must(example().Script())
	const path = "testdata/make-base.ps1"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, got, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if want := must(os.ReadFile(path)); !bytes.Equal(got, want) {
		t.Errorf("the script is not the golden; after a look at it: go test ./plugin/internal/servicing -update\n%s", got)
	}
	if again := must(example().Script()); !bytes.Equal(got, again) {
		t.Error("the same description gives two scripts")
	}
}

// What the design demands of every script, wherever it stands in it.
func TestScriptKeepsItsPromises(t *testing.T) {
	s := string(must(example().Script()))
	if !strings.HasPrefix(s, "\ufeff#requires") || strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\n") {
		t.Error("no mark, or lines that do not end as on Windows")
	}
	for _, r := range strings.TrimPrefix(s, "\ufeff") {
		if r > 126 {
			t.Errorf("%q: a character that Windows PowerShell may misread", r)
		}
	}
	order := []string{"NEVER RUN HERE", "'The file windows10.0-kb5066791-x64.msu is not", "'/Mount-Image'", "/CapabilityName:OpenSSH.Client~~~~0.0.1.0", "_en-us.cab')", "kb5066791-x64.msu'",
		"'/Cleanup-Image'", "/FeatureName:NetFx3", `'drivers\net'`, "'/Commit'", "'/Discard'", "'/Compress:max'", "Get-Digest $Output", "WriteAllText($record"}
	at := 0
	for _, part := range order {
		n := strings.Index(s[at:], part)
		if n < 0 {
			t.Errorf("%q is missing, or stands too early", part)
			continue
		}
		at += n
	}
	for _, part := range []string{"ReadOnly", "Invoke-WebRequest", "Invoke-Expression", "/ResetBase"} {
		if strings.Contains(s, part) {
			t.Errorf("the script says %s", part)
		}
	}
	if strings.Count(s, "/LimitAccess") != 2 {
		t.Error("a feature or capability could come from the internet")
	}
}

// Nothing that stands in a description becomes anything but a name in the script.
func TestNamesThatAreNone(t *testing.T) {
	evil := []string{"a'; Remove-Item C:\\ -Recurse; '.msu", "$(calc).msu", "`whoami`.cab", "..\\x.msu", "a/b.msu", "x.exe", "", "a\nb.msu", "'@", "a\".msu"}
	for _, name := range evil {
		for what, change := range map[string]func(*servicing.Spec){
			"package": func(s *servicing.Spec) { s.Packages[0].File = name }, "feature": func(s *servicing.Spec) { s.Features[0] = name },
			"capability": func(s *servicing.Spec) { s.Capabilities[0] = name }, "driver": func(s *servicing.Spec) { s.Drivers[0] = "../" + name },
			"base": func(s *servicing.Spec) { s.Base = name + " " }, "digest": func(s *servicing.Spec) { s.Packages[0].SHA256 = name },
			"language": func(s *servicing.Spec) { s.Languages[0] = name + "'" }, "build": func(s *servicing.Spec) { s.Build = name },
			"parent's digest": func(s *servicing.Spec) { s.ParentSHA256 = name + "x" }, "edition": func(s *servicing.Spec) { s.EditionID = name },
		} {
			if name == "x.exe" && (what == "feature" || what == "edition") {
				continue
			}
			s := example()
			change(&s)
			if _, err := s.Script(); err == nil {
				t.Errorf("%s %q was accepted", what, name)
			}
		}
	}
	if _, err := (servicing.Spec{Base: "a", Parent: "b", EditionID: "c", Arch: "amd64", Build: "19044.1", ParentBuild: "19044.1"}).Script(); err == nil {
		t.Error("a script that does nothing was written")
	}
}

// recordOf is what a good run of the script leaves.
func recordOf(s servicing.Spec) *servicing.Record {
	b := must(s.Bytes())
	r := &servicing.Record{Schema: servicing.RecordSchema, Spec: string(b), SpecSHA256: canonical.Digest(b), Parent: servicing.File{SHA256: one, Size: 5},
		Features: []string{"NetFx3", "Other"}, Output: servicing.File{SHA256: two, Size: 9}}
	for _, name := range []string{"export parent", "mount", "capability OpenSSH.Client~~~~0.0.1.0", "package Microsoft-Windows-Client-Language-Pack_x64_en-us.cab",
		"package windows10.0-kb5066791-x64.msu", "clean up", "feature NetFx3", "drivers drivers/net", "unmount", "export result"} {
		r.Steps = append(r.Steps, servicing.Step{Name: name})
	}
	r.Steps[4].Exit = 3010
	return r
}

func good() servicing.Result {
	return servicing.Result{SHA256: two, Size: 9, EditionID: "IoTEnterpriseS", Build: "19044.6575", Arch: "amd64", Language: "sv-SE", Languages: []string{"en-US", "sv-SE"}}
}

func TestCompare(t *testing.T) {
	want := example()
	if err := recordOf(want).Compare(good(), &want); err != nil {
		t.Fatal(err)
	}
	late := example() // the parent's digest was not known before the run
	late.ParentSHA256 = ""
	if err := recordOf(late).Compare(good(), &want); err != nil {
		t.Error(err)
	}
	for text, change := range map[string]func(*servicing.Record, *servicing.Result, *servicing.Spec){
		"SHA-256":                 func(_ *servicing.Record, r *servicing.Result, _ *servicing.Spec) { r.SHA256 = one },
		"size":                    func(_ *servicing.Record, r *servicing.Result, _ *servicing.Spec) { r.Size++ },
		"build is 19044.1288":     func(_ *servicing.Record, r *servicing.Result, _ *servicing.Spec) { r.Build = "19044.1288" },
		"edition id":              func(_ *servicing.Record, r *servicing.Result, _ *servicing.Spec) { r.EditionID = "EnterpriseS" },
		"architecture":            func(_ *servicing.Record, r *servicing.Result, _ *servicing.Spec) { r.Arch = "x86" },
		"language is en-US":       func(_ *servicing.Record, r *servicing.Result, _ *servicing.Spec) { r.Language = "en-US" },
		"lacks the language":      func(_ *servicing.Record, r *servicing.Result, _ *servicing.Spec) { r.Languages = []string{"sv-SE"} },
		"feature NetFx3":          func(c *servicing.Record, _ *servicing.Result, _ *servicing.Spec) { c.Features = nil },
		"the parent was":          func(c *servicing.Record, _ *servicing.Result, _ *servicing.Spec) { c.Parent.SHA256 = two },
		"does not name its":       func(c *servicing.Record, _ *servicing.Result, _ *servicing.Spec) { c.Parent.SHA256 = "" },
		"ended with 87":           func(c *servicing.Record, _ *servicing.Result, _ *servicing.Spec) { c.Steps[4].Exit = 87 },
		`step "clean up" is miss`: func(c *servicing.Record, _ *servicing.Result, _ *servicing.Spec) { c.Steps[5].Name = "x" },
		"otherwise now":           func(_ *servicing.Record, _ *servicing.Result, s *servicing.Spec) { s.Packages[1].SHA256 = one },
	} {
		s, r, c := example(), good(), recordOf(example())
		change(c, &r, &s)
		if err := c.Compare(r, &s); !errors.Is(err, servicing.ErrMismatch) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestParseRecord(t *testing.T) {
	b := must(json.Marshal(recordOf(example())))
	for _, mark := range []string{"", "\ufeff"} {
		if r, err := servicing.ParseRecord([]byte(mark + string(b))); err != nil || must(r.Description()).Base != example().Base {
			t.Errorf("%+v, %v", r, err)
		}
	}
	for _, bad := range []string{"", "{}", strings.Replace(string(b), servicing.RecordSchema, "other", 1), strings.Replace(string(b), "kb5066791", "kb5066792", 1)} {
		if _, err := servicing.ParseRecord([]byte(bad)); err == nil {
			t.Errorf("accepted: %.60s", bad)
		}
	}
	if _, err := servicing.ParseRecord(append(b, bytes.Repeat([]byte(" "), 16<<20)...)); err == nil || !strings.Contains(err.Error(), "no record has more") {
		t.Errorf("a record of more than 16 MiB: %v", err)
	}
	loose := recordOf(example()) // the same description, not in canonical form
	loose.Spec = " " + loose.Spec
	loose.SpecSHA256 = canonical.Digest([]byte(loose.Spec))
	if _, err := loose.Description(); !errors.Is(err, servicing.ErrMismatch) {
		t.Error(err)
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(must(json.Marshal(recordOf(example()))))
	f.Add([]byte(`{"schema":"wmclient/servicing-record/1"}`))
	f.Add([]byte(`{`))
	for _, spec := range []string{"{}", "{", `{"other":1}`, `{"base":"b"}`} { // with a digest that fits
		r := recordOf(example())
		r.Spec, r.SpecSHA256 = spec, canonical.Digest([]byte(spec))
		f.Add(must(json.Marshal(r)))
		r.SpecSHA256 = ""
		f.Add(must(json.Marshal(r)))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		r, err := servicing.ParseRecord(b)
		if err != nil {
			return
		}
		_ = r.Compare(good(), nil)
	})
}
