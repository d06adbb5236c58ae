package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// The times of waiting.
const (
	between   = time.Second      // attempts
	longest   = time.Minute      // between attempts that the machine refuses
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
	refused := 0 // attempts in a row
	for {
		attempt, cancel := context.WithTimeout(ctx, patienceA)
		c, err := Dial(attempt, o)
		cancel()
		if err == nil {
			return c, nil
		}
		var known *Error
		switch {
		case errors.As(err, &known):
			if ctx.Err() == nil || last == nil { // the end of the time says less than what came before it
				last = known
			}
		case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			last = &Error{Reason: ReasonService, Host: o.address(), What: fmt.Sprintf("no answer for %s", patienceA) + hintSilent}
		case ctx.Err() == nil:
			return nil, err
		}
		if tell != nil && last != nil && ctx.Err() == nil {
			tell(Waiting{last, time.Since(began)})
		}
		if last != nil && last.Reason == ReasonAuth {
			refused++
		} else {
			refused = 0
		}
		select {
		case <-time.After(pause(refused)):
		case <-ctx.Done():
			return nil, notReady(ctx, o, last, time.Since(began))
		}
	}
}

// pause is the time before the next attempt. It grows with the number of those that the machine refused: an account is locked by too many.
func pause(refused int) time.Duration {
	if refused == 0 {
		return between
	}
	return min(between<<min(refused, 16), longest)
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
