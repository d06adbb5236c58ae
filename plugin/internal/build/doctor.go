package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
)

// DoctorInputs say where Doctor looks.
type DoctorInputs struct {
	Places []string // folders, looked at with all below them, or deltas
	Work   string   // folder in which rebuilds work, of which only their leavings are looked at; "" for none
	Clean  bool     // remove what is provably abandoned
}

// LeftKind says what Doctor has come upon.
type LeftKind string

// The kinds of things that Doctor knows.
const (
	LeftPartial LeftKind = "partial" // under way, or left by a run that was killed
	LeftLock    LeftKind = "lock"    // the lock file of such a thing, alone
	LeftRelease LeftKind = "release" // a folder with an image and its manifest
	LeftDelta   LeftKind = "delta"
)

// Condition says how a thing is.
type Condition string

// The conditions of things. What could not be read is Unreadable and never Whole.
const (
	Whole      Condition = "whole"
	InUse      Condition = "in-use"     // the program that works on it lives; never touched
	Abandoned  Condition = "abandoned"  // the program that worked on it was killed
	Unknown    Condition = "unknown"    // nobody can say whether somebody works on it; never touched
	Damaged    Condition = "damaged"    // its bytes are not those that it states; never touched
	Unreadable Condition = "unreadable" // the system gave an error
)

// Left is one thing that Doctor has come upon.
type Left struct {
	Path      string    `json:"path"`
	Kind      LeftKind  `json:"kind"`
	Condition Condition `json:"condition"`
	Detail    string    `json:"detail,omitempty"`  // why, and what to do
	Bytes     int64     `json:"bytes,omitempty"`   // that it takes
	Process   int       `json:"process,omitempty"` // that made it, where that is known
	Cleaned   bool      `json:"cleaned"`
}

// Doctored is what Doctor has found, in the order of paths.
type Doctored struct {
	Left    []Left            `json:"-"`
	Counts  map[Condition]int `json:"counts"`  // of things that still stand there
	Cleaned int               `json:"cleaned"` // things that were removed
	Freed   int64             `json:"freed"`   // bytes
}

// Doctor looks for what killed runs have left, and for releases and deltas that are not what they state. With Clean it removes what is
// provably abandoned, and nothing else. The error is ErrNotTrusted where something is damaged, ErrFindings where something is left, both
// beside a result; what could not be looked at is an error of no class.
func Doctor(ctx context.Context, in DoctorInputs, sink Sink) (*Doctored, error) {
	d := &doctor{ctx: ctx, sink: sink, clean: in.Clean, result: &Doctored{Counts: map[Condition]int{}}, seen: map[string]bool{}}
	for _, place := range in.Places {
		info, err := os.Stat(place)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, usagef("%s does not exist\nhint: give the folder that builds go to, or a delta", place)
		case err != nil:
			d.unreadable(place, LeftPartial, err)
		case info.IsDir():
			if err := d.folder(place); err != nil {
				return nil, err
			}
		case strings.HasSuffix(place, DeltaSuffix):
			d.delta(place)
		default:
			return nil, usagef("%s is no folder and no delta\nhint: give the folder that builds go to, or a delta", place)
		}
	}
	if in.Work != "" {
		d.partials(in.Work, partial.Prefix+"rebuild-")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sink.emit(Event{Type: EventResult, Data: d.result})
	return d.result, d.verdict(in.Places)
}

type doctor struct {
	ctx    context.Context //nolint:containedctx // it lives as long as one call
	sink   Sink
	clean  bool
	result *Doctored
	seen   map[string]bool // folders, so that none is told twice
}

// found notes a thing.
func (d *doctor) found(l Left) {
	d.result.Left = append(d.result.Left, l)
	if l.Cleaned {
		d.result.Cleaned++
		d.result.Freed += l.Bytes
	} else {
		d.result.Counts[l.Condition]++
	}
	d.sink.emit(Event{Type: EventLeft, Data: l})
}

func (d *doctor) unreadable(path string, kind LeftKind, err error) {
	d.found(Left{Path: path, Kind: kind, Condition: Unreadable, Detail: err.Error()})
}

// verdict is the error that says how it stands.
func (d *doctor) verdict(places []string) error {
	n := d.result.Counts
	if c := n[Unreadable]; c > 0 {
		return fmt.Errorf("%d of the things in %s could not be looked at", c, strings.Join(places, ", "))
	}
	if c := n[Damaged]; c > 0 {
		return untrustedf("damaged: %d\nhint: nothing is repaired and nothing damaged is removed: move it away, then build it, or take it from where it came from, anew", c)
	}
	if n[Abandoned] > 0 {
		return classed{ErrFindings, fmt.Errorf("left by runs that were killed: %d\nhint: wmclient doctor --clean %s", n[Abandoned], strings.Join(places, " "))}
	}
	if c := n[Unknown]; c > 0 {
		return classed{ErrFindings, fmt.Errorf("under way, or left, nobody can say: %d\nhint: remove it by hand when no wmclient runs", c)}
	}
	return nil
}

