package seal

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
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
	find     func(look) ([]string, error)
}

// The places where Windows keeps what a build makes.
const (
	listeners     = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener`
	firewallRules = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`
	winrmService  = `HKLM\SYSTEM\CurrentControlSet\Services\WinRM`
	systemPolicy  = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	tokenFilter   = "LocalAccountTokenFilterPolicy"
	profileList   = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`
	winlogon      = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`
	setupKey      = `HKLM\SYSTEM\Setup`
	sessions      = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`
)

// answerFiles are where Windows Setup looks for an answer file on the system's own volume, and where it keeps copies (Microsoft, "Windows
// Setup Automation Overview", implicit answer file search order). A copy holds the build's password, obscured at best.
var answerFiles = []string{
	`\Windows\Panther\unattend.xml`, `\Windows\Panther\autounattend.xml`, `\Windows\Panther\Unattend\unattend.xml`, `\Windows\Panther\Unattend\autounattend.xml`,
	`\Windows\Panther\unattend-original.xml`, `\Windows\System32\Sysprep\unattend.xml`, `\Windows\System32\Sysprep\autounattend.xml`,
	`\Windows\System32\Sysprep\Panther\unattend.xml`, `\unattend.xml`, `\autounattend.xml`, `\Windows\unattend.xml`,
}

// remnants is the list. What package unattend makes is named there, and taken from there.
var remnants = []remnant{
	{
		name: "listener", expected: "no WinRM listener but that of the management path",
		why: "somebody can reach WinRM", remedy: "remove the listener (winrm delete), which the stage seal has to be told of where another program made it",
		find: listener,
	},
	{
		name: "certificate", expected: "no certificate of a build",
		why: "the key of a build's listener is on every client of the image", remedy: "remove the certificate with its key from the machine's store My",
		find: certificate,
	},
	{
		name: "firewall-rule", expected: "no rule " + unattend.FirewallRule,
		why: "the firewall lets a build in", remedy: "remove the rule",
		find: func(l look) ([]string, error) {
			text, err := l.value(firewallRules, unattend.FirewallRule)
			if err != nil || text == "" {
				return nil, err
			}
			return []string{unattend.FirewallRule}, nil
		},
	},
	{
		name: "winrm-service", expected: "WinRM does not start by itself", allowed: managed,
		why: "the image declares no management over WinRM", remedy: "set the service WinRM to start on demand (3) or not at all (4)",
		find: func(l look) ([]string, error) {
			text, err := l.value(winrmService, "Start")
			if err != nil || text != setting.DWord(2).Text() && text != setting.DWord(1).Text() && text != setting.DWord(0).Text() {
				return nil, err
			}
			return []string{"Start " + text}, nil
		},
	},
	{
		name: "remote-token", expected: "local accounts lose their administrator's rights over the network",
		why: "a build turned the filter of remote logons off", remedy: "remove " + tokenFilter,
		find: func(l look) ([]string, error) {
			text, err := l.value(systemPolicy, tokenFilter)
			if err != nil || text == "" || text == setting.DWord(0).Text() || l.planned(systemPolicy, tokenFilter) {
				return nil, err
			}
			return []string{tokenFilter + " " + text}, nil
		},
	},
	{
		name: "account", expected: "no account of a build",
		why: "an administrator whose password a build knew is on every client of the image", remedy: "delete the account",
		find: account,
	},
	{
		name: "profile", expected: "no profile of a build's account",
		why: "the files of the build's account are on every client of the image", remedy: "delete the profile (DeleteProfile), not its folder alone",
		find: profile,
	},
	{
		name: "autologon", expected: "nobody is logged on by itself", allowed: func(p *plan.Plan) bool { return planSets(p, "autologon") },
		why: "the next start logs an account on", remedy: "remove AutoAdminLogon and DefaultPassword of Winlogon",
		find: autologon,
	},
	{
		name: "answer-files", expected: "no answer file, and no copy of one",
		why: "an answer file holds the build's password", remedy: "delete them",
		find: answers,
	},
	{
		name: "agent", expected: "neither agent nor bundle nor service", allowed: func(p *plan.Plan) bool { return p.Image.FirstBoot != nil && p.Image.FirstBoot.Keep },
		why: "the image does not keep the agent", remedy: "let the machine start once after the seal: the agent's file goes then",
		find: agent,
	},
	{
		name: "state", expected: "no journal, no folder of a build",
		allowed: func(p *plan.Plan) bool { return p.Image.FirstBoot != nil },
		why:     "what a build noted is on every client of the image", remedy: "seal with --forget, or delete the folders, after the records were collected",
		find: func(l look) ([]string, error) { return l.there(firstboot.StateFolder, buildFolder) },
	},
	{
		name: "temporary-files", expected: "no temporary files",
		why: "what programs of the build put there is on every client of the image", remedy: "empty the folder",
		find: func(l look) ([]string, error) {
			names, err := l.names(`\Windows\Temp`)
			for i, n := range names {
				names[i] = `\Windows\Temp\` + n
			}
			return names, err
		},
	},
}

// buildFolder is where the bootstrap keeps its record and its log.
const buildFolder = firstboot.Folder + `\` + unattend.Folder

func managed(p *plan.Plan) bool { return p.Image.Management.Path == "winrm_https" }

// listener finds listeners that the management path does not explain: all where there is none over WinRM, else those that answer without
// TLS, or with a build's certificate or one that is not there. Windows keeps a listener as a key "<address>+<transport>" whose value
// CertThumbprint names the certificate.
func listener(l look) ([]string, error) {
	keys, err := l.keys(listeners)
	if err != nil {
		return nil, err
	}
	certs, err := l.certificates()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, k := range keys {
		if !managed(l.w.Plan) {
			out = append(out, k)
			continue
		}
		if !strings.HasSuffix(strings.ToUpper(k), "+HTTPS") {
			out = append(out, k+" (without TLS)")
			continue
		}
		v, err := l.value(listeners+`\`+k, "CertThumbprint")
		if err != nil {
			return nil, err
		}
		thumb := strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(v, "sz:"), " ", ""))
		switch subject, ok := certs[thumb]; {
		case !ok:
			out = append(out, k+" (its certificate is not in the store)")
		case subject == unattend.CertificateName:
			out = append(out, k+" (with the build's certificate)")
		}
	}
	return out, nil
}

func certificate(l look) ([]string, error) {
	certs, err := l.certificates()
	if err != nil {
		return nil, err
	}
	var out []string
	for thumb, subject := range certs {
		if subject == unattend.CertificateName {
			out = append(out, thumb)
		}
	}
	return out, nil
}

func account(l look) ([]string, error) {
	all, err := l.Accounts()
	if err != nil {
		return nil, err
	}
	var out []string
	for rid, name := range all {
		if strings.EqualFold(name, l.w.Account) {
			out = append(out, fmt.Sprintf("%s (RID %d)", name, rid))
		}
	}
	return out, nil
}

// profile finds the account's profile by its folder, in the list and on the disk. Where the folder's name was taken, Windows puts the
// computer's name or a number behind a dot.
func profile(l look) ([]string, error) {
	own := func(name string) bool {
		first, _, _ := strings.Cut(name, ".")
		return strings.EqualFold(first, l.w.Account)
	}
	sids, err := l.keys(profileList)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, sid := range sids {
		path, err := l.value(profileList+`\`+sid, "ProfileImagePath")
		if err != nil {
			return nil, err
		}
		if own(path[strings.LastIndexByte(path, '\\')+1:]) {
			out = append(out, "profile of "+sid)
		}
	}
	folders, err := l.names(`\Users`)
	for _, f := range folders {
		if own(f) {
			out = append(out, `\Users\`+f)
		}
	}
	return out, err
}

func autologon(l look) ([]string, error) {
	var out []string
	on, err := l.value(winlogon, "AutoAdminLogon")
	if err != nil {
		return nil, err
	}
	if on != "" && on != setting.SZ("0").Text() {
		out = append(out, "AutoAdminLogon")
	}
	for _, name := range []string{"DefaultPassword", "AutoLogonCount"} {
		text, err := l.value(winlogon, name)
		if err != nil {
			return nil, err
		}
		if text != "" {
			out = append(out, name) // never its value
		}
	}
	return out, nil
}

func answers(l look) ([]string, error) {
	out, err := l.there(answerFiles...)
	if err != nil {
		return nil, err
	}
	named, err := l.value(setupKey, "UnattendFile")
	if err == nil && named != "" {
		out = append(out, setupKey+"!UnattendFile")
	}
	return out, err
}

func agent(l look) ([]string, error) {
	out, err := l.there(firstboot.AgentPath, firstboot.BundleFolder)
	if err != nil {
		return nil, err
	}
	switch err := l.RegistryKey(firstboot.ServiceKey); {
	case err == nil:
		out = append(out, "the service "+firstboot.ServiceName)
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
	if strings.Contains(strings.ToLower(utf16Text(pending.Data)), strings.ToLower(firstboot.AgentPath)) {
		out = append(out, "a removal of the agent that waits for a start")
	}
	return out, nil
}

// utf16Text is UTF-16LE as text, whatever it holds.
func utf16Text(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
