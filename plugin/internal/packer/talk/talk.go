// Package talk turns the core's events and errors into what Packer shows: lines of its Ui, and errors that keep the file, line and
// snippet of a bad profile. It refuses to pass on anything that it does not know the form of.
package talk

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// Error renders a profile error with its snippets, since Packer itself shows any error on the whole block only. Other errors stay.
func Error(err error) error {
	var bad *build.ProfileError
	if !errors.As(err, &bad) {
		return err
	}
	var text bytes.Buffer
	if werr := profile.WriteDiags(&text, bad.Diags, bad.Files, profile.WriteOptions{Width: columns}); werr != nil {
		return errors.Join(err, werr)
	}
	return errors.New("the profile does not hold:\n\n" + strings.TrimRight(text.String(), "\n"))
}

// columns is where details are wrapped: Packer puts its own prefix before each line.
const columns = 90

// between is the least time between two progress lines: Packer's Ui has no line that can be overwritten.
const between = 3 * time.Second

// Sink shows events on a Packer Ui.
func Sink(ui packersdk.Ui) build.Sink {
	var last time.Time
	return func(e build.Event) {
		switch e.Type {
		case build.EventStep:
			last = time.Now()
			ui.Say(e.Step)
		case build.EventNote:
			ui.Say("  " + e.Text)
		case build.EventProgress:
			if now := time.Now(); now.Sub(last) >= between && e.Total > 0 {
				last = now
				ui.Say(fmt.Sprintf("  %d of %d MiB (%d %%)", e.Done>>20, e.Total>>20, e.Done*100/e.Total))
			}
		}
	}
}
