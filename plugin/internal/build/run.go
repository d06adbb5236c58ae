package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Result is what a build made.
type Result struct {
	Name           string            `json:"name"`
	Version        string            `json:"version"`
	Dir            string            `json:"directory"`
	Files          []string          `json:"files"` // paths, the image first
	Manifest       string            `json:"manifest"`
	RecipeDigest   string            `json:"recipe_digest"`
	ImageSHA256    string            `json:"image_sha256"`
	ManifestDigest string            `json:"manifest_digest"`
	Release        bool              `json:"release"` // the base was one that the lock names
	Platform       manifest.Platform `json:"platform"`
	Statement      plan.Text         `json:"-"`               // what platform means
	Unchanged      bool              `json:"unchanged"`       // the same bytes stood there already
	Agent          *manifest.Agent   `json:"agent,omitempty"` // that the image carries
	Summary        validate.Summary  `json:"summary"`
	Findings       []setting.Finding `json:"-"`
}

// Run builds an image: the whole way from profile to released directory. Where findings gate, the directory stands and the error is
// ErrFindings beside a result; with any other error nothing was left behind.
func Run(ctx context.Context, in Inputs, sink Sink) (result *Result, err error) {
	if err := checkFolder(in.Out); err != nil {
		return nil, err
	}
	times := newTimeline(in.Clock)
	sink.step("composing " + in.Image)
	p, err := Load(in)
	if err != nil {
		return nil, err
	}
	locked, err := p.checkLock()
	if err != nil {
		return nil, err
	}
	if err := expired(p.terms(), in.Clock()); err != nil {
		return nil, err
	}
	if err := p.refuseOther(); err != nil {
		return nil, err
	}
	partial.RemoveAbandoned(filepath.Dir(p.Directory())) // also where nothing is to be built: a killed build may have left gigabytes
	if !in.Verify {
		if r := p.unchanged(locked); r != nil {
			return p.stands(r, sink)
		}
	}
	selected := p.baseImage(locked)
	base, err := openBaseFile(in.Base, selected, p.Composed.Plan.Base)
	if err != nil {
		return nil, err
	}
	defer base.close()
	if err := trustSize(p, locked, base); err != nil {
		return nil, err
	}
	img := p.Composed.Plan.Image
	s, err := stage(in.Out, img.Name, img.Version)
	if err != nil {
		return nil, noRoom(err)
	}
	defer func() { err = s.abandon(err) }()
	j := &job{Project: p, lock: locked, base: base, selected: selected, staging: s, sink: sink, times: times}
	for _, w := range p.Warnings {
		j.note(warning(w))
	}
	result, err = j.run(ctx)
	return result, noRoom(err)
}

// warning is a diagnostic in one line.
func warning(d *hcl.Diagnostic) string {
	text := fmt.Sprintf("warning: %s: %s", d.Summary, d.Detail)
	if d.Subject != nil {
		text += fmt.Sprintf(" (%s:%d)", d.Subject.Filename, d.Subject.Start.Line)
	}
	return text
}

// job is one build under way.
type job struct {
	*Project
	lock     *lock.Lock
	base     *opened
	selected string // how the image in the base was asked for
	staging  *staging
	sink     Sink
	times    *timeline

	before   map[string]validate.Observation
	changes  []manifest.Change
	written  wim.Result
	released bool
	findings []setting.Finding
	unjudged error // why there are no findings
	applied  apply.Report
	notes    []string
}

// note tells people, and the build record.
func (j *job) note(text string) {
	j.notes = append(j.notes, text)
	j.sink.note(text)
}

func (j *job) run(ctx context.Context) (*Result, error) {
	j.times.done("compose")
	if err := j.make(ctx); err != nil {
		return nil, damaged(err)
	}
	var err error
	if j.released, err = j.trustBase(j.lock, j.base, j.written.BaseSHA256.String()); err != nil {
		return nil, err
	}
	if !j.released {
		j.note("the base is not in the lock: this is no release")
	}
	if j.unjudged != nil {
		return nil, j.unjudged
	}
	result, err := j.write(j.findings)
	if err != nil {
		return nil, err
	}
	return j.publish(result)
}

