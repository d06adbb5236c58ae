// Package seal knows what an online build leaves behind in a Windows: the way in that was opened for it, the account by which it logged
// on, copies of its answer file, its agent. It takes them away on the machine, and judges a disk that was captured afterwards: whether each of these is gone, and whether
// nothing but the declared management path lets anybody in.
//
// One list says both what is looked for and what is taken away: where a remnant is found is a Place, and a Machine removes places (Remove).
// Whoever removes looks again afterwards.
//
// The package is pure: it reads a Disk that others open. It believes nobody: what cannot be looked at is
// unobservable, an error where looking went wrong, and neither passes. It knows what the bootstrap and the answer file of package unattend
// make, and what Windows Setup keeps of an answer file; what somebody else left there it does not look for.
package seal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// Disk is a Windows that can be looked at: one that was captured and not started since, or one that runs.
type Disk interface {
	setting.RegistryReader
	setting.KeyLister
	// Accounts are the names of the local accounts by RID; an error that wraps setting.ErrUnobservable where the disk has no account
	// database.
	Accounts() (map[uint32]string, error)
	// Folder lists the names in a folder, or one file's own name; an error that wraps setting.ErrAbsent where there is neither.
	Folder(path string) ([]string, error)
}

// Wanted is what a disk is held against.
type Wanted struct {
	Plan    *plan.Plan
	Account string // by which the build logged on; "" is unattend.DefaultAccount
}

// Prefix begins the findings' ids; they are no settings of a plan.
const Prefix = "seal/"

// Judge looks for everything that a build may leave behind. The findings come in the order of the list, one for each, and each is critical:
// a way in that stays open is open on every client of the image.
func Judge(d Disk, w Wanted) []setting.Finding {
	if w.Account == "" {
		w.Account = unattend.DefaultAccount
	}
	out := make([]setting.Finding, 0, len(remnants))
	for _, r := range remnants {
		f := setting.Finding{Setting: Prefix + r.name, Kind: "remnant", Severity: setting.Critical, Outcome: setting.Error, Expected: r.expected}
		if r.allowed != nil && r.allowed(w.Plan) {
			f.Outcome, f.Reason = setting.NotApplicable, "the image asks for it"
			out = append(out, f)
			continue
		}
		found, err := r.find(look{d, w})
		switch {
		case errors.Is(err, setting.ErrUnobservable):
			f.Outcome, f.Reason = setting.Unobservable, err.Error()
		case err != nil:
			f.Reason = err.Error()
		case len(found) > 0:
			f.Outcome, f.Observed = setting.Fail, "left: "+shorten(found)
			f.Reason = r.why + "; " + r.remedy
		default:
			f.Outcome, f.Observed = setting.Pass, "none"
		}
		out = append(out, f)
	}
	return out
}

// shown is how many things a finding names; there may be thousands of temporary files.
const shown = 5

func shorten(found []Place) string {
	var texts []string
	for _, p := range found[:min(len(found), shown)] {
		texts = append(texts, p.Text)
	}
	text := strings.Join(texts, ", ")
	if n := len(found) - shown; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// Names are the ids of all findings, in their order.
func Names() []string {
	out := make([]string, len(remnants))
	for i, r := range remnants {
		out[i] = Prefix + r.name
	}
	return out
}

// look is one disk, and what it is held against.
type look struct {
	Disk
	w Wanted
}

// value is a registry value's text; "" where there is none.
func (l look) value(key, name string) (string, error) {
	v, err := l.RegistryValue(key, name)
	if errors.Is(err, setting.ErrAbsent) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return v.Text(), nil
}

// keys are the keys below key, none where it does not exist.
func (l look) keys(key string) ([]string, error) {
	keys, err := l.RegistryKeys(key)
	if errors.Is(err, setting.ErrAbsent) {
		return nil, nil
	}
	return keys, err
}

// values are those of the key's values that exist.
func (l look) values(key string, names ...string) ([]Place, error) {
	var out []Place
	for _, name := range names {
		_, err := l.RegistryValue(key, name)
		if errors.Is(err, setting.ErrAbsent) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Place{Kind: PlaceValue, At: key, Name: name, Text: name})
	}
	return out, nil
}

// below are the files and folders in a folder whose names are meant; none where it does not exist.
func (l look) below(path string, meant func(name string) bool) ([]Place, error) {
	names, err := l.Folder(path)
	if errors.Is(err, setting.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, name := range names {
		if meant(name) {
			out = append(out, Place{Kind: PlacePath, At: path + `\` + name, Text: path + `\` + name})
		}
	}
	return out, nil
}

// there are those of the paths that exist.
func (l look) there(paths ...string) ([]Place, error) {
	var out []Place
	for _, p := range paths {
		_, err := l.Folder(p)
		if errors.Is(err, setting.ErrAbsent) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Place{Kind: PlacePath, At: p, Text: p})
	}
	return out, nil
}

// planned reports whether the plan itself writes a registry value at any stage.
func (l look) planned(key, name string) bool {
	at := setting.RegistryLocation(key, name)
	return slices.ContainsFunc(l.w.Plan.Ops, func(o plan.StagedOp) bool {
		return o.Op.Action == setting.ActionRegistrySet && setting.RegistryLocation(o.Op.Key, o.Op.Name).Same(at)
	})
}

// planSets reports whether the plan has a setting of a kind that is in effect.
func planSets(p *plan.Plan, kind string) bool {
	return slices.ContainsFunc(p.Settings, func(s plan.Setting) bool { return s.Kind == kind && s.Effect != plan.EffectSkip })
}
