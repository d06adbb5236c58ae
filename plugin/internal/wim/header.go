package wim

import (
	"bytes"
	"encoding/binary"
)

var le = binary.LittleEndian

const (
	headerSize   = 208
	versionPlain = 0x10d00  // WIM 1.13: what DISM and wimlib write
	versionSolid = 0xe00    // ESD
	plainChunk   = 32 << 10 // stands in where nothing is compressed
)

// Header flags.
const (
	hdrCompressed   = 0x2
	hdrReadOnly     = 0x4
	hdrSpanned      = 0x8
	hdrResourceOnly = 0x10
	hdrMetadataOnly = 0x20
	hdrInProgress   = 0x40
	hdrReparseFix   = 0x80
	hdrXPRESS       = 0x20000
	hdrLZX          = 0x40000
	hdrLZMS         = 0x80000
	hdrXPRESS2      = 0x200000
	hdrMethods      = hdrXPRESS | hdrLZX | hdrLZMS | hdrXPRESS2
)

// Offsets in the header.
const (
	offFlags     = 16
	offChunk     = 20
	offGUID      = 24
	offPart      = 40
	offParts     = 42
	offImages    = 44
	offTable     = 48
	offXML       = 72
	offBoot      = 96
	offBootIndex = 120
	offIntegrity = 124
)

var (
	magicPlain   = []byte("MSWIM\x00\x00\x00")
	magicPipable = []byte("WLPWM\x00\x00\x00")
)

type header struct {
	raw                         [headerSize]byte
	flags                       uint32
	images, boot                uint32
	chunk                       uint64 // plain bytes that are compressed together
	table, xml, meta, integrity resource
}

// parseHeader reads and judges the 208 bytes at the start of a file.
func parseHeader(raw []byte, size int64) (*header, error) {
	h := &header{
		raw:       [headerSize]byte(raw),
		flags:     le.Uint32(raw[offFlags:]),
		images:    le.Uint32(raw[offImages:]),
		boot:      le.Uint32(raw[offBootIndex:]),
		chunk:     uint64(le.Uint32(raw[offChunk:])),
		table:     getResource(raw[offTable:]),
		xml:       getResource(raw[offXML:]),
		meta:      getResource(raw[offBoot:]),
		integrity: getResource(raw[offIntegrity:]),
	}
	if err := h.checkKind(); err != nil {
		return nil, err
	}
	if err := h.checkFlags(); err != nil {
		return nil, err
	}
	if h.boot > h.images {
		return nil, corrupt("header offset %d: boot index %d of %d images", offBootIndex, h.boot, h.images)
	}
	for _, r := range []struct {
		name string
		res  resource
		need bool
	}{{"lookup table", h.table, true}, {"XML", h.xml, true}, {"integrity table", h.integrity, false}} {
		if r.need && r.res.size == 0 {
			return nil, corrupt("header: no %s: the file was not finished", r.name)
		}
		if err := r.res.check(size, h.chunk); err != nil {
			return nil, corrupt("header: %s: %w", r.name, err)
		}
		if r.res.flags&(resSolid|resSpanned) != 0 {
			return nil, unsupported("header: %s has resource flags %#x; %s", r.name, r.res.flags, exportHint)
		}
	}
	return h, nil
}

// checkKind tells a WIM of our version from its relatives.
func (h *header) checkKind() error {
	raw := h.raw[:]
	switch magic := raw[:8]; {
	case bytes.Equal(magic, magicPlain):
	case bytes.Equal(magic, magicPipable):
		return unsupported(`pipable WIM; convert it with "wimlib-imagex export SRC all DEST --not-pipable"`)
	case bytes.Equal(magic, make([]byte, 8)):
		return corrupt("the header is zero: the program that wrote this file did not finish")
	default:
		return corrupt("offset 0: no WIM signature")
	}
	switch v := le.Uint32(raw[12:]); {
	case v == versionSolid:
		return unsupported("solid WIM (ESD); %s", exportHint)
	case v != versionPlain:
		return unsupported("WIM version %#x at offset 12; %s", v, exportHint)
	}
	if n := le.Uint32(raw[8:]); n != headerSize {
		return corrupt("offset 8: header of %d bytes, want %d", n, headerSize)
	}
	return nil
}

func (h *header) checkFlags() error {
	part, parts := le.Uint16(h.raw[offPart:]), le.Uint16(h.raw[offParts:])
	switch {
	case h.flags&hdrSpanned != 0 || parts > 1 || part > 1:
		return unsupported(`part %d of %d of a split WIM (SWM); join the parts with "wimlib-imagex join DEST.wim SRC*.swm"`, part, parts)
	case part != 1 || parts != 1:
		return corrupt("offset %d: part %d of %d", offPart, part, parts)
	case h.flags&hdrInProgress != 0:
		return unsupported("the file is being written, or its writer was killed (flag 0x40); make it anew")
	case h.flags&(hdrMetadataOnly|hdrResourceOnly) != 0:
		return unsupported("the file holds only metadata or only resources (flags %#x); use the complete WIM", h.flags)
	}
	return h.checkCompression()
}

func (h *header) checkCompression() error {
	method := h.flags & hdrMethods
	switch {
	case h.flags&hdrCompressed == 0 && method != 0:
		return corrupt("offset %d: flags %#x name a compression of an uncompressed file", offFlags, h.flags)
	case h.flags&hdrCompressed == 0:
		h.chunk = plainChunk // the field means nothing here
	case method == hdrLZMS:
		return unsupported("LZMS compression (ESD); %s", exportHint)
	case h.isXPRESS():
		return h.checkChunk("XPRESS", xpressMinSize, xpressMaxSize)
	case method != hdrLZX:
		return corrupt("offset %d: flags %#x name no single compression", offFlags, h.flags)
	default:
		return h.checkChunk("LZX", lzxMinSize, lzxMaxSize)
	}
	return nil
}

// checkChunk holds the chunk size against those that a method knows.
func (h *header) checkChunk(method string, smallest, largest uint64) error {
	if h.chunk < smallest || h.chunk > largest || h.chunk&(h.chunk-1) != 0 {
		return unsupported("%s with chunks of %d bytes, powers of two from %d to %d are read; %s", method, h.chunk, smallest, largest, exportHint)
	}
	return nil
}

// isXPRESS reports XPRESS by either of its flags, or both: the second is known
// from wimlib, as what newer programs may set for other chunk sizes.
func (h *header) isXPRESS() bool {
	method := h.flags & hdrMethods
	return method != 0 && method&^(hdrXPRESS|hdrXPRESS2) == 0
}
