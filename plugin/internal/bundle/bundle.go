// Package bundle is what the agent works by, as files: the plan, the bytes that its later stages put, and a header that says for which
// image they are.
//
// A bundle has two forms, the same files below a folder (as an image carries it) and in a zip (as a build delivers it); both are the same
// bytes for the same input. It is read whole and checked by digest before anything of it is used. The package refuses what does not
// hold together: another schema, a plan with another digest than the header says, content that is missing, damaged, left over or larger
// than the plan says, and paths that lead out of it. It knows no target and no clock.
package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Schema names the form of bundle.json. A reader refuses any other.
const Schema = "wmclient/bundle/1"

// The files of a bundle. Content lies in ContentFolder under its SHA-256 in lower-case hex.
const (
	HeaderFile    = "bundle.json"
	PlanFile      = "plan.json"
	ContentFolder = "content"
)

// The bounds of what is read, beside that of a plan.
const (
	maxHeader   = 8 << 20 // bytes
	maxContents = 10000   // files
)

// Header is bundle.json. Its JSON form is canonical (RFC 8785).
type Header struct {
	Schema         string          `json:"schema"`
	Image          string          `json:"image"`
	Version        string          `json:"version"`
	RecipeDigest   string          `json:"recipe_digest"`             // SHA-256 of plan.json, lower-case hex
	ManifestDigest string          `json:"manifest_digest,omitempty"` // of the manifest of the image, where it is known: an image cannot carry its own
	Keep           bool            `json:"keep"`                      // the agent stays when its work is done
	Stages         []setting.Stage `json:"stages"`                    // what the agent runs, in this order
	// Release are ops that run last of all, and only when the validation passed: they take the network hold away.
	Release []plan.StagedOp `json:"release,omitempty"`
}

// Input is what New makes a bundle of.
type Input struct {
	Plan           *plan.Plan
	ManifestDigest string
	Keep           bool
	Stages         []setting.Stage
	Release        []plan.StagedOp
	Contents       apply.Contents // gives the bytes behind the digests of the plan's ops; may be nil where no op of the stages puts any
}

// Bundle is a bundle that holds together.
type Bundle struct {
	Header
	Plan *plan.Plan

	header, plan []byte
	contents     []File
	open         apply.Contents
}

// File is one file of a bundle.
type File struct {
	Path   string // with slashes, below the bundle's folder
	SHA256 string // lower-case hex
	Size   int64  // bytes
	open   func() (io.ReadCloser, error)
}

// Open returns the file's bytes.
func (f File) Open() (io.ReadCloser, error) { return f.open() }

// New makes a bundle. Its contents are read once, to hold them against the plan.
func New(in Input) (*Bundle, error) {
	raw, err := canonical.Marshal(in.Plan)
	if err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	b := &Bundle{
		Header: Header{Schema, in.Plan.Image.Name, in.Plan.Image.Version, canonical.Digest(raw), in.ManifestDigest, in.Keep, in.Stages, in.Release},
		Plan:   in.Plan, plan: raw, open: in.Contents,
	}
	if b.header, err = canonical.Marshal(b.Header); err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	return b, nil
}

// Digest returns the SHA-256 of bundle.json in lower-case hex. It covers the plan, which covers the contents.
func (b *Bundle) Digest() string { return canonical.Digest(b.header) }

// Contents opens the bytes behind a digest.
func (b *Bundle) Contents() apply.Contents { return b.open }

// Files lists the bundle's files, sorted by path.
func (b *Bundle) Files() []File {
	files := []File{memory(HeaderFile, b.header), memory(PlanFile, b.plan)}
	files = append(files, b.contents...)
	slices.SortFunc(files, func(x, y File) int { return strings.Compare(x.Path, y.Path) })
	return files
}

