// Package guest is the Windows that the program runs on: it reads it and changes it while it runs.
//
// It fills the same interfaces as package image does for a Windows inside a WIM, with the calls that Windows has for each thing: the registry,
// files, Registry.pol, and the security databases that no image file lets anybody edit. Whatever a call changed is read back, and a change
// that Windows took and did not make is an error: a stand-in for Windows (Wine) answers many calls and does nothing.
//
// HKCU is the default profile, as in an image, from which Windows makes new profiles: the program runs as a service, whose own HKCU nobody
// logs on to. Profiles that were made before do not change, and are not looked at.
//
// The package refuses to guess. What this machine does not answer is an error or not observable, never an absent value; accounts, groups,
// rights and features are named by SID, RID, constant and name of the feature, never by what a language calls them; no tool's output is read.
// Nothing here was ever run on a real Windows; docs/guest.md says what was seen under Wine.
//
// The calls are in files for Windows alone. Everything that is only bytes and text is in files that are built and tested everywhere.
package guest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Host says what machine this is.
type Host struct {
	Computer    string   // the NetBIOS name that is in force, not one that waits for a restart
	EditionID   string   // "IoTEnterpriseS"
	Build       string   // build.UBR: "19044.1288"; without UBR where Windows states none
	Arch        string   // "amd64"
	Languages   []string // installed languages of the user interface, BCP 47, sorted
	Platform    string   // PlatformWindows, PlatformWine
	MachineSID  string   // "S-1-5-21-...": not the same on two machines, and of no use against somebody who copies disks; "" where not known
	SMBIOSUUID  string   // of the board, as firmware tells it; "" where not known
	RuntimeArch string   // what this program was built for
}

// The platforms. Which one it is, is what the machine says of itself.
const (
	PlatformWindows = "windows"
	PlatformWine    = "wine" // ntdll.dll has wine_get_version, which no Windows has
)

// ErrNotHeld is wrapped where Windows took a change without complaint and then did not show it.
var ErrNotHeld = errors.New("the change was taken, and is not there")

// root is a predefined key of the registry.
type root int

const (
	rootMachine root = iota
	rootUsers
	rootDefaultProfile // no predefined key: the default profile's hive file
)

// splitKey finds where a key in the form of setting.NormalKey is, and its path below that. What exists for one user or one run alone is not
// observable.
func splitKey(key string) (root, string, error) {
	first, rest, _ := strings.Cut(setting.NormalKey(key), `\`)
	switch upcase.Fold(first) {
	case "HKLM":
		return rootMachine, rest, nil
	case "HKU", "HKEY_USERS":
		return rootUsers, rest, nil
	case "HKCU":
		if under(rest, `SOFTWARE\Classes`) {
			return 0, "", fmt.Errorf("key %s lies in UsrClass.dat, which the default profile lacks: %w", key, setting.ErrUnobservable)
		}
		return rootDefaultProfile, rest, nil
	}
	return 0, "", fmt.Errorf("key %s: only HKLM, HKCU (the default profile) and HKU are known: %w", key, setting.ErrUnobservable)
}

// under reports whether path is base or lies below it, as Windows compares names.
func under(path, base string) bool {
	path, base = upcase.Fold(path), upcase.Fold(base)
	return path == base || strings.HasPrefix(path, base+`\`)
}

// gptFile is the file by which Windows notices that local policy changed.
const gptFile = `\Windows\System32\GroupPolicy\gpt.ini`

// policyPath is the Registry.pol of a scope.
func policyPath(scope setting.PolicyScope) (string, error) {
	switch scope {
	case setting.ScopeMachine:
		return `\Windows\System32\GroupPolicy\Machine\Registry.pol`, nil
	case setting.ScopeUser:
		return `\Windows\System32\GroupPolicy\User\Registry.pol`, nil
	}
	return "", fmt.Errorf("unknown policy scope %q", scope)
}

// policyKey is the key as Registry.pol keeps it: without the root that its place stands for.
func policyKey(scope setting.PolicyScope, key string) (string, error) {
	root := map[setting.PolicyScope]string{setting.ScopeMachine: "HKLM", setting.ScopeUser: "HKCU"}[scope]
	rest, ok := strings.CutPrefix(setting.NormalKey(key), root+`\`)
	if root == "" || !ok {
		return "", fmt.Errorf("key %s does not belong to the policies of scope %q", key, scope)
	}
	return rest, nil
}

// defaultHive is the registry of the default profile.
const defaultHive = `\Users\Default\NTUSER.DAT`

// mayWrite refuses paths that file ops must not touch: hives and policy files change by registry and policy ops alone.
func mayWrite(path string) error {
	if err := wim.CheckPath(path); err != nil {
		return err
	}
	own := []string{defaultHive, gptFile}
	for _, scope := range []setting.PolicyScope{setting.ScopeMachine, setting.ScopeUser} {
		p, _ := policyPath(scope)
		own = append(own, p)
	}
	for _, hive := range []string{"SOFTWARE", "SYSTEM", "SAM", "SECURITY", "DEFAULT"} {
		own = append(own, `\Windows\System32\config\`+hive)
	}
	for _, o := range own {
		if upcase.Fold(o) == upcase.Fold(tidyPath(path)) {
			return fmt.Errorf("%s is changed by registry and policy settings only, not as a file", o)
		}
	}
	return nil
}

// tidyPath is a path with one backslash before each name.
func tidyPath(path string) string {
	return `\` + strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' }), `\`)
}

// restartKeys lists keys whose being there means that Windows waits for a restart.
var restartKeys = []struct{ key, reason string }{
	{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`, "component servicing: RebootPending"},
	{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootInProgress`, "component servicing: RebootInProgress"},
	{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\PackagesPending`, "component servicing: PackagesPending"},
	{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`, "Windows Update: RebootRequired"},
}
