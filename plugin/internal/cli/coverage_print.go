package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// coverageSchema names the form of coverage's JSON.
const coverageSchema = "wmclient/coverage/1"

// coverageReport is what coverage says of one plan.
type coverageReport struct {
	subject     subjectPlan
	lists       []baseline.Coverage
	observable  observableShare
	asJSON, all bool
}

// observableShare is how many of a plan's settings an image file shows.
type observableShare struct {
	Settings int            `json:"settings"`
	Observed int            `json:"observed"`
	Hidden   map[string]int `json:"hidden,omitempty"` // by kind: settings that could not be seen
}

// observable looks at every setting of a plan on the lab base of its build. What is seen there is seen in an image file; what the lab
// base cannot show, for whatever reason, counts as not seen.
func observable(p subjectPlan) (observableShare, error) {
	out := observableShare{Hidden: map[string]int{}}
	reader, err := labReader(p.Composed.Plan.Base.Number())
	if err != nil {
		return out, err
	}
	for _, s := range p.Composed.Plan.Settings {
		if s.Effect == plan.EffectSkip {
			continue
		}
		out.Settings++
		o, err := p.Composed.Specs[s.ID].Observe(reader)
		if err == nil && len(o.Facts) > 0 {
			out.Observed++
			continue
		}
		out.Hidden[s.Kind]++
	}
	return out, nil
}

func labReader(number int) (setting.Reader, error) {
	release, err := lab.ParseRelease(fmt.Sprint(number))
	if err != nil {
		return nil, fmt.Errorf("no lab base to look at: %w", err)
	}
	data, err := lab.Bytes(lab.Options{Release: release, Language: "sv-SE", Arch: "amd64"})
	if err != nil {
		return nil, fmt.Errorf("make a lab base to look at: %w", err)
	}
	file, err := wim.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	images := file.Images()
	if len(images) == 0 {
		return nil, errors.New("the lab base holds no image")
	}
	img, err := file.Image(images[0].Index)
	if err != nil {
		return nil, err
	}
	return image.Open(img)
}

func (r coverageReport) write(w io.Writer) error {
	if r.asJSON {
		return r.writeJSON(w)
	}
	base := r.subject.Composed.Plan.Base
	if _, err := fmt.Fprintf(w, "%s (%s, build %s)\n\n", r.subject.Name, base.Name, base.Build); err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "LIST\tMETHOD\tROWS\tMET\tEXCEPTION\tOVERRIDE\tNOT MANAGED\tUNMET\tUNREAD\tMET %\tEXPLAINED %") //nolint:errcheck // a tabwriter tells on Flush
	var total baseline.Count
	for _, l := range r.lists {
		for _, m := range l.Methods {
			countRow(tw, l.List, m.Method, m.Count)
		}
		countRow(tw, l.List, "all", l.Total)
		total = total.Plus(l.Total)
	}
	countRow(tw, "all lists", "all", total)
	if err := tw.Flush(); err != nil {
		return err
	}
	if err := r.writeObservable(w); err != nil {
		return err
	}
	if n := r.beyond(); n > 0 {
		if _, err := fmt.Fprintf(w, "of the rows met, %d by more than was asked: --all shows which\n", n); err != nil {
			return err
		}
	}
	for _, l := range r.lists {
		rows := l.Unexplained()
		if r.all {
			rows = l.Results
		}
		for _, row := range rows {
			if err := writeRow(w, row); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

// beyond counts the rows that are met by more than they ask for, which a tool that compares texts may call failed.
func (r coverageReport) beyond() int {
	n := 0
	for _, l := range r.lists {
		for _, row := range l.Results {
			if row.Status == baseline.Met && row.Note != "" {
				n++
			}
		}
	}
	return n
}

func countRow(w io.Writer, list, method string, c baseline.Count) {
	fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.1f\n", list, method, c.Rows, c.Met, c.Exception, c.Override, c.NotManaged, c.Unmet, c.Unread, //nolint:errcheck // a tabwriter tells on Flush
		share(c.Met, c.Rows), share(c.Rows-c.Unexplained(), c.Rows))
}

func countLine(c baseline.Count) string {
	return fmt.Sprintf("%d rows: %d met (%.1f %%), %d excepted, %d overridden, %d not managed, %d unmet, %d unread", c.Rows, c.Met, share(c.Met, c.Rows), c.Exception, c.Override, c.NotManaged, c.Unmet, c.Unread)
}

func (r coverageReport) writeObservable(w io.Writer) error {
	o := r.observable
	text := fmt.Sprintf("\nseen in an image file (lab base): %d of %d settings (%.1f %%)", o.Observed, o.Settings, share(o.Observed, o.Settings))
	var kinds []string
	for kind, n := range o.Hidden {
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, n))
	}
	if slices.Sort(kinds); len(kinds) > 0 {
		text += "; not seen: " + strings.Join(kinds, ", ")
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

func writeRow(w io.Writer, r baseline.Result) error {
	what := string(r.Location)
	if what == "" {
		what = strings.TrimSpace(r.Method + " " + r.Name)
	}
	if _, err := fmt.Fprintf(w, "\n%s  %s  %s\n", strings.ToUpper(string(r.Status)), r.At(), report.Printable(what)); err != nil {
		return err
	}
	if r.Unread != "" {
		_, err := fmt.Fprintf(w, "  cannot be read: %s\n", report.Printable(r.Unread))
		return err
	}
	has := "nothing"
	if r.Has != "" {
		has = fmt.Sprintf("%s (%s)", r.Has, r.Setting)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "  wanted    %s %s\n  the plan  %s\n", r.Operator, report.Printable(r.Wanted), report.Printable(has))
	if r.Note != "" {
		fmt.Fprintf(&text, "  note      %s\n", r.Note)
	}
	for _, a := range r.Answers {
		fmt.Fprintf(&text, "  %s of %s (%s): %s\n", a.Kind, a.By, a.At, report.Printable(a.Reason))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// writeJSON prints one line.
func (r coverageReport) writeJSON(w io.Writer) error {
	b, err := canonical.Marshal(struct {
		Schema     string              `json:"schema"`
		Subject    string              `json:"subject"`
		Base       string              `json:"base"`
		Build      string              `json:"build"`
		Recipe     string              `json:"recipe"`
		Lists      []baseline.Coverage `json:"lists"`
		Observable observableShare     `json:"observable_offline"`
	}{coverageSchema, r.subject.Name, r.subject.Composed.Plan.Base.Name, r.subject.Composed.Plan.Base.Build, r.subject.Composed.Digest, r.lists, r.observable})
	if err != nil {
		return fmt.Errorf("write coverage: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
