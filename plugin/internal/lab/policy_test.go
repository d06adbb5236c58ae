package lab_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

// databases returns SECURITY and SAM of a base.
func databases(t *testing.T, o lab.Options) (security, sam *regf.Hive) {
	t.Helper()
	b, err := lab.New(o)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) *regf.Hive {
		data, err := b.Hive("Windows/System32/config/"+name, 1)
		if err != nil {
			t.Fatal(err)
		}
		return parse(t, data)
	}
	return read("SECURITY"), read("SAM")
}

// tell lists everything that the databases say, without names.
func tell(t *testing.T, o lab.Options) map[string]string {
	t.Helper()
	security, sam := databases(t, o)
	out := map[string]string{}
	rights, err := secpolicy.Rights(security)
	if err != nil {
		t.Fatal(err)
	}
	for right, holders := range rights {
		out["right:"+right] = strings.Join(holders, " ")
	}
	for scheme, read := range map[string]func() (map[string]string, error){
		"audit:":          func() (map[string]string, error) { return secpolicy.Audit(security) },
		"account-policy:": func() (map[string]string, error) { return secpolicy.AccountPolicy(sam) },
	} {
		all, err := read()
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range all {
			out[scheme+name] = text
		}
	}
	rids, err := secpolicy.AccountRIDs(sam)
	if err != nil {
		t.Fatal(err)
	}
	for _, rid := range rids {
		a, err := secpolicy.FindAccount(sam, rid)
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprint("account:", rid)] = map[bool]string{true: "disabled", false: "enabled"}[a.Disabled]
	}
	for rid := 544; rid < 600; rid++ {
		group := fmt.Sprint("S-1-5-32-", rid)
		if members, err := secpolicy.Members(sam, group); err == nil {
			out["group:"+group] = strings.Join(members, " ")
		}
	}
	return out
}

// TestLanguagesSayTheSame: a base differs between languages in names only.
func TestLanguagesSayTheSame(t *testing.T) {
	for _, r := range lab.Releases() {
		want := tell(t, lab.Options{Release: r, Language: "en-US"})
		if len(want) < 59+10+33+3+18 {
			t.Errorf("%s: only %d states", r, len(want))
		}
		for _, l := range lab.Languages() {
			if diff := cmp.Diff(want, tell(t, lab.Options{Release: r, Language: l})); diff != "" {
				t.Errorf("%s %s (-en-US +it):\n%s", r, l, diff)
			}
		}
	}
}

