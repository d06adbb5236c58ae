package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

func (a *app) checkCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check all profiles below a folder and report every problem at once",
		Long: `check reads all bases, modules, products and images below DIR (default: profiles), resolves and composes every image, and
reports all problems of all files, sorted by file and line. What several images have in common is said once.

With --json standard output carries NDJSON of the schema wmclient/event/1: a line of type "problem" for each error and warning, and one of
type "result" with the counts. The exit code is the same, and people read the problems on standard error all the same.`,
		Example: `  wmclient check
  wmclient check profiles --json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one folder")(c, args)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "profiles"
			if len(args) == 1 {
				dir = args[0]
			}
			a.roomFor(checkMemory)
			checked, err := build.Check(dir, a.Getenv("SOURCE_DATE_EPOCH"), a.Now())
			if asJSON {
				if jerr := a.checkJSON(dir, checked, err); jerr != nil {
					return jerr
				}
			}
			if err != nil {
				return leadOn(err, dir)
			}
			a.printDiags(checked.Warnings, checked.Files)
			found := "no problems"
			if n := len(checked.Warnings); n > 0 {
				found = "no errors, " + counted(n, "warning")
			}
			fmt.Fprintf(a.Stderr, "%s: %s, %s, %s, %s: %s\n", dir,
				counted(checked.Bases, "base"), counted(checked.Modules, "module"), counted(checked.Products, "product"), counted(checked.Images, "image"), found)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print problems and counts as NDJSON")
	return cmd
}

// roomFor sets above how many bytes the collector works harder, for a command that holds more at once than most do.
func (a *app) roomFor(memory int64) {
	if a.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
}

// checkMemory is above how many bytes the collector works harder in a check: a thousand images are 200 MB of text as the parser keeps it, and
// the limit that a build has would have the collector go through them for every fifth image.
const checkMemory = 1 << 30

// leadOn names the profile tree in the hint of an error about a folder that is none, where the folder stands in one.
func leadOn(err error, dir string) error {
	text, hint, _ := strings.Cut(err.Error(), "\nhint: ")
	root := treeAbove(dir)
	if root == "" || hint == "" || !errors.Is(err, build.ErrUsage) {
		return err
	}
	return usageError{fmt.Errorf("%s\nhint: check takes the whole tree: wmclient check %s", text, root)}
}

// treeAbove is the root of the profile tree that a file or folder stands in, or would stand in, relative to the working folder; "" where
// it is a root itself, or in no tree.
func treeAbove(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return ""
	}
	there := abs
	for {
		if _, err := os.Stat(there); err == nil || filepath.Dir(there) == there {
			break
		}
		there = filepath.Dir(there)
	}
	root, err := profile.FindRoot(there)
	if err != nil || root == abs {
		return ""
	}
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, root); err == nil {
			return rel
		}
	}
	return root
}

// counted is a number and a noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
