// Package fake is a Windows in memory, for tests: it can be read like every other target and has ops applied to it.
//
// It refuses ops that it does not know, and everything that a real target must refuse too (a key that is needed and missing, content
// that was not handed over), so that a test cannot pass by luck. It is no part of the product.
package fake

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Windows is a machine that holds nothing but what a test put there. Names are compared as Windows does.
type Windows struct {
	// Fail, where set, is returned by every reader's question about the location, instead of an answer.
	Fail func(setting.Location) error

	values map[string]setting.RegistryValue // canonical registry and policy locations
	gone   map[string]bool                  // policy locations that a deleting entry names
	keys   map[string]bool                  // canonical keys
	files  map[string]setting.FileFacts
	rights map[string][]string
	states map[string]string // canonical locations
}

var (
	_ setting.RegistryReader = (*Windows)(nil)
	_ setting.PolicyReader   = (*Windows)(nil)
	_ setting.FileReader     = (*Windows)(nil)
	_ setting.RightReader    = (*Windows)(nil)
	_ setting.StateReader    = (*Windows)(nil)
	_ setting.KeyLister      = (*Windows)(nil)
	_ setting.PolicyLister   = (*Windows)(nil)
)

// New returns an empty machine.
func New() *Windows {
	return &Windows{values: map[string]setting.RegistryValue{}, gone: map[string]bool{}, keys: map[string]bool{},
		files: map[string]setting.FileFacts{}, rights: map[string][]string{}, states: map[string]string{}}
}

// Clone returns an independent copy.
func (w *Windows) Clone() *Windows {
	return &Windows{Fail: w.Fail, values: maps.Clone(w.values), gone: maps.Clone(w.gone), keys: maps.Clone(w.keys),
		files: maps.Clone(w.files), rights: maps.Clone(w.rights), states: maps.Clone(w.states)}
}

// Describe implements setting.Reader.
func (w *Windows) Describe() string { return "fake Windows" }

func keyLocation(key string) setting.Location { return setting.Location("key:" + key) }

