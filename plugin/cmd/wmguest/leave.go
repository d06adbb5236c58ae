package main

import (
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
)

// leaveLine is the command line of a cmd.exe that takes the agent's paths away, for up to two minutes until all are gone, and then the power. root is
// Windows' own folder. What the paths are called holds nothing that cmd.exe reads.
func leaveLine(root string, l agentcli.Leaving) (string, error) {
	tool := func(name string) string { return `"` + root + `\System32\` + name + `"` }
	own := root + `\wmclient`
	loop, gone := tool("PING.EXE")+" -n 2 127.0.0.1 >nul", ""
	for _, p := range l.Paths {
		rest, ok := strings.CutPrefix(p, `\Windows\wmclient\`)
		if !ok || rest == "" || strings.ContainsAny(rest, "\"%^&|<>()!:/*?\r\n") || strings.Contains(rest, "..") {
			return "", fmt.Errorf("%q is none of the agent's paths", p)
		}
		whole := `"` + own + `\` + rest + `"`
		loop += " & if exist " + whole + " (del /f /q " + whole + " 2>nul & rd /s /q " + whole + " 2>nul)"
		gone += "if not exist " + whole + " "
	}
	end := "exit"
	if l.ShutDown { // planned, operating system, reconfiguration
		end = "(" + tool("shutdown.exe") + " /s /t 5 /f /d p:2:4 & exit)"
	}
	// The folder itself goes where nothing is left in it. Nothing is echoed by /q: Wine's cmd.exe does not know an @ before a parenthesis.
	return `cmd.exe /d /q /s /c "for /l %i in (1,1,60) do (` + loop + ` & rd "` + own + `" 2>nul & ` + gone + end + `)"`, nil
}
