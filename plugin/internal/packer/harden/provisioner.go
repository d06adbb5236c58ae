//go:generate packer-sdc mapstructure-to-hcl2 -type Config

// Package harden is the Packer provisioner `wmclient-harden`: it delivers the agent and a bundle to the machine that the build has booted, has
// it run its stages, takes it through its restarts, and goes on after a connection was lost. What a failed or cancelled build has done stands
// in the agent's journal on the machine; the same provisioner on the same machine goes on there. It refuses to end well while the agent finds
// settings that are not as wanted. Nothing of it was tried on a real Windows yet.
package harden

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/common"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/guest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Config is the block of the provisioner.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`
	guest.Connection    `mapstructure:",squash"`

	// Leaves findings that fail to a provisioner wmclient-validate behind this one. Defaults to false: the build fails here.
	LeaveFindings bool `mapstructure:"leave_findings"`
	// Shuts the machine down in the end, where nothing is wrong: after the stage `seal` neither this build nor Packer may get in again. The source then needs
	// `disable_shutdown = true`, or `communicator = "none"` where its plugin does not have that (QEMU). Defaults to false.
	ShutDown bool `mapstructure:"shut_down"`
	// Takes away what the build has left on the machine, in the end, where nothing is wrong: the harmless at once, the way in, the build's account and the agent
	// when the machine starts again. Nobody gets in after that. Defaults to true with `shut_down` where the stages hold `seal`, else to false.
	Seal *bool `mapstructure:"seal"`
	// Folder that the machine's logs go to when the build fails. Defaults to `logs`; empty text in `logs = ""` brings none.
	Logs *string `mapstructure:"logs"`
}

// Provisioner implements packersdk.Provisioner.
type Provisioner struct{ config Config }

var _ packersdk.Provisioner = (*Provisioner)(nil)

// ConfigSpec describes the block to Packer.
func (p *Provisioner) ConfigSpec() hcldec.ObjectSpec { return p.config.FlatMapstructure().HCL2Spec() }

// Prepare decodes and checks the block.
func (p *Provisioner) Prepare(raws ...any) error {
	if err := config.Decode(&p.config, &config.DecodeOpts{PluginType: "wmclient-harden", Interpolate: true}, raws...); err != nil {
		return err
	}
	if p.config.Logs == nil {
		logs := "logs"
		p.config.Logs = &logs
	}
	return errors.Join(p.config.Prepare()...)
}

// Provision does the work.
func (p *Provisioner) Provision(ctx context.Context, ui packersdk.Ui, _ packersdk.Communicator, data map[string]any) error {
	m, err := p.config.Machine(ui, data)
	if err != nil {
		return err
	}
	m.ShutDown = p.config.ShutDown
	if err := p.seal(m, ui); err != nil {
		return err
	}
	out, err := online.Harden(ctx, m.Machine)
	if errors.Is(err, context.Canceled) {
		return errors.New("cancelled; what was done is in the agent's journal on the machine: the next run goes on there (builds/resume.pkr.hcl)")
	}
	if err != nil {
		m.BringLogs(ctx, ui, *p.config.Logs, err)
		return err
	}
	var count bytes.Buffer
	if err := report.Summary(&count, *out.Summary, report.Options{}); err != nil {
		return err
	}
	ui.Say(fmt.Sprintf("restarts: %d, lost connections: %d", out.Boots, out.Lost))
	ui.Say(strings.TrimRight(count.String(), "\n"))
	if out.Later != "" {
		ui.Say("sealed; the machine takes away when it starts again: " + out.Later)
		ui.Say("  nobody sees that from here: hold the captured disk against the manifest with wmclient validate --sealed")
	}
	switch {
	case out.Findings == nil:
		return nil
	case p.config.LeaveFindings:
		ui.Say("some settings are not as wanted: wmclient-validate says which")
		return nil
	}
	m.BringLogs(ctx, ui, *p.config.Logs, out.Findings)
	return fmt.Errorf("%w: set leave_findings = true where wmclient-validate follows, which names them", out.Findings)
}

// seal decides whether the machine is sealed in the end. The journal and the records come home before: they go with it.
func (p *Provisioner) seal(m *guest.Machine, ui packersdk.Ui) error {
	has := slices.Contains(m.Bundled().Stages, setting.StageSeal)
	m.Seal = p.config.ShutDown && has
	if p.config.Seal != nil {
		m.Seal = *p.config.Seal
	}
	if !m.Seal {
		return nil
	}
	if !has {
		return errors.New("seal = true takes the stage seal: add it to stages")
	}
	m.Sealing = func(ctx context.Context) { m.BringLogs(ctx, ui, *p.config.Logs, nil) }
	return nil
}
