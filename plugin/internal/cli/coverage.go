package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/importer"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// coverageFlags are what coverage is told.
type coverageFlags struct {
	lists    []string
	dir      string
	only     string
	profiles string
	modules  []string
	inputs   []string
	atLeast  float64
	asJSON   bool
	all      bool
}

func (a *app) coverageCmd() *cobra.Command {
	var f coverageFlags
	cmd := &cobra.Command{
		Use:   "coverage [IMAGE...] --list FILE.csv",
		Short: "Hold images against lists of recommended values, row by row",
		Long: `coverage reads lists of recommended values (CSV, as HardeningKitty's finding lists) and says of every row whether the image's plan
meets it, an exception, an override or a not_managed mark answers it, or nothing explains it. Rows are compared by what they mean in
Windows, not by the kind that sets them. What cannot be read is listed too: no row is dropped, and none is met by not being understood.

With --lists DIR all lists in a folder are held against the images of the build that a list's name tells (1607, 1809 or 21H2), and
without IMAGE all images in --profiles. With --modules it is not the images that are judged, but each module set alone, on the bases of
those images.

A reason that answers for two rows of different places is refused: each deviation has a reason of its own.
The code is 3 where a row is unexplained, a reason is used twice or fewer rows are met than --at-least says.`,
		Example: `  wmclient coverage profiles/images/radiology-viewer.hcl --list finding_list_machine.csv
  wmclient coverage --lists baselines
  wmclient coverage --lists baselines --only msft --modules policies,internet-explorer,monitoring --at-least 95`,
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.lists, "list", nil, "a list to hold the images against, whatever its name; may be repeated")
	flags.StringVar(&f.dir, "lists", "", "a folder of lists, each for the images of the build in its name")
	flags.StringVar(&f.only, "only", "", "of --lists, only those whose name holds this text")
	flags.StringVar(&f.profiles, "profiles", "profiles", "the profile tree whose images are taken where none is named")
	flags.StringSliceVar(&f.modules, "modules", nil, "judge these modules alone instead of the images")
	flags.StringArrayVar(&f.inputs, "input", nil, "MODULE.INPUT=VALUE: an input that one of --modules has no default for; may be repeated")
	flags.Float64Var(&f.atLeast, "at-least", 0, "fail where fewer rows than this percentage are met; other rows then need no answer")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object for each image (NDJSON)")
	flags.BoolVar(&f.all, "all", false, "list every row, not only the unexplained ones")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.coverage(args, f) }
	return cmd
}

// subjectPlan is one plan that lists are held against.
type subjectPlan struct {
	Name     string
	Composed *plan.Composed
	Modules  []plan.Module
	Table    setting.Table
}

func (a *app) coverage(images []string, f coverageFlags) error {
	if len(f.lists) == 0 && f.dir == "" {
		return usageError{errors.New("no list is given\nhint: wmclient coverage IMAGE --list FILE.csv")}
	}
	table, err := kinds.Table()
	if err != nil {
		return err
	}
	lists, err := readLists(f, table)
	if err != nil {
		return err
	}
	plans, broken := a.subjectPlans(images, f, table)
	if len(plans) == 0 {
		return broken
	}
	err = a.cover(plans, lists, f)
	if broken != nil && exitCode(err) != exitError {
		return broken
	}
	return err
}

// givenList is a list and the build that it is for; 0 for any.
type givenList struct {
	*baseline.List
	build int
}

// builds are the builds behind the words for them in names of lists.
var builds = []struct {
	word   string
	number int
}{{"1607", 14393}, {"14393", 14393}, {"1809", 17763}, {"17763", 17763}, {"21h2", 19044}, {"19044", 19044}}

