package plan_test

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// fake is a kind for tests: it claims all of At, wanting Value, or joining List.
type fake struct {
	At      []string      `json:"at"`
	Value   string        `json:"value,omitempty"`
	List    []string      `json:"list,omitempty"`
	Stage   setting.Stage `json:"stage,omitempty"`
	Silent  bool          `json:"silent,omitempty"`  // claims nothing under the names its ops use
	Number  int64         `json:"number,omitempty"`  // for numbers that canonical JSON refuses
	Content string        `json:"content,omitempty"` // a file op
	Source  string        `json:"source,omitempty"`
	NoBytes bool          `json:"no_bytes,omitempty"`
	Greedy  bool          `json:"greedy,omitempty"` // merges badly
}

var _ interface {
	setting.Spec
	setting.Merger
	setting.Comparer
	setting.ContentProvider
} = (*fake)(nil)

func (f *fake) Check() hcl.Diagnostics { return nil }

func (f *fake) Claims(setting.Base) []setting.Claim {
	var out []setting.Claim
	for _, at := range f.At {
		c := setting.Claim{Location: setting.Location(at), Value: f.Value}
		if f.List != nil {
			c.Value, c.Union = strings.Join(f.List, ","), true
		}
		if f.Silent {
			c.Location += setting.Location(f.Value)
		}
		out = append(out, c)
	}
	return out
}

func (f *fake) Ops(setting.Base) []setting.Op {
	stage := cmp.Or(f.Stage, setting.StageImage)
	var out []setting.Op
	for _, at := range f.At {
		key, name, _ := strings.Cut(strings.TrimPrefix(at, "reg:"), "!")
		out = append(out, setting.Op{Stage: stage, Action: setting.ActionRegistrySet, Key: key, Name: name, Type: setting.TypeSZ,
			Data: hex.EncodeToString(setting.SZ(f.Value + strings.Join(f.List, ",")).Data)})
	}
	if f.Content != "" {
		out = append(out, setting.Op{Stage: stage, Action: setting.ActionFilePut, Path: strings.TrimPrefix(f.At[0], "file:"), SHA256: f.Content, Size: int64(len(f.Content))})
	}
	return out
}

func (f *fake) Contents() []setting.Content {
	if f.Content == "" || f.NoBytes {
		return nil
	}
	if f.Source != "" {
		return []setting.Content{{SHA256: f.Content, Size: int64(len(f.Content)), Source: f.Source}}
	}
	return []setting.Content{{SHA256: f.Content, Size: int64(len(f.Content)), Bytes: []byte(f.Content)}}
}

func (f *fake) Observe(setting.Reader) (setting.Observed, error) { return setting.Observed{}, nil }
func (f *fake) Judge(setting.Observed) setting.Verdict {
	return setting.Verdict{Outcome: setting.Error}
}

func (f *fake) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*fake)
	if !ok {
		return nil, errors.New("another kind")
	}
	merged := *f
	merged.At = union(f.At, o.At)
	if f.Greedy || o.Greedy {
		merged.At = nil
	}
	merged.List = union(f.List, o.List)
	return &merged, nil
}

func union(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a), b...))))
}

func (f *fake) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*fake)
	if !ok {
		return setting.Unknown
	}
	was, err1 := strconv.Atoi(o.Value)
	is, err2 := strconv.Atoi(f.Value)
	switch {
	case err1 != nil || err2 != nil:
		return setting.Unknown
	case is > was:
		return setting.Tightened
	case is < was:
		return setting.Loosened
	}
	return setting.Same
}

func table(t testing.TB) setting.Table {
	t.Helper()
	tab, err := setting.NewTable(setting.Kind{Name: "fake", New: func() setting.Spec { return new(fake) }},
		setting.Kind{Name: "other", New: func() setting.Spec { return new(fake) }})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func at(file string, line int) hcl.Range {
	pos := hcl.Pos{Line: line, Column: 1, Byte: 100 * line}
	return hcl.Range{Filename: file, Start: pos, End: pos}
}

// cand makes a setting of the module before the slash, at the given line of the module's file.
func cand(id string, line int, spec setting.Spec) plan.Candidate {
	module, _, _ := strings.Cut(id, "/")
	return plan.Candidate{ID: id, Module: module, Kind: "fake", Spec: spec, Severity: setting.Medium, DefRange: at("modules/"+module+".hcl", line),
		Title: plan.Text{EN: "Title of " + id, SV: "Titel"}, Rationale: plan.Text{EN: "Because of " + id, SV: "Därför"}, References: []string{"STIG V-1"}}
}

// reg is a fake that owns one registry value.
func reg(name, value string) *fake {
	return &fake{At: []string{`reg:HKLM\SOFTWARE\X!` + name}, Value: value}
}

// joins is a fake that joins a list.
func joins(name string, list ...string) *fake {
	return &fake{At: []string{`reg:HKLM\SOFTWARE\X!` + name}, List: list}
}

func skip(id string, line int) plan.Exception {
	return plan.Exception{Setting: id, Skip: true, Reason: "the viewer needs it", Compensating: "a firewall", Owner: "Anna", ApprovedBy: "Bo", Expires: "2027-06-30", DefRange: at("images/i.hcl", line)}
}

func over(winner string, line int, losers ...string) plan.Override {
	return plan.Override{Winner: winner, Over: losers, Reason: "the clinic decided", DefRange: at("images/i.hcl", line)}
}

// owning gives a setting an override of its own.
func owning(loser string, c plan.Candidate) plan.Candidate {
	c.Overrides = []plan.Override{over(c.ID, 7, loser)}
	return c
}

// request makes an image of the settings, selecting the modules that they belong to.
func request(settings ...plan.Candidate) plan.Request {
	req := plan.Request{
		Image: plan.Image{Name: "radiology", Version: "1.2.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z",
			Class: plan.Class{Type: "WM", Groups: []int{1, 0}}, Management: plan.Management{Path: "winrm_https", From: []string{"10.2.0.0/16", "10.1.0.0/16"}}},
		Base:     plan.Base{Name: "ltsc-2021", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Channel: "LTSC", Languages: []string{"sv-SE", "en-US"}}},
		Settings: settings,
	}
	seen := make(map[string]bool)
	for _, s := range settings {
		if !seen[s.Module] {
			seen[s.Module] = true
			req.Modules = append(req.Modules, plan.Module{Ref: plan.Ref{Name: s.Module, Version: "1.0.0", Method: "policies"}, Title: plan.Text{EN: s.Module}, DefRange: at("modules/"+s.Module+".hcl", 1)})
		}
	}
	return req
}

func compose(t testing.TB, req plan.Request) *plan.Composed {
	t.Helper()
	c, diags := plan.Compose(req)
	if diags.HasErrors() {
		t.Fatalf("compose: %s", text(diags))
	}
	return c
}

// text is diagnostics as their places, summaries and details.
func text(diags hcl.Diagnostics) string {
	var sb strings.Builder
	for _, d := range diags {
		where := "-"
		if d.Subject != nil {
			where = fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line)
		}
		fmt.Fprintf(&sb, "%s: %s; %s\n", where, d.Summary, d.Detail)
	}
	return sb.String()
}
