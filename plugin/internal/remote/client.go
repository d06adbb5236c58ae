package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/masterzen/winrm"
)

// cleanup is how long ending a command on the machine may take when nobody waits for it any more.
const cleanup = 2 * time.Second

// Client is a connection to one machine. It may be used by several goroutines; commands share one shell.
type Client struct {
	options  Options
	requests counter
	bytes    counter
	clock    atomic.Pointer[time.Duration] // how far the machine's is ahead; nil where no answer has told
	reached  atomic.Bool                   // a connection came about

	pool  sync.Mutex
	lanes []*lane // that nobody uses now; under pool

	mu       sync.Mutex
	shell    string // id; "" while there is none
	envelope int    // bytes that the service takes; 0 while that is not known
}

// Dial checks options and opens a shell, so that what keeps the machine from answering is known at once.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	if _, err := c.open(ctx); err != nil {
		return nil, errors.Join(c.late(ctx, err), c.Close())
	}
	return c, nil
}

// late says how far a connection came, where the time to dial was over before the machine had said anything. The cause stays in it.
func (c *Client) late(ctx context.Context, err error) error {
	var known *Error
	if errors.As(err, &known) || !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &Error{Reason: ReasonNoAnswer, Host: c.options.address(), What: "no connection comes about: is the machine on, and does a firewall drop what is sent to it?", Err: err}
	if c.reached.Load() {
		e.Reason, e.What = ReasonService, "the connection stands, and nothing is said"+hintSilent
	}
	return e
}

func newClient(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &Client{options: o, envelope: o.Envelope}
	l, err := c.take() // what is wrong with options is known now
	if err != nil {
		return nil, err
	}
	c.give(l)
	return c, nil
}

// params are what masterzen/winrm puts into each header.
func (c *Client) params() *winrm.Parameters {
	return winrm.NewParameters(fmt.Sprintf("PT%.3fS", c.options.Timeout.Seconds()), "en-US", DefaultEnvelope)
}

// open returns the shell's id, and makes a shell where there is none.
func (c *Client) open(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shell != "" {
		return c.shell, nil
	}
	a, err := c.post(ctx, winrm.NewOpenShellRequest(c.options.url(), c.params()))
	if err != nil {
		return "", fmt.Errorf("open shell: %w", err)
	}
	if c.shell = a.shellID(); c.shell == "" {
		return "", &Error{Reason: ReasonForeign, Host: c.options.address(), What: "it opened a shell and gave it no id"}
	}
	return c.shell, nil
}

// forget drops the shell, so that the next command opens another.
func (c *Client) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shell == id {
		c.shell = ""
	}
}

// Close ends the shell, with whatever runs in it, and the connections. A machine that is gone is no error.
func (c *Client) Close() error {
	c.mu.Lock()
	id := c.shell
	c.shell = ""
	c.mu.Unlock()
	if id != "" {
		ctx, cancel := context.WithTimeout(context.Background(), cleanup)
		defer cancel()
		_, _ = c.post(ctx, winrm.NewDeleteShellRequest(c.options.url(), id, c.params()))
	}
	c.pool.Lock()
	defer c.pool.Unlock()
	for _, l := range c.lanes {
		l.base.CloseIdleConnections()
	}
	return nil
}

// Command is what runs on the machine.
type Command struct {
	Line   string    // for cmd.exe; no secret may stand in it: it is in the machine's list of processes
	Stdin  io.Reader // may be nil
	Stdout io.Writer // nil collects, up to Options.MaxOutput
	Stderr io.Writer // the same
}

// Result is what came of a command.
type Result struct {
	ExitCode int
	Stdout   []byte // where the command had no writer
	Stderr   []byte
}

// Run runs a command to its end. When ctx is cancelled it is ended on the machine, as far as that still answers, and the error is that of
// ctx within a few seconds. An error of type Error with ReasonLost says that the command may go on without anybody seeing it.
func (c *Client) Run(ctx context.Context, cmd Command) (Result, error) {
	r, err := c.run(ctx, cmd)
	var fault *Fault
	if errors.As(err, &fault) && fault.Code == codeNoShell && cmd.Stdin == nil && r.unstarted {
		r, err = c.run(ctx, cmd) // the shell was gone, since idle ones are ended: another one was asked for
	}
	return r.Result, err
}

type running struct {
	Result
	unstarted bool
}

func (c *Client) run(ctx context.Context, cmd Command) (running, error) {
	return c.begin(ctx, cmd, func(p *process) (int, error) { return p.follow(ctx, cmd.Stdin) })
}

