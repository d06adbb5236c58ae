// Package lock reads, writes and compares lock files: which bases, modules and files an image was built from. A build with a lock that
// does not fit stops and names what moved. It refuses to lock the engine's version, which is provenance: what is locked is the number of
// the format in which it writes.
package lock

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// Lock is the content of a lock file.
type Lock struct {
	EngineFormat int
	Agent        *Agent // that the image carries; nil where it carries none
	Bases        []Base // several per name are fine: each was accepted
	Modules      []Module
	Files        []File
}

// Agent pins the agent that an image carries.
type Agent struct {
	Version string // as it says of itself
	SHA256  string // lower-case hex
	Size    int64  // bytes
}

// String is the agent for people.
func (a *Agent) String() string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("%s (sha256 %s)", a.Version, a.SHA256)
}

// SameAgent reports whether the lock names this agent, or none where it is nil. What an agent says of its version is not looked at.
func (l *Lock) SameAgent(a *Agent) bool {
	if l.Agent == nil || a == nil {
		return l.Agent == a
	}
	return l.Agent.SHA256 == a.SHA256 && l.Agent.Size == a.Size
}

// Base is a base WIM that was accepted, by digest.
type Base struct {
	Name      string // the base's name in the profiles
	SHA256    string // of the whole file, lower-case hex
	Size      int64  // bytes
	EditionID string
	Build     string // build.UBR
	Image     string // the image inside the WIM: its index, or its name
}

// Module pins a module.
type Module = profile.ModulePin

// File pins a file of the profile tree.
type File = profile.FilePin

// Path returns the lock file that belongs to an image file: x.hcl has x.lock.hcl. The ending may be typed in any case, as Windows takes it.
func Path(imageFile string) string {
	if n := len(imageFile) - len(".hcl"); n >= 0 && strings.EqualFold(imageFile[n:], ".hcl") {
		imageFile = imageFile[:n]
	}
	return imageFile + ".lock.hcl"
}

// New makes a lock of what was resolved, with the bases accepted.
func New(r *profile.Resolved, bases ...Base) *Lock {
	l := &Lock{EngineFormat: plan.EngineFormat, Bases: slices.Clone(bases), Modules: slices.Clone(r.Modules), Files: slices.Clone(r.Files)}
	l.sort()
	return l
}

// Accept adds a base unless one of the same name and digest is there, whose facts it then replaces.
func (l *Lock) Accept(b Base) {
	l.Bases = slices.DeleteFunc(l.Bases, func(o Base) bool { return o.Name == b.Name && o.SHA256 == b.SHA256 })
	l.Bases = append(l.Bases, b)
	l.sort()
}

// Accepts returns the locked base of that name and digest.
func (l *Lock) Accepts(name, sha256 string) (Base, bool) {
	i := slices.IndexFunc(l.Bases, func(b Base) bool { return b.Name == name && b.SHA256 == sha256 })
	if i < 0 {
		return Base{}, false
	}
	return l.Bases[i], true
}

