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

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
)

// staging is a folder beside the final one, in which a release is written before it gets its name. What builds that were killed leave is
// never taken for a release, and goes when the same image is built again (see package partial).
type staging struct {
	dir   string
	final string
	claim *partial.Claim
	made  []string // folders above dir that were not there before, innermost first
}

// stage makes the folder <out>/<name>/.partial-<version>-<random>.
func stage(out, name, version string) (*staging, error) {
	parent := filepath.Join(out, name)
	made := missing(parent)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		removeEmpty(made)
		return nil, fmt.Errorf("make output folder: %w", err)
	}
	partial.RemoveAbandoned(parent)
	claim, err := partial.Dir(parent, version)
	for try := 0; try < 10 && errors.Is(err, fs.ErrNotExist); try++ { // a build beside this one has failed, and taken its folders away
		if err = os.MkdirAll(parent, 0o755); err == nil {
			claim, err = partial.Dir(parent, version)
		}
	}
	if err != nil {
		removeEmpty(made)
		return nil, fmt.Errorf("make output folder: %w", err)
	}
	s := &staging{dir: claim.Path(), final: filepath.Join(parent, version), claim: claim, made: made}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return nil, fmt.Errorf("make output folder: %w", errors.Join(err, s.discard()))
	}
	return s, nil
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

// removeEmpty removes folders in which nothing stands, and leaves the others.
func removeEmpty(dirs []string) {
	for _, dir := range dirs {
		_ = os.Remove(dir)
	}
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

// discard removes what was written; after publish it does nothing. It is for the end of every build.
func (s *staging) discard() error {
	if s.claim == nil {
		return nil
	}
	claim := s.claim
	s.dir, s.claim = "", nil
	err := claim.Release()
	removeEmpty(s.made)
	if err != nil {
		return classed{ErrLeft, err}
	}
	return nil
}

// abandon is discard at the end of a build that failed with err, or with nil: why it failed comes first.
func (s *staging) abandon(err error) error {
	left := s.discard()
	if err == nil || errors.Is(err, context.Canceled) { // else a hint stands at the end of it
		return errors.Join(err, left)
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
	if err := syncDir(s.dir); err != nil {
		return 0, err
	}
	// First the rename, then the question whether the name is taken: another build may take it in between.
	renameErr := os.Rename(s.dir, s.final)
	if renameErr == nil {
		return publishedNew, s.settle()
	}
	if _, missing := os.Lstat(s.final); missing != nil {
		return 0, fmt.Errorf("publish: %w", renameErr)
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
	if err := s.replace(version); err != nil {
		return 0, err
	}
	return publishedReplaced, s.settle()
}

// replace puts the release in the place of another. Where the file system can exchange two names the final one is never without a release;
// elsewhere a build that is killed in between leaves none, and the next one makes it.
func (s *staging) replace(version string) error {
	if err := partial.Exchange(s.dir, s.final); err == nil {
		if !replaceable(s.dir, version) { // another build was faster, with a release
			return errors.Join(taken(s.final), partial.Exchange(s.dir, s.final))
		}
		return nil
	}
	if err := os.Rename(s.final, s.claim.Old()); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := os.Rename(s.dir, s.final); err != nil {
		return errors.Join(fmt.Errorf("publish: %w", err), os.Rename(s.claim.Old(), s.final))
	}
	return nil
}

// settle makes the release survive a loss of power, and removes what it has taken the place of. The release is whole by now: what fails
// here is told, and leaves it.
func (s *staging) settle() error {
	err := syncDir(filepath.Dir(s.final))
	for _, above := range s.made {
		if serr := syncDir(filepath.Dir(above)); !errors.Is(serr, fs.ErrPermission) { // one may write into folders that one may not read
			err = errors.Join(err, serr)
		}
	}
	return errors.Join(err, s.discard())
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
func WriteFileAtomic(path string, data []byte) error { return partial.WriteFile(path, data) }
