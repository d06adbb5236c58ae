package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/Masterminds/semver/v3"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/delta"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// maxDocument bounds a manifest or report in a delta, in bytes.
const maxDocument = 256 << 20

// folderForm is what the name of an image can be; a delta comes from elsewhere, and the name becomes a folder.
var folderForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ApplyDelta makes the release that a delta describes, from the base that it names, into in.Out: the same bytes as the build that it comes
// from. Of in it looks at Base, Out, Clock and Tool. The image gets its name only where base and output have the digests that the delta
// states: ErrNotTrusted else. Where findings gate, the release stands and the error is ErrFindings beside a result.
func ApplyDelta(ctx context.Context, path string, in Inputs, sink Sink) (result *Result, err error) {
	if err := checkFolder(in.Out); err != nil {
		return nil, err
	}
	f, d, err := openDelta(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a := &application{path: path, in: in, sink: sink, delta: d, times: newTimeline(in.Clock)}
	if err := a.read(); err != nil {
		return nil, untrustedf("delta %s: %w\nhint: take it anew from where it came from", path, err)
	}
	if d.Header.EngineFormat != plan.EngineFormat {
		return nil, usagef("delta %s is for engine format %d, this program has %d\nhint: use the version of wmclient that made it", path, d.Header.EngineFormat, plan.EngineFormat)
	}
	if err := expired(terms(exceptionsIn(a.manifest), a.manifest.Plan, nil), in.Clock()); err != nil {
		return nil, err
	}
	if in.Base == "" {
		return nil, usagef("the base is missing\nhint: give with --base the file that the delta names: SHA-256 %s", d.Header.Base.SHA256)
	}
	if a.base, err = openWIM(in.Base, strconv.Itoa(d.Header.Base.Image), nil); err != nil {
		return nil, err
	}
	defer a.base.close()
	if a.base.size != d.Header.Base.Size {
		return nil, untrustedf("%s is not the base of delta %s: it has %d bytes instead of %d\nhint: give the file with SHA-256 %s", in.Base, path, a.base.size, d.Header.Base.Size, d.Header.Base.SHA256)
	}
	if a.staging, err = stage(in.Out, a.manifest.Image.Name, a.manifest.Image.Version); err != nil {
		return nil, noRoom(err)
	}
	defer func() { err = a.staging.abandon(err) }()
	result, err = a.run(ctx)
	return result, noRoom(damaged(err))
}

func openDelta(path string) (*os.File, *delta.Delta, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, usagef("%s does not exist\nhint: give a delta as wmclient delta make wrote it", path)
	}
	if err != nil {
		return nil, nil, usagef("open delta: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, usagef("%s is no regular file\nhint: give a delta as wmclient delta make wrote it", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, usagef("open delta: %w", err)
	}
	d, err := delta.Open(f, info.Size())
	if err != nil {
		return nil, nil, errors.Join(untrustedf("%s: %w\nhint: take it anew from where it came from", path, err), f.Close())
	}
	return f, d, nil
}

// application is one delta under way.
type application struct {
	path     string
	in       Inputs
	sink     Sink
	delta    *delta.Delta
	manifest *manifest.Manifest
	docs     []document
	digest   string // of the manifest
	base     *opened
	staging  *staging
	times    *timeline
}

// read reads the documents and holds them against the header.
func (a *application) read() error {
	h := a.delta.Header
	for _, name := range []string{PlanFile, ProvenanceFile, ManifestFile, JUnitFile} {
		data, err := a.delta.Bytes(name, maxDocument)
		if err != nil {
			return err
		}
		a.docs = append(a.docs, document{name, data})
	}
	var err error
	if a.manifest, err = manifest.Parse(a.docs[2].data); err != nil {
		return err
	}
	m := a.manifest
	a.digest = canonical.Digest(a.docs[2].data)
	if _, err := semver.StrictNewVersion(m.Image.Version); err != nil || !folderForm.MatchString(m.Image.Name) || len(m.Image.Name) > 128 {
		return fmt.Errorf("an image cannot be called %q, version %q", m.Image.Name, m.Image.Version)
	}
	if len(m.Outputs) != 1 || m.Outputs[0].Name != ImageFile {
		return errNoImage
	}
	says := delta.Header{
		Schema: h.Schema, Image: m.Image.Name, Version: m.Image.Version, EngineFormat: m.EngineFormat,
		Base:   delta.Whole{SHA256: m.Base.File.SHA256, Size: m.Base.File.Size, Image: m.Base.Index},
		Output: delta.Whole{SHA256: m.Outputs[0].SHA256, Size: m.Outputs[0].Size, Image: 1},
	}
	if h.Image != says.Image || h.Version != says.Version || h.EngineFormat != says.EngineFormat || h.Base != says.Base || h.Output != says.Output {
		return errors.New("its header and its manifest speak of different things")
	}
	if canonical.Digest(a.docs[0].data) != m.RecipeDigest {
		return errors.New("its plan is not the one of its manifest")
	}
	return nil
}

func (a *application) run(ctx context.Context) (*Result, error) {
	a.times.done("read delta")
	w, err := a.make(ctx)
	if err != nil {
		return nil, err
	}
	a.times.done("write")
	h := a.delta.Header
	if got := w.base; got != h.Base.SHA256 {
		return nil, untrustedf("%s is not the base of delta %s: it is %s, the delta names %s", a.in.Base, a.path, got, h.Base.SHA256)
	}
	if got := w.output; got != h.Output.SHA256 {
		return nil, untrustedf("delta %s came to another image on its own base: %s instead of %s; nothing was kept\nhint: use the version of wmclient that made the delta, and report this", a.path, got, h.Output.SHA256)
	}
	if err := a.confirm(ctx); err != nil {
		return nil, err
	}
	a.times.done("validate")
	if err := a.staging.documents(a.docs, a.manifest.Outputs[0]); err != nil {
		return nil, err
	}
	if err := a.record(); err != nil {
		return nil, err
	}
	did, err := a.staging.publish(a.manifest.Image.Version)
	if err != nil {
		return nil, err
	}
	r := resultOf(a.manifest, a.digest, a.staging.final)
	if r.Unchanged = did == publishedSame; r.Unchanged {
		a.sink.note("the same bytes stood in " + r.Dir + " already")
	}
	return tell(r, a.manifest.Plan, a.sink)
}

// sums are the digests of what was read and written.
type sums struct{ base, output string }

// make writes the image. What the delta says of itself counts for nothing here.
func (a *application) make(ctx context.Context) (s sums, err error) {
	out, err := os.OpenFile(a.staging.path(ImageFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return s, fmt.Errorf("write image: %w", err)
	}
	defer func() {
		if cerr := out.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("write image: %w", cerr)
		}
	}()
	copied, err := a.base.wim.Begin(ctx, out)
	if err != nil {
		return s, fmt.Errorf("write image: %w", err)
	}
	defer copied.Stop()
	r := recipe{a.manifest.Plan, a.manifest.RecipeDigest, func(sha256 string) (io.ReadCloser, error) {
		c, ok := a.delta.Open(delta.ContentName(sha256))
		if !ok {
			return nil, fmt.Errorf("content %s, which the plan puts into the image, is not in the delta: %w", sha256, fs.ErrNotExist)
		}
		return c, nil
	}, nil}
	if stated := a.manifest.Agent; stated != nil {
		if r.agent, err = agentAs(*stated, func() (io.ReadCloser, error) { return r.contents(stated.SHA256) }); err != nil {
			return s, untrustedf("delta %s: %w", a.path, err)
		}
	}
	editor, _, _, err := r.on(ctx, a.base, a.sink)
	if err != nil {
		return s, err
	}
	const step = "writing " + ImageFile
	a.sink.step(step)
	written, err := editor.Finish(copied, a.sink.progress(step))
	if err == nil && written.Cloned {
		err = a.base.steady()
	}
	if err != nil {
		return s, fmt.Errorf("write image: %w", err)
	}
	return sums{written.BaseSHA256.String(), written.SHA256.String()}, nil
}

func (a *application) record() error {
	r := newRecord(a.times, a.in.Tool)
	r.ManifestDigest, r.BasePath, r.ImagePath, r.AcceptedBase = a.digest, a.base.path, filepath.Clean(a.path), !a.manifest.Release
	data, err := r.Bytes()
	if err != nil {
		return fmt.Errorf("write build record: %w", err)
	}
	return a.staging.write(RecordFile, data)
}
