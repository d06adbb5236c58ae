// Package standin is a machine of the WinRM lab without Wine and without a licence: the lab base as a Windows that seems to run. It can be
// read and changed like any target (setting.Reader, apply.Target), by the same hives that an image of the lab base has, and answers a
// handful of commands on them.
//
// It is for tests and trials and proves nothing about Windows. Rights, policies, accounts, groups, tasks and features are kept as they are
// told, after what the base's databases say. Whatever it does not know fails by name with exit code 9009: a command, a flag, a redirection,
// a PowerShell script. Programs of the product are registered by whoever has them in the process: see Machine.Register.
package standin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

var (
	_ winrm.Machine = (*Machine)(nil)

	_ setting.RegistryReader = (*Machine)(nil)
	_ setting.KeyLister      = (*Machine)(nil)
	_ setting.PolicyReader   = (*Machine)(nil)
	_ setting.PolicyLister   = (*Machine)(nil)
	_ setting.FileReader     = (*Machine)(nil)
	_ setting.RightReader    = (*Machine)(nil)
	_ setting.StateReader    = (*Machine)(nil)

	_ apply.RegistryWriter = (*Machine)(nil)
	_ apply.KeyChecker     = (*Machine)(nil)
	_ apply.PolicyWriter   = (*Machine)(nil)
	_ apply.FileWriter     = (*Machine)(nil)
	_ apply.RightWriter    = (*Machine)(nil)
	_ apply.StateWriter    = (*Machine)(nil)
)

// Program runs a registered program on the machine and returns its exit code. An error is written to its stderr, with exit code 1.
type Program func(ctx context.Context, m *Machine, c Call) (exit uint32, err error)

// Call is one call of a program.
type Call struct {
	winrm.Command          // streams, environment, and what it may ask of the host
	Path          string   // the program as the line names it
	Args          []string // as CommandLineToArgvW splits them
	Holes         []string // of a script, in the order of its text
}

// Machine is one lab machine. Its methods may be called from several goroutines.
type Machine struct {
	version string // of ver
	epoch   regf.FileTime

	mu       sync.Mutex
	boot     int
	base     *wim.Image
	offline  *image.Image          // what the security databases of the base say
	hives    map[string]*regf.Hive // by root; shared with other machines until this one changes them
	own      map[string]bool       // roots whose hive is this machine's alone
	set      string                // the control set that CurrentControlSet means
	files    map[string]*file
	folders  map[string]bool // whether a folder that the base does not have, or has, is there
	starts   []func()        // run when the next boot begins, in their order
	held     int64           // bytes of files beside the base
	states   map[string]*string
	rights   map[string][]string
	programs map[string]Program
	scripts  []script
}

// New makes a machine of the lab base. The zero Options mean ltsc-2021 in English.
func New(o lab.Options) (*Machine, error) {
	all, err := Machines(o, 1)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Machines makes n machines of one lab base. They share what none of them has changed, so that hundreds fit into memory: a hive is parsed once,
// and once more for each machine that changes it.
func Machines(o lab.Options, n int) ([]*Machine, error) {
	if o.Release == "" {
		o.Release = lab.LTSC2021
	}
	if o.Language == "" {
		o.Language = "en-US"
	}
	b, err := lab.New(o)
	if err != nil {
		return nil, fmt.Errorf("make stand-in machine: %w", err)
	}
	data, err := lab.Bytes(o)
	if err != nil {
		return nil, fmt.Errorf("make stand-in machine: %w", err)
	}
	f, err := wim.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("make stand-in machine: %w", err)
	}
	img, err := f.Image(len(b.Facts.Images))
	if err != nil {
		return nil, fmt.Errorf("make stand-in machine: %w", err)
	}
	return machines(img, b.Facts.BuildUBR(), regf.FileTimeOf(b.Facts.Released), n)
}

// FromImage makes a machine of an image that was built, as if it had been installed: what no image holds (what is said of a machine once it
// runs) is not there yet. The image's file must stay open as long as the machine is used.
func FromImage(img *wim.Image) (*Machine, error) {
	all, err := FromImages(img, 1)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// FromImages makes n machines of one image. They share what none of them has changed.
func FromImages(img *wim.Image, n int) ([]*Machine, error) {
	r, err := image.Open(img)
	if err != nil {
		return nil, fmt.Errorf("make stand-in machine: %w", err)
	}
	facts, err := r.Facts()
	if err != nil {
		return nil, fmt.Errorf("make stand-in machine: %w", err)
	}
	return machines(img, facts.Build, regf.FileTime(img.Info().Modified), n)
}

func machines(img *wim.Image, build string, epoch regf.FileTime, n int) ([]*Machine, error) {
	hives, set, err := openHives(img)
	if err != nil {
		return nil, fmt.Errorf("make stand-in machine: %w", err)
	}
	all := make([]*Machine, n)
	for i := range all {
		m := &Machine{
			version: "10.0." + build, epoch: epoch, boot: 1, base: img, hives: maps.Clone(hives), set: set,
			own: make(map[string]bool), files: make(map[string]*file), folders: make(map[string]bool), states: make(map[string]*string),
			rights: make(map[string][]string), programs: make(map[string]Program),
		}
		if m.offline, err = image.Open(img); err != nil {
			return nil, fmt.Errorf("make stand-in machine: %w", err)
		}
		if err := m.registerScripts(); err != nil {
			return nil, fmt.Errorf("make stand-in machine: %w", err)
		}
		all[i] = m
	}
	return all, nil
}

// Describe names the machine for messages.
func (m *Machine) Describe() string { return "lab machine (" + winrm.Marker + ")" }

// BootID counts the boots.
func (m *Machine) BootID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strconv.Itoa(m.boot)
}

// bootKey and bootValue are where Windows counts its boots; here from the first restart on.
const (
	bootKey   = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`
	bootValue = "BootId"
)

// The value by which Windows knows files to be renamed at the next boot. A restart of the machine takes it away, and renames nothing.
const (
	PendingKey   = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`
	PendingValue = "PendingFileRenameOperations"
)

// Restart begins another boot: files and registry stay, what runs is gone already.
func (m *Machine) Restart() {
	m.mu.Lock()
	m.boot++
	n, starts := m.boot, m.starts
	m.starts = nil
	m.mu.Unlock()
	_, _ = m.SetRegistryValue(bootKey, bootValue, setting.DWord(uint32(n))) // New has opened the hive
	_, _ = m.DeleteRegistryValue(PendingKey, PendingValue)
	for _, start := range starts {
		start()
	}
}

// AtStart orders what a service does when the machine starts the next time, before anybody can connect.
func (m *Machine) AtStart(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.starts = append(m.starts, f)
}

// Register gives the machine a program, known by the name of its file without .exe: "wmguest". A line that names it by a path finds it only
// where such a file is on the machine. A name that is taken is an error.
func (m *Machine) Register(name string, p Program) error {
	name = programName(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if name == "" || p == nil {
		return errors.New("register a lab program: it needs a name and a function")
	}
	if m.programs[name] != nil || builtins()[name] != nil {
		return fmt.Errorf("register a lab program: %q is taken", name)
	}
	m.programs[name] = p
	return nil
}

// programName is the form in which programs are known.
func programName(path string) string {
	path = strings.ToLower(strings.ReplaceAll(path, "/", `\`))
	path = path[strings.LastIndexByte(path, '\\')+1:]
	return strings.TrimSuffix(path, ".exe")
}
