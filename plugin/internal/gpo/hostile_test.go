package gpo_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const inf = "[Unicode]\nUnicode=yes\n"

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// What a template's line means is carried as Windows reads it, or not at all.
func TestTemplateLines(t *testing.T) {
	const x = `reg:HKLM\Software\X!N`
	for line, want := range map[string]map[string]string{
		`MACHINE\Software\X\N=1,"a" ; why`:     {"- source:4": "semicolon..."},
		`MACHINE\Software\X\N=7,a;b`:           {"- source:4": "semicolon..."},
		`MACHINE\Software\X\N=1,"a;b"`:         {x: "sz:a;b"},
		`MACHINE\Software\X\N=1, "a"`:          {x: "sz:a"},
		`MACHINE\Software\X\N=1,C:\`:           {"- source:4": "backslash..."},
		`MACHINE\Software\X\N=1,"C:\"`:         {x: `sz:C:\`},
		`MACHINE\Software\X\N=7,a, b`:          {x: `multi_sz:["a","b"]`},
		`MACHINE\Software\X\N=7,a"," b`:        {x: `multi_sz:["a, b"]`},
		`MACHINE\Software\X\N=7,`:              {x: `multi_sz:[]`},
		`MACHINE\Software\X\N=4,1,2`:           {"- source:4": "no number..."},
		`MACHINE\Software\X\N=4,"1"`:           {x: "dword:1"},
		`MACHINE\Software\X\N=4,010`:           {x: "dword:10"},
		`MACHINE\Software\X\N=3,0`:             {x: "binary:00"},
		`MACHINE\Software\X\N=3,1,0`:           {"- source:4": "binary..."},
		`MACHINE\System\ControlSet001\X\N=4,1`: {"- source:4": "control set..."},
		`USER\Software\X\N=4,1`:                {"- source:4": "MACHINE..."},
		`MACHINE\Software\X\**del.N=1,"a"`:     {`reg:HKLM\Software\X!**del.N`: "sz:a"},
	} {
		t.Run(line, func(t *testing.T) { check(t, read(t, []byte(inf+"[Registry Values]\n"+line+"\n")), want) })
	}
}

// A later command undoes what came before it: what is carried is what is there in the end.
func TestLaterCommandsDelete(t *testing.T) {
	const key, below = `Software\Policies\A`, `Software\Policies\A\B`
	one := setting.DWord(1)
	claim := func(key string) string { return strings.ToUpper("reg:HKLM\\" + key + "!N") }
	for name, c := range map[string]struct {
		entries []regpol.Entry
		kept    []string
	}{
		"values, after":         {[]regpol.Entry{entry(key, "N", one), entry(key, "**delvals.", setting.SZ(" "))}, nil},
		"values, other case":    {[]regpol.Entry{entry(strings.ToUpper(key), "N", one), entry(key, "**DelVals.", setting.SZ(" "))}, nil},
		"values, before":        {[]regpol.Entry{entry(key, "**delvals.", setting.SZ(" ")), entry(key, "N", one)}, []string{key}},
		"values of another key": {[]regpol.Entry{entry(below, "N", one), entry(key, "**delvals.", setting.SZ(" "))}, []string{below}},
		"key, after":            {[]regpol.Entry{entry(below, "N", one), entry(`Software\Policies`, "**DeleteKeys", setting.SZ("x;A"))}, nil},
		"key, like it":          {[]regpol.Entry{entry(key+"B", "N", one), entry(`Software\Policies`, "**DeleteKeys", setting.SZ("A"))}, []string{key + "B"}},
		"key, before":           {[]regpol.Entry{entry(`Software\Policies`, "**DeleteKeys", setting.SZ("A")), entry(below, "N", one)}, []string{below}},
		"and set once more":     {[]regpol.Entry{entry(key, "N", setting.DWord(7)), entry(key, "**delvals.", setting.SZ(" ")), entry(key, "N", one)}, []string{key}},
		"deleted with others":   {[]regpol.Entry{entry(key, "N", one), entry(key, "**DeleteValues", setting.SZ("M;N"))}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := folded(read(t, pol(c.entries...)))
			for _, k := range c.kept {
				if got[claim(k)] != "dword:1" {
					t.Errorf("%s is %q in %v", k, got[claim(k)], got)
				}
				delete(got, claim(k))
			}
			for k, v := range got {
				if !strings.HasPrefix(k, "- ") && v != setting.Absent {
					t.Errorf("%s is %q, and the policy deletes it", k, v)
				}
			}
		})
	}
	lgpo := "Computer\n" + key + "\nN\nDWORD:1\n\nComputer\n" + key + "\n*\nDELETEALLVALUES\n"
	if got := folded(read(t, []byte(lgpo))); got[claim(key)] != "" {
		t.Errorf("LGPO text: %v", got)
	}
}

