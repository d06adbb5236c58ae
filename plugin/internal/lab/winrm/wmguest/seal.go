package wmguest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentplace"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
)

// order has the service end a seal when the machine starts again, if the agent has ordered that.
func (g *program) order(m *standin.Machine, env agentcli.Env) error {
	data, err := os.ReadFile(filepath.Join(g.Work, orderFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil // a restart for another reason
	}
	if err == nil {
		err = m.WriteFile(seal.FinishFile, data)
	}
	if err != nil {
		return err
	}
	env.Args, env.Stdout, env.Stderr = []string{"service"}, io.Discard, io.Discard // its log is what the machine shows
	env.Service = func(work func(agentcli.Signals) error) error { return work(agentcli.Signals{}) }
	m.AtStart(func() { agentcli.Run(context.Background(), env) })
	return nil
}

// orderFile is the order to end a seal, in the agent's folder.
var orderFile = seal.FinishFile[strings.LastIndexByte(seal.FinishFile, '\\')+1:]

// system is what the agent asks of a Windows beside its settings; work is the agent's folder on this computer.
type system struct {
	m    *standin.Machine
	work string
}

var errNoStandIn = errors.New("the lab machine has no stand-in for that")

// SetupRuns implements agentcli.System.
func (system) SetupRuns() (bool, error) { return false, nil }

// Restart implements agentcli.System: nothing that runs on the lab machine restarts it.
func (system) Restart(string) error { return errNoStandIn }

// LogFile is what stands in for the event log: the last line that the agent's service wrote there, so that a seal which fails says why.
const LogFile = `\Windows\System32\winevt\Logs\wmguest.txt`

// Log implements agentcli.System.
func (s system) Log(text string) {
	_ = s.m.WriteFile(LogFile, []byte(text+"\r\n")) // who asks sees the seal's own findings
}

// Retire implements agentcli.System.
func (system) Retire(string) error { return errNoStandIn }

// Sysprep implements agentcli.System.
func (system) Sysprep(string) error { return errNoStandIn }

// Leave implements agentcli.System. The power stays on: whoever serves the machine ends it.
func (s system) Leave(l agentcli.Leaving) error {
	var problems []error
	for _, p := range l.Paths {
		_, err := s.m.DeletePath(p)
		problems = append(problems, err)
	}
	if l.Service {
		_, err := s.m.DeleteService(agentplace.ServiceName)
		problems = append(problems, err)
	}
	return errors.Join(append(problems, os.Remove(filepath.Join(s.work, orderFile)))...)
}
