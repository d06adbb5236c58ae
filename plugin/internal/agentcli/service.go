package agentcli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
)

// System is what the service asks of Windows beside the machine's settings.
type System interface {
	// SetupRuns reports whether Windows Setup or the out-of-box experience has not ended yet: nothing is settled before.
	SetupRuns() (bool, error)
	// Restart restarts the machine at once.
	Restart(why string) error
	// Log writes a line to where administrators look: the event log of the service.
	Log(text string)
	// Retire makes the agent go away once nobody needs it: its service now, its files at the next start, since a program cannot
	// remove itself while it runs. The state folder stays.
	Retire(folder string) error
	// Leave makes the agent go at the end of a seal: the paths as soon as this process has ended, the service, and then the machine's power.
	Leave(l Leaving) error
	// Sysprep generalises the machine (sysprep /generalize /oobe /quit), and waits for its end. unattend is an answer file, or "".
	Sysprep(unattend string) error
}

// Signals is how the service's work hears that it must stop.
type Signals struct{ Stop <-chan struct{} }

// between is how often the service asks whether Setup has ended.
const between = 2 * time.Second

// service does the work of the first boot: it waits for Setup to end, runs what the image carries, restarts the machine where that is asked for,
// and retires the agent when the work is over and nothing keeps it. An error ends it, and the Service Control Manager starts it again
// by the service's failure actions; until the machine is as wanted its network stays shut.
func (c *command) service(ctx context.Context, args []string) (int, error) {
	p, err := c.flags("service", args, nil)
	if err != nil {
		return CodeUsage, err
	}
	if c.Service == nil || c.System == nil {
		return CodeUsage, ErrNoWindows
	}
	err = c.Service(func(s Signals) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			select {
			case <-s.Stop:
				cancel()
			case <-ctx.Done():
			}
		}()
		return c.firstBoot(ctx, p)
	})
	if err != nil {
		return CodeError, err
	}
	return CodeDone, nil
}

func (c *command) firstBoot(ctx context.Context, p places) error {
	if err := c.afterSetup(ctx); errors.Is(err, context.Canceled) {
		return nil
	} else if err != nil {
		return err
	}
	if o, ok, err := c.ordered(); err != nil || ok {
		if err == nil {
			err = c.finish(ctx, o)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			c.System.Log(fmt.Sprintf("wmguest: %v", err))
		}
		return err
	}
	out, err := c.run(ctx, p, func(agent.Event) {})
	switch {
	case errors.Is(err, context.Canceled):
		return nil // Windows stops, or somebody stops the service: the next start goes on
	case err != nil:
		c.System.Log(fmt.Sprintf("wmguest: %v", err))
		return err
	}
	switch out.State {
	case agent.StateRestart:
		c.System.Log(fmt.Sprintf("wmguest restarts the computer, for %q", out.Restart))
		return c.System.Restart("wmclient: the client is being set up")
	case agent.StateFailed:
		c.System.Log("wmguest: settings are not as wanted; the network stays shut. See " + p.state)
		return errors.New("settings are not as wanted")
	}
	c.System.Log("wmguest: the client is validated; its record has SHA-256 " + out.Record)
	keep, err := c.retire(p)
	if err != nil || !keep {
		return err
	}
	return c.watch(ctx, p)
}

// afterSetup waits until Setup has ended.
func (c *command) afterSetup(ctx context.Context) error {
	for {
		runs, err := c.System.SetupRuns()
		if err != nil {
			return fmt.Errorf("does Windows Setup run: %w", err)
		}
		if !runs {
			return nil
		}
		select {
		case <-time.After(between):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// retire lets the agent go, unless the image keeps it.
func (c *command) retire(p places) (keep bool, err error) {
	b, done, err := open(p.bundle)
	if err != nil {
		return false, err
	}
	keep = b.Keep
	if err := done(); err != nil || keep {
		return keep, err
	}
	return false, c.System.Retire(c.Folder)
}
