package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// StampFinding is the id of the finding about the image's stamp. It is no setting of the plan, since the stamp holds the plan's digest.
const StampFinding = "image/stamp"

// BaseFinding is the id of the finding about a WIM that is not the base which the plan is for. It is no setting of the plan either, and
// is there only where something is wrong: which settings a plan holds, and what they mean, depends on its base.
const BaseFinding = "image/base"

// ValidateInputs is what judging a WIM needs.
type ValidateInputs struct {
	Subject string           // path of an image profile (.hcl), of a manifest (.json), or of the directory of a release
	WIM     string           // path of the WIM to judge; "" is the image in that directory
	Image   string           // image in the WIM, by index, name or edition id
	Epoch   string           // SOURCE_DATE_EPOCH
	Clock   func() time.Time // gates what has expired; nil gates nothing
	Sealed  bool             // the WIM is a capture of a sealed machine: judge what a build leaves behind, too
	Account string           // by which the build logged on; "" is the usual one

	hashed bool // its bytes were compared already
}

// Validation is the result of judging a WIM. Its summary counts the settings of the plan and nothing else, as a plan, a build and a
// manifest count them; what is found about the image itself stands apart.
type Validation struct {
	Findings []setting.Finding          `json:"-"` // of settings and, at the end, of the image
	Summary  validate.Summary           `json:"summary"`
	Image    map[string]setting.Outcome `json:"image"` // by the finding's id: StampFinding, BaseFinding
	Bytes    Compared                   `json:"bytes"` // with the image that the manifest names
	JUnit    []byte                     `json:"-"`
}

// Validate judges a WIM and changes nothing. Where findings gate, the error is ErrFindings beside a result; where an exception or a
// setting that was agreed on for a time no longer holds, ErrExpired beside a result; where the WIM is as long as the image that the manifest
// names and holds other bytes, ErrNotTrusted beside a result.
func Validate(ctx context.Context, in ValidateInputs, sink Sink) (*Validation, error) {
	if info, err := os.Stat(in.Subject); err == nil && info.IsDir() {
		if in.WIM == "" {
			in.WIM = filepath.Join(in.Subject, ImageFile)
		}
		in.Subject = filepath.Join(in.Subject, ManifestFile)
	}
	subject, err := subjectOf(in)
	if err != nil {
		return nil, err
	}
	if in.WIM == "" {
		return nil, usagef("the WIM is missing\nhint: say which image to judge with --wim FILE")
	}
	o, err := openWIM(in.WIM, in.Image, func(w *wim.File) (int, error) {
		if images := w.Images(); len(images) == 1 {
			return images[0].Index, nil
		}
		return byEdition(w, subject.plan.Base, "--image")
	})
	if err != nil {
		return nil, err
	}
	defer o.close()
	sink.step(fmt.Sprintf("validating %s image %d", in.WIM, o.index))
	reader, err := unheldOf(subject.plan, o.reader)
	if err != nil {
		return nil, err
	}
	findings, err := validate.Run(ctx, subject.plan, subject.table, reader, validate.Options{Stage: setting.StageImage, Before: subject.before})
	if err != nil {
		return nil, err
	}
	image := append(judgeBase(subject, o), judgeStamp(subject, o.reader))
	if in.Sealed {
		image = append(image, seal.Judge(o.reader, seal.Wanted{Plan: subject.plan, Account: in.Account})...)
	} else {
		image = append(image, judgeCarried(subject.plan, subject.digest, subject.agent, subject.changes(), o.reader, o.image)...)
	}
	bytes, differ := NotCompared, error(nil)
	if !in.hashed {
		if bytes, differ = compareBytes(ctx, subject, o, sink); differ != nil && bytes != BytesDiffer {
			return nil, differ
		}
	}
	result, err := finish(findings, image, bytes, subject, o, sink)
	if in.Clock != nil && result != nil {
		err = errors.Join(err, expired(subject.terms, in.Clock()))
	}
	if failed := errors.Join(o.watch.failed(), o.steady()); failed != nil {
		err = errors.Join(fmt.Errorf("read %s: %w", o.path, failed), err)
	}
	return result, errors.Join(err, differ)
}

