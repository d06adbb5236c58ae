package online

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
)

// accounts are the names that may stand in a command line.
var accounts = regexp.MustCompile(`^[A-Za-z0-9._-]{1,20}$`)

// waits reports whether all that failed is what the seal itself puts right.
func (h *hardening) waits() bool {
	restored := seal.Restored(h.Bundle.Plan)
	return len(h.failed) > 0 && !slices.ContainsFunc(h.failed, func(id string) bool { return !slices.Contains(restored, id) })
}

// seal has the agent take away what the build left, and starts the machine again for the rest. Nobody asks whether it comes up: nobody gets in.
// The order is such that whatever is lost on the way leaves a machine that can be sealed again: the answer comes before the door shuts.
func (h *hardening) seal(ctx context.Context) error {
	if h.Sealing != nil {
		h.Sealing(ctx)
	}
	line := h.line("seal")
	if h.Account != "" {
		if !accounts.MatchString(h.Account) {
			return fmt.Errorf("seal: the account %q is none that this program names on a command line: remove it yourself", h.Account)
		}
		line += " --account " + h.Account
	}
	if h.ShutDown {
		line += " --shut-down"
	}
	for {
		w := &eventWriter{each: func(e agent.Event) {
			h.hear(e)
			if e.Type == agent.EventSeal {
				h.out.Later = e.Text
			}
		}}
		var errs bytes.Buffer
		r, err := h.session.Run(ctx, remote.Command{Line: line, Stdout: w, Stderr: &tail{b: &errs}})
		switch {
		case err != nil:
			if err := h.again(ctx, err); err != nil {
				return fmt.Errorf("seal: %w", err)
			}
			if err := h.connected(ctx); err != nil {
				return fmt.Errorf("seal: %w", err)
			}
			continue
		case w.bad != nil:
			return fmt.Errorf("seal: %w", w.bad)
		case r.ExitCode == codeDone && h.out.Later == "":
			return h.shutDown(ctx)
		case r.ExitCode != codeRestart || h.out.Later == "":
			return fmt.Errorf("seal: the agent ended with code %d: %s", r.ExitCode, said(agent.Status{}, errs.String()))
		}
		break
	}
	h.emit(Event{Type: EventSealed, Text: h.out.Later})
	r, err := h.session.Run(ctx, remote.Command{Line: "shutdown.exe /r /t 5 /f /d p:2:4"})
	switch {
	case gone(err): // it went faster than the answer
		return nil
	case err != nil:
		return fmt.Errorf("seal: restart: %w", err)
	case r.ExitCode != 0:
		return fmt.Errorf("seal: restart: shutdown.exe ended with code %d: %s", r.ExitCode, bytes.TrimSpace(r.Stderr))
	}
	return nil
}

// gone reports what a machine that goes down before it has answered looks like from here. One that did not hear of it looks the same: with ShutDown
// whoever waits for its end tells them apart, and without, it takes away the same at whatever start comes next.
func gone(err error) bool {
	var known *remote.Error
	if !errors.As(err, &known) {
		return false
	}
	switch known.Reason {
	case remote.ReasonLost, remote.ReasonPort, remote.ReasonNoAnswer, remote.ReasonService, remote.ReasonTLS:
		return true
	}
	return false
}
