// Command bench measures wmclient against its references, on the same work, in the same run, in turn, and writes the table to
// docs/benchmarks.md. It is run by `make bench`, from the repository's root, and by no test: figures of a busy machine fail nothing.
//
// The base is made once and kept in .cache/bench: a lab base with a SOFTWARE hive of 91 MB and 30,000 files, LZX in chunks of 32 KiB, by
// wimlib-imagex. It takes about 4.4 GB, and the making 10 GB for a while. wimlib-imagex, cp and sync are the references; the product
// needs none of them.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// bench is one run of all rows.
type bench struct {
	runs  int
	cache string
	tree  string // a copy of the project's profiles, without locks: the bench's base is in none
	base  string
	added int64 // bytes of the image of profile that are not the base's
	rows  []row
}

// row is one line of the table.
type row struct{ work, figure, target, verdict string }

func main() {
	runs := flag.Int("runs", 5, "how often each of a pair is run: an odd number, of which there is a middle")
	only := flag.Bool("base", false, "make the base and stop")
	page := flag.String("page", "docs/benchmarks.md", "the page to write the table into")
	flag.Parse()
	b := &bench{runs: *runs, cache: filepath.Join(".cache", "bench")}
	err := odd(*runs)
	if err == nil {
		err = b.prepare()
	}
	if err == nil && !*only {
		before := load()
		err = b.measure()
		if err == nil {
			err = b.write(*page, before, load())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func odd(runs int) error {
	if runs < 1 || runs%2 == 0 {
		return fmt.Errorf("-runs %d: the median of an even number is none of them: give an odd one", runs)
	}
	return nil
}

func (b *bench) measure() error {
	for _, f := range []func() error{b.builds, b.reflinks, b.unchanged, b.validate, b.products, b.hive, b.plans} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) add(work, figure, target string, met bool) {
	verdict := "missed"
	if met {
		verdict = "met"
	}
	b.rows = append(b.rows, row{work, figure, target, verdict})
	fmt.Printf("%-60s %-70s %-20s %s\n", work, figure, target, verdict)
}
