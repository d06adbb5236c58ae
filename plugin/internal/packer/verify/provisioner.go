//go:generate packer-sdc mapstructure-to-hcl2 -type Config

// Package verify is the Packer provisioner `wmclient-validate`: it has the agent on a running machine look at every setting in one command, judges
// here by the plan and its exceptions, writes the findings, and fails the build where they forbid its use. It changes nothing on the machine but
// to deliver agent and bundle where they are missing. Nothing of it was tried on a real Windows yet.
package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/common"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/guest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// Config is the block of the provisioner.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`
	guest.Connection    `mapstructure:",squash"`

	// Folder that the findings go to, as `<image>-findings.json`. Defaults to `out`.
	Output string `mapstructure:"output"`
	// Least severity of a failed finding that fails the build: `low`, `medium`, `high` or `critical`. Defaults to `low`: any. Errors fail it whatever
	// their severity.
	Severity string `mapstructure:"severity"`
}

// Provisioner implements packersdk.Provisioner.
type Provisioner struct{ config Config }

var _ packersdk.Provisioner = (*Provisioner)(nil)

// ConfigSpec describes the block to Packer.
func (p *Provisioner) ConfigSpec() hcldec.ObjectSpec { return p.config.FlatMapstructure().HCL2Spec() }

// Prepare decodes and checks the block.
func (p *Provisioner) Prepare(raws ...any) error {
	if err := config.Decode(&p.config, &config.DecodeOpts{PluginType: "wmclient-validate", Interpolate: true}, raws...); err != nil {
		return err
	}
	problems := p.config.Prepare()
	if p.config.Output == "" {
		p.config.Output = "out"
	}
	if p.config.Severity == "" {
		p.config.Severity = string(setting.Low)
	}
	if rank(setting.Severity(p.config.Severity)) < 0 {
		problems = append(problems, fmt.Errorf("severity: %q is none of %v", p.config.Severity, setting.Severities()))
	}
	return errors.Join(problems...)
}

func rank(s setting.Severity) int {
	for i, known := range setting.Severities() {
		if s == known {
			return i
		}
	}
	return -1
}

// findings is the document that is written.
type findings struct {
	Schema       string            `json:"schema"`
	Image        string            `json:"image"`
	Version      string            `json:"version"`
	RecipeDigest string            `json:"recipe_digest"`
	Host         any               `json:"host"`
	Boot         string            `json:"boot"`
	Stages       []setting.Stage   `json:"stages"`
	OnWindows    bool              `json:"validated_on_windows"` // false until wmclient itself was accepted on real Windows
	Summary      validate.Summary  `json:"summary"`
	Findings     []setting.Finding `json:"findings"`
}

// Schema names the form of findings.json.
const Schema = "wmclient/findings/1"

// Provision does the work.
func (p *Provisioner) Provision(ctx context.Context, ui packersdk.Ui, _ packersdk.Communicator, data map[string]any) error {
	m, err := p.config.Machine(ui, data)
	if err != nil {
		return err
	}
	seen, err := online.Observe(ctx, m.Machine, m.Table, m.Stage)
	if err != nil {
		return err
	}
	if err := p.write(m, seen, ui); err != nil {
		return err
	}
	gating := p.gating(m, seen)
	var table, count bytes.Buffer
	if err := errors.Join(report.Table(&table, gating, report.Options{Width: 100}), report.Summary(&count, seen.Summary, report.Options{})); err != nil {
		return err
	}
	if text := strings.TrimRight(table.String(), "\n"); len(gating) > 0 {
		ui.Error(text)
	}
	ui.Say(strings.TrimRight(count.String(), "\n"))
	if len(gating) > 0 {
		return fmt.Errorf("%w: %d of %d settings forbid the use of this machine", online.ErrFindings, len(gating), seen.Summary.Total)
	}
	if seen.Summary.Total == 0 {
		return errors.New("the plan has no setting: nothing was validated")
	}
	return nil
}

// gating are the findings that fail the build.
func (p *Provisioner) gating(m *guest.Machine, seen *online.Observed) []setting.Finding {
	least := rank(setting.Severity(p.config.Severity))
	var out []setting.Finding
	for _, f := range seen.Findings {
		switch f.Outcome {
		case setting.Error:
			out = append(out, f)
		case setting.Fail:
			if rank(f.Severity) >= least {
				out = append(out, f)
			}
		case setting.Unobservable:
			if !m.Bundled().Plan.Image.AllowUnobservable && rank(f.Severity) >= least {
				out = append(out, f)
			}
		}
	}
	return out
}

func (p *Provisioner) write(m *guest.Machine, seen *online.Observed, ui packersdk.Ui) error {
	b := m.Bundled()
	raw, err := json.MarshalIndent(findings{Schema, b.Image, b.Version, b.RecipeDigest, seen.Host, seen.Boot, b.Stages, false, seen.Summary, seen.Findings}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.config.Output, 0o755); err != nil {
		return fmt.Errorf("make output folder: %w", err)
	}
	path := filepath.Join(p.config.Output, b.Image+"-findings.json")
	if err := build.WriteFileAtomic(path, append(raw, '\n')); err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	ui.Say("findings: " + path)
	return nil
}
