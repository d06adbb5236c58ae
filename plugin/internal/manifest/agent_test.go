package manifest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// carrying is the build of an image that carries an agent.
func carrying() manifest.Input {
	in := input()
	in.Plan.Image.FirstBoot = &plan.FirstBoot{Keep: true}
	in.Agent = &manifest.Agent{Version: "1.0.0", SHA256: digest, Size: 4096}
	in.Changes = append(in.Changes, manifest.Change{Path: manifest.AgentPath, Action: "added", SHA256: digest, Size: 4096})
	return in
}

func TestAgent(t *testing.T) {
	m, err := manifest.New(carrying())
	if err != nil {
		t.Fatal(err)
	}
	data, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := manifest.Parse(data)
	if diff := cmp.Diff(m, again); err != nil || diff != "" {
		t.Errorf("after parsing (-made +parsed): %v\n%s", err, diff)
	}
	plain, err := manifest.New(input())
	if err != nil {
		t.Fatal(err)
	}
	if data, err := plain.Bytes(); err != nil || strings.Contains(string(data), `"agent"`) || strings.Contains(string(data), "first_boot") {
		t.Errorf("a manifest of an image without an agent speaks of one: %v", err)
	}
	for name, tc := range map[string]struct {
		change func(*manifest.Input)
		want   string
	}{
		"agent, not planned":  {func(in *manifest.Input) { in.Plan.Image.FirstBoot = nil }, "first_boot"},
		"planned, no agent":   {func(in *manifest.Input) { in.Agent = nil }, "first_boot"},
		"no digest":           {func(in *manifest.Input) { in.Agent.SHA256 = "x" }, "SHA-256"},
		"no version":          {func(in *manifest.Input) { in.Agent.Version = "" }, "version"},
		"another in changes":  {func(in *manifest.Input) { in.Changes[2].SHA256 = strings.Repeat("0", 64) }, "changes puts"},
		"of another size":     {func(in *manifest.Input) { in.Changes[2].Size++ }, "changes puts"},
		"in the base already": {func(in *manifest.Input) { in.Changes = in.Changes[:2] }, ""},
	} {
		in := carrying()
		tc.change(&in)
		if _, err := manifest.New(in); (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
