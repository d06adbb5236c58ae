package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const baseProfile = `base "bench" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE"]
}
`

// writeProfiles writes a tree in which each image selects all modules, and the modules have the settings between them.
func writeProfiles(dir string, images, modules, settings int) error {
	if err := put(dir, "bases/bench.hcl", baseProfile); err != nil {
		return err
	}
	for m := range modules {
		if err := put(dir, fmt.Sprintf("modules/module-%04d.hcl", m), moduleProfile(m, settings*(m+1)/modules-settings*m/modules)); err != nil {
			return err
		}
	}
	for i := range images {
		if err := put(dir, fmt.Sprintf("images/image-%04d.hcl", i), imageProfile(i, modules)); err != nil {
			return err
		}
	}
	return nil
}

func moduleProfile(m, settings int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "module \"module-%04d\" {\n  version = \"1.0.0\"\n  method  = \"policies\"\n  title   = { en = \"Bench\", sv = \"Bänk\" }\n\n  severity_source = \"The bench\"\n", m)
	for s := range settings {
		fmt.Fprintf(&b, `
  setting "registry_value" "setting-%04d" {
    key       = "HKLM\\SOFTWARE\\Policies\\Bench\\Module%04d"
    name      = "Value%04d"
    type      = "dword"
    value     = %d
    severity  = "medium"
    rationale = { en = "It is counted.", sv = "Den räknas." }
  }
`, s, m, s, s%2)
	}
	b.WriteString("}\n")
	return b.String()
}

func imageProfile(i, modules int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `image "image-%04d" {
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "bench"

  class {
    type   = "WM"
    groups = [0]
  }

  management {
    local {}
  }
`, i)
	for m := range modules {
		fmt.Fprintf(&b, "\n  module \"module-%04d\" {\n    version = \"^1.0\"\n  }\n", m)
	}
	b.WriteString("}\n")
	return b.String()
}

func put(dir, name, text string) error {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
