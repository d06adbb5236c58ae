package build

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Project is one image profile, loaded, resolved and composed.
type Project struct {
	Inputs    Inputs
	LockPath  string
	Table     setting.Table
	Set       *profile.Set
	Resolved  *profile.Resolved
	Composed  *plan.Composed
	Conflicts []conflict.Conflict // between the plan and what its products need, gravest first; what would stop the image was accepted
	Warnings  hcl.Diagnostics     // what a person should know and no rule forbids

	agent  *agentfile.File                              // that the image is to carry; nil where it carries none, or none was looked for yet
	source func(setting.Content) (io.ReadCloser, error) // in place of the profile tree, where there is none
}

// Load reads the profile tree that the image file stands in and composes the image. Problems of profiles are a *ProfileError.
func Load(in Inputs) (*Project, error) { return trees{}.load(in) }

// trees are the profile trees that were read, by their root, so that many images of one tree read it once.
type trees map[string]tree

// tree is what reading a root came to. It does not change.
type tree struct {
	set   *profile.Set
	diags hcl.Diagnostics
}

func (t trees) load(in Inputs) (*Project, error) {
	if _, err := os.Stat(in.Image); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("image profile %s does not exist\nhint: give the path of an image's file, for example profiles/images/radiology-viewer.hcl", in.Image)
		}
		return nil, usagef("read image profile: %w", err)
	}
	epoch, err := parseEpoch(in.Epoch)
	if err != nil {
		return nil, err
	}
	root, err := profile.FindRoot(in.Image)
	if err != nil {
		return nil, usagef("%w", err)
	}
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	read, ok := t[root]
	if !ok {
		read.set, read.diags = profile.Load(root, table)
		t[root] = read
	}
	set, diags := read.set, read.diags
	if set == nil {
		return nil, problems(diags, nil)
	}
	name, err := set.ImageAt(in.Image)
	switch {
	case err != nil && diags.HasErrors(): // the image may be what could not be read
		return nil, problems(diags, set)
	case err != nil:
		return nil, usagef("%w\nhint: give the path of a file that holds an image block, for example profiles/images/radiology-viewer.hcl", err)
	}
	p := &Project{Inputs: in, LockPath: in.Lock, Table: table, Set: set}
	if p.LockPath == "" {
		p.LockPath = lock.Path(in.Image)
	}
	if p.Resolved, diags = set.Resolve(name, profile.Options{Epoch: epoch}); diags.HasErrors() {
		return nil, problems(diags, set)
	}
	p.Warnings = diags
	if p.Composed, p.Conflicts, diags = judge(p.Resolved.Request, path.Join(p.Set.Name(), p.Resolved.ImageFile)); diags.HasErrors() {
		return nil, problems(diags, set)
	}
	p.Warnings = append(p.Warnings, diags...)
	if in.Clock != nil {
		p.Warnings = append(p.Warnings, expiring(p.terms(), in.Clock())...)
	}
	p.Warnings = profile.Sort(p.Warnings)
	return p, nil
}

// compose composes, keeps the place of the image's stamp free, and names the image, whose file is image, where a problem lies elsewhere.
func compose(req plan.Request, image string) (*plan.Composed, hcl.Diagnostics) {
	diags := reserved(req)
	composed, more := plan.Compose(req)
	for _, d := range more { // what collides in one image may be fine in another: say in which
		if d.Subject == nil || d.Subject.Filename != image {
			d.Detail += fmt.Sprintf(" This is in the image %q (%s).", req.Image.Name, image)
		}
	}
	diags = append(diags, more...)
	return composed, profile.Sort(diags)
}

// reserved refuses settings that claim the registry key of the stamp, and what stands against what the image carries.
func reserved(req plan.Request) hcl.Diagnostics {
	var diags hcl.Diagnostics
	own := setting.RegistryLocation(manifest.StampKey, "").Canon()
	own = strings.TrimSuffix(own, "!")
	var guard *firstboot.Guard
	if req.Image.FirstBoot != nil {
		guard = firstboot.GuardOf(&plan.Plan{Image: req.Image})
	}
	for i := range req.Settings {
		c := &req.Settings[i]
		if c.Spec == nil {
			continue // Compose says so
		}
		facts := c.Facts
		if facts == nil {
			facts = plan.NewFacts(c.ID, c.Spec, &req.Base.Base)
		}
		for claim, canon := range facts.Claims() {
			rest, below := strings.CutPrefix(canon, own)
			if d := refuses(guard, c, claim, canon); d != nil {
				diags = append(diags, d)
			}
			if below && (rest == "" || rest[0] == '\\' || rest[0] == '!') {
				diags = append(diags, &hcl.Diagnostic{
					Severity: hcl.DiagError, Summary: "Reserved location", Subject: c.DefRange.Ptr(),
					Detail: fmt.Sprintf("The setting %q claims %s, but %s is where the image says what it is. Choose another key.", c.ID, claim.Location, manifest.StampKey),
				})
			}
		}
	}
	return diags
}

