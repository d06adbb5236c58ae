package seal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentplace"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// FinishFile is the order to end the seal at the next start. It lies beside the agent; the service looks for it.
const FinishFile = agentplace.Folder + `\seal.json`

// Machine is a running Windows from which remnants are taken. Each method reports whether there was anything to take, and an error where it is
// still there afterwards.
type Machine interface {
	Disk
	SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error)
	DeleteRegistryValue(key, name string) (bool, error)
	// DeleteKey removes a key with all below it.
	DeleteKey(key string) (bool, error)
	// DeletePath removes a file, or a folder with all in it. Reparse points are removed and never followed.
	DeletePath(path string) (bool, error)
	// DeleteAccount removes a local account by its RID.
	DeleteAccount(rid uint32) (bool, error)
	// DeleteProfile removes the profile of a SID: registry and folder.
	DeleteProfile(sid string) (bool, error)
	// DeleteCertificate removes a certificate, and its private key, from the machine's store My.
	DeleteCertificate(thumbprint string) (bool, error)
	// DeleteSecret removes a secret that LSA keeps.
	DeleteSecret(name string) (bool, error)
	DeleteService(name string) (bool, error)
	DeleteTask(path string) (bool, error)
}

// Part says which remnants are taken.
type Part int

// The parts of a seal.
const (
	// Harmless are those without which the connection of a build still works: copies of the answer file, autologon, tasks.
	Harmless Part = iota
	// Rest are all others but the agent's own things: by the service at the next start, when nobody is logged on and nobody is connected.
	Rest
	// Own are the agent's: its files and its service. They go last, after what was done was judged.
	Own
)

// part is where a remnant belongs.
func (r remnant) part() Part {
	switch {
	case r.name == "agent" || r.name == "state":
		return Own
	case r.cuts:
		return Rest
	}
	return Harmless
}

// Step is one place that is taken away, told before and after.
type Step struct {
	Remnant string // without Prefix
	Place   Place
	Done    bool
	Changed bool  // where Done
	Err     error // where Done: it is still there
}

// Remove takes away what it finds of the part, and tells each step to note before and after; an error of note stops it. It goes on after a place
// that cannot be taken away, so that as little as possible stays open, and returns all errors together. To run it again is harmless.
func Remove(ctx context.Context, m Machine, w Wanted, part Part, note func(Step) error) error {
	if w.Account == "" {
		w.Account = unattend.DefaultAccount
	}
	var problems []error
	for _, r := range remnants {
		if r.part() != part || r.allowed != nil && r.allowed(w.Plan) {
			continue
		}
		found, err := r.find(look{m, w})
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", r.name, err))
			continue
		}
		for _, p := range found {
			if err := ctx.Err(); err != nil {
				return errors.Join(append(problems, err)...)
			}
			if err := note(Step{Remnant: r.name, Place: p}); err != nil {
				return err
			}
			changed, err := take(m, w, p)
			if err := note(Step{Remnant: r.name, Place: p, Done: true, Changed: changed, Err: err}); err != nil {
				return err
			}
			if err != nil && !r.soft {
				problems = append(problems, fmt.Errorf("%s: %s: %w", r.name, p.Text, err))
			}
		}
	}
	return errors.Join(problems...)
}

// take removes one place.
func take(m Machine, w Wanted, p Place) (bool, error) {
	if p.Kind == PlaceValue || p.Kind == PlaceOnDemand {
		if v, ok := plannedValue(w.Plan, p.At, p.Name); ok { // the build's gives way to the plan's
			return m.SetRegistryValue(p.At, p.Name, v)
		}
	}
	switch p.Kind {
	case PlaceValue:
		return m.DeleteRegistryValue(p.At, p.Name)
	case PlaceKey:
		return m.DeleteKey(p.At)
	case PlaceInactive:
		v, err := m.RegistryValue(p.At, p.Name)
		if isAbsent(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return m.SetRegistryValue(p.At, p.Name, turnedOff(v))
	case PlaceOnDemand:
		return m.SetRegistryValue(p.At, p.Name, setting.DWord(3))
	case PlacePath:
		return m.DeletePath(p.At)
	case PlaceAccount:
		return m.DeleteAccount(p.RID)
	case PlaceProfile:
		return m.DeleteProfile(p.At)
	case PlaceCertificate:
		return m.DeleteCertificate(p.At)
	case PlaceSecret:
		return m.DeleteSecret(p.At)
	case PlaceService:
		return m.DeleteService(p.At)
	case PlaceTask:
		return m.DeleteTask(p.At)
	case PlaceNextStart:
		return false, nil
	}
	return false, fmt.Errorf("a place of the kind %q", p.Kind)
}

// Left are the findings of the parts that do not pass, for the one who has just removed: a temporary file that a program of Windows has made again
// is none of them. Own is left out unless it is asked for.
func Left(m Disk, w Wanted, parts ...Part) []setting.Finding {
	var out []setting.Finding
	for _, f := range Judge(m, w) {
		if f.Outcome == setting.Pass || f.Outcome == setting.NotApplicable {
			continue
		}
		for _, r := range remnants {
			if Prefix+r.name != f.Setting || r.soft && f.Outcome == setting.Fail {
				continue
			}
			for _, p := range parts {
				if r.part() == p {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// Later names what goes at the next start: the remnants beside Harmless that are there.
func Later(m Disk, w Wanted) string {
	var names []string
	for _, f := range Left(m, w, Rest, Own) {
		names = append(names, strings.TrimPrefix(f.Setting, Prefix))
	}
	return strings.Join(names, ", ")
}

// OwnPlaces are the agent's own things that are there, for the one who goes last.
func OwnPlaces(m Disk, w Wanted) ([]Place, error) {
	var out []Place
	for _, r := range remnants {
		if r.part() != Own || r.allowed != nil && r.allowed(w.Plan) {
			continue
		}
		found, err := r.find(look{m, w})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		out = append(out, found...)
	}
	return out, nil
}
