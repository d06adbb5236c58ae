// Package cli_test drives the built command as people and pipelines do: one script of testdata per behaviour, with the profiles that it
// reads and the output that it expects in the same file. `go test ./tests/cli -update` writes the expected output anew.
package cli_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

var update = flag.Bool("update", false, "write the expected output of the scripts anew")

func TestMain(m *testing.M) { harness.Main(m) }

func TestScripts(t *testing.T) {
	binary := harness.Binary(t, "wmclient")
	profiles := harness.Profiles(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata", UpdateScripts: *update, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("PROFILES", profiles)
			e.Setenv("SOURCE_DATE_EPOCH", "") // that of whoever runs the tests is not meant
			e.Setenv("COLUMNS", "100")        // as wide as the goldens
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "copytree": copytree, "ndjson": ndjson, "json": jsonDocument, "junit": junit, "sums": sums, "replace": replace,
			"holds": holds, "plain": plain, "pretty": pretty, "agent": agent,
		},
	})
}

// code N program args... runs a program and demands the exit code; what it prints is there for stdout and stderr.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// copytree FROM TO copies a folder.
func copytree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: copytree FROM TO")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

// lines splits what a program printed or a file holds.
func lines(ts *testscript.TestScript, name string) []string {
	text := strings.TrimSuffix(ts.ReadFile(name), "\n")
	if text == "" {
		ts.Fatalf("%s is empty", name)
	}
	return strings.Split(text, "\n")
}

// ndjson FILE SCHEMA TYPE... demands that each line is one JSON object of the schema, and that every type occurs.
func ndjson(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ndjson FILE SCHEMA TYPE...")
	}
	seen := map[string]bool{}
	for i, line := range lines(ts, args[0]) {
		var event struct{ Schema, Type string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			ts.Fatalf("line %d is no JSON: %v: %s", i+1, err, line)
		}
		if event.Schema != args[1] || event.Type == "" {
			ts.Fatalf("line %d has schema %q and type %q", i+1, event.Schema, event.Type)
		}
		seen[event.Type] = true
	}
	for _, want := range args[2:] {
		if !seen[want] {
			ts.Fatalf("no line of type %q", want)
		}
	}
}

// json FILE PATH VALUE... demands values of a JSON document, such as "outputs.0.name image.wim"; FILE may hold several lines, then the
// last counts.
func jsonDocument(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: [!] json FILE PATH VALUE ...")
	}
	all := lines(ts, args[0])
	var doc any
	ts.Check(json.Unmarshal([]byte(all[len(all)-1]), &doc))
	for i := 1; i < len(args); i += 2 {
		at := doc
		for key := range strings.SplitSeq(args[i], ".") {
			switch v := at.(type) {
			case map[string]any:
				at = v[key]
			case []any:
				if n, err := strconv.Atoi(key); err == nil && n < len(v) {
					at = v[n]
				} else {
					at = nil
				}
			default:
				at = nil
			}
		}
		if got := fmt.Sprint(at); (got == args[i+1]) == neg {
			ts.Fatalf("%s of %s is %q; compared with %q", args[i], args[0], got, args[i+1])
		}
	}
}

// junit FILE TESTS FAILURES demands a JUnit document with so many test cases, skipped ones included, and failures.
func junit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: junit FILE TESTS FAILURES")
	}
	dec := xml.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	cases, failures := 0, 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		if start, ok := token.(xml.StartElement); ok {
			switch start.Name.Local {
			case "testcase":
				cases++
			case "failure", "error":
				failures++
			}
		}
	}
	if fmt.Sprint(cases) != args[1] || fmt.Sprint(failures) != args[2] {
		ts.Fatalf("%d test cases and %d failures, want %s and %s", cases, failures, args[1], args[2])
	}
}

// sums DIR demands that SHA256SUMS in DIR is right of all files there but itself and the record of the run.
func sums(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sums DIR")
	}
	var want []string
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		if name := e.Name(); name != "SHA256SUMS" && name != "build-record.json" {
			want = append(want, fmt.Sprintf("%x  %s", sha256.Sum256([]byte(ts.ReadFile(filepath.Join(args[0], name)))), name))
		}
	}
	got := lines(ts, filepath.Join(args[0], "SHA256SUMS"))
	for i := range got {
		got[i] = strings.Replace(got[i], " *", "  ", 1)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		ts.Fatalf("SHA256SUMS says\n%s\nthe files are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// replace FILE OLD NEW edits a file; OLD must stand in it exactly once.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%q stands %d times in %s", args[1], n, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o644))
}

// holds FILE OTHER demands that the text of FILE holds the SHA-256 of OTHER.
func holds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] holds FILE OTHER")
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(args[1]))))
	if strings.Contains(ts.ReadFile(args[0]), sum) == neg {
		ts.Fatalf("the SHA-256 of %s is %s; in %s stands\n%s", args[1], sum, args[0], ts.ReadFile(args[0]))
	}
}

// plain FILE... demands that there are no escape sequences and no carriage returns for a terminal.
func plain(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		if text := ts.ReadFile(name); strings.ContainsAny(text, "\x1b\r\b") == !neg {
			ts.Fatalf("%s holds control characters: %q", name, text)
		}
	}
}

// pretty FROM TO writes a JSON document so that people can read it in a golden.
func pretty(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pretty FROM TO")
	}
	var out bytes.Buffer
	ts.Check(json.Indent(&out, []byte(ts.ReadFile(args[0])), "", "  "))
	out.WriteByte('\n')
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o644))
}

// agent FILE VERSION writes the outside of an agent: a stand-in that says its version, and in which nothing runs.
func agent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: agent FILE VERSION")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), harness.StandInAgent(args[1]), 0o600))
}
