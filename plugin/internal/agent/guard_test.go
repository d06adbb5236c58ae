package agent_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TestNoSecrets has a machine with secrets where the plan wants something else or nothing, and finds them nowhere in what the agent writes.
func TestNoSecrets(t *testing.T) {
	const password = "Hemligt-Lösen-17"
	const winlogon = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`
	list := []wish{
		wishes[len(wishes)-1],
		{"m/logon", "registry_value", `{"key":"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon","name":"DefaultPassword","ensure":"absent"}`, setting.StageFirstBoot},
		{"m/viewer", "registry_value", `{"key":"HKLM\\SOFTWARE\\Viewer","name":"DbPassword","ensure":"absent"}`, setting.StageFirstBoot},
		{"m/other", "registry_value", `{"key":"HKLM\\SOFTWARE\\Viewer","name":"ServicePwd","type":"sz","value":"none"}`, setting.StageFirstBoot},
	}
	for _, refuses := range []bool{false, true} { // where the machine takes no change, findings fail and show what is there
		m, dir := newMachine(), t.TempDir()
		m.SetValue(winlogon, "DefaultPassword", setting.SZ(password))
		m.SetValue(`HKLM\SOFTWARE\Viewer`, "DbPassword", setting.SZ(password))
		m.SetValue(`HKLM\SOFTWARE\Viewer`, "ServicePwd", setting.SZ(password))
		if refuses {
			m.at = func(op setting.Op, after bool) {
				if after && op.Name != heldName {
					m.SetValue(op.Key, op.Name, setting.SZ(password))
				}
			}
		}
		o := options(t, m, dir)
		o.Bundle = bundleOf(t, list, nil)
		var said []string
		o.Events = func(e agent.Event) { said = append(said, fmt.Sprintf("%+v %+v", e, e.Finding)) }
		out, err := agent.Run(t.Context(), o)
		if err != nil || (out.State == agent.StateFailed) != refuses {
			t.Fatalf("%+v, %v", out, err)
		}
		said = append(said, fmt.Sprintf("%+v", out))
		for _, name := range []string{agent.JournalFile, agent.RecordFile, agent.StatusFile} {
			raw, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, string(raw))
		}
		all := strings.Join(said, "\n")
		for _, form := range []string{password, base64.StdEncoding.EncodeToString([]byte(password)), fmt.Sprintf("%x", setting.SZ(password).Data), fmt.Sprintf("%x", password)} {
			if strings.Contains(all, form) {
				t.Errorf("machine refuses %v: %q is in what the agent wrote", refuses, form)
			}
		}
		if !strings.Contains(all, "(hidden)") {
			t.Error("nothing was hidden: the test looks at the wrong places")
		}
	}
}

// TestBeforeIsKept has the journal tell what stood at a place, whole enough to put it back.
func TestBeforeIsKept(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	m.SetValue(testKey, "First", setting.DWord(77))
	if _, err := agent.Run(t.Context(), options(t, m, dir)); err != nil {
		t.Fatal(err)
	}
	entries, _, err := agent.ReadJournal(filepath.Join(dir, agent.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type == agent.EntryOp && strings.Contains(e.Subject, "First") {
			if e.Before == nil || e.Before.Value != "dword:77" || e.Before.Data != "4d000000" {
				t.Errorf("before: %+v", e.Before)
			}
			return
		}
	}
	t.Error("no such op")
}

func TestOtherImage(t *testing.T) {
	stamp := func(m *machine, recipe string) {
		for name, text := range map[string]string{"Name": "viewer", "Version": "1.0.0", "RecipeDigest": recipe, "Class": "WM 0", "Management": "none"} {
			m.SetValue(manifest.StampKey, name, setting.SZ(text))
		}
	}
	mine := aBundle(t).RecipeDigest
	for name, tt := range map[string]struct {
		change func(*machine)
		want   error
	}{
		"no stamp":         {func(*machine) {}, nil},
		"its own stamp":    {func(m *machine) { stamp(m, mine) }, nil},
		"another's stamp":  {func(m *machine) { stamp(m, strings.Repeat("0", 64)) }, agent.ErrOtherImage},
		"no text in it":    {func(m *machine) { stamp(m, mine); m.SetValue(manifest.StampKey, "Class", setting.DWord(1)) }, agent.ErrOtherImage},
		"Windows, as base": {func(m *machine) { m.platform = agent.PlatformWindows }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine()
			tt.change(m)
			o := options(t, m, t.TempDir())
			_, err := agent.Run(t.Context(), o)
			if !errors.Is(err, tt.want) || tt.want != nil && m.writes > 0 {
				t.Errorf("got %v after %d writes, want %v", err, m.writes, tt.want)
			}
			if _, err := agent.Observe(t.Context(), o.Bundle, o.Machine, o.Table); !errors.Is(err, tt.want) {
				t.Errorf("observe: got %v, want %v", err, tt.want)
			}
		})
	}
	t.Run("another build", func(t *testing.T) {
		m := newMachine()
		m.platform = agent.PlatformWindows
		o := options(t, m, t.TempDir())
		o.Machine = otherBuild{o.Machine.(stateWriter)}
		if _, err := agent.Run(t.Context(), o); !errors.Is(err, agent.ErrOtherImage) || m.writes > 0 {
			t.Errorf("got %v after %d writes", err, m.writes)
		}
	})
}

// otherBuild says that it is another Windows.
type otherBuild struct{ stateWriter }

func (m otherBuild) Host() (agent.Host, error) {
	h, err := m.stateWriter.Host()
	h.Build = "17763.1"
	return h, err
}

// TestHalfDone stops at an installer that had begun, where nobody can see whether it was done; and goes on once that can be seen.
func TestHalfDone(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	program := setting.StateLocation(setting.SchemeProgram, "{1}")
	o := options(t, m, dir)
	func() {
		m.at = func(op setting.Op, after bool) {
			if after && op.Location == program {
				panic(errKilled)
			}
		}
		defer func() { _ = recover() }()
		_, _ = agent.Run(t.Context(), o)
	}()
	m.at = func(setting.Op, bool) {}
	m.Fail = func(l setting.Location) error {
		if l.Same(program) {
			return errors.New("cannot be read today")
		}
		return nil
	}
	out, err := agent.Run(t.Context(), o)
	if !errors.Is(err, agent.ErrHalfDone) || out.State != agent.StateError || m.installs[program] != 1 {
		t.Errorf("%+v, %v, installed %d times", out, err, m.installs[program])
	}
	m.Fail = nil
	if out, err := agent.Run(t.Context(), o); err != nil || out.State != agent.StateDone || m.installs[program] != 1 {
		t.Errorf("%+v, %v, installed %d times", out, err, m.installs[program])
	}
}

// TestNetworkInStatus has the status say what became of the network.
func TestNetworkInStatus(t *testing.T) {
	for _, tt := range []struct {
		broken string
		want   agent.Network
	}{{"", agent.NetworkOpen}, {"SeShutdownPrivilege", agent.NetworkHeld}, {heldName, agent.NetworkUnknown}} {
		m, dir := newMachine(), t.TempDir()
		m.broken = tt.broken
		_, _ = agent.Run(t.Context(), options(t, m, dir))
		if s, err := agent.ReadStatus(dir); err != nil || s.Network != tt.want {
			t.Errorf("broken %q: network %q, want %q: %v", tt.broken, s.Network, tt.want, err)
		}
	}
}
