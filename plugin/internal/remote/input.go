package remote

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/masterzen/winrm"
	"github.com/masterzen/winrm/soap"
)

// converse runs a command that is talked with: it gets its input, and what answer returns to that which it has put out, until it has ended. One
// request goes after the other, so that one connection with one log-on is enough. The pieces of input are in order because each waits
// for the answer to the one before: MS-WSMV has no number in a Send by which a service could put them in order.
func (c *Client) converse(ctx context.Context, cmd Command, answer func(context.Context) (io.Reader, error)) (Result, error) {
	lead := func(p *process) (int, error) { return p.converse(ctx, cmd.Stdin, answer) }
	r, err := c.begin(ctx, cmd, lead)
	var fault *Fault
	if errors.As(err, &fault) && fault.Code == codeNoShell && r.unstarted {
		r, err = c.begin(ctx, cmd, lead) // the shell was gone, since idle ones are ended, and nothing was read of the input
	}
	return r.Result, err
}

func (p *process) converse(ctx context.Context, head io.Reader, answer func(context.Context) (io.Reader, error)) (int, error) {
	lost := p.send(ctx, head, false)
	for {
		if lost != nil && !takesNoMore(lost) {
			return 0, lost
		}
		code, done, err := p.output(ctx)
		switch {
		case done:
			return code, err
		case err != nil && (lost != nil || !timedOut(err)):
			return 0, errors.Join(lost, err)
		}
		if body, err := answer(ctx); err != nil {
			return 0, err
		} else if body != nil {
			lost = p.send(ctx, body, true)
		}
	}
}

// takesNoMore reports a fault after which the command's own end, which is on the way, says more: it has closed its input.
func takesNoMore(err error) bool {
	var known *Error
	return errors.As(err, &known) && known.Reason == ReasonFault
}

func timedOut(err error) bool {
	var fault *Fault
	return errors.As(err, &fault) && fault.timedOut()
}

// send writes input in pieces as large as an envelope takes; the last one says that it is the last, where it is.
func (p *process) send(ctx context.Context, stdin io.Reader, end bool) error {
	size := p.c.piece()
	buf, next := make([]byte, size), make([]byte, size)
	n, err := io.ReadFull(stdin, buf)
	for {
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return fmt.Errorf("read input: %w", err)
		}
		more := 0
		if !last {
			if more, err = io.ReadFull(stdin, next); errors.Is(err, io.EOF) {
				last = true
			}
		}
		if _, perr := p.c.post(ctx, p.input(buf[:n], last && end)); perr != nil {
			return fmt.Errorf("send input: %w", p.unread(perr))
		}
		if last {
			return nil
		}
		buf, next, n = next, buf, more
	}
}

// unread makes of an operation that timed out what it is for input: the machine took none for as long as that. How much of the piece it took nobody
// knows, so that the piece cannot be sent again and the command, which would wait for the rest for ever, is lost.
func (p *process) unread(err error) error {
	if !timedOut(err) {
		return err
	}
	return &Error{Reason: ReasonService, Host: p.c.options.address(), What: fmt.Sprintf("the command took no input for %s", p.c.options.Timeout)}
}

func (p *process) input(data []byte, last bool) *soap.SoapMessage {
	return winrm.NewSendInputRequest(p.c.options.url(), p.shell, p.id, data, last, p.c.params())
}

// piece is how many bytes of input one envelope holds beside its header, in base64.
func (c *Client) piece() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	const header = 4 << 10
	e := c.envelope
	if e == 0 {
		e = DefaultEnvelope
	}
	return max(1, (e-header)/4*3)
}