// begin starts a command, leads it to its end and gives up its place.
func (c *Client) begin(ctx context.Context, cmd Command, lead func(p *process) (int, error)) (running, error) {
	shell, err := c.open(ctx)
	if err != nil {
		return running{unstarted: true}, err
	}
	a, err := c.post(ctx, winrm.NewExecuteCommandRequest(c.options.url(), shell, cmd.Line, nil, c.params()))
	if err != nil {
		c.forget(shell)
		return running{unstarted: true}, fmt.Errorf("run command: %w", err)
	}
	id := a.Body.Command.ID
	if id == "" {
		return running{}, &Error{Reason: ReasonForeign, Host: c.options.address(), What: "it began a command and gave it no id"}
	}
	var out, errs bytes.Buffer
	p := &process{c: c, shell: shell, id: id, to: map[string]io.Writer{"stdout": cmd.Stdout, "stderr": cmd.Stderr}}
	if cmd.Stdout == nil {
		p.to["stdout"] = &limited{&out, c.options.MaxOutput}
	}
	if cmd.Stderr == nil {
		p.to["stderr"] = &limited{&errs, c.options.MaxOutput}
	}
	code, err := lead(p)
	p.end(err)
	return running{Result: Result{ExitCode: code, Stdout: out.Bytes(), Stderr: errs.Bytes()}}, err
}

// limited keeps what fits.
type limited struct {
	b    *bytes.Buffer
	left int64
}

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, ErrOutput
	}
	return l.b.Write(p)
}

// process is a command that runs.
type process struct {
	c     *Client
	shell string
	id    string
	to    map[string]io.Writer
}

// follow sends input and receives output until the command has ended. Where input is lost on the way the command would wait for it for ever, so
// that both end; so where the service does not take it, or the command reads none of it in time. Any other fault says that the command takes no more, and its end is on the way.
func (p *process) follow(ctx context.Context, stdin io.Reader) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sent := make(chan error, 1)
	go func() {
		var err error
		if stdin != nil {
			err = p.send(ctx, stdin, true)
		}
		var fault *Fault
		if err != nil && (!errors.As(err, &fault) || errors.Is(err, &Error{Reason: ReasonEnvelope}) || errors.Is(err, &Error{Reason: ReasonQuota})) {
			cancel(err)
		}
		sent <- err
	}()
	code, err := p.receive(ctx)
	cause := context.Cause(ctx)
	cancel(nil)
	serr := <-sent
	switch {
	case err == nil:
		return code, nil
	case cause != nil:
		return 0, cause // what ended the input, or whoever cancelled
	case serr != nil && !errors.Is(serr, context.Canceled):
		return 0, serr
	}
	return 0, err
}

// receive asks for output until the command has ended. An operation that timed out without any is asked again.
func (p *process) receive(ctx context.Context) (int, error) {
	for {
		if code, done, err := p.output(ctx); done || err != nil && !timedOut(err) {
			return code, err
		}
	}
}

// output asks for output once.
func (p *process) output(ctx context.Context) (code int, done bool, err error) {
	a, err := p.c.post(ctx, winrm.NewGetOutputRequest(p.c.options.url(), p.shell, p.id, "stdout stderr", p.c.params()))
	if err != nil {
		return 0, false, fmt.Errorf("receive output: %w", err)
	}
	if err := a.output(p.put); err != nil {
		return 0, false, fmt.Errorf("receive output: %w", err)
	}
	exit, done, err := a.done()
	return int(exit), done, err
}

func (p *process) put(name string, data []byte) error {
	w, ok := p.to[name]
	if !ok {
		return fmt.Errorf("stream %q was not asked for", name)
	}
	_, err := w.Write(data)
	return err
}

// end tells the service that nobody asks for the command any more: its place is given up, and what still runs is ended. After an error the
// shell goes too: whatever the command has started goes with it.
func (p *process) end(err error) {
	ctx, cancel := context.WithTimeout(context.Background(), cleanup)
	defer cancel()
	_, serr := p.c.post(ctx, winrm.NewSignalRequest(p.c.options.url(), p.shell, p.id, p.c.params()))
	if err == nil {
		return
	}
	p.c.forget(p.shell)
	if serr == nil {
		_, _ = p.c.post(ctx, winrm.NewDeleteShellRequest(p.c.options.url(), p.shell, p.c.params()))
	}
}
