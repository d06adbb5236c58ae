// Package wmguest puts the product's own programs on a stand-in machine of the WinRM lab: the agent, whose real command runs in this process
// on the machine's hives and files, the script that receives files, and the one that collects for an audit. So a build can be driven to its end without a Windows.
//
// What it shows is that delivery, stages, journal, restarts and judging fit together; it shows nothing of Windows, and the agent says so
// (platform lab). The file that was delivered as wmguest.exe is looked for, and never run: the code of this program is what runs. It refuses
// verbs that need a real machine (service), any script but the product's own, and addresses that are not loopback.
package wmguest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Options are what the programs take from the outside.
type Options struct {
	Work     string // a folder of this computer for the agent's journals, which outlive restarts of the machine; it must be there
	Now      func() time.Time
	Version  string // of the agent, which is this program's
	Language string // BCP 47, of the machine
	Medium   string // a folder of this computer that is the medium in the machine's drive; "" for an empty drive
}

// Register gives the machine the agent, by its path, and the scripts that receive files and collect.
func Register(m *standin.Machine, o Options) error {
	if o.Work == "" || o.Now == nil {
		return errors.New("register the agent on a lab machine: it needs a work folder and a clock")
	}
	g := &program{o}
	return errors.Join(m.Register("wmguest", g.run), registerReceive(m, o.Medium))
}

type program struct{ Options }

// verbs are what the agent can do on a lab machine.
func verbs() []string {
	return []string{"apply", "seal", "preflight", "observe", "audit", "collect", "status", "version"}
}

// run is one call of wmguest.
func (g *program) run(ctx context.Context, m *standin.Machine, c standin.Call) (uint32, error) {
	if len(c.Args) == 0 || !slices.Contains(verbs(), c.Args[0]) {
		return agentcli.CodeUsage, fmt.Errorf("the lab's wmguest has %s", strings.Join(verbs(), ", "))
	}
	file, err := m.ReadFile(c.Expand(c.Path))
	if err != nil {
		return agentcli.CodeError, err
	}
	sum := sha256.Sum256(file)
	args, state, err := g.places(m, c)
	if err != nil {
		return agentcli.CodeUsage, err
	}
	env := agentcli.Env{
		Args: args, Stdout: c.Stdout, Stderr: c.Stderr, Now: g.Now, Version: g.Version, SHA256: hex.EncodeToString(sum[:]), Folder: g.Work,
		Open: func() (agent.Machine, error) { return machine{m, g.Language}, nil }, System: system{m, g.Work},
	}
	code := agentcli.Run(ctx, env)
	if code == agentcli.CodeRestart && args[0] == "seal" {
		if err := g.order(m, env); err != nil {
			return agentcli.CodeError, err
		}
	}
	if state == "" {
		return uint32(code), nil
	}
	return uint32(code), bring(m, g.dir(state), state)
}

// places puts folders and files of this computer in the place of the machine's: the bundle is copied out of the machine, the state folder stands
// in the work folder. state is that folder's path on the machine.
func (g *program) places(m *standin.Machine, c standin.Call) (args []string, state string, err error) {
	args = slices.Clone(c.Args)
	bundle, state := `C:\Windows\wmclient\bundle.zip`, `C:\Windows\wmclient\state`
	for i := 1; i < len(args); i++ {
		name, value, glued := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if name != "bundle" && name != "state" {
			continue
		}
		if !glued && i+1 < len(args) {
			value = args[i+1]
			args = slices.Delete(args, i+1, i+2)
		}
		args = slices.Delete(args, i, i+1)
		i--
		if name == "bundle" {
			bundle = c.Expand(value)
		} else {
			state = c.Expand(value)
		}
	}
	switch args[0] {
	case "version", "preflight":
		return args, "", nil
	case "apply", "seal", "observe", "audit":
		data, err := m.ReadFile(bundle)
		if err != nil {
			return nil, "", fmt.Errorf("open bundle: %w", err)
		}
		sum := sha256.Sum256(data)
		copied := filepath.Join(g.Work, "bundle-"+hex.EncodeToString(sum[:8])+".zip")
		if err := os.WriteFile(copied, data, 0o600); err != nil {
			return nil, "", fmt.Errorf("open bundle: %w", err)
		}
		args = append(args, "--bundle", copied)
	}
	return append(args, "--state", g.dir(state)), state, nil
}

// dir is the folder of this computer for a state folder of the machine.
func (g *program) dir(state string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(state)))
	return filepath.Join(g.Work, "state-"+hex.EncodeToString(sum[:8]))
}

// bring copies what the agent wrote to where the machine would have it.
func bring(m *standin.Machine, from, to string) error {
	for _, name := range []string{agent.JournalFile, agent.StatusFile, agent.RecordFile, "seal.ndjson"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = m.WriteFile(to+`\`+name, data)
		}
		if err != nil {
			return fmt.Errorf("keep the agent's state: %w", err)
		}
	}
	return nil
}

// machine is the stand-in as the agent sees it.
type machine struct {
	*standin.Machine
	language string
}

// BootID implements agent.Machine.
func (m machine) BootID() (string, error) { return "lab-boot-" + m.Machine.BootID(), nil }

// PendingRestart implements agent.Machine, by the registry's marks.
func (m machine) PendingRestart() ([]string, error) {
	var why []string
	for name, key := range map[string]string{
		"component servicing: RebootPending": `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`,
		"Windows Update: RebootRequired":     `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`,
	} {
		switch err := m.RegistryKey(key); {
		case err == nil:
			why = append(why, name)
		case !errors.Is(err, setting.ErrAbsent):
			return nil, err
		}
	}
	v, err := m.RegistryValue(standin.PendingKey, standin.PendingValue)
	switch {
	case err == nil && v.Text() != "multi_sz:[]":
		why = append(why, "session manager: "+standin.PendingValue)
	case err != nil && !errors.Is(err, setting.ErrAbsent):
		return nil, err
	}
	slices.Sort(why)
	return why, nil
}

// Host implements agent.Machine.
func (m machine) Host() (agent.Host, error) {
	h := agent.Host{Computer: "WMCLIENT-LAB", Arch: "amd64", Languages: []string{m.language}, Platform: agent.PlatformLab}
	read := func(name, prefix string) (string, error) {
		v, err := m.RegistryValue(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, name)
		text, ok := strings.CutPrefix(v.Text(), prefix)
		if err == nil && !ok {
			err = fmt.Errorf("%s is %s", name, v.Text())
		}
		return text, err
	}
	edition, err1 := read("EditionID", "sz:")
	build, err2 := read("CurrentBuildNumber", "sz:")
	ubr, err3 := read("UBR", "dword:")
	h.EditionID, h.Build = edition, build+"."+ubr
	return h, errors.Join(err1, err2, err3)
}
