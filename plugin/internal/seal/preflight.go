package seal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Generalizable is a running Windows of which is asked whether Sysprep can generalise it.
type Generalizable interface {
	setting.RegistryReader
	setting.KeyLister
	PendingRestart() ([]string, error)
}

// PreflightPrefix begins the ids of what Preflight finds.
const PreflightPrefix = "sysprep/"

const (
	appxStore  = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore`
	spp        = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform`
	bitlocker  = `HKLM\SYSTEM\CurrentControlSet\Control\BitLockerStatus`
	bootStatus = "BootStatus"
)

// Preflight looks for what makes Sysprep fail, before it runs: each finding that does not pass has its way out. What no documented place shows is
// unobservable, and never passes.
func Preflight(m Generalizable) []setting.Finding {
	type check struct {
		name, expected, wayOut string
		severity               setting.Severity
		find                   func(Generalizable) (found []string, err error)
	}
	checks := []check{
		{"pending-restart", "no restart is pending", "restart until nothing is pending", setting.High, Generalizable.PendingRestart},
		{"packages", "no app package belongs to a user alone", "remove it for every user (Remove-AppxPackage -AllUsers), or delete the profile that has it", setting.High, userPackages},
		{"rearm", "the licence can be reset once more", "read it with slmgr.vbs /dlv, or set SkipRearm in the answer file", setting.Low, rearm},
		{"bitlocker", "no volume is protected by BitLocker", "read it with manage-bde -status; turn BitLocker off and wait until all is decrypted", setting.Medium, protected},
	}
	out := make([]setting.Finding, 0, len(checks))
	for _, c := range checks {
		f := setting.Finding{Setting: PreflightPrefix + c.name, Kind: "preflight", Severity: c.severity, Outcome: setting.Error, Expected: c.expected}
		found, err := c.find(m)
		switch {
		case errors.Is(err, setting.ErrUnobservable):
			f.Outcome, f.Reason = setting.Unobservable, err.Error()+"; "+c.wayOut
		case err != nil:
			f.Reason = err.Error()
		case len(found) > 0:
			f.Outcome, f.Observed, f.Reason = setting.Fail, strings.Join(found, ", "), c.wayOut
		default:
			f.Outcome, f.Observed = setting.Pass, "none"
		}
		out = append(out, f)
	}
	return out
}

// frameworks begin the names of packages that others bring with them, and that nobody provisions.
var frameworks = []string{"Microsoft.VCLibs.", "Microsoft.NET.Native.", "Microsoft.UI.Xaml.", "Microsoft.Services.Store.Engagement", "Microsoft.WindowsAppRuntime."}

// userPackages are packages that are installed for a user, and not, or in another version, provisioned for all (Microsoft, KB 2769827). Windows
// keeps both lists in one key: the provisioned ones below Applications and InboxApplications, those of each user below a SID.
func userPackages(m Generalizable) ([]string, error) {
	keys, err := optionalKeys(m, appxStore)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, list := range []string{"Applications", "InboxApplications"} {
		names, err := optionalKeys(m, appxStore+`\`+list)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			all[strings.ToLower(n)] = true
		}
	}
	var out []string
	for _, sid := range keys {
		if !strings.HasPrefix(sid, "S-1-5-21-") && !strings.HasPrefix(sid, "S-1-12-1-") {
			continue
		}
		names, err := optionalKeys(m, appxStore+`\`+sid)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			ofSystem := slices.ContainsFunc(frameworks, func(f string) bool { return strings.HasPrefix(strings.ToLower(n), strings.ToLower(f)) })
			if !all[strings.ToLower(n)] && !ofSystem && strings.Contains(n, "_") {
				out = append(out, n+" of "+sid)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

func optionalKeys(m setting.KeyLister, key string) ([]string, error) {
	names, err := m.RegistryKeys(key)
	if isAbsent(err) {
		return nil, nil
	}
	return names, err
}

// rearm asks whether the licence is left alone. How often it can still be reset stands in no documented place of the registry (the documented one
// is SoftwareLicensingService.RemainingWindowsReArmCount, by WMI, which this program does not speak).
func rearm(m Generalizable) ([]string, error) {
	v, err := m.RegistryValue(spp, "SkipRearm")
	if err == nil && v.Text() == setting.DWord(1).Text() {
		return nil, nil
	}
	if err != nil && !isAbsent(err) {
		return nil, err
	}
	return nil, fmt.Errorf("how often Windows can still be rearmed: %w", setting.ErrUnobservable)
}

// protected asks what the boot left of BitLocker. The value is not documented, so that its being 0, or missing, shows nothing.
func protected(m Generalizable) ([]string, error) {
	v, err := m.RegistryValue(bitlocker, bootStatus)
	if err != nil && !isAbsent(err) {
		return nil, err
	}
	if err == nil && v.Text() != setting.DWord(0).Text() {
		return []string{"the volume of Windows was unlocked at the start (BootStatus " + v.Text() + ")"}, nil
	}
	return nil, fmt.Errorf("whether a volume is encrypted: %w", setting.ErrUnobservable)
}
