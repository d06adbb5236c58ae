package plan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// real makes a setting of a real kind from its JSON form.
func real(t testing.TB, id string, line int, kind, body string) plan.Candidate {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := tab.DecodeJSON(kind, json.RawMessage(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	c := cand(id, line, spec)
	c.Kind = kind
	return c
}

const spoolerStart = `{"key":"HKLM\\SYSTEM\\CurrentControlSet\\Services\\Spooler","name":"Start","type":"dword","value":"%d"}`

func TestRealKindsMeet(t *testing.T) {
	service := real(t, "a/spooler", 3, "service", `{"name":"Spooler","start":"disabled"}`)
	c := compose(t, request(service, real(t, "b/start", 3, "registry_value", fmt.Sprintf(spoolerStart, 4))))
	if n, _ := c.Provenance.Setting("b/start"); !slices.Equal(n.AgreesWith, []string{"a/spooler"}) {
		t.Errorf("the registry value agrees with %q", n.AgreesWith)
	}
	_, diags := plan.Compose(request(service, real(t, "b/start", 3, "registry_value", fmt.Sprintf(spoolerStart, 2))))
	if len(diags) != 1 || !strings.Contains(text(diags), "dword:2 here, dword:4 there") {
		t.Errorf("got %s", text(diags))
	}
}

func TestRealFilesInOneFolder(t *testing.T) {
	c := compose(t, request(real(t, "a/one", 3, "file", `{"path":"\\Windows\\wm\\one.txt","content":"1"}`), real(t, "a/two", 4, "file", `{"path":"\\Windows\\wm\\two.txt","content":"2"}`)))
	if n, _ := c.Provenance.Setting("a/one"); n.AgreesWith != nil {
		t.Errorf("two files in one folder agree: %q", n.AgreesWith)
	}
	if len(c.Contents) != 2 || len(c.Plan.Ops) != 2 {
		t.Errorf("%d contents, %d ops", len(c.Contents), len(c.Plan.Ops))
	}
	var sb strings.Builder
	if err := plan.WriteText(&sb, c, plan.TextOptions{}); err != nil || strings.Contains(sb.String(), `\Windows\wm = `) || !strings.Contains(sb.String(), `\Windows\wm\one.txt = `) {
		t.Errorf("%v\n%s", err, sb.String())
	}
	// a file where another needs a folder
	_, diags := plan.Compose(request(real(t, "a/one", 3, "file", `{"path":"\\Windows\\wm\\one.txt","content":"1"}`), real(t, "a/two", 4, "file", `{"path":"\\Windows\\WM","content":"2"}`)))
	if len(diags) != 1 || diags[0].Summary != "Settings collide" {
		t.Errorf("got %s", text(diags))
	}
}

// TestRealKindsOrderFree shuffles settings of real kinds, some of which agree and some of which join lists.
func TestRealKindsOrderFree(t *testing.T) {
	req := request(
		real(t, "a/deny", 3, "user_right", `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-32-546"]}`),
		real(t, "b/deny", 3, "user_right", `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-7"]}`),
		real(t, "c/deny", 3, "user_right", `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-32-546"]}`),
		real(t, "a/list", 4, "registry_value", `{"key":"HKLM\\SOFTWARE\\X","name":"L","type":"multi_sz","merge":"union","value":"[\"a\",\"b\"]"}`),
		real(t, "b/list", 4, "registry_value", `{"key":"HKLM\\SOFTWARE\\X","name":"l","type":"multi_sz","merge":"union","value":"[\"c\"]"}`),
		real(t, "a/probe", 5, "registry_value", `{"key":"HKLM\\SOFTWARE\\Policies\\Microsoft\\X","name":"P","type":"dword","value":"1"}`),
		real(t, "b/probe", 5, "registry_value", `{"key":"hklm\\software\\policies\\microsoft\\x","name":"p","type":"dword","value":"1"}`),
		real(t, "a/spooler", 6, "service", `{"name":"Spooler","start":"disabled"}`),
		real(t, "b/rule", 7, "firewall_rule", `{"id":"wm-rule","name":"r","direction":"in","action":"block"}`),
	)
	want := result(t, req)
	if !strings.HasPrefix(want, "{") {
		t.Fatal(want)
	}
	for seed := range uint64(50) {
		if got := result(t, shuffled(rand.New(rand.NewPCG(seed, 9)), req)); got != want {
			t.Fatalf("seed %d: another order gives\n%s\nnot\n%s", seed, got, want)
		}
	}
	c := compose(t, req)
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	read, err := plan.Parse(c.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	d, err := plan.Diff(c.Plan, read, tab)
	if err != nil || d.Step != plan.StepNone || d.Unchanged != len(c.Plan.Settings) {
		t.Errorf("read back: %+v, %v", d, err)
	}
	less := req
	less.Settings = slices.Clone(req.Settings[1:]) // c/deny still wants what a/deny wanted
	if d, err = plan.Diff(c.Plan, compose(t, less).Plan, tab); err != nil || d.Step != plan.StepPatch {
		t.Errorf("one of two that agree: %+v, %v", d, err)
	}
	less.Settings = slices.DeleteFunc(slices.Clone(req.Settings), func(s plan.Candidate) bool { return s.ID == "b/deny" })
	if d, err = plan.Diff(c.Plan, compose(t, less).Plan, tab); err != nil || d.Step != plan.StepMajor {
		t.Errorf("a joined SID less: %+v, %v", d, err)
	}
}