// Commands whose lists cannot be read, or that are not known, are reported.
func TestCommandsAreReported(t *testing.T) {
	odd := regpol.Entry{Key: `Software\X`, Name: "**DeleteKeys", Type: 1, Data: []byte{1}}
	nul := regpol.Entry{Key: `Software\X`, Name: "**DeleteValues", Type: 1, Data: append(utf16le("A"), 0, 0, 'B', 0)}
	for name, c := range map[string]struct {
		e    regpol.Entry
		want string
	}{
		"odd":       {odd, "list"},
		"empty":     {regpol.Entry{Key: `Software\X`, Name: "**DeleteValues", Type: 1}, "list"},
		"secure":    {regpol.Entry{Key: `Software\X`, Name: "**SecureKey=1", Type: 1}, "not known"},
		"soft":      {entry(`Software\X`, "**soft.N", setting.DWord(1)), "none yet"},
		"malformed": {regpol.Entry{Key: `Software\X`, Name: "N", Type: 4, Data: []byte{1}}, "do not fit"},
	} {
		got := read(t, pol(c.e))
		if len(got) != 1 || !strings.Contains(fmt.Sprint(got), c.want) {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
	if got := folded(read(t, pol(nul))); got[`REG:HKLM\SOFTWARE\X!A`] != setting.Absent {
		t.Errorf("a list that ends in a NUL: %v", got)
	}
}

func TestLGPONumbers(t *testing.T) {
	block := func(action string) []byte { return []byte("Computer\nSoftware\\X\nN\n" + action + "\n") }
	for action, want := range map[string]string{"DWORD:10": "dword:10", "DWORD:0x10": "dword:16", "QWORD:1": "qword:1"} {
		if got := folded(read(t, block(action))); got[`REG:HKLM\SOFTWARE\X!N`] != want {
			t.Errorf("%s: %v", action, got)
		}
	}
	for _, action := range []string{"DWORD:010", "DWORD:1_0", "DWORD:0b1", "DWORD:-1", "DWORD:4294967296"} {
		if r, diags := gpo.Parse("source", block(action), false, table(t)); !diags.HasErrors() {
			t.Errorf("%s reads as %v", action, r.Items)
		}
	}
}

// Whose policy a Registry.pol is, the folder that it stands in says.
func TestWhosePolicy(t *testing.T) {
	src := pol(entry(`Software\Policies\X`, "N", setting.DWord(1)))
	file := func(names ...string) fstest.MapFS {
		out := fstest.MapFS{}
		for _, n := range names {
			out[n] = &fstest.MapFile{Data: src}
		}
		return out
	}
	for _, c := range []struct {
		folder string
		fs     fstest.MapFS
		want   string // of the location, or of the error
	}{
		{"backup", file("DomainSysvol/GPO/Machine/registry.pol"), `reg:HKLM\Software\Policies\X!N`},
		{"backup", file("DomainSysvol/GPO/User/registry.pol"), `reg:HKCU\Software\Policies\X!N`},
		{"User", file("Registry.pol"), `reg:HKCU\Software\Policies\X!N`},
		{"Machine", file("registry.pol"), `reg:HKLM\Software\Policies\X!N`},
		{"backup", file("user/DomainSysvol/GPO/Machine/registry.pol"), `reg:HKLM\Software\Policies\X!N`},
		{"backup", file("elsewhere/registry.pol"), "neither Machine nor User"},
		{"backup", file("a/Machine/registry.pol", "b/Machine/registry.pol"), "several"},
		{"backup", file("Machine/registry.pol", "Machine/Registry.POL"), "several"},
		{"backup", file("GroupPolicyUsers/S-1-5-32-545/User/Registry.pol"), "one user"},
	} {
		r, diags := gpo.ReadBackup(c.fs, c.folder, table(t))
		got := show(diags)
		if !diags.HasErrors() {
			got = fmt.Sprint(values(t, r))
		}
		if !strings.Contains(strings.ToLower(got), strings.ToLower(c.want)) {
			t.Errorf("%s: %s, want %s", fmt.Sprint(c.folder), got, c.want)
		}
	}
}

// What is no file is not passed over.
func TestNoFiles(t *testing.T) {
	src := pol(entry(`Software\Policies\X`, "N", setting.DWord(1)))
	for name, mode := range map[string]fs.FileMode{"a pipe": fs.ModeNamedPipe, "a device": fs.ModeDevice, "a socket": fs.ModeSocket} {
		files := fstest.MapFS{"Machine/registry.pol": {Data: src}, "Machine/GptTmpl.inf": {Mode: mode}}
		if _, diags := gpo.ReadBackup(files, "backup", table(t)); !diags.HasErrors() {
			t.Errorf("%s is passed over", name)
		}
	}
}

// Rules say what all their parts say.
func TestAppLockerParts(t *testing.T) {
	rule := func(inside string) string {
		return `<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePublisherRule Id="fd686d83-a829-4351-8ff4-27c7de5755d2" Name="n" UserOrGroupSid="S-1-1-0" Action="Allow">` +
			`<Conditions><FilePublisherCondition PublisherName="O=A" ProductName="*" BinaryName="*"/></Conditions>` + inside + `</FilePublisherRule></RuleCollection></AppLockerPolicy>`
	}
	for name, inside := range map[string]string{
		"exceptions twice":   `<Exceptions><FilePathCondition Path="C:\a\*"/></Exceptions><Exceptions><FilePathCondition Path="C:\b\*"/></Exceptions>`,
		"conditions twice":   `<Conditions><FilePathCondition Path="C:\a\*"/></Conditions>`,
		"something else":     `<Unless/>`,
		"up to version zero": `<Exceptions><FilePublisherCondition PublisherName="O=A" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="*" HighSection="0.0.0.0"/></FilePublisherCondition></Exceptions>`,
	} {
		r, diags := gpo.Parse("source", []byte(rule(inside)), false, table(t))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if len(r.Dropped) == 0 {
			t.Errorf("%s: nothing is dropped: %+v", name, r.Items)
		}
	}
}

// hostile are sources that are long in one way each, with n things in them.
func hostile(n int) map[string][]byte {
	var rights, rules, clears strings.Builder
	rights.WriteString(inf + "[Privilege Rights]\n")
	rules.WriteString(`<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled">`)
	for i := range n {
		fmt.Fprintf(&rights, "SeAuditPrivilege = *S-1-5-21-1-2-3-%d\n", i)
		fmt.Fprintf(&rules, `<FilePathRule Id="fd686d83-a829-4351-8ff4-%012x" Name="n" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="%%PROGRAMFILES%%\a%d\*"/></Conditions></FilePathRule>`, i, i)
		fmt.Fprintf(&clears, "Computer\nSoftware\\K%d\nN\nDWORD:1\nComputer\nSoftware\\K%d\n*\nDELETEALLVALUES\n", i, i)
	}
	rules.WriteString("</RuleCollection></AppLockerPolicy>")
	return map[string][]byte{
		"rights": []byte(rights.String()), "rules": []byte(rules.String()), "clears": []byte(clears.String()),
		"faults":   []byte(inf + "[System Access]\n" + strings.Repeat("a\n", 50*n)),
		"sections": []byte(inf + strings.Repeat("[System Access]\n", 50*n)),
		"blocks":   []byte(strings.Repeat("Computer\nK\nN\nX:1\n", 10*n)),
		"elements": []byte("<AppLockerPolicy>" + strings.Repeat("<a/>", 50*n) + "</AppLockerPolicy>"),
		"entries":  append(pol(), bytes.Repeat(pol(entry("A", "B", setting.DWord(1)))[8:], n)...),
	}
}

// settled reads a source to its end.
func settled(t *testing.T, src []byte) hcl.Diagnostics {
	r, diags := gpo.Parse("source", src, false, table(t))
	if !diags.HasErrors() {
		diags = r.Settle(table(t))
	}
	return diags
}

// work is what reading a source allocates: bytes and objects. Each comparison of two places allocates, since their keys are folded, so
// that comparing each with each shows here; and it is the same on every machine, as time is not.
func work(t *testing.T, src []byte) (size, objects uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	settled(t, src)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}

// Four times the source takes four times the work, or little more; what there is of it stays below the limits of Settle, which would hide
// the rest.
func TestHostileSizes(t *testing.T) {
	const n, times, slack = 1_000, 4, 6
	small, large := hostile(n), hostile(times*n)
	settled(t, small["rights"]) // what is made once, is made now
	for name := range small {
		bytes1, objects1 := work(t, small[name])
		bytes2, objects2 := work(t, large[name])
		t.Logf("%s: %d to %d bytes, %d to %d objects", name, bytes1, bytes2, objects1, objects2)
		if bytes2 > slack*bytes1+1<<20 || objects2 > slack*objects1+10_000 {
			t.Errorf("%s: %d times the source takes %d times the bytes and %d times the objects", name, times, bytes2/bytes1, objects2/objects1)
		}
	}
}

// However many problems a source has, a person is told of some.
func TestHostileProblems(t *testing.T) {
	for name, src := range hostile(21_000) {
		if diags := settled(t, src); len(diags) > 200 {
			t.Errorf("%s: %d problems are more than anybody reads", name, len(diags))
		}
	}
}
