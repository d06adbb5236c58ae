package baseline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// The operators of HardeningKitty's lists, and "absent", which derived lists use.
const (
	OpEqual        = "="
	OpNotEqual     = "!="
	OpAtLeast      = ">="
	OpAtMost       = "<="
	OpAtMostNot0   = "<=!0"
	OpContains     = "contains"
	OpEqualOrEmpty = "=|0"
	OpAbsent       = "absent"
)

func operators() []string {
	return []string{OpEqual, OpNotEqual, OpAtLeast, OpAtMost, OpAtMostNot0, OpContains, OpEqualOrEmpty, OpAbsent}
}

// methods says for each method how a row of it is carried. HardeningKitty compares names of methods without regard to case.
func methods() map[string]func(*Row, setting.Table) {
	return map[string]func(*Row, setting.Table){
		"registry": (*Row).registry, "registryabsent": (*Row).absent, "registrylist": (*Row).registryList,
		"accesschk": (*Row).right, "auditpol": (*Row).audit, "accountpolicy": (*Row).accountPolicy, "secedit": (*Row).template,
		"service": (*Row).service, "localaccount": (*Row).localAccount, "mppreferenceasr": (*Row).attackSurface, "mppreference": (*Row).preference,
		"windowsoptionalfeature": (*Row).feature, "scheduledtask": (*Row).task,
	}
}

// liveOnly are methods that ask a running Windows something that no location holds.
var liveOnly = map[string]string{
	"firewallrule":          "it looks for a firewall rule by its display name, which differs by language; rules are read back by port, program and peer",
	"mppreferenceexclusion": "it asks the running Defender for its exclusions; list the policy value behind it as Registry",
	"ciminstance":           "it asks WMI of a running Windows; list the registry value behind it as Registry",
	"bitlockervolume":       "the state of a volume is no property of an image",
	"processmitigation":     "it asks a running Windows for mitigations per process; list the registry value behind it as Registry",
	"languagemode":          "the language mode of PowerShell is a state of a running session",
	"bcdedit":               "the boot configuration is not part of an image's hives",
	"firewallprofile":       "it asks the running firewall; list the policy value behind it as Registry",
}

// carried turns what the list says into a location and a predicate, or says why that cannot be done.
func (r Row) carried(table setting.Table) Row {
	if r.Operator == "" {
		r.Operator = OpEqual
	}
	r.Operator = strings.ToLower(r.Operator)
	if !slices.Contains(operators(), r.Operator) {
		r.Unread = fmt.Sprintf("the operator %q is not known; known are %s", r.Operator, strings.Join(operators(), "  "))
		return r
	}
	method := strings.ToLower(r.Method)
	if carry, ok := methods()[method]; ok {
		carry(&r, table)
		return r
	}
	if why, ok := liveOnly[method]; ok {
		r.Unread = why
		return r
	}
	r.Unread = fmt.Sprintf("the method %q is not known", r.Method)
	return r
}

func (r *Row) unread(format string, args ...any) { r.Unread = fmt.Sprintf(format, args...) }

