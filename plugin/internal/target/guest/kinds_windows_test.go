package guest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

// TestKinds applies the example of every kind to this machine, all its stages, and judges it. The rows that come of it are the table in
// docs/guest.md, which the test in tests/guest compares.
func TestKinds(t *testing.T) {
	g := open(t)
	prepareProfile(t, g)
	var rows strings.Builder
	for _, k := range kinds.All() {
		fmt.Fprintf(&rows, "| `%s` | %s |\n", k.Name, holds(t, g, k))
	}
	if out := os.Getenv("WMCLIENT_KINDS_TABLE"); out != "" {
		if err := os.WriteFile(out, []byte(rows.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("\n" + rows.String())
}

// example reads a kind's example. Where it puts a file, which nobody has, other bytes take its place: an empty package where it installs one.
func example(t *testing.T, k setting.Kind) (setting.Spec, apply.Contents) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(k.Example), k.Name, hcl.InitialPos)
	spec := k.New()
	if !diags.HasErrors() {
		diags = gohcl.DecodeBody(file.Body, nil, spec)
	}
	if e, ok := spec.(setting.Evaluator); ok && !diags.HasErrors() {
		diags = append(diags, e.Evaluate(nil)...)
	}
	if diags.HasErrors() {
		t.Fatalf("%s: %v", k.Name, diags)
	}
	provider, ok := spec.(setting.ContentProvider)
	if !ok {
		return spec, nil
	}
	var blobs [][]byte
	for _, c := range provider.Contents() {
		if c.Bytes != nil {
			blobs = append(blobs, c.Bytes)
			continue
		}
		blob := []byte("stands for " + c.Source)
		for _, claim := range spec.Claims(setting.Base{}) {
			if claim.Location.Scheme() == setting.SchemeProgram {
				blob = emptyPackage(t, claim.Location.Name(), claim.Value)
			}
		}
		stand := apply.NewContent(blob)
		text, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		other := k.New()
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), c.SHA256, stand.SHA256)), other); err != nil {
			t.Fatal(err)
		}
		if s, ok := other.(setting.Sourced); ok {
			s.SetSource(stand.Size)
		}
		spec, blobs = other, append(blobs, blob)
	}
	return spec, apply.BytesContents(blobs...)
}

// holds says in words what came of the example.
func holds(t *testing.T, g *guest.Guest, k setting.Kind) string {
	t.Helper()
	spec, contents := example(t, k)
	base := setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}
	ops := spec.Ops(base)
	if err := plant(g, spec.Claims(base), ops); err != nil {
		t.Fatalf("%s: %v", k.Name, err)
	}
	defer func() { // no example is to meet what another one left
		for _, op := range ops {
			if op.Location.Scheme() == setting.SchemeProgram && op.Action == setting.ActionStateSet {
				op.Action, op.Value = setting.ActionStateDelete, ""
				if _, err := g.SetState(op); err != nil {
					t.Error(err)
				}
			}
		}
		for key := range uninstallKeys(spec.Claims(base), ops) {
			if err := guest.RemoveKey(key[len(`HKLM\`):]); err != nil {
				t.Error(err)
			}
		}
		for _, op := range ops {
			if op.Action == setting.ActionRegistrySet {
				if _, err := g.DeleteRegistryValue(op.Key, op.Name); err != nil {
					t.Error(err)
				}
			}
			if op.Action == setting.ActionPolicySet {
				if _, err := g.DeletePolicyValue(op.Scope, op.Key, op.Name); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	for _, stage := range setting.Stages() {
		var staged []plan.StagedOp
		for _, op := range ops {
			if op.Stage == stage {
				staged = append(staged, plan.StagedOp{Settings: []string{"m/s"}, Op: op})
			}
		}
		if report, err := apply.Run(t.Context(), g, staged, stage, contents, nil); err != nil {
			return "no | " + why(err)
		} else if report.Count(apply.Skipped) > 0 {
			return "no | what it changes is not there"
		}
	}
	o, err := spec.Observe(g)
	if err != nil {
		return "no | " + why(err)
	}
	switch v := spec.Judge(o); {
	case v.Outcome != setting.Pass:
		return fmt.Sprintf("no | judged %q: %s", v.Outcome, v.Reason)
	case len(ops) == 0:
		return "read | it changes nothing"
	}
	return "yes | "
}

// plant makes what a base has: keys, files, tasks and programs that an example is about.
func plant(g *guest.Guest, claims []setting.Claim, ops []setting.Op) error {
	for _, op := range ops {
		var err error
		switch name := op.Location.Name(); {
		case op.NeedKey != "":
			_, err = g.SetRegistryValue(op.NeedKey, "wmclient-test", setting.DWord(1))
		case op.Location.Scheme() == setting.SchemeRegistrySecurity:
			_, err = g.SetRegistryValue(name, "wmclient-test", setting.DWord(1))
		case op.Location.Scheme() == setting.SchemeFileSecurity:
			_, err = g.PutFile(name+`\x`, apply.NewContent(nil))
		case op.Location.Scheme() == setting.SchemeTask:
			err = guest.RegisterTask(name[1:], taskXML)
		}
		if err != nil {
			return err
		}
	}
	for key, version := range uninstallKeys(claims, ops) {
		if _, err := g.SetRegistryValue(key, "DisplayVersion", setting.SZ(version)); err != nil {
			return err
		}
	}
	return nil
}

// uninstallKeys are the keys, and versions, of programs that an example only looks for.
func uninstallKeys(claims []setting.Claim, ops []setting.Op) map[string]string {
	keys := map[string]string{}
	for _, c := range claims {
		if len(ops) == 0 && c.Location.Scheme() == setting.SchemeProgram && !strings.Contains(c.Location.Name(), "*") {
			keys[`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\`+c.Location.Name()] = c.Value
		}
	}
	return keys
}

// why is the reason without the machine's name.
func why(err error) string {
	if e, ok := errors.AsType[*guest.UnansweredError](err); ok {
		return "`" + e.Call + "`: " + e.Why
	}
	if e, ok := errors.AsType[*guest.CallError](err); ok && !errors.Is(err, setting.ErrAbsent) {
		return "`" + e.Error() + "`"
	}
	switch {
	case errors.Is(err, guest.ErrNotHeld):
		return "Wine takes the change, and the look afterwards does not find it"
	case errors.Is(err, setting.ErrUnobservable):
		return "not observable"
	case errors.Is(err, setting.ErrAbsent):
		return "Wine has no such thing to change"
	}
	return err.Error()
}
