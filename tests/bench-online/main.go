// Command bench-online measures what wmclient does on a machine that runs, over WinRM, against its references: in turn, in the same run, against the
// project's own lab on loopback. It prints a Markdown table, and with -page writes it into docs/benchmarks-online.md. It is run by
// `make bench-online` from the repository's root, and by no test: figures of a busy machine fail nothing. It needs Packer for two rows.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	page  = "docs/benchmarks-online.md"
	begin = "<!-- begin table: make bench-online -->"
	end   = "<!-- end table -->"
)

// row is one line of the table.
type row struct{ work, figure, target, verdict, command string }

// bench is one run of all rows.
type bench struct {
	runs  int
	full  bool
	dir   string // of files that are delivered
	tool  string // benchonline
	noise string // 10 MB
	agent string
	plan  string // the bundle with the plan
	rows  []row
}

func main() {
	runs := flag.Int("runs", 5, "how often each is run; the median of an odd number")
	full := flag.Bool("full", false, "Packer's file provisioner carries all of the 10 MB (three minutes)")
	write := flag.Bool("page", false, "write the table into "+page)
	flag.Parse()
	if err := run(*runs|1, *full, *write); err != nil {
		fmt.Fprintln(os.Stderr, "bench-online:", err)
		os.Exit(1)
	}
}

func run(runs int, full, write bool) error {
	dir, err := os.MkdirTemp("", "bench-online")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{runs: runs, full: full, dir: dir, tool: filepath.Join(dir, "benchonline"), noise: filepath.Join(dir, "noise")}
	before := load()
	for _, f := range []func() error{b.prepare, b.delivery, b.packer, b.validation, b.cancel, b.faults} {
		if err := f(); err != nil {
			return err
		}
	}
	table := b.table(before, load())
	fmt.Print(table)
	if !write {
		return nil
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, ok := bytes.Cut(text, []byte(begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the table", page)
	}
	return os.WriteFile(page, append(append(head, begin+"\n"+table+end...), tail...), 0o644)
}

func (b *bench) table(before, after string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "Measured on %s with %d processors, %s/%s, %s. Load average %s before, %s after. Medians of %d rounds in turn, smallest and largest in brackets. "+
		"`B` stands for `go run ./plugin/internal/lab/internal/benchonline`, `noise` for 10,000,000 random bytes, `agent` and `bundle` for what\n"+
		"`wmclient bundle profiles/images/radiology-viewer.hcl --out DIR` writes.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), before, after, b.runs)
	t.WriteString("| work | measured | target | | command |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range b.rows {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | `%s` |\n", r.work, r.figure, r.target, r.verdict, r.command)
	}
	return t.String()
}

// add adds a row; verdict is "" where nothing was aimed at.
func (b *bench) add(work, figure, target, verdict, command string) {
	b.rows = append(b.rows, row{work, figure, target, verdict, command})
	fmt.Fprintf(os.Stderr, "%s: %s (%s) %s\n", work, figure, target, verdict)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

// load is the load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
