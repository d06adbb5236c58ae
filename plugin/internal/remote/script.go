package remote

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// loader reads a script from standard input, its length in bytes first as ten decimal digits, and runs it; the rest of the input is the
// script's own, as $in. So a script may be longer than the 8191 characters that cmd.exe takes, and stands in no list of processes.
//
//go:embed loader.ps1
var loader string

// ScriptLine is the command line that runs scripts. It is the same for all: a stand-in for PowerShell knows it by these characters.
var ScriptLine = encodedCommand(loader)

// Script is the standard input that makes ScriptLine run a script of Windows PowerShell 5.1, with input behind it, which may be nil.
func Script(text string, input io.Reader) io.Reader {
	head := io.MultiReader(strings.NewReader(fmt.Sprintf("%010d", len(text))), strings.NewReader(text))
	if input == nil {
		return head
	}
	return io.MultiReader(head, input)
}

// ReadScript takes a script off what ScriptLine was given, for stand-ins: what Script put there. limit bounds its length in bytes.
func ReadScript(r io.Reader, limit int) (string, error) {
	var digits [10]byte
	if _, err := io.ReadFull(r, digits[:]); err != nil {
		return "", fmt.Errorf("read script: %w", err)
	}
	n := 0
	for _, d := range digits {
		if d < '0' || d > '9' {
			return "", fmt.Errorf("read script: %q is no length", digits)
		}
		n = n*10 + int(d-'0')
	}
	if n > limit {
		return "", fmt.Errorf("read script: %d bytes are more than %d", n, limit)
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, int64(n)); err != nil {
		return "", fmt.Errorf("read script: %w", err)
	}
	return b.String(), nil
}

// encodedCommand is the command line of a short script without anything that must be quoted.
func encodedCommand(script string) string {
	raw := make([]byte, 0, 2*len(script))
	for _, u := range utf16.Encode([]rune(script)) {
		raw = append(raw, byte(u), byte(u>>8))
	}
	return "powershell.exe -NoLogo -NoProfile -NonInteractive -EncodedCommand " + base64.StdEncoding.EncodeToString(raw)
}
