//go:build windows

// Command powershell stands in Wine where Windows has PowerShell, for the chain: it answers Packer's question whether WinRM works, and puts files
// as the product's own script does. It knows scripts by the SHA-256 of their whole text, and ends with 64 on any other.
package main

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows/registry"
)

// The digests of plugin/internal/remote/loader.ps1 and receive.ps1, which the linker puts in.
var loader, receive string

// connected is what Packer's communicator asks (packer-plugin-sdk 0.6.7), behind what masterzen/winrm puts before it.
const connected = `$ProgressPreference = 'SilentlyContinue';if (Test-Path variable:global:ProgressPreference){$ProgressPreference='SilentlyContinue'}; echo "WinRM connected."`

var errUnknown = errors.New("this stand-in does not know the script")

func main() {
	said, err := run(os.Args[1:], os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, errUnknown) {
			os.Exit(64)
		}
		os.Exit(1)
	}
	fmt.Print(said)
}

func run(args []string, in io.Reader) (string, error) {
	if len(args) == 0 || len(args) > 1 && !strings.EqualFold(args[len(args)-2], "-EncodedCommand") {
		return "", fmt.Errorf("%w: %q", errUnknown, args)
	}
	text, err := decode(args[len(args)-1])
	if err != nil {
		return "", err
	}
	switch {
	case text == connected:
		return "WinRM connected.\r\n", nil
	case digest([]byte(text)) != loader:
		return "", fmt.Errorf("%w: it begins with %.80q", errUnknown, text)
	}
	return script(bufio.NewReader(in))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func decode(encoded string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw)%2 != 0 {
		return "", fmt.Errorf("%w: no base64 of UTF-16", errUnknown)
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i]) | uint16(raw[2*i+1])<<8
	}
	return string(utf16.Decode(units)), nil
}

// script reads the script behind the loader, its length in ten digits first, and does what it does.
func script(in *bufio.Reader) (string, error) {
	var n int
	head := make([]byte, 10)
	if _, err := io.ReadFull(in, head); err != nil {
		return "", err
	}
	if _, err := fmt.Sscanf(string(head), "%010d", &n); err != nil || n > 1<<20 {
		return "", fmt.Errorf("%w: %q is no length", errUnknown, head)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(in, text); err != nil {
		return "", err
	}
	if digest(text) != receive {
		return "", fmt.Errorf("%w: it begins with %.80q", errUnknown, text)
	}
	return "", put(in, os.Stdout)
}

// file is what the script's header says of one.
type file struct {
	Path, SHA256 string
	Size         int64
}

// put does what the script does: it says which files are missing, reads those as they come one behind the other, and says that they are written. No
// medium and no address is reached from here.
func put(in *bufio.Reader, out io.Writer) error {
	var head struct{ Files []file }
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &head)
	}
	if err != nil {
		return err
	}
	var words []string
	var missing []file
	for _, f := range head.Files {
		if f.Path, err = registry.ExpandString(f.Path); err != nil {
			return err
		}
		if data, err := os.ReadFile(f.Path); err == nil && digest(data) == f.SHA256 {
			words = append(words, "already")
			continue
		}
		words, missing = append(words, "missing"), append(missing, f)
	}
	fmt.Fprintln(out, strings.Join(words, " "))
	if len(missing) == 0 {
		return nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	for _, f := range missing {
		if err := f.save(z); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "written")
	return nil
}

func (f file) save(from io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(from, f.Size))
	if err != nil {
		return err
	}
	if digest(data) != f.SHA256 {
		return fmt.Errorf("%s has SHA-256 %s and %d bytes, wanted %s and %d", f.Path, digest(data), len(data), f.SHA256, f.Size)
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(f.Path, data, 0o755)
}