func readLists(f coverageFlags, table setting.Table) ([]givenList, error) {
	var lists []givenList
	bad := &build.ProfileError{Files: map[string]*hcl.File{}}
	read := func(path string, number int) error {
		src, err := readRegular(path, baseline.MaxText)
		if errors.Is(err, fs.ErrNotExist) {
			return usageError{fmt.Errorf("the list %s does not exist\nhint: give a CSV file of recommended values with --list", path)}
		}
		if err != nil {
			return usageError{fmt.Errorf("read list: %w", err)}
		}
		list, diags := baseline.Parse(filepath.Base(path), src, table)
		problems := sourceError(path, diags)
		maps.Copy(bad.Files, problems.Files)
		if bad.Diags = append(bad.Diags, problems.Diags...); list != nil {
			lists = append(lists, givenList{list, number})
		}
		return nil
	}
	for _, path := range f.lists {
		if err := read(path, 0); err != nil {
			return nil, err
		}
	}
	if f.dir != "" {
		found, err := filepath.Glob(filepath.Join(f.dir, "*.csv"))
		if err != nil {
			return nil, usageError{fmt.Errorf("--lists %s: %w", f.dir, err)}
		}
		for _, path := range found {
			name := strings.ToLower(filepath.Base(path))
			i := slices.IndexFunc(builds, func(b struct {
				word   string
				number int
			}) bool {
				return strings.Contains(name, b.word)
			})
			if i < 0 {
				return nil, usageError{fmt.Errorf("%s does not tell its build: its name holds none of 1607, 1809, 21H2\nhint: rename it, or give it with --list", path)}
			}
			if strings.Contains(name, strings.ToLower(f.only)) {
				if err := read(path, builds[i].number); err != nil {
					return nil, err
				}
			}
		}
	}
	switch {
	case bad.Diags.HasErrors():
		return nil, bad
	case len(lists) == 0:
		return nil, usageError{fmt.Errorf("no list in %s\nhint: a list is a .csv file whose name holds 1607, 1809 or 21H2", f.dir)}
	}
	return lists, nil
}

