package guest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// forever is a time without an end in the calls of lmaccess.h (TIMEQ_FOREVER), which count in seconds.
const forever = 0xffffffff

// Bits of DOMAIN_PASSWORD_INFORMATION.PasswordProperties ([MS-SAMR] 2.2.3.5).
const (
	passwordComplex   = 0x01 // DOMAIN_PASSWORD_COMPLEX
	passwordClearText = 0x10 // DOMAIN_PASSWORD_STORE_CLEARTEXT
)

// modals0 is USER_MODALS_INFO_0 (lmaccess.h): times in seconds.
type modals0 struct {
	MinPasswordLength, MaxPasswordAge, MinPasswordAge, ForceLogoff, PasswordHistory uint32
}

// modals3 is USER_MODALS_INFO_3: times in seconds.
type modals3 struct {
	Duration, Window, Threshold uint32
}

// accountRule is where Windows keeps a rule of a security template's [System Access].
type accountRule struct {
	level uint32 // of NetUserModalsSet: 1001 to 1005 sets one field of modals0, 3 all of modals3; 0: a bit of PasswordProperties
	unit  uint32 // seconds in one of the template's units; 1 where it is a number
	bit   uint32
}

const (
	minute = 60
	day    = 24 * 60 * minute
)

// accountRules lists the rules that a running Windows shows and takes.
var accountRules = map[string]accountRule{
	"MinimumPasswordLength":     {level: 1001, unit: 1},
	"MaximumPasswordAge":        {level: 1002, unit: day},
	"MinimumPasswordAge":        {level: 1003, unit: day},
	"ForceLogoffWhenHourExpire": {level: 1004, unit: 1},
	"PasswordHistorySize":       {level: 1005, unit: 1},
	"LockoutDuration":           {level: 3, unit: minute},
	"ResetLockoutCount":         {level: 3, unit: minute},
	"LockoutBadCount":           {level: 3, unit: 1},
	"PasswordComplexity":        {bit: passwordComplex},
	"ClearTextPassword":         {bit: passwordClearText},
}

// ruleOf finds a rule. One that Windows keeps where no documented call reaches is not observable.
func ruleOf(name string) (accountRule, error) {
	if rule, ok := accountRules[name]; ok {
		return rule, nil
	}
	if _, ok := secpolicy.Unread()[name]; ok {
		return accountRule{}, fmt.Errorf("account policy %s: no documented call of Windows shows or sets it: %w", name, setting.ErrUnobservable)
	}
	return accountRule{}, fmt.Errorf("account policy %s: there is no policy of that name", name)
}

// field is the number of a rule among those of its level.
func (r accountRule) field(name string, m0 *modals0, m3 *modals3) *uint32 {
	switch name {
	case "MinimumPasswordLength":
		return &m0.MinPasswordLength
	case "MaximumPasswordAge":
		return &m0.MaxPasswordAge
	case "MinimumPasswordAge":
		return &m0.MinPasswordAge
	case "ForceLogoffWhenHourExpire":
		return &m0.ForceLogoff
	case "PasswordHistorySize":
		return &m0.PasswordHistory
	case "LockoutDuration":
		return &m3.Duration
	case "ResetLockoutCount":
		return &m3.Window
	default:
		return &m3.Threshold
	}
}

// text is the rule's value as a template writes it: -1 where a time has no end. A time that is no whole number of units is an error: the
// template cannot say it.
func (r accountRule) text(name string, n uint32) (string, error) {
	if name == "ForceLogoffWhenHourExpire" { // seconds until the logoff is forced: none, or for ever
		switch n {
		case 0:
			return "1", nil
		case forever:
			return "0", nil
		}
		return "", fmt.Errorf("account policy %s: the logoff is forced after %d s, which no template can say", name, n)
	}
	switch {
	case r.unit > 1 && n == forever:
		return "-1", nil
	case n%r.unit != 0:
		return "", fmt.Errorf("account policy %s: %d s is no whole number of its unit (%d s)", name, n, r.unit)
	}
	return strconv.FormatUint(uint64(n/r.unit), 10), nil
}

