package cli

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// planOptions are the flags of plan.
type planOptions struct {
	inputs     build.Inputs
	asJSON     bool
	detailed   bool
	provenance string
	policy     string
}

func (a *app) planCmd() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan IMAGE",
		Short: "Show what will be set, by which module, at which stage",
		Long: `plan composes an image profile and shows every setting with the module and line it comes from, the stage at which it
is set, what overrides what, what is deferred to the running client, and every collision.

With --json it prints the canonical plan and nothing else: its SHA-256 is the recipe digest.
With --detailed-exitcode the code is 10 where the plan differs from the one of the last build in --out.
With --gpo it prints instead what a domain policy will do to the image's settings on a client: override, confirm, add.`,
		Example: `  wmclient plan profiles/images/radiology-viewer.hcl
  wmclient plan --json profiles/images/radiology-viewer.hcl | sha256sum
  wmclient plan profiles/images/radiology-viewer.hcl --gpo '{6B2F...}'`,
		Args: exactly(1, "one image profile"),
	}
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print the canonical plan (RFC 8785) instead of text")
	cmd.Flags().StringVar(&o.provenance, "provenance", "", "also write where each setting comes from to this file, as JSON")
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 10 where the plan differs from the built one in --out")
	cmd.Flags().StringVar(&o.policy, "gpo", "", "say what the group policy in this backup will override on the client (a folder, or one of its files)")
	cmd.Flags().StringVar(&o.inputs.Out, "out", "out", "folder that builds go to")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		o.inputs.Image = args[0]
		return a.plan(&o)
	}
	return cmd
}

func (a *app) plan(o *planOptions) error {
	if o.policy != "" && (o.detailed || o.provenance != "") {
		return usageError{errors.New("--gpo prints a comparison and goes with --json only")}
	}
	if err := build.Spare("--provenance", o.provenance, o.inputs.Image, o.policy); err != nil {
		return err
	}
	project, err := a.loadAloud(&o.inputs)
	if err != nil {
		return err
	}
	if o.policy != "" {
		return a.planGPO(project, o.policy, o.asJSON)
	}
	if o.provenance != "" {
		sidecar, err := project.Provenance()
		if err == nil {
			err = build.WriteFileAtomic(o.provenance, sidecar)
		}
		if err != nil {
			return fmt.Errorf("write provenance: %w", err)
		}
	}
	if o.asJSON {
		_, err = a.Stdout.Write(project.Composed.Bytes)
	} else {
		err = a.writePlan(project)
	}
	if err != nil || !o.detailed {
		return err
	}
	same, err := project.SameAsBuilt()
	if err == nil && !same {
		err = quietError{exitChanges}
	}
	return err
}

// writePlan writes the plan for people, and what it means for the products.
func (a *app) writePlan(project *build.Project) error {
	options := a.textOptions()
	if err := plan.WriteText(a.Stdout, project.Composed, options); err != nil {
		return err
	}
	return plan.WriteLines(a.Stdout, conflict.Lines(project.Conflicts), options)
}

// inputs completes inputs with the clock and the environment.
func (a *app) inputs(in *build.Inputs) build.Inputs {
	in.Epoch, in.Clock, in.Tool = a.Getenv("SOURCE_DATE_EPOCH"), a.Now, a.Version
	return *in
}

// load composes an image. Its warnings are for plan, check and build to show: whoever asks for one setting has seen them there.
func (a *app) load(in *build.Inputs) (*build.Project, error) { return build.Load(a.inputs(in)) }

// loadAloud composes an image and shows the warnings of its profiles.
func (a *app) loadAloud(in *build.Inputs) (*build.Project, error) {
	project, err := a.load(in)
	if err != nil {
		return nil, err
	}
	a.printDiags(project.Warnings, project.Set.Files())
	return project, nil
}

// textOptions say how the composer's texts look on stdout. Without a terminal nothing is wrapped.
func (a *app) textOptions() plan.TextOptions {
	o := plan.TextOptions{Color: a.color(a.Stdout), Width: a.width(a.Stdout)}
	if o.Width == 0 {
		o.Width = math.MaxInt16
	}
	return o
}
