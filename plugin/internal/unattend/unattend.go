// Package unattend writes the answer file autounattend.xml with which Windows Setup installs a client for an online build without a
// person, and holds answer files against the base that they are meant for.
//
// An answer file is made from a Config, which says what differs between sites; everything else is fixed here with its reason. The
// package is pure: it reads no clock, no environment and no random source of its own, so that one Config gives the same bytes each
// time. It refuses a Config that Setup would stop at with a question or a message box: nobody sits before a build machine. Names and
// places follow Microsoft's "Unattended Windows Setup Reference". No answer file made here has met a real Windows Setup yet.
package unattend

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
)

// Firmware is how the machine starts, and so how its disk is divided.
type Firmware string

// The two firmwares that Windows 10 starts from.
const (
	UEFI Firmware = "uefi" // GPT: recovery, EFI system, reserved, Windows
	BIOS Firmware = "bios" // MBR: system, Windows
)

// Config is what differs between sites and builds.
type Config struct {
	Arch     string   // "amd64" or "x86", as the base's
	Language string   // BCP 47: "sv-SE" or "en-US"; language of Windows, formats and keyboard
	TimeZone string   // Windows' own id; "" is "W. Europe Standard Time" for sv-SE and "UTC" else
	Firmware Firmware // "" is UEFI

	// ImageIndex is the number of the image within the WIM, from 1; 0 leaves the choice to ImageName.
	ImageIndex int
	// ImageName is the image's name within the WIM; used where ImageIndex is 0.
	ImageName string
	// ImagePath is where Setup finds the WIM, as Windows PE sees it: `D:\image.wim`; "" takes install.wim of the medium.
	ImagePath string

	ComputerName string // NetBIOS name of at most 15 characters; "" lets Setup make one
	Organization string // shown as registered owner's organisation; may be empty

	// ProductKey is the 25 characters of a key, with hyphens; "" leaves the key to the medium (OEM activation, PID.txt, evaluation).
	// It is part of the answer file and so of whatever holds it.
	ProductKey Secret

	// Account is the administrator by which the build logs on; it exists for the build alone, and stage seal removes it.
	Account  string
	Password Secret

	// Bootstrap is the path of the script on the medium with the answer file that opens the way in, below the medium's root:
	// `wmclient\winrm.ps1`. "" runs none.
	Bootstrap string
}

// Secret is a text that is not to be shown: it prints as "(hidden)" and encodes to JSON as that.
type Secret = secret.Text

// DefaultAccount is the build's account where a Config names none.
const DefaultAccount = "wmbuild"

var (
	computerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,15}$`)
	productKey   = regexp.MustCompile(`^[0-9A-Z]{5}(-[0-9A-Z]{5}){4}$`)
	accountName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,19}$`)
	onlyDigits   = regexp.MustCompile(`^[0-9]+$`)
	scriptPath   = regexp.MustCompile(`^[A-Za-z0-9_.-]+(\\[A-Za-z0-9_.-]+)*$`)
)

// withDefaults fills what may be left out.
func (c Config) withDefaults() Config {
	if c.Firmware == "" {
		c.Firmware = UEFI
	}
	if c.Account == "" {
		c.Account = DefaultAccount
	}
	if c.TimeZone == "" {
		c.TimeZone = "UTC"
		if c.Language == "sv-SE" {
			c.TimeZone = "W. Europe Standard Time"
		}
	}
	return c
}

// Check reports everything at which Setup would stop, all at once. No message holds the password or the key.
func (c Config) Check() error {
	c = c.withDefaults()
	var problems []error
	bad := func(field, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if c.Arch != "amd64" && c.Arch != "x86" {
		bad("arch", "%q is no architecture of Windows 10 for PCs: amd64 or x86", c.Arch)
	}
	if _, ok := inputLocales[c.Language]; !ok {
		bad("language", "%q is not known here: %s", c.Language, strings.Join(Languages(), ", "))
	}
	if c.Firmware != UEFI && c.Firmware != BIOS {
		bad("firmware", "%q is neither uefi nor bios", c.Firmware)
	}
	if c.Arch == "x86" && c.Firmware == UEFI {
		bad("firmware", "32-bit Windows starts on 32-bit UEFI alone, which virtual machines do not have: take bios")
	}
	switch {
	case c.ImageIndex < 0:
		bad("image_index", "%d is below 1", c.ImageIndex)
	case c.ImageIndex == 0 && c.ImageName == "":
		bad("image_index", "neither a number nor a name of the image within the WIM is given: Setup would ask")
	}
	if c.ComputerName != "" && (!computerName.MatchString(c.ComputerName) || onlyDigits.MatchString(c.ComputerName)) {
		bad("computer_name", "%q is no computer name: at most 15 letters, digits and hyphens, and not digits alone", c.ComputerName)
	}
	if c.ProductKey != "" && !productKey.MatchString(string(c.ProductKey)) {
		bad("product_key", "is not five groups of five capital letters and digits with hyphens between")
	}
	c.checkAccount(bad)
	if c.Bootstrap != "" && !scriptPath.MatchString(c.Bootstrap) {
		bad("bootstrap", `%q is no path of letters, digits, dots, hyphens and underscores below the medium's root, like wmclient\winrm.ps1`, c.Bootstrap)
	}
	return errors.Join(problems...)
}

// reserved are names of accounts that Windows makes itself, in the languages that are known here: a second one of that name is refused
// by Setup with a message box.
var reserved = []string{"administrator", "administratör", "guest", "gäst", "defaultaccount", "wdagutilityaccount", "system", "none"}

func (c Config) checkAccount(bad func(field, format string, args ...any)) {
	if !accountName.MatchString(c.Account) {
		bad("account", "%q is no account name: a letter, then at most 19 letters, digits, hyphens and underscores", c.Account)
	}
	for _, name := range append([]string{c.ComputerName}, reserved...) {
		if name != "" && strings.EqualFold(name, c.Account) {
			bad("account", "%q is a name that Windows uses itself, or the computer's: take another, like %s", c.Account, DefaultAccount)
		}
	}
	classes := 0
	for _, class := range []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"} {
		if strings.ContainsAny(string(c.Password), class) {
			classes++
		}
	}
	switch length := len(utf16.Encode([]rune(string(c.Password)))); {
	case length == 0:
		bad("password", "is missing: Windows lets nobody log on over a network without one")
	case length < 14 || classes < 3 || strings.Contains(strings.ToLower(string(c.Password)), strings.ToLower(c.Account)):
		bad("password", "would not meet the password policy that a hardened image may hold already: at least 14 characters with small letters, "+
			"capitals and digits, and without the account's name")
	case length > 127:
		bad("password", "is longer than the 127 characters that Setup takes")
	}
}

// obscured is the form in which Windows keeps passwords in answer files with PlainText false: UTF-16 with the element's name behind it,
// in base64 (as Windows System Image Manager writes it). It hides nothing from anybody who tries.
func obscured(password Secret, element string) string {
	units := utf16.Encode([]rune(string(password) + element))
	raw := make([]byte, 0, 2*len(units))
	for _, u := range units {
		raw = append(raw, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
