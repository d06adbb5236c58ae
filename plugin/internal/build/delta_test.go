package build_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
)

// deltaOf makes the delta of an image and says where it lies, and the release that a build makes of the same.
func deltaOf(t *testing.T, profile string) (path string, built *build.Result, in build.Inputs) {
	t.Helper()
	in = build.Inputs{Base: labBase(t), AcceptBase: true, Clock: func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }}
	in.Image, in.Out, in.Lock = profile, t.TempDir(), filepath.Join(t.TempDir(), "none")
	built, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	in.Out = t.TempDir()
	made, err := build.MakeDeltas(t.Context(), []string{profile}, in, nil)
	if err != nil || len(made) != 1 || made[0].ImageSHA256 != built.ImageSHA256 || made[0].ManifestDigest != built.ManifestDigest {
		t.Fatalf("%v\n%+v\n%+v", err, made, built)
	}
	left, err := os.ReadDir(in.Out)
	if err != nil || len(left) != 1 {
		t.Fatalf("%v: left behind: %v", err, left)
	}
	return made[0].Files[0], built, in
}

// A delta of the project's own image, with a file that the profiles bring, comes to the very release that a build makes.
func TestDeltaComesToTheSameRelease(t *testing.T) {
	path, built, in := deltaOf(t, "../../../profiles/images/radiology-viewer.hcl")
	in.Out = t.TempDir()
	r, err := build.ApplyDelta(t.Context(), path, in, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{build.ImageFile, build.PlanFile, build.ProvenanceFile, build.ManifestFile, build.JUnitFile, build.SumsFile} {
		want, err := os.ReadFile(filepath.Join(built.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(r.Dir, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs: %v", name, err)
		}
	}
	if again, err := build.ApplyDelta(t.Context(), path, in, nil); err != nil || !again.Unchanged {
		t.Errorf("applied again: %+v, %v", again, err)
	}
	if _, err := build.CheckRelease(t.Context(), r.Dir, nil); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 4<<20 {
		t.Errorf("the delta is no small file: %v, %v", info, err)
	}
}

func TestDeltaIsRefused(t *testing.T) {
	path, built, in := deltaOf(t, tiny(t))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte {
			if len(old) != len(new) || !bytes.Contains(b, []byte(old)) {
				t.Fatalf("the delta does not hold %q", old)
			}
			return bytes.Replace(b, []byte(old), []byte(new), 1)
		}
	}
	// stated is a delta whose header says something else, and holds together.
	stated := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte {
			first, rest, _ := bytes.Cut(b, []byte("\n"))
			words := strings.Fields(string(first))
			size, err := strconv.Atoi(words[len(words)-2])
			if err != nil {
				t.Fatal(err)
			}
			head := changed(old, new)(bytes.Clone(rest[:size]))
			line := strings.Join(append(words[:len(words)-1], canonical.Digest(head)), " ") + "\n"
			return slices.Concat([]byte(line), head, rest[size:])
		}
	}
	tests := map[string]struct {
		delta func([]byte) []byte
		base  func([]byte) []byte
		class error
		says  string
	}{
		"another image stated": {delta: func(b []byte) []byte {
			return lying(t, b, built, build.ManifestFile, func(m []byte) []byte {
				return bytes.ReplaceAll(m, []byte(built.ImageSHA256), []byte(strings.Repeat("0", 64)))
			})
		}, class: build.ErrNotTrusted, says: "came to another image"},
		"another finding stated": {delta: func(b []byte) []byte {
			return lying(t, b, built, build.ManifestFile, func(m []byte) []byte {
				return bytes.Replace(m, []byte(`"before":"absent"`), []byte(`"before":"dword:"`), 1)
			})
		}, class: build.ErrNotTrusted, says: "its manifest says of"},
		"another report": {delta: func(b []byte) []byte {
			return lying(t, b, built, build.JUnitFile, func(x []byte) []byte { return bytes.Replace(x, []byte("testcase"), []byte("tastcase"), 1) })
		}, class: build.ErrNotTrusted, says: "is not the one of these findings"},
		"another provenance": {delta: func(b []byte) []byte {
			return lying(t, b, built, build.ProvenanceFile, func(x []byte) []byte {
				return bytes.Replace(x, []byte(built.RecipeDigest), []byte(strings.Repeat("0", 64)), 1)
			})
		}, class: build.ErrNotTrusted, says: "is not that of its recipe"},
		"a header of another image":     {delta: stated(`"version":"1.0.0"}`, `"version":"9.0.0"}`), class: build.ErrNotTrusted, says: "speak of different things"},
		"a header of another base":      {delta: stated(`"image":2`, `"image":1`), class: build.ErrNotTrusted, says: "speak of different things"},
		"cut off in its first line":     {delta: func(b []byte) []byte { return b[:10] }, class: build.ErrNotTrusted, says: "take it anew"},
		"cut off in its header":         {delta: func(b []byte) []byte { return b[:300] }, class: build.ErrNotTrusted, says: "take it anew"},
		"cut off in its files":          {delta: func(b []byte) []byte { return b[:len(b)-1] }, class: build.ErrNotTrusted, says: "cut off"},
		"with more at its end":          {delta: func(b []byte) []byte { return append(b, 'x') }, class: build.ErrNotTrusted, says: "something follows"},
		"empty":                         {delta: func([]byte) []byte { return nil }, class: build.ErrNotTrusted, says: "take it anew"},
		"another version in its header": {delta: changed(`"version":"1.0.0"}`, `"version":"9.0.0"}`), class: build.ErrNotTrusted, says: "damaged"},
		"another plan":                  {delta: changed(`"name":"Level"`, `"name":"Lovel"`), class: build.ErrNotTrusted, says: "digest"},
		"another base of the same size": {base: func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, class: build.ErrNotTrusted, says: "is not the base of delta"},
		"a longer base":                 {base: func(b []byte) []byte { return append(b, 0) }, class: build.ErrNotTrusted, says: "instead of"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in, at := in, filepath.Join(t.TempDir(), "x"+build.DeltaSuffix)
			in.Out = t.TempDir()
			b := bytes.Clone(good)
			if tt.delta != nil {
				b = tt.delta(b)
			}
			if err := os.WriteFile(at, b, 0o644); err != nil {
				t.Fatal(err)
			}
			if tt.base != nil {
				in.Base = copyOf(t, in.Base)
				data, err := os.ReadFile(in.Base)
				if err == nil {
					err = os.WriteFile(in.Base, tt.base(data), 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			r, err := build.ApplyDelta(t.Context(), at, in, nil)
			if err == nil || !errors.Is(err, tt.class) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%+v, %v", r, err)
			}
			if left, err := os.ReadDir(in.Out); err != nil || len(left) != 0 {
				t.Errorf("%v: left behind: %v", err, left)
			}
		})
	}
	in.Clock = func() time.Time { return time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) }
	if _, err := build.ApplyDelta(t.Context(), path, in, nil); !errors.Is(err, build.ErrExpired) {
		t.Errorf("after its exception's end: %v", err)
	}
}

// lying is a delta that holds together, in which a document was changed: whatever states the old one's digest states the new one's.
func lying(t *testing.T, b []byte, built *build.Result, name string, change func([]byte) []byte) []byte {
	t.Helper()
	was, err := os.ReadFile(filepath.Join(built.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	now := change(bytes.Clone(was))
	if bytes.Equal(was, now) || len(was) != len(now) || !bytes.Contains(b, was) {
		t.Fatalf("%s: nothing was changed, or its size", name)
	}
	b = bytes.Replace(b, was, now, 1)
	first, rest, _ := bytes.Cut(b, []byte("\n"))
	words := strings.Fields(string(first))
	size, err := strconv.Atoi(words[len(words)-2])
	if err != nil {
		t.Fatal(err)
	}
	head := bytes.ReplaceAll(rest[:size], []byte(canonical.Digest(was)), []byte(canonical.Digest(now)))
	if name == build.ManifestFile { // the header repeats what the manifest says of the image
		head = bytes.ReplaceAll(head, []byte(built.ImageSHA256), imageIn(t, now))
	}
	line := strings.Join(append(words[:len(words)-1], canonical.Digest(head)), " ") + "\n"
	return slices.Concat([]byte(line), head, rest[size:])
}

// imageIn is the digest that a manifest states of its image.
func imageIn(t *testing.T, data []byte) []byte {
	t.Helper()
	m, err := manifest.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(m.Outputs[0].SHA256)
}

// Other bytes never take the place of a released version's delta; the same bytes are no error.
func TestDeltaStands(t *testing.T) {
	profile := tiny(t)
	_, _, in := deltaOf(t, profile)
	made, err := build.MakeDeltas(t.Context(), []string{profile}, in, nil)
	if err != nil || !made[0].Unchanged {
		t.Errorf("%+v, %v", made, err)
	}
	if _, err := build.MakeDeltas(t.Context(), []string{profile, filepath.Join(filepath.Dir(profile), "none.hcl")}, in, nil); !errors.Is(err, build.ErrUsage) {
		t.Errorf("a profile that is not there: %v", err)
	}
	if left, err := os.ReadDir(in.Out); err != nil || len(left) != 1 {
		t.Errorf("%v: left behind: %v", err, left)
	}
}
