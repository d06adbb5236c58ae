package build_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// TestHints: what went wrong is followed by the way out, once, and only where it is one.
func TestHints(t *testing.T) {
	denied := &fs.PathError{Op: "mkdir", Path: "out", Err: syscall.EACCES}
	summary := func(o setting.Outcome) validate.Summary {
		return validate.Summary{Outcomes: map[setting.Outcome]int{o: 3}}
	}
	for name, test := range map[string]struct {
		err   error
		hint  string
		class error
	}{
		"may not write":     {build.WrittenBelowOut(fmt.Errorf("make output folder: %w", denied)), "may not write there", build.ErrUsage},
		"has a hint":        {build.WrittenBelowOut(fmt.Errorf("%w\nhint: another", denied)), "another", nil},
		"no room":           {build.WrittenBelowOut(fmt.Errorf("write: %w", syscall.ENOSPC)), "free as much room", nil},
		"something else":    {build.WrittenBelowOut(errors.New("write: no")), "", nil},
		"could not be read": {build.Gated(summary(setting.Error), "out"), "the file is damaged", build.ErrFindings},
		"failed":            {build.Gated(summary(setting.Fail), "out"), "", build.ErrFindings},
	} {
		text := test.err.Error()
		if got := strings.Count(text, "\nhint: "); (test.hint != "") != (got == 1) || got > 1 || !strings.Contains(text, test.hint) {
			t.Errorf("%s: %s", name, text)
		}
		if test.class != nil && !errors.Is(test.err, test.class) {
			t.Errorf("%s: it is not of its class", name)
		}
	}
}
