// Package lab makes the lab base: a small WIM with the shape of a Windows 10
// LTSB/LTSC medium (directories, hives, services, descriptors, short names,
// hard links, junctions, two images), so that everything that builds images
// can be tried and tested without Microsoft's files.
//
// It is a stand-in and says so: the first line of every file but the hives has
// Marker, the description of each image begins with it, and each generated hive
// holds the key `wmclient-lab`. Facts about Windows in it were written down, not
// extracted (see data/services.csv); no program in it runs and nothing here
// ever met a real Windows. The same Options give the same bytes on every
// machine: no clock, no environment and no file of the host enters.
//
// It refuses releases, languages and hive paths that it does not know.
package lab

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Marker stands in the first line of every stand-in file; the description of
// each image and the `Description` value of each generated hive begin with it.
const Marker = "wmclient lab stand-in, not a Windows file"

// MarkerKey is the key in each generated hive that says what it is. Its values:
// `Stand-in` (REG_DWORD 1), `Description` and `Release`.
const MarkerKey = "wmclient-lab"

// Options say which base to make.
type Options struct {
	Release  Release // see ParseRelease; the zero value is refused
	Language string  // BCP 47, one of Languages(), whatever its case

	// Arch is "amd64" (also when empty) or "x86". Only the facts and the names
	// of packages follow it, not the tree: x86 is there so that a SYSTEM hive
	// of such a Windows can be put in without a contradiction.
	Arch string

	// Build is the build.UBR that the base says of itself, "19044.5011" for
	// example: a serviced base. The build must be the release's and the UBR not
	// below the medium's. Empty is the medium's own. Only the number follows it:
	// the lab has no updates to add.
	Build string

	// Hives replaces generated hives with these bytes, in both images. Keys
	// are paths in the image, for example
	// "Windows/System32/config/SYSTEM": see HivePaths. The bytes are taken as
	// they are, clean or not.
	Hives map[string][]byte

	// Grafts copies each hive below GraftKey of the generated hive with that
	// path, in both images: see GraftSubtree.
	Grafts map[string][]byte

	// Dirty names generated hives that stand in both images as a machine leaves
	// them that lost its power: with differing sequence numbers, and with their
	// last writes in the transaction logs .LOG1 and .LOG2 beside them.
	Dirty []string

	// Plant changes what the generated SECURITY and SAM hives and the tasks say:
	// canonical texts by locations of the room setting, for example
	// "right:SeDebugPrivilege": `["S-1-5-32-545"]`. See policy.plant.
	Plant map[string]string
}

// Base is a lab base in memory.
type Base struct {
	Facts   Facts
	options Options
	lang    language
	policy  *policy
	epoch   time.Time
}

// New checks the options. Its errors name the values that are known.
func New(o Options) (*Base, error) {
	f, err := o.Release.Facts()
	if err != nil {
		return nil, fmt.Errorf("make lab base: %w", err)
	}
	if f, err = f.serviced(o.Build); err != nil {
		return nil, fmt.Errorf("make lab base: %w", err)
	}
	l, err := findLanguage(o.Language)
	if err != nil {
		return nil, fmt.Errorf("make lab base: %w", err)
	}
	o.Arch = cmp.Or(o.Arch, "amd64")
	if !slices.Contains(arches(), o.Arch) {
		return nil, fmt.Errorf("make lab base: %w", unknown("architecture", o.Arch, arches()))
	}
	for _, m := range []*map[string][]byte{&o.Hives, &o.Grafts} {
		if *m, err = canonicalHives(*m); err != nil {
			return nil, fmt.Errorf("make lab base: %w", err)
		}
	}
	if o.Dirty, err = canonicalDirty(o.Dirty, o.Hives); err != nil {
		return nil, fmt.Errorf("make lab base: %w", err)
	}
	for path := range o.Grafts {
		if _, replaced := o.Hives[path]; replaced {
			return nil, fmt.Errorf("make lab base: hive %q is replaced and grafted into; choose one", path)
		}
	}
	b := &Base{Facts: f, options: o, lang: l, epoch: f.Released}
	if b.policy, err = b.newPolicy(); err != nil {
		return nil, fmt.Errorf("make lab base: %w", err)
	}
	return b, nil
}

func arches() []string { return []string{"amd64", "x86"} }

// Write writes the whole WIM to out, an *os.File for example, which is emptied
// first. Nothing is written before everything that can be wrong with o was
// looked at.
func Write(ctx context.Context, out wim.Output, o Options) (wim.Result, error) {
	b, err := New(o)
	if err != nil {
		return wim.Result{}, err
	}
	return b.Write(ctx, out)
}

// Bytes returns the whole WIM file.
func Bytes(o Options) ([]byte, error) {
	var m memory
	if _, err := Write(context.Background(), &m, o); err != nil {
		return nil, err
	}
	return m.data, nil
}
