package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// shown is where the events of long work go: NDJSON on stdout, a bar on a terminal, or one line a step.
type shown struct {
	sink   build.Sink
	finish func()
}

func (a *app) progress(asJSON bool) shown {
	if asJSON {
		return shown{func(e build.Event) {
			if err := a.writeJSON(e); err != nil {
				fmt.Fprintf(a.Stderr, "wmclient: write event: %v\n", err)
			}
		}, func() {}}
	}
	if isTerminal(a.Stderr) && a.Getenv("TERM") != "dumb" {
		bar := &bar{app: a}
		return shown{bar.event, bar.close}
	}
	return shown{func(e build.Event) {
		switch e.Type {
		case build.EventStep:
			fmt.Fprintln(a.Stderr, e.Step)
		case build.EventNote:
			fmt.Fprintf(a.Stderr, "  %s\n", e.Text)
		}
	}, func() {}}
}

// bar shows the step that runs, with rate and time left where its size is known.
type bar struct {
	app     *app
	current *progressbar.ProgressBar
	step    string
}

func (b *bar) event(e build.Event) {
	switch e.Type {
	case build.EventStep:
		b.close()
		fmt.Fprintln(b.app.Stderr, e.Step)
	case build.EventNote:
		b.close()
		fmt.Fprintf(b.app.Stderr, "  %s\n", e.Text)
	case build.EventProgress:
		if b.current == nil || b.step != e.Step {
			b.close()
			b.step = e.Step
			b.current = progressbar.NewOptions64(e.Total,
				progressbar.OptionSetWriter(file(b.app.Stderr)), progressbar.OptionShowBytes(true), progressbar.OptionSetPredictTime(true),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetDescription("  "), progressbar.OptionClearOnFinish(),
				progressbar.OptionEnableColorCodes(false), progressbar.OptionSetWidth(30))
		}
		_ = b.current.Set64(e.Done) // a bar that cannot be drawn must not stop a build
	}
}

func (b *bar) close() {
	if b.current != nil {
		_ = b.current.Finish()
		b.current = nil
	}
}

// writeJSON prints one value as one line of JSON.
func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.Stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
