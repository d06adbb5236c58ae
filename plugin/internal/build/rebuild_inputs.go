package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// noClock times nothing: a rebuild writes no record of the run.
func noClock() time.Time { return time.Time{} }

// compareInputs names everything that can be seen to differ before anything is built.
func (r *rebuild) compareInputs(ctx context.Context) error {
	if got := r.manifest.EngineFormat; got != plan.EngineFormat {
		r.differ(InputFormat, "", fmt.Sprint(got), fmt.Sprint(plan.EngineFormat))
	}
	steps := []func() error{
		func() error { return r.compareBeside(ctx) },
		r.compareBaseSize, r.compareContents, r.compareAgent, r.compareProfile, r.compareLock,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// compareBeside holds what was published with the manifest against it. What is not there is nothing that differs: a manifest and a base
// are enough.
func (r *rebuild) compareBeside(ctx context.Context) error {
	sums, err := readSums(r.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if stated := sums[ManifestFile]; stated != "" && stated != r.result.ManifestDigest {
		r.differ(InputManifest, SumsFile, stated, r.result.ManifestDigest)
	}
	for _, f := range []struct {
		file   string
		input  Input
		stated string
	}{{PlanFile, InputPlan, r.result.RecipeDigest}, {ImageFile, OutputFile, r.result.Stated}} {
		path := filepath.Join(r.dir, f.file)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		found, err := hashFile(ctx, path)
		if err != nil {
			return fmt.Errorf("compare with the manifest: %w", err)
		}
		if found != f.stated {
			r.differ(f.input, f.file, f.stated, found)
		}
	}
	const limit = 4 << 20
	path := filepath.Join(r.dir, RecordFile)
	if info, err := os.Stat(path); err != nil || info.Size() > limit {
		return nil //nolint:nilerr // nothing in a build record is needed to rebuild
	}
	if data, err := os.ReadFile(path); err == nil {
		if record, err := manifest.ParseBuildRecord(data); err == nil {
			r.record = &record
			if found := record.ManifestDigest; found != r.result.ManifestDigest {
				r.differ(InputManifest, RecordFile, r.result.ManifestDigest, found)
			}
		}
	}
	return nil
}

// compareBaseSize spares the reading of a base that cannot be the stated one. Its digest is taken while it is edited.
func (r *rebuild) compareBaseSize() error {
	info, err := os.Stat(r.in.Base)
	if err != nil {
		return usagef("read base: %w", err)
	}
	if !info.Mode().IsRegular() {
		return usagef("%s is no regular file\nhint: give the base that the manifest names with --base", r.in.Base)
	}
	size := info.Size()
	if m, err := medium.Open(r.in.Base); err == nil { // what keeps it from being opened is told when the base is
		size = m.Size()
		_ = m.Close() // read only: nothing can be lost
	}
	if stated := r.manifest.Base.File; stated.Size != size {
		r.differ(InputBase, "", fmt.Sprintf("%s, %d bytes", stated.SHA256, stated.Size), fmt.Sprintf("a file of %d bytes", size))
	}
	return nil
}

// compareProfile says in what a profile is not the one that the image was built from.
func (r *rebuild) compareProfile() error {
	if r.in.Profile == "" {
		return nil
	}
	p, err := Load(Inputs{Image: r.in.Profile, Lock: r.in.Lock, Epoch: r.in.Epoch})
	if err != nil {
		return err
	}
	if r.in.Lock == "" {
		r.in.Lock = p.LockPath
	}
	if l, err := readLock(r.in.Lock); err != nil {
		return err
	} else if l != nil {
		for _, m := range lock.Compare(l, p.Resolved) {
			input := InputLock
			if m.What == "module" {
				input = InputModule
			}
			if input == InputLock {
				m.Name = strings.TrimSpace(m.What + " " + m.Name)
			}
			r.differ(input, m.Name, "locked "+orNone(m.Old), orNone(m.New))
		}
	}
	if p.Composed.Digest == r.manifest.RecipeDigest {
		return nil
	}
	d, err := plan.Diff(r.manifest.Plan, p.Composed.Plan, p.Table)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		input Input
		list  []plan.FieldChange
	}{{InputModule, d.Modules}, {InputProduct, d.Products}, {InputProfile, append(d.Image, d.Base...)}} {
		for _, c := range part.list {
			r.differ(part.input, c.Name, c.Old, c.New)
		}
	}
	for _, list := range [][]plan.SettingChange{d.Added, d.Removed, d.Tightened, d.Loosened, d.Changed, d.Noted} {
		for _, c := range list {
			r.differ(InputProfile, c.ID, strings.Join(c.Old, "; "), strings.Join(c.New, "; "))
		}
	}
	r.differ(InputProfile, "plan", r.manifest.RecipeDigest, p.Composed.Digest)
	return nil
}

// compareLock holds a lock against the manifest: the base that it accepts, the versions that it pins, and the lock that the build record
// names.
func (r *rebuild) compareLock() error {
	if r.in.Lock == "" {
		return nil
	}
	l, err := readLock(r.in.Lock)
	if err != nil {
		return err
	}
	if l == nil {
		if r.in.Profile != "" {
			return nil // a profile without a lock: there is nothing to compare
		}
		return usagef("lock %s does not exist\nhint: give the lock that the build record names (lock_path), or leave --lock out", r.in.Lock)
	}
	m := r.manifest
	if l.EngineFormat != m.EngineFormat {
		r.differ(InputLock, "engine_format", fmt.Sprint(m.EngineFormat), fmt.Sprint(l.EngineFormat))
	}
	if _, ok := l.Accepts(m.Base.Name, m.Base.File.SHA256); !ok && m.Release {
		r.differ(InputLock, "base "+m.Base.Name, m.Base.File.SHA256, "other bases")
	}
	if stated := agentOf(m); !l.SameAgent(stated) {
		r.differ(InputLock, "agent", stated.String(), l.Agent.String())
	}
	pinned := make(map[string]string)
	for _, mod := range l.Modules {
		pinned[mod.Name] = mod.Version
	}
	for _, mod := range m.Plan.Modules {
		if pinned[mod.Name] != mod.Version {
			r.differ(InputLock, "module "+mod.Name, mod.Version, pinned[mod.Name])
		}
	}
	if r.record != nil && r.record.LockDigest != "" {
		if found := canonical.Digest(l.Bytes()); found != r.record.LockDigest {
			r.differ(InputLock, RecordFile, r.record.LockDigest, found)
		}
	}
	return nil
}

// nameFiles says which files of the image differ.
func (r *rebuild) nameFiles(found []manifest.Change) {
	sums := make(map[string]string)
	for _, c := range found {
		sums[c.Path] = c.Action + " " + c.SHA256
	}
	for _, c := range r.manifest.Changes {
		if is := sums[c.Path]; is != c.Action+" "+c.SHA256 {
			r.differ(OutputImage, c.Path, c.Action+" "+c.SHA256, is)
		}
		delete(sums, c.Path)
	}
	for _, c := range found {
		if is, left := sums[c.Path]; left {
			r.differ(OutputImage, c.Path, "", is)
		}
	}
}

// nameFindings says which findings differ.
func (r *rebuild) nameFindings(found []setting.Finding) {
	byID := make(map[string]setting.Finding)
	for _, f := range found {
		byID[f.Setting] = f
	}
	text := func(f setting.Finding) []byte {
		b, err := canonical.Marshal(f)
		if err != nil {
			return []byte(err.Error())
		}
		return b
	}
	for _, f := range r.manifest.Findings {
		if is := text(byID[f.Setting]); !bytes.Equal(is, text(f)) {
			r.differ(InputManifest, "finding "+f.Setting, string(text(f)), string(is))
		}
	}
}

// nameTool says that another program built the image, where all that it was built from is the same and the bytes are not.
func (r *rebuild) nameTool() {
	here := fmt.Sprintf("wmclient %s, %s", r.in.Tool, runtime.Version())
	if r.record == nil {
		r.differ(InputTool, "", "nothing: there is no "+RecordFile+" beside the manifest", here)
		return
	}
	r.differ(InputTool, "", fmt.Sprintf("wmclient %s, %s, %s/%s", r.record.Tool.Version, r.record.Tool.Go, r.record.Host.OS, r.record.Host.Arch),
		fmt.Sprintf("%s, %s/%s", here, runtime.GOOS, runtime.GOARCH))
}
