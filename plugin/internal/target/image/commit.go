package image

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Change is one file of the image that differs from the base.
type Change struct {
	Path   string // "\Windows\x"
	Action string // "added", "replaced" or "deleted"
	SHA256 string // lower-case hex; empty where deleted
	Size   int64  // bytes; 0 where deleted
}

// Commit puts the changed hives and policy files into the edit and returns what differs from the base, sorted by path. A hive or file in
// which nothing changed is not written. After Commit nothing more can be changed.
func (e *Editor) Commit() ([]Change, error) {
	if e.commit {
		return slices.Clone(e.changes), nil
	}
	for _, file := range hiveFiles() {
		if !e.changed[file] {
			continue
		}
		hive, err := e.hives.open(file)
		if err != nil {
			return nil, err
		}
		if e.hives.opened[file].replayed {
			hive.Advance()
		}
		data, err := hive.Bytes(e.epoch)
		if err != nil {
			return nil, fmt.Errorf("write hive %s of %s: %w", file, e.Describe(), err)
		}
		if err := e.put(file, data); err != nil {
			return nil, err
		}
	}
	if err := e.commitPolicies(); err != nil {
		return nil, err
	}
	changes, err := e.compare()
	if err != nil {
		return nil, err
	}
	e.changes, e.commit = changes, true
	clear(e.hives.opened) // the trees are no longer needed, and large
	return slices.Clone(changes), nil
}

func (e *Editor) put(path string, data []byte) error {
	sum := sha256.Sum256(data)
	content := wim.Bytes(data)
	e.remember(path)
	e.digests[content.SHA1] = hex.EncodeToString(sum[:])
	return e.edit.Put(path, content)
}

// commitPolicies writes the changed Registry.pol files and announces them in gpt.ini. Entries that were there before count only where
// gpt.ini announces them: Windows skips a scope of version 0, and one for which the registry extension is not listed.
func (e *Editor) commitPolicies() error {
	if len(e.policies) == 0 {
		return nil
	}
	gpt, err := readGPT(e.Describe(), e.base)
	if err != nil {
		return err
	}
	touched := false
	for _, scope := range []setting.PolicyScope{setting.ScopeMachine, setting.ScopeUser} {
		p := e.policies[scope]
		if p == nil {
			continue
		}
		announced, err := gpt.Announces(regpol.Scope(scope))
		if err != nil {
			return fmt.Errorf("%s in %s: %w", gptFile, e.Describe(), err)
		}
		if !p.changed && announced {
			continue
		}
		if err := gpt.Touch(regpol.Scope(scope)); err != nil {
			return fmt.Errorf("%s in %s: %w", gptFile, e.Describe(), err)
		}
		touched = true
		if !p.changed {
			continue
		}
		path, err := policyPath(scope)
		if err != nil {
			return err
		}
		if err := e.put(path, p.pol.Marshal()); err != nil {
			return err
		}
	}
	if !touched {
		return nil
	}
	return e.put(gptFile, gpt.Bytes())
}

// compare lists what differs from the base among the paths that were touched, with the other names of their files: hard links follow.
func (e *Editor) compare() ([]Change, error) {
	found := make(map[string]Change)
	for _, key := range slices.Sorted(maps.Keys(e.files)) {
		path := e.files[key]
		before, err := e.base.Stat(path)
		missing := errors.Is(err, fs.ErrNotExist)
		if err != nil && !missing {
			return nil, err
		}
		after, err := e.edit.Stat(path)
		deleted := errors.Is(err, fs.ErrNotExist)
		if err != nil && !deleted {
			return nil, err
		}
		switch {
		case missing && deleted, !missing && !deleted && before.SHA1 == after.SHA1:
			continue
		case missing:
			found[key] = Change{windowsPath(after.Path), "added", e.digests[after.SHA1], after.Size}
		case deleted:
			found[key] = Change{Path: windowsPath(before.Path), Action: "deleted"}
		default:
			for _, name := range e.names(before) {
				if now, err := e.edit.Stat(name); err == nil && now.SHA1 == after.SHA1 { // else it was deleted, or is another file by now
					found[foldPath(name)] = Change{name, "replaced", e.digests[after.SHA1], after.Size}
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Change) int { return strings.Compare(a.Path, b.Path) }), nil
}

// names lists all names of a file of the base.
func (e *Editor) names(file wim.Info) []string {
	if file.LinkID == 0 {
		return []string{windowsPath(file.Path)}
	}
	var all []string
	_ = e.base.Walk("/", func(i wim.Info) error { // nothing in it fails
		if i.LinkID == file.LinkID && i.SHA1 == file.SHA1 {
			all = append(all, windowsPath(i.Path))
		}
		return nil
	})
	return all
}

func windowsPath(path string) string { return strings.ReplaceAll(path, "/", `\`) }
