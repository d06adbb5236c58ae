package referee

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestFirstBoot has wimlib and hivex look at an image that carries an agent: the file, what the agent works by, the service in the control
// set that Windows starts from, and the rules that keep the network shut.
func TestFirstBoot(t *testing.T) {
	w := world{base: harness.LabBase(t, "ltsc-2021", "sv-SE"), index: "2"}
	w.profile = profiles(t, nil)
	text := read(t, w.profile)
	with := strings.Replace(text, "  management {", "  first_boot {\n    keep = false\n  }\n\n  management {", 1)
	if with == text {
		t.Fatal("the image profile has no management block")
	}
	write(t, w.profile, []byte(with))
	agent := harness.StandInAgent("1.0.0")
	file := filepath.Join(t.TempDir(), "wmguest.exe")
	write(t, file, agent)
	w.choose = []string{"--agent", file}
	lock(t, w)
	b, again := build(t, w), build(t, w)
	if read(t, b.image) != read(t, again.image) || read(t, b.manifest) != read(t, again.manifest) {
		t.Error("built twice, it has other bytes")
	}
	const (
		exe    = "/Windows/wmclient/wmguest.exe"
		plan   = "/Windows/wmclient/bundle/plan.json"
		header = "/Windows/wmclient/bundle/bundle.json"
		system = "/Windows/System32/config/SYSTEM"
		soft   = "/Windows/System32/config/SOFTWARE"
	)
	files := extract(t, b.image, "1", exe, plan, header, system, soft)
	if read(t, files[exe]) != string(agent) {
		t.Error("the agent in the image is another file")
	}
	if read(t, files[plan]) != read(t, filepath.Join(b.dir, "plan.json")) {
		t.Error("the agent works by another plan")
	}
	sum := sha256.Sum256(agent)
	var m struct {
		Agent struct {
			Version, SHA256 string
			Size            int
		}
	}
	decode(t, b.manifest, &m)
	if m.Agent.Version != "1.0.0" || m.Agent.SHA256 != hex.EncodeToString(sum[:]) || m.Agent.Size != len(agent) {
		t.Errorf("the manifest states the agent %+v", m.Agent)
	}
	services := readHivex(t, files[system]).key(`ControlSet001\Services\wmguest`)
	if services == nil {
		t.Fatal("hivex sees no service")
	}
	for name, want := range map[string]string{
		"Type": "4 10000000", "Start": "4 02000000", "ErrorControl": "4 01000000", "ObjectName": "1 " + utf16Hex("LocalSystem"),
		"ImagePath":      "2 " + utf16Hex(`%SystemRoot%\wmclient\wmguest.exe service`),
		"FailureActions": "3 805101000000000000000000030000001400000001000000102700000100000060ea000001000000e0930400",
	} {
		v, ok := services.Values[strings.ToLower(name)]
		if got := fmt.Sprintf("%d %s", v.Type, v.Data); !ok || got != want {
			t.Errorf("%s is %s instead of %s", name, got, want)
		}
	}
	rules := readHivex(t, files[soft]).key(`Policies\Microsoft\WindowsFirewall\FirewallRules`)
	for _, name := range []string{"wmclient-hold-tcp", "wmclient-hold-udp", "wmclient-hold-tcp-others"} {
		if _, ok := rules.Values[strings.ToLower(name)]; !ok {
			t.Errorf("hivex sees no rule %s", name)
		}
	}
}
