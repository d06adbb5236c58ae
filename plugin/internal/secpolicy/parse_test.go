package secpolicy_test

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

var le = binary.LittleEndian

// privileges is a PRIVILEGE_SET of these numbers.
func privileges(luids ...uint32) []byte {
	b := le.AppendUint64(nil, uint64(len(luids)))
	for _, n := range luids {
		b = le.AppendUint32(le.AppendUint64(b, uint64(n)), 1)
	}
	return b
}

// audit is an audit policy record with these counts; each subcategory has the value of its number modulo 4.
func audit(counts ...uint16) []byte {
	total := 0
	for _, n := range counts {
		total += int(n)
	}
	b := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 0x100), uint32(len(counts))), uint32(12+2*total+2))
	for i := range total {
		b = le.AppendUint16(b, uint16(i%4))
	}
	b = le.AppendUint16(b, 0xafdc) // chance
	for _, n := range counts {
		b = le.AppendUint16(b, n)
	}
	return b
}

var windows10 = []uint16{5, 11, 14, 3, 6, 6, 6, 4, 4}

// domain is a domain record.
func domain(change func(b []byte)) []byte {
	b := make([]byte, 240)
	le.PutUint32(b, 0x10003)
	for at, span := range map[int]int64{0x18: -42 * 864e9, 0x20: 0, 0x28: math.MinInt64, 0x30: -30 * 6e8, 0x38: -15 * 6e8} {
		le.PutUint64(b[at:], uint64(span))
	}
	le.PutUint32(b[0x4c:], 0x11)
	b[0x58], b[0x5c] = 1, 3
	le.PutUint16(b[0x50:], 14)
	le.PutUint16(b[0x52:], 24)
	le.PutUint16(b[0x54:], 10)
	if change != nil {
		change(b)
	}
	return b
}

// user is the fixed record of an account.
func user(rid uint32, flags uint16) []byte {
	b := make([]byte, 80)
	le.PutUint32(b, 0x10003)
	le.PutUint32(b[0x30:], rid)
	le.PutUint16(b[0x38:], flags)
	return b
}

// group is a group's record with these members.
func group(rid uint32, announced uint32, members ...string) []byte {
	var sids []byte
	for _, m := range members {
		sid, err := secdesc.ParseSID(m)
		if err != nil {
			panic(err)
		}
		sids = append(sids, sid...)
	}
	b := make([]byte, 0x34)
	le.PutUint32(b, rid)
	le.PutUint32(b[0x2c:], uint32(len(sids)))
	le.PutUint32(b[0x30:], announced)
	return append(b, sids...)
}

