package main

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
)

func TestLeaveLine(t *testing.T) {
	line, err := leaveLine(`C:\Windows`, agentcli.Leaving{Paths: []string{`\Windows\wmclient\bundle`, `\Windows\wmclient\wmguest.exe`}, ShutDown: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`rd /s /q "C:\Windows\wmclient\bundle"`, `del /f /q "C:\Windows\wmclient\wmguest.exe"`,
		`if not exist "C:\Windows\wmclient\bundle" if not exist "C:\Windows\wmclient\wmguest.exe" ("C:\Windows\System32\shutdown.exe" /s`,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%s\nlacks %s", line, want)
		}
	}
	for _, bad := range []string{`\Windows\Temp`, `\Windows\wmclient\`, `\Windows\wmclient\a"b`, `\Windows\wmclient\..\x`, `\Windows\wmclient\a&b`, `\Windows\wmclient\%x%`} {
		if line, err := leaveLine(`C:\Windows`, agentcli.Leaving{Paths: []string{bad}}); err == nil {
			t.Errorf("%s: %s", bad, line)
		}
	}
}
