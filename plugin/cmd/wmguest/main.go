// Command wmguest works a wmclient bundle on the Windows that it runs on; see `wmguest help`.
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
)

// mark is set by the build (-ldflags -X main.mark=...) from the file VERSION. It holds the version with something around it by which package
// agentfile finds it in a wmguest.exe; it is used, since the linker leaves out what nobody uses. This text
// stays in the file beside the one that the build sets, and is no version.
var mark = "wmguest-agent-version=;"

// version is what stands in mark.
func version() string {
	_, text, _ := strings.Cut(mark, "=")
	return cmp.Or(strings.TrimSuffix(text, ";"), "0.0.0")
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	env := agentcli.Env{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now, Version: version(), SHA256: own()}
	onWindows(&env)
	code := agentcli.Run(ctx, env)
	stop()
	os.Exit(code)
}

// own is the SHA-256 of this program's file, "" where that cannot be read.
func own() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
