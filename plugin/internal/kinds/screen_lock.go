package kinds

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*ScreenLock)(nil)
	_ setting.Comparer = (*ScreenLock)(nil)
)

const (
	systemPolicies = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	// blankScreenSaver is a black screen, in System32 of every build. New profiles have no screen saver, and without one Windows does not
	// heed the time ("Screen saver timeout", ControlPanelDisplay.admx).
	blankScreenSaver = "scrnsave.scr"
	desktopPolicy    = `HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop`
)

// cardActions are the values of ScRemoveOption ("Interactive logon: Smart card removal behavior").
var cardActions = map[string]string{"nothing": "0", "lock": "1", "logoff": "2", "disconnect": "3"}

func screenLockKind() setting.Kind {
	return setting.Kind{
		Name: "screen_lock",
		Doc: "When a session locks by itself.\n\n" +
			"Three ways, each set only where it is written: the machine locks after `inactivity_seconds` without input, a screen saver starts and asks for the password (offline for the default profile, from which Windows makes new ones), " +
			"and the session locks when the smart card is taken out. Policies are judged in the registry and in `Registry.pol`; the card's action is `Winlogon\\ScRemoveOption`.\n\n" +
			"The card's action needs the service `SCPolicySvc`: a `service` of its own. A lock of 0 seconds is refused, because for Windows 0 means that the client never locks: leave the attribute out, or write an exception.",
		Principal: "inactivity_seconds",
		New:       func() setting.Spec { return new(ScreenLock) },
		Example: `inactivity_seconds   = 900
screen_saver_seconds = 600
screen_saver_locks   = true
on_card_removal      = "lock"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"inactivity_seconds":   "Seconds without input, from 1 to 599940, after which the session locks (`InactivityTimeoutSecs`).",
			"screen_saver_seconds": "Seconds without input, from 1 to 599940, after which the screen saver starts (`ScreenSaveTimeOut`); also switches it on, and chooses the black one (`SCRNSAVE.EXE`), as Windows starts none where none is chosen.",
			"screen_saver_locks":   "Whether the screen saver asks for the password (`ScreenSaverIsSecure`).",
			"on_card_removal":      "`nothing`, `lock`, `logoff` or `disconnect` (a remote session).",
		},
	}
}

// ScreenLock is the desired locking of sessions.
type ScreenLock struct {
	InactivitySeconds  *int   `hcl:"inactivity_seconds,optional" json:"inactivity_seconds,omitempty"`
	ScreenSaverSeconds *int   `hcl:"screen_saver_seconds,optional" json:"screen_saver_seconds,omitempty"`
	ScreenSaverLocks   *bool  `hcl:"screen_saver_locks,optional" json:"screen_saver_locks,omitempty"`
	OnCardRemoval      string `hcl:"on_card_removal,optional" json:"on_card_removal,omitempty"`

	Body                    hcl.Body  `hcl:",body" json:"-"`
	InactivitySecondsRange  hcl.Range `hcl:"inactivity_seconds,attr_value_range" json:"-"`
	ScreenSaverSecondsRange hcl.Range `hcl:"screen_saver_seconds,attr_value_range" json:"-"`
	OnCardRemovalRange      hcl.Range `hcl:"on_card_removal,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *ScreenLock) Check() hcl.Diagnostics {
	const longest = 599940 // seconds; securityoptions "Machine inactivity limit"
	diags := between(s.InactivitySeconds, "inactivity_seconds", 1, longest, s.InactivitySecondsRange)
	diags = append(diags, between(s.ScreenSaverSeconds, "screen_saver_seconds", 1, longest, s.ScreenSaverSecondsRange)...)
	diags = append(diags, choice(s.OnCardRemovalRange, "on_card_removal", s.OnCardRemoval, true, "nothing", "lock", "logoff", "disconnect")...)
	if !diags.HasErrors() && len(s.values()) == 0 {
		diags = append(diags, problem(placeIn(s.Body), "Empty expectation", `The setting asks for nothing. Write "inactivity_seconds", a screen saver or "on_card_removal".`))
	}
	return diags
}

func (s *ScreenLock) values() ownedValues {
	var l ownedValues
	l.number(systemPolicies, "InactivityTimeoutSecs", s.InactivitySeconds)
	if s.ScreenSaverSeconds != nil {
		l.text(desktopPolicy, "ScreenSaveActive", "1")
		l.text(desktopPolicy, "ScreenSaveTimeOut", strconv.Itoa(*s.ScreenSaverSeconds))
		l.text(desktopPolicy, "SCRNSAVE.EXE", blankScreenSaver)
	}
	if s.ScreenSaverLocks != nil {
		l.text(desktopPolicy, "ScreenSaverIsSecure", strconv.Itoa(bit(*s.ScreenSaverLocks)))
	}
	l.text(winlogon, "ScRemoveOption", cardActions[s.OnCardRemoval])
	return l
}

// Claims are the values.
func (s *ScreenLock) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the values.
func (s *ScreenLock) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the values.
func (s *ScreenLock) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *ScreenLock) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows that locking sooner tightens, all else being equal.
func (s *ScreenLock) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*ScreenLock)
	if !ok {
		return setting.Unknown
	}
	if s.values().compare(o.values()) == setting.Same {
		return setting.Same
	}
	was := *o
	was.InactivitySeconds = s.InactivitySeconds
	if s.InactivitySeconds == nil || o.InactivitySeconds == nil || s.values().compare(was.values()) != setting.Same {
		return setting.Unknown
	}
	if *s.InactivitySeconds < *o.InactivitySeconds {
		return setting.Tightened
	}
	return setting.Loosened
}
