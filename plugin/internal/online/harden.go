package online

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// Hardened says how the work on a machine ended.
type Hardened struct {
	Boot     string            // boot id of the machine in the end
	Boots    int               // how often it restarted for the work
	Lost     int               // connections that were lost on the way
	Summary  *validate.Summary // as the agent judged
	Findings error             // ErrFindings where some settings are not as wanted; nil else
	Later    string            // after a seal: what the machine takes away when it starts again, which nobody here sees
}

// Harden runs the bundle's stages on the machine to their end. A cancelled context ends the agent after the op that runs, and Harden within
// moments; what was done stays, and the next Harden goes on. Findings are no error: whoever calls decides what they mean.
func Harden(ctx context.Context, m *Machine) (*Hardened, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	h := &hardening{Machine: m, out: &Hardened{}}
	defer h.leave()
	if err := h.connected(ctx); err != nil {
		return nil, err
	}
	for {
		again, err := h.step(ctx)
		if err != nil {
			return nil, err
		}
		if again {
			continue
		}
		if h.Seal && h.out.Findings != nil && h.waits() {
			h.note("%d settings are as the build needs them, and become what the plan wants with the seal", len(h.failed))
			h.out.Findings = nil
		}
		if h.Seal && h.out.Findings == nil {
			return h.out, h.seal(ctx)
		}
		return h.out, h.shutDown(ctx)
	}
}

// hardening is one Harden under way.
type hardening struct {
	*Machine
	session Session
	out     *Hardened
	status  agent.Status // the newest that the agent told
	ops     int          // told since the connection stands
	idle    int          // connections lost in a row without an op
	failed  []string     // settings that do not pass
	asked   string       // boot id at which the machine was told to restart
}

func (h *hardening) leave() {
	if h.session != nil {
		_ = h.session.Close() // what matters is on the machine
	}
}

// connected connects, and makes agent and bundle stand on the machine: they may have been lost with a snapshot. A machine that is about to
// restart lets in whom it throws out a moment later.
func (h *hardening) connected(ctx context.Context) error {
	for {
		h.leave()
		h.session = nil
		s, err := h.connect(ctx)
		if err != nil {
			return err
		}
		h.session, h.ops = s, 0
		if _, err = h.deliver(ctx, s, remote.Command{}); err == nil {
			return nil
		}
		if err := h.again(ctx, err); err != nil {
			return err
		}
	}
}

// again tells what a connection was lost by, and whether that has happened too often without an op between two times. Anything else is an error.
func (h *hardening) again(ctx context.Context, err error) error {
	var known *remote.Error
	if ctx.Err() != nil || !errors.As(err, &known) || known.Reason != remote.ReasonLost && known.Reason != remote.ReasonService && known.Reason != remote.ReasonPort {
		return err
	}
	if h.ops > 0 {
		h.idle = 0
	}
	h.out.Lost++
	if h.idle++; h.idle > maxLost {
		return fmt.Errorf("the connection is lost again and again: %w", err)
	}
	h.note("%v; going on from the agent's journal", known)
	return nil
}

// step runs the agent once, and reports whether it must run again.
func (h *hardening) step(ctx context.Context) (again bool, err error) {
	h.status, h.failed = agent.Status{}, nil
	w := &eventWriter{each: h.hear}
	var errs bytes.Buffer
	r, err := h.session.Run(ctx, remote.Command{Line: h.line("apply"), Stdout: w, Stderr: &tail{b: &errs}})
	if err != nil {
		if err := h.again(ctx, err); err != nil {
			return false, fmt.Errorf("run the agent: %w", err)
		}
		return true, h.connected(ctx)
	}
	h.idle = 0
	switch r.ExitCode {
	case codeDone, codeFindings:
		return false, h.end(r.ExitCode, w.bad)
	case codeRestart:
		return true, h.restart(ctx)
	case codeWorking:
		h.note("the agent is still at work from before")
		return true, h.pause(ctx)
	case codeTrust:
		return false, fmt.Errorf("%w: the agent says: %s", ErrNotTrusted, said(h.status, errs.String()))
	}
	return false, fmt.Errorf("the agent ended with code %d: %s", r.ExitCode, said(h.status, errs.String()))
}

