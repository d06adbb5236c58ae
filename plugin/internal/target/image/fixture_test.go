package image_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

const (
	software = `Windows\System32\config\SOFTWARE`
	system   = `Windows\System32\config\SYSTEM`
	ntuser   = `Users\Default\NTUSER.DAT`
	machine  = `Windows\System32\GroupPolicy\Machine\Registry.pol`
	user     = `Windows\System32\GroupPolicy\User\Registry.pol`
	gpt      = `Windows\System32\GroupPolicy\gpt.ini`
)

var (
	made      = time.Date(2021, 11, 16, 0, 0, 0, 0, time.UTC)
	epoch     = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	baseFacts = setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}
)

// windows is a small Windows to put into a WIM: files by their paths, hives among them.
type windows struct {
	info  wim.ImageInfo
	hives map[string]*regf.Hive
	files map[string]string
	links map[string]string // another name, with slashes -> file
}

func newHive(t testing.TB, name string) *regf.Hive {
	t.Helper()
	sd, err := secdesc.FromSDDL("O:BAG:SYD:(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;BU)")
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.New(name, sd, regf.FileTimeOf(made))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// set writes into a hive what a test wants there.
func set(t testing.TB, h *regf.Hive, path, name string, v setting.RegistryValue) {
	t.Helper()
	n, _ := v.Type.Number()
	if _, err := h.SetValue(path, name, regf.ValueType(n), v.Data, regf.FileTimeOf(made)); err != nil {
		t.Fatal(err)
	}
}

// gone removes a value that a test does not want.
func gone(t testing.TB, h *regf.Hive, path, name string) {
	t.Helper()
	if was, err := h.DeleteValue(path, name, regf.FileTimeOf(made)); err != nil || !was {
		t.Fatalf("%s!%s was there: %v, %v", path, name, was, err)
	}
}

// newWindows has Select\Current = 2, so that what is written to ControlSet001 is seen to be wrong.
func newWindows(t testing.TB) *windows {
	t.Helper()
	sw, sys, nt := newHive(t, "SOFTWARE"), newHive(t, "SYSTEM"), newHive(t, "ntuser.dat")
	const version = `Microsoft\Windows NT\CurrentVersion`
	set(t, sw, version, "ProductName", setting.SZ("Windows 10 IoT Enterprise LTSC 2021"))
	set(t, sw, version, "EditionID", setting.SZ("IoTEnterpriseS"))
	set(t, sw, version, "CurrentBuild", setting.SZ("19044"))
	set(t, sw, version, "UBR", setting.DWord(1288))
	const packages = `Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages\`
	set(t, sw, packages+"Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.19041.1", "CurrentState", setting.DWord(112))
	set(t, sw, packages+"Hidden~~amd64~~1.0", "CurrentState", setting.DWord(112))
	set(t, sw, packages+"Hidden~~amd64~~1.0", "Visibility", setting.DWord(2))
	set(t, sw, packages+"Staged~~amd64~~1.0", "CurrentState", setting.DWord(64))
	set(t, sys, "Select", "Current", setting.DWord(2))
	set(t, sys, "Select", "Default", setting.DWord(2))
	set(t, sys, `ControlSet001\Services\RemoteRegistry`, "Start", setting.DWord(3))
	set(t, sys, `ControlSet002\Services\RemoteRegistry`, "Start", setting.DWord(3))
	set(t, sys, `ControlSet002\Control\Lsa`, "Old", setting.DWord(1))
	set(t, sys, `ControlSet002\Control\Nls\Language`, "InstallLanguage", setting.SZ("041D"))
	set(t, sys, `ControlSet002\Control\MUI\UILanguages\sv-SE`, "LCID", setting.DWord(0x41d))
	set(t, sys, `ControlSet002\Control\MUI\UILanguages\en-US`, "LCID", setting.DWord(0x409))
	set(t, sys, `ControlSet002\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE", setting.SZ("AMD64"))
	set(t, nt, `Software\Microsoft`, "x", setting.SZ("y"))
	return &windows{
		info: wim.ImageInfo{Name: "Windows 10", EditionID: "IoTEnterpriseS", Arch: "amd64", Build: "10.0.19041.1288", DefaultLanguage: "sv-SE",
			Languages: []string{"sv-SE"}},
		hives: map[string]*regf.Hive{software: sw, system: sys, ntuser: nt},
		files: map[string]string{`Windows\old.txt`: "old", software + ".LOG1": "log"},
	}
}

// write makes a WIM file and opens it.
func (w *windows) write(t testing.TB) *wim.File {
	t.Helper()
	content := make(map[string][]byte)
	for path, text := range w.files {
		content[path] = []byte(text)
	}
	for path, h := range w.hives {
		b, err := h.Bytes(regf.FileTimeOf(made))
		if err != nil {
			t.Fatal(err)
		}
		if _, replaced := content[path]; !replaced {
			content[path] = b
		}
	}
	b := wim.NewBuilder([]byte("test"))
	img := b.AddImage(w.info, wim.Meta{Created: wim.NewFileTime(made), Written: wim.NewFileTime(made), Accessed: wim.NewFileTime(made)})
	folders := make(map[string]bool)
	for _, path := range slices.Sorted(maps.Keys(content)) {
		slashed := strings.ReplaceAll(path, `\`, "/")
		for n, c := range slashed {
			if c != '/' || folders[slashed[:n]] {
				continue
			}
			folders[slashed[:n]] = true
			if err := img.Dir(slashed[:n], wim.Meta{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := img.File(slashed, wim.Bytes(content[path]), wim.Meta{}); err != nil {
			t.Fatal(err)
		}
	}
	for path, existing := range w.links {
		if err := img.Link(path, existing); err != nil {
			t.Fatal(err)
		}
	}
	return written(t, func(f *os.File) error {
		_, err := b.WriteTo(t.Context(), f, nil)
		return err
	})
}

// written lets something write a file and opens it as a WIM.
func written(t testing.TB, write func(*os.File) error) *wim.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "x.wim"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := write(f); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	w, err := wim.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func openImage(t testing.TB, f *wim.File) *image.Image {
	t.Helper()
	img, err := f.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	i, err := image.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func table(t testing.TB) setting.Table {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// testPlan has a setting of each kind, and their contents.
func testPlan(t testing.TB) (*plan.Plan, apply.Contents) {
	t.Helper()
	p := &plan.Plan{Base: plan.Base{Name: "test", Base: baseFacts}}
	var blobs [][]byte
	for _, s := range []struct{ id, kind, spec string }{
		{"m/absent", "registry_value", `{"key":"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa","name":"Old","ensure":"absent"}`},
		{"m/file", "file", `{"path":"C:\\Windows\\wm\\hello.txt","content":"hej\n"}`},
		{"m/firewall", "firewall_rule", `{"id":"wm-block","name":"block","direction":"in","action":"block","protocol":"tcp","local_ports":["445"]}`},
		{"m/nofile", "file", `{"path":"C:\\Windows\\old.txt","ensure":"absent"}`},
		{"m/policy", "registry_value", `{"key":"HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\X","name":"NoActiveProbe","type":"dword","value":"1"}`},
		{"m/registry", "registry_value", `{"key":"HKLM\\SOFTWARE\\Vendor\\Åäö","name":"Läge","type":"multi_sz","value":"[\"a\",\"b\"]"}`},
		{"m/right", "user_right", `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-32-546"]}`},
		{"m/service", "service", `{"name":"RemoteRegistry","start":"disabled"}`},
		{"m/user", "registry_value", `{"key":"HKCU\\Software\\Policies\\Microsoft\\Windows\\Y","name":"Saver","type":"sz","value":"1"}`},
	} {
		spec, err := table(t).DecodeJSON(s.kind, json.RawMessage(s.spec))
		if err != nil {
			t.Fatalf("%s: %v", s.id, err)
		}
		planned := plan.Setting{ID: s.id, Kind: s.kind, Severity: setting.High, Effect: plan.EffectSet, Spec: json.RawMessage(s.spec)}
		for _, op := range spec.Ops(baseFacts) {
			p.Ops = append(p.Ops, plan.StagedOp{Settings: []string{s.id}, Op: op})
			if !slices.Contains(planned.Stages, op.Stage) {
				planned.Stages = append(planned.Stages, op.Stage)
			}
		}
		p.Settings = append(p.Settings, planned)
		if c, ok := spec.(setting.ContentProvider); ok {
			for _, content := range c.Contents() {
				blobs = append(blobs, content.Bytes)
			}
		}
	}
	return p, apply.BytesContents(blobs...)
}

// harden applies the plan and writes the result.
func harden(t testing.TB, base *wim.File) (*wim.File, apply.Report, []image.Change) {
	t.Helper()
	p, contents := testPlan(t)
	e, err := image.Edit(base, 1, image.Options{Epoch: epoch, Seed: []byte("seed")})
	if err != nil {
		t.Fatal(err)
	}
	report, err := apply.Run(t.Context(), e, p.Ops, setting.StageImage, contents, nil)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := e.Commit()
	if err != nil {
		t.Fatal(err)
	}
	out := written(t, func(f *os.File) error {
		_, err := e.WriteTo(t.Context(), f, nil)
		return err
	})
	return out, report, changes
}

func judge(t testing.TB, f *wim.File) []setting.Finding {
	t.Helper()
	p, _ := testPlan(t)
	findings, err := validate.Run(t.Context(), p, table(t), openImage(t, f), validate.Options{Stage: setting.StageImage})
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// replace writes other bytes for files of an image, by the WIM editor alone.
func replace(t testing.TB, f *wim.File, files map[string][]byte) *wim.File {
	t.Helper()
	e, err := f.Edit(1, wim.EditOptions{Epoch: wim.NewFileTime(epoch)})
	if err != nil {
		t.Fatal(err)
	}
	for path, b := range files {
		if err := e.Put(path, wim.Bytes(bytes.Clone(b))); err != nil {
			t.Fatal(err)
		}
	}
	return written(t, func(out *os.File) error {
		_, err := e.WriteTo(t.Context(), out, nil)
		return err
	})
}

func read(t testing.TB, f *wim.File, path string) []byte {
	t.Helper()
	img, err := f.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := img.ReadFile(path, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
