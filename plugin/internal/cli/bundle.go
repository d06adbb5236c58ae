package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
)

// The files of a bundle command.
const (
	bundleFile = "bundle.zip"
	agentFile  = "wmguest.exe"
)

func (a *app) bundleCmd() *cobra.Command {
	in := &build.Inputs{}
	var out, agentPath string
	var stages []string
	cmd := &cobra.Command{
		Use:   "bundle IMAGE --out DIR",
		Short: "Write what the agent needs to settle on a running Windows what no image can",
		Long: `bundle writes the agent wmguest.exe and bundle.zip: the plan, and the files that its later stages put. A task sequence, or a person
at a test client, runs

  wmguest.exe apply --bundle bundle.zip --state C:\wmclient-state

and gets an exit code: 0 done, 3 findings failed, 3010 restart and run it again. The Packer provisioner wmclient-harden delivers and runs the
same by itself, and an image with a first_boot block carries it inside. The same profile gives the same bytes.

Nothing of this was ever run on a real Windows.
Exit codes: 0 written; 2 usage, a bad profile, or a program without an agent;
5 another agent than the one that the image's lock names; 1 anything else.`,
		Example: `  wmclient bundle profiles/images/radiology-viewer.hcl --out bundle
  wmclient bundle profiles/images/radiology-viewer.hcl --out bundle --stage first-boot`,
		Args: exactly(1, "one image profile"),
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "folder for the two files (required)")
	flags.StringVar(&agentPath, "agent", "", "another wmguest.exe than the one in this program")
	flags.StringSliceVar(&stages, "stage", nil, "stages that the agent runs: first-boot, build, seal (default first-boot,build)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if out == "" {
			return usageError{errors.New("--out is missing\nhint: name a folder for the two files")}
		}
		in.Image = args[0]
		full := a.inputs(in)
		full.Out = out
		project, err := build.Load(full)
		if err != nil {
			return err
		}
		chosen, err := build.ParseStages(stages)
		if err != nil {
			return err
		}
		agent, err := findAgent(agentPath)
		if err != nil {
			return usageError{err}
		}
		if err := project.CheckAgent(agent); err != nil {
			return err
		}
		b, err := project.Bundle(chosen, false)
		if err != nil {
			return err
		}
		return a.writeBundle(out, b, agent)
	}
	return cmd
}

// findAgent is the agent in a file, or the one that this program carries.
func findAgent(path string) (agentfile.File, error) {
	if path != "" {
		return agentfile.Read(path)
	}
	return agentfile.Embedded()
}

func (a *app) writeBundle(out string, b *bundle.Bundle, agent agentfile.File) error {
	var zip bytes.Buffer
	if err := b.WriteZip(&zip); err != nil {
		return err
	}
	r, err := agent.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	program, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make output folder: %w", err)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{bundleFile, zip.Bytes()}, {agentFile, program}} {
		if err := partial.WriteFile(filepath.Join(out, f.name), f.data); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	_, err = fmt.Fprintf(a.Stdout, "%s %s\n  stages  %v\n  recipe  %s\n  agent   %s %s\n\n%s\n", b.Image, b.Version, b.Stages, b.RecipeDigest, agent.Version, agent.SHA256, out)
	return err
}
