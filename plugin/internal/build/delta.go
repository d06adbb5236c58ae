package build

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/delta"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// DeltaSuffix ends the names of deltas.
const DeltaSuffix = ".wmdelta"

// MakeDeltas writes for each image profile the delta that ApplyDelta makes its release from, into in.Out as <name>-<version>.wmdelta. The
// images are edited, judged and hashed as Run would write them, but not written. in.Image is not looked at. Where findings gate, the delta
// stands and the error is ErrFindings beside the results.
func MakeDeltas(ctx context.Context, profiles []string, in Inputs, sink Sink) (done []*Result, err error) {
	if err := checkFolder(in.Out); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(in.Out, 0o755); err != nil {
		return nil, noRoom(fmt.Errorf("make output folder: %w", err))
	}
	partial.RemoveAbandoned(in.Out)
	ctx, cancel := context.WithCancel(ctx)
	m := &deltas{sink: sink, work: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1)), trees: trees{}, bases: map[baseKey]*opened{}}
	defer m.close() // after the goroutines below
	defer m.wait.Wait()
	defer cancel()
	m.wait.Go(func() { m.base, m.who, m.baseErr = hashWhole(ctx, in.Base) })
	for _, profile := range profiles {
		in.Image = profile
		if err := m.draft(ctx, in); err != nil {
			return nil, damaged(noRoom(err))
		}
	}
	sink.step("hashing what the images would be")
	m.wait.Wait()
	if m.baseErr != nil {
		return nil, fmt.Errorf("read base: %w", m.baseErr)
	}
	var gate error
	for _, d := range m.drafts {
		r, err := m.write(d)
		if err != nil {
			return nil, noRoom(err)
		}
		done = append(done, r)
		if _, err := tell(r, d.Composed.Plan, sink); err != nil {
			gate = errors.Join(gate, err)
		}
	}
	return done, gate
}

// deltas is one call of MakeDeltas.
type deltas struct {
	sink    Sink
	trees   trees
	bases   map[baseKey]*opened
	work    chan struct{} // one for each digest that may be computed at a time
	wait    sync.WaitGroup
	base    string
	who     manifest.FileIdentity // of the base that was hashed
	baseErr error
	drafts  []*drafted
}

// baseKey is what decides which image of the base file is edited.
type baseKey struct{ selected, edition string }

// open opens the image that a product is made from, once for all products that are made from it: its tables and what it says of itself
// are read once, and held in memory once.
func (m *deltas) open(path, selected string, want plan.Base) (*opened, error) {
	key := baseKey{selected, want.EditionID}
	if o := m.bases[key]; o != nil {
		return o, nil
	}
	o, err := openBaseFile(path, selected, want)
	if err == nil {
		m.bases[key] = o
	}
	return o, err
}

// drafted is an image that is edited and judged, and hashed when the group has been waited for.
type drafted struct {
	*job
	spool    *os.File
	claim    *partial.Claim
	findings []setting.Finding
	err      error
}

func (m *deltas) close() {
	for _, o := range m.bases {
		o.close()
	}
	for _, d := range m.drafts {
		_ = d.spool.Close()
		_ = d.claim.Release() // a spool that stays has a lock file that says so
	}
}

// draft edits and judges an image, and begins to hash it.
func (m *deltas) draft(ctx context.Context, in Inputs) error {
	m.sink.step("composing " + in.Image)
	p, err := m.trees.load(in)
	if err != nil {
		return err
	}
	locked, err := p.checkLock()
	if err == nil {
		err = expired(p.terms(), in.Clock())
	}
	if err != nil {
		return err
	}
	selected := p.baseImage(locked)
	base, err := m.open(in.Base, selected, p.Composed.Plan.Base)
	if err != nil {
		return err
	}
	claim, spool, err := partial.File(in.Out, "delta")
	if err != nil {
		return fmt.Errorf("make output folder: %w", err)
	}
	d := &drafted{job: &job{Project: p, lock: locked, base: base, selected: selected, sink: m.sink, times: newTimeline(in.Clock)}, spool: spool, claim: claim}
	m.drafts = append(m.drafts, d)
	for _, w := range p.Warnings {
		d.note(warning(w))
	}
	if err := trustSize(p, locked, base); err != nil {
		return err
	}
	draft, err := d.edited(ctx)
	if err != nil {
		return err
	}
	m.wait.Go(func() {
		m.work <- struct{}{}
		defer func() { <-m.work }()
		d.written, d.err = draft.Digest(ctx)
	})
	return nil
}

// edited applies the plan and judges what would be written.
func (d *drafted) edited(ctx context.Context) (*wim.Draft, error) {
	if err := d.base.isBase(d.Composed.Plan.Base); err != nil {
		return nil, err
	}
	editor, err := d.edit(ctx)
	if err != nil {
		return nil, err
	}
	draft, err := editor.Draft(ctx, d.spool)
	if err != nil {
		return nil, err
	}
	d.sink.step("validating " + d.Composed.Plan.Image.Name)
	d.findings, err = d.judge(ctx, draft, draft.Size())
	return draft, err
}

