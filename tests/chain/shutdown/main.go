//go:build windows

// Command shutdown stands in Wine where Windows has shutdown.exe, whose namesake in Wine does nothing: it notes what it was asked for where the
// Linux around it looks, which turns the machine off. It knows the one call by which a seal ends, and ends with 64 on any other.
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	const known, place = "/s /t 5 /f /d p:2:4", `Z:\lab\off`
	asked := strings.Join(os.Args[1:], " ")
	if asked != known {
		fmt.Fprintf(os.Stderr, "this stand-in does not know %q\n", asked)
		os.Exit(64)
	}
	if err := os.WriteFile(place, []byte(asked+"\n"), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
