package unattend

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Base is what an answer file is held against: the image that Setup will lay on the disk.
type Base struct {
	Arch      string   // "amd64" or "x86"
	Languages []string // BCP 47, those that the image holds; empty where it is not known
	Images    []string // names of the images within the WIM, in order; empty where they are not known
	// Notice is true where the plan shows a text before anybody logs on: the automatic logon waits for a person then.
	Notice bool
	// FilteredTokens is true where the plan takes their rights from local administrators who come over the network (policy
	// LocalAccountTokenFilterPolicy): the script turns that off, and Windows turns it on again when it next applies policy.
	FilteredTokens bool
	// DisabledServices are names of services that the plan turns off at stage image.
	DisabledServices []string
}

// Level says how bad a problem is.
type Level string

// The two levels: an error stops Setup or the build, a warning may.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
)

// Problem is one thing that is wrong with an answer file.
type Problem struct {
	Level Level  `json:"level"`
	Place string `json:"place"` // pass, component and setting: "windowsPE/Microsoft-Windows-Setup/ImageInstall"
	Text  string `json:"text"`
}

// String is the problem in one line.
func (p Problem) String() string { return fmt.Sprintf("%s: %s: %s", p.Level, p.Place, p.Text) }

// maxAnswerFile bounds what Lint reads, in bytes; maxNesting the depth of its elements. Setup's own files have some 20 KB and 10 levels.
const (
	maxAnswerFile = 4 << 20
	maxNesting    = 64
)

// Lint holds an answer file, of whatever origin, against the base. Problems come in the order of the rules. A file that is no answer file is an error;
// no message quotes a password or a key.
func Lint(file []byte, base Base) ([]Problem, error) {
	root, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("read answer file: %w", err)
	}
	if root.name != "unattend" || root.space != namespace {
		return nil, fmt.Errorf("read answer file: its root is %q in %q, not unattend in %s", root.name, root.space, namespace)
	}
	l := &linter{base: base, root: root}
	for _, rule := range []func(){l.components, l.locales, l.image, l.partitions, l.questions, l.logon, l.secrets} {
		rule()
	}
	return l.problems, nil
}

// found is a parsed element.
type found struct {
	name, space, text string
	attrs             map[string]string
	children          []*found
}

// parse reads the whole file, bounded.
func parse(file []byte) (*found, error) {
	if len(file) > maxAnswerFile {
		return nil, fmt.Errorf("it has %d bytes, more than the %d that an answer file may have", len(file), maxAnswerFile)
	}
	dec := xml.NewDecoder(bytes.NewReader(file))
	top := &found{}
	stack := []*found{top}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		last := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if len(stack) > maxNesting {
				return nil, fmt.Errorf("elements are nested deeper than %d", maxNesting)
			}
			e := &found{name: t.Name.Local, space: t.Name.Space, attrs: make(map[string]string, len(t.Attr))}
			for _, a := range t.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			last.children = append(last.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			last.text = strings.TrimSpace(last.text)
			stack = stack[:len(stack)-1]
		case xml.CharData:
			last.text += string(t)
		case xml.Directive:
			return nil, errors.New("it has a document type, which answer files do not")
		}
	}
	if len(top.children) != 1 {
		return nil, fmt.Errorf("it has %d root elements", len(top.children))
	}
	return top.children[0], nil
}

// all returns the elements at a path of names below e.
func (e *found) all(path ...string) []*found {
	here := []*found{e}
	for _, name := range path {
		var next []*found
		for _, h := range here {
			for _, c := range h.children {
				if c.name == name {
					next = append(next, c)
				}
			}
		}
		here = next
	}
	return here
}

// first is the text of the first element at the path, "" where there is none.
func (e *found) first(path ...string) string {
	if list := e.all(path...); len(list) > 0 {
		return list[0].text
	}
	return ""
}

type linter struct {
	base     Base
	root     *found
	problems []Problem
}

func (l *linter) add(level Level, place, format string, args ...any) {
	l.problems = append(l.problems, Problem{level, place, fmt.Sprintf(format, args...)})
}

// component returns the named component of a pass; an empty one where it is not there.
func (l *linter) component(pass, name string) *found {
	for _, settings := range l.root.all("settings") {
		if settings.attrs["pass"] != pass {
			continue
		}
		for _, c := range settings.all("component") {
			if c.attrs["name"] == name {
				return c
			}
		}
	}
	return &found{}
}

// passes are Setup's configuration passes.
var passes = []string{"windowsPE", "offlineServicing", "generalize", "specialize", "auditSystem", "auditUser", "oobeSystem"}

