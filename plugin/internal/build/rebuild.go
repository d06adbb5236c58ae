package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// RebuildInputs is what reproducing an image needs: what its maker published, and the base. No profiles are among it: the plan inside the
// manifest holds every op, and the image's bytes are a function of plan and base.
type RebuildInputs struct {
	Manifest string // path of a manifest.json, or of the directory of a release
	Base     string // path of the base: a WIM, or the ISO image that it is on
	Agent    string // path of the agent that the image carries; "" for the one in this program, or in the image beside the manifest
	Contents string // a folder with the files that the plan takes from beside the profiles, by path or by digest; "" for the image beside the manifest
	Profile  string // an image profile to hold against the plan; "" for none
	Lock     string // a lock to hold against the manifest; "" takes the profile's, if a profile is given
	Out      string // file that the rebuilt image is kept in, which must not be there yet; "" keeps none
	Work     string // folder for the rebuilt image while it is compared, where Out is ""
	Epoch    string // SOURCE_DATE_EPOCH, for Profile
	Tool     string // version of this wmclient
}

// Input names what can differ between a release and its rebuild.
type Input string

// The inputs of an image, and last what comes out of them.
const (
	InputManifest Input = "manifest" // it was changed, or the image is the same and what it says of it is not
	InputPlan     Input = "plan"
	InputFormat   Input = "engine_format"
	InputBase     Input = "base"
	InputContents Input = "contents"
	InputAgent    Input = "agent"
	InputProduct  Input = "product"
	InputModule   Input = "module"
	InputProfile  Input = "profile"
	InputLock     Input = "lock"
	InputTool     Input = "tool"
	OutputImage   Input = "image"    // the rebuilt image is another
	OutputFile    Input = "released" // the file that was released is not the one that its manifest names
)

// Difference is one thing that is not as the manifest has it.
type Difference struct {
	Input  Input  `json:"input"`
	Name   string `json:"name,omitempty"` // which module, product, content
	Stated string `json:"stated"`         // by the manifest, or by what was published with it
	Found  string `json:"found"`
}

// String is the difference in one line.
func (d Difference) String() string {
	name := string(d.Input)
	if d.Name != "" {
		name += " " + d.Name
	}
	return fmt.Sprintf("%s: stated %s, found %s", name, orNone(d.Stated), orNone(d.Found))
}

// Rebuilt is the result of a rebuild. The image was reproduced where Equal is true, and only then.
type Rebuilt struct {
	Name           string       `json:"name"`
	Version        string       `json:"version"`
	Equal          bool         `json:"equal"`         // image and manifest have the stated bytes, and nothing that was given differs
	Built          bool         `json:"built"`         // false where an input differs, so that building could show nothing
	RecipeDigest   string       `json:"recipe_digest"` // stated
	ManifestDigest string       `json:"manifest_digest"`
	Stated         string       `json:"stated_image_sha256"`
	Image          string       `json:"image_sha256,omitempty"` // of the rebuilt image
	Out            string       `json:"out,omitempty"`
	Differences    []Difference `json:"differences"`
}

// Rebuild builds the image of a manifest anew and compares bytes. Where anything differs, the result names it and the error is
// ErrNotTrusted. Expired exceptions and findings that gate do not stop it: the question is whether the same bytes come out.
func Rebuild(ctx context.Context, in RebuildInputs, sink Sink) (result *Rebuilt, err error) {
	if err := in.checkOut(); err != nil {
		return nil, err
	}
	sink.step("reading " + in.Manifest)
	r, err := newRebuild(in, sink)
	if err != nil {
		return nil, err
	}
	if r.result.Differences == nil { // else the manifest cannot be read by this wmclient
		if err := r.compareInputs(ctx); err != nil {
			return nil, err
		}
	}
	if r.pointless() {
		return r.finish()
	}
	base, err := openBase(in.Base, strconv.Itoa(r.manifest.Base.Index), r.manifest.Plan.Base)
	if err == nil {
		defer base.close()
		err = r.build(ctx, base)
	}
	if err == nil {
		return r.finish()
	}
	// A base that cannot be used is an input that differs, if it is not the stated file; else it is an error of its own.
	if found, herr := hashBase(ctx, in.Base); herr == nil && found != r.manifest.Base.File.SHA256 {
		r.differ(InputBase, "", r.manifest.Base.File.SHA256, fmt.Sprintf("%s (%s)", found, firstLine(err)))
		return r.finish()
	}
	return nil, in.noRoom(err)
}

// firstLine is an error without its hints: what differs is one line, and the way out is another base.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// noRoom names the disk on which the rebuilt image lies while it is compared.
func (in *RebuildInputs) noRoom(err error) error {
	if in.Out != "" {
		return noRoom(err)
	}
	return NoRoom(err, fmt.Sprintf("the folder for temporary files, %s, lacks room for the image: set TMPDIR (on Windows TMP) to a folder on another disk, or keep the image on one with --out", in.Work))
}

// rebuild is one rebuild under way.
type rebuild struct {
	in       RebuildInputs
	sink     Sink
	dir      string // of the release
	manifest *manifest.Manifest
	result   *Rebuilt
	project  *Project // without profiles
	record   *manifest.BuildRecord
	placed   map[string]string // by digest of a content: where the plan puts it in the image
}

