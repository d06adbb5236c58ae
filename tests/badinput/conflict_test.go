package badinput_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rival is a product that needs a time source, which the module probe switches off.
const rival = `product "rival" {
  manufacturer = "Only for tests"
  version      = "1"

  environment {
    builds = ["^19044"]
    needs {
      services = []
      time     = true
    }
    evidence = [{ document = "Manual", version = "1", page = 1 }]
  }
}
`

// accepted is an exception for the row that the rival meets.
func accepted(expires string) string {
	return `
  exception "conflict/@" {
    skip         = true
    reason       = "The clock of the hypervisor is enough."
    compensating = "Somebody looks at it each morning."
    owner        = "Head of medical engineering"
    approved_by  = "Information security officer"
    expires      = "` + expires + `"
  }
`
}

// TestConflicts holds the exit codes and the traces of a conflict between the plan and a product.
func TestConflicts(t *testing.T) {
	dir := place(t)
	write(t, dir, "p/products/rival.hcl", rival)
	plain := profiles()[image]
	with := func(more string) {
		text := strings.TrimSuffix(strings.TrimSpace(plain), "}") + "  product \"rival\" {\n    version = \"1\"\n  }\n" + more + "}\n"
		write(t, dir, image, text)
	}
	with("")
	write(t, dir, "p/modules/probe.hcl", module("probe", setting("service", "clock", "name = \"W32Time\"\nstart = \"disabled\"")))
	r := refused(t, dir, 2, []string{"Plan conflicts with a product", "on p/products/rival.hcl line 9", "The other place is p/modules/probe.hcl:7", "exception \"conflict/"}, "build", image, "--base", "lab.wim", "--out", "out")
	_, row, _ := strings.Cut(strings.Join(strings.Fields(r.Stderr), " "), `exception "conflict/`)
	row, _, _ = strings.Cut(row, `"`)
	kind, _, _ := strings.Cut(row, "[")
	refused(t, dir, 2, []string{"Plan conflicts with a product"}, "plan", image)

	with(strings.Replace(accepted("2099-12-31"), "@", row, 1))
	run(t, dir, "lock", image, "--upgrade").Must(t, 0)
	run(t, dir, "build", image, "--base", "lab.wim", "--out", "out").Must(t, 0)
	var m struct {
		Conflicts []struct {
			Row      string `json:"row"`
			Level    string `json:"level"`
			Product  string `json:"product"`
			Accepted struct {
				Owner   string `json:"owner"`
				Expires string `json:"expires"`
			} `json:"accepted"`
		} `json:"conflicts"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "out", "tiny", "1.0.0", "manifest.json"))
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, c := range m.Conflicts {
		found = found || c.Level == "BLOCK" && strings.HasPrefix(row, c.Row) && c.Product == "rival" &&
			c.Accepted.Owner == "Head of medical engineering" && c.Accepted.Expires == "2099-12-31"
	}
	if !found {
		t.Errorf("the manifest does not keep the conflict %s and who accepted it: %+v", row, m.Conflicts)
	}

	if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	with(strings.Replace(accepted("2020-01-01"), "@", row, 1))
	if err := os.Remove(filepath.Join(dir, "p/images/tiny.lock.hcl")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "lock", image, "--accept-base", "lab.wim")
	refused(t, dir, 4, []string{"expired", "conflict/" + row}, "build", image, "--base", "lab.wim", "--out", "out")

	write(t, dir, "p/modules/probe.hcl", module("probe", setting("service", "fax", "name = \"Fax\"\nstart = \"disabled\"")))
	write(t, dir, "p/products/rival.hcl", strings.Replace(rival, "time     = true", "time     = false", 1))
	with(strings.Replace(accepted("2099-12-31"), "@", row, 1))
	refused(t, dir, 2, []string{"Accepted conflict does not occur", "on p/images/tiny.hcl line", "Remove the exception"}, "build", image, "--base", "lab.wim", "--out", "out")
	with(strings.Replace(accepted("2099-12-31"), "@", "no-such-row", 1))
	refused(t, dir, 2, []string{"Exception for an unknown conflict", "on p/images/tiny.hcl line", kind}, "build", image, "--base", "lab.wim", "--out", "out")
}
