package regf_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"www.velocidex.com/golang/regparser"
)

// Referees are readers of hives by other people. Each turns a hive into lines;
// the lines before and after an edit may differ in the edited keys only.

// hivexLines returns regedit text, each line with the key that it stands under.
func hivexLines(t *testing.T, b []byte) []string {
	t.Helper()
	out := runReferee(t, "libwin-hivex-perl", b, "hivexregedit", "--export", "--prefix", "HIVE", "FILE", `\`)
	var lines []string
	key := ""
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "[") {
			key = strings.Trim(line, "[]")
		}
		lines = append(lines, key+" "+line)
	}
	return lines
}

// reglookupLines returns path, type, data, time, owner, group and lists.
func reglookupLines(t *testing.T, b []byte) []string {
	t.Helper()
	return strings.Split(runReferee(t, "reglookup", b, "reglookup", "-s", "FILE"), "\n")
}

// runReferee runs a program on a file with content b, in place of FILE.
func runReferee(t *testing.T, debian string, b []byte, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skipf("the referee %s is not installed (Debian package %s)", args[0], debian)
	}
	path := filepath.Join(t.TempDir(), "hive")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	args = slices.Clone(args)
	for i := range args {
		if args[i] == "FILE" {
			args[i] = path
		}
	}
	cmd := exec.Command(args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s refuses the hive: %v\n%.500s", args[0], err, stderr.String())
	}
	return string(out)
}

// regparserLines returns path, time, type and data as the Go reader sees them.
// It takes the padding of big data for data, so that such values are left out.
func regparserLines(t *testing.T, b []byte) []string {
	t.Helper()
	r, err := regparser.NewRegistry(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("regparser refuses the hive: %v", err)
	}
	var lines []string
	var walk func(k *regparser.CM_KEY_NODE, path string)
	walk = func(k *regparser.CM_KEY_NODE, path string) {
		lines = append(lines, fmt.Sprintf("%s %d", path, k.LastWriteTime().UnixNano()))
		for _, v := range k.Values() {
			if v.DataSize() <= 16344 {
				lines = append(lines, fmt.Sprintf("%s %q %d %x", path, v.ValueName(), v.Type(), v.ValueData().Data[:v.DataSize()]))
			}
		}
		for _, s := range k.Subkeys() {
			walk(s, path+`\`+s.Name())
		}
	}
	walk(r.OpenKey(""), "")
	return lines
}

// difference returns the lines that are only in a and those only in b, sorted.
func difference(a, b []string) (onlyA, onlyB []string) {
	count := map[string]int{}
	for _, l := range a {
		count[l]++
	}
	for _, l := range b {
		count[l]--
	}
	for l, n := range count {
		if n > 0 {
			onlyA = append(onlyA, l)
		} else if n < 0 {
			onlyB = append(onlyB, l)
		}
	}
	slices.Sort(onlyA)
	slices.Sort(onlyB)
	return onlyA, onlyB
}

var referees = []struct {
	name  string
	lines func(*testing.T, []byte) []string
}{
	{"hivexregedit", hivexLines}, {"reglookup", reglookupLines}, {"regparser", regparserLines},
}

// An unedited hive says the same to every referee after our writing.
func TestRefereesAgreeOnRoundTrip(t *testing.T) {
	for _, name := range realHives {
		for _, ref := range referees {
			t.Run(name+"/"+ref.name, func(t *testing.T) {
				in := realHive(t, name)
				before, after := ref.lines(t, in), ref.lines(t, write(t, parse(t, in)))
				if len(before) < 100 {
					t.Fatalf("the referee sees %d lines only", len(before))
				}
				if gone, come := difference(before, after); len(gone)+len(come) > 0 {
					t.Errorf("%d lines gone, %d come; first: %.300q, %.300q", len(gone), len(come), first(gone), first(come))
				}
			})
		}
	}
}

func first(s []string) string { return strings.Join(s[:min(1, len(s))], "") }

// After edits each referee sees the edits, and nothing else is different.
func TestRefereesSeeOnlyTheEdits(t *testing.T) {
	for _, ref := range referees {
		t.Run(ref.name, func(t *testing.T) {
			in := realHive(t, "SYSTEM")
			h := parse(t, in)
			set(t, h, `ControlSet001\Control\Lsa`, "LmCompatibilityLevel", 4, []byte{5, 0, 0, 0})
			set(t, h, `ControlSet001\services\WmClient`, "Start", 4, []byte{2, 0, 0, 0})
			set(t, h, `ControlSet001\services\WmClient\Parameters`, "Blob", 3, bytes.Repeat([]byte{1, 2, 3, 4, 5}, 20000))
			for i := range 3000 {
				set(t, h, fmt.Sprintf(`ControlSet001\services\WmClient\Many\k%05d`, i*7919%3000), "v", 4, []byte{byte(i), byte(i >> 8), 0, 0})
			}
			gone, come := difference(ref.lines(t, in), ref.lines(t, write(t, h)))
			if !slices.ContainsFunc(come, func(l string) bool { return strings.Contains(l, "k02999") }) {
				t.Error("the referee does not see the last of the new keys")
			}
			edited := func(l string) bool {
				l = strings.ReplaceAll(l, "/", `\`)
				return strings.Contains(l, `ControlSet001\services\WmClient`) || // everything new
					strings.Contains(l, `ControlSet001\Control\Lsa`) && strings.Contains(l, "LmCompatibilityLevel") ||
					isTimeOf(l, `\ControlSet001\Control\Lsa`) || isTimeOf(l, `\ControlSet001\services`)
			}
			if other := slices.DeleteFunc(append(gone, come...), edited); len(other) > 0 {
				t.Errorf("%d other lines differ too, first: %.500q", len(other), other[0])
			}
		})
	}
}

// isTimeOf tells whether a line is about the key itself, and not a value of it.
func isTimeOf(line, key string) bool {
	rest, ok := strings.CutPrefix(line, key)
	return ok && (strings.HasPrefix(rest, ",KEY,") || len(strings.Fields(rest)) == 1 && !strings.HasPrefix(rest, `\`))
}

// What is new is read whole by others too: big data, names, the inherited
// descriptor.
func TestRefereeReadsNewContent(t *testing.T) {
	h := emptyHive(t)
	blob := make([]byte, 100_000)
	for i := range blob {
		blob[i] = byte(i % 251)
	}
	set(t, h, `Åäö\Ж`, "Blob", 3, blob)
	set(t, h, `Åäö\Ж`, "Empty", 1, nil)
	b := write(t, h)

	t.Run("hivexregedit", func(t *testing.T) {
		text := strings.Join(hivexLines(t, b), "\n")
		hexed := make([]string, len(blob))
		for i, c := range blob {
			hexed[i] = fmt.Sprintf("%02x", c)
		}
		for _, want := range []string{`[HIVE\Åäö\Ж]`, `"Blob"=hex(3):` + strings.Join(hexed, ","), `"Empty"=hex(1):`} {
			if !strings.Contains(text, want) {
				t.Errorf("hivexregedit does not print %.60q", want)
			}
		}
	})
	t.Run("reglookup", func(t *testing.T) {
		text := strings.Join(reglookupLines(t, b), "\n")
		const want = "2017-07-14 02:40:00,S-1-5-32-544,S-1-5-18,,S-1-5-32-545:ALLOW:QRY_VAL ENUM_KEYS NOTIFY R_CONT:CI IA|" // IA: inherited
		if strings.Count(text, want) != 2 {
			t.Errorf("reglookup does not print %q for both keys:\n%.1500s", want, text)
		}
	})
}
