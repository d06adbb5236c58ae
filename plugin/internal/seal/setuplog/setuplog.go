// Package setuplog finds in the logs of Windows Setup and Sysprep (setupact.log, setuperr.log in the folders Panther) why they failed: the first
// line that tells a cause, with its number and what is known of it.
//
// The parser is bounded and pure, and goes by codes and by the fixed English words that Setup itself logs; Setup's logs are not localised, while
// texts of Windows inside them may be. A line that nobody knows is told as it is; no cause is made up. What is known comes from public pages
// that each Cause names; no log of a real Windows was read yet.
package setuplog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The bounds of a log that is read.
const (
	// MaxLog is how many bytes are looked at: the end of a longer log, where a failure is.
	MaxLog    = 16 << 20
	maxLine   = 4 << 10 // bytes of a line that are kept
	maxCauses = 32
)

// Cause is a line of a log that says what went wrong.
type Cause struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // from 1; of the part that was read, where the log is longer than MaxLog
	Time   string `json:"time,omitempty"`
	Text   string `json:"text"`            // without time, level and component
	Known  string `json:"known,omitempty"` // what it means; "" where nobody knows the line
	WayOut string `json:"way_out,omitempty"`
	Source string `json:"source,omitempty"` // the page that says so
}

// String is the cause for people, on one line.
func (c Cause) String() string {
	text := fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.Text)
	if c.Known != "" {
		text += " (" + c.Known + "; " + c.WayOut + "; see " + c.Source + ")"
	}
	return text
}

// known is a cause that is explained somewhere.
type known struct {
	match                 *regexp.Regexp
	means, wayOut, source string
}

const (
	pageApps     = "learn.microsoft.com: Sysprep fails after you remove or update Microsoft Store apps (KB 2769827)"
	pageRearm    = "learn.microsoft.com: Microsoft-Windows-Security-SPP, SkipRearm; support.microsoft.com: KB 929828"
	pageBDE      = "learn.microsoft.com: COM Error Codes (TPM, PLA, FVE)"
	pageCodes    = "learn.microsoft.com: System Error Codes (4000-5999), ERROR_INVALID_STATE (5023, 0x139F)"
	pageReserved = "learn.microsoft.com: Sysprep (System Preparation) Overview; Reserved storage (KB 4528159 fixes Sysprep with pending updates)"
)

// causes is the list, the more particular first.
var causes = []known{
	{regexp.MustCompile(`(?i)package (\S+) was installed for a user, but not provisioned for all users`),
		"an app package belongs to a user alone, and Sysprep takes none with it", "remove it for every user (Remove-AppxPackage -AllUsers), or delete that user's profile", pageApps},
	{regexp.MustCompile(`(?i)(0x80073cf2|\b0x3cf2\b)`),
		"removing app packages failed: the line before names the package", "remove that package for every user", pageApps},
	{regexp.MustCompile(`(?i)0xc004d307`),
		"Windows may be rearmed no more", "begin from an image that was generalised less often, or set SkipRearm in the answer file until the last time", pageRearm},
	{regexp.MustCompile(`(?i)(0x80310039|bitlocker)`),
		"a volume is protected by BitLocker", "turn BitLocker off and wait until the volume is decrypted (manage-bde -off C:), before Sysprep", pageBDE},
	{regexp.MustCompile(`(?i)0x8007139f`),
		"something is not in the state that Sysprep asks for, most often an update that waits for a restart", "restart until nothing is pending, then run Sysprep again", pageCodes},
	{regexp.MustCompile(`(?i)(reserved storage|pending (reboot|update|servicing|file rename)|audit mode cannot be turned on)`),
		"Windows is at work on updates, or waits for a restart", "restart until nothing is pending, then run Sysprep again", pageReserved},
}

var lineForm = regexp.MustCompile(`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d), +(\w+) +(.*)$`)

// Causes are the lines of a log that tell an error, in their order, at most 32. Those that are known come with what they mean. Lines of other levels
// count for nothing: they speak of what was tried.
func Causes(file string, raw []byte) []Cause {
	if over := len(raw) - MaxLog; over > 0 {
		cut := over + over&1 // UTF-16 stays aligned
		bom := raw[:min(2, len(raw))]
		wide := bytes.Equal(bom, []byte{0xff, 0xfe}) || bytes.Equal(bom, []byte{0xfe, 0xff})
		tail := raw[cut:]
		if wide {
			tail = append(bytes.Clone(bom), tail...)
		}
		raw = tail
	}
	var out []Cause
	number := 0
	for line := range strings.Lines(decode(raw)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if len(line) > maxLine {
			line = strings.ToValidUTF8(line[:maxLine], "")
		}
		if c, ok := causeOf(line); ok && len(out) < maxCauses {
			c.File, c.Line = file, number
			out = append(out, c)
		}
	}
	return out
}

func causeOf(line string) (Cause, bool) {
	m := lineForm.FindStringSubmatch(line)
	if m == nil {
		return Cause{}, false
	}
	level, text := strings.ToLower(m[2]), strings.Join(strings.Fields(m[3]), " ")
	if text == "" || level != "error" && level != "fatal" {
		return Cause{}, false
	}
	c := Cause{Time: m[1], Text: clean(text)}
	for _, k := range causes {
		if k.match.MatchString(text) {
			c.Known, c.WayOut, c.Source = k.means, k.wayOut, k.source
			break
		}
	}
	return c, true
}

// First is the cause to begin with: the first that is known, else the first of all. Logs come in the order of what they are worth: setuperr before setupact.
func First(logs ...[]Cause) (Cause, bool) {
	for _, all := range logs {
		for _, c := range all {
			if c.Known != "" {
				return c, true
			}
		}
	}
	for _, all := range logs {
		if len(all) > 0 {
			return all[0], true
		}
	}
	return Cause{}, false
}

// clean leaves what a terminal may show.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '.'
		}
		return r
	}, text)
}

// decode reads UTF-16 and UTF-8 by their byte order marks, and UTF-8 else; what is neither is shown by the replacement character.
func decode(b []byte) string {
	wide := func(order binary.ByteOrder) string {
		b = b[2:]
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = order.Uint16(b[2*i:])
		}
		return string(utf16.Decode(units))
	}
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return wide(binary.LittleEndian)
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return wide(binary.BigEndian)
	}
	b = bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf})
	if utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b), string(utf8.RuneError))
}
