package agent_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestAudit has the agent audit the machine that it has settled, under Wine: it sees what it has set, tells what somebody changed since, and what Wine
// cannot show is a gap.
func TestAudit(t *testing.T) {
	c := newClient(t)
	events(t, c.run("apply").Must(t, 0).Stdout)
	c.run("audit").Must(t, 5) // no stamp: it may be another image's machine
	raw, err := os.ReadFile(filepath.Join(c.folder, "bundle", "bundle.json"))
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Image, Version string
		RecipeDigest   string `json:"recipe_digest"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	const stamp = `HKLM\SOFTWARE\wmclient`
	t.Cleanup(func() { c.wine.Command("reg", "delete", stamp, "/f").Run(t) })
	for name, text := range map[string]string{"Name": b.Image, "Version": b.Version, "RecipeDigest": b.RecipeDigest, "Class": "WM 0", "Management": "none"} {
		c.reg("add", stamp, "/v", name, "/d", text, "/f")
	}
	first := c.audit(t)
	if first.Schema != "wmclient/audit-record/1" || first.Way != "local" || first.Platform != "wine" || first.Validated || first.Summary.Outcomes["pass"] < wanted || first.Inventory.Services == nil {
		t.Errorf("got %+v", first)
	}
	key, name := c.aNumber(t)
	c.reg("add", key, "/v", name, "/t", "REG_DWORD", "/d", "77777", "/f")
	second := c.audit(t)
	if second.Summary.Outcomes["fail"] <= first.Summary.Outcomes["fail"] || second.Previous == "" || second.State != "drift" {
		t.Errorf("after a change: %s, %v fails, before it %v", second.State, second.Summary.Outcomes["fail"], first.Summary.Outcomes["fail"])
	}
}

// aNumber is the place of a setting of the bundle that is a number.
func (c *client) aNumber(t *testing.T) (key, name string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.folder, "bundle", "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Settings []struct {
			Spec struct{ Key, Name, Type string }
		}
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Settings {
		if s.Spec.Type == "dword" && s.Spec.Name != "" {
			return s.Spec.Key, s.Spec.Name
		}
	}
	t.Fatal("no setting is a number")
	return "", ""
}

type auditRecord struct {
	Schema, Way, Platform, State, Previous string
	Validated                              bool `json:"validated_on_windows"`
	Summary                                struct{ Outcomes map[string]int }
	Inventory                              struct{ Services []any }
	Differences, Gaps                      []struct{ Name, Reason string }
}

func (c *client) audit(t *testing.T) (r auditRecord) {
	t.Helper()
	out := c.run("audit")
	if out.Code != 10 && out.Code != 3 { // Wine's build is not the image's, and it has no driver's INF
		t.Fatalf("code %d: %s%s", out.Code, out.Stdout, out.Stderr)
	}
	if err := json.Unmarshal([]byte(out.Stdout), &r); err != nil {
		t.Fatal(err)
	}
	return r
}
