package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Item is one thing that is installed.
type Item struct {
	Name    string `json:"name"`              // of a program or service its key, of a driver its INF file
	Title   string `json:"title,omitempty"`   // for people
	Version string `json:"version,omitempty"` // of a program as its installer states it
	SHA256  string `json:"sha256,omitempty"`  // of a driver's INF file
}

// Inventory is what is installed, as far as it could be read: a list that could not is nil, and has its gap. Lists are sorted by name.
type Inventory struct {
	Programs []Item `json:"programs"` // by the uninstall keys, of both widths
	Drivers  []Item `json:"drivers"`  // of other makers: oem*.inf, by content, since Windows numbers them as they come
	Services []Item `json:"services"` // and neither drivers nor those that Windows makes for each log-on

	problems map[string]error
}

// The parts of an inventory.
const (
	partPrograms = "programs"
	partDrivers  = "drivers"
	partServices = "services"
)

const servicesKey = `HKLM\SYSTEM\CurrentControlSet\Services`

// infFolder is where Windows keeps the INF files of drivers that it was given.
const infFolder = `\Windows\INF`

// lister is a client that lists the files of a folder whose names begin and end so, with their facts by name.
type lister interface {
	FolderFiles(folder, prefix, suffix string) (map[string]setting.FileFacts, error)
}

// list reads what is installed.
func list(r Reader) Inventory {
	v := Inventory{problems: map[string]error{}}
	for part, read := range map[string]func(Reader) ([]Item, error){partPrograms: programs, partDrivers: drivers, partServices: services} {
		items, err := read(r)
		if err != nil {
			v.problems[part] = err
			continue
		}
		if items == nil {
			items = []Item{}
		}
		slices.SortFunc(items, func(a, b Item) int {
			return strings.Compare(upcase.Fold(a.Name)+a.SHA256, upcase.Fold(b.Name)+b.SHA256)
		})
		*v.part(part) = items
	}
	return v
}

func (v *Inventory) part(name string) *[]Item {
	return map[string]*[]Item{partPrograms: &v.Programs, partDrivers: &v.Drivers, partServices: &v.Services}[name]
}

// text is a value of a key as a text; "" where there is none, or it is of another type.
func text(r Reader, key, name string) (string, error) {
	v, err := r.RegistryValue(key, name)
	if errors.Is(err, setting.ErrAbsent) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	kind, rest, _ := strings.Cut(v.Text(), ":")
	if kind != string(setting.TypeSZ) && kind != string(setting.TypeExpandSZ) {
		return "", nil
	}
	return rest, nil
}

// programs lists what Windows shows as installed, and what the Windows Installer knows.
func programs(r Reader) ([]Item, error) {
	var out []Item
	for n, root := range guest.UninstallKeys() {
		keys, err := r.RegistryKeys(root)
		if errors.Is(err, setting.ErrAbsent) && n > 0 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list programs below %s: %w", root, err)
		}
		for _, k := range keys {
			it := Item{Name: k}
			var err1, err2 error
			it.Title, err1 = text(r, root+`\`+k, "DisplayName")
			it.Version, err2 = text(r, root+`\`+k, "DisplayVersion")
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			if it.Title != "" || strings.HasPrefix(k, "{") {
				out = append(out, it)
			}
		}
	}
	return out, nil
}

// Types of services (winnt.h): with a process of their own or a shared one; and those that Windows makes from a template for one log-on.
const (
	serviceProcesses = 0x30
	serviceOfLogon   = 0x80
)

func services(r Reader) ([]Item, error) {
	keys, err := r.RegistryKeys(servicesKey)
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	var out []Item
	for _, k := range keys {
		v, err := r.RegistryValue(servicesKey+`\`+k, "Type")
		if errors.Is(err, setting.ErrAbsent) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var n uint32
		if _, err := fmt.Sscanf(v.Text(), "dword:%d", &n); err == nil && n&serviceProcesses != 0 && n&serviceOfLogon == 0 {
			out = append(out, Item{Name: k})
		}
	}
	return out, nil
}

func drivers(r Reader) ([]Item, error) {
	l, ok := r.(lister)
	if !ok {
		return nil, fmt.Errorf("drivers in %s: %w", r.Describe(), setting.ErrUnobservable)
	}
	files, err := l.FolderFiles(infFolder, "oem", ".inf")
	if err != nil {
		return nil, fmt.Errorf("list drivers: %w", err)
	}
	var out []Item
	for name, f := range files {
		out = append(out, Item{Name: name, SHA256: f.SHA256})
	}
	return out, nil
}

// key is what two lists are compared by.
func (i Item) key() string {
	if i.SHA256 != "" {
		return i.SHA256
	}
	return upcase.Fold(i.Name)
}

func (i Item) state() string {
	if i.Version != "" {
		return i.Version
	}
	return "installed"
}

// inventory reads what is installed and, where there is a baseline, compares.
func (j *judgement) inventory(baseline *Record) {
	v := list(j.reader)
	j.Inventory = v
	for _, part := range []string{partPrograms, partDrivers, partServices} {
		is := *v.part(part)
		switch {
		case v.problems[part] != nil:
			j.gap(part, v.problems[part])
		case baseline == nil:
			j.NotCompared = append(j.NotCompared, part+": no baseline record was given")
		case *baseline.Inventory.part(part) == nil:
			j.NotCompared = append(j.NotCompared, part+": the baseline record has none")
		default:
			j.compare(part, *baseline.Inventory.part(part), is)
		}
	}
}

// compare tells apart what is gone, what has another version and what is new.
func (j *judgement) compare(part string, was, is []Item) {
	gone := map[string]Class{partPrograms: ClassProducts, partDrivers: ClassDrivers, partServices: ClassImage}[part]
	fresh := map[string]Class{partPrograms: ClassStrangers, partDrivers: ClassDrivers, partServices: ClassStrangers}[part]
	one := strings.TrimSuffix(part, "s")
	now, then := map[string]Item{}, map[string]Item{}
	for _, it := range is {
		now[it.key()] = it
	}
	for _, it := range was {
		then[it.key()] = it
		got, ok := now[it.key()]
		switch {
		case !ok:
			j.differ(Difference{Class: gone, Name: one + " " + it.Name, Expected: it.state(), Observed: setting.Absent, Reason: strings.TrimSpace("it is in the baseline record and not on the client " + it.Title)})
		case got.state() != it.state():
			j.differ(Difference{Class: gone, Name: one + " " + it.Name, Expected: it.state(), Observed: got.state(), Reason: strings.TrimSpace("the baseline record has another version " + it.Title)})
		}
	}
	for _, it := range is {
		if _, known := then[it.key()]; !known {
			j.differ(Difference{Class: fresh, Name: one + " " + it.Name, Expected: setting.Absent, Observed: it.state(), Reason: strings.TrimSpace("it is not in the baseline record " + it.Title)})
		}
	}
}
