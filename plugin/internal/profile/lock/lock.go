// Package lock reads, writes and compares lock files: which bases, modules and files an image was built from. A build with a lock that
// does not fit stops and names what moved. The engine's version is provenance and not locked; its output format is.
package lock

import (
	"errors"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// Lock is the content of a lock file.
type Lock struct {
	EngineFormat int
	Bases        []Base // several per name are fine: each was accepted
	Modules      []Module
	Files        []File
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

// Moved is one thing that is not as the lock has it. Old or New is "" where it was not there.
type Moved struct {
	What string // "engine format", "base", "module" or "file"
	Name string
	Old  string
	New  string
}

// Path returns the lock file that belongs to an image file: x.hcl has x.lock.hcl.
func Path(imageFile string) string { return "" }

// New makes a lock of what was resolved, with the bases accepted.
func New(r *profile.Resolved, bases ...Base) *Lock { return nil }

// Parse reads a lock file's bytes; name is for messages.
func Parse(src []byte, name string) (*Lock, hcl.Diagnostics) {
	return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Not built yet"}}
}

// Read reads a lock file; a missing one is an error that wraps fs.ErrNotExist.
func Read(path string) (*Lock, error) { return nil, errors.New("not built yet") }

// Bytes is the lock file's text; the same lock has the same bytes.
func (l *Lock) Bytes() []byte { return nil }

// Write replaces the file at path with the lock, whole or not at all.
func (l *Lock) Write(path string) error { return errors.New("not built yet") }

// Accepts returns the locked base of that name and digest.
func (l *Lock) Accepts(name, sha256 string) (Base, bool) { return Base{}, false }

// Compare lists what is not as the lock has it, sorted; nothing means that the lock fits. Which base file is used is for Accepts.
func Compare(l *Lock, r *profile.Resolved) []Moved { return nil }
