// Package regf reads, edits and writes Windows registry hives (regf files,
// minor versions 3 to 6) without Windows.
//
// Reading checks every bound before it is trusted. Writing is canonical: the
// same keys and values always give the same bytes, whatever the order of edits
// or the layout that was read. Keys that no edit touched keep their last-write
// time, flags, class and security descriptor; edited keys get the epoch that
// the caller passes.
//
// It refuses hives that were not shut down cleanly (ErrDirty), unless Replay
// completes them from their transaction logs first; volatile and multi-file
// state, edits of symbolic-link and predefined-handle keys, and anything out of
// bounds (*CorruptError). It never repairs a hive silently.
//
// The format is described at
// https://github.com/msuhanov/regf/blob/master/Windows%20registry%20file%20format%20specification.md
// by Maxim Suhanov; its part on logs is what Replay goes by.
package regf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ErrNotHive says that the bytes are no registry hive of a version known here.
var ErrNotHive = errors.New("not a registry hive")

// ErrDirty says that the hive was not closed cleanly, and, from Replay, that its
// logs do not complete it.
var ErrDirty = errors.New("hive is dirty: its sequence numbers differ, so changes still lie in its transaction logs (.LOG1, .LOG2); " +
	"shut the machine down cleanly and capture again, or load and unload the hive once on a Windows machine")

// ErrSpecialKey says that an edit met a symbolic-link, predefined-handle or
// undeletable key.
var ErrSpecialKey = errors.New("key is a symbolic link, a predefined handle or protected, and is not edited")

// CorruptError says where a hive contradicts its format.
type CorruptError struct {
	Offset int64  // in the file, in bytes
	What   string // what is wrong there
}

// Error names the place and the way out.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("corrupt hive at offset %#x: %s (take another copy of the file)", e.Offset, e.What)
}

// FileTime is a time as Windows stores it: units of 100 ns since 1601-01-01 UTC.
type FileTime uint64

const unixEpochSeconds = 11644473600 // from 1601 to 1970

const lastSecond = (1<<63-1)/10_000_000 - 1 // in the year 30828; Windows takes times as signed

// FileTimeOf converts t, cutting it to 100 ns. Times before 1601 become 0,
// times after 30828 the last second that Windows can state.
func FileTimeOf(t time.Time) FileTime {
	s := t.Unix() + unixEpochSeconds
	switch {
	case s < 0:
		return 0
	case s > lastSecond:
		return FileTime(lastSecond * 10_000_000)
	}
	return FileTime(uint64(s)*1e7 + uint64(t.Nanosecond()/100))
}

// Time converts t to UTC.
func (t FileTime) Time() time.Time {
	return time.Unix(int64(t/1e7)-unixEpochSeconds, int64(t%1e7)*100).UTC()
}

// Hive is one registry hive in memory. Reading it from several goroutines is
// fine; editing and writing are not safe beside anything else.
type Hive struct {
	header   [headerSize]byte
	minor    uint32
	root     *Key
	security []*security
	known    map[string]*security // by content: equal descriptors share a cell
	edited   bool
}

// security is a descriptor that keys share. index is its place in Hive.security.
type security struct {
	data  []byte
	index int
}

// Root returns the topmost key. Its name has no meaning in Windows.
func (h *Hive) Root() *Key { return h.root }

// Minor returns the minor format version, 3 to 6.
func (h *Hive) Minor() int { return int(h.minor) }

// Find returns the key at a path like `Microsoft\Windows NT`, relative to the
// root; "" is the root. It returns nil where there is none.
func (h *Hive) Find(path string) *Key { return h.root.Find(path) }

// New returns an empty hive of version 1.5, as Windows 10 makes them: a root
// key with the given self-relative security descriptor. name is what the header
// keeps as the file's path; its last 31 characters are stored.
func New(name string, descriptor []byte, epoch FileTime) (*Hive, error) {
	if _, err := secdesc.Parse(descriptor); err != nil {
		return nil, fmt.Errorf("make hive %q: %w", name, err)
	}
	h := &Hive{minor: 5, known: map[string]*security{}, edited: true}
	b := h.header[:]
	copy(b, "regf")
	for at, v := range map[int]uint32{4: 1, 8: 1, 20: 1, 24: h.minor, 32: 1, 44: 1} {
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	u := upcase.Units(name)
	for i, c := range u[max(0, len(u)-31):] {
		binary.LittleEndian.PutUint16(b[48+2*i:], c)
	}
	raw, compressed := encodeName("ROOT")
	h.root = &Key{
		name: raw, flags: flagRoot | flagNoDelete | compressedFlag(compressed),
		lastWrite: epoch, sec: h.intern(bytes.Clone(descriptor)),
	}
	return h, nil
}

// intern returns the shared descriptor with these bytes, which it keeps.
func (h *Hive) intern(b []byte) *security {
	if s, ok := h.known[string(b)]; ok {
		return s
	}
	s := &security{data: b, index: len(h.security)}
	h.security = append(h.security, s)
	h.known[string(b)] = s
	return s
}

// splitPath cuts a key path. The empty path has no parts.
func splitPath(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, `\`)
}
