// Command wmclient composes, builds and judges hardened reference images; see `wmclient help`.
package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
)

//go:generate ../../../scripts/readme

// number is set by the build (-ldflags -X main.number=...) from the file VERSION.
var number = "0.0.0"

// memory is above how many bytes the collector works harder: a build holds a large hive as a tree and as bytes, 300 MB for one of 91 MB. It
// is no limit, what is needed is taken. Below it the collector may wait: most commands end before their garbage matters, and would spend
// a third of their time on it. GOMEMLIMIT and GOGC in the environment go first.
const (
	memory  = 384 << 20 // bytes
	garbage = 400       // per cent of what is in use
)

func main() {
	if os.Getenv("GOMEMLIMIT") == "" && os.Getenv("GOGC") == "" {
		debug.SetMemoryLimit(memory)
		debug.SetGCPercent(garbage)
	}
	ctx, stop := cli.Interruptible(context.Background())
	code := cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now, Version: number,
	})
	stop()
	os.Exit(code)
}
