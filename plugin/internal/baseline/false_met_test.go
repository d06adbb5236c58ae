package baseline_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

func value(t testing.TB, key, name, kind, data string) spec {
	t.Helper()
	fields := map[string]string{"key": key, "name": name, "type": kind, "value": data}
	if kind == "absent" {
		fields = map[string]string{"key": key, "name": name, "ensure": "absent"}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return spec{kind: "registry_value", json: string(raw)}
}

// A row that a person would call unmet is never met, however a list writes it.
func TestNeverFalselyMet(t *testing.T) {
	const x = `HKLM\SOFTWARE\X`
	rule := func(name string, n string) spec {
		return spec{kind: "account_policy", json: `{"name":"` + name + `","value":` + n + `}`}
	}
	reg := func(name, fallback, wanted, op string) string {
		return `1,c,n,Registry,,HKLM:\Software\X,` + name + `,,,,"` + fallback + `","` + wanted + `",` + op + `,`
	}
	ssl := `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`
	for _, c := range []struct {
		name string
		has  spec
		row  string
		want baseline.Status
	}{
		{"010 is ten", value(t, x, "N", "dword", "8"), reg("N", "", "010", "="), baseline.Unmet},
		{"010 is ten, met", value(t, x, "N", "dword", "10"), reg("N", "", "010", "="), baseline.Met},
		{"no underscores", value(t, x, "N", "dword", "10"), reg("N", "", "1_0", "="), baseline.Unmet},
		{"no binary digits", value(t, x, "N", "dword", "3"), reg("N", "", "0b11", "="), baseline.Unmet},
		{"a hexadecimal number in a numbered name", value(t, x, "7", "dword", "3"), reg("1", "", "0x3", "="), baseline.Unmet},
		{"a negative number in a numbered name", value(t, x, "7", "dword", "4294967295"), reg("1", "", "-1", "="), baseline.Unmet},
		{"a number with a blank in a numbered name", value(t, x, "7", "dword", "3"), reg("1", "", "3 ", "="), baseline.Unmet},
		{"an entry of a list is numbered", value(t, x, "Title", "sz", "PCI"), reg("1", "", "PCI", "="), baseline.Unmet},
		{"an entry of any name", value(t, x, "Title", "sz", "PCI"), `1,c,n,RegistryList,,HKLM:\Software\X,,,,,,PCI,=,`, baseline.Met},
		{"no entry but this", value(t, x, "Title", "sz", "PCI"), `1,c,n,RegistryList,,HKLM:\Software\X,,,,,,USB,!=,`, baseline.Unread},
		{"an absent entry", value(t, x, "Title", "absent", ""), `1,c,n,RegistryList,,HKLM:\Software\X,,,,,,USB,=|0,`, baseline.Unread},
		{"removed, and the default is what is not wanted", value(t, x, "N", "absent", ""), reg("N", "0", "0", "!="), baseline.Unmet},
		{"removed, and nobody knows the default", value(t, x, "N", "absent", ""), reg("N", "", "0", "!="), baseline.Unmet},
		{"removed, and the default differs", value(t, x, "N", "absent", ""), reg("N", "1", "0", "!="), baseline.Met},
		{"removed, and the list says that none is its default", value(t, x, "N", "absent", ""), reg("N", "-NODATA-", "0", "!="), baseline.Unmet},
		{"0 is not empty", value(t, x, "N", "dword", "0"), reg("N", "", "", "=|0"), baseline.Unmet},
		{"-1 is not at least 4", value(t, x, "N", "dword", "4294967295"), reg("N", "", "4", ">="), baseline.Unmet},
		{"a blank before it", value(t, x, "N", "sz", " yes"), reg("N", "", "yes", "="), baseline.Unmet},
		{"the order of suites", value(t, ssl, "EccCurves", "multi_sz", `["NistP256","NistP384"]`),
			`1,c,n,Registry,,HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002,EccCurves,,,,,NistP384;NistP256,=,`, baseline.Unmet},
		{"the order of suites, met", value(t, ssl, "EccCurves", "multi_sz", `["NistP384","NistP256"]`),
			`1,c,n,Registry,,HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002,EccCurves,,,,,nistp384;NistP256,=,`, baseline.Met},
		{"for ever is asked", rule("LockoutDuration", "15"), `1,c,Account lockout duration,accountpolicy,,,,,,,,0,>=,`, baseline.Unmet},
		{"for ever is asked and given", rule("LockoutDuration", "-1"), `1,c,Account lockout duration,accountpolicy,,,,,,,,0,>=,`, baseline.Met},
		{"XML of something else", value(t, x, "N", "sz", `<Allow Name="all"/>`), reg("N", "", `<Allow Name=""none""/>`, "="), baseline.Unmet},
		{"a name within a rule", value(t, x, "N", "sz", `<FilePathRule Id="a"><C Name="all"/></FilePathRule>`), reg("N", "", `<FilePathRule Id=""a""><C Name=""none""/></FilePathRule>`, "="), baseline.Unmet},
	} {
		got := baseline.NewState(compose(t, c.has), nil).Judge(parse(t, c.row)[0])
		if got.Status != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, got.Status, c.want, got)
		}
	}
}

// Punctuation makes no second reason.
func TestPunctuationIsNoReason(t *testing.T) {
	modules := []plan.Module{{Ref: plan.Ref{Name: "m"}, NotManaged: []plan.NotManaged{
		mark(`reg:HKLM\SOFTWARE\X!A`, "No such hardware, ever."), mark(`reg:HKLM\SOFTWARE\X!B`, "no such-hardware ever"),
	}}}
	rows := parse(t, `1,c,n,Registry,,HKLM:\software\x,a,,,,,1,=,`, `2,c,n,Registry,,HKLM:\software\x,b,,,,,1,=,`)
	c := baseline.Cover(baseline.NewState(compose(t), modules), &baseline.List{Name: "l", Rows: rows})
	if reused := baseline.Reused(c.Results); len(reused) != 1 {
		t.Errorf("reused: %v", reused)
	}
}

// Line ends of a kind that no tool of Windows writes would make one line of many.
func TestCarriageReturnsAlone(t *testing.T) {
	for _, text := range []string{"a\rb", "a\r", "a\r\r\nb"} {
		if got, err := baseline.Text([]byte(text)); err == nil || !strings.Contains(err.Error(), "line") {
			t.Errorf("%q reads as %q, %v", text, got, err)
		}
	}
	if got, err := baseline.Text([]byte("a\r\nb\r\n")); err != nil || got != "a\nb\n" {
		t.Errorf("%q, %v", got, err)
	}
}