// folder looks at a folder and all below it. Links are not followed.
func (d *doctor) folder(root string) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if cerr := d.ctx.Err(); cerr != nil {
			return cerr
		}
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was whole, or removed, meanwhile
			return nil
		case err != nil:
			d.unreadable(path, LeftPartial, err)
			if e != nil && e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case strings.HasPrefix(e.Name(), partial.Prefix) && path != root: // told with its folder
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
			if abs, err := filepath.Abs(path); err == nil {
				if d.seen[abs] {
					return fs.SkipDir
				}
				d.seen[abs] = true
			}
			d.partials(path, partial.Prefix)
			if isRelease(path) {
				d.release(path)
				return fs.SkipDir
			}
		case strings.HasSuffix(path, DeltaSuffix) && e.Type().IsRegular():
			d.delta(path)
		}
		return nil
	})
}

// partials looks at what is under way in a folder, or was.
func (d *doctor) partials(dir, prefix string) {
	found, err := partial.Find(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			d.unreadable(dir, LeftPartial, err)
		}
		return
	}
	for _, p := range found {
		if !strings.HasPrefix(filepath.Base(p.Path), prefix) {
			continue
		}
		l := Left{Path: p.Path, Kind: LeftPartial, Condition: Condition(p.State), Process: p.Process, Bytes: sizeOf(p.Path) + sizeOf(p.Path+"-old")}
		if p.Missing {
			l.Kind, l.Path = LeftLock, p.Lock
		}
		switch p.State {
		case partial.InUse:
			l.Detail = "a living process works on it"
		case partial.Unknown:
			l.Detail = "it has no lock file of wmclient's that can be asked; remove it by hand when no wmclient runs"
		case partial.Abandoned:
			l.Detail = "the process that worked on it has ended"
			if d.clean {
				if l.Cleaned, err = p.Remove(); err != nil {
					l.Detail = "it could not be removed: " + err.Error()
					l.Condition = Unreadable
				}
			}
		}
		d.found(l)
	}
}

// sizeOf is how many bytes a file, or what stands in a folder, takes; 0 for what is not there.
func sizeOf(path string) (n int64) {
	_ = filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			if info, err := e.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// isRelease reports whether a folder has what only releases have: two of their files, whatever was lost of it.
func isRelease(dir string) bool {
	has := func(name string) bool {
		info, err := os.Lstat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular()
	}
	n := 0
	for _, name := range []string{RecordFile, ManifestFile, SumsFile, ImageFile} {
		if has(name) {
			n++
		}
	}
	return n > 1
}

// release holds a release against its manifest and sums, whole.
func (d *doctor) release(dir string) {
	d.sink.step("reading " + dir)
	l := Left{Path: dir, Kind: LeftRelease, Condition: Whole, Bytes: sizeOf(dir)}
	if err := d.checkWhole(dir); err != nil {
		l.Condition, l.Detail = conditionOf(err), reasonOf(err)
	}
	d.found(l)
}

func (d *doctor) checkWhole(dir string) error {
	s, err := Show(dir)
	if err != nil {
		return err
	}
	if err := checkSums(d.ctx, s); err != nil {
		return err
	}
	r, err := readRecord(filepath.Join(dir, RecordFile))
	if err != nil {
		return fmt.Errorf("the build record: %w", err)
	}
	if r.ManifestDigest != s.ManifestDigest {
		return untrustedf("the build record is of the manifest %s, the manifest is %s", r.ManifestDigest, s.ManifestDigest)
	}
	return nil
}

// conditionOf tells what is not as it should be from what could not be read. What is missing, or no form of this program's, is damaged.
func conditionOf(err error) Condition {
	if SystemFailed(err) || errors.Is(err, fs.ErrPermission) || errors.Is(err, context.Canceled) {
		return Unreadable
	}
	return Damaged
}

// reasonOf is an error's text without the way out, which is another one here.
func reasonOf(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\nhint: ")
	return text
}

// delta reads a delta whole: every file in it has the digest that its header states.
func (d *doctor) delta(path string) {
	d.sink.step("reading " + path)
	l := Left{Path: path, Kind: LeftDelta, Condition: Whole, Bytes: sizeOf(path)}
	if err := checkDelta(path); err != nil {
		l.Condition, l.Detail = conditionOf(err), reasonOf(err)
	}
	d.found(l)
}

func checkDelta(path string) error {
	f, opened, err := openDelta(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, name := range opened.Header.Files {
		r, ok := opened.Open(name.Name)
		if !ok {
			return fmt.Errorf("%s is not in it", name.Name)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return fmt.Errorf("%s: %w", name.Name, err)
		}
	}
	return (&application{path: path, delta: opened}).read()
}
