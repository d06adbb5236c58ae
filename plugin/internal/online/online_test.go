package online_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const (
	user     = "wmbuild"
	password = "Correct-Horse-7"
)

// machine is a lab machine on which the real agent's command runs in process, on a fake Windows.
type machine struct {
	mu     sync.Mutex
	win    *fake.Windows
	boot   atomic.Int64
	folder string
	files  map[string]string // path on the machine: digest
	ask    int               // so many boots a restart is pending
	slow   time.Duration     // each op takes so long
	hook   func(op int)      // called before each op
	ops    int
	downs  atomic.Int64 // so often it was shut down
	broken bool
}

// count is how many ops have run.
func (m *machine) count() (ops int) {
	m.set(func(m *machine) { ops = m.ops })
	return ops
}

// set changes or looks at the machine while nothing runs on it.
func (m *machine) set(change func(*machine)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

func (m *machine) BootID() string { return "boot-" + strconv.FormatInt(m.boot.Load(), 10) }
func (m *machine) Restart()       { m.boot.Add(1) }

// inside is the machine as the agent sees it.
type inside struct {
	fake.Target
	m *machine
}

func (i inside) BootID() (string, error) { return i.m.BootID(), nil }
func (i inside) PendingRestart() ([]string, error) {
	if int(i.m.boot.Load()) < i.m.ask {
		return []string{"files wait to be renamed"}, nil
	}
	return nil, nil
}
func (i inside) Host() (agent.Host, error) {
	return agent.Host{Computer: "WM-1", Languages: []string{}, Platform: agent.PlatformLab}, nil
}
func (i inside) SetRightHolders(constant string, sids []string) (bool, error) {
	i.m.ops++
	if i.m.hook != nil {
		i.m.hook(i.m.ops)
	}
	time.Sleep(i.m.slow)
	if i.m.broken {
		return true, nil // it says so, and does nothing
	}
	return i.Target.SetRightHolders(constant, sids)
}

// Run implements winrm.Machine.
func (m *machine) Run(ctx context.Context, c winrm.Command) (uint32, error) {
	switch {
	case strings.HasPrefix(c.Line, remote.ScriptLine):
		return m.receive(ctx, c)
	case strings.HasPrefix(c.Line, "shutdown.exe /r"):
		c.Restart()
		return 0, nil
	case strings.HasPrefix(c.Line, "shutdown.exe /s"):
		m.downs.Add(1)
		return 0, nil
	case strings.HasPrefix(c.Line, `"`+online.AgentPath+`" `):
		return m.agent(ctx, c)
	}
	return 9009, fmt.Errorf("no command %q", c.Line)
}

// agent runs wmguest's own command. Paths on the machine are files below the test's folder.
func (m *machine) agent(ctx context.Context, c winrm.Command) (uint32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[online.AgentPath] == "" {
		return 9009, errors.New("there is no agent")
	}
	var args []string
	for a := range strings.FieldsSeq(strings.TrimPrefix(c.Line, `"`+online.AgentPath+`" `)) {
		a = strings.Trim(a, `"`)
		args = append(args, strings.Replace(a, online.Folder+`\`, m.folder+"/", 1))
	}
	code := agentcli.Run(ctx, agentcli.Env{
		Args: args, Stdout: c.Stdout, Stderr: c.Stderr, Now: time.Now, Version: "0.1.0", Folder: m.folder,
		Open: func() (agent.Machine, error) { return inside{fake.Target{Windows: m.win}, m}, nil },
	})
	return uint32(code), nil
}

// receive is the script that puts files, and the agent behind it.
func (m *machine) receive(ctx context.Context, c winrm.Command) (uint32, error) {
	if err := standin.ReceiveFiles(ctx, c.Stdin, c.Stdout, place{m}); err != nil {
		fmt.Fprint(c.Stderr, err)
		return 1, nil
	}
	if _, then, ok := strings.Cut(c.Line, " && "); ok {
		c.Line = then
		return m.Run(ctx, c)
	}
	return 0, nil
}

// place is a machine's files. Its lock is not held while input is waited for, which may never come.
type place struct{ m *machine }

func (p place) Stands(f standin.Wanted) (stands bool) {
	p.m.set(func(m *machine) { stands = m.files[f.Path] == f.SHA256 })
	return stands
}

func (p place) Put(f standin.Wanted, data []byte) error {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	p.m.files[f.Path] = f.SHA256
	return os.WriteFile(filepath.Join(p.m.folder, strings.TrimPrefix(f.Path, online.Folder+`\`)), data, 0o644)
}

// aBundle sets many user rights at first boot and one at seal.
func aBundle(t testing.TB, rights int) *bundle.Bundle {
	t.Helper()
	p := &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat,
		Image:   plan.Image{Name: "viewer", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z", Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: "none"}},
		Base:    plan.Base{Name: "b", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}},
		Modules: []plan.Ref{{Name: "m", Version: "1.0.0", Method: "policies"}}, Products: []plan.ProductRef{},
	}
	for n, right := range []string{"SeShutdownPrivilege", "SeDenyNetworkLogonRight", "SeDebugPrivilege", "SeTcbPrivilege", "SeBackupPrivilege", "SeRestorePrivilege"}[:rights] {
		id := fmt.Sprintf("m/right%d", n)
		spec := fmt.Sprintf(`{"right":%q,"sids":["S-1-5-32-544"]}`, right)
		p.Settings = append(p.Settings, plan.Setting{ID: id, Kind: "user_right", Severity: setting.High, Effect: plan.EffectSet, Spec: []byte(spec), Stages: []setting.Stage{setting.StageFirstBoot}})
		p.Ops = append(p.Ops, plan.StagedOp{Settings: []string{id}, Op: setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionRightSet, Name: right, SIDs: []string{"S-1-5-32-544"}}})
	}
	b, err := bundle.New(bundle.Input{Plan: p, Stages: []setting.Stage{setting.StageFirstBoot, setting.StageBuild}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exe is bytes that pass for an agent.
func exe(t testing.TB) agentfile.File {
	t.Helper()
	data := make([]byte, 200_000)
	copy(data, "MZ")
	data[0x3c] = 0x80
	copy(data[0x80:], "PE\x00\x00\x64\x86")
	f, err := agentfile.New(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// bed is a lab host with its machine, and what drives it.
type bed struct {
	host    *winrm.Host
	machine *machine
	drive   *online.Machine
	events  []online.Event
}

func newBed(t *testing.T, faults winrm.Faults) *bed {
	t.Helper()
	ca, err := winrm.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{machine: &machine{win: fake.New(), folder: t.TempDir(), files: map[string]string{}}}
	b.host, err = winrm.Start(winrm.Options{Address: "127.0.0.1:0", User: user, Password: password, Machine: b.machine, Authority: ca, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.host.Close() })
	name, port, err := net.SplitHostPort(b.host.Address())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	o := remote.Options{Host: name, Port: n, CA: ca.PEM(), User: user, Password: password, Timeout: 2 * time.Second}
	b.drive = &online.Machine{
		Connect: func(ctx context.Context, tell func(remote.Waiting)) (online.Session, error) {
			return remote.WaitReady(ctx, o, tell)
		},
		Agent: exe(t), Bundle: aBundle(t, 6), Ready: 30 * time.Second, Poll: 20 * time.Millisecond, Now: time.Now,
		Events: func(e online.Event) { b.events = append(b.events, e) },
	}
	return b
}

func table(t *testing.T) setting.Table {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestHardenAndObserve(t *testing.T) {
	b := newBed(t, winrm.Faults{RestartFor: 300 * time.Millisecond})
	b.machine.ask = 1
	out, err := online.Harden(t.Context(), b.drive)
	if err != nil {
		t.Fatal(err)
	}
	if out.Boots != 1 || out.Boot != "boot-1" || out.Findings != nil || out.Summary.Outcomes[setting.Pass] != 6 {
		t.Errorf("got %+v", out)
	}
	if ops := b.machine.count(); ops != 6 {
		t.Errorf("%d ops ran", ops)
	}
	ways := map[string]remote.Way{}
	for _, e := range b.events {
		if e.Type == online.EventDelivered && ways[e.Text] == "" {
			ways[e.Text] = e.Way
		}
	}
	if diff := cmp.Diff(map[string]remote.Way{"wmguest.exe": remote.WayWinRM, "bundle.zip": remote.WayWinRM}, ways); diff != "" {
		t.Error(diff)
	}
	before := b.host.Counters().Actions[winrm.ActionCommand]
	seen, err := online.Observe(t.Context(), b.drive, table(t), setting.StageBuild)
	if err != nil || seen.Failed || seen.Summary.Outcomes[setting.Pass] != 6 || seen.Host.Platform != agent.PlatformLab {
		t.Errorf("got %+v, %v", seen, err)
	}
	if n := b.host.Counters().Actions[winrm.ActionCommand] - before; n != 1 { // the files are looked for in the same
		t.Errorf("%d commands", n)
	}
	b.drive.ShutDown = true
	again, err := online.Harden(t.Context(), b.drive)
	if n := b.machine.downs.Load(); n != 1 {
		t.Errorf("it was shut down %d times", n)
	}
	if ops := b.machine.count(); err != nil || ops != 6 || again.Boots != 0 {
		t.Errorf("again: %+v, %v, %d ops", again, err, ops)
	}
}

func TestFindings(t *testing.T) {
	b := newBed(t, winrm.Faults{})
	b.machine.broken = true
	b.drive.ShutDown = true
	out, err := online.Harden(t.Context(), b.drive)
	if n := b.machine.downs.Load(); n != 0 {
		t.Errorf("a machine with findings was shut down %d times", n)
	}
	if err != nil || !errors.Is(out.Findings, online.ErrFindings) || out.Summary.Outcomes[setting.Fail] != 6 {
		t.Errorf("got %+v, %v", out, err)
	}
	seen, err := online.Observe(t.Context(), b.drive, table(t), setting.StageBuild)
	if err != nil || !seen.Failed {
		t.Errorf("got %+v, %v", seen, err)
	}
}

// TestConnectionLost loses each answer in turn, and each request, and restarts the machine at each: the end is the same.
func TestConnectionLost(t *testing.T) {
	whole := newBed(t, winrm.Faults{})
	if _, err := online.Harden(t.Context(), whole.drive); err != nil {
		t.Fatal(err)
	}
	requests := whole.host.Counters().Requests
	if requests < 15 {
		t.Fatalf("%d requests", requests)
	}
	for n := 3; n <= requests; n++ { // the first two are the log-on
		for name, faults := range map[string]winrm.Faults{"lost": {LoseAt: []int{n}}, "cut": {DropAt: []int{n}}, "restarted": {RestartAt: []int{n}, RestartFor: 50 * time.Millisecond}} {
			t.Run(fmt.Sprintf("%s %d", name, n), func(t *testing.T) {
				t.Parallel()
				b := newBed(t, faults)
				out, err := online.Harden(t.Context(), b.drive)
				if c := b.host.Counters(); c.Injected == 0 && c.Restarts == 0 {
					t.Skip("this run had fewer requests: how output comes is a matter of time")
				}
				var known *remote.Error
				if errors.As(err, &known) && known.Reason == remote.ReasonLost { // outside of the agent's run a build may be told
					out, err = online.Harden(t.Context(), b.drive)
				}
				if err != nil || out.Findings != nil || out.Summary.Outcomes[setting.Pass] != 6 {
					t.Fatalf("got %+v, %v", out, err)
				}
				if ops := b.machine.count(); ops > 7 { // the one that ran when the connection broke may run again
					t.Errorf("%d ops ran", ops)
				}
			})
		}
	}
}

// TestCancelled ends within moments, and the next run goes on where it ended.
func TestCancelled(t *testing.T) {
	b := newBed(t, winrm.Faults{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var began time.Time
	b.machine.slow = 100 * time.Millisecond
	b.machine.hook = func(op int) {
		if op == 3 {
			began = time.Now()
			cancel()
		}
	}
	if _, err := online.Harden(ctx, b.drive); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	t.Logf("ended %.3fs after the cancel at op 3", time.Since(began).Seconds())
	if d := time.Since(began); d > 30*time.Second {
		t.Errorf("it took %s", d)
	}
	b.machine.set(func(m *machine) { m.hook = nil }) // the agent of before may still be at its last op
	out, err := online.Harden(t.Context(), b.drive)
	if err != nil || out.Summary.Outcomes[setting.Pass] != 6 {
		t.Errorf("got %+v, %v", out, err)
	}
	b.machine.set(func(m *machine) {
		if m.ops > 7 {
			t.Errorf("%d ops ran", m.ops)
		}
	})
}

func TestRefusals(t *testing.T) {
	b := newBed(t, winrm.Faults{})
	if _, err := online.Harden(t.Context(), b.drive); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(b.machine.folder, strings.TrimPrefix(online.StatePath(b.drive.Bundle), online.Folder+`\`))
	if err := os.WriteFile(filepath.Join(state, agent.JournalFile), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := online.Harden(t.Context(), b.drive); !errors.Is(err, online.ErrNotTrusted) {
		t.Errorf("a changed journal: %v", err)
	}
	b.machine.files = map[string]string{online.AgentPath: b.drive.Agent.SHA256, online.BundlePath(b.drive.Bundle): "?"}
	b.drive.Bundle = aBundle(t, 3)
	if _, err := online.Observe(t.Context(), b.drive, table(t), setting.StageBuild); err != nil {
		t.Errorf("another bundle has a place of its own: %v", err)
	}
	if _, err := online.Harden(t.Context(), &online.Machine{}); err == nil {
		t.Error("nothing was enough")
	}
}
