package agentcli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// seal runs a bundle that ends with the stage seal, and removes what it worked with where all is as wanted: the service, the bundle and,
// at the next start, this program. An agent that the image keeps stays, with its bundle. Where findings failed nothing is removed, since
// somebody must find out why.
func (c *command) seal(ctx context.Context, args []string) (int, error) {
	var forget bool
	p, err := c.flags("seal", args, func(f *flag.FlagSet) { f.BoolVar(&forget, "forget", false, "") })
	if err != nil {
		return CodeUsage, err
	}
	keep, err := sealed(p.bundle)
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	if c.System == nil {
		return CodeUsage, ErrNoWindows
	}
	out, err := c.run(ctx, p, c.printEvent)
	if err != nil || out.State != agent.StateDone {
		return codeOf(out, err), err
	}
	if !keep {
		if err := c.System.Retire(c.Folder); err != nil {
			return CodeError, err
		}
		if inside(c.Folder, p.bundle) { // somebody's own copy elsewhere is left alone
			err = partial.RemoveAll(p.bundle)
		}
	}
	if err == nil && forget {
		err = partial.RemoveAll(p.state)
	}
	if err != nil {
		return CodeError, fmt.Errorf("seal: %w", err)
	}
	return CodeDone, nil
}

// sealed reports whether the agent stays, and refuses a bundle without the stage.
func sealed(path string) (keep bool, err error) {
	b, done, err := open(path)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errUsage, err)
	}
	if !slices.Contains(b.Stages, setting.StageSeal) {
		err = fmt.Errorf("%w: the bundle runs the stages %v and does not seal\nhint: wmclient bundle --stage seal", errUsage, b.Stages)
	}
	return b.Keep, errors.Join(err, done())
}

// inside reports whether path lies below folder. Links are not followed: what is removed is what the path names.
func inside(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != "." && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// journal prints the entries of a journal that holds together.
func (c *command) journal(p places) (int, error) {
	entries, _, err := agent.ReadJournal(filepath.Join(p.state, agent.JournalFile))
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	for _, e := range entries {
		if err := c.print(e); err != nil {
			return CodeError, err
		}
	}
	return CodeDone, nil
}
