package kinds_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func accountPolicy(name, value string) string {
	return fmt.Sprintf("name = %q\nvalue = %s", name, value)
}

func TestAccountPolicyDiagnostics(t *testing.T) {
	tests := []struct{ name, value, summary, at, detail string }{
		{"MinimumPasswordLenght", "14", "Unknown account policy", `"MinimumPasswordLenght"`, `Did you mean "MinimumPasswordLength"?`},
		{"EnableGuestAccount", "0", "Unknown account policy", `"EnableGuestAccount"`, "rid = 501"},
		{"NewAdministratorName", "0", "Unknown account policy", `"NewAdministratorName"`, "rid = 500"},
		{"MinimumPasswordLength", "15", "Account policy out of range", "15", "from 0 to 14, and not 15"},
		{"MinimumPasswordLength", "-1", "Account policy out of range", "-1", ""},
		{"MaximumPasswordAge", "0", "Account policy out of range", "0", "from 1 to 999, or -1"},
		{"MaximumPasswordAge", "-2", "Account policy out of range", "-2", ""},
		{"LockoutDuration", "100000", "Account policy out of range", "100000", ""},
		{"PasswordComplexity", "0.5", "Account policy out of range", "0.5", "whole number"},
		{"PasswordHistorySize", "99999999999999999999", "Account policy out of range", "99999999999999999999", ""},
	}
	for _, tt := range tests {
		oneProblem(t, "account_policy", accountPolicy(tt.name, tt.value), tt.summary, tt.at, tt.detail)
	}
	for _, good := range []string{"MaximumPasswordAge -1", "LockoutDuration -1", "LockoutBadCount 0", "ResetLockoutCount 99999"} {
		name, value, _ := strings.Cut(good, " ")
		mustDecode(t, "account_policy", accountPolicy(name, value))
	}
}

func TestAccountPolicyDirections(t *testing.T) {
	tests := []struct {
		name, old, now string
		want           setting.Direction
	}{
		{"MinimumPasswordLength", "8", "14", setting.Tightened},
		{"MinimumPasswordLength", "14", "8", setting.Loosened},
		{"MaximumPasswordAge", "90", "60", setting.Tightened},
		{"MaximumPasswordAge", "60", "-1", setting.Loosened},
		{"LockoutBadCount", "10", "3", setting.Tightened},
		{"LockoutBadCount", "10", "0", setting.Loosened},
		{"LockoutBadCount", "0", "10", setting.Tightened},
		{"LockoutDuration", "15", "-1", setting.Tightened},
		{"LockoutDuration", "15", "30", setting.Tightened},
		{"ClearTextPassword", "0", "1", setting.Loosened},
		{"LSAAnonymousNameLookup", "1", "0", setting.Tightened},
		{"PasswordComplexity", "1", "1", setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "account_policy", accountPolicy(tt.name, tt.now)), mustDecode(t, "account_policy", accountPolicy(tt.name, tt.old))
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("%s from %s to %s: %s, want %s", tt.name, tt.old, tt.now, got, tt.want)
		}
	}
	a, b := mustDecode(t, "account_policy", accountPolicy("LockoutBadCount", "1")), mustDecode(t, "account_policy", accountPolicy("PasswordComplexity", "1"))
	if got := a.(setting.Comparer).Compare(b); got != setting.Unknown {
		t.Errorf("two rules compare as %s", got)
	}
}