func memory(path string, data []byte) File {
	return File{path, canonical.Digest(data), int64(len(data)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// digestForm is a SHA-256 in lower-case hex.
var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check holds the header against the plan, and reads every content that the stages need.
func (b *Bundle) check() error {
	switch {
	case b.Image != b.Plan.Image.Name || b.Version != b.Plan.Image.Version:
		return fmt.Errorf("%s is for %s %s, %s for %s %s", HeaderFile, b.Image, b.Version, PlanFile, b.Plan.Image.Name, b.Plan.Image.Version)
	case b.ManifestDigest != "" && !digestForm.MatchString(b.ManifestDigest):
		return fmt.Errorf("%s: manifest_digest is no SHA-256 in lower-case hex", HeaderFile)
	case len(b.Stages) == 0:
		return fmt.Errorf("%s: no stage is given: there is nothing to do", HeaderFile)
	}
	if err := ordered(b.Stages); err != nil {
		return fmt.Errorf("%s: %w", HeaderFile, err)
	}
	for _, o := range b.Release {
		if !slices.Contains([]setting.Action{setting.ActionRegistrySet, setting.ActionRegistryDelete, setting.ActionPolicySet, setting.ActionPolicyDelete}, o.Op.Action) {
			return fmt.Errorf("%s: release: %s is none of the ops that open a network again", HeaderFile, apply.Subject(o.Op))
		}
	}
	return b.checkContents()
}

// ordered refuses stages that are unknown, doubled or out of order. An agent does not run the stage image.
func ordered(stages []setting.Stage) error {
	last := 0
	for _, s := range stages {
		i := slices.Index(setting.Stages(), s)
		switch {
		case i < 0:
			return fmt.Errorf("stages: unknown stage %q (known: %v)", s, setting.Stages())
		case s == setting.StageImage:
			return errors.New("stages: the stage image is done offline, never by an agent")
		case i <= last:
			return fmt.Errorf("stages: %v are not in the order %v, or one is there twice", stages, setting.Stages())
		}
		last = i
	}
	return nil
}

// checkContents finds what the stages put, each digest once.
func (b *Bundle) checkContents() error {
	sizes := make(map[string]int64)
	for _, stage := range b.Stages {
		ops, err := apply.Select(b.Plan.Ops, stage)
		if err != nil {
			return err
		}
		for _, o := range ops {
			if o.Op.SHA256 == "" {
				continue
			}
			if size, ok := sizes[o.Op.SHA256]; ok && size != o.Op.Size {
				return fmt.Errorf("%s: content %s has %d bytes in one op and %d in another", PlanFile, o.Op.SHA256, size, o.Op.Size)
			}
			if !digestForm.MatchString(o.Op.SHA256) || o.Op.Size < 0 {
				return fmt.Errorf("%s: %q of %d bytes is no content", PlanFile, o.Op.SHA256, o.Op.Size)
			}
			sizes[o.Op.SHA256] = o.Op.Size
		}
	}
	if len(sizes) > maxContents {
		return fmt.Errorf("%s: the stages put %d contents, more than %d", PlanFile, len(sizes), maxContents)
	}
	for sum, size := range sizes {
		if err := apply.CheckContent(b.open, sum, size); err != nil {
			return err
		}
		b.contents = append(b.contents, File{ContentFolder + "/" + sum, sum, size, func() (io.ReadCloser, error) { return b.open(sum) }})
	}
	slices.SortFunc(b.contents, func(x, y File) int { return strings.Compare(x.Path, y.Path) })
	return nil
}

// read makes a bundle of a header, a plan and a source of contents, all untrusted.
func read(header, rawPlan []byte, contents apply.Contents) (*Bundle, error) {
	b := &Bundle{header: header, plan: rawPlan, open: contents}
	if err := canonical.Verify(header); err != nil {
		return nil, fmt.Errorf("%s: %w", HeaderFile, err)
	}
	var form struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(header, &form); err != nil || form.Schema != Schema {
		return nil, fmt.Errorf("%s: the schema is %q, this program reads %s", HeaderFile, form.Schema, Schema)
	}
	dec := json.NewDecoder(bytes.NewReader(header))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b.Header); err != nil {
		return nil, fmt.Errorf("%s: %w", HeaderFile, err)
	}
	// encoding/json takes field names in any case and null for anything: what it did not take as written shows here.
	if again, err := canonical.Marshal(b.Header); err != nil || !bytes.Equal(again, header) {
		return nil, fmt.Errorf("%s: fields are not written as %s has them", HeaderFile, Schema)
	}
	if got := canonical.Digest(rawPlan); got != b.RecipeDigest {
		return nil, fmt.Errorf("%s: %w: it has SHA-256 %s, %s says %s", PlanFile, ErrDigest, got, HeaderFile, b.RecipeDigest)
	}
	var err error
	if b.Plan, err = plan.Parse(rawPlan); err != nil {
		return nil, fmt.Errorf("%s: %w", PlanFile, err)
	}
	return b, b.check()
}

// ErrDigest is wrapped by OpenDir and OpenZip where a file has other bytes than its digest says.
var ErrDigest = errors.New("not the file that was meant")
