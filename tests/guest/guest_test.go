// Package guest_test runs the tests of the room target/guest, which need a running Windows that they may change, in a fresh prefix of Wine,
// and holds what came of them against docs/guest.md.
package guest_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

var update = flag.Bool("update", false, "write the table in docs/guest.md anew")

func TestMain(m *testing.M) { harness.Main(m) }

// run runs the room's tests that match the pattern and returns what they print.
func run(t *testing.T, wine *harness.Wine, exe, pattern string, env ...string) string {
	t.Helper()
	c := wine.Command(exe, "-test.v", "-test.run", pattern)
	c.Env = append(c.Env, append(env, "WMCLIENT_MACHINE_MAY_CHANGE=1")...)
	r := c.Run(t)
	r.Must(t, 0)
	return r.Stdout
}

// build builds the room's tests for Windows.
func build(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "guest.test.exe")
	cmd := exec.Command("go", "test", "-c", "-o", exe, "./plugin/internal/target/guest")
	cmd.Dir = harness.Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// The table stands between these lines.
const begin, end = "<!-- kinds under Wine: begin -->\n", "<!-- kinds under Wine: end -->\n"

func TestUnderWine(t *testing.T) {
	wine, exe := harness.NewWine(t), build(t)
	wine.Restart(t) // the Task Scheduler of a fresh prefix starts only then
	table := filepath.Join(t.TempDir(), "table")
	t.Log(run(t, wine, exe, ".", "WMCLIENT_KINDS_TABLE="+wine.Path(table)))
	got, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(harness.Root(t), "docs", "guest.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	was, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", page)
	}
	want := "\n| Kind | Held | Why not |\n|---|---|---|\n" + string(got) + "\n"
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, was); diff != "" {
		t.Errorf("docs/guest.md differs (-update if meant; -want +page):\n%s", diff)
	}
}

// TestBootID ends Wine's server, which is what a restart is there: the id is another one then, and what waited for a restart does not wait.
func TestBootID(t *testing.T) {
	wine, exe := harness.NewWine(t), build(t)
	id := regexp.MustCompile(`boot id: ([0-9a-f]{32})`)
	ask := func() string {
		found := id.FindStringSubmatch(run(t, wine, exe, "^TestBootAndHost$"))
		if found == nil {
			t.Fatal("it says no boot id")
		}
		return found[1]
	}
	wine.Restart(t) // with nothing pending that another test left
	one, two := ask(), ask()
	if one != two {
		t.Errorf("%s became %s without a restart", one, two)
	}
	run(t, wine, exe, "^TestRestart$")
	wine.Restart(t)
	if three := ask(); three == one {
		t.Errorf("%s is the id after a restart too", three)
	}
	run(t, wine, exe, "^TestRestart$") // it begins with nothing pending
}
