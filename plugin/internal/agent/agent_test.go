package agent_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// state is what a machine looks like in the end.
func state(t testing.TB, m *machine) map[string]string {
	t.Helper()
	out := map[string]string{"held": fmt.Sprint(m.held()), "installs": fmt.Sprint(m.installs)}
	for _, name := range []string{"First", "Sealed"} {
		if v, err := m.RegistryValue(testKey, name); err == nil {
			out[name] = v.Text()
		}
	}
	for _, right := range []string{"SeShutdownPrivilege", "SeDenyNetworkLogonRight"} {
		sids, _ := m.RightHolders(right)
		out[right] = strings.Join(sids, ",")
	}
	for _, l := range []setting.Location{setting.StateLocation(setting.SchemeFeature, "SMB1Protocol"), setting.StateLocation(setting.SchemeProgram, "{1}")} {
		out[string(l)], _ = m.State(l)
	}
	f, _ := m.File(`\Windows\notice.txt`)
	out["file"] = f.SHA256
	return out
}

func TestRun(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	var events []agent.Event
	o.Events = func(e agent.Event) { events = append(events, e) }
	out, err := agent.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if out.State != agent.StateDone || out.Boot != "boot-1" || out.Summary.Outcomes[setting.Pass] != len(wishes) || m.held() {
		t.Errorf("got %+v, held %v", out, m.held())
	}
	raw, err := os.ReadFile(filepath.Join(dir, agent.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	rec, digest, err := agent.ReadRecord(raw)
	if err != nil {
		t.Fatal(err)
	}
	if digest != out.Record || !rec.Passed || rec.ValidatedOnWindows || rec.RecipeDigest != o.Bundle.RecipeDigest || rec.Platform != agent.PlatformLab {
		t.Errorf("record %+v", rec)
	}
	for _, f := range rec.Findings {
		if f.Outcome == setting.Deferred {
			t.Errorf("%s is still deferred", f.Setting)
		}
	}
	entries, last, err := agent.ReadJournal(filepath.Join(dir, agent.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	if entries[rec.JournalEntries].Prev != rec.Journal || entries[len(entries)-1].Record != digest || last == rec.Journal {
		t.Error("journal and record do not name each other")
	}
	if before := entries[3].Before; before == nil || before.Present || before.Unknown != "" || entries[3].Type != agent.EntryOp {
		t.Errorf("the first op's entry is %+v", entries[3])
	}
	s, err := agent.ReadStatus(dir)
	if err != nil || s.State != agent.StateDone || s.Record != digest || events[len(events)-1].Status.State != agent.StateDone {
		t.Errorf("status %+v, %v", s, err)
	}

	writes := m.writes
	again, err := agent.Run(t.Context(), o)
	if err != nil || m.writes != writes {
		t.Errorf("a second run changes: %d writes, %v", m.writes-writes, err)
	}
	if diff := cmp.Diff(out, again); diff != "" {
		t.Errorf("a second run (-first +second)\n%s", diff)
	}
}

// killed is what a process that dies leaves behind: nothing runs any more, but for the system, which lets go of its locks.
var errKilled = errors.New("killed")

// runUntil runs the agent and kills it at the n-th moment: before or after a change, or before an entry is written. It reports whether it
// came so far.
func runUntil(t *testing.T, m *machine, dir string, n int) (killed bool) {
	t.Helper()
	moment := 0
	m.tick = func() {
		if moment++; moment == n {
			panic(errKilled)
		}
	}
	defer func() { m.tick = func() {} }()
	defer func() {
		if p := recover(); p != nil {
			if p != any(errKilled) {
				panic(p)
			}
			killed = true
		}
	}()
	if _, err := agent.Run(context.Background(), options(t, m, dir)); err != nil {
		t.Fatalf("moment %d: %v", n, err)
	}
	return false
}

// TestKilledAtEveryMoment kills the agent at every moment of a run, and again at every third of the run after it: what comes of the work is
// the same, and what must not happen twice has not.
func TestKilledAtEveryMoment(t *testing.T) {
	whole := newMachine()
	if runUntil(t, whole, t.TempDir(), 0) {
		t.Fatal("killed without being")
	}
	want := state(t, whole)
	if !strings.Contains(want["installs"], ":1]") || want["held"] != "false" {
		t.Fatalf("got %v", want)
	}
	moments := 0
	for n := 1; ; n++ {
		m, dir := newMachine(), t.TempDir()
		if !runUntil(t, m, dir, n) {
			break
		}
		moments++
		runUntil(t, m, dir, 1+n%7)
		runUntil(t, m, dir, 0)
		if diff := cmp.Diff(want, state(t, m)); diff != "" {
			t.Errorf("killed at moment %d (-whole +resumed)\n%s", n, diff)
		}
		if _, _, err := agent.ReadJournal(filepath.Join(dir, agent.JournalFile)); err != nil {
			t.Errorf("killed at moment %d: %v", n, err)
		}
		if s, err := agent.ReadStatus(dir); err != nil || s.State != agent.StateDone {
			t.Errorf("killed at moment %d: status %+v, %v", n, s, err)
		}
	}
	if moments < 30 {
		t.Errorf("only %d moments", moments)
	}
}

// TestHeldUntilPassed lets nothing in before every setting is as wanted, at whatever moment the process ends.
func TestHeldUntilPassed(t *testing.T) {
	for n := 1; ; n++ {
		m, dir := newMachine(), t.TempDir()
		m.broken = "SeDenyNetworkLogonRight"
		moment := 0
		m.tick = func() {
			if moment++; moment == n {
				panic(errKilled)
			}
		}
		killed := func() (killed bool) {
			defer func() { killed = recover() != nil }()
			if _, err := agent.Run(t.Context(), options(t, m, dir)); err == nil {
				t.Error("an op failed, and the run did not")
			}
			return false
		}()
		if !m.held() {
			t.Fatalf("moment %d: the network is open", n)
		}
		if !killed {
			break
		}
	}
}

// TestFailedFindings ends with findings that fail, keeps the network shut, and works all stages anew when it is run again.
func TestFailedFindings(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	m.Fail = func(l setting.Location) error {
		if l.Same(setting.RightLocation("SeShutdownPrivilege")) {
			return errors.New("cannot be read today")
		}
		return nil
	}
	out, err := agent.Run(t.Context(), o)
	if err != nil || out.State != agent.StateFailed || out.Summary.Outcomes[setting.Error] != 1 || !m.held() {
		t.Fatalf("got %+v, %v, held %v", out, err, m.held())
	}
	first := out.Record
	m.Fail = nil
	writes := m.writes
	if out, err = agent.Run(t.Context(), o); err != nil || out.State != agent.StateDone || m.held() || m.writes == writes {
		t.Fatalf("got %+v, %v, held %v", out, err, m.held())
	}
	raw, err := os.ReadFile(filepath.Join(dir, agent.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	if rec, _, err := agent.ReadRecord(raw); err != nil || rec.Previous != first {
		t.Errorf("the record before it is %q, want %q: %v", rec.Previous, first, err)
	}
	if _, err := os.Stat(filepath.Join(dir, agent.RecordFile+".1")); err != nil {
		t.Error(err)
	}
}

// TestTakenBack shuts the network again where the machine is not as wanted after it was opened.
func TestTakenBack(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	m.Fail = func(l setting.Location) error {
		if l.Same(setting.RightLocation("SeShutdownPrivilege")) && !m.heldQuietly() {
			return errors.New("cannot be read with an open network")
		}
		return nil
	}
	out, err := agent.Run(t.Context(), o)
	if err != nil || out.State != agent.StateFailed || !m.held() {
		t.Errorf("got %+v, %v, held %v", out, err, m.held())
	}
}

// TestRefreshed tells a running Windows to take its policies up when the network was let go of, and when it was shut again. One that does
// not hear is noted, and is no failure.
func TestRefreshed(t *testing.T) {
	for name, test := range map[string]struct {
		deaf  error
		shut  bool // something fails once the network is open
		want  []bool
		state agent.State
	}{
		"opened":         {nil, false, []bool{false}, agent.StateDone},
		"shut again":     {nil, true, []bool{false, true}, agent.StateFailed},
		"it cannot hear": {errors.New("no such function"), false, []bool{false}, agent.StateDone},
	} {
		t.Run(name, func(t *testing.T) {
			m, dir := newMachine(), t.TempDir()
			m.deaf = test.deaf
			m.Fail = func(l setting.Location) error {
				if test.shut && l.Same(setting.RightLocation("SeShutdownPrivilege")) && !m.heldQuietly() {
					return errors.New("cannot be read with an open network")
				}
				return nil
			}
			out, err := agent.Run(t.Context(), options(t, m, dir))
			if err != nil || out.State != test.state || !slices.Equal(m.told, test.want) {
				t.Fatalf("got %+v, %v; told while held: %v", out, err, m.told)
			}
			entries, _, err := agent.ReadJournal(filepath.Join(dir, agent.JournalFile))
			if err != nil {
				t.Fatal(err)
			}
			var noted [][]string
			for _, e := range entries {
				if e.Type == agent.EntryRefresh {
					noted = append(noted, e.Reasons)
				}
			}
			if len(noted) != len(test.want) || (len(noted[0]) > 0) != (test.deaf != nil) {
				t.Errorf("the journal says %v", noted)
			}
		})
	}
}

// heldQuietly is held without asking Fail.
func (m *machine) heldQuietly() bool {
	fail := m.Fail
	m.Fail = nil
	defer func() { m.Fail = fail }()
	return m.held()
}

func TestRestart(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	m.pending = []string{"files wait to be renamed"}
	for range 2 { // the second time nothing has been restarted
		out, err := agent.Run(t.Context(), o)
		if err != nil || out.State != agent.StateRestart || out.Boot != "boot-1" || len(out.Restart) != 1 || !m.held() {
			t.Fatalf("got %+v, %v", out, err)
		}
		m.pending = nil // nothing waits any more, and yet the machine has not been restarted
	}
	writes := m.writes
	if s, err := agent.ReadStatus(dir); err != nil || s.State != agent.StateRestart || s.Boot != "boot-1" {
		t.Errorf("status %+v, %v", s, err)
	}
	m.boot, m.pending = "boot-2", nil
	out, err := agent.Run(t.Context(), o)
	if err != nil || out.State != agent.StateDone || out.Boot != "boot-2" || m.installs[setting.StateLocation(setting.SchemeProgram, "{1}")] != 1 {
		t.Errorf("got %+v, %v, installs %v", out, err, m.installs)
	}
	if m.writes != writes+3 { // the stage seal's two, and the network
		t.Errorf("%d writes after the restart", m.writes-writes)
	}
}

func TestRestartsForEver(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	m.pending = []string{"always"}
	for n := range 20 {
		m.boot = fmt.Sprint("boot-", n)
		if _, err := agent.Run(t.Context(), o); err != nil {
			if !errors.Is(err, agent.ErrRestarts) || n != 5 {
				t.Errorf("after %d starts: %v", n, err)
			}
			return
		}
	}
	t.Error("it asks for ever")
}

func TestCancelled(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	ctx, cancel := context.WithCancel(t.Context())
	o.Events = func(e agent.Event) {
		if e.Type == agent.EventOp && e.Done == 2 {
			cancel()
		}
	}
	out, err := agent.Run(ctx, o)
	if !errors.Is(err, context.Canceled) || out.State != agent.StateError || m.writes != 2 {
		t.Errorf("got %+v, %v after %d writes", out, err, m.writes)
	}
	if out, err := agent.Run(t.Context(), o); err != nil || out.State != agent.StateDone {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestRefuses(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	if _, err := agent.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	other, err := bundle.New(bundle.Input{Plan: o.Bundle.Plan, Stages: []setting.Stage{setting.StageSeal}})
	if err != nil {
		t.Fatal(err)
	}
	mine := o.Bundle
	o.Bundle = other
	if _, err := agent.Run(t.Context(), o); !errors.Is(err, agent.ErrOtherBundle) {
		t.Errorf("another bundle: %v", err)
	}
	o.Bundle = mine
	lock, err := partial.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agent.Run(t.Context(), o); !errors.Is(err, partial.ErrInUse) {
		t.Errorf("beside another: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	o.Dir = t.TempDir()
	o.Machine = unwritable{m, m}
	if out, err := agent.Run(t.Context(), o); err == nil || out.State != agent.StateError || !strings.Contains(err.Error(), "cannot change") {
		t.Errorf("a machine that cannot do it: %+v, %v", out, err)
	}
	if s, _ := agent.ReadStatus(o.Dir); !strings.Contains(s.Error, "cannot change") {
		t.Errorf("status %+v", s)
	}
}

// unwritable has no writers.
type unwritable struct {
	agent.Machine
	setting.RegistryReader
}

// TestTampered finds whatever was done to a journal, but a last line that was never finished.
func TestTampered(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	if _, err := agent.Run(t.Context(), options(t, m, dir)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, agent.JournalFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(raw), "\n"), "\n")
	middle := len(lines) / 2
	for name, text := range map[string]string{
		"a line changed":   strings.Replace(string(raw), `"result":"changed"`, `"result":"already"`, 1),
		"a line removed":   strings.Join(append(append([]string{}, lines[:middle]...), lines[middle+1:]...), ""),
		"a line doubled":   strings.Join(append(append([]string{}, lines[:middle+1]...), lines[middle:]...), ""),
		"the first cut":    strings.Join(lines[1:], ""),
		"two swapped":      strings.Join(lines[:2], "") + lines[3] + lines[2] + strings.Join(lines[4:], ""),
		"spaces":           strings.Replace(string(raw), `{"`, `{ "`, 1),
		"a field too many": strings.Replace(string(raw), `{"`, `{"a":1,"`, 1),
		"no JSON":          "hello\n" + string(raw),
	} {
		t.Run(name, func(t *testing.T) {
			bad := t.TempDir()
			if err := os.WriteFile(filepath.Join(bad, agent.JournalFile), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := agent.ReadJournal(filepath.Join(bad, agent.JournalFile)); !errors.Is(err, agent.ErrTampered) {
				t.Errorf("read: %v", err)
			}
			fresh := newMachine()
			if _, err := agent.Run(t.Context(), options(t, fresh, bad)); !errors.Is(err, agent.ErrTampered) || fresh.writes != 0 {
				t.Errorf("run: %v, %d writes", err, fresh.writes)
			}
		})
	}
	t.Run("a last line that was not finished", func(t *testing.T) {
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, agent.JournalFile), raw[:len(raw)-10], 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := agent.Run(t.Context(), options(t, m, torn)); err != nil || out.State != agent.StateDone {
			t.Errorf("got %+v, %v", out, err)
		}
		if _, _, err := agent.ReadJournal(filepath.Join(torn, agent.JournalFile)); err != nil {
			t.Error(err)
		}
	})
}
