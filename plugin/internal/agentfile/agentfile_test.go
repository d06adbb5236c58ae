package agentfile_test

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
)

// program is the outside of a Windows program and nothing more.
func program(machine uint16, text string) []byte {
	data := make([]byte, 512)
	copy(data, "MZ")
	binary.LittleEndian.PutUint32(data[0x3c:], 0x80)
	copy(data[0x80:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(data[0x84:], machine)
	copy(data[0x100:], text)
	return data
}

func TestNew(t *testing.T) {
	for name, tc := range map[string]struct {
		data    []byte
		version string // "" where it is refused
	}{
		"marked":            {program(0x8664, "wmguest-agent-version=1.2.3;"), "1.2.3"},
		"pre-release":       {program(0x8664, "wmguest-agent-version=1.2.3-rc.1+x;"), "1.2.3-rc.1+x"},
		"mark in the code":  {program(0x8664, "wmguest-agent-version=\x00wmguest-agent-version=4.5.6;"), "4.5.6"},
		"not marked":        {program(0x8664, ""), agentfile.Unknown},
		"mark without end":  {program(0x8664, "wmguest-agent-version=1.2.3"), agentfile.Unknown},
		"32 bits":           {program(0x14c, ""), ""},
		"empty":             {nil, ""},
		"text":              {[]byte("#!/bin/sh\n"), ""},
		"stub alone":        {program(0x8664, "")[:0x40], ""},
		"header far behind": {append(append([]byte{}, program(0x8664, "")[:0x3c]...), 0xff, 0xff, 0xff, 0xff), ""},
		"too large":         {append(program(0x8664, ""), make([]byte, agentfile.MaxSize)...), ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := agentfile.New(tc.data)
			if tc.version == "" {
				if !errors.Is(err, agentfile.ErrNoAgent) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || f.Version != tc.version || f.Size != int64(len(tc.data)) || len(f.SHA256) != 64 {
				t.Fatalf("%+v, %v", f, err)
			}
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(r); err != nil || string(data) != string(tc.data) {
				t.Errorf("other bytes, %v", err)
			}
		})
	}
}

func TestEmbedded(t *testing.T) {
	for name, tc := range map[string]struct {
		files   fstest.MapFS
		version string
		want    error
	}{
		"none":          {fstest.MapFS{"bin/README.md": {Data: []byte("x")}}, "", agentfile.ErrNone},
		"version aside": {fstest.MapFS{"bin/wmguest.exe": {Data: program(0x8664, "")}, "bin/version": {Data: []byte("0.1.0\n")}}, "0.1.0", nil},
		"its own word":  {fstest.MapFS{"bin/wmguest.exe": {Data: program(0x8664, "wmguest-agent-version=2.0.0;")}, "bin/version": {Data: []byte("0.1.0\n")}}, "2.0.0", nil},
		"no version":    {fstest.MapFS{"bin/wmguest.exe": {Data: program(0x8664, "")}}, agentfile.Unknown, nil},
		"no program":    {fstest.MapFS{"bin/wmguest.exe": {Data: []byte("text")}}, "", agentfile.ErrNoAgent},
	} {
		if f, err := agentfile.EmbeddedIn(tc.files); !errors.Is(err, tc.want) || f.Version != tc.version {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	if f, err := agentfile.Embedded(); err != nil && !errors.Is(err, agentfile.ErrNone) || err == nil && f.Version == agentfile.Unknown {
		t.Errorf("the program's own: %+v, %v", f, err)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "wmguest.exe")
	if err := os.WriteFile(path, program(0x8664, "wmguest-agent-version=1.0.0;"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := agentfile.Read(path); err != nil || f.Version != "1.0.0" {
		t.Errorf("%+v, %v", f, err)
	}
	for _, bad := range []string{dir, filepath.Join(dir, "none")} {
		if _, err := agentfile.Read(bad); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// FuzzNew gives foreign bytes: they are refused or taken as they are, and nothing panics.
func FuzzNew(f *testing.F) {
	f.Add(program(0x8664, "wmguest-agent-version=1.2.3;"))
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := agentfile.New(data)
		if err != nil && !errors.Is(err, agentfile.ErrNoAgent) || err == nil && (a.Size != int64(len(data)) || a.Version == "") {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
