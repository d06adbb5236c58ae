// Package snapshot is a Windows as one answer of it: everything that was asked for in a single command, to be read as any other target.
//
// A Request is made by Trace, which is asked by settings as a target would be and notes what they look at. A script (Script) reads those things on the
// machine with built-in means, changes nothing and leaves no file; Parse makes a Snapshot of its answer. The same
// kinds observe a snapshot, an image and a running Windows, so that all three are judged alike.
//
// What was not asked for, not answered or not readable is not observable or an error, never absent and never a pass. The package refuses an answer that is not
// exactly of its form. HKCU is the default profile, as everywhere; profiles of people are not looked at. The script has met no real Windows yet.
package snapshot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.RegistryReader = (*Snapshot)(nil)
	_ setting.KeyLister      = (*Snapshot)(nil)
	_ setting.PolicyReader   = (*Snapshot)(nil)
	_ setting.PolicyLister   = (*Snapshot)(nil)
	_ setting.FileReader     = (*Snapshot)(nil)
	_ setting.RightReader    = (*Snapshot)(nil)
	_ setting.StateReader    = (*Snapshot)(nil)
)

// StampKey is where a machine says which image it was made from; the script reads it before all else.
const StampKey = `HKLM\SOFTWARE\wmclient`

type value = setting.RegistryValue

// Snapshot is what one machine has answered. It does not change, and may be read by several goroutines.
type Snapshot struct {
	Name    string // of the machine, for messages
	request *Request
	stamp   map[string]value
	unknown bool
	answers map[string]*answer

	mu       sync.Mutex
	policies map[setting.PolicyScope]*policies // under mu, as what follows
	profile  *profile
}

// Describe names the machine for messages.
func (s *Snapshot) Describe() string {
	if s.Name == "" {
		return "what was collected"
	}
	return "what was collected of " + s.Name
}

// Known returns nil where the machine's stamp names a recipe that was asked for, else ErrUnknownImage.
func (s *Snapshot) Known() error {
	if s.unknown {
		return ErrUnknownImage
	}
	return nil
}

// lookup finds the answer to a want. What was not collected, and what could not be read, is an error.
func (s *Snapshot) lookup(word Word, args ...string) (*answer, error) {
	a := s.answers[Want{word, args}.id()]
	what := func() string { return fmt.Sprintf("%s %s in %s", word, strings.Join(args, " "), s.Describe()) }
	switch {
	case a == nil:
		return nil, fmt.Errorf("%s: nobody looked: %w", what(), setting.ErrUnobservable)
	case a.failed != "":
		return nil, fmt.Errorf("%s: %s", what(), a.failed)
	case a.absent:
		return nil, fmt.Errorf("%s: %w", what(), setting.ErrAbsent)
	}
	return a, nil
}

// one is the one row of an answer.
func (s *Snapshot) one(word Word, args ...string) ([][]byte, error) {
	a, err := s.lookup(word, args...)
	if err != nil {
		return nil, err
	}
	if len(a.rows) != 1 {
		return nil, fmt.Errorf("%s %s in %s: %d rows where one is meant", word, strings.Join(args, " "), s.Describe(), len(a.rows))
	}
	return a.rows[0], nil
}

// texts are the first fields of an answer's rows.
func (s *Snapshot) texts(word Word, args ...string) ([]string, error) {
	a, err := s.lookup(word, args...)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(a.rows))
	for i, row := range a.rows {
		out[i] = string(row[0])
	}
	return out, nil
}

func registryValue(number, data string) (value, error) {
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return value{}, fmt.Errorf("%.20q is no type of a registry value", number)
	}
	b, err := fromField(data)
	return value{Type: setting.ValueTypeOf(uint32(n)), Data: b}, err
}

// valueOf is the registry value of two fields.
func valueOf(row [][]byte) (value, error) {
	n, err := strconv.ParseUint(string(row[0]), 10, 32)
	if err != nil {
		return value{}, fmt.Errorf("%.20q is no type of a registry value", row[0])
	}
	return value{Type: setting.ValueTypeOf(uint32(n)), Data: row[1]}, nil
}

// parent cuts the last name off a key.
func parent(key string) (above, name string, ok bool) {
	i := strings.LastIndexByte(key, '\\')
	if i < 0 {
		return "", "", false
	}
	return key[:i], key[i+1:], true
}

// RegistryValue returns the value Key!Name, or an error that wraps setting.ErrAbsent.
func (s *Snapshot) RegistryValue(key, name string) (setting.RegistryValue, error) {
	key = setting.NormalKey(key)
	if upcase.Fold(key) == upcase.Fold(StampKey) {
		return s.stampValue(name)
	}
	if k, in, err := s.profileKey(key); in || err != nil {
		return profileValue(k, key, name, err)
	}
	row, err := s.one(WordValue, key, name)
	if errors.Is(err, setting.ErrUnobservable) { // it may have been read with those of all keys beside it
		return s.below(key, name, err)
	}
	if err != nil {
		return value{}, err
	}
	return valueOf(row)
}

