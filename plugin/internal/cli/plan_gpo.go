package cli

import (
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

// gpoSchema names the form of the comparison's JSON.
const gpoSchema = "wmclient/gpo-comparison/1"

// planGPO says what a later domain policy does to a plan.
func (a *app) planGPO(project *build.Project, backup string, asJSON bool) error {
	found, err := readSource(backup, false, project.Table)
	if err != nil {
		return err
	}
	if diags := found.Settle(project.Table); diags.HasErrors() {
		return sourceError(backup, diags)
	}
	changes := gpo.Compare(project.Composed, found, project.Table)
	if asJSON {
		b, err := canonical.Marshal(struct {
			Schema  string        `json:"schema"`
			Recipe  string        `json:"recipe"`
			Policy  string        `json:"policy"`
			Changes []gpo.Change  `json:"changes"`
			Dropped []gpo.Dropped `json:"not_compared"`
		}{gpoSchema, project.Composed.Digest, found.Title, append([]gpo.Change{}, changes...), append([]gpo.Dropped{}, found.Dropped...)})
		if err != nil {
			return fmt.Errorf("write comparison: %w", err)
		}
		_, err = a.Stdout.Write(append(b, '\n'))
		return err
	}
	_, err = fmt.Fprint(a.Stdout, gpoText(backup, found, changes))
	return err
}

func gpoText(backup string, found gpo.Result, changes []gpo.Change) string {
	count := map[gpo.Effect]int{}
	for _, c := range changes {
		count[c.Effect]++
	}
	name := backup
	if found.Title != "" {
		name = fmt.Sprintf("%s (%s)", report.Printable(found.Title), backup)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Domain policy %s on a client with this image:\n", name)
	fmt.Fprintf(&b, "%d overridden, %d confirmed, %d added, %d not compared\n", count[gpo.Overrides], count[gpo.Confirms], count[gpo.Adds], len(found.Dropped))
	heads := map[gpo.Effect]string{
		gpo.Overrides: "Local hardening that a domain policy will override", gpo.Confirms: "Confirmed by the policy", gpo.Adds: "Added by the policy",
	}
	var last gpo.Effect
	for _, c := range changes {
		if c.Effect != last {
			fmt.Fprintf(&b, "\n%s\n", heads[c.Effect])
			last = c.Effect
		}
		switch c.Effect {
		case gpo.Overrides:
			fmt.Fprintf(&b, "  %s  %s\n    image   %s\n    domain  %s  (%s)\n", c.Setting, report.Printable(string(c.Location)), report.Printable(c.Local), report.Printable(c.Domain), c.At)
		case gpo.Confirms:
			fmt.Fprintf(&b, "  %s  %s  %s\n", c.Setting, report.Printable(string(c.Location)), report.Printable(c.Local))
		default:
			fmt.Fprintf(&b, "  %s  %s  (%s)\n", report.Printable(string(c.Location)), report.Printable(c.Domain), c.At)
		}
	}
	if len(found.Dropped) > 0 {
		b.WriteString("\nNot compared: it may change more than is listed above\n")
	}
	for _, d := range found.Dropped {
		fmt.Fprintf(&b, "  %s  %s\n    %s\n", d.At, report.Printable(d.What), report.Printable(d.Reason))
	}
	return b.String()
}