// number is what a template's value is in Windows' calls.
func (r accountRule) number(name, text string) (uint32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil || n < -1 || n == -1 && r.unit == 1 || uint64(max(n, 0))*uint64(r.unit) >= forever:
		return 0, fmt.Errorf("account policy %s: %q is no value that Windows takes", name, text)
	case n == -1:
		return forever, nil
	case name == "ForceLogoffWhenHourExpire" && n == 1:
		return 0, nil
	case name == "ForceLogoffWhenHourExpire" && n == 0:
		return forever, nil
	case name == "ForceLogoffWhenHourExpire":
		return 0, fmt.Errorf("account policy %s: %q is neither 0 nor 1", name, text)
	}
	return uint32(n) * r.unit, nil
}

// lockout sets one number of the lockout, and moves the other time where Windows would refuse the pair: the window is never longer than the
// duration. The other time's own setting, where there is one, comes before or after and has the last word.
func (m modals3) lockout(name string, n uint32) modals3 {
	switch name {
	case "LockoutDuration":
		m.Duration = n
		m.Window = min(m.Window, n)
	case "ResetLockoutCount":
		m.Window = n
		m.Duration = max(m.Duration, n)
	default:
		m.Threshold = n
	}
	return m
}

// Bits of AUDIT_POLICY_INFORMATION.AuditingInformation (ntsecapi.h, POLICY_AUDIT_EVENT_*).
const (
	auditSuccess = 1
	auditFailure = 2
	auditNone    = 4
)

// auditText is the canonical text of what a subcategory writes.
func auditText(bits uint32) (string, error) {
	switch bits {
	case 0, auditNone:
		return secpolicy.AuditNone, nil
	case auditSuccess:
		return secpolicy.AuditSuccess, nil
	case auditFailure:
		return secpolicy.AuditFailure, nil
	case auditSuccess | auditFailure:
		return secpolicy.AuditBoth, nil
	}
	return "", fmt.Errorf("audit policy %#x has bits that are not known", bits)
}

// auditBits is what AuditSetSystemPolicy takes for a text. 0 would leave the subcategory as it is.
func auditBits(text string) (uint32, error) {
	switch text {
	case secpolicy.AuditNone:
		return auditNone, nil
	case secpolicy.AuditSuccess:
		return auditSuccess, nil
	case secpolicy.AuditFailure:
		return auditFailure, nil
	case secpolicy.AuditBoth:
		return auditSuccess | auditFailure, nil
	}
	return 0, fmt.Errorf("%q is no audit policy: the plan is damaged", text)
}

// parseGUID reads "{0cce922b-69ae-11d9-bed3-505054503030}" into the form that Windows has in memory ([MS-DTYP] 2.3.4.1).
func parseGUID(text string) (guid [16]byte, err error) {
	bad := fmt.Errorf("%q is no GUID", text)
	inner, ok := strings.CutPrefix(text, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	parts := strings.Split(inner, "-")
	if !ok || !closed || len(parts) != 5 {
		return guid, bad
	}
	for i, n := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != n {
			return guid, bad
		}
	}
	b, err := hex.DecodeString(strings.Join(parts, ""))
	if err != nil {
		return guid, bad
	}
	binary.LittleEndian.PutUint32(guid[0:], binary.BigEndian.Uint32(b[0:]))
	binary.LittleEndian.PutUint16(guid[4:], binary.BigEndian.Uint16(b[4:]))
	binary.LittleEndian.PutUint16(guid[6:], binary.BigEndian.Uint16(b[6:]))
	copy(guid[8:], b[8:])
	return guid, nil
}

// featureState is DismPackageFeatureState (dismapi.h).
type featureState uint32

const (
	featureNotPresent       featureState = 0
	featureUninstallPending featureState = 1
	featureStaged           featureState = 2
	featureRemoved          featureState = 3
	featureInstalled        featureState = 4
	featureInstallPending   featureState = 5
)

// text says whether the feature is on, and whether that is so only after a restart. A state in between is neither.
func (s featureState) text() (text string, pending bool, err error) {
	switch s {
	case featureInstalled:
		return textEnabled, false, nil
	case featureInstallPending:
		return textEnabled, true, nil
	case featureNotPresent, featureStaged, featureRemoved:
		return textDisabled, false, nil
	case featureUninstallPending:
		return textDisabled, true, nil
	}
	return "", false, fmt.Errorf("state %d of DISM is neither on nor off", s)
}