// make writes the new image. The base is on its way into it while its hives are edited.
func (j *job) make(ctx context.Context) (err error) {
	out, err := os.OpenFile(j.staging.path(ImageFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	defer func() {
		if cerr := out.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("write image: %w", cerr)
		}
	}()
	copied, err := j.base.wim.Begin(ctx, out)
	if err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	defer copied.Stop()
	if err := j.base.isBase(j.Composed.Plan.Base); err != nil {
		return err
	}
	editor, err := j.edit(ctx)
	if err != nil {
		return err
	}
	j.times.done("edit")
	copied.Meanwhile(func(r io.ReaderAt, size int64) error {
		j.times.done("write")
		j.sink.step("validating " + ImageFile)
		j.findings, j.unjudged = j.judge(ctx, r, size)
		j.times.done("validate")
		return nil // whether this was the base at all is not known yet, and comes first
	})
	if err := j.writeImage(editor, copied); err != nil {
		return err
	}
	j.times.done("flush")
	return nil
}

// edit applies the plan's offline stage.
func (j *job) edit(ctx context.Context) (*image.Editor, error) {
	j.sink.step(fmt.Sprintf("reading %s image %d", j.base.path, j.base.index))
	var err error
	if j.before, err = validate.ObserveAll(ctx, j.Composed.Plan, j.Table, j.base.reader); err != nil {
		return nil, err
	}
	if err := j.base.watch.failed(); err != nil {
		return nil, fmt.Errorf("read %s: %w", j.base.path, err)
	}
	r := recipe{j.Composed.Plan, j.Composed.Digest, j.contents(), j.agent}
	editor, applied, changes, err := r.on(ctx, j.base, j.sink)
	if err != nil {
		return nil, err
	}
	j.applied, j.changes = applied, changes
	for _, text := range editor.Notes() {
		j.note(text)
	}
	return editor, nil
}

func (j *job) writeImage(editor *image.Editor, copied *wim.Copy) (err error) {
	const step = "writing " + ImageFile
	j.sink.step(step)
	if j.written, err = editor.Finish(copied, j.sink.progress(step)); err == nil && j.written.Cloned {
		err = j.base.steady() // the digests are of the base's bytes, which the output shares, and not of bytes read from it
	}
	if err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	if j.written.IntegrityDropped {
		j.note("the base had an integrity table; it covers the old bytes and was dropped, unchecked: wmclient lock checks it, and base inspect --verify")
	}
	if n := j.written.ImagesDropped; n > 0 {
		left := "1 other image of the base was"
		if n > 1 {
			left = fmt.Sprintf("%d other images of the base were", n)
		}
		j.note(left + " left out: the output holds exactly one")
	}
	for _, text := range j.written.Notes {
		j.note(text)
	}
	return nil
}

// judge reads the written file anew and judges it: findings never come from what was meant. A disk that failed meanwhile makes no release of
// which one setting could not be found out: nothing is known then.
func (j *job) judge(ctx context.Context, file io.ReaderAt, size int64) ([]setting.Finding, error) {
	img, r, watch, err := openWritten(file, size)
	if err != nil {
		return nil, err
	}
	stamp, err := manifest.ReadStamp(r)
	if err != nil {
		return nil, fmt.Errorf("the written image: %w", err)
	}
	if want := manifest.StampOf(j.Composed.Plan, j.Composed.Digest); stamp != want {
		return nil, fmt.Errorf("the written image has the stamp %+v instead of %+v", stamp, want)
	}
	if err := mustCarry(judgeCarried(j.Composed.Plan, j.Composed.Digest, j.statedAgent(), j.changes, r, img)); err != nil {
		return nil, err
	}
	plain, err := unheldOf(j.Composed.Plan, r)
	if err != nil {
		return nil, err
	}
	findings, err := validate.Run(ctx, j.Composed.Plan, j.Table, plain, validate.Options{Stage: setting.StageImage, Before: j.before})
	if failed := watch.failed(); failed != nil {
		return nil, fmt.Errorf("read the written image: %w", failed)
	}
	return findings, err
}

// publish gives the directory its name and says what stands in it.
func (j *job) publish(r *Result) (*Result, error) {
	did, err := j.staging.publish(r.Version)
	if err != nil {
		return nil, err
	}
	r.Dir, r.Unchanged = j.staging.final, did == publishedSame
	r.Files = releaseFiles(r.Dir)
	r.Manifest = filepath.Join(r.Dir, ManifestFile)
	if r.Unchanged {
		j.sink.note("the same bytes stood in " + r.Dir + " already")
		j.renewRecord(r.Dir)
	}
	return tell(r, j.Composed.Plan, j.sink)
}

// stands tells of a release that a build would only make again.
func (p *Project) stands(r *Result, sink Sink) (*Result, error) {
	for _, w := range p.Warnings {
		sink.note(warning(w))
	}
	sink.note("nothing has changed since " + r.Dir + " was built: the same bytes stood in " + r.Dir + " already (--verify builds it again and compares)")
	return tell(r, p.Composed.Plan, sink)
}

// tell gives findings and result to whoever listens. Findings that gate are an error beside the result.
func tell(r *Result, p *plan.Plan, sink Sink) (*Result, error) {
	for _, f := range r.Findings {
		sink.emit(Event{Type: EventFinding, Data: f})
	}
	sink.emit(Event{Type: EventResult, Data: r})
	if validate.Failed(r.Summary, gateOf(p)) {
		return r, gated(r.Summary, r.Dir)
	}
	return r, nil
}

func (j *job) gate() validate.Gate { return gateOf(j.Composed.Plan) }

// gateOf is what the profile lets through; no caller can let more through.
func gateOf(p *plan.Plan) validate.Gate {
	return validate.Gate{AllowUnobservable: p.Image.AllowUnobservable}
}

// about says in reports what findings are about, and what they do not show.
func about(p *plan.Plan, recipe string, on manifest.Platform) report.About {
	return report.About{Name: p.Image.Name + "@" + p.Image.Version, Properties: []report.Property{
		{Name: "recipe_digest", Value: recipe}, {Name: "platform", Value: string(on)}, {Name: "validated_on_windows", Value: "false"},
		{Name: "statement", Value: manifest.StatementOf(on).EN},
	}}
}

func gated(s validate.Summary, where string) error {
	hint := ""
	if s.Outcomes[setting.Error] > 0 {
		hint = "\nhint: below each that could not be found out stands why; where all have one reason the file is damaged: copy it again from its source"
	}
	return classed{ErrFindings, fmt.Errorf("%s: %d findings failed, %d could not be found out, %d are unobservable%s",
		where, s.Outcomes[setting.Fail], s.Outcomes[setting.Error], s.Outcomes[setting.Unobservable], hint)}
}

// releaseFiles lists the paths of a release's files, the image first.
func releaseFiles(dir string) []string {
	var files []string
	for _, name := range []string{ImageFile, ManifestFile, PlanFile, ProvenanceFile, JUnitFile, SumsFile, RecordFile} {
		files = append(files, filepath.Join(dir, name))
	}
	return files
}

func exceptionsOf(list []plan.Exception) []manifest.Exception {
	var out []manifest.Exception
	for _, e := range list {
		effect := plan.EffectValue
		if e.Skip {
			effect = plan.EffectSkip
		}
		out = append(out, manifest.Exception{
			Setting: e.Setting, Effect: effect, Reason: e.Reason, Compensating: e.Compensating, Owner: e.Owner, ApprovedBy: e.ApprovedBy, Expires: e.Expires,
		})
	}
	return out
}

// trustSize refuses early what the digest would refuse after the whole base was read.
func trustSize(p *Project, l *lock.Lock, base *opened) error {
	if l == nil || p.Inputs.AcceptBase {
		return nil
	}
	var sizes []string
	for _, b := range l.Bases {
		if b.Name == p.Composed.Plan.Base.Name {
			if b.Size == base.size {
				return nil
			}
			sizes = append(sizes, fmt.Sprint(b.Size))
		}
	}
	if err := base.isBase(p.Composed.Plan.Base); err != nil { // no lock should name that one
		return err
	}
	if len(sizes) == 0 {
		return untrustedf("lock %s has no base %q yet\nhint: %s", p.LockPath, p.Composed.Plan.Base.Name, p.acceptCommand())
	}
	return untrustedf("%s is not a locked base: it has %d bytes, lock %s has %s\nhint: %s, or build with --accept-base",
		base.path, base.size, p.LockPath, strings.Join(sizes, ", "), p.acceptCommand())
}

var errNoImage = errors.New("the manifest names no " + ImageFile)