// registryKey reads "HKLM:\x", "HKEY_LOCAL_MACHINE\x" and "Registry::HKEY_LOCAL_MACHINE\x".
func registryKey(path string) (string, bool) {
	if at := strings.Index(path, "::"); at >= 0 {
		path = path[at+2:]
	}
	root, rest, ok := strings.Cut(path, `\`)
	key := setting.NormalKey(strings.TrimSuffix(root, ":") + `\` + rest)
	root, _, _ = strings.Cut(key, `\`)
	return key, ok && (root == "HKLM" || root == "HKCU")
}

func (r *Row) registry(setting.Table) {
	key, ok := registryKey(r.source.path)
	if !ok {
		r.unread("the registry path %q begins neither with HKLM: nor with HKCU:", r.source.path)
		return
	}
	name := r.source.item
	if strings.EqualFold(name, "(Default)") {
		name = ""
	}
	r.Location = setting.RegistryLocation(key, name)
	r.Wanted = strings.TrimRight(r.Wanted, "\r\n")
	// Windows keeps some lists as values that are named 1, 2, 3: which number an entry has means nothing.
	_, number := Number(r.Wanted)
	r.AnyName = r.Operator == OpEqual && isDecimal(name) && !number && r.Wanted != ""
}

func (r *Row) registryList(t setting.Table) {
	r.source.item = "*"
	r.registry(t)
	r.AnyName = r.Unread == ""
	if r.AnyName && r.Operator != OpEqual && r.Operator != OpContains {
		r.Location, r.AnyName = "", false
		r.unread("the operator %q asks something of every entry of a list, and only what one entry holds can be told", r.Operator)
	}
}

func (r *Row) absent(t setting.Table) {
	r.registry(t)
	r.Operator, r.Wanted, r.AnyName = OpAbsent, "", false
}

func isDecimal(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}

func (r *Row) right(setting.Table) { r.holders(r.source.argument) }

// holders carries a list of SIDs behind a user right.
func (r *Row) holders(right string) {
	if !strings.HasPrefix(right, "Se") {
		r.unread("%q is no user right by its constant, such as SeDenyNetworkLogonRight", right)
		return
	}
	var sids []string
	for _, h := range strings.FieldsFunc(r.Wanted, func(c rune) bool { return c == ';' || c == ',' }) {
		sid, ok := SID(h)
		if !ok {
			r.unread("%q is a name, and names differ by language: write the SID", strings.TrimSpace(h))
			return
		}
		sids = append(sids, sid)
	}
	slices.Sort(sids)
	r.Location, r.Wanted = setting.RightLocation(right), jsonList(slices.Compact(sids))
}

func (r *Row) audit(table setting.Table) {
	subcategory := r.source.argument
	if subcategory == "" {
		subcategory = r.Name
	}
	text, ok := auditText(r.Wanted)
	if !ok {
		r.unread("%q is none of Success, Failure, Success and Failure, No Auditing", r.Wanted)
		return
	}
	l, err := AuditLocation(table, subcategory)
	if err != nil {
		r.unread("%s", err)
		return
	}
	r.Location, r.Wanted = l, text
}

// AuditLocation is the location of an audit subcategory, by its GUID or its short English name, as the kind audit_policy reads it.
func AuditLocation(table setting.Table, subcategory string) (setting.Location, error) {
	raw, err := json.Marshal(map[string]any{"subcategory": subcategory, "events": []string{"success"}})
	if err != nil {
		return "", err
	}
	spec, err := table.DecodeJSON("audit_policy", raw)
	if err != nil {
		return "", err
	}
	return spec.Claims(setting.Base{})[0].Location, nil
}

func auditText(s string) (string, bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "success":
		return "success", true
	case "failure":
		return "failure", true
	case "success and failure", "success,failure":
		return "success,failure", true
	case "no auditing", "none":
		return "none", true
	}
	return "", false
}

func (r *Row) service(setting.Table) {
	name := r.source.argument
	if name == "" {
		r.unread("the row names no service")
		return
	}
	start, ok := map[string]string{"disabled": "disabled", "manual": "manual", "automatic": "automatic", "auto": "automatic", "boot": "boot", "system": "system",
		"automatic (delayed start)": "delayed", "delayed": "delayed"}[strings.ToLower(strings.TrimSpace(r.Wanted))]
	if !ok {
		r.unread("%q is no start type", r.Wanted)
		return
	}
	r.Location, r.Wanted = setting.ServiceLocation(name), start
}

func (r *Row) attackSurface(setting.Table) {
	r.Location = setting.RegistryLocation(`HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules`, strings.ToLower(r.source.argument))
	if r.source.argument == "" {
		r.Location, r.Unread = "", "the row names no attack surface reduction rule"
	}
}

// preferences are Defender's preferences that a policy sets, by the place of the policy ("Policy CSP - ADMX_MicrosoftDefenderAntivirus" and
// "Policy CSP - Defender", Windows documentation).
var preferences = map[string]struct{ key, name string }{
	"puaprotection":                 {"", "PUAProtection"},
	"mapsreporting":                 {`\Spynet`, "SpynetReporting"},
	"submitsamplesconsent":          {`\Spynet`, "SubmitSamplesConsent"},
	"disableblockatfirstseen":       {`\Spynet`, "DisableBlockAtFirstSeen"},
	"cloudblocklevel":               {`\MpEngine`, "MpCloudBlockLevel"},
	"disablerealtimemonitoring":     {`\Real-Time Protection`, "DisableRealtimeMonitoring"},
	"disablebehaviormonitoring":     {`\Real-Time Protection`, "DisableBehaviorMonitoring"},
	"disableioavprotection":         {`\Real-Time Protection`, "DisableIOAVProtection"},
	"disablescriptscanning":         {`\Real-Time Protection`, "DisableScriptScanning"},
	"disableremovabledrivescanning": {`\Scan`, "DisableRemovableDriveScanning"},
	"disableemailscanning":          {`\Scan`, "DisableEmailScanning"},
	"enablenetworkprotection":       {`\Windows Defender Exploit Guard\Network Protection`, "EnableNetworkProtection"},
	"enablecontrolledfolderaccess":  {`\Windows Defender Exploit Guard\Controlled Folder Access`, "EnableControlledFolderAccess"},
}

// preference carries a preference of Defender as the policy that decides it.
func (r *Row) preference(setting.Table) {
	name := r.source.argument
	if name == "" {
		name = r.source.property
	}
	at, ok := preferences[strings.ToLower(name)]
	if !ok {
		r.unread("it asks the running Defender for %q, and no policy value behind it is known here; list that value as Registry", name)
		return
	}
	r.Location = setting.RegistryLocation(`HKLM\SOFTWARE\Policies\Microsoft\Windows Defender`+at.key, at.name)
	switch strings.ToLower(strings.TrimSpace(r.Wanted)) {
	case "true", "enabled":
		r.Wanted = "1"
	case "false", "disabled":
		r.Wanted = "0"
	}
}

func (r *Row) feature(setting.Table) { r.state(setting.SchemeFeature, r.source.argument) }

func (r *Row) task(setting.Table) { r.state(setting.SchemeTask, r.source.argument) }

// state carries what is enabled or disabled.
func (r *Row) state(scheme, name string) {
	text, ok := enabledText(r.Wanted)
	switch {
	case name == "":
		r.unread("the row names nothing")
	case !ok:
		r.unread("%q is neither Enabled nor Disabled", r.Wanted)
	default:
		r.Location, r.Wanted = setting.StateLocation(scheme, name), text
	}
}

func enabledText(s string) (string, bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "enabled", "true", "1":
		return "enabled", true
	case "disabled", "false", "0", "disabledwithpayloadremoved":
		return "disabled", true
	}
	return "", false
}

func jsonList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil { // strings always encode
		return "[]"
	}
	return string(b)
}
