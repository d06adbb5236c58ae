package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

func (a *app) doctorCmd() *cobra.Command {
	var in build.DoctorInputs
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [PLACE...]",
		Short: "Say what killed runs have left and what is damaged, and clean up",
		Long: `doctor looks at each place, a folder with all below it or a delta, and says what stands there:

  partial  what a build, rebuild, delta or lock is working on, or was when it was killed (names that begin with .partial-)
  lock     the lock file of such a thing, alone
  release  a folder with an image: every file is held against SHA256SUMS, the manifest and the build record
  delta    every file in it is held against the digest that it states

A thing is whole, in use (the process that works on it lives), abandoned (that process was killed), damaged (its bytes are not those that
it states), unreadable (the system gave an error), or unknown: nobody can say whether somebody works on it. Without a place it is the
folder out, where there is one. What rebuilds have left in the temporary folder is always looked at.

With --clean it removes what is provably abandoned, and nothing else: what is in use, unknown or damaged stays. Whether a process lives is
asked from the lock that it holds, which the system lets go of however the process ends. Builds clean up like this by themselves, in the
folder of their image. On a network file system that keeps locks to each machine, run it on the machine that builds.
Settings are not judged anew and nothing is compared with a base: validate and rebuild do that.
Exit codes: 0 nothing is left and all is whole, 3 something is left, 5 something is damaged, 2 usage, 1 something could not be looked at.`,
		Example: `  wmclient doctor
  wmclient doctor out deltas --clean
  wmclient doctor out/radiology-viewer --json`,
	}
	cmd.Flags().BoolVar(&in.Clean, "clean", false, "remove what is provably abandoned")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what is found as NDJSON")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		in.Places, in.Work = args, os.TempDir()
		if len(args) == 0 {
			if info, err := os.Stat("out"); err == nil && info.IsDir() {
				in.Places = []string{"out"}
			}
		}
		shown := a.progress(asJSON)
		result, err := build.Doctor(c.Context(), in, shown.sink)
		shown.finish()
		if result != nil && !asJSON {
			if perr := a.printDoctored(result); perr != nil {
				return perr
			}
		}
		return err
	}
	return cmd
}

// printDoctored tells of everything that is not whole, and counts the rest.
func (a *app) printDoctored(r *build.Doctored) error {
	var b strings.Builder
	whole := 0
	for _, l := range r.Left {
		if l.Condition == build.Whole {
			whole++
			continue
		}
		state := string(l.Condition)
		if l.Cleaned {
			state = "removed"
		}
		fmt.Fprintf(&b, "%-10s %-7s %s%s\n", state, l.Kind, report.Printable(l.Path), size(l.Bytes))
		if l.Detail != "" && !l.Cleaned {
			fmt.Fprintf(&b, "  %s\n", report.Printable(l.Detail))
		}
	}
	fmt.Fprintf(&b, "%d whole", whole)
	for _, c := range []build.Condition{build.InUse, build.Abandoned, build.Unknown, build.Damaged, build.Unreadable} {
		if n := r.Counts[c]; n > 0 {
			fmt.Fprintf(&b, ", %d %s", n, c)
		}
	}
	if r.Cleaned > 0 {
		fmt.Fprintf(&b, ", %d removed%s", r.Cleaned, size(r.Freed))
	}
	_, err := fmt.Fprintln(a.Stdout, b.String())
	return err
}

// size says how much room something takes, and nothing of less than a megabyte.
func size(n int64) string {
	if n < 1<<20 {
		return ""
	}
	return fmt.Sprintf(" (%d MiB)", n>>20)
}
