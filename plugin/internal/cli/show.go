package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

func (a *app) showCmd() *cobra.Command {
	var all, asJSON bool
	var language string
	cmd := &cobra.Command{
		Use:   "show DIR|manifest.json",
		Short: "Show the findings of a built image and the paths of its files",
		Long: `show reads the manifest of a built image, checks it and the files beside it against each other, and prints the findings'
summary, what somebody answers for (exceptions and accepted conflicts, with the last day of each) and the paths. It does not open the image, of which it looks at the length alone:
validate does.
Exit codes: 0 shown, 2 usage, 5 a file beside the manifest is not the one that was released (all is shown all the same), 1 anything else.

With --json standard output carries NDJSON of the schema wmclient/event/1: a line of type "finding" for every setting, passed ones too, and
one of type "result".`,
		Example: `  wmclient show out/radiology-viewer/1.2.0
  wmclient show out/radiology-viewer/1.2.0 --all --language sv`,
		Args: exactly(1, "the directory of a built image, or its manifest"),
	}
	cmd.Flags().BoolVar(&all, "all", false, "list passed settings too")
	cmd.Flags().StringVar(&language, "language", "en", "language of the report: en or sv")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print findings and result as NDJSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		lang, err := report.ParseLanguage(language)
		if err != nil {
			return usageError{err}
		}
		shown, err := build.Show(args[0])
		if err != nil {
			return err
		}
		if asJSON {
			return errors.Join(a.showJSON(shown), damage(shown))
		}
		options := report.Options{Color: a.color(a.Stdout), Width: a.width(a.Stdout), Passes: all, Language: lang}
		if err := report.Table(a.Stdout, shown.Manifest.Findings, options); err != nil {
			return err
		}
		if err := report.Summary(a.Stdout, shown.Manifest.Summary, options); err != nil {
			return err
		}
		m := shown.Manifest
		if err := a.printDeviations(m, lang); err != nil {
			return err
		}
		if m.Agent != nil {
			if _, err := fmt.Fprintln(a.Stdout); err != nil {
				return err
			}
		}
		if err := a.printAgent(m.Agent); err != nil {
			return err
		}
		if err := a.printStanding(m.Platform, lang.In(m.Statement), m.Release, lang); err != nil {
			return err
		}
		if err := a.printPaths(shown.Files); err != nil {
			return err
		}
		return damage(shown)
	}
	return cmd
}

// damage is the error of a release that was shown, and of which a file is not as the manifest has it.
func damage(s *build.Shown) error {
	if len(s.Damage) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s\nhint: this release was damaged or changed: take it anew, or build it again; wmclient validate %s reads the image", build.ErrNotTrusted, strings.Join(s.Damage, "; "), s.Dir)
}

// printResult shows a build's summary and paths.
func (a *app) printResult(r *build.Result) error {
	options := report.Options{Color: a.color(a.Stdout), Width: a.width(a.Stdout)}
	if err := report.Table(a.Stdout, r.Findings, options); err != nil {
		return err
	}
	if err := report.Summary(a.Stdout, r.Summary, options); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.Stdout, "\nrecipe    %s\nimage     %s\nmanifest  %s\n", r.RecipeDigest, r.ImageSHA256, r.ManifestDigest); err != nil {
		return err
	}
	if err := a.printAgent(r.Agent); err != nil {
		return err
	}
	if err := a.printStanding(r.Platform, r.Statement.EN, r.Release, report.English); err != nil {
		return err
	}
	return a.printPaths(r.Files)
}

// printAgent says which agent the image carries, where it carries one.
func (a *app) printAgent(agent *manifest.Agent) error {
	if agent == nil {
		return nil
	}
	_, err := fmt.Fprintf(a.Stdout, "agent     %s (wmguest %s)\n", agent.SHA256, report.Printable(agent.Version))
	return err
}

// printStanding says what was not shown, and whether this is a release.
func (a *app) printStanding(on manifest.Platform, statement string, release bool, lang report.Language) error {
	where := lang.In(map[manifest.Platform]plan.Text{
		manifest.PlatformLab: {EN: string(manifest.PlatformLab), SV: "labb"}, manifest.PlatformOffline: {EN: string(manifest.PlatformOffline), SV: "avbildsfil"},
	}[on])
	text := fmt.Sprintf("%s %s: %s", lang.In(plan.Text{EN: "platform ", SV: "plattform"}), cmp.Or(where, string(on)), statement)
	if !release {
		text += "\n" + lang.In(plan.Text{
			EN: "release   no: the base was accepted for this build and is not in the lock",
			SV: "utgåva    nej: basen godtogs för det här bygget och står inte i låsfilen",
		})
	}
	_, err := fmt.Fprintf(a.Stdout, "\n%s\n", wrap(text, a.width(a.Stdout)))
	return err
}

func (a *app) printPaths(files []string) error {
	_, err := fmt.Fprintf(a.Stdout, "\n%s\n", strings.Join(files, "\n"))
	return err
}
