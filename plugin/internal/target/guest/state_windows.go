package guest

import (
	"errors"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.StateReader = (*Guest)(nil)
	_ apply.StateWriter   = (*Guest)(nil)
)

// scheme is how things of one scheme are read and changed.
type scheme struct {
	read   func(g *Guest, name string) (string, error)
	write  func(g *Guest, op setting.Op) error
	remove func(g *Guest, op setting.Op) error
	// same reports whether what was read is what is wanted; nil where equal texts are.
	same func(read, want string) (bool, error)
}

// schemes is all that a running Windows shows beside registry, files, policies and rights.
var schemes map[string]scheme

func init() { // the table's functions come back to it
	schemes = map[string]scheme{
		setting.SchemeAccountPolicy:    {read: (*Guest).accountPolicy, write: (*Guest).setAccountPolicy},
		setting.SchemeAudit:            {read: (*Guest).audit, write: (*Guest).setAudit},
		setting.SchemeAccount:          {read: (*Guest).account, write: (*Guest).setAccount},
		setting.SchemeAccountName:      {read: (*Guest).accountName, write: (*Guest).setAccountName},
		setting.SchemeGroup:            {read: (*Guest).group, write: (*Guest).setGroup, same: sameMembers},
		setting.SchemeTask:             {read: (*Guest).task, write: (*Guest).setTask},
		setting.SchemeFeature:          {read: (*Guest).feature, write: (*Guest).setFeature},
		setting.SchemeProgram:          {read: (*Guest).program, write: (*Guest).installProgram, remove: (*Guest).removeProgram},
		setting.SchemeRegistrySecurity: {read: (*Guest).keySecurity, write: (*Guest).setKeySecurity, same: sameKeySecurity},
		setting.SchemeFileSecurity:     {read: (*Guest).fileSecurity, write: (*Guest).setFileSecurity, same: sameFileSecurity},
		setting.SchemeSecret:           {read: (*Guest).secret, write: (*Guest).makeSecret},
	}
}

// State returns the canonical text of a thing (see the schemes of package setting). A thing that does not exist wraps setting.ErrAbsent; what
// this machine does not answer wraps setting.ErrUnobservable.
func (g *Guest) State(l setting.Location) (string, error) {
	s, ok := schemes[l.Scheme()]
	if !ok {
		return "", fmt.Errorf("%s in %s: %w", l, g.Describe(), setting.ErrUnobservable)
	}
	text, err := s.read(g, l.Name())
	if err != nil {
		return "", fmt.Errorf("%s in %s: %w", l, g.Describe(), err)
	}
	return text, nil
}

// errAfterRestart is wrapped where a change is made and comes into force with the next start.
var errAfterRestart = errors.New("it is so after a restart only")

// SetState makes the thing at op.Location read op.Value, or removes it. What is so already is not touched; what was changed is read back, and
// a change that is not there then is an error, unless Windows says that it comes with the next start.
func (g *Guest) SetState(op setting.Op) (bool, error) {
	s, ok := schemes[op.Location.Scheme()]
	change, verb := s.write, "set"
	if op.Action == setting.ActionStateDelete {
		change, verb = s.remove, "remove"
	}
	if !ok || change == nil {
		return false, fmt.Errorf("%s %s: a running Windows has no way to do that", op.Action, op.Location)
	}
	done, err := s.done(g, op)
	if done || err != nil {
		return false, err
	}
	if err := change(g, op); err != nil {
		return true, fmt.Errorf("%s %s in %s: %w", verb, op.Location, g.Describe(), err)
	}
	done, err = s.done(g, op)
	if err != nil {
		return true, fmt.Errorf("%s %s: %w: %w", verb, op.Location, ErrNotHeld, err)
	}
	if !done {
		text, err := g.State(op.Location)
		return true, fmt.Errorf("%s %s in %s: %w: it is %q", verb, op.Location, g.Describe(), errors.Join(ErrNotHeld, err), text)
	}
	return true, nil
}

// done reports whether the thing is as the op wants it, if only after a restart.
func (s scheme) done(g *Guest, op setting.Op) (bool, error) {
	text, err := s.read(g, op.Location.Name())
	if errors.Is(err, errAfterRestart) {
		err = nil // the text is what it will be
	}
	switch {
	case op.Action == setting.ActionStateDelete:
		if errors.Is(err, setting.ErrAbsent) {
			return true, nil
		}
		return false, wrapState(g, op, err)
	case errors.Is(err, setting.ErrAbsent) && makes(op):
		return false, nil
	case err != nil:
		return false, wrapState(g, op, err)
	case s.same != nil:
		return s.same(text, op.Value)
	}
	return text == op.Value, nil
}

func wrapState(g *Guest, op setting.Op, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s in %s: %w", op.Location, g.Describe(), err)
}

// makes reports whether the op brings a thing about that need not be there.
func makes(op setting.Op) bool {
	return op.Location.Scheme() == setting.SchemeProgram || op.Location.Scheme() == setting.SchemeSecret
}

func sameMembers(read, want string) (bool, error) {
	list, err := parseMembers(want)
	if err != nil {
		return false, err
	}
	text, err := membersText(list)
	return text == read, err
}