func TestDelivered(t *testing.T) {
	got := tell(t, lab.Options{Release: lab.LTSC2021, Language: "sv-SE"})
	for at, want := range map[string]string{
		"right:SeDenyNetworkLogonRight": "rid:501", "right:SeDebugPrivilege": "S-1-5-32-544", "right:SeTcbPrivilege": "",
		"audit:{0cce922b-69ae-11d9-bed3-505054503030}": "none", "audit:{0cce9215-69ae-11d9-bed3-505054503030}": "success,failure",
		"account-policy:MaximumPasswordAge": "42", "account-policy:LockoutBadCount": "0", "account-policy:ForceLogoffWhenHourExpire": "0",
		"account:500": "disabled", "account:504": "disabled", "group:S-1-5-32-544": "rid:500", "group:S-1-5-32-545": "S-1-5-11 S-1-5-4",
	} {
		if got[at] != want {
			t.Errorf("%s is %q, want %q", at, got[at], want)
		}
	}
	_, sam := databases(t, lab.Options{Release: lab.LTSC2021, Language: "sv-SE"})
	for rid, want := range map[uint32]string{500: "Administratör", 501: "Gäst", 503: "DefaultAccount"} {
		if a, err := secpolicy.FindAccount(sam, rid); err != nil || a.Name != want {
			t.Errorf("account %d is %+v, %v, want %s", rid, a, err, want)
		}
	}
	for group, rid := range map[string]uint32{"Administratörer": 544, "Användare": 545, "Gäster": 546} {
		v, ok := sam.Find(`SAM\Domains\Builtin\Aliases\Names\` + group).Value("")
		if !ok || uint32(v.Type) != rid {
			t.Errorf("%s is group %d, want %d", group, v.Type, rid)
		}
	}
}

func TestPlant(t *testing.T) {
	o := lab.Options{Release: lab.LTSB2016, Language: "sv-SE"}
	before := tell(t, o)
	o.Plant = map[string]string{
		"right:SeDebugPrivilege": `["S-1-5-32-545","rid:500"]`, "right:SeBackupPrivilege": `[]`,
		"audit:{0cce922b-69ae-11d9-bed3-505054503030}": "success,failure", "account-policy:MinimumPasswordLength": "14",
		"account-policy:MaximumPasswordAge": "-1", "account:501": "enabled", "account:1001": "disabled",
		"group:S-1-5-32-544": `["rid:1001","rid:500"]`, "account-policy:ForceLogoffWhenHourExpire": "1",
	}
	after := tell(t, o)
	want := maps.Clone(before)
	maps.Copy(want, map[string]string{
		"right:SeDebugPrivilege": "S-1-5-32-545 rid:500", "audit:{0cce922b-69ae-11d9-bed3-505054503030}": "success,failure",
		"account-policy:MinimumPasswordLength": "14", "account-policy:MaximumPasswordAge": "-1", "account:501": "enabled", "account:1001": "disabled",
		"group:S-1-5-32-544": "rid:1001 rid:500", "account-policy:ForceLogoffWhenHourExpire": "1",
	})
	delete(want, "right:SeBackupPrivilege")
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("planted (-want +got):\n%s", diff)
	}
	for at, text := range map[string]string{
		"right:SeX": `[]`, "right:SeTcbPrivilege": "nobody", "audit:{0cce9000-69ae-11d9-bed3-505054503030}": "none", "secret:x": "y",
		"account:x": "enabled", "account:500": "gone", "group:S-1-5-32-1": "[]", "account-policy:X": "1", `task:\x`: "maybe",
	} {
		o.Plant = map[string]string{at: text}
		if _, err := lab.New(o); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", at)) {
			t.Errorf("%s planted as %s: %v", at, text, err)
		}
	}
}

// written puts SECURITY and SAM of an English base with deviations into files.
func written(t *testing.T) (security, sam string) {
	t.Helper()
	b, err := lab.New(lab.Options{Release: lab.LTSC2021, Language: "en-US", Plant: map[string]string{
		"audit:{0cce922b-69ae-11d9-bed3-505054503030}": "success", "audit:{0cce9227-69ae-11d9-bed3-505054503030}": "failure",
		"audit:{0cce9242-69ae-11d9-bed3-505054503030}": "success,failure", "audit:{0cce924a-69ae-11d9-bed3-505054503030}": "failure",
		"account:1001": "enabled", "group:S-1-5-32-544": `["rid:500","rid:1001"]`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"SECURITY", "SAM"} {
		data, err := b.Hive("Windows/System32/config/"+name, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "SECURITY"), filepath.Join(dir, "SAM")
}

// TestChntpwReadsTheAccounts: another program sees the same accounts and groups in the hive that the lab made.
func TestChntpwReadsTheAccounts(t *testing.T) {
	_, sam := written(t)
	want(t, "groups", referee(t, "chntpw", "samusrgrp", "-l", sam), "220:Administrators:2", "221:Users:2", "222:Guests:1", "245:System Managed Accounts Group:1")
	accounts := referee(t, "chntpw", "sampasswd", "-l", sam)
	for _, line := range []string{"01f4:Administrator:1:", "01f5:Guest:0:", "01f7:DefaultAccount:0:", "01f8:WDAGUtilityAccount:0:", "03e9:planted1001:1:"} {
		want(t, "accounts", accounts, line)
	}
	if t.Failed() {
		t.Log(accounts)
	}
}

// TestRegripperReadsTheDatabases: another program sees the same audit policy, subcategory by subcategory, and the same accounts.
func TestRegripperReadsTheDatabases(t *testing.T) {
	security, sam := written(t)
	audit := referee(t, "regripper", "regripper", "-r", security, "-p", "auditpol")
	got := map[string]string{}
	for line := range strings.SplitSeq(audit, "\n") {
		if fields := strings.Fields(line); strings.Contains(line, ":") && len(fields) > 1 {
			last := fields[len(fields)-1]
			if slices.Contains([]string{"N", "S", "F", "S/F"}, last) {
				_, name, _ := strings.Cut(strings.Join(fields[:len(fields)-1], " "), ":")
				got[name] = last
			}
		}
	}
	expect := map[string]string{
		"Process Creation": "S", "Other Object Access Events": "F", "Kerberos Authentication Service": "S/F", "Token Right Adjusted Events": "F",
		"Logon": "S/F", "Logoff": "S", "Account Lockout": "S", "Special Logon": "S", "IPsec Main Mode": "N", "Network Policy Server": "S/F",
		"Security State Change": "S", "System Integrity": "S/F", "Other System Events": "S/F", "User Account Management": "S",
		"Security Group Management": "S", "Audit Policy Change": "S", "Authentication Policy Change": "S", "Certification Services": "N",
	}
	for name, want := range expect {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if t.Failed() {
		t.Log(audit)
	}
	want(t, "samparse", referee(t, "regripper", "regripper", "-r", sam, "-p", "samparse"),
		"Administrator [500]", "Account Disabled", "planted1001 [1001]", "Group Name    : Administrators [2]", lab.MachineSID+"-1001")
}
