// Command benchdata writes what `make bench` measures on, and nothing that a release ships: a hive as large as the SOFTWARE hive of a
// grown Windows, the files of a large medium, and a tree of many profiles. The same call writes the same bytes.
//
//	benchdata hive FILE
//	benchdata files DIR COUNT
//	benchdata profiles DIR IMAGES MODULES SETTINGS
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "benchdata:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want hive FILE, files DIR COUNT or profiles DIR IMAGES MODULES SETTINGS")
	}
	var counts []int
	for _, a := range args[2:] {
		n, err := strconv.Atoi(a)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number above 0", a)
		}
		counts = append(counts, n)
	}
	switch {
	case args[0] == "hive" && len(counts) == 0:
		return writeHive(args[1])
	case args[0] == "files" && len(counts) == 1:
		return writeFiles(args[1], counts[0])
	case args[0] == "profiles" && len(counts) == 3:
		return writeProfiles(args[1], counts[0], counts[1], counts[2])
	}
	return fmt.Errorf("cannot do %q", args)
}
