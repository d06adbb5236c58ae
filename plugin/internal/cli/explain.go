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
override decided. SETTING is an id (module/label), a label, or a location such as svc:Spooler or HKLM\SOFTWARE\...!Name.
A field that a product does not state, such as needs.tls, lists the settings that depend on it.`,
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
			if lines := unstated(project, args[1]); lines != "" {
				_, err := fmt.Fprint(a.Stdout, lines)
				return err
			}
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

// unstated lists all settings that depend on a field which a product does not state, one a line; "" where the query is no such field.
func unstated(p *build.Project, query string) string {
	var sb strings.Builder
	for _, c := range p.Conflicts {
		for _, u := range c.Unstated {
			if u.Field != query {
				continue
			}
			fmt.Fprintf(&sb, "%s  is not stated by the manufacturer of %q; settings that depend on it: %d\n", u.Field, c.Product, len(u.Settings))
			for _, id := range u.Settings {
				fmt.Fprintf(&sb, "  %s\n", id)
			}
		}
	}
	return sb.String()
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
