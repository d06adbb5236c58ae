package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// staging is a folder beside the final one, in which a release is written before it gets its name. Folders of builds that were killed
// keep their ".partial-" name, are never taken for a release, and go when the same image is built again (see partial.go).
type staging struct {
	dir   string
	final string
	mark  *mark
	made  []string // folders above dir that were not there before, innermost first
}

// stage makes the folder <out>/<name>/.partial-<version>-<random>.
func stage(out, name, version string) (*staging, error) {
	parent := filepath.Join(out, name)
	made := missing(parent)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("make output folder: %w", err)
	}
	removeAbandoned(parent)
	dir, err := os.MkdirTemp(parent, partialPrefix+version+"-")
	for try := 0; try < 10 && errors.Is(err, fs.ErrNotExist); try++ { // a build beside this one has failed, and taken its folders away
		if err = os.MkdirAll(parent, 0o755); err == nil {
			dir, err = os.MkdirTemp(parent, partialPrefix+version+"-")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("make output folder: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, errors.Join(fmt.Errorf("make output folder: %w", err), os.RemoveAll(dir))
	}
	return &staging{dir: dir, final: filepath.Join(parent, version), mark: markInUse(dir), made: made}, nil
}

// missing lists the folders of a path that are not there, innermost first.
func missing(dir string) []string {
	var list []string
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		list = append(list, dir)
	}
	return list
}

func (s *staging) path(name string) string { return filepath.Join(s.dir, name) }

func (s *staging) write(name string, data []byte) error {
	f, err := os.OpenFile(s.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// discard removes what was written; after publish it does nothing.
func (s *staging) discard() error {
	if s.dir == "" {
		return nil
	}
	dir := s.dir
	s.dir = ""
	s.mark.remove()
	err := removeAll(dir)
	for _, above := range s.made {
		_ = os.Remove(above) // succeeds where nothing else stands in it
	}
	return err
}

// published says what publish did.
type published int

const (
	publishedNew published = iota
	publishedSame
	publishedReplaced
)

// publish gives the release its final name, whole or not at all. Where that name is taken by the same bytes, those stay. Other bytes
// give way only where they never were a release.
func (s *staging) publish(version string) (published, error) {
	s.mark.remove() // no part of the release
	// First the rename, then the question whether the name is taken: another build may take it in between.
	err := s.rename()
	if s.dir == "" {
		return publishedNew, err
	}
	if _, missing := os.Lstat(s.final); missing != nil {
		return 0, err
	}
	same, err := sameRelease(s.final, s.dir)
	if err != nil {
		return 0, fmt.Errorf("compare with %s: %w", s.final, err)
	}
	if same {
		return publishedSame, s.discard()
	}
	if !replaceable(s.final, version) {
		return 0, taken(s.final)
	}
	old := s.dir + "-old"
	if err := os.Rename(s.final, old); err != nil {
		return 0, fmt.Errorf("publish: %w", err)
	}
	if err := s.rename(); err != nil {
		return 0, errors.Join(err, os.Rename(old, s.final))
	}
	return publishedReplaced, removeAll(old)
}

func (s *staging) rename() error {
	if err := os.Rename(s.dir, s.final); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	s.dir = ""
	return syncDir(filepath.Dir(s.final))
}

// taken says that a release stands in the way.
func taken(dir string) error {
	return fmt.Errorf("%s holds other bytes already, and a released version never changes\nhint: raise version in the image profile, or build into another folder with --out", dir)
}

// sameRelease compares what a release is: its sums name all bytes that matter. Where the profiles' lines stand (provenance) is none of
// them, so that a comment never makes another release. A folder whose files no longer match its own sums is not the same as anything.
func sameRelease(a, b string) (bool, error) {
	sumsA, err := readSums(a)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sumsB, err := readSums(b)
	if err != nil {
		return false, err
	}
	whole := maps.Clone(sumsA)
	delete(sumsA, ProvenanceFile)
	delete(sumsB, ProvenanceFile)
	if !maps.Equal(sumsA, sumsB) {
		return false, nil
	}
	for name, want := range whole {
		got, err := hashFile(context.Background(), filepath.Join(a, name))
		if errors.Is(err, fs.ErrNotExist) || err == nil && got != want {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// readSums reads SHA256SUMS of a folder: sums by name of file.
func readSums(dir string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, SumsFile))
	if err != nil {
		return nil, fmt.Errorf("read sums: %w", err)
	}
	sums := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		sums[strings.TrimLeft(name, " *")] = sum // " name" for text, "*name" for binary, as sha256sum writes them
	}
	return sums, nil
}

// isPrerelease reports whether a semver has a pre-release part; what is no semver counts as released.
func isPrerelease(version string) bool {
	v, err := semver.StrictNewVersion(version)
	return err == nil && v.Prerelease() != ""
}

// WriteFileAtomic writes data beside path and renames it into place, so that path never holds half of it.
func WriteFileAtomic(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".partial-"+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
