package agent_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// TestObserve judges elsewhere what a machine shows, as the agent itself judges it.
func TestObserve(t *testing.T) {
	m, dir := newMachine(), t.TempDir()
	o := options(t, m, dir)
	if _, err := agent.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, agent.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	rec, _, err := agent.ReadRecord(raw)
	if err != nil {
		t.Fatal(err)
	}
	writes := m.writes
	seen, err := agent.Observe(t.Context(), o.Bundle, o.Machine, o.Table)
	if err != nil || m.writes != writes {
		t.Fatalf("%v, %d writes", err, m.writes-writes)
	}
	if raw, err = json.Marshal(seen); err != nil {
		t.Fatal(err)
	}
	there, err := agent.ReadObservations(raw)
	if err != nil {
		t.Fatal(err)
	}
	findings, err := validate.JudgeCollected(o.Bundle.Plan, o.Table, there.Settings, validate.Options{Stage: setting.StageSeal})
	if diff := cmp.Diff(rec.Findings, findings); err != nil || diff != "" {
		t.Errorf("%v (-by the agent +elsewhere)\n%s", err, diff)
	}
	for name, bad := range map[string]string{
		"schema": strings.Replace(string(raw), "observations/1", "observations/2", 1), "more": string(raw) + "{}",
		"field": strings.Replace(string(raw), `{"schema"`, `{"x":1,"schema"`, 1), "cut": string(raw[:len(raw)/2]),
	} {
		if _, err := agent.ReadObservations([]byte(bad)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}