func (l *Lock) sort() {
	slices.SortFunc(l.Bases, func(a, b Base) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.SHA256, b.SHA256))
	})
	slices.SortFunc(l.Modules, func(a, b Module) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(l.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

// Bytes is the lock file's text; the same lock has the same bytes.
func (l *Lock) Bytes() []byte {
	sorted := Lock{l.EngineFormat, l.Agent, slices.Clone(l.Bases), slices.Clone(l.Modules), slices.Clone(l.Files)}
	sorted.sort()
	f := hclwrite.NewEmptyFile()
	body := f.Body()
	body.SetAttributeValue("engine_format", cty.NumberIntVal(int64(l.EngineFormat)))
	add := func(kind, label string, attrs ...string) *hclwrite.Body {
		body.AppendNewline()
		b := body.AppendNewBlock(kind, []string{label}).Body()
		for i := 0; i < len(attrs); i += 2 {
			b.SetAttributeValue(attrs[i], cty.StringVal(attrs[i+1]))
		}
		return b
	}
	if a := sorted.Agent; a != nil {
		body.AppendNewline()
		block := body.AppendNewBlock("agent", nil).Body()
		block.SetAttributeValue("version", cty.StringVal(a.Version))
		block.SetAttributeValue("sha256", cty.StringVal(a.SHA256))
		block.SetAttributeValue("size", cty.NumberIntVal(a.Size))
	}
	for _, b := range sorted.Bases {
		block := add("base", b.Name, "sha256", b.SHA256)
		block.SetAttributeValue("size", cty.NumberIntVal(b.Size))
		block.SetAttributeValue("edition_id", cty.StringVal(b.EditionID))
		block.SetAttributeValue("build", cty.StringVal(b.Build))
		block.SetAttributeValue("image", cty.StringVal(b.Image))
	}
	for _, m := range sorted.Modules {
		add("module", m.Name, "version", m.Version, "digest", m.Digest)
	}
	for _, file := range sorted.Files {
		add("file", file.Path, "sha256", file.SHA256)
	}
	header := "# Written by \"wmclient lock\". It pins what the image is built from; commit it, do not edit it.\n"
	return append([]byte(header), hclwrite.Format(f.Bytes())...)
}

// Read reads a lock file; a missing one is an error that wraps fs.ErrNotExist, a malformed one wraps hcl.Diagnostics.
func Read(path string) (*Lock, error) {
	src, err := readLimited(path)
	if err != nil {
		return nil, fmt.Errorf("read lock: %w", err)
	}
	l, diags := Parse(src, path)
	if diags.HasErrors() {
		return nil, fmt.Errorf("read lock: %w", diags)
	}
	return l, nil
}

// maxSize is far above any lock.
const maxSize = 4 << 20

func readLimited(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSize {
		return nil, fmt.Errorf("%q is not a file of at most %d bytes", path, maxSize)
	}
	return os.ReadFile(path)
}

// Write replaces the file at path with the lock, whole or not at all.
func (l *Lock) Write(path string) error {
	if err := partial.WriteFile(path, l.Bytes()); err != nil {
		return fmt.Errorf("write lock: %w", err)
	}
	return nil
}

// Moved is one thing that is not as the lock has it. Old or New is "" where it was not there.
type Moved struct {
	What string `json:"what"` // "engine format", "base", "module" or "file"
	Name string `json:"name,omitempty"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// String is the move for people: "module lock-screen: 1.0.0 (digest 12ab...) is now 1.1.0 (digest 34cd...)".
func (m Moved) String() string {
	name := m.What
	if m.Name != "" {
		name += " " + m.Name
	}
	switch {
	case m.Old == "":
		return fmt.Sprintf("%s: not in the lock, is now %s", name, m.New)
	case m.New == "":
		return fmt.Sprintf("%s: %s in the lock, no longer used", name, m.Old)
	}
	return fmt.Sprintf("%s: %s in the lock, is now %s", name, m.Old, m.New)
}

// Compare lists what is not as the lock has it, sorted by What and Name; nothing means that the lock fits. That the lock has a base
// of the right name, edition and build is looked at here; which file is used as base is for Accepts.
func Compare(l *Lock, r *profile.Resolved) []Moved {
	var moved []Moved
	if l.EngineFormat != plan.EngineFormat {
		moved = append(moved, Moved{"engine format", "", strconv.Itoa(l.EngineFormat), strconv.Itoa(plan.EngineFormat)})
	}
	moved = append(moved, compareBase(l, r)...)
	oldModules, newModules := map[string]string{}, map[string]string{}
	for _, m := range l.Modules {
		oldModules[m.Name] = fmt.Sprintf("%s (digest %s)", m.Version, m.Digest)
	}
	for _, m := range r.Modules {
		newModules[m.Name] = fmt.Sprintf("%s (digest %s)", m.Version, m.Digest)
	}
	moved = append(moved, compareMaps("module", oldModules, newModules)...)
	oldFiles, newFiles := map[string]string{}, map[string]string{}
	for _, f := range l.Files {
		oldFiles[f.Path] = "sha256 " + f.SHA256
	}
	for _, f := range r.Files {
		newFiles[f.Path] = "sha256 " + f.SHA256
	}
	moved = append(moved, compareMaps("file", oldFiles, newFiles)...)
	slices.SortFunc(moved, func(a, b Moved) int {
		return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Name, b.Name), strings.Compare(a.Old, b.Old))
	})
	return moved
}

// compareBase takes the base's facts as the profile states them; a lock may accept several files for one base, all alike in this.
func compareBase(l *Lock, r *profile.Resolved) []Moved {
	want := r.Request.Base
	facts := fmt.Sprintf("%s %s", want.EditionID, want.Build)
	var moved []Moved
	found := false
	for _, b := range l.Bases {
		if b.Name != want.Name {
			moved = append(moved, Moved{"base", b.Name, fmt.Sprintf("%s %s", b.EditionID, b.Build), ""})
			continue
		}
		found = true
		if old := fmt.Sprintf("%s %s", b.EditionID, b.Build); old != facts {
			moved = append(moved, Moved{"base", b.Name, old, facts})
		}
	}
	if !found {
		moved = append(moved, Moved{"base", want.Name, "", facts})
	}
	return moved
}

func compareMaps(what string, before, now map[string]string) []Moved {
	var moved []Moved
	for name, o := range before {
		if now[name] != o {
			moved = append(moved, Moved{what, name, o, now[name]})
		}
	}
	for name, n := range now {
		if _, ok := before[name]; !ok {
			moved = append(moved, Moved{what, name, "", n})
		}
	}
	return moved
}
