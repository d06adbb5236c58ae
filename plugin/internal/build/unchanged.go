package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
)

// settled is how long a base must have stood still before its identity counts: some file systems note times to two seconds only, and a
// change within that step would go unseen.
const settled = 2 * time.Second

// maxRecord bounds what is read of a build record, in bytes.
const maxRecord = 16 << 20

// kept is what the record says for the builds that come after; nil where base or image do not stand still.
func (j *job) kept(image string) *manifest.Kept {
	base, err := identify(j.base.medium.Disk())
	if err != nil || base != j.base.who {
		return nil
	}
	changed, err := time.Parse(time.RFC3339Nano, base.Changed)
	if err != nil || changed.Add(settled).After(j.times.begun) {
		return nil
	}
	k := &manifest.Kept{Base: base, BaseImage: j.selected}
	if k.Image, err = identityOf(image); err != nil || k.Image.Size != j.written.Size {
		return nil
	}
	if k.Program, err = program(); err != nil {
		return nil
	}
	return k
}

func identityOf(path string) (manifest.FileIdentity, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return manifest.FileIdentity{}, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return manifest.FileIdentity{}, err
	}
	defer f.Close()
	return identify(f)
}

// program is the digest of the running program: another version may find, or write, something else.
func program() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return hashFile(context.Background(), path)
}

// unchanged returns the release that stands in the output folder where a build would make the same one again, nil where that is not
// known. Everything but base and image is read and compared; of these two the identities in the build record must be those of today. Any
// doubt, and any error, is a reason to build: the build tells what is wrong.
func (p *Project) unchanged(l *lock.Lock) *Result {
	dir := p.Directory()
	r, err := readRecord(filepath.Join(dir, RecordFile))
	if err != nil || r.Kept == nil || r.Kept.BaseImage != p.baseImage(l) {
		return nil
	}
	if who, err := identityOf(p.Inputs.Base); err != nil || who != r.Kept.Base {
		return nil
	}
	if who, err := identityOf(filepath.Join(dir, ImageFile)); err != nil || who != r.Kept.Image {
		return nil
	}
	if same, err := program(); err != nil || same != r.Kept.Program {
		return nil
	}
	m, err := ownManifest(filepath.Join(dir, ManifestFile), r.ManifestDigest)
	if err != nil || !p.madeBy(m, l, r.Kept) || !p.wholeBut(dir, ImageFile, m) {
		return nil
	}
	return resultOf(m, r.ManifestDigest, dir)
}

// ownManifest reads a manifest that this very program has made, and therefore checked: its bytes are those, or it is none.
func ownManifest(path, digest string) (*manifest.Manifest, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxDocument {
		return nil, fmt.Errorf("%s is no manifest", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if canonical.Digest(data) != digest {
		return nil, fmt.Errorf("%s is another manifest", path)
	}
	m := new(manifest.Manifest)
	return m, json.Unmarshal(data, m)
}

// madeBy reports whether a manifest is the one that this project would give, as far as it does not come from the files' content.
func (p *Project) madeBy(m *manifest.Manifest, l *lock.Lock, k *manifest.Kept) bool {
	if m.RecipeDigest != p.Composed.Digest || m.Base.File.Size != k.Base.Size || m.Release != p.locks(l, m.Base) || !m.Release && !p.Inputs.AcceptBase {
		return false
	}
	want, err := canonical.Marshal([]any{sortedExceptions(p), recorded(p.Conflicts), p.statedAgent()})
	if err != nil {
		return false
	}
	got, err := canonical.Marshal([]any{m.Exceptions, m.Conflicts, m.Agent})
	return err == nil && bytes.Equal(want, got)
}

func sortedExceptions(p *Project) []manifest.Exception {
	list := append([]manifest.Exception{}, exceptionsOf(p.Resolved.Request.Exceptions)...)
	slices.SortStableFunc(list, func(a, b manifest.Exception) int { return bytes.Compare([]byte(a.Setting), []byte(b.Setting)) })
	return list
}

// locks reports whether the lock names the base of a manifest.
func (p *Project) locks(l *lock.Lock, b manifest.Base) bool {
	if l == nil || b.Name != p.Composed.Plan.Base.Name {
		return false
	}
	known, ok := l.Accepts(b.Name, b.File.SHA256)
	return ok && known.Image == fmt.Sprint(b.Index)
}

// wholeBut compares the files of a release with its sums, but for one, whose sum must be the one that the manifest states.
func (p *Project) wholeBut(dir, spared string, m *manifest.Manifest) bool {
	sums, err := readSums(dir)
	if err != nil || len(m.Outputs) != 1 || m.Outputs[0].Name != spared || sums[spared] != m.Outputs[0].SHA256 || sums[PlanFile] != p.Composed.Digest {
		return false
	}
	names := []string{ImageFile, PlanFile, ProvenanceFile, ManifestFile, JUnitFile}
	for _, name := range names {
		if name == spared {
			continue
		}
		if got, err := hashFile(context.Background(), filepath.Join(dir, name)); err != nil || got != sums[name] {
			return false
		}
	}
	return len(sums) == len(names)
}

// resultOf is the result of the build that made a release.
func resultOf(m *manifest.Manifest, digest, dir string) *Result {
	return &Result{
		Name: m.Image.Name, Version: m.Image.Version, Dir: dir, Files: releaseFiles(dir), Manifest: filepath.Join(dir, ManifestFile),
		RecipeDigest: m.RecipeDigest, ImageSHA256: m.Outputs[0].SHA256, ManifestDigest: digest, Release: m.Release,
		Platform: m.Platform, Statement: m.Statement, Agent: m.Agent, Unchanged: true, Summary: m.Summary, Findings: m.Findings,
	}
}

func readRecord(path string) (manifest.BuildRecord, error) {
	info, err := os.Stat(path)
	if err != nil {
		return manifest.BuildRecord{}, err
	}
	if info.Size() > maxRecord || !info.Mode().IsRegular() {
		return manifest.BuildRecord{}, fmt.Errorf("%s is no build record", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return manifest.BuildRecord{}, err
	}
	return manifest.ParseBuildRecord(data)
}
