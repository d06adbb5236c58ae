// Command jumpclock is wmclient with a clock that jumps, for the tests of faults; no release ships it. WMCLIENT_JUMPS lists by how many
// minutes the clock is off at the first look, the second, and so on, from the front again at its end.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
)

func main() {
	var jumps []time.Duration
	for text := range strings.SplitSeq(os.Getenv("WMCLIENT_JUMPS"), ",") {
		minutes, err := strconv.Atoi(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, "jumpclock: WMCLIENT_JUMPS:", err)
			os.Exit(2)
		}
		jumps = append(jumps, time.Duration(minutes)*time.Minute)
	}
	var looks atomic.Int64
	now := func() time.Time { return time.Now().Round(0).Add(jumps[int(looks.Add(1)-1)%len(jumps)]) } // without the steady clock
	os.Exit(cli.Run(context.Background(), cli.Env{
		Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: now, Version: "0.0.0",
	}))
}
