package wmguest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wmguest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	user     = "wmbuild"
	password = "Correct-Horse-7"
)

// machine is a stand-in with the product's programs.
func machine(t *testing.T) *standin.Machine {
	t.Helper()
	m, err := standin.New(lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := wmguest.Register(m, wmguest.Options{Work: t.TempDir(), Now: time.Now, Version: "0.1.0", Language: "en-US"}); err != nil {
		t.Fatal(err)
	}
	return m
}

// bed is a lab host with the machine, and what connects to it.
func bed(t *testing.T, m *standin.Machine, faults winrm.Faults) (*winrm.Host, remote.Options) {
	t.Helper()
	ca, err := winrm.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	h, err := winrm.Start(winrm.Options{Address: "127.0.0.1:0", User: user, Password: password, Machine: m, Authority: ca, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	at := netip.MustParseAddrPort(h.Address())
	return h, remote.Options{Host: at.Addr().String(), Port: int(at.Port()), CA: ca.PEM(), User: user, Password: password, Timeout: 2 * time.Second}
}

// aBundle gives user rights to administrators, at first boot.
func aBundle(t *testing.T) *bundle.Bundle {
	t.Helper()
	p := &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat,
		Image:   plan.Image{Name: "viewer", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z", Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: "none"}},
		Base:    plan.Base{Name: "b", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"en-US"}, Channel: "LTSC"}},
		Modules: []plan.Ref{{Name: "m", Version: "1.0.0", Method: "policies"}}, Products: []plan.ProductRef{},
	}
	for n, right := range []string{"SeShutdownPrivilege", "SeDenyNetworkLogonRight", "SeDebugPrivilege"} {
		id := fmt.Sprintf("m/right%d", n)
		p.Settings = append(p.Settings, plan.Setting{ID: id, Kind: "user_right", Severity: setting.High, Effect: plan.EffectSet,
			Spec: fmt.Appendf(nil, `{"right":%q,"sids":["S-1-5-32-544"]}`, right), Stages: []setting.Stage{setting.StageFirstBoot}})
		p.Ops = append(p.Ops, plan.StagedOp{Settings: []string{id}, Op: setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionRightSet, Name: right, SIDs: []string{"S-1-5-32-544"}}})
	}
	b, err := bundle.New(bundle.Input{Plan: p, Stages: []setting.Stage{setting.StageFirstBoot, setting.StageBuild}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exe is bytes that pass for an agent.
func exe(t *testing.T) agentfile.File {
	t.Helper()
	data := make([]byte, 500_000)
	copy(data, "MZ")
	data[0x3c] = 0x80
	copy(data[0x80:], "PE\x00\x00\x64\x86")
	f, err := agentfile.New(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestHarden drives a build's work from an empty machine to its end, through a restart, with the real client, server, agent and judge.
func TestHarden(t *testing.T) {
	m := machine(t)
	if _, err := m.SetRegistryValue(standin.PendingKey, standin.PendingValue, setting.MultiSZ([]string{`\??\C:\x`, ""})); err != nil {
		t.Fatal(err)
	}
	h, o := bed(t, m, winrm.Faults{RestartFor: 50 * time.Millisecond})
	boot := h.BootID()
	drive := &online.Machine{
		Connect: func(ctx context.Context, tell func(remote.Waiting)) (online.Session, error) {
			return remote.WaitReady(ctx, o, tell)
		},
		Agent: exe(t), Bundle: aBundle(t), Ready: 30 * time.Second, Poll: 10 * time.Millisecond, Now: time.Now,
	}
	out, err := online.Harden(t.Context(), drive)
	if err != nil {
		t.Fatal(err)
	}
	if out.Findings != nil || out.Boots != 1 || h.BootID() == boot || out.Summary.Outcomes[setting.Pass] != 3 {
		t.Errorf("got %+v, boot %s after %s", out, h.BootID(), boot)
	}
	if sids, err := m.RightHolders("SeDebugPrivilege"); err != nil || strings.Join(sids, " ") != "S-1-5-32-544" {
		t.Errorf("the machine has %q, %v", sids, err)
	}
	table, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	seen, err := online.Observe(t.Context(), drive, table, setting.StageBuild)
	if err != nil || seen.Failed || seen.Host.Platform != agent.PlatformLab || seen.Host.Build != "19044.1288" || seen.Host.EditionID != "IoTEnterpriseS" {
		t.Errorf("got %+v, %v", seen, err)
	}
	state := strings.Replace(online.StatePath(drive.Bundle), "%SystemRoot%", `C:\Windows`, 1)
	for _, name := range []string{agent.JournalFile, agent.StatusFile} {
		if data, err := m.ReadFile(state + `\` + name); err != nil || len(data) == 0 {
			t.Errorf("%s on the machine: %d bytes, %v", name, len(data), err)
		}
	}
	// Somebody takes a right away: seen at once, without another run.
	if _, err := m.SetRightHolders("SeDebugPrivilege", nil); err != nil {
		t.Fatal(err)
	}
	if seen, err = online.Observe(t.Context(), drive, table, setting.StageBuild); err != nil || !seen.Failed || seen.Summary.Outcomes[setting.Fail] != 1 {
		t.Errorf("after a change: %+v, %v", seen, err)
	}
}

// TestDeliver takes each way that a lab machine has.
func TestDeliver(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/other" {
			_, _ = io.WriteString(w, "other bytes")
			return
		}
		_, _ = w.Write(data)
	}))
	defer web.Close()
	_, o := bed(t, machine(t), winrm.Faults{})
	c, err := remote.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, tt := range []struct {
		path, url string
		want      remote.Way
	}{
		{`%SystemRoot%\wmclient\a.zip`, "", remote.WayWinRM},
		{`C:\Windows\wmclient\A.ZIP`, "", remote.WayAlready},
		{`%SystemRoot%\wmclient\b.zip`, web.URL, remote.WayHTTP},
		{`%SystemRoot%\wmclient\c.zip`, web.URL + "/other", remote.WayWinRM},
		{`%SystemRoot%\wmclient\d.zip`, "http://192.0.2.1/x", remote.WayWinRM},
	} {
		f := remote.File{Path: tt.path, SHA256: canonical.Digest(data), Size: int64(len(data)), URL: tt.url,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
		if way, err := c.Deliver(t.Context(), f, nil); err != nil || way != tt.want {
			t.Errorf("%s: got %q, %v; want %q", tt.path, way, err, tt.want)
		}
	}
	bad := remote.File{Path: `C:\x`, SHA256: strings.Repeat("0", 64), Size: 3, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("abc")), nil }}
	if way, err := c.Deliver(t.Context(), bad, nil); err == nil || !strings.Contains(err.Error(), "wanted 0000") {
		t.Errorf("other bytes: %q, %v", way, err)
	}
}

// TestRefused: what the lab has no stand-in for fails by name, also behind the loader.
func TestRefused(t *testing.T) {
	m := machine(t)
	run := func(line string, stdin io.Reader) (uint32, string) {
		var errs bytes.Buffer
		code, err := m.Run(t.Context(), winrm.Command{Line: line, Stdin: stdin, Stdout: io.Discard, Stderr: &errs})
		if err != nil {
			t.Fatal(err)
		}
		return code, errs.String()
	}
	if code, said := run(remote.ScriptLine, remote.Script("Get-Date", nil)); code != 9009 || !strings.Contains(said, "Get-Date") {
		t.Errorf("another script: %d %q", code, said)
	}
	if code, said := run(remote.ScriptLine, strings.NewReader("nonsense")); code != 1 {
		t.Errorf("no script: %d %q", code, said)
	}
	if err := m.WriteFile(`C:\Windows\wmclient\wmguest.exe`, []byte("MZ")); err != nil {
		t.Fatal(err)
	}
	const agentLine = `"C:\Windows\wmclient\wmguest.exe" `
	for verb, want := range map[string]string{"service": "the lab's wmguest has", "seal": "open bundle", "apply": "open bundle", "": "the lab's wmguest has"} {
		if code, said := run(agentLine+verb, nil); code == 0 || !strings.Contains(said, want) {
			t.Errorf("%s: %d %q", verb, code, said)
		}
	}
	if code, said := run(agentLine+"version", nil); code != 0 {
		t.Errorf("version: %d %q", code, said)
	}
	if err := wmguest.Register(m, wmguest.Options{Work: t.TempDir(), Now: time.Now}); err == nil {
		t.Error("registered twice")
	}
	if err := wmguest.Register(m, wmguest.Options{}); err == nil || errors.Is(err, setting.ErrAbsent) {
		t.Errorf("no work folder: %v", err)
	}
}
