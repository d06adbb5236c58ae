// Command wmclient composes, builds and judges hardened reference images; see `wmclient help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
)

//go:generate ../../../scripts/readme

// number is set by the build (-ldflags -X main.number=...) from the file VERSION.
var number = "0.0.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now, Version: number,
	})
	stop()
	os.Exit(code)
}
