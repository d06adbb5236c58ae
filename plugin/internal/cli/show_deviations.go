package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

// deviation is what somebody answers for: an exception or an accepted conflict. What people wrote stays in their words.
type deviation struct {
	name, does                                       string
	reason, compensating, owner, approvedBy, lastDay string
}

// printDeviations lists every exception and every accepted conflict, one field a line, and says so where there is none.
func (a *app) printDeviations(m *manifest.Manifest, lang report.Language) error {
	var exceptions, accepted []deviation
	for _, x := range m.Exceptions {
		exceptions = append(exceptions, deviation{x.Setting, effectText(m, x, lang), x.Reason, x.Compensating, x.Owner, x.ApprovedBy, x.Expires})
	}
	for _, c := range m.Conflicts {
		if x := c.Accepted; x != nil {
			accepted = append(accepted, deviation{conflictName(c), acceptedText(c, lang), x.Reason, x.Compensating, x.Owner, x.ApprovedBy, x.Expires})
		}
	}
	for _, part := range []struct {
		title, none plan.Text
		list        []deviation
	}{
		{plan.Text{EN: "exceptions", SV: "undantag"}, plan.Text{EN: "no exceptions", SV: "inga undantag"}, exceptions},
		{plan.Text{EN: "accepted conflicts", SV: "godtagna konflikter"}, plan.Text{EN: "no accepted conflicts", SV: "inga godtagna konflikter"}, accepted},
	} {
		if err := a.printList(lang.In(part.title), lang.In(part.none), part.list, lang); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printList(title, none string, list []deviation, lang report.Language) error {
	if len(list) == 0 {
		_, err := fmt.Fprintf(a.Stdout, "\n%s\n", none)
		return err
	}
	var sb strings.Builder
	fmt.Fprintf(&sb, "\n%s: %d\n", title, len(list))
	for _, d := range list {
		fmt.Fprintf(&sb, "  %s\n", report.Printable(d.name))
		for _, f := range []struct {
			name plan.Text
			text string
		}{
			{plan.Text{EN: "what it does", SV: "vad det gör"}, d.does},
			{plan.Text{EN: "reason", SV: "skäl"}, d.reason},
			{plan.Text{EN: "compensating", SV: "kompenseras av"}, d.compensating},
			{plan.Text{EN: "owner", SV: "ägare"}, d.owner},
			{plan.Text{EN: "approved by", SV: "godkänt av"}, d.approvedBy},
			{plan.Text{EN: "last day", SV: "sista dag"}, d.lastDay},
		} {
			a.field(&sb, lang.In(f.name), cmp.Or(f.text, lang.In(plan.Text{EN: "(not said)", SV: "(sägs inte)"})))
		}
	}
	_, err := fmt.Fprint(a.Stdout, sb.String())
	return err
}

// field writes one field of a list, its text in a column of its own.
func (a *app) field(sb *strings.Builder, name, text string) {
	const column = 20
	columns := a.width(a.Stdout)
	if columns > 0 {
		columns = max(columns-column, 20)
	}
	text = strings.ReplaceAll(wrap(report.Printable(text), columns), "\n", "\n"+strings.Repeat(" ", column))
	fmt.Fprintf(sb, "    %-*s%s\n", column-4, name, text)
}

// effectText says what an exception does: leaves the setting alone, or sets another value.
func effectText(m *manifest.Manifest, x manifest.Exception, lang report.Language) string {
	if x.Effect == plan.EffectSkip {
		return lang.In(plan.Text{EN: "the setting is left out; the base's own state remains", SV: "inställningen utelämnas; basens eget tillstånd gäller"})
	}
	for _, f := range m.Findings {
		if f.Setting == x.Setting {
			return fmt.Sprintf(lang.In(plan.Text{EN: "the setting gets another value than the module's: %s", SV: "inställningen får ett annat värde än modulens: %s"}), lang.Value(f.Kind, f.Expected))
		}
	}
	return lang.In(plan.Text{EN: "the setting gets another value than the module's", SV: "inställningen får ett annat värde än modulens"})
}

func conflictName(c manifest.Conflict) string {
	if c.Product == "" {
		return conflict.AcceptPrefix + c.Row
	}
	return conflict.AcceptPrefix + c.Row + "[" + c.Product + "]"
}

// acceptedText says which risk was accepted: the row's title in the reader's language, and in English, as the manifest keeps it, the case.
func acceptedText(c manifest.Conflict, lang report.Language) string {
	title := ""
	for _, r := range conflict.Rows() {
		if r.Name == c.Row {
			title = lang.In(r.Title) + ". "
		}
	}
	settings := ""
	if len(c.Settings) > 0 {
		settings = lang.In(plan.Text{EN: " Settings: ", SV: " Inställningar: "}) + strings.Join(c.Settings, ", ") + "."
	}
	if lang == report.Swedish && title != "" { // the case is kept in English; its row and settings say it in any language
		return strings.TrimSpace(title + fmt.Sprintf("Det stoppar inte längre avbilden (nivå %s).", c.Level) + settings)
	}
	return title + fmt.Sprintf("It no longer stops the image (level %s). ", c.Level) + c.Reason
}
