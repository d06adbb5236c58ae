package conflict_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

func systemCases() []rowCase {
	fips := func(yes bool) func(*environment.Facts) { return func(f *environment.Facts) { f.FIPS = is(yes) } }
	stick := func(kind string) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.USB = listOf(environment.USB{VID: is("096E"), PID: is("0006"), Kind: is(kind)})
		}
	}
	withDriver := func(f *environment.Facts) {
		f.USB = listOf(environment.USB{VID: is("096E"), PID: is("0006"), Kind: is("dongle"), Driver: is("x.inf")})
	}
	noUSB := func(f *environment.Facts) { f.USB = listOf[environment.USB]() }
	grabber := func(bus string) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.Devices = listOf(environment.Device{Kind: is("frame-grabber"), Bus: is(bus)})
		}
	}
	driver := func(ready bool) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.KernelDrivers = listOf(environment.KernelDriver{Name: is("x.sys"), HVCIReady: is(ready)})
		}
	}
	feature := func(f *environment.Facts) { f.NetFramework = listOf("3.5") }
	always := func(yes bool) func(*environment.Facts) {
		return func(f *environment.Facts) { f.Continuous = is(yes) }
	}
	regime := func(word string) func(*environment.Facts) {
		return func(f *environment.Facts) { f.Updates = is(environment.Updates{Regime: is(word)}) }
	}
	patients := func(yes bool) func(*environment.Facts) {
		return func(f *environment.Facts) { f.PatientData = is(yes) }
	}
	disk := func(unattended, swap bool) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.Bitlocker = is(environment.Bitlocker{UnattendedRestart: is(unattended), DiskSwap: is(swap)})
		}
	}
	printer := func(f *environment.Facts) {
		f.Printers = listOf(environment.Printer{Name: is("film")})
	}
	camera := func(f *environment.Facts) { f.Devices = listOf(environment.Device{Kind: is("camera")}) }
	const restrictions = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceInstall\Restrictions`
	const fve = `reg:HKLM\SOFTWARE\Policies\Microsoft\FVE!`
	const wsus = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate!WUServer = sz:https://wsus`
	const storage = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}!`
	const deviceGuard = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceGuard`
	denied := restrictions + `!DenyUnspecified = dword:1`
	const log = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\EventLog\Security!`
	auditLine := `reg:HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Audit!ProcessCreationIncludeCmdLine_Enabled = dword:1`
	const sources = `reg:HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Servicing!LocalSourcePath = expand_sz:C:\sxs`
	listed := []string{restrictions + `!DenyRemovableDevices = dword:1`, restrictions + `!AllowDenyLayered = dword:1`, restrictions + `\AllowDeviceIDs!1 = sz:USB\VID_096E&PID_0006`}
	return []rowCase{
		{"fips", conflict.Block, []string{lsa + `\FIPSAlgorithmPolicy!Enabled = dword:1`}, fips(false), fips(true), []string{lsa + `\FIPSAlgorithmPolicy!Enabled = dword:0`}, ""},
		{"usb", conflict.Block, []string{denied}, stick("dongle"), noUSB, nil, ""},
		{"usb", conflict.Auto, []string{denied, restrictions + `\AllowDeviceIDs!1 = sz:USB\VID_096E&PID_0006`}, stick("dongle"), noUSB, nil, ""},
		{"usb", conflict.Block, []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices!Deny_All = dword:1`}, stick("storage"), stick("dongle"), nil, ""},
		{"usb", conflict.Block, []string{restrictions + `!DenyRemovableDevices = dword:1`, restrictions + `\AllowDeviceIDs!1 = sz:USB\VID_096E&PID_0006`}, stick("dongle"), noUSB,
			listed, ""},
		{"usb", conflict.Auto, listed, stick("dongle"), noUSB, nil, ""},
		{"usb", conflict.Warn, listed, withDriver, stick("dongle"), nil, ""},
		{"usb", conflict.Block, []string{restrictions + `!DenyRemovableDevices = dword:1`, restrictions + `!AllowDenyLayered = dword:1`}, stick("dongle"), noUSB, listed, ""},
		{"usb", conflict.Auto, []string{listed[0], listed[1], restrictions + `\AllowDeviceClasses!1 = sz:{50dd5230-ba8a-11d1-bf5d-0000f805f530}`}, stick("smart-card-reader"), stick("dongle"), nil, ""},
		{"usb", conflict.Block, []string{restrictions + `\DenyDeviceIDs!1 = sz:USB\VID_096E&PID_0006`}, stick("dongle"), noUSB, []string{restrictions + `\DenyDeviceIDs!1 = sz:USB\VID_096E&PID_0007`}, ""},
		{"usb", conflict.Block, []string{restrictions + `\DenyDeviceClasses!1 = sz:{50dd5230-ba8a-11d1-bf5d-0000f805f530}`}, stick("smart-card-reader"), stick("dongle"), nil, ""},
		{"usb", conflict.Block, []string{denied, restrictions + `\AllowDeviceIDs!1 = sz:USB\VID_096E&PID_0006&REV_0100`}, stick("dongle"), noUSB, nil, ""},
		{"usb", conflict.Block, []string{storage + `Deny_Write = dword:1`}, stick("storage"), stick("dongle"), []string{storage + `Deny_Execute = dword:1`}, ""},
		{"usb", conflict.Block, []string{fve + `RDVDenyWriteAccess = dword:1`}, stick("storage"), stick("dongle"), nil, ""},
		{"dma", conflict.Warn, []string{restrictions + `\DenyDeviceClasses!1 = sz:{d48179be-ec20-11d1-b6b8-00c04fa372a7}`}, grabber("ieee1394"), grabber("usb"),
			[]string{restrictions + `!DenyDeviceClasses = dword:1`, restrictions + `\DenyDeviceClasses!1 = sz:{50dd5230-ba8a-11d1-bf5d-0000f805f530}`}, ""},
		{"kernel-drivers", conflict.Block, []string{deviceGuard + `!HypervisorEnforcedCodeIntegrity = dword:2`}, driver(false), driver(true), []string{deviceGuard + `!HypervisorEnforcedCodeIntegrity = dword:3`}, ""},
		{"disk-encryption", conflict.Block, []string{fve + `UseTPMKey = dword:1`}, disk(true, false), disk(false, false), []string{fve + `UseTPMPIN = dword:1`, fve + `OSManageNKP = dword:1`}, ""},
		{"restarts", conflict.Block, []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate!SetComplianceDeadline = dword:1`}, always(true), always(false), nil, ""},
		{"devices", conflict.Auto, []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\AppPrivacy!LetAppsAccessCamera = dword:1`}, camera, nothing, nil, ""},
		{"dma", conflict.Warn, []string{fve + `DisableExternalDMAUnderLock = dword:1`}, grabber("thunderbolt"), grabber("usb"), nil, ""},
		{"kernel-drivers", conflict.Block, []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceGuard!HypervisorEnforcedCodeIntegrity = dword:1`}, driver(false), driver(true), nil, ""},
		{"features", conflict.Block, []string{`feature:SMB1Protocol = disabled`}, needsFeature("SMB1Protocol-Client"), needsFeature("Client-ProjFS"), []string{`feature:SMB1Protocol = enabled`}, ""},
		{"features", conflict.Warn, []string{`feature:TelnetClient = disabled`}, needsFeature("Printing-XPSServices-Features"), nothing, []string{`feature:Printing-XPSServices-Features = enabled`}, ""},
		{"features", conflict.Block, []string{`feature:NetFx3 = disabled`}, feature, nothing, []string{`feature:NetFx3 = enabled`}, ""},
		{"features", conflict.Auto, []string{`feature:NetFx3 = enabled`, sources}, feature, nothing, []string{`feature:NetFx3 = enabled`}, ""},
		{"features", conflict.Auto, []string{`feature:TelnetClient = enabled`}, func(f *environment.Facts) { f.Features = listOf("TelnetClient") }, nothing, nil, ""},
		{"features", conflict.Ask, []string{`feature:NetFx3 = enabled`, outBlock}, feature, nil, []string{`feature:NetFx3 = enabled`, outBlock, sources}, ""},
		{"features", conflict.Ask, []string{`feature:NetFx3 = enabled`, wsus}, feature, nil, []string{`feature:TelnetClient = enabled`, wsus}, ""},
		{"features", conflict.Warn, []string{`feature:NetFx3 = enabled`}, feature, nil, []string{`feature:NetFx3 = enabled`, sources}, ""},
		{"restarts", conflict.Block, []string{update + `AUOptions = dword:4`}, always(true), always(false), nil, ""},
		{"frozen-patching", conflict.Warn, []string{`update:regime = frozen`}, nothing, nil, []string{`update:regime = serviced-base`, update + `NoAutoUpdate = dword:1`}, ""},
		{"frozen-patching", conflict.Block, []string{wsus}, regime("frozen"), regime("wsus"), nil, ""},
		{"audit-availability", conflict.Block, []string{lsa + `!CrashOnAuditFail = dword:1`}, nothing, nil, []string{lsa + `!CrashOnAuditFail = dword:0`}, ""},
		{"audit-availability", conflict.Block, []string{log + `Retention = sz:1`}, nothing, nil, []string{log + `Retention = sz:0`}, ""},
		{"command-lines", conflict.Ask, []string{auditLine}, nothing, patients(false), nil, ""},
		{"command-lines", conflict.Block, []string{auditLine}, patients(true), patients(false), nil, ""},
		{"disk-encryption", conflict.Block, []string{fve + `UseTPMPIN = dword:1`}, disk(true, false), disk(false, false), nil, ""},
		{"disk-encryption", conflict.Ask, []string{fve + `UseAdvancedStartup = dword:1`}, disk(false, true), disk(false, false), nil, ""},
		{"printing", conflict.Warn, []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Printers!RegisterSpoolerRemoteRpcEndPoint = dword:2`}, printer, nothing, nil, ""},
		{"printing", conflict.Block, []string{`svc:Spooler = disabled`}, printer, nothing, nil, ""},
		{"devices", conflict.Block, []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\AppPrivacy!LetAppsAccessCamera = dword:2`}, camera, nothing, nil, ""},
	}
}

// TestFeaturesOfTheBase: what servicing has turned on need not be turned on, and is not asked for.
func TestFeaturesOfTheBase(t *testing.T) {
	wants := func(f *environment.Facts) { f.NetFramework = listOf("3.5") }
	for name, tt := range map[string]struct {
		features []string
		settings []string
		level    conflict.Level
	}{
		"nothing":            {nil, nil, conflict.Block},
		"in the base":        {[]string{"netfx3"}, nil, ""},
		"another":            {[]string{"TelnetClient"}, nil, conflict.Block},
		"and turned on":      {[]string{"NetFx3"}, []string{`feature:NetFx3 = enabled`, outBlock}, ""},
		"but turned off":     {[]string{"NetFx3"}, []string{`feature:NetFx3 = disabled`}, conflict.Block},
		"turned on, offline": {nil, []string{`feature:NetFx3 = enabled`, outBlock}, conflict.Ask},
	} {
		req := request("", tt.settings, product("p", wants))
		req.Base.Features = tt.features
		found, _ := judged(t, req)
		for _, level := range conflict.Levels() {
			if c, ok := find(found, "features", level); ok != (level == tt.level) {
				t.Errorf("%s: %s %v: %s", name, level, ok, c.Reason)
			}
		}
	}
}

func needsFeature(name string) func(*environment.Facts) {
	return func(f *environment.Facts) { f.Features = listOf(name) }
}
