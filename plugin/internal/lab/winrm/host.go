package winrm

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options say which host to start.
type Options struct {
	Address  string // loopback, 127.0.0.1:0 for example; any other is refused
	User     string
	Password string
	Machine  Machine
	Quotas   Quotas
	Faults   Faults

	// Authority makes the host speak https, with a certificate of this authority, and lets clients in whose certificate it issued.
	Authority *Authority

	Now func() time.Time // the clock of the answers' Date; nil takes net/http's
}

// Host is one lab machine on one port of this computer.
type Host struct {
	options  Options
	address  string
	tls      *tls.Config
	counters counting

	mu     sync.Mutex
	faults Faults
	phase  Phase
	held   []net.Conn // connections that a phase does not answer
	server *http.Server
	svc    *service
	closed bool
	wake   chan struct{}  // closed by Close
	work   sync.WaitGroup // servers and restarts
}

// ErrAddress says that the address is not on the loopback interface.
var ErrAddress = errors.New("the lab listens on loopback addresses alone, 127.0.0.1:0 for example: its password is for tests and its machine is none")

// Start starts a host. It is ready when Start returns.
func Start(o Options) (*Host, error) {
	if err := onLoopback(o.Address); err != nil {
		return nil, fmt.Errorf("start lab host on %q: %w", o.Address, err)
	}
	if o.Machine == nil || o.User == "" || o.Password == "" {
		return nil, errors.New("start lab host: it needs a machine, a user and a password")
	}
	o.Quotas = o.Quotas.withDefaults()
	h := &Host{options: o, faults: o.Faults, wake: make(chan struct{})}
	if o.Authority != nil {
		cert, err := o.Authority.Server(o.Faults.Certificate, o.Faults.Clock)
		if err != nil {
			return nil, fmt.Errorf("start lab host: %w", err)
		}
		h.tls = &tls.Config{
			Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
			ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: o.Authority.pool(),
		}
	}
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("start lab host: %w", err)
	}
	h.address = l.Addr().String()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.svc = newService(o.Machine, o.Quotas, h.ordered)
	h.phase = o.Faults.Phase
	h.serve(l)
	return h, nil
}

func onLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return ErrAddress
	}
	return nil
}

// serve begins to answer on a listener; the lock is held.
func (h *Host) serve(l net.Listener) {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 30 * time.Second, ConnContext: withSession, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // what clients do wrong is counted, not printed
	}
	h.server = server
	counted := &listener{Listener: l, host: h, refuseFrom: h.faults.RefuseFrom}
	if counted.refuseFrom == 1 || h.phase == PhaseClosed {
		_ = l.Close() // what is refused needs nobody who listens
	}
	var served net.Listener = counted
	if h.tls != nil {
		served = tls.NewListener(counted, h.tls)
	}
	h.work.Go(func() { _ = server.Serve(served) }) // ends with the listener, which is how a host goes away
}

// Address is where the host listens, also while it restarts: IP and port.
func (h *Host) Address() string { return h.address }

// URL is the endpoint.
func (h *Host) URL() string {
	if h.tls != nil {
		return "https://" + h.address + "/wsman"
	}
	return "http://" + h.address + "/wsman"
}

// Certificate is the certificate that the host shows, in DER; nil where it speaks http.
func (h *Host) Certificate() []byte {
	if h.tls == nil {
		return nil
	}
	return bytes.Clone(h.tls.Certificates[0].Certificate[0])
}

// BootID names the boot that the machine is in.
func (h *Host) BootID() string { return h.options.Machine.BootID() }

// Counters returns what the host has seen so far.
func (h *Host) Counters() Counters { return h.counters.read() }

// SetFaults orders other faults from the next request on. Requests go on being counted from the start of the host. RefuseFrom
// takes effect when the host restarts; Certificate, Clock in the certificate, and Phase do only in Options.
func (h *Host) SetFaults(f Faults) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = f
}

// Shells is how many shells there are.
func (h *Host) Shells() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.svc.mu.Lock()
	defer h.svc.mu.Unlock()
	return len(h.svc.shells)
}

// Close ends the host and everything that runs on it.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	close(h.wake)
	h.letGo()
	server, svc := h.server, h.svc
	h.mu.Unlock()
	err := server.Close()
	svc.end()
	h.work.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close lab host: %w", err)
	}
	return nil
}
