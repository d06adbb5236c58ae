package cli

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// What commands print with --json. Everything has a schema: events (check, lock, build, validate, show) that of events, one document a
// schema of its own. A field is added under the same number, and removed or changed under the next.

// event prints one line.
func (a *app) event(kind build.EventType, data any) error {
	return a.writeJSON(build.Event{Schema: build.EventSchema, Type: kind, Data: data})
}

// checkResult is the last line of check.
type checkResult struct {
	Folder   string `json:"folder"`
	Bases    int    `json:"bases"`
	Modules  int    `json:"modules"`
	Products int    `json:"products"`
	Images   int    `json:"images"`
	Errors   int    `json:"errors"`
	Warnings int    `json:"warnings"`
}

// checkJSON prints problems and counts. Where the tree has errors nothing was counted, and the counts of profiles are left at 0. What is
// no problem of a profile, such as a folder that does not exist, has no line: nothing was checked.
func (a *app) checkJSON(dir string, checked build.Checked, err error) error {
	diags, files := checked.Warnings, checked.Files
	var bad *build.ProfileError
	if errors.As(err, &bad) {
		diags, files = bad.Diags, bad.Files
	} else if err != nil {
		return nil
	}
	diags = profile.Sort(diags)
	var lines bytes.Buffer
	if err := profile.WriteDiags(&lines, diags, files, profile.WriteOptions{JSON: true}); err != nil {
		return err
	}
	for line := range bytes.Lines(lines.Bytes()) {
		if err := a.event(build.EventProblem, json.RawMessage(bytes.TrimSpace(line))); err != nil {
			return err
		}
	}
	r := checkResult{Folder: dir, Bases: checked.Bases, Modules: checked.Modules, Products: checked.Products, Images: checked.Images}
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			r.Errors++
		} else {
			r.Warnings++
		}
	}
	return a.event(build.EventResult, r)
}

// lockResult is the last line of lock.
type lockResult struct {
	Lock    string       `json:"lock"`
	Changed bool         `json:"changed"`
	Bases   []lockedBase `json:"bases"`
	Modules int          `json:"modules"`
	Files   int          `json:"files"`
	Agent   *lockedAgent `json:"agent,omitempty"` // that the image carries
}

type lockedAgent struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	Size    int64  `json:"size"` // bytes
}

type lockedBase struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Build  string `json:"build"`
}

func lockResultOf(done *build.LockDone) lockResult {
	r := lockResult{Lock: done.Path, Changed: done.Changed, Bases: []lockedBase{}, Modules: len(done.Lock.Modules), Files: len(done.Lock.Files)}
	for _, b := range done.Lock.Bases {
		r.Bases = append(r.Bases, lockedBase{b.Name, b.SHA256, b.Build})
	}
	if a := done.Lock.Agent; a != nil {
		r.Agent = &lockedAgent{a.Version, a.SHA256, a.Size}
	}
	return r
}

// explainSchema names the form of what explain prints as JSON.
const explainSchema = "wmclient/explain/1"

// explained is the answer of explain: settings, or a field that no manufacturer states, or a setting that is not in the image.
type explained struct {
	Schema string `json:"schema"`
	Image  string `json:"image"`
	plan.Explanation
	FirstBoot *firstboot.Description `json:"first_boot,omitempty"` // what the image carries beside its plan, where that was asked for
	Unstated  []unstatedField        `json:"unstated"`
	Dropped   []droppedOne           `json:"dropped"`
	Facts     []productFact          `json:"facts"`   // of a field: what each product states
	Readers   []string               `json:"readers"` // of a field: settings that modules make from it
}

type unstatedField struct {
	Field    string   `json:"field"`
	Product  string   `json:"product"`
	Settings []string `json:"settings"`
}

type droppedOne struct {
	ID   string `json:"id"`
	Why  string `json:"why"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// shownRelease is the last line of show: what a build says at its end, read from the manifest.
type shownRelease struct {
	build.Result
	Statement plan.Text `json:"statement"`
}

// showJSON prints every finding, passes too, and the release.
func (a *app) showJSON(s *build.Shown) error {
	m := s.Manifest
	for _, f := range m.Findings {
		if err := a.event(build.EventFinding, f); err != nil {
			return err
		}
	}
	r := build.Result{
		Name: m.Image.Name, Version: m.Image.Version, Dir: s.Dir, Files: s.Files, Manifest: s.Path, RecipeDigest: m.RecipeDigest,
		ManifestDigest: s.ManifestDigest, Release: m.Release, Platform: m.Platform, Agent: m.Agent, Unchanged: true, Summary: m.Summary,
	}
	for _, out := range m.Outputs {
		if out.Name == build.ImageFile {
			r.ImageSHA256 = out.SHA256
		}
	}
	return a.event(build.EventResult, shownRelease{r, m.Statement})
}