func TestRecords(t *testing.T) {
	grown := func(b []byte) []byte { return append(b, 0) }
	for name, tc := range map[string]struct {
		parse func() (any, error)
		want  any
		err   string
	}{
		"privileges":        {func() (any, error) { return secpolicy.ParsePrivileges(privileges(23, 20)) }, []string{"SeChangeNotifyPrivilege", "SeDebugPrivilege"}, ""},
		"no privilege":      {func() (any, error) { return secpolicy.ParsePrivileges(privileges()) }, []string(nil), ""},
		"privilege unknown": {func() (any, error) { return secpolicy.ParsePrivileges(privileges(37)) }, nil, "37"},
		"privilege number big": {func() (any, error) {
			return secpolicy.ParsePrivileges(append(privileges(23)[:12], 1, 0, 0, 0, 0, 0, 0, 0))
		}, nil, "0x1"},
		"privilege twice":               {func() (any, error) { return secpolicy.ParsePrivileges(privileges(23, 23)) }, nil, "twice"},
		"privileges cut off":            {func() (any, error) { return secpolicy.ParsePrivileges(privileges(23, 20)[:20]) }, nil, "20 bytes"},
		"privileges grown":              {func() (any, error) { return secpolicy.ParsePrivileges(grown(privileges(23))) }, nil, "21 bytes"},
		"privileges of 4 bytes":         {func() (any, error) { return secpolicy.ParsePrivileges([]byte{1, 0, 0, 0}) }, nil, "no head"},
		"count that overflows":          {func() (any, error) { return secpolicy.ParsePrivileges([]byte{255, 255, 255, 255, 0, 0, 0, 0}) }, nil, "4294967295"},
		"access":                        {func() (any, error) { return secpolicy.ParseSystemAccess([]byte{0xc1, 0, 0, 0}) }, []string{"SeInteractiveLogonRight", "SeDenyInteractiveLogonRight", "SeDenyNetworkLogonRight"}, ""},
		"access unknown":                {func() (any, error) { return secpolicy.ParseSystemAccess([]byte{0x08, 0, 0, 0}) }, nil, "0x8"},
		"access of 3 bytes":             {func() (any, error) { return secpolicy.ParseSystemAccess([]byte{1, 0, 0}) }, nil, "3 bytes"},
		"audit of Windows 7":            {func() (any, error) { return secpolicy.ParseAudit(audit(5, 9, 12, 3, 4, 6, 6, 4, 4)) }, nil, "Windows 7"},
		"audit of the first Windows 10": {func() (any, error) { return secpolicy.ParseAudit(audit(5, 11, 14, 3, 5, 6, 6, 4, 4)) }, nil, "1511"},
		"audit of Windows 11":           {func() (any, error) { return secpolicy.ParseAudit(audit(5, 12, 14, 3, 6, 6, 6, 4, 4)) }, nil, "Windows 11"},
		"audit unknown":                 {func() (any, error) { return secpolicy.ParseAudit(audit(5, 11, 14, 3, 6, 6, 6, 4, 5)) }, nil, "no Windows"},
		"audit of ten":                  {func() (any, error) { return secpolicy.ParseAudit(audit(append(slices.Clone(windows10), 1)...)) }, nil, "9 categories"},
		"audit cut off":                 {func() (any, error) { return secpolicy.ParseAudit(audit(windows10...)[:149]) }, nil, "149 bytes"},
		"audit value 4": {func() (any, error) {
			b := audit(windows10...)
			b[12] = 4
			return secpolicy.ParseAudit(b)
		}, nil, "0x4"},
		"account policy": {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(nil)) }, map[string]string{
			"PasswordComplexity": "1", "ClearTextPassword": "1", "MinimumPasswordLength": "14", "PasswordHistorySize": "24", "LockoutBadCount": "10",
			"MaximumPasswordAge": "42", "MinimumPasswordAge": "0", "LockoutDuration": "30", "ResetLockoutCount": "15", "ForceLogoffWhenHourExpire": "0"}, ""},
		"account policy, revision":   {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(func(b []byte) { b[0] = 4 })) }, nil, "revision 4.1"},
		"account policy, role":       {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(func(b []byte) { b[0x5c] = 2 })) }, nil, "role 2"},
		"account policy, cut off":    {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(nil)[:100]) }, nil, "100 bytes"},
		"account policy, odd days":   {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(func(b []byte) { b[0x18]++ })) }, nil, "MaximumPasswordAge"},
		"account policy, a date":     {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(func(b []byte) { b[0x27] = 1 })) }, nil, "point in time"},
		"account policy, log-off":    {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(func(b []byte) { b[0x28] = 1 })) }, nil, "log-off"},
		"account policy, properties": {func() (any, error) { return secpolicy.ParseAccountPolicy(domain(func(b []byte) { b[0x4f] = 1 })) }, nil, "0x1000011"},
		"account":                    {func() (any, error) { return secpolicy.ParseAccountFlags(user(500, 0x215), 500) }, true, ""},
		"account enabled":            {func() (any, error) { return secpolicy.ParseAccountFlags(user(500, 0x214), 500) }, false, ""},
		"account of another":         {func() (any, error) { return secpolicy.ParseAccountFlags(user(501, 0), 500) }, nil, "501"},
		"account cut off":            {func() (any, error) { return secpolicy.ParseAccountFlags(user(500, 0)[:79], 500) }, nil, "79 bytes"},
		"account grown":              {func() (any, error) { return secpolicy.ParseAccountFlags(grown(user(500, 1)), 500) }, true, ""},
		"account, revision":          {func() (any, error) { return secpolicy.ParseAccountFlags(make([]byte, 80), 0) }, nil, "revision 0.0"},
		"name cut off":               {func() (any, error) { return secpolicy.ParseAccountName(make([]byte, 10)) }, nil, "10 bytes"},
		"name empty":                 {func() (any, error) { return secpolicy.ParseAccountName(make([]byte, 0xcc)) }, nil, "0 bytes"},
		"members":                    {func() (any, error) { return secpolicy.ParseMembers(group(544, 1, "S-1-5-11"), 544) }, []secdesc.SID{"\x01\x01\x00\x00\x00\x00\x00\x05\x0b\x00\x00\x00"}, ""},
		"members of another":         {func() (any, error) { return secpolicy.ParseMembers(group(545, 0), 544) }, nil, "545"},
		"members announced":          {func() (any, error) { return secpolicy.ParseMembers(group(544, 2, "S-1-5-11"), 544) }, nil, "2 members"},
		"members outside": {func() (any, error) {
			b := group(544, 1, "S-1-5-11")
			le.PutUint32(b[0x28:], math.MaxUint32)
			return secpolicy.ParseMembers(b, 544)
		}, nil, "lies at"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.parse()
			if (err != nil) != (tc.err != "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("error %v, want one with %q", err, tc.err)
			}
			if err == nil {
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// empty is a hive without anything.
func empty(t *testing.T) *regf.Hive {
	t.Helper()
	sd, err := secdesc.FromSDDL("O:BAG:SYD:P(A;CI;KA;;;SY)")
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.New("x", sd, 1)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestEmptyHive: what is missing as a whole was not made yet; it counts neither as absent nor as empty.
func TestEmptyHive(t *testing.T) {
	h := empty(t)
	_, rights := secpolicy.Rights(h)
	_, audited := secpolicy.Audit(h)
	_, policy := secpolicy.AccountPolicy(h)
	_, account := secpolicy.FindAccount(h, 500)
	_, rids := secpolicy.AccountRIDs(h)
	_, members := secpolicy.Members(h, "S-1-5-32-544")
	for name, err := range map[string]error{"rights": rights, "audit": audited, "policy": policy, "account": account, "rids": rids, "members": members} {
		if !errors.Is(err, secpolicy.ErrNotMade) || errors.Is(err, secpolicy.ErrAbsent) || errors.Is(err, secpolicy.ErrLayout) {
			t.Errorf("%s of an empty hive: %v", name, err)
		}
	}
	if _, err := secpolicy.Members(h, "S-1-5-21-1-2-3-513"); err == nil || errors.Is(err, secpolicy.ErrAbsent) {
		t.Errorf("a group that is not local: %v", err)
	}
}

// TestRightsOfOneAccount damages the record of one account: nobody's rights can be told then.
func TestRightsOfOneAccount(t *testing.T) {
	const key = `Policy\Accounts\S-1-5-32-544`
	admins := []byte("\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00")
	for name, tc := range map[string]struct {
		values map[string][]byte
		want   string
	}{
		"whole":           {map[string][]byte{`\Sid`: admins, `\Privilgs`: privileges(20)}, ""},
		"no SID":          {map[string][]byte{`\Privilgs`: privileges(20)}, "no SID"},
		"another's SID":   {map[string][]byte{`\Sid`: []byte("\x01\x01\x00\x00\x00\x00\x00\x05\x0b\x00\x00\x00")}, "S-1-5-11"},
		"SID and more":    {map[string][]byte{`\Sid`: append(slices.Clone(admins), 0)}, "follow"},
		"unknown right":   {map[string][]byte{`\Sid`: admins, `\Privilgs`: privileges(99)}, "99"},
		"unknown access":  {map[string][]byte{`\Sid`: admins, `\ActSysAc`: {0, 0, 0, 1}}, "0x1000000"},
		"machine is torn": {map[string][]byte{`\Sid`: admins, `\..`: nil}, "PolAcDmS"},
	} {
		t.Run(name, func(t *testing.T) {
			h := empty(t)
			for sub, data := range tc.values {
				path := key + sub
				if sub == `\..` {
					path, data = `Policy\PolAcDmS`, []byte{1, 4, 0}
				}
				if _, err := h.SetValue(path, "", regf.None, data, 1); err != nil {
					t.Fatal(err)
				}
			}
			rights, err := secpolicy.Rights(h)
			if (err != nil) != (tc.want != "") || err != nil && (!errors.Is(err, secpolicy.ErrLayout) || !strings.Contains(err.Error(), tc.want)) {
				t.Fatalf("error %v, want one with %q", err, tc.want)
			}
			if err == nil && !slices.Equal(rights["SeDebugPrivilege"], []string{"S-1-5-32-544"}) {
				t.Errorf("rights are %v", rights)
			}
		})
	}
}
