package winrm

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// Phase is how far a host is on its way up.
type Phase string

// The phases in which a client meets a starting machine, and one that it may never leave. PhaseUp answers.
const (
	PhaseUp           Phase = ""
	PhaseClosed       Phase = "closed"       // nothing listens
	PhaseTLS          Phase = "tls"          // connections are taken, and reset at the handshake; a host without TLS answers
	PhaseUnavailable  Phase = "unavailable"  // every request is answered with 503: the service behind the port has not started
	PhaseUnauthorized Phase = "unauthorized" // every request is answered with 401
	PhaseSilent       Phase = "silent"       // connections are taken and nothing is ever answered
)

func phaseNames() []string {
	return []string{string(PhaseClosed), string(PhaseTLS), string(PhaseUnavailable), string(PhaseUnauthorized), string(PhaseSilent)}
}

var errClosed = errors.New("the lab host is closed")

// SetPhase puts the host into a phase by hand, where it stays until the next call or restart. PhaseClosed cuts all connections and closes
// the port; commands go on. Any other phase opens the port again.
func (h *Host) SetPhase(p Phase) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return fmt.Errorf("set phase %q: %w", p, errClosed)
	}
	before := h.phase
	h.phase = p
	h.letGo()
	switch {
	case p == PhaseClosed:
		_ = h.server.Close() // its listener may be closed already
	case before == PhaseClosed:
		l, err := relisten(h.address, h.wake)
		if err != nil {
			return fmt.Errorf("set phase %q: %w", p, err)
		}
		h.serve(l)
	}
	return nil
}

// Restart cuts all connections, kills all commands, forgets all shells and gives the machine another boot. The host is away for that long,
// listens again on the same port and goes through the phases that its Faults order. Restart returns when the host is up.
func (h *Host) Restart(away time.Duration) error {
	mine, err := h.down()
	if err != nil || mine == nil {
		return err
	}
	f := h.ordersNow()
	for _, step := range []struct {
		phase Phase
		last  time.Duration
	}{{PhaseTLS, f.RestartTLS}, {PhaseUnavailable, f.RestartUnavailable}, {PhaseUnauthorized, f.RestartUnauthorized}, {PhaseUp, 0}} {
		h.pause(away)
		away = step.last
		if step.last == 0 && step.phase != PhaseUp {
			continue
		}
		if !h.current(mine) {
			return nil
		}
		if err := h.SetPhase(step.phase); err != nil && !errors.Is(err, errClosed) {
			return fmt.Errorf("restart lab host: %w", err)
		}
	}
	return nil
}

// down ends the boot that the host is in and begins the next with its port closed. mine is nil where another restart was faster.
func (h *Host) down() (mine *service, err error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, fmt.Errorf("restart lab host: %w", errClosed)
	}
	server, svc := h.server, h.svc
	h.phase = PhaseClosed
	h.faults.RefuseFrom = 0
	h.letGo()
	h.mu.Unlock()
	_ = server.Close()
	svc.end()

	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.svc != svc {
		return nil, nil
	}
	h.options.Machine.Restart()
	h.counters.change(func(c *Counters) { c.Restarts++ })
	h.svc = newService(h.options.Machine, h.options.Quotas, h.ordered)
	return h.svc, nil
}

// current reports whether the boot that a service belongs to is the host's, and nobody opened its port by hand.
func (h *Host) current(s *service) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.closed && h.svc == s
}

func (h *Host) ordersNow() Faults {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.faults
}

// pause waits, or until the host is closed.
func (h *Host) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-h.wake:
	}
}

// relisten takes the port back. Another program may hold it for a moment, as the end of a connection of its own.
func relisten(address string, stop <-chan struct{}) (l net.Listener, err error) {
	for range 50 {
		if l, err = net.Listen("tcp", address); err == nil {
			return l, nil
		}
		select {
		case <-stop:
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil, err
}

// settle is how long a machine that was told to restart by a command goes on answering, so that the command's end is heard.
const settle = 250 * time.Millisecond

// ordered restarts the host because a command on it has asked for it.
func (h *Host) ordered() { h.later(settle) }

// later restarts the host after a while, for as long as Faults.RestartFor says.
func (h *Host) later(wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	away := h.faults.RestartFor
	h.work.Go(func() {
		h.pause(wait)
		_ = h.Restart(away) // a host that does not come back is what its client then sees
	})
}
