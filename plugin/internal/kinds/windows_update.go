package kinds

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*WindowsUpdate)(nil)
	_ setting.Comparer = (*WindowsUpdate)(nil)
)

const (
	updateKey           = `HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate`
	regimeFrozen        = "frozen"
	regimeServicedBase  = "serviced-base"
	regimeWSUS          = "wsus"
	regimeValidatedRing = "validated-ring"
	maxActiveHours      = 18 // WindowsUpdate.admx: from Windows 10 1703 on; 12 before
	oldActiveHours      = 12
	maxURL              = 2048 // INTERNET_MAX_PATH_LENGTH (wininet.h)
)

// regimeLocation is claimed by everything that decides where updates come from: two regimes on one client contradict each other even
// where their registry values happen not to meet.
var regimeLocation = setting.StateLocation("update", "regime")

func updateRegimes() []string {
	return []string{regimeFrozen, regimeServicedBase, regimeWSUS, regimeValidatedRing}
}

func windowsUpdateKind() setting.Kind {
	return setting.Kind{
		Name: "windows_update",
		Doc: "Where the client gets updates from, and when it installs and restarts.\n\n" +
			"The values are policies below `SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate`, in the registry and in `Registry.pol`. Each setting that names a `regime` also claims `update:regime`, " +
			"so that two regimes collide whatever values they write:\n\n" +
			"- `frozen`: the client takes no updates by itself (`NoAutoUpdate`). `no_internet_locations` and `no_user_access` keep people from fetching them by hand.\n" +
			"- `serviced-base`: the same on the client; updates come with a new image, made from a serviced base.\n" +
			"- `wsus`: the client asks `server`, over `https` only, because whoever can change the answer of a server can offer updates. Deferrals do not make it ask the internet (`DisableDualScan`).\n" +
			"- `validated-ring`: as `wsus` with a `target_group` of clients whose products have been validated, or without a server and with `defer_days` straight from Microsoft.\n\n" +
			"A setting without `regime` states restarts and hours alone. The kind says what is *configured*: which updates are installed is the base's `build` and packages.",
		Principal: "regime",
		New:       func() setting.Spec { return new(WindowsUpdate) },
		Example: `regime                = "validated-ring"
server                = "https://wsus.example.org:8531"
target_group          = "radiology-validated"
no_internet_locations = true
install               = "schedule"
install_day           = 7
install_hour          = 3
no_auto_restart       = true
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"regime":                "`frozen`, `serviced-base`, `wsus` or `validated-ring`.",
			"server":                "The update server, `https://name:port` (`WUServer` and `WUStatusServer`).",
			"target_group":          "The group of computers that the client tells the server it belongs to (`TargetGroup`).",
			"no_internet_locations": "Whether Windows is kept from all update services but `server` (`DoNotConnectToWindowsUpdateInternetLocations`).",
			"defer_days":            "Days from 0 to 30 to wait with quality updates from Microsoft (`DeferQualityUpdatesPeriodInDays`); not together with a `server`.",
			"exclude_drivers":       "Whether drivers are left out (`ExcludeWUDriversInQualityUpdate`).",
			"install":               "`notify`, `download` (installing is left to people) or `schedule` (`AUOptions` 2, 3, 4); not for `frozen` and `serviced-base`.",
			"install_day":           "With `schedule`: 0 is every day, 1 Sunday to 7 Saturday (`ScheduledInstallDay`).",
			"install_hour":          "With `schedule`: the hour from 0 to 23 (`ScheduledInstallTime`).",
			"no_auto_restart":       "Whether a restart waits while somebody is logged on (`NoAutoRebootWithLoggedOnUsers`).",
			"active_hours":          "Two hours from 0 to 23, the first and the last of a span in which Windows does not restart by itself; at most 18 hours (12 on 14393).",
			"no_user_access":        "Whether users can neither look for updates nor pause them (`SetDisableUXWUAccess`).",
		},
	}
}

