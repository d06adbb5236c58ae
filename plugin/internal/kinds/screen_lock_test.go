package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestScreenLockDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{``, "Empty expectation", ``, "inactivity_seconds"},
		{`inactivity_seconds = 0`, "Number out of range", "0", "from 1"},
		{`on_card_removal = "sleep"`, "Unsupported on_card_removal", `"sleep"`, "logoff"},
	}
	for _, tt := range tests {
		oneProblem(t, "screen_lock", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestScreenLockMeetsTheRegistry(t *testing.T) {
	lock := mustDecode(t, "screen_lock", "inactivity_seconds = 600\nscreen_saver_locks = true\non_card_removal = \"lock\"")
	tests := map[string]struct{ body, want string }{
		"same time":   {`key = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"` + "\nname = \"InactivityTimeoutSecs\"\ntype = \"dword\"\nvalue = 600", "agree"},
		"other time":  {`key = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"` + "\nname = \"InactivityTimeoutSecs\"\ntype = \"dword\"\nvalue = 900", "collide"},
		"screensaver": {`key = "HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop"` + "\nname = \"ScreenSaverIsSecure\"\ntype = \"sz\"\nvalue = \"1\"", "agree"},
		"card":        {`key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"` + "\nname = \"ScRemoveOption\"\ntype = \"sz\"\nvalue = \"2\"", "collide"},
	}
	for name, tt := range tests {
		if got := meeting(lock, mustDecode(t, "registry_value", tt.body)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestScreenLockDirections(t *testing.T) {
	tests := []struct {
		old, now string
		want     setting.Direction
	}{
		{"inactivity_seconds = 900", "inactivity_seconds = 600", setting.Tightened},
		{"inactivity_seconds = 600", "inactivity_seconds = 900", setting.Loosened},
		{"screen_saver_locks = true", "screen_saver_locks = false", setting.Unknown},
		{"screen_saver_seconds = 60", "screen_saver_seconds = 60", setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "screen_lock", tt.now), mustDecode(t, "screen_lock", tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}