// finish counts the findings of settings and of the image, gates both, and reports.
func finish(settings, image []setting.Finding, compared Compared, s *subject, o *opened, sink Sink) (*Validation, error) {
	summary, err := validate.Summarize(settings)
	if err != nil {
		return nil, err
	}
	findings := slices.Concat(settings, image)
	all, err := validate.Summarize(findings)
	if err != nil {
		return nil, err
	}
	on := manifest.PlatformOffline
	if facts, err := o.reader.Facts(); err == nil { // what keeps them from being read is a finding
		on = manifest.PlatformOf(manifest.BaseFacts(facts))
	}
	gate := gateOf(s.plan)
	var junit bytes.Buffer
	if err := report.JUnit(&junit, about(s.plan, s.digest, on), findings, gate); err != nil {
		return nil, err
	}
	for _, f := range findings {
		sink.emit(Event{Type: EventFinding, Data: f})
	}
	result := &Validation{Findings: findings, Summary: summary, Image: make(map[string]setting.Outcome), Bytes: compared, JUnit: junit.Bytes()}
	for _, f := range image {
		result.Image[f.Setting] = f.Outcome
	}
	sink.emit(Event{Type: EventResult, Data: result})
	if validate.Failed(summary, gate) || validate.Failed(all, gate) { // a plan without a setting validates nothing
		return result, gated(all, o.path)
	}
	return result, nil
}

// subject is a plan to judge by, from wherever it was read.
type subject struct {
	table    setting.Table
	plan     *plan.Plan
	digest   string
	before   map[string]validate.Observation
	manifest *manifest.Manifest // nil where the subject is a profile
	agent    *manifest.Agent    // that the image is to carry; nil where nobody says which

	terms []term // what of it ends on a day
}

func subjectOf(in ValidateInputs) (*subject, error) {
	switch strings.ToLower(filepath.Ext(in.Subject)) {
	case ".hcl":
		p, err := Load(Inputs{Image: in.Subject, Epoch: in.Epoch, Clock: in.Clock})
		if err != nil {
			return nil, err
		}
		s := &subject{table: p.Table, plan: p.Composed.Plan, digest: p.Composed.Digest, terms: p.terms()}
		s.agent, err = p.agentOfLock()
		return s, err
	case ".json":
		m, _, err := readManifest(in.Subject)
		if err != nil {
			return nil, err
		}
		table, err := kinds.Table()
		if err != nil {
			return nil, err
		}
		s := &subject{table: table, plan: m.Plan, digest: m.RecipeDigest, manifest: m, agent: m.Agent, before: make(map[string]validate.Observation)}
		for _, f := range m.Findings {
			s.before[f.Setting] = validate.Observation{Text: f.Before}
		}
		s.terms = terms(exceptionsIn(m), m.Plan, nil)
		return s, nil
	}
	return nil, usagef("%s is neither an image profile (.hcl) nor a manifest (.json)\nhint: give one of the two, or the directory of a built image", in.Subject)
}

// changes are what a manifest states of the image's files; none where there is no manifest.
func (s *subject) changes() []manifest.Change {
	if s.manifest == nil {
		return nil
	}
	return s.manifest.Changes
}

// judgeBase holds what a WIM says of itself against the base that the plan is for.
func judgeBase(s *subject, o *opened) []setting.Finding {
	want := s.plan.Base
	f := setting.Finding{Setting: BaseFinding, Kind: "base", Severity: setting.High,
		Expected: fmt.Sprintf("%s %s %s %s", want.EditionID, want.Build, want.Arch, strings.Join(want.Languages, ", "))}
	got, err := o.reader.Facts()
	if err != nil {
		f.Outcome, f.Reason = setting.Error, err.Error()
		return []setting.Finding{f}
	}
	wrong := differences(got, want)
	if len(wrong) == 0 {
		return nil
	}
	f.Outcome, f.Observed = setting.Fail, fmt.Sprintf("%s %s %s %s", got.EditionID, got.Build, got.Arch, got.InstallLanguage)
	f.Reason = fmt.Sprintf("the image is not the base %q: %s", want.Name, strings.Join(wrong, "; "))
	return []setting.Finding{f}
}

// judgeStamp holds the image's stamp against the plan. An image that carries none was not built by wmclient: by a manifest that is a
// failure, by a profile it does not apply.
func judgeStamp(s *subject, r setting.RegistryReader) setting.Finding {
	want := manifest.StampOf(s.plan, s.digest)
	f := setting.Finding{Setting: StampFinding, Kind: "stamp", Severity: setting.High, Expected: fmt.Sprintf("%s %s, recipe %s", want.Name, want.Version, want.RecipeDigest)}
	got, err := manifest.ReadStamp(r)
	switch {
	case errors.Is(err, setting.ErrAbsent) && s.manifest == nil:
		f.Outcome, f.Observed, f.Reason = setting.NotApplicable, "absent", "the image carries no stamp: wmclient did not build it"
	case errors.Is(err, setting.ErrAbsent):
		f.Outcome, f.Observed, f.Reason = setting.Fail, "absent", err.Error()
	case errors.Is(err, manifest.ErrStampForm):
		f.Outcome, f.Observed, f.Reason = setting.Fail, "not a stamp", err.Error()
	case err != nil:
		f.Outcome, f.Reason = setting.Error, err.Error()
	default:
		f.Outcome, f.Observed = setting.Pass, fmt.Sprintf("%s %s, recipe %s", got.Name, got.Version, got.RecipeDigest)
		if got != want {
			f.Outcome, f.Reason = setting.Fail, fmt.Sprintf("the stamp is %+v instead of %+v", got, want)
		}
	}
	return f
}