// WindowsUpdate is the desired regime of updates.
type WindowsUpdate struct {
	Regime              string `hcl:"regime,optional" json:"regime,omitempty"`
	Server              string `hcl:"server,optional" json:"server,omitempty"`
	TargetGroup         string `hcl:"target_group,optional" json:"target_group,omitempty"`
	NoInternetLocations *bool  `hcl:"no_internet_locations,optional" json:"no_internet_locations,omitempty"`
	DeferDays           *int   `hcl:"defer_days,optional" json:"defer_days,omitempty"`
	ExcludeDrivers      *bool  `hcl:"exclude_drivers,optional" json:"exclude_drivers,omitempty"`
	Install             string `hcl:"install,optional" json:"install,omitempty"`
	InstallDay          *int   `hcl:"install_day,optional" json:"install_day,omitempty"`
	InstallHour         *int   `hcl:"install_hour,optional" json:"install_hour,omitempty"`
	NoAutoRestart       *bool  `hcl:"no_auto_restart,optional" json:"no_auto_restart,omitempty"`
	ActiveHours         []int  `hcl:"active_hours,optional" json:"active_hours,omitempty"`
	NoUserAccess        *bool  `hcl:"no_user_access,optional" json:"no_user_access,omitempty"`

	Body             hcl.Body  `hcl:",body" json:"-"`
	RegimeRange      hcl.Range `hcl:"regime,attr_value_range" json:"-"`
	ServerRange      hcl.Range `hcl:"server,attr_value_range" json:"-"`
	TargetGroupRange hcl.Range `hcl:"target_group,attr_value_range" json:"-"`
	InternetRange    hcl.Range `hcl:"no_internet_locations,attr_value_range" json:"-"`
	DeferDaysRange   hcl.Range `hcl:"defer_days,attr_value_range" json:"-"`
	InstallRange     hcl.Range `hcl:"install,attr_value_range" json:"-"`
	InstallDayRange  hcl.Range `hcl:"install_day,attr_value_range" json:"-"`
	InstallHourRange hcl.Range `hcl:"install_hour,attr_value_range" json:"-"`
	ActiveHoursRange hcl.Range `hcl:"active_hours,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *WindowsUpdate) Check() hcl.Diagnostics {
	diags := choice(s.RegimeRange, "regime", s.Regime, true, updateRegimes()...)
	diags = append(diags, s.checkSource()...)
	diags = append(diags, s.checkInstall()...)
	diags = append(diags, between(s.DeferDays, "defer_days", 0, 30, s.DeferDaysRange)...)
	diags = append(diags, s.checkHours()...)
	if !diags.HasErrors() {
		diags = append(diags, s.values().tooLong(either(s.TargetGroupRange, s.ServerRange))...)
	}
	if !diags.HasErrors() && len(s.values()) == 0 {
		diags = append(diags, problem(placeIn(s.Body), "Empty expectation",
			`The setting asks for nothing. Write a "regime", or when the client restarts.`))
	}
	return diags
}

// checkSource refuses a regime that contradicts itself about where updates come from.
func (s *WindowsUpdate) checkSource() hcl.Diagnostics {
	var diags hcl.Diagnostics
	still := s.Regime == regimeFrozen || s.Regime == regimeServicedBase
	if s.Server != "" {
		diags = append(diags, checkHTTPS(s.Server, "server", "https://wsus.example.org:8531", s.ServerRange)...)
	}
	switch {
	case (still || s.Regime == "") && (s.Server != "" || s.TargetGroup != "" || s.DeferDays != nil):
		diags = append(diags, problem(either(s.ServerRange, s.TargetGroupRange, s.DeferDaysRange), "Update source without a regime that has one",
			`"server", "target_group" and "defer_days" belong to the regimes %q and %q.`, regimeWSUS, regimeValidatedRing))
	case s.Regime == regimeWSUS && s.Server == "":
		diags = append(diags, problem(s.RegimeRange, "Missing update server", `The regime %q needs a "server", such as "https://wsus.example.org:8531".`, s.Regime))
	case s.Server != "" && s.DeferDays != nil:
		diags = append(diags, problem(s.DeferDaysRange, "Deferral beside an update server", `With a "server" it is the server's approvals that decide, and a deferral would make clients ask the internet too. Remove "defer_days" or "server".`))
	case s.Regime == regimeValidatedRing && s.Server != "" && s.TargetGroup == "":
		diags = append(diags, problem(either(s.ServerRange, s.RegimeRange), "Missing target group", `A validated ring on a server is a "target_group" of that server. Write one, or regime = %q.`, regimeWSUS))
	case s.Regime == regimeValidatedRing && s.Server == "" && s.DeferDays == nil:
		diags = append(diags, problem(s.RegimeRange, "Missing update server", `The regime %q needs a "server" and a "target_group", or "defer_days" where updates come straight from Microsoft.`, s.Regime))
	case s.Regime == regimeValidatedRing && s.Server == "" && s.NoInternetLocations != nil && *s.NoInternetLocations:
		diags = append(diags, problem(s.InternetRange, "No source of updates", `The setting takes updates from Microsoft and forbids it. Name a "server", or use the regime %q.`, regimeFrozen))
	case s.TargetGroup != "" && s.Server == "":
		diags = append(diags, problem(s.TargetGroupRange, "Target group without a server", `A "target_group" is told to a "server". Name one.`))
	}
	if hasControl(s.TargetGroup) {
		diags = append(diags, problem(s.TargetGroupRange, "Illegal target group", "The name holds a control character."))
	}
	return diags
}

