package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// Interrupted is the cause of a context that ended because somebody asked the program to stop.
type Interrupted struct{ Signal os.Signal }

// Error names the signal.
func (i *Interrupted) Error() string { return i.Signal.String() }

// Interruptible is a context that ends with the first Ctrl-C or SIGTERM; its cause is an *Interrupted. The second one ends the program at
// once, as if nobody had listened. From then on a closed pipe is an error of the write and no signal: a build whose messages nobody reads
// any longer goes on to its end. stop gives all of it up.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	asked, pipes := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	signal.Notify(pipes, syscall.SIGPIPE) // nobody reads the channel: that the program listens is what turns the signal off
	go func() {
		select {
		case s := <-asked:
			signal.Stop(asked)
			cancel(&Interrupted{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(asked)
		signal.Stop(pipes)
		cancel(nil)
	}
}

// interruption is the signal because of which err ended the work, or nil where it ended otherwise.
func interruption(ctx context.Context, err error) *Interrupted {
	var asked *Interrupted
	if errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &asked) {
		return asked
	}
	return nil
}

// code is the exit code that a shell gives a program which the signal ended: 128 and its number.
func (i *Interrupted) code() int {
	if i.Signal == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupted
}

// text is what is said of it. Every command writes beside the final name, and takes away what is not whole.
func (i *Interrupted) text(err error) string {
	if errors.Is(err, build.ErrLeft) {
		return "interrupted, and what was under way could not be removed: " + err.Error() + "\nhint: wmclient doctor with the output folder shows and removes it"
	}
	return "interrupted: nothing was left"
}

// pipe is an output whose reader may leave before the end, as head does. What is written after that is dropped, and closed says so.
type pipe struct {
	io.Writer
	closed atomic.Bool
}

func (p *pipe) Write(b []byte) (int, error) {
	if p.closed.Load() {
		return len(b), nil
	}
	n, err := p.Writer.Write(b)
	if readerLeft(err) {
		p.closed.Store(true)
		return len(b), nil
	}
	return n, err
}

// readerLeft reports whether a write failed because nobody reads the pipe any longer.
func readerLeft(err error) bool {
	if errors.Is(err, syscall.EPIPE) {
		return true
	}
	const brokenPipe, noData = syscall.Errno(109), syscall.Errno(232) // ERROR_BROKEN_PIPE, ERROR_NO_DATA: what Windows says of it
	return runtime.GOOS == "windows" && (errors.Is(err, brokenPipe) || errors.Is(err, noData))
}

// file is the file behind an output, or nil where it is none.
func file(w io.Writer) *os.File {
	if p, ok := w.(*pipe); ok {
		w = p.Writer
	}
	f, _ := w.(*os.File)
	return f
}
