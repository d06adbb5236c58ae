package referee

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// covers fails where a setting that is settled offline has no flip.
func (f *flipper) covers(t *testing.T, flips []flip) {
	t.Helper()
	flipped := map[string]bool{}
	for _, one := range flips {
		for _, s := range one.want {
			flipped[s] = true
		}
	}
	offline := 0
	for _, s := range f.plan.Settings {
		if slices.Contains(s.Stages, "image") {
			offline++
			if !flipped[s.ID] {
				t.Errorf("%s is settled offline, but no flip is made of it", s.ID)
			}
		}
	}
	if !flipped["image/stamp"] {
		t.Error("the stamp is not flipped")
	}
	t.Logf("%d settings are settled offline, every one of them and the stamp are flipped", offline)
}

// run runs the trials on as many copies of the image as there are processors.
func (f *flipper) run(t *testing.T, trials [][]flip) {
	t.Helper()
	image := read(t, f.image)
	jobs := make(chan []flip, len(trials))
	alone := 0
	for _, trial := range trials {
		jobs <- trial
		if len(trial) == 1 {
			alone++
		}
	}
	close(jobs)
	var all sync.WaitGroup
	var mu sync.Mutex
	found, quiet := 0, 0
	var wrong []string
	for range runtime.GOMAXPROCS(0) {
		dir := t.TempDir()
		all.Go(func() {
			for trial := range jobs {
				problem := f.try(t, dir, image, trial)
				mu.Lock()
				for _, one := range trial {
					switch {
					case problem != "":
						wrong = append(wrong, one.name+": "+problem)
					case len(one.want) == 0:
						quiet++
					default:
						found++
					}
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(wrong)
	for _, w := range wrong {
		t.Error(w)
	}
	t.Logf("%d flips found, %d others, in %d images, of which %d have one flip alone; %d flips of what means the same or an exception leaves alone: nothing changes",
		found, len(wrong), len(trials), alone, quiet)
}

// try flips the things of one trial and returns what is wrong with the findings then, or "".
func (f *flipper) try(t *testing.T, dir, image string, trial []flip) string {
	wim := filepath.Join(dir, "image.wim")
	if err := os.WriteFile(wim, []byte(image), 0o600); err != nil {
		return err.Error()
	}
	want, wantCode := maps.Clone(f.outcomes), 0
	changed := map[string]string{} // the copy of each file
	var commands []string
	for _, one := range trial {
		for _, s := range one.want {
			want[s], wantCode = "fail", 3
		}
		if one.remove {
			commands = append(commands, fmt.Sprintf("delete '%s'\n", one.file))
			continue
		}
		file := changed[one.file]
		if file == "" {
			file = filepath.Join(dir, fmt.Sprintf("file%d", len(changed)))
			if err := copyOf(f.files[one.file], file); err != nil {
				return err.Error()
			}
			changed[one.file] = file
			commands = append(commands, fmt.Sprintf("add '%s' '%s'\n", file, one.file))
		}
		if err := one.change(t, file); err != nil {
			return err.Error()
		}
	}
	list := filepath.Join(dir, "commands")
	if err := os.WriteFile(list, []byte(strings.Join(commands, "")), 0o600); err != nil {
		return err.Error()
	}
	if err := quietlyFrom(t, list, "wimlib-imagex", "update", wim, "1"); err != nil {
		return err.Error()
	}
	got, code := judge(t, f.manifest, wim)
	if diff := cmp.Diff(want, got); diff != "" || code != wantCode {
		return fmt.Sprintf("exit code %d, want %d; outcomes (-want +got):\n%s", code, wantCode, diff)
	}
	return ""
}

func copyOf(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil && from != "" {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// quietly runs a referee that may be asked from several goroutines.
func quietly(t *testing.T, name string, args ...string) error {
	return quietlyFrom(t, "", name, args...)
}

// quietlyFrom does so with a file as standard input.
func quietlyFrom(t *testing.T, input, name string, args ...string) error {
	r := harness.Command{Path: harness.Tool(t, name), Args: args, Input: input}.Run(t)
	if r.Code != 0 {
		return fmt.Errorf("%s: exit code %d: %s%s", name, r.Code, r.Stdout, r.Stderr)
	}
	return nil
}

// judge validates a WIM by a manifest and returns the outcome of each setting, and the exit code.
func judge(t *testing.T, manifest, wim string) (map[string]string, int) {
	r := harness.Wmclient(t, "", "validate", manifest, "--wim", wim, "--json")
	outcomes := make(map[string]string)
	for line := range strings.Lines(r.Stdout) {
		var event struct {
			Type string  `json:"type"`
			Data finding `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &event); err == nil && event.Type == "finding" {
			outcomes[event.Data.Setting] = event.Data.Outcome
		}
	}
	if len(outcomes) == 0 {
		outcomes["nothing was judged"] = r.Stderr
	}
	return outcomes, r.Code
}
