package agent_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// manyOps is a bundle of 70 ops in two stages, a program to be installed for every six settings.
func manyOps(t testing.TB) *bundle.Bundle {
	t.Helper()
	list := []wish{wishes[len(wishes)-1]}
	var programs []setting.Op
	for i := range 60 {
		stage := setting.StageFirstBoot
		if i%2 == 1 {
			stage = setting.StageSeal
		}
		list = append(list, wish{fmt.Sprintf("m/v%03d", i), "registry_value", fmt.Sprintf(`{"key":"HKLM\\SOFTWARE\\Test","name":"V%d","type":"dword","value":"%d"}`, i, i), stage})
		if i%6 == 0 {
			programs = append(programs, setting.Op{Stage: stage, Action: setting.ActionStateSet, Location: setting.StateLocation(setting.SchemeProgram, fmt.Sprint("{", i, "}")), Value: "1.0.0"})
		}
	}
	return bundleOf(t, list, programs)
}

// everything is all that the machine is in the end.
func everything(t testing.TB, m *machine) map[string]string {
	t.Helper()
	out := map[string]string{"held": fmt.Sprint(m.held()), "installs": fmt.Sprint(m.installs)}
	names, err := m.RegistryValueNames(testKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		v, err := m.RegistryValue(testKey, n)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = v.Text()
	}
	return out
}

// TestKilledAtRandomOps kills the agent before and after the first and the last op of each stage, and before or after 50 others, tears the journal's last line, and
// restarts the machine: what comes of it is what comes of a run that nobody interrupts, and every program was installed once.
func TestKilledAtRandomOps(t *testing.T) {
	b := manyOps(t)
	work := func(m *machine, dir string, killAt int, after bool) (killed bool) {
		o := options(t, m, dir)
		o.Bundle = b
		begun := m.writes
		m.at = func(_ setting.Op, is bool) {
			n := m.writes - begun
			if !is {
				n++
			}
			if n == killAt && is == after {
				panic(errKilled)
			}
		}
		defer func() {
			if p := recover(); p != nil {
				if p != any(errKilled) {
					panic(p)
				}
				killed = true
			}
		}()
		if out, err := agent.Run(t.Context(), o); err != nil || out.State != agent.StateDone {
			t.Fatalf("%+v, %v", out, err)
		}
		return false
	}
	whole := newMachine()
	work(whole, t.TempDir(), 0, false)
	want, total := everything(t, whole), whole.writes
	if len(whole.installs) < 10 || total < 70 {
		t.Fatalf("%d writes, %d installs", total, len(whole.installs))
	}
	first := 0
	for _, o := range b.Plan.Ops {
		if o.Op.Stage == setting.StageFirstBoot {
			first++
		}
	}
	random := rand.New(rand.NewPCG(5, 17))
	ops := []int{1, first, first + 1, total - 1, total} // the last one lets go of the network
	for len(ops) < 55 {
		if n := 1 + random.IntN(total); !slices.Contains(ops, n) {
			ops = append(ops, n)
		}
	}
	for i, n := range ops {
		moments := []bool{false, true}
		if i >= 5 {
			moments = []bool{random.IntN(2) == 0}
		}
		for _, after := range moments {
			m, dir := newMachine(), t.TempDir()
			if !work(m, dir, n, after) {
				t.Fatalf("op %d was never reached", n)
			}
			tear(t, filepath.Join(dir, agent.JournalFile), random)
			m.boot = "boot-2"
			work(m, dir, 1, random.IntN(2) == 0) // and once more, at the first op that runs
			work(m, dir, 0, false)
			if diff := cmp.Diff(want, everything(t, m)); diff != "" {
				t.Errorf("op %d, after it %v (-whole +resumed)\n%s", n, after, diff)
				continue
			}
			t.Logf("killed at op %d, after it %v: resumed", n, after) // bench-online counts these
		}
	}
}

// tear cuts off some of the journal's last line, as a loss of power may.
func tear(t *testing.T, path string, random *rand.Rand) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := len(raw) - 1 - slices.Index(reversed(raw[:len(raw)-1]), '\n')
	if err := os.WriteFile(path, raw[:last+random.IntN(len(raw)-last)], 0o600); err != nil {
		t.Fatal(err)
	}
}

func reversed(b []byte) []byte {
	out := slices.Clone(b)
	slices.Reverse(out)
	return out
}
