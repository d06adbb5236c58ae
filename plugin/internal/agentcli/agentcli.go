// Package agentcli is the command wmguest: the agent that works a bundle on the Windows that it runs on.
//
// Its voice is for programs: NDJSON or one JSON document on standard output, sentences on standard error, and exit codes that a task
// sequence or a build can act upon. No secret is ever among its arguments. It refuses to guess where it works: bundle and state folder are
// those of an image unless they are named.
package agentcli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
)

// The exit codes. They are an interface: task sequences and builds read them.
const (
	CodeDone     = 0
	CodeError    = 1
	CodeUsage    = 2    // a wrong command line, a bundle that does not hold together, or a system that is no Windows
	CodeFindings = 3    // all stages have run, and settings are not as wanted
	CodeTrust    = 5    // a bundle of another image, another one than was worked on here, or a journal that was changed
	CodeWorking  = 6    // the work is not over, or another process is at it
	CodeDrift    = 10   // audit: something is not as it was built
	CodeRestart  = 3010 // ERROR_SUCCESS_REBOOT_REQUIRED: restart, then run it again
)

// Env is everything that the command takes from the outside.
type Env struct {
	Args           []string // without the program's name
	Stdout, Stderr io.Writer
	Now            func() time.Time
	Version        string
	SHA256         string // of the program's own file; "" where it could not be read
	Folder         string // where an image carries the agent: C:\Windows\wmclient

	AuditEvery time.Duration // how often a service that stays audits the client; 0 is a day

	Open    func() (agent.Machine, error)        // the machine that the program runs on
	Service func(work func(Signals) error) error // runs work as the service that the program was started as
	System  System
}

var (
	// ErrNoWindows is what Env.Open returns where the program does not run on Windows.
	ErrNoWindows = errors.New("wmguest works on Windows alone; status and version work here too")
	errUsage     = errors.New("usage") // a wrong command line
)

const usage = `wmguest works a wmclient bundle on the Windows that it runs on.

  wmguest apply   [--bundle PATH] [--state DIR]            run the stages, go on where the last run ended; NDJSON events
  wmguest seal    [--bundle PATH] [--state DIR] [--forget] the same for a bundle with the stage seal, then take away what a build has left: what
                  [--account NAME] [--shut-down]           no connection needs at once, the rest and the agent itself by the service at the
                  [--sysprep [--unattend FILE]]            next start (exit code 3010). --account is the build's, wmbuild if not named; with
                                                           --forget the image's own state folder goes too: collect first
  wmguest preflight                                        what would make Sysprep fail; NDJSON findings, changes nothing
  wmguest observe [--bundle PATH]                          look at every setting, change nothing; one JSON document
  wmguest audit   [--bundle PATH] [--state DIR] [--baseline FILE]
                                                           judge this client as it is now, change nothing; the record as one JSON document, and in
                                                           the state folder's audit
  wmguest status  [--state DIR] [--wait] [--timeout 30m]   how far the work has come; one JSON document
  wmguest status  [--state DIR] --journal                  the journal, checked line by line, as NDJSON; works on any system
  wmguest collect [--state DIR]                            logs and journal as a zip on standard output
  wmguest service                                          what the service wmguest runs
  wmguest version

PATH is a folder or a zip. By default both are those that an image carries: %SystemRoot%\wmclient\bundle and \state.
Exit codes: 0 done, 1 error, 2 usage or a damaged bundle, 3 findings failed, 5 not trusted, 6 not over yet, 10 drift (audit), 3010 restart and run again.
Nothing of this was ever run on a real Windows.
`

// Run runs the command and returns its exit code.
func Run(ctx context.Context, env Env) int {
	c := &command{Env: env}
	verbs := map[string]func(context.Context, []string) (int, error){
		"apply": c.apply, "seal": c.seal, "observe": c.observe, "audit": c.audit, "status": c.status, "collect": c.collect, "preflight": c.preflight, "service": c.service, "version": c.version,
	}
	if len(env.Args) == 0 || slices.Contains([]string{"help", "-h", "--help"}, env.Args[0]) {
		if _, err := fmt.Fprint(env.Stdout, usage); err != nil {
			return CodeError
		}
		return CodeDone
	}
	verb, ok := verbs[env.Args[0]]
	if !ok {
		fmt.Fprintf(env.Stderr, "wmguest: unknown command %q\nhint: wmguest help\n", env.Args[0])
		return CodeUsage
	}
	code, err := verb(ctx, env.Args[1:])
	if err != nil {
		fmt.Fprintf(env.Stderr, "wmguest: %v\n", err)
	}
	return code
}

type command struct{ Env }

// places are the flags that several verbs have.
type places struct{ bundle, state string }

