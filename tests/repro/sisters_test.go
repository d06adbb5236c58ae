package repro

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

var likeWhom = regexp.MustCompile(`(?m)^  like += "([^"]+)"`)

// TestSisters holds what differs between an image and its sisters on other bases against what is checked in, one file a family: how many
// settings of which kind, the plan's digest, what one has and the other lacks, and each value that differs. Values that hang on the build
// are decided here and nowhere else: a change in one has to be seen in review.
func TestSisters(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(harness.Profiles(t), "images", "*.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	families := map[string][]string{} // by the image that others are like
	for _, path := range paths {
		if m := likeWhom.FindSubmatch(read(t, path)); m != nil && !strings.HasSuffix(path, ".lock.hcl") {
			families[string(m[1])] = append(families[string(m[1])], path)
		}
	}
	if len(families) < 5 {
		t.Errorf("%d families found, the project has at least 5", len(families))
	}
	for elder, sisters := range families {
		t.Run(elder, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			fmt.Fprintf(&text, "Sisters of %s. `go test ./tests/repro -run Sisters -update` writes this anew.\n", elder)
			for _, path := range sisters {
				sister(t, &text, filepath.Join(filepath.Dir(path), elder+".hcl"), path)
			}
			golden(t, elder+".sisters.txt", []byte(text.String()))
		})
	}
}

// sister writes what one sister is, and what it has other than its elder.
func sister(t *testing.T, w *strings.Builder, elder, path string) {
	t.Helper()
	bytes := harness.Wmclient(t, "", "plan", path, "--json").Must(t, 0).Stdout
	var plan struct {
		Settings []struct{ Kind string }
	}
	if err := json.Unmarshal([]byte(bytes), &plan); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, s := range plan.Settings {
		kinds[s.Kind]++
	}
	var counts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		counts = append(counts, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	fmt.Fprintf(w, "\n%s\n  plan      %x\n  settings  %d: %s\n", strings.TrimSuffix(filepath.Base(path), ".hcl"), sha256.Sum256([]byte(bytes)), len(plan.Settings), strings.Join(counts, ", "))

	type change struct {
		ID, Was  string
		Old, New []string
	}
	var diff struct {
		Added, Removed, Tightened, Loosened, Changed []change
	}
	if err := json.Unmarshal([]byte(harness.Wmclient(t, "", "diff", elder, path, "--json").Must(t, 10).Stdout), &diff); err != nil {
		t.Fatal(err)
	}
	for _, c := range diff.Removed {
		fmt.Fprintf(w, "  - %s\n", c.ID)
	}
	for _, c := range diff.Added {
		fmt.Fprintf(w, "  + %s\n", c.ID)
	}
	for _, list := range [][]change{diff.Tightened, diff.Loosened, diff.Changed} {
		for _, c := range list {
			was := ""
			if c.Was != "" {
				was = " (was " + c.Was + ")"
			}
			fmt.Fprintf(w, "  ~ %s%s\n", c.ID, was)
			for _, side := range []struct {
				mark  string
				lines []string
				other []string
			}{{"<", c.Old, c.New}, {">", c.New, c.Old}} {
				for _, line := range side.lines {
					if !slices.Contains(side.other, line) {
						fmt.Fprintf(w, "      %s %s\n", side.mark, short(line))
					}
				}
			}
		}
	}
}

// short keeps lines readable: what is longer is told by its digest.
func short(line string) string {
	const most = 160
	if r := []rune(line); len(r) > most {
		return fmt.Sprintf("%s... (sha256 %.12x)", string(r[:most]), sha256.Sum256([]byte(line)))
	}
	return line
}
