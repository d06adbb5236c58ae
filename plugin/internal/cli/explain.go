package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

func (a *app) explainCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain IMAGE SETTING|needs.FIELD|first_boot",
		Short: "Tell why a value is what it is",
		Long: `explain tells of one setting which module wants it and why, what else claimed the same place, and which exception or
override decided. SETTING is an id (module/label), a label, or a location such as svc:Spooler or HKLM\SOFTWARE\...!Name.
A need, such as needs.tls or needs.av.mode (or forbids.FIELD), shows what each product of the image states of it and where, whether it is
unknown or not stated, and which settings are made from it; of one that is not stated, also the settings that depend on it. first_boot shows what the image carries
beside its plan: the agent, what it works by, its service, and what keeps the network shut until the client is validated.

With --json it prints one document of the schema wmclient/explain/1.`,
		Example: `  wmclient explain profiles/images/radiology-viewer.hcl lock-screen/inactivity-timeout
  wmclient explain profiles/images/radiology-viewer.hcl svc:RemoteRegistry --json
  wmclient explain profiles/images/radiology-viewer.hcl needs.time
  wmclient explain profiles/images/radiology-viewer.hcl first_boot`,
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
		if answer.FirstBoot != nil {
			_, err := fmt.Fprint(a.Stdout, firstBootText(*answer.FirstBoot))
			return err
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
	answer := explained{Schema: explainSchema, Image: p.Composed.Plan.Image.Name, Unstated: []unstatedField{}, Dropped: []droppedOne{}, Facts: []productFact{}, Readers: []string{}}
	if query == firstBootQuery {
		d, err := firstboot.Describe(p.Composed.Plan)
		answer.Explanation, answer.FirstBoot = plan.Explanation{Query: query, Settings: []plan.SettingExplained{}}, &d
		return answer, err
	}
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
	facts, readers, isField, problem := stated(p, query)
	if problem != nil {
		return explained{}, problem
	}
	if isField {
		answer.Facts, answer.Readers = append(answer.Facts, facts...), append(answer.Readers, readers...)
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
	if len(e.Facts) == 0 && len(e.Unstated) == 0 && len(e.Dropped) == 0 {
		fmt.Fprintf(&sb, "%s  the image has no products, so nobody states it\n", e.Query)
	}
	for _, f := range e.Facts {
		switch f.State {
		case environment.Stated.String():
			fmt.Fprintf(&sb, "%s  is stated for %q: %s\n  written at    %s:%d\n", f.Field, f.Product, report.Printable(f.Value), f.File, f.Line)
		case environment.Unknown.String():
			fmt.Fprintf(&sb, "%s  is unknown for %q: its file says so, or says what nobody understands\n  written at    %s:%d\n", f.Field, f.Product, f.File, f.Line)
		default:
			if !slices.ContainsFunc(e.Unstated, func(u unstatedField) bool { return strings.HasPrefix(f.Product+" ", u.Product+" ") }) {
				fmt.Fprintf(&sb, "%s  is not stated for %q\n", f.Field, f.Product)
			}
		}
	}
	if len(e.Readers) > 0 {
		fmt.Fprintf(&sb, "settings that modules make from it or from what it is part of: %d\n", len(e.Readers))
		for _, id := range e.Readers {
			fmt.Fprintf(&sb, "  %s\n", id)
		}
	}
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
