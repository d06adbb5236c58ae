// Package guest is what the provisioners that work on a running machine share: how they reach it, which bundle they take there, and how
// what happens is told.
//
// It connects by itself, not through Packer's communicator, which pins no certificate, cannot be cancelled within a command and sends files in pieces
// of a command line. Addresses and credentials come from the communicator where the block does not name them. Secrets are never shown.
package guest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/talk"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Connection is how a machine is reached, and with which agent.
type Connection struct {
	// Path of the image profile whose later stages the machine is to go through.
	Image string `mapstructure:"image" required:"true"`
	// Path of another `wmguest.exe` than the one in the plugin.
	Agent string `mapstructure:"agent"`
	// Stages that the agent runs, of `first-boot`, `build` and `seal`. Defaults to the first two. Give both provisioners the same.
	Stages []string `mapstructure:"stages"`
	// Name or address of the machine. Defaults to the communicator's.
	Host string `mapstructure:"host"`
	// TCP port of the machine's WinRM listener over HTTPS. Defaults to the communicator's.
	Port int `mapstructure:"port"`
	// Account, an administrator of the machine. Defaults to the communicator's.
	Username string `mapstructure:"username"`
	// Its password. Defaults to the communicator's.
	Password string `mapstructure:"password"`
	// How the account is known: `ntlm`, `basic` or `certificate`. Defaults to `ntlm`; images made here forbid Basic by policy.
	Auth string `mapstructure:"auth"`
	// The machine's certificate in PEM, which is pinned: `certificate_pem` of the data source wmclient-unattend.
	CertificatePEM string `mapstructure:"certificate_pem"`
	// In its place the authority that issued it, in PEM. With neither the system's own authorities count.
	CAPEM string `mapstructure:"ca_pem"`
	// Client certificate in PEM, and its key, for `certificate`.
	ClientCertificatePEM string `mapstructure:"client_certificate_pem"`
	// Key of the client certificate in PEM.
	ClientKeyPEM string `mapstructure:"client_key_pem"`
	// HTTP address from which the machine itself can take `wmguest.exe` and `bundle.zip`, as `wmclient bundle` writes them. What does not come
	// from there comes through WinRM.
	PullURL string `mapstructure:"pull_url"`
	// Folder on a medium in the machine that holds the same two files, such as `wmclient`.
	Medium string `mapstructure:"medium"`
	// How long the machine may take until it lets the build in, at first and after each restart. Defaults to `30m`.
	ReadyTimeout time.Duration `mapstructure:"ready_timeout"`
	// Allows HTTP without TLS to a machine on loopback, for a lab.
	PlainLoopback bool `mapstructure:"plain_loopback"`
}

// unknown is what `packer validate`, which runs no data source, hands over for what comes from one (Packer's hcl2shim.WriteUnknownPlaceholderValues).
const unknown = "<unknown>"

// Prepare checks what can be known before anything runs.
func (c *Connection) Prepare() (problems []error) {
	packersdk.LogSecretFilter.Set(c.Password, c.ClientKeyPEM)
	if c.Image == "" {
		problems = append(problems, errors.New("image is missing: give the path of an image profile"))
	}
	if _, err := build.ParseStages(c.Stages); err != nil {
		problems = append(problems, fmt.Errorf("stages: %w", err))
	}
	if c.CertificatePEM != "" && c.CertificatePEM != unknown {
		if _, err := fingerprint(c.CertificatePEM); err != nil {
			problems = append(problems, err)
		}
	}
	if c.CertificatePEM != "" && c.CAPEM != "" {
		problems = append(problems, errors.New("certificate_pem and ca_pem: give one of them"))
	}
	if c.PullURL != "" && !strings.HasPrefix(c.PullURL, "http://") && !strings.HasPrefix(c.PullURL, "https://") {
		problems = append(problems, fmt.Errorf("pull_url: %q is no http address", c.PullURL))
	}
	return problems
}

// fingerprint is the SHA-256 of a certificate in PEM.
func fingerprint(text string) (string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return "", errors.New("certificate_pem is no certificate in PEM")
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:]), nil
}

