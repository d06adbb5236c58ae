// Command gendoc writes the reference page of all kinds of settings, from the same table, tags and examples that the plugin uses.
// It takes one argument, the file to write.
package main

import (
	"fmt"
	"os"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gendoc:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one argument, the file to write; got %d", len(args))
	}
	page, err := reference(kinds.All())
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], []byte(page), 0o644)
}
