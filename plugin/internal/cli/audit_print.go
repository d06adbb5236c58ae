package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/fleet"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// auditRow is one client as it is printed.
type auditRow struct {
	Name           string             `json:"name"`
	State          audit.State        `json:"state"`
	Reason         string             `json:"reason,omitempty"`
	What           string             `json:"what,omitempty"`
	Attempts       int                `json:"attempts"`
	ClockAhead     int64              `json:"clock_ahead_seconds,omitempty"`
	Image          string             `json:"image,omitempty"`
	Version        string             `json:"version,omitempty"`
	RecipeDigest   string             `json:"recipe_digest,omitempty"`
	ManifestDigest string             `json:"manifest_digest,omitempty"`
	Platform       string             `json:"platform,omitempty"`
	Settings       int                `json:"settings"` // how many were judged
	Passed         int                `json:"passed"`
	Differences    []audit.Difference `json:"differences"`
	Gaps           []audit.Gap        `json:"gaps"`
	NotCompared    []string           `json:"not_compared"`
	Expired        []string           `json:"expired"`
	Record         string             `json:"record,omitempty"` // the file

	index int
}

// tally takes outcomes as they come. It keeps what is printed, never whole records: a thousand clients must fit into memory.
type tally struct {
	a     *app
	o     auditFlags
	total int
	shown []auditRow
	cases []setting.Finding
	gaps  bool
	drift bool
	over  bool

	States  map[audit.State]int `json:"states"`
	Classes map[audit.Class]int `json:"classes"` // clients with drift of the class
}

// auditResult is the last line of audit.
type auditResult struct {
	Clients int                 `json:"clients"`
	States  map[audit.State]int `json:"states"`  // every state is in it
	Classes map[audit.Class]int `json:"classes"` // clients with drift of the class; every class is in it
}

func (t *tally) take(o fleet.Outcome) error {
	r := &o.Record
	row := auditRow{
		Name: r.Name, State: r.State, Reason: r.Reason, What: r.What, Attempts: r.Attempts, ClockAhead: r.ClockAhead, Image: r.Image, Version: r.Version, RecipeDigest: r.RecipeDigest,
		ManifestDigest: r.ManifestDigest, Platform: string(r.Platform), Settings: r.Summary.Total, Passed: r.Summary.Outcomes[setting.Pass], Differences: append([]audit.Difference{}, r.Differences...),
		Gaps: append([]audit.Gap{}, r.Gaps...), NotCompared: append([]string{}, r.NotCompared...), Expired: append([]string{}, r.Expired...), index: o.Index,
	}
	t.States[r.State]++
	classes := map[audit.Class]bool{}
	for _, d := range r.Differences {
		if !d.Accepted {
			classes[d.Class] = true
		}
	}
	for c := range classes {
		t.Classes[c]++
	}
	t.gaps = t.gaps || len(r.Gaps) > 0 || r.State == audit.Unobservable
	t.drift = t.drift || len(classes) > 0
	t.over = t.over || len(r.Expired) > 0
	if t.o.records != "" {
		var err error
		if row.Record, err = writeRecord(t.o.records, r); err != nil {
			return err
		}
	}
	if t.o.junit != "" {
		t.cases = append(t.cases, auditCases(r)...)
	}
	if t.o.asJSON {
		return t.a.event(build.EventAudit, row)
	}
	t.shown = append(t.shown, row)
	if isTerminal(t.a.Stderr) && t.total > 1 {
		fmt.Fprintf(t.a.Stderr, "\r%d of %d clients", len(t.shown), t.total)
		if len(t.shown) == t.total {
			fmt.Fprint(t.a.Stderr, "\r\033[K")
		}
	}
	return nil
}

// end prints the whole, and says by its error what the exit code is.
func (t *tally) end() error {
	if t.o.junit != "" {
		slices.SortStableFunc(t.cases, func(a, b setting.Finding) int {
			x, _, _ := strings.Cut(a.Setting, "/")
			y, _, _ := strings.Cut(b.Setting, "/")
			return strings.Compare(x, y)
		})
		if err := auditJUnit(t.o.junit, t.cases); err != nil {
			return err
		}
	}
	var err error
	if t.o.asJSON {
		err = t.a.event(build.EventResult, auditResult{t.total, t.States, t.Classes})
	} else {
		err = t.print()
	}
	if err != nil {
		return err
	}
	switch {
	case t.States[audit.Unreachable]+t.States[audit.Error] > 0:
		return quietError{exitError}
	case t.over:
		return quietError{exitExpired}
	case t.States[audit.UnknownImage] > 0 || t.gaps:
		return quietError{exitFindings}
	case t.drift:
		return quietError{exitChanges}
	}
	return nil
}

// print writes the table: clients in the order in which they were named, and below each what is wrong.
func (t *tally) print() error {
	slices.SortFunc(t.shown, func(a, b auditRow) int { return a.index - b.index })
	wide, widest := 6, 5
	for _, r := range t.shown {
		wide, widest = max(wide, len(r.Name)), max(widest, len(string(r.State)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  %-*s  %s\n", wide, "CLIENT", widest, "STATE", "IMAGE")
	for _, r := range t.shown {
		image := "-"
		if r.Image != "" {
			image = fmt.Sprintf("%s %s  %d of %d settings as built", r.Image, r.Version, r.Passed, r.Settings)
			if r.Platform != "" && r.Platform != "windows" {
				image += " (platform: " + r.Platform + ")"
			}
		}
		fmt.Fprintf(&b, "%-*s  %-*s  %s\n", wide, r.Name, widest, r.State, report.Printable(image))
		t.below(&b, r)
	}
	var counts []string
	for _, s := range audit.States() {
		if n := t.States[s]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, s))
		}
	}
	noun := "clients"
	if t.total == 1 {
		noun = "client"
	}
	fmt.Fprintf(&b, "%d %s: %s\n", t.total, noun, strings.Join(counts, ", "))
	_, err := fmt.Fprint(t.a.Stdout, b.String())
	return err
}

// below writes what is to be told of one client.
func (t *tally) below(b *strings.Builder, r auditRow) {
	line := func(format string, args ...any) {
		fmt.Fprintf(b, "    %s\n", report.Printable(fmt.Sprintf(format, args...)))
	}
	if r.Reason != "" {
		line("%s: %s (attempts: %d)", r.Reason, r.What, r.Attempts)
	}
	if r.ClockAhead != 0 {
		line("its clock is %s ahead of the one here (negative: behind)", time.Duration(r.ClockAhead)*time.Second)
	}
	accepted := 0
	for _, d := range r.Differences {
		if d.Accepted && !t.o.all {
			accepted++
			continue
		}
		word := "drift"
		if d.Accepted {
			word = "expected"
		}
		line("%-8s  %-9s  %s: expected %s, observed %s", word, d.Class, d.Name, d.Expected, d.Observed)
		if d.Class != audit.ClassImage && d.Reason != "" {
			line("                     %s", d.Reason)
		}
	}
	if accepted > 0 {
		line("%d settings are as the domain's policy has them (--all lists them)", accepted)
	}
	for _, g := range r.Gaps {
		line("%s  %s: %s", g.Outcome, g.Name, g.Reason)
	}
	for _, e := range r.Expired {
		line("expired  %s", e)
	}
	if t.o.all {
		for _, n := range r.NotCompared {
			line("not compared  %s", n)
		}
	}
	if r.Record != "" && t.total == 1 {
		line("record %s", r.Record)
	}
}
