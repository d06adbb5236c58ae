package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/mitchellh/go-wordwrap"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// Options says how a view for terminals looks.
type Options struct {
	Language Language // empty is English
	Color    bool     // use terminal colours
	Passes   bool     // Table lists passes too
	Width    int      // characters per line at which Table cuts texts; 0 cuts nothing
}

// Table writes one line per finding, and below it the reason where there is one, wrapped. Passes are left out unless Options.Passes is set.
func Table(w io.Writer, findings []setting.Finding, o Options) error {
	rows := [][]string{{
		o.Language.In(plan.Text{EN: "OUTCOME", SV: "UTFALL"}), o.Language.In(plan.Text{EN: "SEVERITY", SV: "VIKT"}),
		o.Language.In(plan.Text{EN: "SETTING", SV: "INSTÄLLNING"}), o.Language.In(plan.Text{EN: "EXPECTED", SV: "VÄNTAT"}),
		o.Language.In(plan.Text{EN: "OBSERVED", SV: "FUNNET"}), o.Language.In(plan.Text{EN: "BEFORE", SV: "FÖRE"}),
	}}
	shown := []setting.Finding{{}} // of each row; the header has none
	for _, f := range lastFailed(findings) {
		outcome, err := o.Language.OutcomeWord(f.Outcome)
		if err != nil {
			return fmt.Errorf("finding %s: %w", f.Setting, err)
		}
		severity, err := o.Language.SeverityWord(f.Severity)
		if err != nil {
			return fmt.Errorf("finding %s: %w", f.Setting, err)
		}
		if f.Outcome == setting.Pass && !o.Passes {
			continue
		}
		row := []string{outcome, severity, f.Setting, o.Language.Value(f.Kind, f.Expected), o.Language.Value(f.Kind, f.Observed), o.Language.Value(f.Kind, f.Before)}
		for i := range row {
			row[i] = Printable(row[i])
		}
		rows, shown = append(rows, row), append(shown, f)
	}
	if len(rows) == 1 {
		return nil
	}
	return writeRows(w, rows, shown, o)
}

// lastFailed puts what went wrong behind everything else, where a terminal shows it: nobody looks for two lines among sixty.
func lastFailed(findings []setting.Finding) []setting.Finding {
	wrong := func(f setting.Finding) int {
		if f.Outcome == setting.Fail || f.Outcome == setting.Error {
			return 1
		}
		return 0
	}
	out := slices.Clone(findings)
	slices.SortStableFunc(out, func(a, b setting.Finding) int { return wrong(a) - wrong(b) })
	return out
}

func writeRows(w io.Writer, rows [][]string, shown []setting.Finding, o Options) error {
	widths := columnWidths(rows, o.Width)
	for i, row := range rows {
		var line strings.Builder
		for c, cell := range row {
			cell = cut(cell, widths[c])
			pad := strings.Repeat(" ", widths[c]-utf8.RuneCountInString(cell))
			if c == 0 && i > 0 {
				cell = paint(o, shown[i].Outcome, cell)
			}
			line.WriteString(cell + pad + "  ")
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
		if i == 0 || shown[i].Reason == "" {
			continue
		}
		reason := Printable(o.Language.Reason(shown[i].Reason))
		if o.Width > 0 { // a reason is never cut: it is what the reader needs
			reason = wordwrap.WrapString(reason, uint(max(o.Width-len(indent), minColumn)))
		}
		if _, err := fmt.Fprintln(w, indent+strings.ReplaceAll(reason, "\n", "\n"+indent)); err != nil {
			return err
		}
	}
	return nil
}

// indent stands before the lines of a reason.
const indent = "    "

// minColumn is the least width to which a column is cut.
const minColumn = 12

// columnWidths gives each column what it needs; where a line would be longer than width, the texts of settings share what is left.
func columnWidths(rows [][]string, width int) []int {
	widths := make([]int, len(rows[0]))
	total := -2 // nothing follows the last column
	for c := range widths {
		for _, row := range rows {
			widths[c] = max(widths[c], utf8.RuneCountInString(row[c]))
		}
		total += widths[c] + 2
	}
	// The widest text column gives way first, so that short ones stay whole.
	for width > 0 && total > width {
		widest := 3
		for c := 3; c < len(widths); c++ {
			if widths[c] > widths[widest] {
				widest = c
			}
		}
		if widths[widest] <= minColumn {
			break
		}
		widths[widest]--
		total--
	}
	return widths
}

func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}

// Summary writes one line that counts the findings by outcome; outcomes that did not occur are left out, but for passes and fails.
func Summary(w io.Writer, s validate.Summary, o Options) error {
	var parts []string
	for _, outcome := range setting.Outcomes() {
		n := s.Outcomes[outcome]
		if n == 0 && outcome != setting.Pass && outcome != setting.Fail {
			continue
		}
		word, err := o.Language.countWord(n, outcome)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("%d %s", n, word)
		if n > 0 {
			text = paint(o, outcome, text)
		}
		parts = append(parts, text)
	}
	noun := o.Language.In(plan.Text{EN: "settings", SV: "inställningar"})
	if s.Total == 1 {
		noun = o.Language.In(plan.Text{EN: "setting", SV: "inställning"})
	}
	_, err := fmt.Fprintf(w, "%d %s: %s\n", s.Total, noun, strings.Join(parts, ", "))
	return err
}

func paint(o Options, outcome setting.Outcome, text string) string {
	if !o.Color {
		return text
	}
	attribute := color.FgYellow
	switch outcome {
	case setting.Pass:
		attribute = color.FgGreen
	case setting.Fail, setting.Error:
		attribute = color.FgRed
	case setting.Deferred, setting.NotApplicable:
		attribute = color.FgCyan
	}
	c := color.New(attribute)
	c.EnableColor()
	return c.Sprint(text)
}
