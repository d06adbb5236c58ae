package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestEventLogDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{`log = "Security"`, "Empty expectation", `"Security"`, "size"},
		{`log = "a\\b"` + "\nsize = 2048", "Illegal log name", `"a\\b"`, "CodeIntegrity"},
		{`log = "Security"` + "\nsize = 512", "Number out of range", "512", "1024"},
		{`log = "A/Operational"` + "\nsize = 4194304", "Number out of range", "4194304", ""},
		{`log = "Security"` + "\nretention = \"stop\"", "Unsupported retention", `"stop"`, "archive"},
		{`log = "System"` + "\nenabled = false", "Log that is always on", "false", "channels"},
	}
	for _, tt := range tests {
		oneProblem(t, "event_log", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestEventLogChannel(t *testing.T) {
	spec := mustDecode(t, "event_log", "log = \"Microsoft-Windows-CodeIntegrity/Operational\"\nsize = 20480\nretention = \"archive\"\nenabled = true")
	want := map[string]string{"Enabled": "dword:1", "MaxSize": "dword:20971520", "Retention": "dword:4294967295", "AutoBackupLogFiles": "dword:1"}
	const key = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-CodeIntegrity/Operational`
	for _, c := range spec.Claims(base) {
		for name, value := range want {
			if c.Location.Same(setting.RegistryLocation(key, name)) && c.Value == value {
				delete(want, name)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not claimed: %v", want)
	}
	for _, op := range spec.Ops(base) {
		if op.NeedKey != key {
			t.Errorf("would create the channel: %+v", op)
		}
	}
	if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
		t.Errorf("after its own ops: %+v", v)
	}
}

func TestEventLogDirections(t *testing.T) {
	tests := []struct {
		old, now string
		want     setting.Direction
	}{
		{"size = 2048", "size = 4096", setting.Tightened},
		{"size = 4096", "size = 2048", setting.Loosened},
		{"retention = \"archive\"", "retention = \"overwrite\"", setting.Unknown},
		{"size = 2048", "size = 2048", setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "event_log", "log = \"Security\"\n"+tt.now), mustDecode(t, "event_log", "log = \"security\"\n"+tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}
