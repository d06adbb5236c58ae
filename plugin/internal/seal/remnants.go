package seal

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentplace"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// remnant is something that a build may leave behind.
type remnant struct {
	name     string
	expected string
	why      string // what it means that it is there
	remedy   string
	allowed  func(*plan.Plan) bool // nil where no plan may ask for it
	cuts     bool                  // taking it away cuts the connection of a build, or the program that does it
	soft     bool                  // programs of Windows make such things themselves at any time: that one is back is no reason to stop
	find     func(look) ([]Place, error)
}

// The places where Windows keeps what a build makes.
const (
	listeners      = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener`
	firewallRules  = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`
	winrmService   = `HKLM\SYSTEM\CurrentControlSet\Services\WinRM`
	systemPolicy   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	tokenFilter    = "LocalAccountTokenFilterPolicy"
	profileList    = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`
	winlogon       = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`
	setupKey       = `HKLM\SYSTEM\Setup`
	sessions       = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`
	policyRules    = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`
	tlsBindings    = `HKLM\SYSTEM\CurrentControlSet\Services\HTTP\Parameters\SslBindingInfo`
	lsaOfAutologon = `HKLM\SECURITY\Policy\Secrets\DefaultPassword`
	taskTree       = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree`
)

// answerFiles are where Windows Setup looks for an answer file on the system's own volume, and where it keeps copies (Microsoft, "Windows
// Setup Automation Overview", implicit answer file search order). A copy holds the build's password, obscured at best.
var answerFiles = []string{
	`\Windows\Panther\unattend.xml`, `\Windows\Panther\autounattend.xml`, `\Windows\Panther\Unattend\unattend.xml`, `\Windows\Panther\Unattend\autounattend.xml`,
	`\Windows\Panther\unattend-original.xml`, `\Windows\System32\Sysprep\unattend.xml`, `\Windows\System32\Sysprep\autounattend.xml`,
	`\Windows\System32\Sysprep\Panther\unattend.xml`, `\unattend.xml`, `\autounattend.xml`, `\Windows\unattend.xml`,
}

// remnants is the list, in the order in which they are taken away. What package unattend makes is named there, and taken from there.
var remnants = []remnant{
	{
		name: "listener", expected: "no WinRM listener but that of the management path", cuts: true,
		why: "somebody can reach WinRM", remedy: "remove the listener (winrm delete)",
		find: listener,
	},
	{
		name: "tls-binding", expected: "no TLS on WinRM's port but that of the management path", cuts: true,
		why: "the HTTP service answers on WinRM's port with a certificate of a build", remedy: "remove the binding (netsh http delete sslcert)",
		find: binding,
	},
	{
		name: "certificate", expected: "no certificate of a build", cuts: true,
		why: "the key of a build's listener is on every client of the image", remedy: "remove the certificate with its key from the machine's store My",
		find: certificate,
	},
	{
		name: "firewall-rule", expected: "no rule " + unattend.FirewallRule, cuts: true,
		why: "the firewall lets a build in", remedy: "remove the rule",
		find: func(l look) ([]Place, error) { return l.values(firewallRules, unattend.FirewallRule) },
	},
	{
		name: "open-rule", expected: "no rule that opens WinRM but those of the management path", cuts: true,
		why: "the firewall lets somebody in to WinRM", remedy: "turn the rule off",
		find: openRules,
	},
	{
		name: "winrm-service", expected: "WinRM does not start by itself", allowed: managed, cuts: true,
		why: "the image declares no management over WinRM", remedy: "set the service WinRM to start on demand (3) or not at all (4)",
		find: func(l look) ([]Place, error) {
			text, err := l.value(winrmService, "Start")
			if err != nil || text != setting.DWord(2).Text() && text != setting.DWord(1).Text() && text != setting.DWord(0).Text() {
				return nil, err
			}
			if v, ok := plannedValue(l.w.Plan, winrmService, "Start"); ok && v.Text() == text {
				return nil, nil // the plan has another use for the service, which forwards events too
			}
			return []Place{{Kind: PlaceOnDemand, At: winrmService, Name: "Start", Text: "Start " + text}}, nil
		},
	},
	{
		name: "remote-token", expected: "local accounts lose their administrator's rights over the network", cuts: true,
		why: "a build turned the filter of remote logons off", remedy: "remove " + tokenFilter,
		find: func(l look) ([]Place, error) {
			text, err := l.value(systemPolicy, tokenFilter)
			if err != nil || text == "" || text == setting.DWord(0).Text() {
				return nil, err
			}
			if v, ok := plannedValue(l.w.Plan, systemPolicy, tokenFilter); ok && v.Text() == text {
				return nil, nil // judged as the plan's setting
			}
			return []Place{{Kind: PlaceValue, At: systemPolicy, Name: tokenFilter, Text: tokenFilter + " " + text}}, nil
		},
	},
	{
		name: "autologon", expected: "nobody is logged on by itself", allowed: autologonPlanned,
		why: "the next start logs an account on", remedy: "remove AutoAdminLogon and DefaultPassword of Winlogon",
		find: autologon,
	},
	{
		name: "logon-secret", expected: "no password of automatic logon", allowed: autologonPlanned, cuts: true, // only SYSTEM reads where it lies
		why: "the password of an account is kept for automatic logon", remedy: "remove the secret DefaultPassword (LsaStorePrivateData without data)",
		find: func(l look) ([]Place, error) {
			switch err := l.RegistryKey(lsaOfAutologon); {
			case isAbsent(err):
				return nil, nil
			case err != nil:
				return nil, err
			}
			return []Place{{Kind: PlaceSecret, At: "DefaultPassword", Text: "the secret DefaultPassword"}}, nil
		},
	},
	{
		name: "profile", expected: "no profile of a build's account", cuts: true,
		why: "the files of the build's account are on every client of the image", remedy: "delete the profile (DeleteProfile), not its folder alone",
		find: profile,
	},
	{
		name: "account", expected: "no account of a build", cuts: true,
		why: "an administrator whose password a build knew is on every client of the image", remedy: "delete the account",
		find: account,
	},
	{
		name: "answer-files", expected: "no answer file, and no copy of one",
		why: "an answer file holds the build's password", remedy: "delete them",
		find: answers,
	},
	{
		name: "tasks", expected: "no task of a build",
		why: "a task of Packer's runs a build's script as an administrator", remedy: "delete the tasks packer-*",
		find: tasks,
	},
	{
		name: "temporary-files", expected: "no temporary files", cuts: true, soft: true,
		why: "what programs of the build put there is on every client of the image", remedy: "empty the folder",
		find: func(l look) ([]Place, error) { return l.below(`\Windows\Temp`, func(string) bool { return true }) },
	},
	{
		name: "agent", expected: "neither agent nor bundle nor service", allowed: kept, cuts: true,
		why: "the image does not keep the agent", remedy: "let the machine start once after the seal: the agent's file goes then",
		find: agent,
	},
	{
		name: "state", expected: "no journal, no folder of a build", cuts: true,
		why: "what a build noted is on every client of the image", remedy: "let wmguest seal end its work at the next start, or delete the folders, after the records were collected",
		find: state,
	},
}

// buildFolder is where the bootstrap keeps its record and its log.
const buildFolder = agentplace.Folder + `\` + unattend.Folder

func autologonPlanned(p *plan.Plan) bool { return planSets(p, "autologon") }

func kept(p *plan.Plan) bool { return p.Image.FirstBoot != nil && p.Image.FirstBoot.Keep }

func managed(p *plan.Plan) bool { return p.Image.Management.Path == "winrm_https" }

// listener finds listeners that the management path does not explain: all where there is none over WinRM, else those that answer without
// TLS, or with a build's certificate or one that is not there. Windows keeps a listener as a key "<address>+<transport>" whose value
// CertThumbprint names the certificate.
func listener(l look) ([]Place, error) {
	keys, err := l.keys(listeners)
	if err != nil {
		return nil, err
	}
	certs, err := l.certificates()
	if err != nil {
		return nil, err
	}
	var out []Place
	left := func(k, text string) { out = append(out, Place{Kind: PlaceKey, At: listeners + `\` + k, Text: text}) }
	for _, k := range keys {
		if !managed(l.w.Plan) {
			left(k, k)
			continue
		}
		if !strings.HasSuffix(strings.ToUpper(k), "+HTTPS") {
			left(k, k+" (without TLS)")
			continue
		}
		v, err := l.value(listeners+`\`+k, "CertThumbprint")
		if err != nil {
			return nil, err
		}
		thumb := strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(v, "sz:"), " ", ""))
		switch subject, ok := certs[thumb]; {
		case !ok:
			left(k, k+" (its certificate is not in the store)")
		case subject == unattend.CertificateName:
			left(k, k+" (with the build's certificate)")
		}
	}
	return out, nil
}

func certificate(l look) ([]Place, error) {
	certs, err := l.certificates()
	if err != nil {
		return nil, err
	}
	var out []Place
	for thumb, subject := range certs {
		if subject == unattend.CertificateName {
			out = append(out, Place{Kind: PlaceCertificate, At: thumb, Text: thumb})
		}
	}
	return out, nil
}

func account(l look) ([]Place, error) {
	all, err := l.Accounts()
	if err != nil {
		return nil, err
	}
	var out []Place
	for rid, name := range all {
		if strings.EqualFold(name, l.w.Account) {
			out = append(out, Place{Kind: PlaceAccount, At: name, RID: rid, Text: fmt.Sprintf("%s (RID %d)", name, rid)})
		}
	}
	return out, nil
}

// profile finds the account's profile by its folder, in the list and on the disk. Where the folder's name was taken, Windows puts the
// computer's name or a number behind a dot.
func profile(l look) ([]Place, error) {
	own := func(name string) bool {
		first, _, _ := strings.Cut(name, ".")
		return strings.EqualFold(first, l.w.Account)
	}
	sids, err := l.keys(profileList)
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, sid := range sids {
		path, err := l.value(profileList+`\`+sid, "ProfileImagePath")
		if err != nil {
			return nil, err
		}
		if own(path[strings.LastIndexByte(path, '\\')+1:]) {
			out = append(out, Place{Kind: PlaceProfile, At: sid, Text: "profile of " + sid})
		}
	}
	folders, err := l.below(`\Users`, own)
	return append(out, folders...), err
}

// autologon finds what Winlogon logs an account on by. Values are never shown.
func autologon(l look) ([]Place, error) {
	var out []Place
	on, err := l.value(winlogon, "AutoAdminLogon")
	if err != nil {
		return nil, err
	}
	if on != "" && on != setting.SZ("0").Text() {
		out = append(out, Place{Kind: PlaceValue, At: winlogon, Name: "AutoAdminLogon", Text: "AutoAdminLogon"})
	}
	more, err := l.values(winlogon, "DefaultPassword", "AutoLogonCount")
	if err != nil {
		return nil, err
	}
	out = append(out, more...)
	user, err := l.value(winlogon, "DefaultUserName")
	if err == nil && strings.EqualFold(user, setting.SZ(l.w.Account).Text()) {
		out = append(out, Place{Kind: PlaceValue, At: winlogon, Name: "DefaultUserName", Text: "DefaultUserName"})
	}
	return out, err
}

func answers(l look) ([]Place, error) {
	out, err := l.there(answerFiles...)
	if err != nil {
		return nil, err
	}
	named, err := l.values(setupKey, "UnattendFile")
	for i := range named {
		named[i].Text = setupKey + "!UnattendFile"
	}
	return append(out, named...), err
}

// packerTask begins the name of a task by which Packer runs a script with elevated rights (packer-plugin-sdk, guestexec/elevated.go).
const packerTask = "packer-"

func tasks(l look) ([]Place, error) {
	own := func(name string) bool { return strings.HasPrefix(strings.ToLower(name), packerTask) }
	keys, err := l.keys(taskTree)
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, k := range keys {
		if own(k) {
			out = append(out, Place{Kind: PlaceTask, At: `\` + k, Text: "the task " + k})
		}
	}
	files, err := l.below(`\Windows\System32\Tasks`, own)
	return append(out, files...), err
}

func agent(l look) ([]Place, error) {
	out, err := l.there(agentplace.AgentPath, agentplace.BundleFolder)
	if err != nil {
		return nil, err
	}
	switch err := l.RegistryKey(agentplace.ServiceKey); {
	case err == nil:
		out = append(out, Place{Kind: PlaceService, At: agentplace.ServiceName, Text: "the service " + agentplace.ServiceName})
	case !isAbsent(err):
		return nil, err
	}
	pending, err := l.RegistryValue(sessions, "PendingFileRenameOperations")
	switch {
	case isAbsent(err):
		return out, nil
	case err != nil:
		return nil, err
	}
	// Pairs of names, of which the second is empty where the file goes: that is no list as Windows reads others, so the text is looked at as a whole.
	if strings.Contains(strings.ToLower(utf16Text(pending.Data)), strings.ToLower(agentplace.AgentPath)) {
		out = append(out, Place{Kind: PlaceNextStart, Text: "a removal of the agent that waits for a start"})
	}
	return out, nil
}

// state finds what a build noted. The folder of an image's own first boot stays with it; those of builds have a bundle's digest in their names
// (package online), and go.
func state(l look) ([]Place, error) {
	own := []string{buildFolder, FinishFile}
	if l.w.Plan.Image.FirstBoot == nil {
		own = append(own, agentplace.StateFolder)
	}
	out, err := l.there(own...)
	if err != nil {
		return nil, err
	}
	more, err := l.below(agentplace.Folder, func(name string) bool {
		name = strings.ToLower(name)
		return strings.HasPrefix(name, "bundle-") || strings.HasPrefix(name, "state-") || strings.HasSuffix(name, ".partial")
	})
	return append(out, more...), err
}

// utf16Text is UTF-16LE as text, whatever it holds.
func utf16Text(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
