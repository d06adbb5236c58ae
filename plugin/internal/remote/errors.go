package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// Reason is what keeps a machine from answering, in the words that people are told.
type Reason string

// The reasons.
const (
	ReasonName     Reason = "name unknown"          // no address for the host's name
	ReasonPort     Reason = "port closed"           // nobody listens, or a firewall says no
	ReasonNoAnswer Reason = "host not answering"    // no connection comes about
	ReasonTLS      Reason = "TLS"                   // certificate or protocol
	ReasonAuth     Reason = "401"                   // user or password, or a way to be known that the machine forbids
	ReasonService  Reason = "service not answering" // the connection stands, the service says nothing, or that it has not started
	ReasonForeign  Reason = "not WinRM"             // something else answers
	ReasonLost     Reason = "connection lost"       // in the middle of an operation
	ReasonQuota    Reason = "quota"                 // of shells, processes, memory or operations
	ReasonEnvelope Reason = "envelope too large"    // for the service's MaxEnvelopeSizekb
	ReasonFault    Reason = "fault"                 // the service refuses for another reason
)

// The ways out of what has no better one.
const (
	hintSilent  = ": look at it on its own screen, it may hang or still start; or something else listens on this port"
	hintForeign = ": is it the port of WinRM, and nothing in between?"
)

// Error says why a machine does not do what it was asked. It holds no secret.
type Error struct {
	Reason Reason
	Host   string // host and port
	What   string // more about it, and the way out
	Err    error  // what it comes from; may be nil
}

// Error is reason, host and what is known.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Host, e.Reason, e.What) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports an error of the same reason, for errors.Is(err, &Error{Reason: ReasonAuth}).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason && t.Host == "" && t.What == ""
}

// ErrOutput is output beyond Options.MaxOutput. The command was ended.
var ErrOutput = errors.New("more output than is kept")

// Fault is what a WS-Management service answers instead of a result.
type Fault struct {
	Status  int    // of HTTP
	Subcode string // without its prefix: "TimedOut", "QuotaLimit", ...
	Code    uint32 // of WSManFault (wsmerror.h); 0 where there is none
	Text    string
}

// Error is the service's own text with its numbers.
func (f *Fault) Error() string {
	return fmt.Sprintf("%s (%s, %#x)", strings.TrimSpace(f.Text), f.Subcode, f.Code)
}

// Numbers of wsmerror.h.
const (
	codeTimedOut = 0x80338029 // ERROR_WSMAN_OPERATION_TIMEDOUT
	codeNoShell  = 0x8033805b // ERROR_WSMAN_UNEXPECTED_SELECTORS
	codeEncoding = 0x80338035 // ERROR_WSMAN_ENCODING_LIMIT
)

func (f *Fault) timedOut() bool { return f.Code == codeTimedOut || f.Subcode == "TimedOut" }

// reason classes a fault.
func (f *Fault) reason() (Reason, string) {
	switch {
	case f.Subcode == "QuotaLimit":
		return ReasonQuota, f.Error() + ": end other sessions of this user, or raise the machine's winrm/config/winrs limits"
	case f.Subcode == "EncodingLimit" || f.Code == codeEncoding:
		return ReasonEnvelope, f.Error() + ": raise MaxEnvelopeSizekb of the machine's winrm/config"
	case f.Subcode == "AccessDenied":
		return ReasonAuth, f.Error() + ": the user may not use this service: it must be an administrator, and LocalAccountTokenFilterPolicy may keep local ones out"
	}
	return ReasonFault, f.Error()
}

// failure classes an error of a connection or a request. An error of ctx stays what it is.
func (c *Client) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return ctx.Err()
	}
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	e := &Error{Host: c.options.address(), Err: err}
	var fault *Fault
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &fault):
		e.Reason, e.What = fault.reason()
	case alerted(err) != nil: // of TLS 1.3: whoever refuses a client's certificate says so after the handshake
		e.Reason = ReasonTLS
		e.What, _ = tlsProblem(err, time.Now())
	case errors.As(err, &dns):
		e.Reason, e.What = ReasonName, dns.Error()
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Reason, e.What = ReasonPort, "nobody listens: the listener is not up yet, or has another port"
	case errors.As(err, &op) && op.Op == "dial":
		e.Reason, e.What = ReasonNoAnswer, op.Error()
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		e.Reason, e.What = ReasonService, fmt.Sprintf("no answer for %s", c.patience())+hintSilent
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed), errors.As(err, &op):
		e.Reason, e.What = ReasonLost, err.Error()
	default:
		e.Reason, e.What = ReasonForeign, err.Error()+hintForeign
	}
	return e
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
