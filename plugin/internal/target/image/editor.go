package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

var (
	_ apply.Target         = (*Editor)(nil)
	_ apply.RegistryWriter = (*Editor)(nil)
	_ apply.KeyChecker     = (*Editor)(nil)
	_ apply.PolicyWriter   = (*Editor)(nil)
	_ apply.FileWriter     = (*Editor)(nil)
)

// Options are the inputs of an edit beside the base and the ops.
type Options struct {
	Epoch time.Time // the time of everything that changes
	Seed  []byte    // enters the WIM's GUID, for example the recipe digest
}

// Editor collects changes to one image and writes the edited WIM. It tells which keys exist, for ops that need to know, but reads no
// values: findings come from an Image of the written file, never from what was meant.
//
// A changed hive is written anew with the sequence numbers that it had, which are equal: a hive where they differ is completed from its
// logs first and then has the number that follows the last entry, as after Windows' own recovery and one write, or is refused. The transaction logs beside it
// (.LOG1, .LOG2, TM.blf, .regtrans-ms) stay as they are: Windows looks at a log only where the hive's numbers differ, and when it next
// changes the hive it goes on from the hive's number, as it would have done before the edit. So stale logs, whose entries are all of
// that number or older, can neither undo the edit nor be mixed with later ones. This follows the published descriptions of the format;
// it was never tried on Windows. A dirty hive that nothing changes stays as it is, with its logs, for Windows to recover.
type Editor struct {
	base     *wim.Image
	edit     *wim.Editor
	hives    *hives
	changed  map[string]bool // hive files
	policies map[setting.PolicyScope]*policyEdit
	files    map[string]string   // folded path -> path as first written
	digests  map[wim.Hash]string // SHA-256 of what was put, by its name in the WIM
	epoch    regf.FileTime
	changes  []Change
	commit   bool
}

type policyEdit struct {
	pol     *regpol.File
	changed bool
}

// Edit begins to edit an image (1-based) of a WIM. The WIM is not changed by it.
func Edit(f *wim.File, index int, o Options) (*Editor, error) {
	img, err := f.Image(index)
	if err != nil {
		return nil, fmt.Errorf("edit image %d: %w", index, err)
	}
	opened, err := Open(img)
	if err != nil {
		return nil, err
	}
	return opened.Edit(f, index, o)
}

// Edit is as the function Edit for the image that i was opened on, which is image index of f. The hives that were read so far go over to the
// editor: a large one is read, and held in memory, once. What i is asked afterwards it reads from the base again, unchanged.
func (i *Image) Edit(f *wim.File, index int, o Options) (*Editor, error) {
	w, err := f.Edit(index, wim.EditOptions{Epoch: wim.NewFileTime(o.Epoch), Seed: o.Seed})
	if err != nil {
		return nil, fmt.Errorf("edit image %d: %w", index, err)
	}
	taken := i.hives
	i.hives = newHives(taken.target, taken.source)
	return &Editor{
		base: i.img, edit: w, hives: taken, changed: make(map[string]bool),
		policies: make(map[setting.PolicyScope]*policyEdit), files: make(map[string]string), digests: make(map[wim.Hash]string),
		epoch: regf.FileTimeOf(o.Epoch),
	}, nil
}

// Describe names the image for messages.
func (e *Editor) Describe() string { return e.hives.target }

// Notes says what a person should know of the base: which of its hives were completed from their transaction logs.
func (e *Editor) Notes() []string { return slices.Clone(e.hives.notes) }

// RegistryKey returns nil where the key exists, changes included, or an error that wraps setting.ErrAbsent.
func (e *Editor) RegistryKey(key string) error { return e.hives.key(key) }

// SetRegistryValue writes a value into the hive that holds the key, making missing keys with the descriptors that they inherit.
func (e *Editor) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	number, ok := v.Type.Number()
	if !ok {
		return false, fmt.Errorf("set %s!%s: unknown type %q", key, name, v.Type)
	}
	return e.inHive(key, func(h *regf.Hive, path string) (bool, error) {
		return h.SetValue(path, name, regf.ValueType(number), v.Data, e.epoch)
	})
}

// DeleteRegistryValue removes a value; a key or value that is not there is no error.
func (e *Editor) DeleteRegistryValue(key, name string) (bool, error) {
	return e.inHive(key, func(h *regf.Hive, path string) (bool, error) { return h.DeleteValue(path, name, e.epoch) })
}

func (e *Editor) inHive(key string, change func(*regf.Hive, string) (bool, error)) (bool, error) {
	if e.commit {
		return false, errCommitted
	}
	p, err := e.hives.locate(key)
	if err != nil {
		return false, err
	}
	hive, err := e.hives.open(p.file)
	if err != nil {
		return false, err
	}
	changed, err := change(hive, p.path)
	if err != nil {
		return false, fmt.Errorf("change hive %s in %s: %w", p.file, e.Describe(), err)
	}
	e.changed[p.file] = e.changed[p.file] || changed
	return changed, nil
}

