package secpolicy_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

// realHive returns the bytes of a hive of a real Windows, or skips the test where the shared folder is absent.
func realHive(t *testing.T, name string) []byte {
	t.Helper()
	shared := os.Getenv("WMCLIENT_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	path := filepath.Join(shared, "hives", name+".xz")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skipf("no real hive %s: set WMCLIENT_SHARED to the folder with the shared test data", name)
	}
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("the program xz, which unpacks the real hives, is not installed (package xz-utils)")
	}
	b, err := exec.Command("xz", "-dc", path).Output()
	if err != nil {
		t.Fatalf("unpack %s: %v", path, err)
	}
	return b
}

func parse(t *testing.T, b []byte) *regf.Hive {
	t.Helper()
	h, err := regf.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// realSecurity is the SECURITY hive of a real Windows 10. It is dirty: what its logs hold is lost here, so that it tells nothing about
// that machine's last state. Its records are whole and have their real form, and that is all that these tests want. Only a test may read
// it so: the sequence numbers are made equal in a copy in memory.
func realSecurity(t *testing.T) *regf.Hive {
	t.Helper()
	b := realHive(t, "SECURITY")
	if _, err := regf.Parse(b); !errors.Is(err, regf.ErrDirty) {
		t.Fatalf("the real SECURITY hive is no longer dirty: %v", err)
	}
	copy(b[8:12], b[4:8])
	var sum uint32
	for at := 0; at < 508; at += 4 {
		sum ^= binary.LittleEndian.Uint32(b[at:])
	}
	binary.LittleEndian.PutUint32(b[508:], sum)
	return parse(t, b)
}

// TestRealRights holds the rights of a real Windows 10 against what Microsoft documents as the defaults of a client.
func TestRealRights(t *testing.T) {
	rights, err := secpolicy.Rights(realSecurity(t))
	if err != nil {
		t.Fatal(err)
	}
	for right, want := range map[string][]string{
		"SeBackupPrivilege":             {"S-1-5-32-544", "S-1-5-32-551"},
		"SeRestorePrivilege":            {"S-1-5-32-544", "S-1-5-32-551"},
		"SeDebugPrivilege":              {"S-1-5-32-544"},
		"SeNetworkLogonRight":           {"S-1-1-0", "S-1-5-32-544", "S-1-5-32-545", "S-1-5-32-551"},
		"SeInteractiveLogonRight":       {"S-1-5-32-544", "S-1-5-32-545", "S-1-5-32-551", "rid:501"},
		"SeDenyNetworkLogonRight":       {"rid:501"},
		"SeDenyInteractiveLogonRight":   {"rid:501"},
		"SeBatchLogonRight":             {"S-1-5-32-544", "S-1-5-32-551", "S-1-5-32-559"},
		"SeServiceLogonRight":           {"S-1-5-80-0"},
		"SeRemoteInteractiveLogonRight": {"S-1-5-32-544", "S-1-5-32-555"},
		"SeTcbPrivilege":                nil,
		"SeImpersonatePrivilege":        {"S-1-5-19", "S-1-5-20", "S-1-5-32-544", "S-1-5-6"},
		"SeAuditPrivilege":              {"S-1-5-19", "S-1-5-20"},
		"SeTimeZonePrivilege":           {"S-1-5-19", "S-1-5-32-544", "S-1-5-32-545"},
	} {
		if diff := cmp.Diff(want, rights[right]); diff != "" {
			t.Errorf("%s (-documented +real):\n%s", right, diff)
		}
	}
	for right := range rights {
		if !secpolicy.KnowsRight(right) {
			t.Errorf("%s is read but not known", right)
		}
	}
}

// TestRealAudit holds the audit policy of a real Windows 10 against the documented defaults of a client. It is what shows that the order
// of subcategories is right: Special Logon and User Account Management stand where they must.
func TestRealAudit(t *testing.T) {
	got, err := secpolicy.Audit(realSecurity(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"{0cce9210": "success",         // Security State Change
		"{0cce9212": "success,failure", // System Integrity
		"{0cce9214": "success,failure", // Other System Events
		"{0cce9215": "success,failure", // Logon
		"{0cce9216": "success",         // Logoff
		"{0cce9217": "success",         // Account Lockout
		"{0cce921b": "success",         // Special Logon
		"{0cce9243": "success,failure", // Network Policy Server
		"{0cce922f": "success",         // Audit Policy Change
		"{0cce9230": "success",         // Authentication Policy Change
		"{0cce9235": "success",         // User Account Management
		"{0cce9237": "success",         // Security Group Management
	}
	if len(got) != 59 {
		t.Errorf("%d subcategories, want 59", len(got))
	}
	for guid, text := range got {
		if expected := want[guid[:9]]; text != expected && (text != "none" || expected != "") {
			t.Errorf("%s is %q, documented is %q", guid, text, expected)
		}
	}
}

func TestRealSAM(t *testing.T) {
	sam := parse(t, realHive(t, "SAM"))
	policy, err := secpolicy.AccountPolicy(sam)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		"PasswordComplexity": "0", "ClearTextPassword": "0", "MinimumPasswordLength": "0", "PasswordHistorySize": "0", "LockoutBadCount": "0",
		"MaximumPasswordAge": "-1", "MinimumPasswordAge": "0", "LockoutDuration": "30", "ResetLockoutCount": "30", "ForceLogoffWhenHourExpire": "0",
	}, policy); diff != "" {
		t.Errorf("account policy (-want +got):\n%s", diff)
	}
	rids, err := secpolicy.AccountRIDs(sam)
	if err != nil {
		t.Fatal(err)
	}
	var accounts []secpolicy.Account
	for _, rid := range rids {
		a, err := secpolicy.FindAccount(sam, rid)
		if err != nil {
			t.Fatal(err)
		}
		accounts = append(accounts, a)
	}
	if diff := cmp.Diff([]secpolicy.Account{{500, "Administrator", true}, {501, "Guest", true}, {1000, "Preston", false}}, accounts); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	for group, want := range map[string][]string{
		"S-1-5-32-544": {"rid:1000", "rid:500"}, "S-1-5-32-545": {"S-1-5-11", "S-1-5-4", "rid:1000"}, "S-1-5-32-546": {"rid:501"},
		"S-1-5-32-555": {}, "S-1-5-32-568": {"S-1-5-17"},
	} {
		got, err := secpolicy.Members(sam, group)
		if err != nil {
			t.Errorf("%s: %v", group, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", group, diff)
		}
	}
	for _, group := range []string{"S-1-5-32-581", "rid:1099"} {
		if _, err := secpolicy.Members(sam, group); !errors.Is(err, secpolicy.ErrAbsent) {
			t.Errorf("%s, which is not there: %v", group, err)
		}
	}
	if _, err := secpolicy.FindAccount(sam, 1001); !errors.Is(err, secpolicy.ErrAbsent) {
		t.Errorf("account 1001, which is not there: %v", err)
	}
}

// TestRealChanged flips single bytes of real records: what comes of it is another answer or an error, never a panic, and for what a layout
// is recognised by always the error that says so.
func TestRealChanged(t *testing.T) {
	security := realSecurity(t)
	at := security.Find(`Policy\PolAdtEv`)
	value, _ := at.Value("")
	for i := range 12 {
		b := bytes.Clone(value.Data)
		b[i] ^= 0x40
		if _, err := security.SetValue(`Policy\PolAdtEv`, "", value.Type, b, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := secpolicy.Audit(security); !errors.Is(err, secpolicy.ErrLayout) {
			t.Errorf("byte %d of the audit policy's head changed: %v", i, err)
		}
	}
}
