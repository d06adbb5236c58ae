package build_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
)

// A living process's work is told and never touched; what another has left goes, also from the folder that rebuilds work in.
func TestDoctorTouchesNothingInUse(t *testing.T) {
	place, work := t.TempDir(), t.TempDir()
	live, err := partial.Dir(place, "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := live.Release(); err != nil {
			t.Error(err)
		}
	}()
	rebuild, err := partial.Dir(work, "rebuild")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{live.Path(), rebuild.Path()} {
		if err := os.WriteFile(filepath.Join(dir, build.ImageFile), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(work, ".partial-of-something-else-1")
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	look := func(clean bool) *build.Doctored {
		t.Helper()
		r, err := build.Doctor(context.Background(), build.DoctorInputs{Places: []string{place}, Work: work, Clean: clean}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, clean := range []bool{false, true} {
		r := look(clean)
		if d := cmp.Diff(map[build.Condition]int{build.InUse: 2}, r.Counts); d != "" || r.Cleaned != 0 {
			t.Errorf("%d cleaned, counts: %s", r.Cleaned, d)
		}
		for _, l := range r.Left {
			if l.Process != os.Getpid() || l.Bytes != 4 {
				t.Errorf("%+v", l)
			}
		}
	}
	if err := rebuild.Release(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(work, ".partial-rebuild-7")
	if err := errors.Join(os.Mkdir(left, 0o755), os.WriteFile(left+".lock", []byte("wmclient/partial/1 1\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if r := look(true); r.Cleaned != 1 || r.Counts[build.InUse] != 1 {
		t.Errorf("%+v", r)
	}
	if left := names(t, work); len(left) != 1 {
		t.Errorf("there stand %q", left)
	}
}

// What cannot be read is neither whole nor damaged, and no class of error.
func TestDoctorUnreadable(t *testing.T) {
	if os.Geteuid() == 0 || os.PathSeparator != '/' {
		t.Skip("root may read everything, and Windows has other permissions")
	}
	place := t.TempDir()
	if _, err := build.Release(place, "viewer", "1.0.0", files(t, "a", true, "pass")); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(place, "viewer", "1.0.0", build.ManifestFile)
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	r, err := build.Doctor(context.Background(), build.DoctorInputs{Places: []string{place}}, nil)
	if err == nil || errors.Is(err, build.ErrNotTrusted) || errors.Is(err, build.ErrFindings) || r.Counts[build.Unreadable] != 1 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestSystemFailed(t *testing.T) {
	open := func(err error) error { return &os.PathError{Op: "open", Path: "x", Err: err} }
	for _, err := range []error{open(syscall.EIO), open(syscall.ENOSPC), errors.Join(build.ErrUsage, open(syscall.EIO))} {
		if !build.SystemFailed(err) {
			t.Errorf("%v is the system's", err)
		}
	}
	for _, err := range []error{nil, errors.New("x"), os.ErrNotExist, open(syscall.ENOENT), open(syscall.EACCES), open(syscall.ENOTDIR), open(syscall.EISDIR), open(syscall.EINVAL)} {
		if build.SystemFailed(err) {
			t.Errorf("%v is the caller's to mend", err)
		}
	}
}
