package importer_test

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/importer"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func table(t testing.TB) setting.Table {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

const base = `base "b" {
  edition_id = "EnterpriseS"
  build      = "17763.1"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE"]
}
`

// composed is what an image that consists of the module alone wants of each place, as an engineer would get it from the written file.
func composed(t testing.TB, module string, text []byte) map[string]string {
	t.Helper()
	tree := importer.Tree{Files: map[string][]byte{"bases/b.hcl": []byte(base), "modules/m.hcl": text, "images/i.hcl": importer.Scratch("i", "b", []string{module}, nil)}}
	set, diags := profile.LoadFS(tree, "profiles", table(t))
	if diags = append(diags, set.Check()...); diags.HasErrors() {
		t.Fatalf("check refuses the module: %v\n%s", diags, text)
	}
	trial, diags := importer.Compose(tree, "profiles", "i", table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	out := map[string]string{}
	for _, s := range trial.Composed.Plan.Settings {
		for _, c := range trial.Composed.Specs[s.ID].Claims(trial.Composed.Plan.Base.Base) {
			out[string(c.Location)] = c.Value
		}
	}
	return out
}

// asked is what the items of a settled source want of each place.
func asked(t testing.TB, r gpo.Result) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, it := range r.Items {
		spec, err := it.Spec(table(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range spec.Claims(setting.Base{}) {
			out[string(c.Location)] = c.Value
		}
	}
	return out
}

func parse(t testing.TB, src string) gpo.Result {
	t.Helper()
	r, diags := gpo.Parse("source", []byte(src), false, table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return r
}

// The plan of an imported module sets exactly the values of the source, whatever these hold.
func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	alphabet := []rune(`ab"'\${}%{~!#;=,: åÄö` + "\t€𝄞<>&|/*")
	word := func(n int) string {
		var b strings.Builder
		for range 1 + rng.Intn(n) {
			b.WriteRune(alphabet[rng.Intn(len(alphabet))])
		}
		return strings.TrimSpace(b.String()) + "x"
	}
	for round := range 25 {
		var src strings.Builder
		for i := range 30 {
			root := []string{"Computer", "User"}[rng.Intn(2)]
			action := []string{
				fmt.Sprintf("DWORD:%d", rng.Uint32()), fmt.Sprintf("QWORD:%d", rng.Uint64()), "SZ:" + word(20), "EXSZ:" + word(20),
				`MULTISZ:` + strings.ReplaceAll(word(9), `\`, "/") + `\0` + strings.ReplaceAll(word(9), `\`, "/"), fmt.Sprintf("BINARY:%04x", rng.Intn(1<<16)), "DELETE",
			}[rng.Intn(7)]
			name := strings.ReplaceAll(word(12), "\t", "") + fmt.Sprint(i)
			fmt.Fprintf(&src, "%s\nSoftware\\Policies\\R%d\n%s\n%s\n\n", root, rng.Intn(3), strings.TrimLeft(name, "; "), action)
		}
		r := parse(t, src.String())
		settled := r
		if diags := settled.Settle(table(t)); diags.HasErrors() {
			t.Fatal(diags)
		}
		text, report, diags := importer.Module("imported", "source", r, table(t))
		if diags.HasErrors() {
			t.Fatalf("round %d: %v", round, diags)
		}
		if diff := cmp.Diff(asked(t, settled), composed(t, "imported", text)); diff != "" {
			t.Fatalf("round %d: the plan differs from the source (-source +plan):\n%s\n%+v", round, diff, report.Dropped)
		}
		if again, err := profile.Format("m.hcl", text); err != nil || string(again) != string(text) {
			t.Fatalf("not in the canonical layout: %v", err)
		}
	}
}

// Everything that is carried is named with its place, and the texts say that nobody has judged them.
func TestModule(t *testing.T) {
	r := parse(t, "[System Access]\nMinimumPasswordLength = 14\nEnableGuestAccount = 0\n[Privilege Rights]\nSeTcbPrivilege =\nSeAuditPrivilege = *S-1-5-19,*S-1-5-20\n"+
		"[Service General Setting]\n\"Spooler\",4,\"D:(A;;CC;;;BA)\"\n[Event Audit]\nAuditLogonEvents = 1\n")
	text, report, diags := importer.Module("template", "GptTmpl.inf", r, table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	got := composed(t, "template", text)
	for l, v := range map[string]string{"account-policy:MinimumPasswordLength": "14", "account:501": "disabled", "right:SeTcbPrivilege": "[]",
		"right:SeAuditPrivilege": `["S-1-5-19","S-1-5-20"]`, "svc:Spooler": "disabled"} {
		if got[l] != v {
			t.Errorf("%s is %q, want %q", l, got[l], v)
		}
	}
	for _, part := range []string{"# source:2\n", "source:6", "Nobody has judged it yet", "Ingen har bedömt den ännu", "severity_source", "placeholder"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the module does not say %q", part)
		}
	}
	if strings.Contains(string(text), "TODO") {
		t.Error("the module says TODO")
	}
	if len(report.Carried) != 5 || len(report.Dropped) != 2 || report.Dropped[0].At.Line != 8 || report.Dropped[1].At.Line != 10 {
		t.Errorf("report: %+v", report)
	}
}

// A text that HCL would not give back as it is (it is kept in NFC) is reported instead of being written differently.
func TestWhatHCLWouldChange(t *testing.T) {
	r := parse(t, "Computer\nSoftware\\Policies\\X\nN\nSZ:e\u0308\n\nComputer\nSoftware\\Policies\\X\nM\nSZ:ë\n")
	text, report, diags := importer.Module("m", "source", r, table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if len(report.Dropped) != 1 || !strings.Contains(report.Dropped[0].Reason, "NFC") || report.Dropped[0].At.Line != 1 {
		t.Errorf("dropped: %+v", report.Dropped)
	}
	if got := composed(t, "m", text); got[`reg:HKLM\SOFTWARE\Policies\X!M`] != "sz:ë" && got[`reg:HKLM\Software\Policies\X!M`] != "sz:ë" {
		t.Errorf("composed: %v", got)
	}
}

func TestRefusals(t *testing.T) {
	one := "Computer\nSoftware\\Policies\\X\nN\nDWORD:1\n"
	for name, c := range map[string]struct{ module, src, want string }{
		"a name that is none": {"Not A Slug", one, "Invalid name"},
		"nothing to carry":    {"m", "Computer\nSAM\\X\nN\nDWORD:1\n", "Nothing to import"},
	} {
		text, _, diags := importer.Module(c.module, "source", parse(t, c.src), table(t))
		if text != nil || !diags.HasErrors() || !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, diags, c.want)
		}
	}
}

// Names that become names of settings may be anything.
func TestLabels(t *testing.T) {
	var src strings.Builder
	for _, name := range []string{"1201", "CON", "nul", "!", "%", strings.Repeat("Long", 60), strings.Repeat("Long", 60) + "x", "a b", "a-b", "A_B", "*", `\\*\SYSVOL`} {
		fmt.Fprintf(&src, "Computer\nSoftware\\Policies\\X\n%s\nDWORD:1\n\n", name)
	}
	r := parse(t, src.String())
	text, report, diags := importer.Module("m", "source", r, table(t))
	if diags.HasErrors() || len(report.Carried) != 12 {
		t.Fatalf("%v %+v", diags, report.Dropped)
	}
	if got := composed(t, "m", text); len(got) != 24 { // the registry and Registry.pol
		t.Errorf("%d places: %v", len(got), got)
	}
}

func TestAppLockerComesBack(t *testing.T) {
	src := `<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled">
<FilePublisherRule Id="5c6b2d11-0000-4a00-8000-000000000001" Name="Viewer ${x}" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions>
<FilePublisherCondition PublisherName="O=EXAMPLE AB, L=LUND, C=SE" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="1.2.0.0" HighSection="*" /></FilePublisherCondition></Conditions>
<Exceptions><FilePublisherCondition PublisherName="O=EXAMPLE AB, L=LUND, C=SE" ProductName="OLD" BinaryName="*"><BinaryVersionRange LowSection="*" HighSection="*" /></FilePublisherCondition></Exceptions></FilePublisherRule>
<FileHashRule Id="5c6b2d11-0000-4a00-8000-000000000003" Name="Two files" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FileHashCondition>
<FileHash Type="SHA256" Data="0x` + strings.Repeat("AB", 32) + `" SourceFileName="a.exe" SourceFileLength="10" /><FileHash Type="SHA256" Data="0x` + strings.Repeat("CD", 32) + `" SourceFileName="b.exe" SourceFileLength="11" />
</FileHashCondition></Conditions></FileHashRule></RuleCollection></AppLockerPolicy>`
	text, report, diags := importer.Module("applocker", "source", parse(t, src), table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if len(report.Dropped) > 0 || len(report.Carried) != 4 {
		t.Fatalf("%+v", report)
	}
	got := composed(t, "applocker", text)
	value := got[`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe\5c6b2d11-0000-4a00-8000-000000000001!Value`]
	for _, part := range []string{"Viewer ${x}", "1.2.0.0", `ProductName="OLD"`} {
		if !strings.Contains(value, part) {
			t.Errorf("the rule lacks %q: %s", part, value)
		}
	}
}

// A collection is enforced only with all of its rules.
func TestEnforcementNeedsAllRules(t *testing.T) {
	rule := func(path string) string {
		return `<FilePathRule Id="5c6b2d11-0000-4a00-8000-00000000000` + fmt.Sprint(len(path)%10) + `" Name="` + path + `" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="` + path + `"/></Conditions></FilePathRule>`
	}
	for name, tt := range map[string]struct {
		rules, mode string
		dropped     int
	}{
		"all":  {rule(`%PROGRAMFILES%\*`), "dword:1", 0},
		"some": {rule(`%PROGRAMFILES%\*`) + rule(`%OSDRIVE%\Users\*`), "dword:0", 2},
	} {
		src := `<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled">` + "\n" + strings.ReplaceAll(tt.rules, "<FilePathRule", "\n<FilePathRule") + `</RuleCollection></AppLockerPolicy>`
		text, report, diags := importer.Module("applocker", "source", parse(t, src), table(t))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if got := composed(t, "applocker", text)[`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe!EnforcementMode`]; got != tt.mode || len(report.Dropped) != tt.dropped {
			t.Errorf("%s: %s %+v", name, got, report.Dropped)
		}
	}
}

// What a policy that comes later does to a plan.
func TestCompare(t *testing.T) {
	local := "Computer\nSoftware\\Policies\\X\nSame\nDWORD:1\n\nComputer\nSoftware\\Policies\\X\nOther\nDWORD:1\n\nComputer\nSoftware\\Policies\\L\n1\nSZ:a\n\nComputer\nSoftware\\Policies\\L\n2\nSZ:b\n"
	text, _, diags := importer.Module("m", "source", parse(t, local), table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	tree := importer.Tree{Files: map[string][]byte{"bases/b.hcl": []byte(base), "modules/m.hcl": text, "images/i.hcl": importer.Scratch("i", "b", []string{"m"}, nil)}}
	trial, diags := importer.Compose(tree, "profiles", "i", table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	domain := parse(t, "Computer\nSoftware\\Policies\\X\nsame\nDWORD:1\n\nComputer\nSoftware\\Policies\\X\nother\nDWORD:2\n\nComputer\nSoftware\\Policies\\L\n*\nDELETEALLVALUES\n\nComputer\nSoftware\\Policies\\L\n1\nSZ:a\n\nComputer\nSoftware\\Policies\\X\nNew\nDWORD:3\n")
	if diags := domain.Settle(table(t)); diags.HasErrors() {
		t.Fatal(diags)
	}
	var got []string
	for _, c := range gpo.Compare(trial.Composed, domain, table(t)) {
		_, name, _ := strings.Cut(string(c.Location), "!")
		got = append(got, fmt.Sprintf("%s %s %s>%s %d", c.Effect, strings.ToLower(name), c.Local, c.Domain, c.At.Line))
	}
	want := []string{"overrides other dword:1>dword:2 6", "overrides 2 sz:b>absent 11", "confirms same dword:1>dword:1 1", "confirms 1 sz:a>sz:a 16", "adds new >dword:3 21"}
	less := func(a, b string) bool { return a < b }
	if diff := cmp.Diff(sorted(want, less), sorted(got, less)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func sorted(list []string, less func(a, b string) bool) []string {
	out := append([]string{}, list...)
	for i := range out {
		for j := i; j > 0 && less(out[j], out[j-1]); j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// The tree in memory behaves as a file system does.
func TestTree(t *testing.T) {
	lower := fstest.MapFS{"modules/a.hcl": {Data: []byte("a")}, "modules/b.hcl": {Data: []byte("old")}}
	tree := importer.Tree{Lower: lower, Files: map[string][]byte{"modules/b.hcl": []byte("new"), "images/i.hcl": []byte("i")}}
	for name, want := range map[string]string{"modules/a.hcl": "a", "modules/b.hcl": "new", "images/i.hcl": "i"} {
		if b, err := fs.ReadFile(tree, name); err != nil || string(b) != want {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
	entries, err := fs.ReadDir(tree, "modules")
	if err != nil || len(entries) != 2 {
		t.Errorf("modules: %v %v", entries, err)
	}
	if _, err := fs.Stat(tree, "products"); err == nil {
		t.Error("a folder that is not there")
	}
}

// Import of a Registry.pol with a name that cannot be written down.
func TestHalfPairs(t *testing.T) {
	b := []byte("PReg\x01\x00\x00\x00[\x00")
	for _, u := range append(utf16.Encode([]rune("Software\\X")), 0xd800, 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	b = append(b, ";\x00N\x00\x00\x00;\x00\x04\x00\x00\x00;\x00\x04\x00\x00\x00;\x00\x01\x00\x00\x00]\x00"...)
	r, diags := gpo.Parse("x.pol", b, false, table(t))
	if diags.HasErrors() || len(r.Dropped) != 1 || !strings.Contains(r.Dropped[0].Reason, "surrogate") {
		t.Errorf("%v %+v", diags, r)
	}
}