var errCommitted = errors.New("the edit was committed: begin a new one")

// SetPolicyValue makes the scope's Registry.pol set the value.
func (e *Editor) SetPolicyValue(scope setting.PolicyScope, key, name string, v setting.RegistryValue) (bool, error) {
	number, ok := v.Type.Number()
	if !ok {
		return false, fmt.Errorf("set policy %s!%s: unknown type %q", key, name, v.Type)
	}
	return e.inPolicy(scope, key, func(f *regpol.File, short string) (bool, error) {
		if old, state := f.Lookup(short, name); state == regpol.Set && old.Type == number && bytes.Equal(old.Data, v.Data) {
			return false, nil
		}
		return true, f.Set(short, name, number, v.Data)
	})
}

// DeletePolicyValue makes the scope's Registry.pol delete the value.
func (e *Editor) DeletePolicyValue(scope setting.PolicyScope, key, name string) (bool, error) {
	return e.inPolicy(scope, key, func(f *regpol.File, short string) (bool, error) {
		if _, state := f.Lookup(short, name); state == regpol.Deleted {
			return false, nil
		}
		return true, f.Delete(short, name)
	})
}

func (e *Editor) inPolicy(scope setting.PolicyScope, key string, change func(*regpol.File, string) (bool, error)) (bool, error) {
	if e.commit {
		return false, errCommitted
	}
	short, err := policyKey(scope, key)
	if err != nil {
		return false, err
	}
	p := e.policies[scope]
	if p == nil {
		f := readPolicy(e.Describe(), e.base, scope)
		if f.err != nil {
			return false, f.err
		}
		p = &policyEdit{pol: f.pol}
		e.policies[scope] = p
	}
	changed, err := change(p.pol, short)
	if err != nil {
		return false, fmt.Errorf("change the %s policies of %s: %w", scope, e.Describe(), err)
	}
	p.changed = p.changed || changed
	return changed, nil
}

// PutFile writes a file. Hives and policy files are refused: they change by registry and policy ops, which a whole file would undo.
func (e *Editor) PutFile(path string, c apply.Content) (bool, error) {
	if err := e.mayChange(path); err != nil {
		return false, err
	}
	content, err := wim.ReadContent(c.Open)
	if err != nil {
		return false, err
	}
	switch info, err := e.edit.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return false, err
	default:
		if err := regular(info); err != nil {
			return false, fmt.Errorf("%s in %s %w", path, e.Describe(), err)
		}
		if info.SHA1 == content.SHA1 && info.Size == content.Size {
			return false, nil
		}
	}
	e.remember(path)
	e.digests[content.SHA1] = c.SHA256
	return true, e.edit.Put(path, content)
}

// DeleteFile removes a file; one that is not there is no error, a folder is.
func (e *Editor) DeleteFile(path string) (bool, error) {
	if err := e.mayChange(path); err != nil {
		return false, err
	}
	switch info, err := e.edit.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case regular(info) != nil:
		return false, fmt.Errorf("%s in %s %w", path, e.Describe(), regular(info))
	}
	e.remember(path)
	return true, e.edit.Delete(path)
}

func (e *Editor) remember(path string) {
	if _, known := e.files[foldPath(path)]; !known {
		e.files[foldPath(path)] = path
	}
}

// mayChange refuses paths that file ops must not touch.
func (e *Editor) mayChange(path string) error {
	if e.commit {
		return errCommitted
	}
	if err := wim.CheckPath(path); err != nil {
		return err
	}
	machine, _ := policyPath(setting.ScopeMachine)
	user, _ := policyPath(setting.ScopeUser)
	for _, own := range append(hiveFiles(), machine, user, gptFile) {
		if foldPath(own) == foldPath(path) {
			return fmt.Errorf("%s is changed by registry and policy settings only, not as a file", own)
		}
	}
	return nil
}

// foldPath is the form in which two paths of one file are equal.
func foldPath(path string) string {
	return upcase.Fold(`\` + strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' }), `\`))
}

// WriteTo writes the edited WIM, which holds one image. Commit comes first.
func (e *Editor) WriteTo(ctx context.Context, out wim.Output, progress func(done, total int64)) (wim.Result, error) {
	if !e.commit {
		return wim.Result{}, errors.New("write the edited image: it was not committed")
	}
	return e.edit.WriteTo(ctx, out, progress)
}

// Finish is WriteTo into the output of a copy of the base that has begun already. It ends the copy, whatever it returns.
func (e *Editor) Finish(c *wim.Copy, progress func(done, total int64)) (wim.Result, error) {
	if !e.commit {
		c.Stop()
		return wim.Result{}, errors.New("write the edited image: it was not committed")
	}
	return e.edit.Finish(c, progress)
}

// Draft is the edited WIM without writing it. Commit comes first.
func (e *Editor) Draft(ctx context.Context, spool wim.Spool) (*wim.Draft, error) {
	if !e.commit {
		return nil, errors.New("draft the edited image: it was not committed")
	}
	return e.edit.Draft(ctx, spool)
}
