package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

func (a *app) explainCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain IMAGE SETTING",
		Short: "Tell why a value is what it is",
		Long: `explain tells of one setting which module wants it and why, what else claimed the same place, and which exception or
override decided. SETTING is an id (module/label), a label, or a location such as svc:Spooler or HKLM\SOFTWARE\...!Name.
A field that a product does not state, such as needs.tls, lists the settings that depend on it.

With --json it prints one document of the schema wmclient/explain/1.`,
		Example: `  wmclient explain profiles/images/radiology-viewer.hcl lock-screen/inactivity-timeout
  wmclient explain profiles/images/radiology-viewer.hcl svc:RemoteRegistry --json`,
		Args: exactly(2, "an image profile and a setting"),
	}
	in := &build.Inputs{}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		in.Image = args[0]
		project, err := a.load(in)
		if err != nil {
			return err
		}
		answer, err := explain(project, args[1])
		if err != nil {
			return err
		}
		if asJSON {
			return a.writeJSON(answer)
		}
		if len(answer.Settings) > 0 {
			return answer.WriteText(a.Stdout, a.textOptions())
		}
		_, err = fmt.Fprint(a.Stdout, answer.text())
		return err
	}
	return cmd
}

// explain answers with settings of the image, then with what a product does not state, then with settings that are not in the image.
func explain(p *build.Project, query string) (explained, error) {
	answer := explained{Schema: explainSchema, Image: p.Composed.Plan.Image.Name, Unstated: []unstatedField{}, Dropped: []droppedOne{}}
	explanation, err := plan.Explain(p.Composed, query)
	if err == nil {
		answer.Explanation = explanation
		return answer, nil
	}
	answer.Explanation = plan.Explanation{Query: query, Settings: []plan.SettingExplained{}}
	for _, c := range p.Conflicts {
		for _, u := range c.Unstated {
			if u.Field == query {
				answer.Unstated = append(answer.Unstated, unstatedField{u.Field, c.Product, u.Settings})
			}
		}
	}
	if len(answer.Unstated) > 0 {
		return answer, nil
	}
	for _, d := range p.Resolved.Dropped { // only where no setting of the image is meant; a label may stand alone
		_, label, _ := strings.Cut(d.ID, "/")
		if strings.EqualFold(d.ID, query) || strings.EqualFold(label, query) {
			answer.Dropped = append(answer.Dropped, droppedOne{d.ID, d.Why, d.At.Filename, d.At.Start.Line})
		}
	}
	if len(answer.Dropped) == 0 {
		return explained{}, usageError{err}
	}
	return answer, nil
}

// text is what people read where the query is no setting of the image.
func (e explained) text() string {
	var sb strings.Builder
	for _, u := range e.Unstated {
		fmt.Fprintf(&sb, "%s  is not stated by the manufacturer of %q; settings that depend on it: %d\n", u.Field, u.Product, len(u.Settings))
		for _, id := range u.Settings {
			fmt.Fprintf(&sb, "  %s\n", id)
		}
	}
	for _, d := range e.Dropped {
		fmt.Fprintf(&sb, "%s  is not in this image: %s\n  written at    %s:%d\n", d.ID, d.Why, d.File, d.Line)
	}
	return sb.String()
}
