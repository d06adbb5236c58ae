package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/importer"
)

// Names and texts of a source never become HCL.
func TestNothingBecomesHCL(t *testing.T) {
	for _, text := range []string{
		`${file("/etc/passwd")}`, `$${x}`, `$$${x}`, `%{ if true }x%{ endif }`, `%%{x}`, `"}`, `\`, `\"`, `a"\n}\nmodule "b" {`, "$", "%", "${", "$$", "a$", `<<EOT`, "# x", "/* x", "\u0085x", "x\u2028}", "\u202ex", "\ufeffx",
	} {
		lgpo := "Computer\nSoftware\\X\\" + text + "\n" + text + "\nSZ:" + text + "\n\nComputer\nSoftware\\X\nKeep\nDWORD:1\n"
		found := parse(t, lgpo)
		want := asked(t, parse(t, lgpo))
		found.Title = text
		module, report, diags := importer.Module("imported", "s\n}"+text, found, table(t))
		if diags.HasErrors() {
			t.Errorf("%q: %v", text, diags)
			continue
		}
		comment, _, _ := strings.Cut(string(module), "\n")
		if strings.ContainsAny(comment, "\u202e\u2028\ufeff\u0085") {
			t.Errorf("%q: the comment %q is not what it looks like", text, comment)
		}
		got := composed(t, "imported", module)
		for l, v := range want {
			if got[l] != v && len(report.Dropped) == 0 {
				t.Errorf("%q: %s is %q, want %q", text, l, got[l], v)
			}
		}
		for l := range got {
			if _, ok := want[l]; !ok {
				t.Errorf("%q: %s is new", text, l)
			}
		}
	}
}

// A module's name stays a name.
func TestHostileModuleNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../x", "a/b", "A", "a b", `a"`, "a\nb", "${x}", "import-trial", "con", strings.Repeat("a", 300), "a.b", "å"} {
		text, _, diags := importer.Module(name, "s", parse(t, "Computer\nSoftware\\X\nN\nDWORD:1\n"), table(t))
		if !diags.HasErrors() && name != "import-trial" {
			t.Errorf("%q gives\n%s", name, text)
		}
	}
}

// Many settings of one name are named with work in proportion to their number: a name that is taken costs the same
// whether ten or ten thousand stand before it. The work is counted in allocations, for a clock would judge the machine.
func TestManyOfOneName(t *testing.T) {
	work := func(settings int) float64 {
		var b strings.Builder
		for i := range settings {
			fmt.Fprintf(&b, "Computer\nSoftware\\K%d\\X\nN\nDWORD:1\n", i)
		}
		found, known := parse(t, b.String()), table(t)
		return testing.AllocsPerRun(1, func() {
			_, report, _ := importer.Module("imported", "s", found, known)
			if len(report.Carried) != settings {
				t.Errorf("%d settings carried, want %d", len(report.Carried), settings)
			}
		})
	}
	few, many := work(400), work(1_600)
	if many > 5*few {
		t.Errorf("%.0f allocations for 400 settings of one name, %.0f for 1,600: more than in proportion", few, many)
	}
}

// More settings than a profile file may hold are refused.
func TestMoreThanAFile(t *testing.T) {
	var b strings.Builder
	for i := range 19_000 {
		fmt.Fprintf(&b, "Computer\nSoftware\\K%d\\X\nN\nDWORD:1\n", i)
	}
	if _, _, diags := importer.Module("imported", "s", parse(t, b.String()), table(t)); !diags.HasErrors() {
		t.Error("more than a profile file holds")
	}
}
