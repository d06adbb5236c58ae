package regpol

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// SyntaxError says where a file is not what it should be.
type SyntaxError struct {
	File   string // "Registry.pol" or "gpt.ini"
	Offset int    // in bytes from the start of the file
	Reason string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("parse %s at byte %d: %s", e.File, e.Offset, e.Reason)
}

// Parse reads a Registry.pol file. No bytes at all are an empty file, as where there is none yet. Every other error is a
// *SyntaxError.
func Parse(b []byte) (*File, error) {
	if len(b) == 0 {
		return new(File), nil
	}
	p := &parser{b: b}
	if len(b) > MaxFile {
		return nil, p.fail("the file has %d bytes; at most %d are read", len(b), MaxFile)
	}
	if len(b) < 8 || binary.LittleEndian.Uint32(b) != signature {
		return nil, p.fail("the signature PReg is missing: this is no registry policy file")
	}
	if v := binary.LittleEndian.Uint32(b[4:]); v != version {
		p.at = 4
		return nil, p.fail("the format version is %d, and only %d is known", v, version)
	}
	p.at = 8
	f := new(File)
	for p.at < len(b) {
		e, err := p.entry()
		if err != nil {
			return nil, err
		}
		f.entries = append(f.entries, e)
	}
	f.kept = len(f.entries)
	return f, nil
}

type parser struct {
	b  []byte
	at int
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{File: "Registry.pol", Offset: p.at, Reason: fmt.Sprintf(format, args...)}
}

func (p *parser) entry() (Entry, error) {
	var e Entry
	var size uint32
	steps := []func() error{
		func() error { return p.delimiter('[') },
		func() (err error) { e.Key, err = p.text("key"); return err },
		func() error { return p.delimiter(';') },
		func() (err error) { e.Name, err = p.text("value name"); return err },
		func() error { return p.delimiter(';') },
		func() (err error) { e.Type, err = p.number(); return err },
		func() error { return p.delimiter(';') },
		func() (err error) { size, err = p.number(); return err },
		func() error { return p.delimiter(';') },
		func() error {
			if uint64(size) > uint64(len(p.b)-p.at) {
				return p.fail("an entry states %d bytes of data, and the file has %d more", size, len(p.b)-p.at)
			}
			e.Data = bytes.Clone(p.b[p.at : p.at+int(size)])
			p.at += int(size)
			return nil
		},
		func() error { return p.delimiter(']') },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return Entry{}, err
		}
	}
	return e, nil
}

func (p *parser) delimiter(want uint16) error {
	if len(p.b)-p.at < 2 {
		return p.fail("the file ends where %q should be", rune(want))
	}
	if got := binary.LittleEndian.Uint16(p.b[p.at:]); got != want {
		return p.fail("found the character %#04x where %q should be", got, rune(want))
	}
	p.at += 2
	return nil
}

func (p *parser) number() (uint32, error) {
	if len(p.b)-p.at < 4 {
		return 0, p.fail("the file ends within a number")
	}
	n := binary.LittleEndian.Uint32(p.b[p.at:])
	p.at += 4
	return n, nil
}

// text reads up to the NUL that ends every key and name.
func (p *parser) text(what string) (string, error) {
	var units []uint16
	for i := p.at; i+1 < len(p.b); i += 2 {
		u := binary.LittleEndian.Uint16(p.b[i:])
		if u == 0 {
			p.at = i + 2
			return upcase.String(units), nil
		}
		units = append(units, u)
	}
	return "", p.fail("the %s has no end", what)
}
