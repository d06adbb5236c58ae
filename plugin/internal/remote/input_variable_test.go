package remote_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
)

// TestStandardInputIsLeft: PowerShell's host reads standard input itself for a command that names $input (ConsoleHost.cs, IsUsingDollarInput), and would take the
// bytes away from the loader.
func TestStandardInputIsLeft(t *testing.T) {
	_, coded, ok := strings.Cut(remote.ScriptLine, "-EncodedCommand ")
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
	if !ok || err != nil {
		t.Fatalf("%v: %s", err, remote.ScriptLine)
	}
	var units []uint16
	for i := 0; i+1 < len(data); i += 2 {
		units = append(units, uint16(data[i])|uint16(data[i+1])<<8)
	}
	text := strings.ToLower(string(utf16.Decode(units)))
	if !strings.Contains(text, "openstandardinput") || strings.Contains(text, "$input") || strings.Contains(text, "${input") {
		t.Errorf("the loader is %q", text)
	}
}
