package agentcli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal/setuplog"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// preflight looks for what makes Sysprep fail: NDJSON findings, and exit code 3 where one fails. It changes nothing.
func (c *command) preflight(_ context.Context, args []string) (int, error) {
	if _, err := c.flags("preflight", args, nil); err != nil {
		return CodeUsage, err
	}
	return c.preflighted(order{Sysprep: true})
}

// preflighted looks where Sysprep is to run. What cannot be seen is told and is no reason to stop: the licence's count never can.
func (c *command) preflighted(o order) (int, error) {
	if !o.Sysprep {
		if o.Unattend != "" {
			return CodeUsage, fmt.Errorf("%w: --unattend goes with --sysprep", errUsage)
		}
		return CodeDone, nil
	}
	if o.Unattend != "" {
		if _, err := os.Stat(o.Unattend); err != nil || strings.ContainsAny(o.Unattend, "\"") {
			return CodeUsage, fmt.Errorf("%w: the answer file for Sysprep: %s is no file", errUsage, o.Unattend)
		}
	}
	machine, err := c.Open()
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	m, ok := machine.(seal.Generalizable)
	if !ok {
		return CodeError, fmt.Errorf("%s cannot be looked at for Sysprep", machine.Describe())
	}
	var failed []string
	for _, f := range seal.Preflight(m) {
		c.printEvent(agent.Event{Schema: agent.EventSchema, Type: agent.EventFinding, Finding: &f})
		if f.Outcome == setting.Fail || f.Outcome == setting.Error {
			failed = append(failed, fmt.Sprintf("%s: %s: %s", f.Setting, f.Observed, f.Reason))
		}
	}
	if len(failed) > 0 {
		return CodeFindings, fmt.Errorf("Sysprep would fail: %s", strings.Join(failed, "; ")) //nolint:staticcheck // ST1005: a name
	}
	return CodeDone, nil
}

// sysprepLogs are those of Sysprep, below %SystemRoot%, what is worth most first.
var sysprepLogs = []string{"System32/Sysprep/Panther/setuperr.log", "System32/Sysprep/Panther/setupact.log"}

// generalize runs Sysprep, and says by line of its log why it failed.
func (c *command) generalize(unattend string) error {
	err := c.System.Sysprep(unattend)
	if err == nil {
		return nil
	}
	if cause, ok := setuplog.First(c.sysprepCauses()...); ok {
		return fmt.Errorf("%w: %s", err, cause)
	}
	return fmt.Errorf("%w; its logs name no error", err)
}

func (c *command) sysprepCauses() [][]setuplog.Cause {
	var out [][]setuplog.Cause
	for _, name := range sysprepLogs {
		raw, err := readEnd(filepath.Join(filepath.Dir(c.Folder), filepath.FromSlash(name)), setuplog.MaxLog)
		if err == nil {
			out = append(out, setuplog.Causes(name, raw))
		} else if !errors.Is(err, fs.ErrNotExist) {
			c.System.Log("wmguest: " + err.Error())
		}
	}
	return out
}