// AddKey makes a registry key and those above it.
func (w *Windows) AddKey(key string) {
	key = setting.NormalKey(key)
	for key != "" {
		w.keys[keyLocation(key).Canon()] = true
		i := strings.LastIndex(key, `\`)
		if i < 0 {
			return
		}
		key = key[:i]
	}
}

// SetValue writes a registry value.
func (w *Windows) SetValue(key, name string, v setting.RegistryValue) {
	w.AddKey(key)
	w.values[setting.RegistryLocation(setting.NormalKey(key), name).Canon()] = v
}

// SetPolicy writes an entry of a Registry.pol.
func (w *Windows) SetPolicy(scope setting.PolicyScope, key, name string, v setting.RegistryValue) {
	w.values[setting.PolicyLocation(scope, setting.NormalKey(key), name).Canon()] = v
}

// SetFile writes a file.
func (w *Windows) SetFile(path string, f setting.FileFacts) {
	w.files[setting.FileLocation(path).Canon()] = f
}

// SetRight assigns a user right.
func (w *Windows) SetRight(constant string, sids []string) {
	w.rights[setting.RightLocation(constant).Canon()] = slices.Clone(sids)
}

func (w *Windows) fail(l setting.Location) error {
	if w.Fail == nil {
		return nil
	}
	return w.Fail(l)
}

func lookup[T any](w *Windows, in map[string]T, l setting.Location) (T, error) {
	var none T
	if err := w.fail(l); err != nil {
		return none, err
	}
	v, ok := in[l.Canon()]
	if !ok {
		return none, fmt.Errorf("%s: %w", l, setting.ErrAbsent)
	}
	return v, nil
}

// RegistryValue implements setting.RegistryReader.
func (w *Windows) RegistryValue(key, name string) (setting.RegistryValue, error) {
	return lookup(w, w.values, setting.RegistryLocation(setting.NormalKey(key), name))
}

// RegistryKey implements setting.RegistryReader.
func (w *Windows) RegistryKey(key string) error {
	_, err := lookup(w, w.keys, keyLocation(setting.NormalKey(key)))
	return err
}

// PolicyValue implements setting.PolicyReader.
func (w *Windows) PolicyValue(scope setting.PolicyScope, key, name string) (setting.RegistryValue, error) {
	return lookup(w, w.values, setting.PolicyLocation(scope, setting.NormalKey(key), name))
}

// File implements setting.FileReader.
func (w *Windows) File(path string) (setting.FileFacts, error) {
	return lookup(w, w.files, setting.FileLocation(path))
}

// RightHolders implements setting.RightReader. Windows has no rights that are missing: one that nobody was given has no holders.
func (w *Windows) RightHolders(constant string) ([]string, error) {
	l := setting.RightLocation(constant)
	if err := w.fail(l); err != nil {
		return nil, err
	}
	return slices.Clone(w.rights[l.Canon()]), nil
}

// SetState makes the thing at l read text.
func (w *Windows) SetState(l setting.Location, text string) { w.states[l.Canon()] = text }

// State implements setting.StateReader.
func (w *Windows) State(l setting.Location) (string, error) { return lookup(w, w.states, l) }

// RegistryKeys implements setting.KeyLister. Names come upper-cased and sorted.
func (w *Windows) RegistryKeys(key string) ([]string, error) {
	if err := w.RegistryKey(key); err != nil {
		return nil, err
	}
	var names []string
	prefix := keyLocation(setting.NormalKey(key)).Canon() + `\`
	for k := range w.keys {
		if name, ok := strings.CutPrefix(k, prefix); ok && !strings.Contains(name, `\`) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// RegistryValueNames implements setting.KeyLister. Names come upper-cased and sorted.
func (w *Windows) RegistryValueNames(key string) ([]string, error) {
	if err := w.RegistryKey(key); err != nil {
		return nil, err
	}
	return w.below(setting.RegistryLocation(setting.NormalKey(key), "").Canon()), nil
}

// PolicyNames implements setting.PolicyLister. Names come upper-cased and sorted.
func (w *Windows) PolicyNames(scope setting.PolicyScope, key string) (values, keys []string, err error) {
	whole := setting.PolicyLocation(scope, setting.NormalKey(key), "")
	if err := w.fail(whole); err != nil {
		return nil, nil, err
	}
	for _, name := range w.below(strings.TrimSuffix(whole.Canon(), "!") + `\`) {
		sub, _, _ := strings.Cut(name, "!")
		sub, _, _ = strings.Cut(sub, `\`)
		keys = append(keys, sub)
	}
	return w.below(whole.Canon()), slices.Compact(keys), nil
}

// below are the rests of all values' locations that begin with prefix, sorted.
func (w *Windows) below(prefix string) []string {
	var names []string
	for l := range w.values {
		if name, ok := strings.CutPrefix(l, prefix); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// PolicyDeletes reports whether the scope's Registry.pol holds an entry that deletes the value.
func (w *Windows) PolicyDeletes(scope setting.PolicyScope, key, name string) bool {
	return w.gone[setting.PolicyLocation(scope, setting.NormalKey(key), name).Canon()]
}

// Apply runs one op of any stage. Contents is what file ops may write.
func (w *Windows) Apply(op setting.Op, contents ...setting.Content) error {
	if op.NeedKey != "" && !w.keys[keyLocation(op.NeedKey).Canon()] {
		if op.Optional {
			return nil
		}
		return fmt.Errorf("apply %s: key %s is missing", op.Action, op.NeedKey)
	}
	switch op.Action {
	case setting.ActionRegistrySet, setting.ActionPolicySet:
		return w.set(op)
	case setting.ActionRegistryDelete:
		delete(w.values, setting.RegistryLocation(op.Key, op.Name).Canon())
	case setting.ActionPolicyDelete:
		l := setting.PolicyLocation(op.Scope, op.Key, op.Name).Canon()
		delete(w.values, l)
		w.gone[l] = true
	case setting.ActionFilePut:
		if !slices.ContainsFunc(contents, func(c setting.Content) bool { return c.SHA256 == op.SHA256 && c.Size == op.Size }) {
			return fmt.Errorf("apply %s: no content with digest %s and %d bytes", op.Action, op.SHA256, op.Size)
		}
		w.SetFile(op.Path, setting.FileFacts{Size: op.Size, SHA256: op.SHA256})
	case setting.ActionFileDelete:
		delete(w.files, setting.FileLocation(op.Path).Canon())
	case setting.ActionRightSet:
		w.SetRight(op.Name, op.SIDs)
	case setting.ActionStateSet:
		if op.Location.Scheme() == "" || op.Value == "" {
			return fmt.Errorf("apply %s: no location or no value", op.Action)
		}
		w.SetState(op.Location, op.Value)
	case setting.ActionStateDelete:
		delete(w.states, op.Location.Canon())
	default:
		return fmt.Errorf("apply: unknown action %q", op.Action)
	}
	return nil
}

func (w *Windows) set(op setting.Op) error {
	if _, ok := op.Type.Number(); !ok || op.Key == "" || setting.NormalKey(op.Key) != op.Key {
		return fmt.Errorf("apply %s: malformed key %q or type %q", op.Action, op.Key, op.Type)
	}
	data, err := hex.DecodeString(op.Data)
	if err != nil {
		return fmt.Errorf("apply %s: %w", op.Action, err)
	}
	v := setting.RegistryValue{Type: op.Type, Data: data}
	if op.Action == setting.ActionRegistrySet {
		w.SetValue(op.Key, op.Name, v)
		return nil
	}
	if op.Scope != setting.ScopeMachine && op.Scope != setting.ScopeUser {
		return errors.New("apply policy-set: no scope")
	}
	delete(w.gone, setting.PolicyLocation(op.Scope, op.Key, op.Name).Canon())
	w.SetPolicy(op.Scope, op.Key, op.Name, v)
	return nil
}

// Offline is a machine that is not running and whose security databases have a layout that nobody knows: it shows no user rights and
// no states.
type Offline struct {
	setting.Reader
	setting.RegistryReader
	setting.KeyLister
	setting.PolicyReader
	setting.PolicyLister
	setting.FileReader
}

// Offline returns what can be seen of the machine while it does not run.
func (w *Windows) Offline() Offline { return Offline{w, w, w, w, w, w} }