// checkHTTPS refuses what is no plain https URL: a server that is not authenticated can be played by anybody on the way.
func checkHTTPS(text, attribute, example string, at hcl.Range) hcl.Diagnostics {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || len(text) > maxURL || hasControl(text) || strings.ContainsAny(text, ", ;\""):
		return hcl.Diagnostics{problem(at, "Illegal URL", `The %s %.200q is no URL of at most %d characters. Write one such as %q.`, attribute, text, maxURL, example)}
	case u.Scheme != "https":
		return hcl.Diagnostics{problem(at, "Unprotected server", `The %s %q is reached over %s, where anybody on the way can answer in its place. Write an "https" URL such as %q.`, attribute, text, u.Scheme, example)}
	case u.User != nil:
		return hcl.Diagnostics{problem(at, "Secret in a profile", `The %s holds a user or password. Profiles hold no secrets: remove it.`, attribute)}
	case u.RawQuery != "" || u.Fragment != "":
		return hcl.Diagnostics{problem(at, "Illegal URL", `The %s %q has a query or fragment. Write a plain URL such as %q.`, attribute, text, example)}
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.IsUnspecified() {
		return hcl.Diagnostics{problem(at, "Illegal URL", `The %s %q names no machine.`, attribute, text)}
	}
	return nil
}

func (s *WindowsUpdate) checkInstall() hcl.Diagnostics {
	diags := choice(s.InstallRange, "install", s.Install, true, "notify", "download", "schedule")
	if s.Install != "" && s.Regime != regimeWSUS && s.Regime != regimeValidatedRing {
		diags = append(diags, problem(s.InstallRange, "Installation without updates", `"install" belongs to the regimes %q and %q.`, regimeWSUS, regimeValidatedRing))
	}
	if s.Install != "schedule" && (s.InstallDay != nil || s.InstallHour != nil) {
		diags = append(diags, problem(either(s.InstallDayRange, s.InstallHourRange), "Schedule without a schedule", `"install_day" and "install_hour" belong to install = "schedule".`))
	}
	if s.Install == "schedule" && (s.InstallDay == nil || s.InstallHour == nil) {
		diags = append(diags, problem(s.InstallRange, "Missing schedule", `install = "schedule" needs "install_day" and "install_hour": Windows would choose an hour of its own.`))
	}
	diags = append(diags, between(s.InstallDay, "install_day", 0, 7, s.InstallDayRange)...)
	return append(diags, between(s.InstallHour, "install_hour", 0, 23, s.InstallHourRange)...)
}

