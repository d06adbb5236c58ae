package setting

import (
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Location names one thing in Windows that a setting owns or reads: "reg:HKLM\SOFTWARE\X!Name", "svc:Dnscache",
// "file:\Windows\System32\x.dat", "right:SeDenyNetworkLogonRight". Windows compares such names without regard to case, and so does
// Same; the text keeps the case in which it was written.
type Location string

// RegistryLocation is the location of a registry value; name "" is the key's default value. Key is in the form of NormalKey.
func RegistryLocation(key, name string) Location { return Location("reg:" + key + "!" + name) }

// PolicyLocation is the location of an entry of a Registry.pol file; scope is "machine" or "user".
func PolicyLocation(scope PolicyScope, key, name string) Location {
	return Location("pol:" + string(scope) + ":" + key + "!" + name)
}

// ServiceLocation is the location of a service or driver, by its key name under Services.
func ServiceLocation(name string) Location { return Location("svc:" + name) }

// FileLocation is the location of a file or folder; path is absolute within the system volume, with backslashes: "\Windows\x".
func FileLocation(path string) Location { return Location("file:" + path) }

// RightLocation is the location of a user right, by its constant name (SeShutdownPrivilege, ...).
func RightLocation(constant string) Location { return Location("right:" + constant) }

// Canon is the form in which two locations of one thing are equal: upper-cased by Windows' own table.
func (l Location) Canon() string {
	scheme, rest, _ := strings.Cut(string(l), ":")
	return scheme + ":" + upcase.Fold(rest)
}

// Same reports whether both name one thing.
func (l Location) Same(other Location) bool { return l.Canon() == other.Canon() }

// Claim is one location that a setting owns or joins.
//
// Two claims on one location agree where their Values are equal. Where both are Union their settings are merged (see Merger).
// Anything else is a collision.
type Claim struct {
	Location Location `json:"location"`
	Value    string   `json:"value"`           // what is wanted there, in canonical text
	Union    bool     `json:"union,omitempty"` // joins with others' lists instead of owning the location
}
