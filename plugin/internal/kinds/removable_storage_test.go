package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestRemovableStorageDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{"class = \"usb\"\ndeny = [\"read\"]", "Unsupported class", `"usb"`, "removable-disk"},
		{"class = \"tape\"\ndeny = [\"delete\"]", "Unsupported deny", `["delete"]`, "write"},
		{"class = \"all\"\ndeny = [\"write\"]", "Partial denial of all storage", `["write"]`, "name a class"},
		{"class = \"wpd\"\ndeny = [\"execute\"]", "Unsupported denial", `["execute"]`, ""},
	}
	for _, tt := range tests {
		oneProblem(t, "removable_storage", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestRemovableStorageDirections(t *testing.T) {
	tests := []struct {
		old, now string
		want     setting.Direction
	}{
		{`[]`, `["write"]`, setting.Tightened},
		{`["read", "write"]`, `["write"]`, setting.Loosened},
		{`["read"]`, `["write"]`, setting.Unknown},
		{`["read", "write"]`, `["write", "read"]`, setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "removable_storage", "class = \"tape\"\ndeny = "+tt.now), mustDecode(t, "removable_storage", "class = \"tape\"\ndeny = "+tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
	if got := len(mustDecode(t, "removable_storage", "class = \"wpd\"\ndeny = [\"read\"]").Ops(base)); got != 8 {
		t.Errorf("%d ops for wpd, want 8: two keys, two rights, hive and Registry.pol", got)
	}
}