func (s *WindowsUpdate) checkHours() hcl.Diagnostics {
	if s.ActiveHours == nil {
		return nil
	}
	h := s.ActiveHours
	if len(h) != 2 || min(h[0], h[1]) < 0 || max(h[0], h[1]) > 23 || h[0] == h[1] {
		return hcl.Diagnostics{problem(s.ActiveHoursRange, "Illegal active hours", `Write two different hours from 0 to 23, the first and the last, such as [6, 22].`)}
	}
	if span := (h[1] - h[0] + 24) % 24; span > maxActiveHours {
		return hcl.Diagnostics{problem(s.ActiveHoursRange, "Illegal active hours", "%d hours are more than the %d that Windows takes (%d on build 14393).", span, maxActiveHours, oldActiveHours)}
	}
	return nil
}

func (s *WindowsUpdate) values() ownedValues {
	const au = updateKey + `\AU`
	var l ownedValues
	switch s.Regime {
	case regimeFrozen, regimeServicedBase:
		l.number(au, "NoAutoUpdate", new(1))
	case regimeWSUS, regimeValidatedRing:
		l.number(au, "NoAutoUpdate", new(0))
		l.number(au, "UseWUServer", new(bit(s.Server != "")))
	}
	if s.Server != "" {
		l.text(updateKey, "WUServer", s.Server)
		l.text(updateKey, "WUStatusServer", s.Server)
		l.number(updateKey, "DisableDualScan", new(1))
	}
	if s.TargetGroup != "" {
		l.number(updateKey, "TargetGroupEnabled", new(1))
		l.text(updateKey, "TargetGroup", s.TargetGroup)
	}
	l.flag(updateKey, "DoNotConnectToWindowsUpdateInternetLocations", s.NoInternetLocations)
	if s.DeferDays != nil {
		l.number(updateKey, "DeferQualityUpdates", new(1))
		l.number(updateKey, "DeferQualityUpdatesPeriodInDays", s.DeferDays)
	}
	l.flag(updateKey, "ExcludeWUDriversInQualityUpdate", s.ExcludeDrivers)
	if n := map[string]int{"notify": 2, "download": 3, "schedule": 4}[s.Install]; n > 0 {
		l.number(au, "AUOptions", &n)
	}
	l.number(au, "ScheduledInstallDay", s.InstallDay)
	l.number(au, "ScheduledInstallTime", s.InstallHour)
	l.flag(au, "NoAutoRebootWithLoggedOnUsers", s.NoAutoRestart)
	if len(s.ActiveHours) == 2 {
		l.number(updateKey, "SetActiveHours", new(1))
		l.number(updateKey, "ActiveHoursStart", new(s.ActiveHours[0]))
		l.number(updateKey, "ActiveHoursEnd", new(s.ActiveHours[1]))
	}
	l.flag(updateKey, "SetDisableUXWUAccess", s.NoUserAccess)
	return l
}

// Claims are the policy's values, and the regime itself.
func (s *WindowsUpdate) Claims(setting.Base) []setting.Claim {
	claims := s.values().claims()
	if s.Regime != "" {
		claims = append(claims, setting.Claim{Location: regimeLocation, Value: s.Regime})
	}
	return claims
}

// Ops write the policy's values.
func (s *WindowsUpdate) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy's values.
func (s *WindowsUpdate) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *WindowsUpdate) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows only whether anything changed: whether frozen or patched protects better depends on what the client is for.
func (s *WindowsUpdate) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*WindowsUpdate)
	if !ok || s.Regime != o.Regime {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