func (c *command) flags(verb string, args []string, more func(*flag.FlagSet)) (places, error) {
	p := places{}
	f := flag.NewFlagSet(verb, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&p.bundle, "bundle", filepath.Join(c.Folder, "bundle"), "")
	f.StringVar(&p.state, "state", filepath.Join(c.Folder, "state"), "")
	if more != nil {
		more(f)
	}
	if err := f.Parse(args); err != nil {
		return p, fmt.Errorf("%w: %s: %w\nhint: wmguest help", errUsage, verb, err)
	}
	if f.NArg() > 0 {
		return p, fmt.Errorf("%w: %s: %q was not expected\nhint: wmguest help", errUsage, verb, f.Arg(0))
	}
	return p, nil
}

// open reads the bundle at a path, which is a folder or a zip.
func open(path string) (*bundle.Bundle, func() error, error) {
	if strings.EqualFold(filepath.Ext(path), ".zip") {
		z, err := bundle.OpenZip(path)
		if err != nil {
			return nil, nil, err
		}
		return z.Bundle, z.Close, nil
	}
	b, err := bundle.OpenDir(path)
	return b, func() error { return nil }, err
}

func (c *command) apply(ctx context.Context, args []string) (int, error) {
	p, err := c.flags("apply", args, nil)
	if err != nil {
		return CodeUsage, err
	}
	out, err := c.run(ctx, p, c.printEvent)
	return codeOf(out, err), err
}

// run works the bundle.
func (c *command) run(ctx context.Context, p places, events func(agent.Event)) (out agent.Outcome, err error) {
	b, done, err := open(p.bundle)
	if err != nil {
		return out, fmt.Errorf("%w: %w", errUsage, err)
	}
	defer func() { err = errors.Join(err, done()) }()
	machine, err := c.Open()
	if err != nil {
		return out, err
	}
	table, err := kinds.Table()
	if err != nil {
		return out, err
	}
	return agent.Run(ctx, agent.Options{
		Bundle: b, Machine: machine, Table: table, Dir: p.state, Program: agent.Program{Version: c.Version, SHA256: c.SHA256}, Clock: c.Now, Events: events,
	})
}

// codeOf is the exit code for how a run ended.
func codeOf(out agent.Outcome, err error) int {
	switch {
	case errors.Is(err, partial.ErrInUse):
		return CodeWorking
	case errors.Is(err, agent.ErrOtherBundle), errors.Is(err, agent.ErrOtherImage), errors.Is(err, agent.ErrTampered), errors.Is(err, bundle.ErrDigest):
		return CodeTrust
	case errors.Is(err, errUsage), errors.Is(err, ErrNoWindows):
		return CodeUsage
	case err != nil:
		return CodeError
	}
	return codeOfState(out.State)
}

func codeOfState(s agent.State) int {
	switch s {
	case agent.StateDone:
		return CodeDone
	case agent.StateFailed:
		return CodeFindings
	case agent.StateRestart:
		return CodeRestart
	case agent.StateNone, agent.StateWorking:
		return CodeWorking
	}
	return CodeError
}

func (c *command) printEvent(e agent.Event) {
	if err := c.print(e); err != nil {
		fmt.Fprintf(c.Stderr, "wmguest: write event: %v\n", err)
	}
}

// print writes one JSON document as a line.
func (c *command) print(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = c.Stdout.Write(append(raw, '\n'))
	return err
}

func (c *command) observe(ctx context.Context, args []string) (code int, err error) {
	p, err := c.flags("observe", args, nil)
	if err != nil {
		return CodeUsage, err
	}
	b, done, err := open(p.bundle)
	if err != nil {
		return codeOf(agent.Outcome{}, fmt.Errorf("%w: %w", errUsage, err)), err
	}
	defer func() { err = errors.Join(err, done()) }()
	machine, err := c.Open()
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	table, err := kinds.Table()
	if err != nil {
		return CodeError, err
	}
	seen, err := agent.Observe(ctx, b, machine, table)
	if err == nil {
		err = c.print(seen)
	}
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	return CodeDone, nil
}

// status prints how far the work has come. With --wait it waits until the work is over; a restart that is asked for is not the end, since
// whoever waits on the machine itself goes down with it and asks again.
func (c *command) status(ctx context.Context, args []string) (int, error) {
	var wait, journal bool
	timeout := 30 * time.Minute
	p, err := c.flags("status", args, func(f *flag.FlagSet) {
		f.BoolVar(&wait, "wait", false, "")
		f.DurationVar(&timeout, "timeout", timeout, "")
		f.BoolVar(&journal, "journal", false, "")
	})
	if err != nil {
		return CodeUsage, err
	}
	if journal {
		return c.journal(p)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		s, err := agent.ReadStatus(p.state)
		if err != nil {
			return CodeError, err
		}
		code := codeOfState(s.State)
		over := s.State == agent.StateDone || s.State == agent.StateFailed || s.State == agent.StateError
		if !wait || over {
			return code, c.print(s)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return code, errors.Join(fmt.Errorf("not over after %s", timeout), c.print(s))
		}
	}
}

func (c *command) version(_ context.Context, args []string) (int, error) {
	if _, err := c.flags("version", args, nil); err != nil {
		return CodeUsage, err
	}
	return CodeDone, c.print(struct {
		Version string `json:"version"`
		SHA256  string `json:"sha256,omitempty"`
	}{c.Version, c.SHA256})
}
