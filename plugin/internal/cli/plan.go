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

func (a *app) planCmd() *cobra.Command {
	var asJSON, detailed bool
	var provenance, policy string
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
	in := &build.Inputs{}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the canonical plan (RFC 8785) instead of text")
	cmd.Flags().StringVar(&provenance, "provenance", "", "also write where each setting comes from to this file, as JSON")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 10 where the plan differs from the built one in --out")
	cmd.Flags().StringVar(&policy, "gpo", "", "say what the group policy in this backup will override on the client (a folder, or one of its files)")
	cmd.Flags().StringVar(&in.Out, "out", "out", "folder that builds go to")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		in.Image = args[0]
		if policy != "" && (detailed || provenance != "") {
			return usageError{errors.New("--gpo prints a comparison and goes with --json only")}
		}
		project, err := a.loadAloud(in)
		if err != nil {
			return err
		}
		if policy != "" {
			return a.planGPO(project, policy, asJSON)
		}
		if provenance != "" {
			sidecar, err := project.Provenance()
			if err == nil {
				err = build.WriteFileAtomic(provenance, sidecar)
			}
			if err != nil {
				return fmt.Errorf("write provenance: %w", err)
			}
		}
		if asJSON {
			if _, err := a.Stdout.Write(project.Composed.Bytes); err != nil {
				return err
			}
		} else if err := a.writePlan(project); err != nil {
			return err
		}
		if detailed {
			same, err := project.SameAsBuilt()
			if err != nil {
				return err
			}
			if !same {
				return quietError{exitChanges}
			}
		}
		return nil
	}
	return cmd
}

// writePlan writes the plan for people, and what it means for the products.
func (a *app) writePlan(project *build.Project) error {
	options := a.textOptions()
	if err := plan.WriteText(a.Stdout, project.Composed, options); err != nil {
		return err
	}
	return conflict.WriteText(a.Stdout, project.Conflicts, options.Width)
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
