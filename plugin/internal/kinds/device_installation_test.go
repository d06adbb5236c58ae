package kinds_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestDeviceInstallationDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{`deny_classes = ["SBP2"]`, "Illegal setup class", `["SBP2"]`, "GUID"},
		{`allow_ids = ["Kingston DataTraveler"]`, "Illegal device id", `["Kingston DataTraveler"]`, "VID_"},
		{`allow_ids = ["USB\\VID_0951*"]`, "Illegal device id", `["USB\\VID_0951*"]`, "wildcards"},
		{`deny_ids = []`, "Empty expectation", `[]`, "Leave it out"},
		{``, "Empty expectation", ``, "only_allowed"},
		{"allow_ids = [\"USB\\\\X\"]\nretroactive = true", "Retroactive without a denial", "true", "denies none"},
	}
	for _, tt := range tests {
		oneProblem(t, "device_installation", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestDeviceInstallationMerges(t *testing.T) {
	a := mustDecode(t, "device_installation", `deny_ids = ["PCI\\CC_0C0A", "USB\\B"]`)
	b := mustDecode(t, "device_installation", "deny_ids = [\"usb\\\\b\", \"1394\\\\X\"]\nretroactive = true\nallow_ids = [\"USB\\\\VID_1\"]")
	c := mustDecode(t, "device_installation", "deny_ids = [\"USB\\\\B\"]\nretroactive = false")
	merge := func(x, y setting.Spec) setting.Spec {
		t.Helper()
		m, err := x.(setting.Merger).Merge(y)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	ab, ba := merge(a, b), merge(b, a)
	if d := cmp.Diff(ab.Claims(base), ba.Claims(base)); d != "" {
		t.Errorf("the order matters:\n%s", d)
	}
	if d := cmp.Diff(ab.Claims(base), merge(ab, b).Claims(base)); d != "" {
		t.Errorf("twice is not once:\n%s", d)
	}
	want := map[string]string{"1": `sz:1394\X`, "2": `sz:PCI\CC_0C0A`, "3": `sz:USB\B`}
	for _, c := range ab.Claims(base) {
		for name, value := range want {
			if c.Location.Same(setting.RegistryLocation(`HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceInstall\Restrictions\DenyDeviceIDs`, name)) && c.Value == value && c.Union {
				delete(want, name)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing %v in %v", want, ab.Claims(base))
	}
	if v := outcome(t, ab, applied(t, ab)); v.Outcome != setting.Pass {
		t.Errorf("merged: %+v", v)
	}
	if _, err := ab.(setting.Merger).Merge(c); err == nil {
		t.Error("two answers to one question were merged")
	}
	if _, err := a.(setting.Merger).Merge(mustDecode(t, "service", "name = \"x\"\nstart = \"manual\"")); err == nil {
		t.Error("a service was merged")
	}
}

func TestDeviceInstallationMeetsTheRegistry(t *testing.T) {
	spec := mustDecode(t, "device_installation", `deny_ids = ["PCI\\CC_0C0A"]`)
	key := `key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceInstall\\Restrictions\\DenyDeviceIDs"` + "\nname = \"1\"\ntype = \"sz\"\nvalue = "
	for value, want := range map[string]string{`"PCI\\CC_0C0A"`: "agree", `"USB\\X"`: "collide"} {
		if got := meeting(spec, mustDecode(t, "registry_value", key+value)); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}

func TestDeviceInstallationDirections(t *testing.T) {
	tests := []struct {
		old, now string
		want     setting.Direction
	}{
		{`deny_ids = ["USB\\A"]`, `deny_ids = ["USB\\A", "USB\\B"]`, setting.Tightened},
		{`deny_ids = ["USB\\A", "USB\\B"]`, `deny_ids = ["USB\\A"]`, setting.Loosened},
		{`allow_ids = ["USB\\A"]`, `allow_ids = ["USB\\A", "USB\\B"]`, setting.Loosened},
		{`deny_ids = ["USB\\A"]`, `deny_ids = ["usb\\a"]`, setting.Same},
		{`deny_removable = true`, `deny_removable = false`, setting.Unknown},
		{`deny_removable = true`, `deny_removable = true`, setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "device_installation", tt.now), mustDecode(t, "device_installation", tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}
