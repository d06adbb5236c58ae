// Command wmclient composes, builds and judges hardened reference images; see `wmclient help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
)

//go:generate ../../../scripts/readme

// number is set by the build (-ldflags -X main.number=...) from the file VERSION.
var number = "0.0.0"

// memory is above how many bytes the collector works harder. A build holds a large hive as a tree and as bytes, 300 MB for one of 91 MB;
// without a bound as much garbage again would lie beside it. It is no limit: what is needed is taken. GOMEMLIMIT in the environment goes first.
const memory = 384 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now, Version: number,
	})
	stop()
	os.Exit(code)
}
