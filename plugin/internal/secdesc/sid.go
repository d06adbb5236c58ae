package secdesc

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// SID is a security identifier in its binary form ([MS-DTYP] 2.4.2.2), held in
// a string so that it compares with ==. The empty SID means "none".
type SID string

// Identities that inheritance and the default descriptor speak of. They are
// written as identifiers, never as names, which differ by language.
const (
	CreatorOwner       = SID("\x01\x01\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00")                 // S-1-3-0
	CreatorGroup       = SID("\x01\x01\x00\x00\x00\x00\x00\x03\x01\x00\x00\x00")                 // S-1-3-1
	CreatorOwnerServer = SID("\x01\x01\x00\x00\x00\x00\x00\x03\x02\x00\x00\x00")                 // S-1-3-2
	CreatorGroupServer = SID("\x01\x01\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00")                 // S-1-3-3
	LocalSystem        = SID("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")                 // S-1-5-18
	Administrators     = SID("\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00") // S-1-5-32-544
)

const (
	sidHead        = 8
	sidMaxSubs     = 15
	sidHexAuthFrom = 1 << 32
)

// ParseSID reads the text form, S-1-authority-sub-sub..., with at most 15
// sub-authorities.
func ParseSID(s string) (SID, error) {
	bad := func(why string) (SID, error) {
		return "", fmt.Errorf("parse security identifier %q: %s (expected the form S-1-5-32-544)", s, why)
	}
	parts := strings.Split(s, "-")
	if len(parts) < 3 || !strings.EqualFold(parts[0], "S") || parts[1] != "1" {
		return bad("does not begin with S-1-")
	}
	auth, err := strconv.ParseUint(parts[2], 0, 48)
	if err != nil {
		return bad("bad authority " + strconv.Quote(parts[2]))
	}
	subs := parts[3:]
	if len(subs) > sidMaxSubs {
		return bad("more than 15 sub-authorities")
	}
	b := binary.BigEndian.AppendUint64(nil, auth)
	b[0], b[1] = 1, byte(len(subs))
	for _, p := range subs {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return bad("bad sub-authority " + strconv.Quote(p))
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return SID(b), nil
}

// String returns the text form S-1-...; "" for no identifier.
func (s SID) String() string {
	if len(s) < sidHead {
		return ""
	}
	auth := binary.BigEndian.Uint64([]byte("\x00\x00" + string(s[2:8])))
	var t strings.Builder
	t.WriteString("S-1-")
	if auth >= sidHexAuthFrom {
		fmt.Fprintf(&t, "0x%012X", auth)
	} else {
		fmt.Fprintf(&t, "%d", auth)
	}
	for i := sidHead; i+4 <= len(s); i += 4 {
		fmt.Fprintf(&t, "-%d", binary.LittleEndian.Uint32([]byte(s[i:i+4])))
	}
	return t.String()
}

// readSID cuts the identifier at the start of b.
func readSID(b []byte) (SID, error) {
	if len(b) < sidHead {
		return "", fmt.Errorf("security identifier of %d bytes is cut off", len(b))
	}
	if b[0] != 1 || b[1] > sidMaxSubs {
		return "", fmt.Errorf("security identifier with revision %d and %d sub-authorities", b[0], b[1])
	}
	n := sidHead + 4*int(b[1])
	if len(b) < n {
		return "", fmt.Errorf("security identifier of %d bytes is cut off at %d", n, len(b))
	}
	return SID(b[:n]), nil
}