// options are where the machine is, by the block, else by what Packer knows of its communicator.
func (c *Connection) options(data map[string]any) (remote.Options, error) {
	said := func(key string) string {
		switch v := data[key].(type) {
		case string:
			return v
		case int:
			return strconv.Itoa(v)
		case int64:
			return strconv.FormatInt(v, 10)
		}
		return ""
	}
	first := func(values ...string) string {
		for _, v := range values {
			if v != "" && v != "0" {
				return v
			}
		}
		return ""
	}
	o := remote.Options{
		Host: first(c.Host, said("Host")), Auth: remote.Auth(c.Auth), User: first(c.Username, said("User")),
		Password: secret.Text(first(c.Password, said("Password"), said("WinRMPassword"))), CA: []byte(c.CAPEM),
		ClientCertificate: []byte(c.ClientCertificatePEM), ClientKey: secret.Text(c.ClientKeyPEM), PlainLoopback: c.PlainLoopback,
	}
	packersdk.LogSecretFilter.Set(string(o.Password))
	if port := first(strconv.Itoa(c.Port), said("Port")); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil {
			return o, fmt.Errorf("port: %q is no number", port)
		}
		o.Port = n
	}
	var err error
	if c.CertificatePEM != "" {
		o.Pin, err = fingerprint(c.CertificatePEM)
	}
	return o, err
}

// Machine is what the provisioners work on.
type Machine struct {
	*online.Machine
	Project *build.Project
	Table   setting.Table
	Stage   setting.Stage // the last one that the agent runs
}

// Machine composes the profile and makes what drives the machine.
func (c *Connection) Machine(ui packersdk.Ui, data map[string]any) (*Machine, error) {
	o, err := c.options(data)
	if err != nil {
		return nil, err
	}
	project, err := build.Load(build.Inputs{Image: c.Image, Out: "out", Epoch: os.Getenv("SOURCE_DATE_EPOCH"), Clock: time.Now})
	if err != nil {
		return nil, talk.Error(err)
	}
	stages, err := build.ParseStages(c.Stages)
	if err != nil {
		return nil, err
	}
	b, err := project.Bundle(stages, false)
	if err != nil {
		return nil, err
	}
	agent, err := findAgent(c.Agent)
	if err == nil {
		err = project.CheckAgent(agent)
	}
	if err != nil {
		return nil, talk.Error(err)
	}
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	m := &online.Machine{
		Connect: func(ctx context.Context, tell func(remote.Waiting)) (online.Session, error) {
			return remote.WaitReady(ctx, o, tell)
		},
		Agent: agent, Bundle: b, Medium: c.Medium, Ready: c.ReadyTimeout, Events: newShown(ui).event, Now: time.Now,
		Account: o.User[strings.LastIndexByte(o.User, '\\')+1:],
	}
	if c.PullURL != "" {
		m.URL = func(name string) string { return strings.TrimRight(c.PullURL, "/") + "/" + name }
	}
	ui.Say(fmt.Sprintf("%s %s, stages %v, on %s as %s", b.Image, b.Version, stages, o.Host, o.User))
	return &Machine{m, project, table, stages[len(stages)-1]}, nil
}

func findAgent(path string) (agentfile.File, error) {
	if path != "" {
		return agentfile.Read(path)
	}
	return agentfile.Embedded()
}

// readyForLogs is how long a machine is waited for that has answered in this build, and failed since. Whoever waits has waited long by now.
const readyForLogs = 20 * time.Second

// BringLogs writes the machine's logs into a folder, and says where, or why they did not come. It is for the end of what has failed, by why: a
// machine that nobody got into is not asked again.
func (m *Machine) BringLogs(ctx context.Context, ui packersdk.Ui, dir string, why error) {
	if dir == "" || errors.Is(why, remote.ErrNotReady) {
		return
	}
	short := *m.Machine
	short.Ready = min(readyForLogs, cmp.Or(short.Ready, readyForLogs))
	path := filepath.Join(dir, fmt.Sprintf("%s-%s-logs.zip", m.Bundle.Image, time.Now().UTC().Format("20060102T150405Z")))
	err := func() error {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if err = online.Logs(ctx, &short, f); err != nil {
			return errors.Join(err, f.Close(), os.Remove(path))
		}
		return f.Close()
	}()
	if err != nil {
		ui.Error(fmt.Sprintf("the machine's logs did not come: %v", err))
		return
	}
	ui.Say("the machine's logs (Setup, servicing, the agent's journal): " + path)
}

// Bundled is the bundle, for messages.
func (m *Machine) Bundled() *bundle.Bundle { return m.Machine.Bundle }