func problems(diags hcl.Diagnostics, set *profile.Set) error {
	e := &ProfileError{Diags: profile.Sort(diags)}
	if set != nil {
		e.Files = set.Files()
	}
	return e
}

// parseEpoch reads SOURCE_DATE_EPOCH: whole seconds since 1970; "" is the zero time.
func parseEpoch(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	const year3000 = 32503680000
	if err != nil || seconds < 0 || seconds > year3000 {
		return time.Time{}, usagef("SOURCE_DATE_EPOCH is %q; it takes seconds since 1970-01-01, for example 1793491200", s)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// Provenance is the sidecar that says where everything in the plan was written, in canonical form.
func (p *Project) Provenance() ([]byte, error) {
	return p.Composed.Provenance.Marshal(p.Set.Name())
}

// Directory is the directory that a build makes.
func (p *Project) Directory() string {
	return filepath.Join(p.Inputs.Out, p.Composed.Plan.Image.Name, p.Composed.Plan.Image.Version)
}

// Deferred counts the settings that a stage after the image settles.
func (p *Project) Deferred() int {
	n := 0
	for _, s := range p.Composed.Plan.Settings {
		for _, stage := range s.Stages {
			if stage != setting.StageImage && s.Effect != plan.EffectSkip {
				n++
				break
			}
		}
	}
	return n
}

// SameAsBuilt reports whether the directory of this version holds the same plan. No build yet counts as another plan.
func (p *Project) SameAsBuilt() (bool, error) {
	built, err := os.ReadFile(filepath.Join(p.Directory(), PlanFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read built plan: %w", err)
	}
	return string(built) == string(p.Composed.Bytes), nil
}

// refuseOther stops a build early where its version stands already with another plan, and will not give way. The same plan is the common
// case, and comparing it takes less than reading a manifest.
func (p *Project) refuseOther() error {
	dir := p.Directory()
	if _, err := os.Stat(filepath.Join(dir, PlanFile)); err != nil {
		return nil
	}
	same, err := p.SameAsBuilt()
	if same || replaceable(dir, p.Composed.Plan.Image.Version) {
		return nil
	}
	if err == nil {
		err = taken(dir)
	}
	return err
}

// contents hands the bytes behind file ops to apply, which verifies them.
func (p *Project) contents() apply.Contents {
	byDigest := make(map[string]setting.Content, len(p.Composed.Contents))
	for _, c := range p.Composed.Contents {
		byDigest[c.SHA256] = c
	}
	return func(sha256 string) (io.ReadCloser, error) {
		c, ok := byDigest[sha256]
		switch {
		case !ok:
			return nil, fmt.Errorf("the plan names content %s that no setting brings: %w", sha256, fs.ErrNotExist)
		case c.Source != "" && p.source != nil:
			return p.source(c)
		case c.Source != "":
			return p.Set.FS().Open(c.Source)
		}
		return io.NopCloser(strings.NewReader(string(c.Bytes))), nil
	}
}

// Checked counts what a check has read.
type Checked struct {
	Bases, Modules, Products, Images int

	Warnings hcl.Diagnostics
	Files    map[string]*hcl.File // for the warnings' snippets
}

// Check loads a whole tree, warns of what runs out, resolves and composes every image, and reports all problems at once as a *ProfileError.
func Check(dir, epoch string, now time.Time) (Checked, error) {
	at, err := parseEpoch(epoch)
	if err != nil {
		return Checked{}, err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return Checked{}, usagef("%s is no folder of profiles\nhint: wmclient check profiles", dir)
	}
	table, err := kinds.Table()
	if err != nil {
		return Checked{}, err
	}
	set, diags := profile.Load(dir, table)
	if set == nil {
		return Checked{}, problems(diags, nil)
	}
	names := set.Images()
	images := make([]ofImage, len(names))
	diags = append(diags, set.CheckAll(profile.Options{Epoch: at}, func(i int, r *profile.Resolved) {
		file := path.Join(set.Name(), r.ImageFile)
		req := r.Request
		req.Unexplained = true // nobody asks a check where a setting comes from
		composed, _, more := judge(req, file)
		images[i] = ofImage{names[i], file, append(more, expiring(termsOf(r.Request, composed), now)...)}
	})...)
	images = slices.DeleteFunc(images, func(of ofImage) bool { return of.name == "" })
	diags = append(diags, alike(images)...)
	if diags.HasErrors() {
		return Checked{}, problems(diags, set)
	}
	c := Checked{Warnings: profile.Sort(diags), Files: set.Files()}
	c.Bases, c.Modules, c.Products, c.Images = set.Count()
	if c.Bases+c.Modules+c.Products+c.Images == 0 {
		return Checked{}, usagef("%s holds no profiles: there is no .hcl file in its bases, modules, products or images\nhint: wmclient check profiles", dir)
	}
	return c, nil
}
