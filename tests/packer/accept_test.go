//go:build !windows

package packer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestAcceptance runs the acceptance on a lab base with stand-ins for QEMU and Packer: what can be done is done, the installation fails, and the
// record says so and accepts nothing.
func TestAcceptance(t *testing.T) {
	s := newSite(t)
	tools := t.TempDir()
	for _, name := range []string{"qemu-system-x86_64", "xorriso", "failing-packer"} {
		if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(harness.Binary(t, "wmclient"), filepath.Join(tools, "wmclient")); err != nil {
		t.Fatal(err)
	}
	run := func(password, iso string) harness.Result {
		return harness.Command{
			Path: filepath.Join(harness.Root(t), "scripts", "accept-windows"), Args: []string{iso, s.path(s.image), s.path("acceptance")}, Dir: s.dir,
			Env: []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "PACKER=" + filepath.Join(tools, "failing-packer"), "PKR_VAR_password=" + password},
		}.Run(t)
	}
	run("", s.base).Must(t, 2)
	run(password, s.path("none.iso")).Must(t, 2)
	if exists(s.path("acceptance")) {
		t.Error("a refusal leaves a folder")
	}
	run(password, s.base).Must(t, 1)
	var doc struct {
		Schema, Platform string
		Accepted         bool
		Steps            []struct{ Step, Result string }
	}
	if err := json.Unmarshal([]byte(s.read("acceptance/acceptance.json")), &doc); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"inspect": "passed", "build": "passed", "validate": "passed", "install": "failed"}
	for _, step := range doc.Steps {
		if want[step.Step] != step.Result {
			t.Errorf("step %s is %s", step.Step, step.Result)
		}
		delete(want, step.Step)
	}
	if len(want) > 0 || doc.Accepted || doc.Platform != "none" || doc.Schema != "wmclient/acceptance/1" {
		t.Errorf("got %+v, missing %v", doc, want)
	}
}
