package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

func (a *app) explainCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain IMAGE SETTING",
		Short: "Tell why a value is what it is",
		Long: `explain tells of one setting which module wants it and why, what else claimed the same place, and which exception or
override decided. SETTING is an id (module/label), a label, or a location such as svc:Spooler or HKLM\SOFTWARE\...!Name.`,
		Example: `  wmclient explain profiles/images/radiology-viewer.hcl lock-screen/inactivity-timeout
  wmclient explain profiles/images/radiology-viewer.hcl svc:RemoteRegistry`,
		Args: exactly(2, "an image profile and a setting"),
	}
	in := &build.Inputs{}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		in.Image = args[0]
		project, err := a.load(in)
		if err != nil {
			return err
		}
		explanation, err := plan.Explain(project.Composed, args[1])
		if err != nil {
			if text := dropped(project, args[1]); text != "" { // only where no setting of the image is meant
				_, err := fmt.Fprintln(a.Stdout, text)
				return err
			}
			return usageError{err}
		}
		return explanation.WriteText(a.Stdout, a.textOptions())
	}
	return cmd
}

// dropped tells why a selected module's setting is not in the image, or "" where it is no such setting. A label may stand alone.
func dropped(p *build.Project, query string) string {
	for _, d := range p.Resolved.Dropped {
		_, label, _ := strings.Cut(d.ID, "/")
		if strings.EqualFold(d.ID, query) || strings.EqualFold(label, query) {
			return fmt.Sprintf("%s  is not in this image: %s\n  written at    %s:%d", d.ID, d.Why, d.At.Filename, d.At.Start.Line)
		}
	}
	return ""
}