// components checks what every component must have: a pass that exists, and the base's architecture, or Setup passes it over in silence.
func (l *linter) components() {
	for _, settings := range l.root.all("settings") {
		pass := settings.attrs["pass"]
		if !slices.Contains(passes, pass) {
			l.add(LevelError, "settings", "pass %q does not exist (%s)", pass, strings.Join(passes, ", "))
		}
		for _, c := range settings.all("component") {
			place := pass + "/" + c.attrs["name"]
			if arch := c.attrs["processorArchitecture"]; arch != l.base.Arch {
				l.add(LevelError, place, "processorArchitecture is %q, the base is %s: Setup passes the component over without a word", arch, l.base.Arch)
			}
			if c.attrs["publicKeyToken"] != "31bf3856ad364e35" {
				l.add(LevelError, place, "publicKeyToken is not that of Windows' own components, 31bf3856ad364e35: Setup passes the component over without a word")
			}
		}
	}
}

// locales checks that the language is one that the image holds.
func (l *linter) locales() {
	for _, at := range []struct{ pass, name string }{
		{"windowsPE", "Microsoft-Windows-International-Core-WinPE"}, {"oobeSystem", "Microsoft-Windows-International-Core"},
	} {
		place := at.pass + "/" + at.name + "/UILanguage"
		language := l.component(at.pass, at.name).first("UILanguage")
		switch {
		case language == "":
			l.add(LevelError, place, "is missing: Setup asks for the language")
		case len(l.base.Languages) > 0 && !slices.ContainsFunc(l.base.Languages, func(have string) bool { return strings.EqualFold(have, language) }):
			l.add(LevelError, place, "%s is not in the image, which has %s", language, strings.Join(l.base.Languages, ", "))
		}
	}
}

// image checks which image of the WIM is asked for.
func (l *linter) image() {
	const place = "windowsPE/Microsoft-Windows-Setup/ImageInstall/OSImage/InstallFrom"
	data := l.component("windowsPE", "Microsoft-Windows-Setup").all("ImageInstall", "OSImage", "InstallFrom", "MetaData")
	if len(data) == 0 {
		l.add(LevelError, place, "names no image: Setup asks where the WIM holds more than one, and where no key tells")
	}
	for _, d := range data {
		key, value := d.first("Key"), d.first("Value")
		switch strings.ToUpper(key) {
		case "/IMAGE/INDEX":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || len(l.base.Images) > 0 && n > len(l.base.Images) {
				l.add(LevelError, place, "there is no image %s; the WIM has %d", value, len(l.base.Images))
			}
		case "/IMAGE/NAME":
			if len(l.base.Images) > 0 && !slices.Contains(l.base.Images, value) {
				l.add(LevelError, place, "there is no image named %q; the WIM has %q", value, l.base.Images)
			}
		default:
			l.add(LevelWarning, place, "the image is asked for by %q, which is not held against the base here", key)
		}
	}
}

// partitions checks that what is installed to exists and can hold Windows.
func (l *linter) partitions() {
	setup := l.component("windowsPE", "Microsoft-Windows-Setup")
	const place = "windowsPE/Microsoft-Windows-Setup/ImageInstall/OSImage/InstallTo"
	disk, to := setup.first("ImageInstall", "OSImage", "InstallTo", "DiskID"), setup.first("ImageInstall", "OSImage", "InstallTo", "PartitionID")
	if to == "" {
		if setup.first("ImageInstall", "OSImage", "InstallToAvailablePartition") != "true" {
			l.add(LevelError, place, "is missing: Setup asks where to install to")
		}
		return
	}
	for _, d := range setup.all("DiskConfiguration", "Disk") {
		if d.first("DiskID") != disk {
			continue
		}
		made := d.all("CreatePartitions", "CreatePartition")
		for _, p := range made {
			if p.first("Order") != to {
				continue
			}
			if kind := p.first("Type"); kind != "Primary" && kind != "Logical" {
				l.add(LevelError, place, "partition %s is of type %s, which holds no Windows", to, kind)
			}
			if size, err := strconv.Atoi(p.first("Size")); err == nil && size < minimumDisk {
				l.add(LevelError, place, "partition %s has %d MiB; Windows 10 needs %d", to, size, minimumDisk)
			}
			return
		}
		if len(made) > 0 {
			l.add(LevelError, place, "partition %s is not among the %d that are made", to, len(made))
		}
		return
	}
	l.add(LevelWarning, place, "disk %s is not divided by this file: it must have partition %s already", disk, to)
}

// minimumDisk is the smallest partition for 64-bit Windows 10 in MiB ("Windows 10 system requirements": 32 GB since version 1903; 20 GB before).
const minimumDisk = 20 * 1000

