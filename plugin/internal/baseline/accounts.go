package baseline

import (
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// accountRules are the rules of a security template's [System Access] by the words that lists use for them, without blanks and case.
var accountRules = map[string]string{
	"resetaccountlockoutcounterafter":                "ResetLockoutCount",
	"resetaccountlockoutcounter":                     "ResetLockoutCount",
	"minimumpasswordage":                             "MinimumPasswordAge",
	"maximumpasswordage":                             "MaximumPasswordAge",
	"accountlockoutthreshold":                        "LockoutBadCount",
	"accountlockoutduration":                         "LockoutDuration",
	"allowadministratoraccountlockout":               "AllowAdministratorLockout",
	"passwordmustmeetcomplexityrequirements":         "PasswordComplexity",
	"enforcepasswordhistory":                         "PasswordHistorySize",
	"lengthofpasswordhistorymaintained":              "PasswordHistorySize",
	"storepasswordsusingreversibleencryption":        "ClearTextPassword",
	"minimumpasswordlength":                          "MinimumPasswordLength",
	"forceuserlogoffhowlongaftertimeexpires":         "ForceLogoffWhenHourExpire",
	"networksecurityforcelogoffwhenlogonhoursexpire": "ForceLogoffWhenHourExpire",
}

func (r *Row) accountPolicy(setting.Table) {
	words := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, strings.ToLower(r.Name))
	rule, ok := accountRules[words]
	if !ok {
		rule, ok = accountRules[strings.TrimSuffix(words, "s")] // "expires" and "expire" are both written
	}
	if !ok {
		r.unread("%q is no rule for passwords or lockout that is known", r.Name)
		return
	}
	r.systemAccess(rule)
}

// template carries "System Access\LockoutBadCount" and its like.
func (r *Row) template(setting.Table) {
	section, key, ok := strings.Cut(r.source.argument, `\`)
	switch {
	case !ok:
		r.unread(`%q is not of the form Section\Key`, r.source.argument)
	case strings.EqualFold(section, "System Access"):
		r.systemAccess(key)
	case strings.EqualFold(section, "Privilege Rights"):
		r.holders(key)
	case strings.EqualFold(section, "Registry Values"):
		r.templateValue(key)
	default:
		r.unread("the section %q of a security template is not read in a list", section)
	}
}

// templateValue carries a row of [Registry Values]: MACHINE\...\Name, with "type,value" or a value.
func (r *Row) templateValue(path string) {
	at := strings.LastIndex(path, `\`)
	rest, ok := cutFold(path, `MACHINE\`)
	if !ok || at < len(`MACHINE\`) {
		r.unread(`%q does not begin with MACHINE\`, path)
		return
	}
	r.Location = setting.RegistryLocation(setting.NormalKey(`HKLM\`+rest[:strings.LastIndex(rest, `\`)]), path[at+1:])
	if kind, value, typed := strings.Cut(r.Wanted, ","); typed && isDecimal(kind) {
		r.Wanted = value
	}
	r.Wanted = strings.Trim(r.Wanted, `"`)
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// systemAccess carries a rule of [System Access] by its name there.
func (r *Row) systemAccess(rule string) {
	switch strings.ToLower(rule) {
	case "enableadminaccount":
		r.state(setting.SchemeAccount, "500")
		return
	case "enableguestaccount":
		r.state(setting.SchemeAccount, "501")
		return
	case "newadministratorname":
		r.Location, r.Wanted = setting.StateLocation(setting.SchemeAccountName, "500"), strings.Trim(r.Wanted, `"`)
		return
	case "newguestname":
		r.Location, r.Wanted = setting.StateLocation(setting.SchemeAccountName, "501"), strings.Trim(r.Wanted, `"`)
		return
	}
	n, ok := ruleNumber(rule, r.Wanted)
	if !ok {
		r.unread("%q is no number", r.Wanted)
		return
	}
	r.Location, r.Wanted = setting.StateLocation(setting.SchemeAccountPolicy, rule), strconv.FormatInt(n, 10)
}

// ruleNumber reads a number as tools print it. -1 is never, or until an administrator unlocks, which some write as 0 or in words.
func ruleNumber(rule, text string) (int64, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch text {
	case "enabled", "true":
		return 1, true
	case "disabled", "false":
		return 0, true
	case "never", "unlimited":
		if strings.EqualFold(rule, "ForceLogoffWhenHourExpire") || strings.EqualFold(rule, "LockoutBadCount") {
			return 0, true
		}
		return -1, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if n == 0 && (strings.EqualFold(rule, "LockoutDuration") || strings.EqualFold(rule, "MaximumPasswordAge")) {
		return -1, err == nil
	}
	return n, err == nil
}

// localAccount carries the state or the name of an account, which is named by its RID.
func (r *Row) localAccount(setting.Table) {
	rid := r.source.argument
	switch _, isState := enabledText(r.Wanted); {
	case !isDecimal(rid):
		r.unread("%q is no RID, such as 500", rid)
	case isState:
		r.state(setting.SchemeAccount, rid)
	default:
		r.Location = setting.StateLocation(setting.SchemeAccountName, rid)
	}
}

// wellKnown are the English names that HardeningKitty's lists use whatever the language of Windows, as it translates them itself
// ([MS-DTYP] 2.4.2.4).
var wellKnown = map[string]string{
	"everyone":                         "S-1-1-0",
	`builtin\administrators`:           "S-1-5-32-544",
	`builtin\users`:                    "S-1-5-32-545",
	`builtin\guests`:                   "S-1-5-32-546",
	`builtin\backup operators`:         "S-1-5-32-551",
	`builtin\remote desktop users`:     "S-1-5-32-555",
	`builtin\performance log users`:    "S-1-5-32-559",
	`nt authority\network`:             "S-1-5-2",
	`nt authority\service`:             "S-1-5-6",
	`nt authority\anonymous logon`:     "S-1-5-7",
	`nt authority\authenticated users`: "S-1-5-11",
	`nt authority\system`:              "S-1-5-18",
	`nt authority\local service`:       "S-1-5-19",
	`nt authority\network service`:     "S-1-5-20",
	`nt authority\local account`:       "S-1-5-113",
	`nt authority\local account and member of administrators group`: "S-1-5-114",
	`nt virtual machine\virtual machines`:                           "S-1-5-83-0",
	`window manager\window manager group`:                           "S-1-5-90-0",
	`nt service\all services`:                                       "S-1-5-80-0",
	`nt service\wdiservicehost`:                                     "S-1-5-80-3139157870-2983391045-3678747466-658725712-1809340420",
}

// SID reads a SID as lists write it: with or without the asterisk of a security template, or as one of the fixed English names that
// HardeningKitty uses, with their authority.
func SID(s string) (string, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "*")
	if sid, ok := wellKnown[strings.ToLower(s)]; ok {
		return sid, true
	}
	s = strings.ToUpper(s)
	parts := strings.Split(s, "-")
	if len(parts) < 4 || parts[0] != "S" || parts[1] != "1" {
		return "", false
	}
	for _, p := range parts[2:] {
		if !isDecimal(p) {
			return "", false
		}
	}
	return s, true
}
