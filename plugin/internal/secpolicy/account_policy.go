package secpolicy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// accountKey is where the Security Accounts Manager keeps the machine's own domain: its accounts and their policy.
const accountKey = `SAM\Domains\Account`

// Flags of PasswordProperties ([MS-SAMR] 2.2.3.2, DOMAIN_PASSWORD_INFORMATION of ntsecapi.h).
const (
	passwordComplex   = 0x01
	passwordCleartext = 0x10
	passwordKnown     = 0x3f
)

// Never is the time span that never ends, as SAM keeps it.
const never = math.MinInt64

// Time spans are negative multiples of 100 ns.
const (
	perMinute = 60 * 10_000_000
	perDay    = 24 * 60 * perMinute
)

// AccountPolicy reads from a SAM hive the policy for passwords and lockout of local accounts, in the names and units of a security
// template's [System Access]: ages in days, lockout in minutes, -1 for never. LSAAnonymousNameLookup and AllowAdministratorLockout are
// not in it: how they are kept is nowhere described well enough to be read (see Unread).
func AccountPolicy(sam *regf.Hive) (map[string]string, error) {
	data, err := record(sam, accountKey, "F")
	if err != nil {
		return nil, err
	}
	policy, err := parseAccountPolicy(data)
	if err != nil {
		return nil, layoutError(accountKey, "value F: %v", err)
	}
	return policy, nil
}

// Unread names the account policies of a security template that Windows keeps in a form which is not known here, and says why.
func Unread() map[string]string {
	return map[string]string{
		"LSAAnonymousNameLookup": `it is part of the descriptor in SECURITY\Policy\SecDesc, and what Windows makes of that descriptor's own ` +
			`entries for anonymous users is not documented`,
		"AllowAdministratorLockout": `the update that brought it does not say where it is kept`,
	}
}

// parseAccountPolicy reads the fixed part of the domain record. Behind it lie keys, which are of no concern here.
func parseAccountPolicy(b []byte) (map[string]string, error) {
	const fixed = 0x68
	if len(b) < fixed {
		return nil, fmt.Errorf("a domain record of %d bytes, at least %d are known", len(b), fixed)
	}
	if err := samRevision(b); err != nil {
		return nil, err
	}
	// A client's own domain is always enabled, and its own primary: other numbers say that something else lies here.
	if state, role := u32(b, 0x58), u16(b, 0x5c); state != 1 || role != 3 {
		return nil, fmt.Errorf("state %d and role %d, known are 1 and 3", state, role)
	}
	properties := u32(b, 0x4c)
	if properties&^passwordKnown != 0 {
		return nil, fmt.Errorf("password properties %#x hold a flag that is not known", properties)
	}
	flag := func(bit uint32) string {
		if properties&bit != 0 {
			return "1"
		}
		return "0"
	}
	policy := map[string]string{
		"PasswordComplexity": flag(passwordComplex), "ClearTextPassword": flag(passwordCleartext),
		"MinimumPasswordLength": number(b, 0x50), "PasswordHistorySize": number(b, 0x52), "LockoutBadCount": number(b, 0x54),
	}
	for _, s := range []struct {
		name string
		at   int
		unit int64
	}{
		{"MaximumPasswordAge", 0x18, perDay}, {"MinimumPasswordAge", 0x20, perDay}, {"LockoutDuration", 0x30, perMinute}, {"ResetLockoutCount", 0x38, perMinute},
	} {
		text, err := span(b, s.at, s.unit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		policy[s.name] = text
	}
	switch logoff := int64(binary.LittleEndian.Uint64(b[0x28:])); logoff {
	case 0:
		policy["ForceLogoffWhenHourExpire"] = "1"
	case never:
		policy["ForceLogoffWhenHourExpire"] = "0"
	default:
		return nil, fmt.Errorf("forced log-off after %d, known are at once and never", logoff)
	}
	return policy, nil
}

// samRevision checks the head that domain and user records share: revision 2 (Windows 7) or 3 (Windows 10), in its first form.
func samRevision(b []byte) error {
	if major, minor := u16(b, 0), u16(b, 2); minor != 1 || major != 2 && major != 3 {
		return fmt.Errorf("revision %d.%d, known are 2.1 and 3.1", major, minor)
	}
	return nil
}

func number(b []byte, at int) string { return strconv.Itoa(int(u16(b, at))) }

// span writes a time span in its unit; one that is no whole number of units was not made by a security template.
func span(b []byte, at int, unit int64) (string, error) {
	v := int64(binary.LittleEndian.Uint64(b[at:]))
	switch {
	case v == never:
		return "-1", nil
	case v > 0:
		return "", fmt.Errorf("the time span %d is a point in time", v)
	case v%unit != 0:
		return "", fmt.Errorf("the time span %d is no whole number of days or minutes", v)
	}
	return strconv.FormatInt(-v/unit, 10), nil
}