func (s *Snapshot) stampValue(name string) (value, error) {
	for n, v := range s.stamp {
		if upcase.Fold(n) == upcase.Fold(name) {
			return v, nil
		}
	}
	return value{}, fmt.Errorf("value %s!%s in %s: %w", StampKey, name, s.Describe(), setting.ErrAbsent)
}

// below finds a value among those that were read of all keys of one parent; none is the error where nobody looked there either.
func (s *Snapshot) below(key, name string, none error) (value, error) {
	above, last, ok := parent(key)
	if !ok {
		return value{}, none
	}
	a, err := s.lookup(WordBelow, above, name)
	switch {
	case errors.Is(err, setting.ErrUnobservable):
		return value{}, none
	case err != nil:
		return value{}, err
	}
	if row := s.row(a, last); len(row) == 3 {
		return valueOf(row[1:])
	}
	return value{}, fmt.Errorf("value %s!%s in %s: %w", key, name, s.Describe(), setting.ErrAbsent)
}

// row finds the row of a name, in any case; nil where there is none.
func (s *Snapshot) row(a *answer, name string) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.names == nil {
		a.names = make(map[string][][]byte, len(a.rows))
		for _, row := range a.rows {
			a.names[upcase.Fold(string(row[0]))] = row
		}
	}
	return a.names[upcase.Fold(name)]
}

// RegistryKey returns nil where the key exists, or an error that wraps setting.ErrAbsent.
func (s *Snapshot) RegistryKey(key string) error {
	key = setting.NormalKey(key)
	if k, in, err := s.profileKey(key); in || err != nil {
		if err == nil && k == nil {
			err = absentKey(key)
		}
		return err
	}
	_, err := s.lookup(WordExists, key)
	return err
}

// RegistryKeys returns the names of the keys below key.
func (s *Snapshot) RegistryKeys(key string) ([]string, error) {
	return s.names(WordKeys, key, func(k *regf.Key) []string {
		names := []string{}
		for sub := range k.Subkeys() {
			names = append(names, sub.Name())
		}
		return names
	})
}

// RegistryValueNames returns the names of key's values.
func (s *Snapshot) RegistryValueNames(key string) ([]string, error) {
	return s.names(WordNames, key, func(k *regf.Key) []string {
		names := []string{}
		for v := range k.Values() {
			names = append(names, v.Name)
		}
		return names
	})
}

func (s *Snapshot) names(word Word, key string, inHive func(*regf.Key) []string) ([]string, error) {
	key = setting.NormalKey(key)
	k, in, err := s.profileKey(key)
	switch {
	case err != nil:
		return nil, err
	case in && k == nil:
		return nil, absentKey(key)
	case in:
		return inHive(k), nil
	}
	return s.texts(word, key)
}

func absentKey(key string) error { return fmt.Errorf("key %s: %w", key, setting.ErrAbsent) }

// profile is the default profile's registry, opened once.
type profile struct {
	hive *regf.Hive
	err  error
}

// profileKey finds a key of the default profile; in is false for keys elsewhere, and the key is nil where it does not exist.
func (s *Snapshot) profileKey(key string) (k *regf.Key, in bool, err error) {
	path, in, err := guest.InDefaultProfile(key)
	if err != nil || !in {
		return nil, in, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.profile == nil {
		s.profile = new(profile)
		s.profile.hive, s.profile.err = s.openProfile()
	}
	if s.profile.err != nil {
		return nil, true, s.profile.err
	}
	return s.profile.hive.Find(path), true, nil
}

func profileValue(k *regf.Key, key, name string, err error) (value, error) {
	if err != nil {
		return value{}, err
	}
	if k != nil {
		if v, ok := k.Value(name); ok {
			return value{Type: setting.ValueTypeOf(uint32(v.Type)), Data: v.Data}, nil
		}
	}
	return value{}, fmt.Errorf("value %s!%s: %w", key, name, setting.ErrAbsent)
}

// openProfile opens the default profile's hive out of its file and, where that was not closed cleanly, its logs.
func (s *Snapshot) openProfile() (*regf.Hive, error) {
	_, path, _ := guest.OwnPaths()
	row, err := s.one(WordBytes, path)
	if errors.Is(err, setting.ErrAbsent) {
		return nil, fmt.Errorf("the default profile has no registry (%s): %w", path, setting.ErrUnobservable)
	}
	if err != nil {
		return nil, err
	}
	data := row[0]
	if regf.IsDirty(data) {
		var logs []regf.Log
		for _, suffix := range []string{".LOG1", ".LOG2"} {
			log, err := s.one(WordBytes, path+suffix)
			if errors.Is(err, setting.ErrAbsent) {
				continue
			}
			if err != nil {
				return nil, err
			}
			logs = append(logs, regf.Log{Name: "NTUSER.DAT" + suffix, Data: log[0]})
		}
		if data, _, err = regf.Replay(data, logs); err != nil {
			return nil, fmt.Errorf("open %s in %s: %w", path, s.Describe(), err)
		}
	}
	hive, err := regf.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", path, s.Describe(), err)
	}
	return hive, nil
}