// hear passes on what the agent says, and keeps its status.
func (h *hardening) hear(e agent.Event) {
	if e.Status != nil {
		h.status = *e.Status
	}
	if e.Type == agent.EventOp {
		h.ops++
	}
	if f := e.Finding; f != nil && (f.Outcome == setting.Fail || f.Outcome == setting.Error || f.Outcome == setting.Unobservable && !h.Bundle.Plan.Image.AllowUnobservable) {
		h.failed = append(h.failed, f.Setting)
	}
	h.emit(Event{Type: EventAgent, Agent: e})
}

// end holds the exit code against what the agent said of itself.
func (h *hardening) end(code int, bad error) error {
	want := map[int]agent.State{codeDone: agent.StateDone, codeFindings: agent.StateFailed}[code]
	if bad != nil || h.status.State != want || h.status.Summary == nil {
		return errors.Join(fmt.Errorf("the agent ended with code %d and the state %q: what it found did not come", code, h.status.State), bad)
	}
	h.out.Boot, h.out.Summary = h.status.Boot, h.status.Summary
	if code == codeFindings {
		h.out.Findings = ErrFindings
	}
	return nil
}

// restart makes the machine restart and waits for it. Where the agent asks again at the same boot id, the machine has not gone down yet.
func (h *hardening) restart(ctx context.Context) error {
	if h.asked == h.status.Boot && h.status.Boot != "" {
		if err := h.pause(ctx); err != nil {
			return err
		}
		return h.connected(ctx)
	}
	h.asked = h.status.Boot
	h.out.Boots++
	h.emit(Event{Type: EventRestart, Reasons: h.status.Restart})
	// Planned (p), operating system (2), reconfiguration (4), for the event log; at once, whatever programs say.
	r, err := h.session.Run(ctx, remote.Command{Line: "shutdown.exe /r /t 0 /f /d p:2:4"})
	var known *remote.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !errors.As(err, &known):
		return fmt.Errorf("restart: %w", err)
	case err == nil && r.ExitCode != 0:
		return fmt.Errorf("restart: shutdown.exe ended with code %d: %s", r.ExitCode, strings.TrimSpace(string(r.Stderr)))
	}
	if err := h.pause(ctx); err != nil {
		return err
	}
	return h.connected(ctx)
}

// shutDown ends the machine, where that was asked for and nothing is wrong. The time it takes is for the answer to come home.
func (h *hardening) shutDown(ctx context.Context) error {
	if !h.ShutDown || h.out.Findings != nil {
		return nil
	}
	r, err := h.session.Run(ctx, remote.Command{Line: "shutdown.exe /s /t 5 /f /d p:2:4"})
	switch {
	case gone(err): // it went faster than the answer
		return nil
	case err != nil:
		return fmt.Errorf("shut down: %w", err)
	case r.ExitCode != 0:
		return fmt.Errorf("shut down: shutdown.exe ended with code %d: %s", r.ExitCode, strings.TrimSpace(string(r.Stderr)))
	}
	h.note("the machine shuts down")
	return nil
}

func (h *hardening) pause(ctx context.Context) error {
	select {
	case <-time.After(h.Poll):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// said is what an agent told before it ended, its own status first.
func said(s agent.Status, stderr string) string {
	if s.Error != "" {
		return s.Error
	}
	if text := strings.TrimSpace(stderr); text != "" {
		return text
	}
	return "nothing"
}

// tail keeps the end of what is written.
type tail struct{ b *bytes.Buffer }

const maxTail = 4 << 10 // bytes

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	n, _ := t.b.Write(p)
	if over := t.b.Len() - maxTail; over > 0 {
		t.b.Next(over)
	}
	return n, nil
}
