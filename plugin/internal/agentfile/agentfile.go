// Package agentfile is the agent wmguest.exe as a file: the one that this program carries, or another that somebody gives.
//
// `make build` makes the agent reproducibly and puts it into the folder bin, from where it is embedded; a program that was built without
// says so by name. The package looks at the outside of the file only: it refuses what is no 64-bit Windows program, what is empty and
// what is larger than an agent can be, and it runs nothing. Which agent is the right one, the lock says.
package agentfile

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

// MaxSize is how large an agent may be, in bytes.
const MaxSize = 64 << 20

// Unknown is the version of an agent that does not say which it is.
const Unknown = "unknown"

// ErrNone is wrapped by Embedded where the program carries no agent.
var ErrNone = errors.New("this program was built without the agent wmguest.exe")

// ErrNoAgent is wrapped where a file cannot be an agent.
var ErrNoAgent = errors.New("no 64-bit Windows program")

//go:embed bin
var built embed.FS

// File is an agent.
type File struct {
	Version string // as it says of itself, or Unknown
	SHA256  string // lower-case hex
	Size    int64  // bytes
	data    []byte
}

// Open returns the agent's bytes.
func (f File) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.data)), nil }

// Embedded is the agent that this program carries; ErrNone where it carries none.
func Embedded() (File, error) { return embedded(built) }

func embedded(files fs.FS) (File, error) {
	data, err := fs.ReadFile(files, "bin/wmguest.exe")
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, fmt.Errorf("%w\nhint: build it with make build, take a released wmclient, or give an agent with --agent FILE", ErrNone)
	}
	if err != nil {
		return File{}, fmt.Errorf("read the embedded agent: %w", err)
	}
	f, err := New(data)
	if err != nil {
		return File{}, fmt.Errorf("read the embedded agent: %w\nhint: make build", err)
	}
	if text, err := fs.ReadFile(files, "bin/version"); err == nil && f.Version == Unknown && versionForm.MatchString(strings.TrimSpace(string(text))) {
		f.Version = strings.TrimSpace(string(text))
	}
	return f, nil
}

// Read reads an agent from a file.
func Read(path string) (File, error) {
	f, err := read(path)
	if err != nil {
		return f, fmt.Errorf("%w\nhint: give the wmguest.exe of a release, or leave it out for the one in this program", err)
	}
	return f, nil
}

func read(path string) (File, error) {
	// Looked at before it is opened: opening a pipe waits for a writer that may never come.
	info, err := os.Stat(path)
	if err != nil {
		return File{}, fmt.Errorf("read agent: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxSize {
		return File{}, fmt.Errorf("read agent %s: %w: it is no regular file of at most %d bytes", path, ErrNoAgent, MaxSize)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return File{}, fmt.Errorf("read agent: %w", err)
	}
	f, err := New(data)
	if err != nil {
		return File{}, fmt.Errorf("read agent %s: %w", path, err)
	}
	if own, err := Embedded(); err == nil && own.SHA256 == f.SHA256 {
		f.Version = own.Version
	}
	return f, nil
}

// mark stands in an agent before its version and a semicolon behind it: the linker puts it there.
const mark = "wmguest-agent-version="

// versionForm is a semantic version.
var versionForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// New makes an agent of its bytes, which must stay as they are.
func New(data []byte) (File, error) {
	if err := check(data); err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(data)
	return File{version(data), hex.EncodeToString(sum[:]), int64(len(data)), data}, nil
}

// version looks for the mark. The text may stand there several times, in the code that looks for it for example.
func version(data []byte) string {
	for {
		i := bytes.Index(data, []byte(mark))
		if i < 0 {
			return Unknown
		}
		data = data[i+len(mark):]
		text, _, ok := bytes.Cut(data[:min(len(data), 128)], []byte(";"))
		if ok && versionForm.Match(text) {
			return string(text)
		}
	}
}

// check looks at the headers that Windows looks at first (Microsoft, "PE Format"): the stub, the signature at the offset that the stub
// names at 0x3c, and the machine, which for x64 is 0x8664.
func check(data []byte) error {
	const offset, machine = 0x3c, 0x8664
	if len(data) > MaxSize {
		return fmt.Errorf("%w: it has more than %d bytes", ErrNoAgent, MaxSize)
	}
	if len(data) < offset+4 || data[0] != 'M' || data[1] != 'Z' {
		return fmt.Errorf("%w: it does not begin as one", ErrNoAgent)
	}
	at := uint64(binary.LittleEndian.Uint32(data[offset:]))
	if at+6 > uint64(len(data)) || string(data[at:at+4]) != "PE\x00\x00" {
		return fmt.Errorf("%w: it has no PE header", ErrNoAgent)
	}
	if m := binary.LittleEndian.Uint16(data[at+4:]); m != machine {
		return fmt.Errorf("%w: it is for machine %#x, not %#x", ErrNoAgent, m, machine)
	}
	return nil
}
