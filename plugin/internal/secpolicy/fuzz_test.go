package secpolicy_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

// FuzzRecords gives any bytes to every parser of a record. None may panic, and what is read must be within what the room says it knows.
func FuzzRecords(f *testing.F) {
	for _, seed := range [][]byte{
		privileges(), privileges(23, 20, 36), {0xc1, 4, 0, 0}, audit(windows10...), audit(5, 9, 12, 3, 4, 6, 6, 4, 4), domain(nil),
		user(500, 0x215), make([]byte, 0xcc+20), make([]byte, 0x30+24), group(544, 2, "S-1-5-11", "S-1-5-21-1-2-3-500"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if names, err := secpolicy.ParsePrivileges(b); err == nil {
			for _, n := range names {
				if !secpolicy.KnowsRight(n) {
					t.Errorf("unknown right %q", n)
				}
			}
		}
		if names, err := secpolicy.ParseSystemAccess(b); err == nil {
			for _, n := range names {
				if !secpolicy.KnowsRight(n) {
					t.Errorf("unknown right %q", n)
				}
			}
		}
		if policy, err := secpolicy.ParseAudit(b); err == nil && len(policy) != 59 {
			t.Errorf("%d subcategories", len(policy))
		}
		if policy, err := secpolicy.ParseAccountPolicy(b); err == nil && len(policy) != 10 {
			t.Errorf("%d policies", len(policy))
		}
		if len(b) >= 0x34 {
			_, _ = secpolicy.ParseAccountFlags(b, uint32(b[0x30])|uint32(b[0x31])<<8)
		}
		if name, err := secpolicy.ParseAccountName(b); err == nil && name == "" {
			t.Error("an empty name")
		}
		if sid, err := secpolicy.ParseDomainSID(b); err == nil && sid == "" {
			t.Error("an empty SID")
		}
		if len(b) >= 4 {
			_, _ = secpolicy.ParseMembers(b, uint32(b[0])|uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24)
		}
	})
}
