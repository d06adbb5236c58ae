package snapshot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

// File returns facts of the regular file at path, or an error that wraps setting.ErrAbsent.
func (s *Snapshot) File(path string) (setting.FileFacts, error) {
	row, err := s.one(WordFile, path)
	if err != nil {
		return setting.FileFacts{}, err
	}
	return fileFacts(path, row)
}

func fileFacts(path string, row [][]byte) (setting.FileFacts, error) {
	size, err := strconv.ParseInt(string(row[0]), 10, 64)
	sum := string(row[1])
	if err != nil || size < 0 || len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
		return setting.FileFacts{}, fmt.Errorf("file %s: the answer has no size and SHA-256", path)
	}
	return setting.FileFacts{Size: size, SHA256: sum}, nil
}

// content is a file's bytes; one that does not exist is empty. They must not be changed.
func (s *Snapshot) content(path string) ([]byte, error) {
	row, err := s.one(WordBytes, path)
	if errors.Is(err, setting.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row[0], nil
}

// policies is a scope's Registry.pol, and whether gpt.ini announces it.
type policies struct {
	file      *regpol.File
	err       error
	announced bool
	gptErr    error
}

// readPolicies reads them once: hundreds of settings look into one file.
func (s *Snapshot) readPolicies(scope setting.PolicyScope) *policies {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.policies[scope]; p != nil {
		return p
	}
	p := new(policies)
	gpt, _, paths := guest.OwnPaths()
	data, err := s.content(paths[scope])
	if err == nil {
		if p.file, err = regpol.Parse(data); err != nil {
			err = fmt.Errorf("read %s in %s: %w", paths[scope], s.Describe(), err)
		}
	}
	p.err = err
	if data, err = s.content(gpt); err == nil {
		var g *regpol.GPT
		if g, err = regpol.ParseGPT(data); err == nil {
			p.announced, err = g.Announces(regpol.Scope(scope))
		}
		if err != nil {
			err = fmt.Errorf("read %s in %s: %w", gpt, s.Describe(), err)
		}
	}
	p.gptErr = err
	if s.policies == nil {
		s.policies = make(map[setting.PolicyScope]*policies)
	}
	s.policies[scope] = p
	return p
}

// PolicyNames returns what the scope's Registry.pol writes into key and right below it.
func (s *Snapshot) PolicyNames(scope setting.PolicyScope, key string) (values, keys []string, err error) {
	short, err := guest.PolicyKey(scope, key)
	if err != nil {
		return nil, nil, err
	}
	p := s.readPolicies(scope)
	if p.err != nil {
		return nil, nil, p.err
	}
	values, keys = p.file.Names(short)
	return values, keys, nil
}

// PolicyValue returns the entry for Key!Name of the scope's Registry.pol. One in a file that gpt.ini does not announce is an error: Windows skips it.
func (s *Snapshot) PolicyValue(scope setting.PolicyScope, key, name string) (setting.RegistryValue, error) {
	short, err := guest.PolicyKey(scope, key)
	if err != nil {
		return value{}, err
	}
	p := s.readPolicies(scope)
	if p.err != nil {
		return value{}, p.err
	}
	e, state := p.file.Lookup(short, name)
	switch {
	case state != regpol.Set:
		return value{}, fmt.Errorf("policy %s %s!%s in %s: %w", scope, key, name, s.Describe(), setting.ErrAbsent)
	case p.gptErr != nil:
		return value{}, p.gptErr
	case !p.announced:
		return value{}, fmt.Errorf("policy %s %s!%s in %s: Registry.pol has it, but Windows skips that file until gpt.ini announces it", scope, key, name, s.Describe())
	}
	return value{Type: setting.ValueTypeOf(e.Type), Data: e.Data}, nil
}

// Machine is a fact of the machine by its name: "computer", "sid", "platform" or "boot"; "" where it did not say.
func (s *Snapshot) Machine(name string) string {
	a, err := s.lookup(WordMachine)
	if err != nil {
		return ""
	}
	for _, row := range a.rows {
		if string(row[0]) == name {
			return string(row[1])
		}
	}
	return ""
}

// sids are those of an answer as settings write them.
func (s *Snapshot) sids(word Word, arg string) ([]string, error) {
	list, err := s.texts(word, arg)
	if err != nil {
		return nil, err
	}
	machine := s.Machine("sid")
	if machine == "" {
		return nil, fmt.Errorf("%s %s in %s: the machine's own SID is not known, so that its accounts cannot be told: %w", word, arg, s.Describe(), setting.ErrUnobservable)
	}
	for _, sid := range list {
		if !strings.HasPrefix(sid, "S-1-") {
			return nil, fmt.Errorf("%s %s in %s: %.80q is no SID", word, arg, s.Describe(), sid)
		}
	}
	return guest.ForeignSIDs(list, machine), nil
}

// RightHolders returns who holds a user right: sorted SIDs, and "rid:501" for an account of the machine itself.
func (s *Snapshot) RightHolders(constant string) ([]string, error) {
	if !secpolicy.KnowsRight(constant) {
		return nil, fmt.Errorf("user right %s in %s: there is no right of that name", constant, s.Describe())
	}
	return s.sids(WordRight, constant)
}

// State returns the canonical text of a thing (see the schemes of package setting). A secret is tried on the machine itself alone, so that here it is
// not observable.
func (s *Snapshot) State(l setting.Location) (string, error) {
	text, err := s.state(l)
	if err != nil {
		return "", fmt.Errorf("%s in %s: %w", l, s.Describe(), err)
	}
	return text, nil
}

func (s *Snapshot) state(l setting.Location) (string, error) {
	name := l.Name()
	switch l.Scheme() {
	case setting.SchemeAccountPolicy:
		return s.accountPolicy(name)
	case setting.SchemeAudit:
		n, err := s.number(WordAudit, name)
		if err != nil {
			return "", err
		}
		return guest.AuditText(n)
	case setting.SchemeAccount, setting.SchemeAccountName:
		return s.account(l)
	case setting.SchemeGroup:
		sids, err := s.sids(WordGroup, name)
		if err != nil {
			return "", err
		}
		return guest.MembersText(sids)
	case setting.SchemeTask:
		n, err := s.number(WordTask, name)
		return onOff(n == 1), orText(err, n > 1, "it is neither on nor off")
	case setting.SchemeFeature:
		return s.feature(name)
	case setting.SchemeProgram:
		return guest.InstalledProgram(s, name)
	case setting.SchemeRegistrySecurity:
		return s.keySecurity(name)
	case setting.SchemeFileSecurity:
		return s.descriptor(WordFileSecurity, name)
	}
	return "", setting.ErrUnobservable
}

// orText is err, or else an error with a text where bad is true.
func orText(err error, bad bool, text string) error {
	if err == nil && bad {
		return errors.New(text)
	}
	return err
}

func onOff(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

func (s *Snapshot) number(word Word, arg string) (uint32, error) {
	row, err := s.one(word, arg)
	if err != nil {
		return 0, err
	}
	return number(row[0])
}

func number(b []byte) (uint32, error) {
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%.20q is no number", b)
	}
	return uint32(n), nil
}

func (s *Snapshot) accountPolicy(name string) (string, error) {
	row, err := s.one(WordPolicy)
	if err != nil {
		return "", err
	}
	var n [9]uint32
	for i, b := range row {
		if n[i], err = number(b); err != nil {
			return "", err
		}
	}
	return guest.AccountCalls{Modals0: [5]uint32(n[:5]), Modals3: [3]uint32(n[5:8]), Properties: n[8]}.Text(name)
}

// accountDisabled is UF_ACCOUNTDISABLE.
const accountDisabled = 2

func (s *Snapshot) account(l setting.Location) (string, error) {
	a, err := s.lookup(WordAccounts)
	if err != nil {
		return "", err
	}
	for _, row := range a.rows {
		if string(row[0]) != l.Name() {
			continue
		}
		if l.Scheme() == setting.SchemeAccountName {
			return string(row[2]), nil
		}
		flags, err := number(row[1])
		return onOff(flags&accountDisabled == 0), err
	}
	return "", setting.ErrAbsent
}

// InstallState of Win32_OptionalFeature.
const (
	featureEnabled  = 1
	featureDisabled = 2
	featureAbsent   = 3 // its files were removed
)

func (s *Snapshot) feature(name string) (string, error) {
	n, err := s.number(WordFeature, name)
	return onOff(n == featureEnabled), orText(err, n < featureEnabled || n > featureAbsent, "its state is not known")
}

func (s *Snapshot) keySecurity(key string) (string, error) {
	k, in, err := s.profileKey(key)
	switch {
	case err != nil:
		return "", err
	case in && k == nil:
		return "", setting.ErrAbsent
	case in:
		return guest.DescriptorText(k.Security())
	}
	return s.descriptor(WordKeySecurity, key)
}

func (s *Snapshot) descriptor(word Word, arg string) (string, error) {
	row, err := s.one(word, arg)
	if err != nil {
		return "", err
	}
	return guest.DescriptorText(row[0])
}

// FolderFiles lists what WordFolder has found: facts by name.
func (s *Snapshot) FolderFiles(folder, prefix, suffix string) (map[string]setting.FileFacts, error) {
	a, err := s.lookup(WordFolder, folder, prefix, suffix)
	if err != nil {
		return nil, err
	}
	out := make(map[string]setting.FileFacts, len(a.rows))
	for _, row := range a.rows {
		if out[string(row[0])], err = fileFacts(string(row[0]), row[1:]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