// ReadManifest reads a manifest file. One that does not exist is ErrUsage, one that was changed ErrNotTrusted.
func ReadManifest(path string) (*manifest.Manifest, error) {
	m, _, err := readManifest(path)
	return m, err
}

func readManifest(path string) (*manifest.Manifest, []byte, error) {
	const limit = 256 << 20
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, usagef("manifest %s does not exist\nhint: give the manifest.json that wmclient build wrote beside the image", path)
	}
	if err == nil && info.Size() > limit {
		return nil, nil, usagef("manifest %s has %d bytes; no manifest has more than %d", path, info.Size(), limit)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read manifest: %w", err)
	}
	m, err := manifest.Parse(data)
	if errors.Is(err, manifest.ErrOther) {
		return nil, nil, usagef("manifest %s: %w\nhint: give the manifest.json that stands beside it", path, err)
	}
	if err != nil {
		return nil, nil, untrustedf("manifest %s: %w\nhint: give a manifest.json as wmclient wrote it; it is never edited by hand", path, err)
	}
	return m, data, nil
}

// Shown is a release as its own files describe it.
type Shown struct {
	Dir            string
	Path           string // of the manifest
	Manifest       *manifest.Manifest
	ManifestBytes  []byte
	ManifestDigest string
	Files          []string
	Damage         []string // what does not fit the manifest or SHA256SUMS, in words; the image's bytes were not read
}

// Show reads the manifest of a release (its directory or the manifest itself) and lists the files that stand beside it, with
// what of them is damaged as far as that shows without reading the image: CheckRelease does that.
func Show(path string) (*Shown, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, ManifestFile)
	}
	m, data, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	s := &Shown{Dir: filepath.Dir(path), Path: path, Manifest: m, ManifestBytes: data}
	if s.ManifestDigest, err = m.Digest(); err != nil {
		return nil, err
	}
	for _, f := range releaseFiles(s.Dir) {
		if _, err := os.Stat(f); err == nil {
			s.Files = append(s.Files, f)
		}
	}
	return s, s.look()
}

// CheckRelease holds a release against its own manifest: every file's sum, the plan's bytes, the image's digest, and the findings,
// which are judged anew on the image.
func CheckRelease(ctx context.Context, dir string, sink Sink) (*Shown, error) {
	s, err := Show(dir)
	if err != nil {
		return nil, err
	}
	sink.step("checking " + dir)
	if err := checkSums(ctx, s); err != nil {
		return nil, err
	}
	v, err := Validate(ctx, ValidateInputs{Subject: filepath.Join(dir, ManifestFile), WIM: filepath.Join(dir, ImageFile), hashed: true}, nil)
	if err != nil && !errors.Is(err, ErrFindings) {
		return nil, err
	}
	findings := make(map[string]setting.Finding, len(v.Findings))
	for _, f := range v.Findings {
		findings[f.Setting] = f
	}
	for _, stated := range s.Manifest.Findings {
		if got := findings[stated.Setting]; got.Outcome != stated.Outcome || got.Observed != stated.Observed {
			return nil, untrustedf("the manifest says of %s: %s (%s), the image shows %s (%s)", stated.Setting, stated.Outcome, stated.Observed, got.Outcome, got.Observed)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.Image)) {
		if f := findings[id]; f.Outcome != setting.Pass {
			return nil, untrustedf("the image: %s: %s", id, f.Reason)
		}
	}
	return s, nil
}

func checkSums(ctx context.Context, s *Shown) error {
	stated, err := readSums(s.Dir)
	if err != nil {
		return err
	}
	for _, name := range []string{ImageFile, PlanFile, ProvenanceFile, ManifestFile, JUnitFile} {
		if stated[name] == "" {
			return untrustedf("%s does not name %s", SumsFile, name)
		}
		got, err := hashFile(ctx, filepath.Join(s.Dir, name))
		if err != nil {
			return fmt.Errorf("check sums: %w", err)
		}
		if got != stated[name] {
			return untrustedf("%s has SHA-256 %s, %s states %s", name, got, SumsFile, stated[name])
		}
	}
	if stated[PlanFile] != s.Manifest.RecipeDigest {
		return untrustedf("%s has SHA-256 %s, the manifest's recipe digest is %s", PlanFile, stated[PlanFile], s.Manifest.RecipeDigest)
	}
	for _, out := range s.Manifest.Outputs {
		if out.Name == ImageFile {
			if out.SHA256 != stated[ImageFile] {
				return untrustedf("%s has SHA-256 %s, the manifest states %s", ImageFile, stated[ImageFile], out.SHA256)
			}
			return nil
		}
	}
	return untrustedf("%w", errNoImage)
}