func newRebuild(in RebuildInputs, sink Sink) (*rebuild, error) {
	if in.Base == "" {
		return nil, usagef("the base is missing\nhint: give the file that the manifest names with --base; it is known by its SHA-256")
	}
	if _, err := os.Stat(in.Base); err != nil {
		return nil, usagef("read base: %w\nhint: give the install.wim that the manifest names, or the .iso that it is on, with --base", err)
	}
	path := in.Manifest
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, ManifestFile)
	}
	r := &rebuild{in: in, sink: sink, dir: filepath.Dir(path), result: &Rebuilt{}}
	m, data, err := readManifest(path)
	if errors.Is(err, plan.ErrNewer) {
		r.differ(InputFormat, "", "a newer one", fmt.Sprintf("%d, the newest that wmclient %s writes", plan.EngineFormat, in.Tool))
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	r.manifest = m
	stated, ok := statedImage(m)
	if !ok {
		return nil, untrustedf("%w", errNoImage)
	}
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	*r.result = Rebuilt{Name: m.Image.Name, Version: m.Image.Version, RecipeDigest: m.RecipeDigest, ManifestDigest: canonical.Digest(data), Stated: stated.SHA256}
	raw, err := canonical.Marshal(m.Plan)
	if err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	r.project = &Project{Table: table, Composed: &plan.Composed{Plan: m.Plan, Bytes: raw, Digest: m.RecipeDigest}}
	return r, nil
}

func statedImage(m *manifest.Manifest) (manifest.File, bool) {
	for _, f := range m.Outputs {
		if f.Name == ImageFile {
			return f, true
		}
	}
	return manifest.File{}, false
}

func (r *rebuild) differ(input Input, name, stated, found string) {
	r.result.Differences = append(r.result.Differences, Difference{input, name, stated, found})
}

// pointless reports whether an input differs that decides the image's bytes.
func (r *rebuild) pointless() bool {
	for _, d := range r.result.Differences {
		switch d.Input {
		case InputFormat, InputBase, InputContents, InputPlan, InputAgent:
			return true
		}
	}
	return false
}

// build makes the image in a place of its own and compares it, and what is to be said of it, with the manifest.
func (r *rebuild) build(ctx context.Context, base *opened) (err error) {
	work := r.in.Work
	if r.in.Out != "" {
		work = filepath.Dir(r.in.Out)
	}
	partial.RemoveAbandoned(work)
	claim, err := partial.Dir(work, "rebuild")
	if err != nil {
		return usagef("make a folder for the rebuilt image: %w\nhint: name a file in a folder that can be written to with --out", err)
	}
	dir := claim.Path()
	defer func() {
		if left := claim.Release(); left != nil {
			err = errors.Join(err, classed{ErrLeft, left})
		}
	}()
	j := &job{Project: r.project, base: base, staging: &staging{dir: dir}, sink: r.sink, times: newTimeline(noClock)}
	if err := j.make(ctx); err != nil {
		return damaged(err)
	}
	r.result.Built, r.result.Image = true, j.written.SHA256.String()
	if found := j.written.BaseSHA256.String(); found != r.manifest.Base.File.SHA256 {
		r.differ(InputBase, "", r.manifest.Base.File.SHA256, found)
		return nil // the image differs with it, and that says nothing more
	}
	if err := r.compareOutput(j); err != nil {
		return err
	}
	if r.in.Out == "" {
		return nil
	}
	if err := giveName(filepath.Join(dir, ImageFile), r.in.Out); err != nil {
		return fmt.Errorf("keep the rebuilt image: %w", err)
	}
	r.result.Out = r.in.Out
	return nil
}

// compareOutput holds what was rebuilt against what the manifest says. The manifest is made anew from the rebuilt image, but for what only
// the profiles and the lock know: whether this was a release, and the texts of exceptions and accepted conflicts.
func (r *rebuild) compareOutput(j *job) error {
	m := r.manifest
	stated, _ := statedImage(m)
	if r.result.Image != stated.SHA256 {
		r.differ(OutputImage, "", stated.SHA256, r.result.Image)
		r.nameFiles(j.changes)
		r.nameTool()
		return nil
	}
	if j.unjudged != nil {
		return j.unjudged
	}
	again, err := manifest.New(manifest.Input{
		Plan: m.Plan, BaseFile: manifest.File{Name: m.Base.File.Name, SHA256: j.written.BaseSHA256.String(), Size: j.base.size},
		BaseIndex: j.base.index, BaseFacts: manifest.BaseFacts(j.base.facts), Release: m.Release,
		Outputs: []manifest.File{{Name: ImageFile, SHA256: r.result.Image, Size: j.written.Size}},
		Changes: j.changes, Exceptions: m.Exceptions, Conflicts: m.Conflicts, Findings: j.findings, Agent: m.Agent,
	})
	if err != nil {
		return err
	}
	digest, err := again.Digest()
	if err != nil {
		return err
	}
	if digest != r.result.ManifestDigest {
		r.differ(InputManifest, "", r.result.ManifestDigest, digest)
		r.nameFiles(again.Changes)
		r.nameFindings(again.Findings)
		r.nameTool()
	}
	return nil
}

// finish says what came of it.
func (r *rebuild) finish() (*Rebuilt, error) {
	r.result.Equal = r.result.Built && len(r.result.Differences) == 0
	r.result.Differences = append([]Difference{}, r.result.Differences...)
	r.sink.emit(Event{Type: EventResult, Data: r.result})
	if r.result.Equal {
		return r.result, nil
	}
	if r.result.Built && r.result.Image == r.result.Stated {
		return r.result, untrustedf("the image was reproduced, but something beside it is not as stated")
	}
	return r.result, untrustedf("the image of %s was not reproduced", r.in.Manifest)
}
