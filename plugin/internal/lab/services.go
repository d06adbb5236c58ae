package lab

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed data/services.csv
var servicesTable string

// StartType is a service's Start value.
type StartType uint32

// The start types (SERVICE_BOOT_START and so on, winnt.h).
const (
	Boot     StartType = 0
	System   StartType = 1
	Auto     StartType = 2
	Manual   StartType = 3
	Disabled StartType = 4
)

// Service is one key below Services as the medium of a release delivers it.
type Service struct {
	Name      string
	Type      uint32 // SERVICE_KERNEL_DRIVER (1), ..., with the per-user template bit (0x40)
	Start     StartType
	Delayed   bool     // DelayedAutostart
	Error     uint32   // ErrorControl
	ImagePath string   // unexpanded
	Account   string   // ObjectName; "" for drivers and per-user services
	DependsOn []string // DependOnService; nil where there is none or it is not known
	Display   string   // DisplayName as a resource reference; "" where not known
}

// Driver reports whether s is a kernel or file system driver.
func (s Service) Driver() bool { return s.Type < 0x10 }

// Services returns the services and drivers of a release, in the order of
// data/services.csv, whose head says where they come from. A name in the list
// exists in that release; the list is not complete.
func Services(r Release) ([]Service, error) {
	f, err := r.Facts()
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	table, err := rows(servicesTable, 9)
	if err != nil {
		return nil, fmt.Errorf("list services: data/services.csv: %w", err)
	}
	var list []Service
	for _, r := range table {
		s, here, err := parseService(r.columns, f.Build)
		if err != nil {
			return nil, fmt.Errorf("list services: data/services.csv:%d: %w", r.line, err)
		}
		if here {
			list = append(list, s)
		}
	}
	return list, nil
}

// parseService reads one row. here says whether the build has the service.
func parseService(c []string, build int) (s Service, here bool, err error) {
	name, kind, start, image, account, builds, severity, depend, display := c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]
	if here, err = inBuilds(builds, build); err != nil {
		return s, false, err
	}
	s = Service{Name: name, Error: 1, Display: display}
	if depend != "" {
		s.DependsOn = strings.Fields(depend)
	}
	if s.Type, err = look("kind", kind, serviceKinds()); err != nil {
		return s, false, err
	}
	n, err := look("start", start, startTypes())
	if err != nil {
		return s, false, err
	}
	s.Start, s.Delayed = StartType(n), start == "auto-delayed"
	if severity != "" {
		n, err := strconv.ParseUint(severity, 10, 2)
		if err != nil {
			return s, false, fmt.Errorf("error control %q is not 0 to 3", severity)
		}
		s.Error = uint32(n)
	}
	s.ImagePath = imagePath(s, kind, image, build)
	if kind == "own" || kind == "share" || kind == "interactive" {
		if s.Account, err = look("account", account, accounts()); err != nil {
			return s, false, err
		}
	}
	return s, here, nil
}

// imagePath expands the image column. Drivers that the boot loader reads have a
// path without a leading \SystemRoot.
func imagePath(s Service, kind, image string, build int) string {
	switch {
	case s.Driver():
		if image == "" {
			image = s.Name + ".sys"
		}
		path := `System32\drivers\` + image
		if s.Start != Boot && s.Start != System {
			path = `\SystemRoot\` + path
		}
		return path
	case kind == "own" || kind == "interactive" || kind == "user-own" || strings.Contains(image, `\`):
		return image
	}
	path := `%SystemRoot%\system32\svchost.exe -k ` + image
	if build >= 16299 { // process mitigation policy, from 1709 on
		path += " -p"
	}
	return path
}

// inBuilds reads the builds column: "", "N", "N-" or "-N".
func inBuilds(s string, build int) (bool, error) {
	from, to, isRange := strings.Cut(s, "-")
	if s == "" {
		return true, nil
	}
	if !isRange {
		to = from
	}
	low, high := 0, 1<<30
	for _, b := range []struct {
		text string
		into *int
	}{{from, &low}, {to, &high}} {
		if b.text == "" {
			continue
		}
		n, err := strconv.Atoi(b.text)
		if err != nil {
			return false, fmt.Errorf("builds %q is not N, N- or -N", s)
		}
		*b.into = n
	}
	return low <= build && build <= high, nil
}

// named is a word of a column with its value.
type named[T any] struct {
	word  string
	value T
}

func look[T any](column, word string, list []named[T]) (T, error) {
	for _, n := range list {
		if n.word == word {
			return n.value, nil
		}
	}
	var none T
	return none, fmt.Errorf("unknown %s %q", column, word)
}

func serviceKinds() []named[uint32] {
	return []named[uint32]{
		{"kernel", 1}, {"fs", 2}, {"own", 0x10}, {"share", 0x20}, {"interactive", 0x110}, {"user-own", 0x50}, {"user", 0x60},
	}
}

func startTypes() []named[uint32] {
	return []named[uint32]{
		{"boot", 0}, {"system", 1}, {"auto", 2}, {"auto-delayed", 2}, {"manual", 3}, {"disabled", 4},
	}
}

func accounts() []named[string] {
	return []named[string]{
		{"", "LocalSystem"}, {"LS", `NT AUTHORITY\LocalService`}, {"NS", `NT AUTHORITY\NetworkService`},
	}
}
