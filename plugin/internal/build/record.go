package build

import (
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// timeline notes how long each step of a build takes.
type timeline struct {
	clock func() time.Time
	begun time.Time
	last  time.Time
	steps []manifest.Duration
}

func newTimeline(clock func() time.Time) *timeline {
	now := clock()
	return &timeline{clock: clock, begun: now, last: now}
}

// done ends the step that has run since the last call.
func (t *timeline) done(step string) {
	now := t.clock()
	t.steps = append(t.steps, manifest.Duration{Step: step, Milliseconds: now.Sub(t.last).Milliseconds()})
	t.last = now
}

// newRecord is a record with what is known of every run.
func newRecord(t *timeline, tool string) manifest.BuildRecord {
	return manifest.BuildRecord{
		Started: t.begun.UTC().Format(time.RFC3339), Finished: t.clock().UTC().Format(time.RFC3339), Durations: t.steps,
		Tool: manifest.Tool{Name: "wmclient", Version: tool, Go: runtime.Version()},
		Host: manifest.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU()},
	}
}

// writeRecord writes what differs between runs. It is not among the sums: two builds with equal sums are equal.
func (j *job) writeRecord(manifestDigest string) error {
	data, err := j.record(manifestDigest, j.staging.path(ImageFile))
	if err != nil {
		return err
	}
	return j.staging.write(RecordFile, data)
}

// renewRecord makes the release that stood there already, and was compared byte for byte, known by today's files. All else in its record
// stays: it is of the build that made it. A folder that cannot be written to stays as it is, and only the next build takes longer.
func (j *job) renewRecord(dir string) {
	path := filepath.Join(dir, RecordFile)
	k := j.kept(filepath.Join(dir, ImageFile))
	old, err := readRecord(path)
	if err != nil || k == nil || old.Kept != nil && *old.Kept == *k {
		return
	}
	old.Kept = k
	if data, err := old.Bytes(); err == nil {
		_ = WriteFileAtomic(path, data)
	}
}

func (j *job) record(manifestDigest, image string) ([]byte, error) {
	r := newRecord(j.times, j.Inputs.Tool)
	r.ManifestDigest, r.BasePath, r.ImagePath, r.AcceptedBase = manifestDigest, j.base.path, j.Inputs.Image, !j.released
	r.Ops = manifest.OpCounts{Changed: j.applied.Count(apply.Changed), Already: j.applied.Count(apply.Already), Skipped: j.applied.Count(apply.Skipped)}
	r.Warnings, r.Kept = j.notes, j.kept(image)
	if j.lock != nil {
		r.LockPath, r.LockDigest = j.LockPath, canonical.Digest(j.lock.Bytes())
	}
	data, err := r.Bytes()
	if err != nil {
		return nil, fmt.Errorf("write build record: %w", err)
	}
	return data, nil
}

// replaceable reports whether what stands in dir may give way to other bytes, since nobody can have taken it for a release: a
// pre-release, a build on a base that the lock did not name, and one whose findings failed. What cannot be read is not replaced.
func replaceable(dir, version string) bool {
	if isPrerelease(version) {
		return true
	}
	m, _, err := readManifest(filepath.Join(dir, ManifestFile))
	return err == nil && (!m.Release || validate.Failed(m.Summary, validate.Gate{AllowUnobservable: true}))
}
