// Command wmguest works a wmclient bundle on the Windows that it runs on; see `wmguest help`.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
)

var (
	// number is set by the build (-ldflags -X main.number=...) from the file VERSION.
	number = "0.0.0"
	// mark is set by the build too: package agentfile finds the version of a wmguest.exe by it.
	mark = "wmguest-agent-version=;"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	env := agentcli.Env{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now, Version: number, SHA256: own()}
	onWindows(&env)
	code := agentcli.Run(ctx, env)
	stop()
	os.Exit(code)
}

// own is the SHA-256 of this program's file, "" where that cannot be read.
func own() string {
	_ = mark // kept in the file by being used
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
