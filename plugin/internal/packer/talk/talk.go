// Package talk turns the core's events and errors into what Packer shows: lines of its Ui, and errors that keep the file, line and
// snippet of a bad profile. It refuses to pass on anything that it does not know the form of.
package talk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// columns is where lines are wrapped: Packer puts its own prefix before each.
const columns = 100

// Error renders a profile error with its snippets, since Packer itself shows any error on the whole block only. Hints of other errors
// that name flags of the command name the attributes of a template instead. The result keeps err's class.
func Error(err error) error {
	var bad *build.ProfileError
	if !errors.As(err, &bad) {
		return said{inTemplates(err), err}
	}
	var text bytes.Buffer
	if werr := profile.WriteDiags(&text, bad.Diags, bad.Files, profile.WriteOptions{Width: columns}); werr != nil {
		return errors.Join(err, werr)
	}
	return said{"the profile does not hold:\n\n" + strings.TrimRight(text.String(), "\n"), err}
}

// Warnings renders what a person should know of a profile that holds, one text for each problem.
func Warnings(p *build.Project) ([]string, error) {
	var texts []string
	for _, d := range p.Warnings {
		var text bytes.Buffer
		if err := profile.WriteDiags(&text, hcl.Diagnostics{d}, p.Set.Files(), profile.WriteOptions{Width: columns}); err != nil {
			return nil, err
		}
		texts = append(texts, strings.TrimRight(text.String(), "\n"))
	}
	return texts, nil
}

// said is an error in other words.
type said struct {
	text string
	err  error
}

func (s said) Error() string { return s.text }
func (s said) Unwrap() error { return s.err }

// inTemplates says an error in a template's terms. Flags that are part of a whole command line stay.
func inTemplates(err error) string {
	if errors.Is(err, context.Canceled) {
		return "cancelled; nothing was left behind"
	}
	return strings.NewReplacer(
		"give the locked one with --agent FILE", "give the locked one with agent",
		"or give an agent with --agent FILE", "or give one with agent",
		"or build with --accept-base", "or set accept_base = true",
		"build into another folder with --out", "build into another output_directory",
		"choose one by index or name with --base-image", "choose one by index or name with base_image",
		"give an install.wim with --base", "give an install.wim with base",
	).Replace(err.Error())
}

// between is the least time between two progress lines: Packer's Ui has no line that can be overwritten.
const between = 3 * time.Second

// Sink shows events on a Packer Ui: steps, notes, now and then how far a long step has come, the findings that gate, and the count of
// all. The clock paces progress and gives its rate.
func Sink(ui packersdk.Ui, clock func() time.Time) build.Sink {
	s := &shown{ui: ui, clock: clock}
	return s.event
}

type shown struct {
	ui     packersdk.Ui
	clock  func() time.Time
	step   string    // whose progress is shown
	begun  time.Time // when its first progress came
	start  int64     // bytes done by then
	last   time.Time // when a line was shown last
	gating []setting.Finding
}

func (s *shown) event(e build.Event) {
	switch e.Type {
	case build.EventStep:
		s.ui.Say(e.Step)
	case build.EventNote:
		s.ui.Say("  " + e.Text)
	case build.EventProgress:
		s.progress(e)
	case build.EventFinding:
		if f, ok := e.Data.(setting.Finding); ok && gates(f.Outcome) {
			s.gating = append(s.gating, f)
		}
	case build.EventResult:
		if r, ok := e.Data.(*build.Result); ok {
			s.result(r)
		}
	}
}

// progress shows at most one line in every few seconds, with the mean rate since the step began.
func (s *shown) progress(e build.Event) {
	now := s.clock()
	if s.step != e.Step || s.begun.IsZero() {
		s.step, s.begun, s.last, s.start = e.Step, now, now, e.Done
		return
	}
	if now.Sub(s.last) < between || e.Total <= 0 {
		return
	}
	s.last = now
	line := fmt.Sprintf("  %d of %d MiB (%d %%)", e.Done>>20, e.Total>>20, e.Done*100/e.Total)
	if rate := float64(e.Done-s.start) / now.Sub(s.begun).Seconds(); rate > 0 {
		left := time.Duration(float64(e.Total-e.Done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.0f MiB/s, %s left", rate/(1<<20), left.Round(time.Second))
	}
	s.ui.Say(line)
}

// gates reports whether a finding can fail a build.
func gates(o setting.Outcome) bool {
	return o == setting.Fail || o == setting.Error || o == setting.Unobservable
}

// result shows the findings that gate and the count of all.
func (s *shown) result(r *build.Result) {
	var table, count bytes.Buffer
	if err := report.Table(&table, s.gating, report.Options{Width: columns}); err != nil {
		s.ui.Error(err.Error())
	}
	if text := strings.TrimRight(table.String(), "\n"); text != "" {
		s.ui.Error(text)
	}
	if err := report.Summary(&count, r.Summary, report.Options{}); err != nil {
		s.ui.Error(err.Error())
	}
	s.ui.Say(strings.TrimRight(count.String(), "\n"))
}