// subjectPlans composes the images, or the module set on each of their bases. Images that do not compose are printed and left out; the
// error is the last one of theirs.
func (a *app) subjectPlans(images []string, f coverageFlags, table setting.Table) ([]subjectPlan, error) {
	if len(images) == 0 {
		found, err := filepath.Glob(filepath.Join(f.profiles, "images", "*.hcl"))
		if err != nil {
			return nil, usageError{fmt.Errorf("--profiles %s: %w", f.profiles, err)}
		}
		images = slices.DeleteFunc(found, func(p string) bool { return strings.HasSuffix(p, ".lock.hcl") })
		if len(images) == 0 {
			return nil, usageError{fmt.Errorf("%s holds no images\nhint: wmclient coverage profiles/images/radiology-viewer.hcl --list FILE.csv", f.profiles)}
		}
	}
	var plans []subjectPlan
	bases := map[int]string{}
	var root string
	var broken error
	for _, image := range images {
		project, err := build.Load(a.inputs(&build.Inputs{Image: image})) // warnings are for `plan`
		if err != nil {
			if broken = err; len(images) > 1 { // the others are judged all the same, and the code still tells
				a.printError(err)
				broken = quietError{exitUsage}
			}
			continue
		}
		if root, err = profile.FindRoot(image); err != nil {
			return nil, usageError{err}
		}
		base := project.Composed.Plan.Base
		if old, ok := bases[base.Number()]; !ok || base.Name < old {
			bases[base.Number()] = base.Name
		}
		plans = append(plans, subjectPlan{Name: filepath.ToSlash(image), Composed: project.Composed, Modules: project.Resolved.Request.Modules, Table: project.Table})
	}
	switch {
	case len(plans) == 0:
		return nil, broken
	case len(f.modules) == 0:
		return plans, broken
	}
	inputs, err := scratchInputs(f)
	if err != nil {
		return nil, err
	}
	plans = nil
	for _, number := range slices.Sorted(maps.Keys(bases)) {
		p, err := scratchPlan(root, bases[number], f.modules, inputs, table)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// scratchInputs reads --input: a value is an HCL expression where it is one, else a string.
func scratchInputs(f coverageFlags) (map[string]string, error) {
	out := make(map[string]string, len(f.inputs))
	for _, text := range f.inputs {
		key, value, ok := strings.Cut(text, "=")
		module, input, dotted := strings.Cut(key, ".")
		if !ok || !dotted || !hclsyntax.ValidIdentifier(input) || !slices.Contains(f.modules, module) {
			return nil, usageError{fmt.Errorf("--input is %q; it takes MODULE.INPUT=VALUE of one of --modules, for example monitoring.command_lines=record", text)}
		}
		expr, diags := hclsyntax.ParseExpression([]byte(value), "--input", hcl.InitialPos)
		if diags.HasErrors() || len(expr.Variables()) > 0 {
			value = importer.Quote(value)
		}
		out[key] = value
	}
	return out, nil
}

// scratchPlan composes modules alone on a base; nothing is written.
func scratchPlan(root, base string, modules []string, inputs map[string]string, table setting.Table) (subjectPlan, error) {
	const name = "coverage-scratch"
	tree := importer.Tree{Lower: os.DirFS(root), Files: map[string][]byte{"images/" + name + ".hcl": importer.Scratch(name, base, modules, inputs)}}
	trial, diags := importer.Compose(tree, filepath.Base(root), name, table)
	if diags.HasErrors() {
		bad := &build.ProfileError{Diags: profile.Sort(diags)}
		if trial.Set != nil {
			bad.Files = trial.Set.Files()
		}
		return subjectPlan{}, bad
	}
	return subjectPlan{Name: strings.Join(modules, " + ") + " on " + base, Composed: trial.Composed, Modules: trial.Request.Modules, Table: table}, nil
}

// cover judges and prints.
func (a *app) cover(plans []subjectPlan, lists []givenList, f coverageFlags) error {
	var judged []baseline.Result
	var total baseline.Count
	used := 0
	failed := false
	for _, p := range plans {
		out := coverageReport{subject: p, asJSON: f.asJSON, all: f.all}
		state := baseline.NewState(p.Composed, p.Modules)
		for _, l := range lists {
			if l.build != 0 && l.build != p.Composed.Plan.Base.Number() {
				continue
			}
			c := baseline.Cover(state, l.List)
			out.lists, used = append(out.lists, c), used+1
			total = total.Plus(c.Total)
			judged = append(judged, c.Results...)
			if f.atLeast > 0 {
				failed = failed || share(c.Total.Met, c.Total.Rows) < f.atLeast
			} else {
				failed = failed || c.Total.Unexplained() > 0
			}
		}
		if len(out.lists) == 0 {
			fmt.Fprintf(a.Stderr, "%s: no list is for build %d\n", p.Name, p.Composed.Plan.Base.Number())
			continue
		}
		var err error
		if out.observable, err = observable(p); err != nil {
			return err
		}
		if err := out.write(a.Stdout); err != nil {
			return err
		}
	}
	if used == 0 {
		return usageError{errors.New("no list fits any of these images\nhint: --list FILE.csv takes a list whatever its build")}
	}
	return a.coverageVerdict(judged, total, failed, f)
}

func (a *app) coverageVerdict(judged []baseline.Result, total baseline.Count, failed bool, f coverageFlags) error {
	if !f.asJSON {
		if _, err := fmt.Fprintf(a.Stdout, "all together: %s\n", countLine(total)); err != nil {
			return err
		}
	}
	for _, r := range baseline.Reused(judged) {
		fmt.Fprintf(a.Stderr, "wmclient: %s\n", r.Error())
		failed = true
	}
	if !failed {
		return nil
	}
	if f.atLeast > 0 {
		fmt.Fprintf(a.Stderr, "wmclient: fewer rows of a list are met than --at-least %s %%\n", strconv.FormatFloat(f.atLeast, 'f', -1, 64))
	} else if n := total.Unexplained(); n > 0 {
		fmt.Fprintf(a.Stderr, "wmclient: %s unexplained\nhint: set the value, or say why not: an exception in the image, or not_managed in a module\n", rowsAre(n))
	}
	return quietError{exitFindings}
}

func rowsAre(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", n)
}

// share is a percentage, rounded down to a tenth: 94.96 is not 95.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return math.Floor(1000*float64(part)/float64(whole)) / 10
}