// questions are the pages that Setup shows where nothing answers them.
func (l *linter) questions() {
	setup := l.component("windowsPE", "Microsoft-Windows-Setup")
	if setup.first("UserData", "AcceptEula") != "true" {
		l.add(LevelError, "windowsPE/Microsoft-Windows-Setup/UserData/AcceptEula", "is not true: Setup asks")
	}
	shell := l.component("oobeSystem", "Microsoft-Windows-Shell-Setup")
	for _, name := range []string{"HideEULAPage", "HideOnlineAccountScreens", "HideWirelessSetupInOOBE"} {
		if shell.first("OOBE", name) != "true" {
			l.add(LevelError, "oobeSystem/Microsoft-Windows-Shell-Setup/OOBE/"+name, "is not true: the first start asks")
		}
	}
	if shell.first("OOBE", "ProtectYourPC") == "" {
		l.add(LevelError, "oobeSystem/Microsoft-Windows-Shell-Setup/OOBE/ProtectYourPC", "is missing: the first start asks")
	}
	if len(shell.all("UserAccounts", "LocalAccounts", "LocalAccount")) == 0 && shell.first("UserAccounts", "AdministratorPassword", "Value") == "" {
		l.add(LevelError, "oobeSystem/Microsoft-Windows-Shell-Setup/UserAccounts", "makes no account: the first start asks for one")
	}
	if name := l.component("specialize", "Microsoft-Windows-Shell-Setup").first("ComputerName"); name == "" {
		l.add(LevelWarning, "specialize/Microsoft-Windows-Shell-Setup/ComputerName", "is missing: the first start may ask; * lets Setup make one")
	}
}

// logon checks what the first logon needs to come about without a person.
func (l *linter) logon() {
	const place = "oobeSystem/Microsoft-Windows-Shell-Setup/"
	shell := l.component("oobeSystem", "Microsoft-Windows-Shell-Setup")
	commands := shell.all("FirstLogonCommands", "SynchronousCommand")
	auto := shell.first("AutoLogon", "Enabled") == "true"
	if len(commands) == 0 {
		return
	}
	switch user := shell.first("AutoLogon", "Username"); {
	case !auto:
		l.add(LevelError, place+"FirstLogonCommands", "run at the first logon, and nobody logs on: there is no AutoLogon")
	case !slices.ContainsFunc(shell.all("UserAccounts", "LocalAccounts", "LocalAccount"), func(a *found) bool { return strings.EqualFold(a.first("Name"), user) }):
		l.add(LevelWarning, place+"AutoLogon", "logs on as %q, which this file does not make: Windows' own accounts have other names in other languages", user)
	}
	if auto && shell.first("AutoLogon", "LogonCount") == "" {
		l.add(LevelError, place+"AutoLogon/LogonCount", "is missing: the account would be logged on at every start for ever")
	}
	if auto && l.base.Notice {
		l.add(LevelError, place+"AutoLogon", "the plan shows a notice before anybody logs on, and so the automatic logon waits for a person: "+
			"except the notice's settings from the image that is built online, or let the agent in the image do the work (first_boot)")
	}
	if l.base.FilteredTokens {
		l.add(LevelWarning, place+"FirstLogonCommands", "the plan takes their rights from local administrators who come over the network: they hold only "+
			"until Windows next applies policy, which it does where policy has changed; a build that is refused in its middle has met that")
	}
	for _, c := range commands {
		if n := len(c.first("CommandLine")); n > maxCommandLine {
			l.add(LevelError, place+"FirstLogonCommands", "a command line has %d characters; Setup takes %d", n, maxCommandLine)
		}
	}
	for _, service := range []string{"WinRM", "MpsSvc"} {
		if slices.ContainsFunc(l.base.DisabledServices, func(have string) bool { return strings.EqualFold(have, service) }) {
			l.add(LevelError, place+"FirstLogonCommands", "the plan turns the service %s off before the build can come in through it", service)
		}
	}
}

// maxCommandLine is Setup's limit for SynchronousCommand/CommandLine, in characters ("CommandLine" in the reference).
const maxCommandLine = 1024

// secrets warns of passwords that anybody can read.
func (l *linter) secrets() {
	var walk func(e *found, place string)
	walk = func(e *found, place string) {
		if name, ok := e.attrs["name"]; ok && e.name == "component" {
			place += "/" + name
		} else if pass, ok := e.attrs["pass"]; ok {
			place = pass
		} else if e != l.root {
			place += "/" + e.name
		}
		if e.first("PlainText") == "true" && e.first("Value") != "" {
			l.add(LevelWarning, place, "the password stands in clear: PlainText false obscures it, and seal removes every copy of the file")
		}
		for _, c := range e.children {
			walk(c, place)
		}
	}
	walk(l.root, "")
}
