package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// The times of waiting.
const (
	between   = time.Second      // attempts
	patienceA = 15 * time.Second // of one attempt
)

// Waiting is what is known while a machine is waited for.
type Waiting struct {
	Err *Error        // why the newest attempt failed
	For time.Duration // since the waiting began
}

// ErrNotReady is wrapped when the time to wait is over; the newest attempt's Error is wrapped beside it.
var ErrNotReady = errors.New("the machine does not become ready")

// WaitReady dials until the machine lets the user in, or ctx ends. tell, which may be nil, hears of each attempt that fails. What waiting cannot
// mend (options that cannot work, a name that does not exist, a certificate that is not trusted) is waited for too: machines restart, and
// are given certificates late.
func WaitReady(ctx context.Context, o Options, tell func(Waiting)) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	began := time.Now()
	var last *Error
	for {
		patience := patienceOf(ctx)
		attempt, cancel := context.WithTimeout(ctx, patience)
		var reached progress
		c, err := Dial(reached.trace(attempt), o)
		cancel()
		if err == nil {
			return c, nil
		}
		var known *Error
		switch {
		case errors.As(err, &known):
			last = known
		case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			last = reached.silence(o, patience)
		case ctx.Err() == nil:
			return nil, err
		}
		if tell != nil && last != nil && ctx.Err() == nil {
			tell(Waiting{last, time.Since(began)})
		}
		select {
		case <-time.After(between):
		case <-ctx.Done():
			return nil, notReady(ctx, o, last, time.Since(began))
		}
	}
}

// patienceOf is how long an attempt may take: no more than half of the time that is left, so that the first one has a reason before the last
// moment.
func patienceOf(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return max(min(patienceA, time.Until(end)/2), time.Second/2)
	}
	return patienceA
}

// progress is how far an attempt came.
type progress struct{ connected, asked atomic.Bool }

// trace has the attempt note it.
func (p *progress) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				p.connected.Store(true)
			}
		},
		GotConn: func(httptrace.GotConnInfo) { p.asked.Store(true) },
	})
}

// silence names what an attempt waited for when its time was over.
func (p *progress) silence(o Options, patience time.Duration) *Error {
	e := &Error{Reason: ReasonService, Host: o.address(), What: fmt.Sprintf("no answer for %s", patience.Round(time.Second/10))}
	switch {
	case !p.connected.Load():
		e.Reason, e.What = ReasonNoAnswer, fmt.Sprintf("no connection for %s: the machine is off, or a firewall drops what comes", patience.Round(time.Second/10))
	case !p.asked.Load():
		e.What = fmt.Sprintf("the connection stands, and nothing answers in TLS for %s", patience.Round(time.Second/10))
	}
	return e
}

func notReady(ctx context.Context, o Options, last *Error, waited time.Duration) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if last == nil {
		return fmt.Errorf("%s: %w in %s", o.address(), ErrNotReady, waited.Round(time.Second))
	}
	return fmt.Errorf("%w in %s; at last: %w", ErrNotReady, waited.Round(time.Second), last)
}

// newID is the id of a message.
func newID() string { return "uuid:" + uuid.NewString() }