// write writes the delta under its final name.
func (m *deltas) write(d *drafted) (*Result, error) {
	if d.err != nil {
		return nil, fmt.Errorf("hash %s: %w", d.Composed.Plan.Image.Name, damaged(d.err))
	}
	sum, err := digestOf(m.base)
	if err != nil {
		return nil, err
	}
	// The images have read the base, and the hash has by itself: they must have read the same file, and nobody may have written to it.
	err = d.base.steady()
	if err == nil && d.base.who != m.who {
		err = fmt.Errorf("%s: %w", d.base.path, wim.ErrChanged)
	}
	if err != nil {
		return nil, err
	}
	d.written.BaseSHA256 = sum
	if d.released, err = d.trustBase(d.lock, d.base, m.base); err != nil {
		return nil, err
	}
	docs, r, err := d.documents(d.findings)
	if err != nil {
		return nil, err
	}
	h := delta.Header{
		Image: r.Name, Version: r.Version, EngineFormat: plan.EngineFormat,
		Base:   delta.Whole{SHA256: m.base, Size: d.base.size, Image: d.base.index},
		Output: delta.Whole{SHA256: r.ImageSHA256, Size: d.written.Size, Image: 1},
	}
	byName := map[string][]byte{}
	for _, doc := range docs {
		byName[doc.name] = doc.data
		h.Files = append(h.Files, delta.File{Name: doc.name, SHA256: canonical.Digest(doc.data), Size: int64(len(doc.data))})
	}
	for digest, size := range needed(d.Composed.Plan, d.agent) {
		h.Files = append(h.Files, delta.File{Name: delta.ContentName(digest), SHA256: digest, Size: size})
	}
	slices.SortFunc(h.Files, func(a, b delta.File) int { return strings.Compare(a.Name, b.Name) })
	contents := withAgent(d.contents(), d.agent)
	path := filepath.Join(d.Inputs.Out, r.Name+"-"+r.Version+DeltaSuffix)
	r.Unchanged, err = writeDelta(path, h, func(name string) (io.ReadCloser, error) {
		if data, ok := byName[name]; ok {
			return io.NopCloser(bytes.NewReader(data)), nil
		}
		return contents(strings.TrimPrefix(name, delta.ContentName("")))
	}, isPrerelease(r.Version) || !r.Release)
	r.Files, r.Dir = []string{path}, d.Inputs.Out
	return r, err
}

// needed are the contents that go into the image: size by digest. Those of later stages are among them where the image carries the agent.
func needed(p *plan.Plan, agent *agentfile.File) map[string]int64 {
	out := map[string]int64{}
	for _, s := range p.Ops {
		if s.Op.SHA256 != "" && (s.Op.Stage == setting.StageImage || carries(p)) {
			out[s.Op.SHA256] = s.Op.Size
		}
	}
	if agent != nil {
		out[agent.SHA256] = agent.Size
	}
	return out
}

// withAgent gives the agent's bytes too.
func withAgent(contents apply.Contents, agent *agentfile.File) apply.Contents {
	return func(sha256 string) (io.ReadCloser, error) {
		if agent != nil && sha256 == agent.SHA256 {
			return agent.Open()
		}
		return contents(sha256)
	}
}

// writeDelta writes beside the final name and renames. Where the same bytes stand there it says so; other bytes of a released version stay.
func writeDelta(path string, h delta.Header, open func(string) (io.ReadCloser, error), mayReplace bool) (same bool, err error) {
	claim, f, err := partial.File(filepath.Dir(path), "delta")
	if err != nil {
		return false, fmt.Errorf("write delta: %w", err)
	}
	defer func() {
		_ = f.Close() // twice is harmless
		err = errors.Join(err, claim.Release())
	}()
	if err := delta.Write(f, h, open); err != nil {
		return false, err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return false, fmt.Errorf("write delta: %w", err)
	}
	was, err := hashFile(context.Background(), path)
	if err == nil {
		now, err := hashFile(context.Background(), f.Name())
		if err != nil || was == now {
			return err == nil, err
		}
		if !mayReplace {
			return false, taken(path)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("write delta: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return false, fmt.Errorf("write delta: %w", err)
	}
	return false, syncDir(filepath.Dir(path))
}

func digestOf(text string) (d wim.Digest, err error) {
	if n, err := hex.Decode(d[:], []byte(text)); err != nil || n != len(d) {
		return d, fmt.Errorf("%q is no SHA-256", text)
	}
	return d, nil
}

// exceptionsIn are the deviations that a manifest states, for gates.
func exceptionsIn(m *manifest.Manifest) []plan.Exception {
	var out []plan.Exception
	for _, e := range m.Exceptions {
		out = append(out, plan.Exception{Setting: e.Setting, Owner: e.Owner, Expires: e.Expires})
	}
	return append(out, accepted(m)...)
}
