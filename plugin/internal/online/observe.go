package online

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// Observed is what a machine shows, judged here.
type Observed struct {
	Host     agent.Host
	Boot     string
	Findings []setting.Finding // sorted by setting
	Summary  validate.Summary
	Failed   bool // as the plan's gate says
}

// Observe has the agent look at every setting in one command, and judges here, by the plan and exceptions at hand. stage is the latest one
// that the machine has been through.
func Observe(ctx context.Context, m *Machine, table setting.Table, stage setting.Stage) (*Observed, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	s, err := m.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }() // nothing can be lost any more
	var out, errs bytes.Buffer
	r, err := m.deliver(ctx, s, remote.Command{Line: m.line("observe"), Stdout: &capped{&out, agent.MaxObservations}, Stderr: &tail{b: &errs}})
	if err != nil {
		return nil, fmt.Errorf("observe: %w", err)
	}
	if r.ExitCode == codeTrust {
		return nil, fmt.Errorf("observe: %w: the agent says: %s", ErrNotTrusted, said(agent.Status{}, errs.String()))
	}
	if r.ExitCode != codeDone {
		return nil, fmt.Errorf("observe: the agent ended with code %d: %s", r.ExitCode, said(agent.Status{}, errs.String()))
	}
	seen, err := agent.ReadObservations(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("observe: %w", err)
	}
	if seen.RecipeDigest != m.Bundle.RecipeDigest {
		return nil, fmt.Errorf("observe: %w: the agent looked for plan %s, meant was %s", ErrNotTrusted, seen.RecipeDigest, m.Bundle.RecipeDigest)
	}
	findings, err := validate.JudgeCollected(m.Bundle.Plan, table, seen.Settings, validate.Options{Stage: stage})
	if err != nil {
		return nil, err
	}
	if stage != setting.StageSeal {
		waitForSeal(m.Bundle.Plan, findings)
	}
	summary, err := validate.Summarize(findings)
	if err != nil {
		return nil, err
	}
	gate := validate.Gate{AllowUnobservable: m.Bundle.Plan.Image.AllowUnobservable}
	return &Observed{Host: seen.Host, Boot: seen.Boot, Findings: findings, Summary: summary, Failed: validate.Failed(summary, gate)}, nil
}

// waitForSeal defers what cannot be as wanted while the build's way in is open.
func waitForSeal(p *plan.Plan, findings []setting.Finding) {
	restored := seal.Restored(p)
	for i := range findings {
		if f := &findings[i]; f.Outcome == setting.Fail && slices.Contains(restored, f.Setting) {
			f.Outcome, f.Reason = setting.Deferred, "the build needs it as it is; the seal puts it right: "+f.Reason
		}
	}
}

// Logs brings home what tells why a build failed, as a zip: Panther, CBS and the agent's journal. It is asked after a failure, whatever became of
// the connection, and ends with ctx or after two minutes.
func Logs(ctx context.Context, m *Machine, to io.Writer) error {
	if err := m.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, collectTimeout)
	defer cancel()
	s, err := m.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // nothing can be lost any more
	var out, errs bytes.Buffer
	r, err := s.Run(ctx, remote.Command{Line: m.line("collect"), Stdout: &capped{&out, maxLogs}, Stderr: &tail{b: &errs}})
	if err != nil {
		return fmt.Errorf("collect logs: %w", err)
	}
	if r.ExitCode != codeDone {
		return fmt.Errorf("collect logs: the agent ended with code %d: %s", r.ExitCode, said(agent.Status{}, errs.String()))
	}
	if _, err := to.Write(out.Bytes()); err != nil {
		return fmt.Errorf("collect logs: %w", err)
	}
	return nil
}

// errLarge is output beyond what is kept.
var errLarge = errors.New("the agent writes more than is kept")

// capped keeps what fits.
type capped struct {
	b    *bytes.Buffer
	left int64
}

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		return 0, errLarge
	}
	return c.b.Write(p)
}
