package validate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

const key = `HKLM\SOFTWARE\X`

// one is a kind that wants one registry value; Answer makes Judge say something of its own.
type one struct {
	Name   string          `json:"name"`
	Want   uint32          `json:"want"`
	Answer setting.Outcome `json:"answer,omitempty"`
	Blind  bool            `json:"blind,omitempty"` // passes without looking
}

func (o *one) Check() hcl.Diagnostics {
	if o.Name == "" {
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "No name"}}
	}
	return nil
}
func (o *one) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: setting.RegistryLocation(key, o.Name), Value: setting.DWord(o.Want).Text()}}
}
func (o *one) Ops(setting.Base) []setting.Op { return nil }

func (o *one) Observe(r setting.Reader) (setting.Observed, error) {
	if o.Blind {
		return setting.Observed{}, nil
	}
	reg, err := setting.AsRegistry(r)
	if err != nil {
		return setting.Observed{}, err
	}
	f, err := setting.ObserveRegistry(reg, key, o.Name)
	return setting.Observed{Facts: []setting.Fact{f}}, err
}

func (o *one) Judge(seen setting.Observed) setting.Verdict {
	want := setting.Fact{Location: setting.RegistryLocation(key, o.Name), Present: true, Value: setting.DWord(o.Want).Text()}
	switch {
	case o.Blind:
		return setting.Verdict{Outcome: setting.Pass}
	case o.Answer != "":
		return setting.Verdict{Outcome: o.Answer, Expected: "x", Observed: "y"}
	}
	return setting.JudgeFacts([]setting.Fact{want}, seen)
}

// machine holds DWORDs of one key.
type machine map[string]uint32

func (m machine) Describe() string         { return "machine" }
func (m machine) RegistryKey(string) error { return nil }
func (m machine) RegistryValue(_, name string) (setting.RegistryValue, error) {
	if name == "broken" {
		return setting.RegistryValue{}, errors.New("read hive SOFTWARE: dirty")
	}
	n, ok := m[name]
	if !ok {
		return setting.RegistryValue{}, fmt.Errorf("%s!%s: %w", key, name, setting.ErrAbsent)
	}
	return setting.DWord(n), nil
}

type blindMachine struct{}

func (blindMachine) Describe() string { return "blind machine" }

func table(t *testing.T) setting.Table {
	t.Helper()
	tab, err := setting.NewTable(setting.Kind{Name: "one", New: func() setting.Spec { return new(one) }})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func planned(t *testing.T, id string, spec one, effect plan.Effect, stages ...setting.Stage) plan.Setting {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) == 0 {
		stages = []setting.Stage{setting.StageImage}
	}
	return plan.Setting{ID: id, Kind: "one", Severity: setting.High, Effect: effect, Spec: raw, Stages: stages}
}

func TestJudge(t *testing.T) {
	const set, value, skip = plan.EffectSet, plan.EffectValue, plan.EffectSkip
	full := machine{"a": 1}
	boot, seal := setting.StageFirstBoot, setting.StageSeal
	for name, tc := range map[string]struct {
		spec   one
		effect plan.Effect
		stages []setting.Stage
		reader setting.Reader
		done   setting.Stage
		want   setting.Outcome
		reason string // part of it
	}{
		"as wanted":                     {one{Name: "a", Want: 1}, set, nil, full, "", setting.Pass, ""},
		"other value":                   {one{Name: "a", Want: 2}, set, nil, full, "", setting.Fail, "is dword:1"},
		"absent":                        {one{Name: "b", Want: 2}, set, nil, full, "", setting.Fail, "absent"},
		"not observable":                {one{Name: "a", Want: 1}, set, nil, blindMachine{}, "", setting.Unobservable, "blind machine"},
		"not observable, later stage":   {one{Name: "a", Want: 1}, set, []setting.Stage{boot}, blindMachine{}, "", setting.Deferred, "first-boot"},
		"not observable, stage is over": {one{Name: "a", Want: 1}, set, []setting.Stage{boot}, blindMachine{}, boot, setting.Unobservable, ""},
		"fails, later stage":            {one{Name: "a", Want: 2}, set, []setting.Stage{"image", seal}, full, "", setting.Deferred, "seal"},
		"fails, stage is over":          {one{Name: "a", Want: 2}, set, []setting.Stage{"image", boot}, full, seal, setting.Fail, ""},
		"passes before its stage":       {one{Name: "a", Want: 1}, set, []setting.Stage{boot}, full, "", setting.Pass, ""},
		"error before its stage":        {one{Name: "broken", Want: 1}, set, []setting.Stage{boot}, full, "", setting.Error, "dirty"},
		"error":                         {one{Name: "broken", Want: 1}, set, nil, full, "", setting.Error, "dirty"},
		"skipped, other value":          {one{Name: "a", Want: 2}, skip, nil, full, "", setting.Waived, "is dword:1"},
		"skipped, as wanted":            {one{Name: "a", Want: 1}, skip, nil, full, "", setting.Waived, "as the module wants"},
		"skipped, not observable":       {one{Name: "a", Want: 1}, skip, nil, blindMachine{}, "", setting.Waived, "not observable"},
		"skipped, error":                {one{Name: "broken", Want: 1}, skip, nil, full, "", setting.Error, "dirty"},
		"excepted value is there":       {one{Name: "a", Want: 1}, value, nil, full, "", setting.Waived, "exception"},
		"excepted value is not there":   {one{Name: "a", Want: 2}, value, nil, full, "", setting.Fail, "is dword:1"},
		"passes blindly":                {one{Name: "a", Blind: true}, set, nil, full, "", setting.Error, "observed nothing"},
		"passes blindly, skipped":       {one{Name: "a", Blind: true}, skip, nil, full, "", setting.Error, "observed nothing"},
		"kind answers waived":           {one{Name: "a", Answer: setting.Waived}, set, nil, full, "", setting.Error, `"waived"`},
		"kind answers deferred":         {one{Name: "a", Answer: setting.Deferred}, set, nil, full, "", setting.Error, `"deferred"`},
		"kind answers nonsense":         {one{Name: "a", Answer: "passed"}, set, nil, full, "", setting.Error, `"passed"`},
		"not applicable":                {one{Name: "a", Answer: setting.NotApplicable}, set, nil, full, "", setting.NotApplicable, "expected x"},
		"not applicable, later stage":   {one{Name: "a", Answer: setting.NotApplicable}, set, []setting.Stage{boot}, full, "", setting.NotApplicable, "expected x"},
		"kind cannot tell":              {one{Name: "a", Answer: setting.Unobservable}, set, nil, full, "", setting.Unobservable, "expected x"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &plan.Plan{Settings: []plan.Setting{planned(t, "m/s", tc.spec, tc.effect, tc.stages...)}}
			done := tc.done
			if done == "" {
				done = setting.StageImage
			}
			got, err := validate.Run(t.Context(), p, table(t), tc.reader, validate.Options{Stage: done})
			if err != nil || len(got) != 1 {
				t.Fatalf("%v, %d findings", err, len(got))
			}
			collected, err := validate.Collect(t.Context(), p, table(t), tc.reader)
			if err != nil {
				t.Fatal(err)
			}
			there, err := validate.JudgeCollected(p, table(t), through(t, collected), validate.Options{Stage: done})
			if diff := cmp.Diff(got, there); diff != "" || err != nil {
				t.Errorf("judged elsewhere (-here +there): %v\n%s", err, diff)
			}
			f := got[0]
			if f.Outcome != tc.want || !strings.Contains(f.Reason, tc.reason) || (f.Reason == "") != (tc.want == setting.Pass) {
				t.Errorf("outcome %s, reason %q; want %s, reason with %q", f.Outcome, f.Reason, tc.want, tc.reason)
			}
			if f.Reason != "" && tc.reason != "dirty" && validate.Swedish(f.Reason) == f.Reason {
				t.Errorf("stays English in Swedish reports: %s", f.Reason)
			}
			if tc.spec.Answer == "" && !tc.spec.Blind && f.Expected != setting.DWord(tc.spec.Want).Text() {
				t.Errorf("expected is %q whatever was observed, want %s", f.Expected, setting.DWord(tc.spec.Want).Text())
			}
		})
	}
}

func TestFindingsWithBefore(t *testing.T) {
	p := &plan.Plan{Settings: []plan.Setting{
		planned(t, "m/z", one{Name: "z", Want: 1}, plan.EffectSet),
		planned(t, "m/a", one{Name: "a", Want: 1}, plan.EffectSet),
		planned(t, "m/broken", one{Name: "broken", Want: 1}, plan.EffectSet),
	}}
	before, err := validate.ObserveAll(t.Context(), p, table(t), machine{"a": 7})
	if err != nil {
		t.Fatal(err)
	}
	got, err := validate.Run(t.Context(), p, table(t), machine{"a": 1, "z": 1}, validate.Options{Stage: setting.StageImage, Before: before})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range got {
		lines = append(lines, fmt.Sprintf("%s %s %s before %s", f.Setting, f.Severity, f.Outcome, f.Before))
	}
	want := []string{
		"m/a high pass before dword:7",
		`m/broken high error before unknown: observe reg:HKLM\SOFTWARE\X!broken: read hive SOFTWARE: dirty`,
		"m/z high pass before absent",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if len(got[0].Evidence) != 1 || got[0].Evidence[0].Value != "dword:1" {
		t.Errorf("evidence %+v", got[0].Evidence)
	}
	blind, err := validate.ObserveAll(t.Context(), p, table(t), blindMachine{})
	if err != nil || blind["m/a"].Text != "unobservable" {
		t.Errorf("blind observation %+v, %v", blind["m/a"], err)
	}
}

func TestPlanRefused(t *testing.T) {
	good := planned(t, "m/s", one{Name: "a"}, plan.EffectSet)
	change := func(f func(*plan.Setting)) []plan.Setting {
		s := good
		f(&s)
		return []plan.Setting{s}
	}
	for name, tc := range map[string]struct {
		settings []plan.Setting
		stage    setting.Stage
		want     string
	}{
		"unknown kind":   {change(func(s *plan.Setting) { s.Kind = "two" }), "image", `unknown kind "two"`},
		"unknown field":  {change(func(s *plan.Setting) { s.Spec = json.RawMessage(`{"name":"a","new":1}`) }), "image", "m/s"},
		"bad meaning":    {change(func(s *plan.Setting) { s.Spec = json.RawMessage(`{}`) }), "image", "No name"},
		"unknown effect": {change(func(s *plan.Setting) { s.Effect = "maybe" }), "image", `"maybe"`},
		"unknown stage":  {change(func(s *plan.Setting) { s.Stages = []setting.Stage{"later"} }), "image", `"later"`},
		"twice":          {[]plan.Setting{good, good}, "image", "twice"},
		"target's stage": {[]plan.Setting{good}, "later", `"later"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := validate.Run(t.Context(), &plan.Plan{Settings: tc.settings}, table(t), machine{}, validate.Options{Stage: tc.stage})
			if err == nil || got != nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, %v; want an error with %q", got, err, tc.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := &plan.Plan{Settings: []plan.Setting{good}}
	if _, err := validate.Run(ctx, p, table(t), machine{}, validate.Options{Stage: "image"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled run: %v", err)
	}
	if _, err := validate.ObserveAll(ctx, p, table(t), machine{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled observation: %v", err)
	}
}

func TestSummary(t *testing.T) {
	of := func(outcomes ...setting.Outcome) validate.Summary {
		var findings []setting.Finding
		for _, o := range outcomes {
			findings = append(findings, setting.Finding{Outcome: o, Severity: setting.High})
		}
		s, err := validate.Summarize(findings)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := of(setting.Pass, setting.Pass, setting.Deferred)
	if s.Total != 3 || s.Outcomes[setting.Pass] != 2 || s.Severities[setting.High][setting.Deferred] != 1 || len(s.Severities[setting.Low]) != 7 {
		t.Errorf("summary %+v", s)
	}
	for _, tc := range []struct {
		outcomes      []setting.Outcome
		strict, loose bool
	}{
		{[]setting.Outcome{setting.Pass, setting.Waived, setting.Deferred, setting.NotApplicable}, false, false},
		{[]setting.Outcome{setting.Pass, setting.Fail}, true, true},
		{[]setting.Outcome{setting.Pass, setting.Error}, true, true},
		{[]setting.Outcome{setting.Pass, setting.Unobservable}, true, false},
		{nil, true, true},
	} {
		s := of(tc.outcomes...)
		if strict, loose := validate.Failed(s, validate.Gate{}), validate.Failed(s, validate.Gate{AllowUnobservable: true}); strict != tc.strict ||
			loose != tc.loose {
			t.Errorf("%v fails: %v, %v; want %v, %v", tc.outcomes, strict, loose, tc.strict, tc.loose)
		}
	}
	for _, f := range []setting.Finding{{Outcome: "passed", Severity: setting.Low}, {Outcome: setting.Pass, Severity: "urgent"}} {
		if _, err := validate.Summarize([]setting.Finding{f}); err == nil {
			t.Errorf("%+v was counted", f)
		}
	}
}

// A skipped setting whose place another one sets was not left as the base has it, and the finding must not say so.
func TestSkippedButSetByAnother(t *testing.T) {
	p := &plan.Plan{Settings: []plan.Setting{
		planned(t, "m/skipped", one{Name: "a", Want: 2}, plan.EffectSkip), planned(t, "m/alone", one{Name: "b", Want: 2}, plan.EffectSkip),
		planned(t, "n/sets", one{Name: "a", Want: 1}, plan.EffectSet),
	}}
	findings, err := validate.Run(t.Context(), p, table(t), machine{"a": 1}, validate.Options{Stage: setting.StageImage})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"leaves the base's state alone", "but n/sets sets the same place", ""} {
		if f := findings[i]; !strings.Contains(f.Reason, want) || want != "" && f.Outcome != setting.Waived {
			t.Errorf("%s: %s, %s", f.Setting, f.Outcome, f.Reason)
		}
	}
}

// through sends what was collected to another machine.
func through(t *testing.T, collected []validate.Collected) []validate.Collected {
	t.Helper()
	raw, err := json.Marshal(collected)
	if err != nil {
		t.Fatal(err)
	}
	var out []validate.Collected
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestJudgeCollected never makes a pass of what did not come, and refuses what is of something else.
func TestJudgeCollected(t *testing.T) {
	p := &plan.Plan{Settings: []plan.Setting{planned(t, "m/a", one{Name: "a", Want: 1}, plan.EffectSet), planned(t, "m/b", one{Name: "a", Want: 1}, plan.EffectSet)}}
	opts := validate.Options{Stage: setting.StageImage}
	collected, err := validate.Collect(t.Context(), p, table(t), machine{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := validate.JudgeCollected(p, table(t), collected[:1], opts)
	if err != nil || findings[0].Outcome != setting.Pass || findings[1].Outcome != setting.Error || !strings.Contains(findings[1].Reason, "nobody looked") {
		t.Errorf("one is missing: %v, %+v", err, findings)
	}
	both := collected[0]
	both.Error = "and an error"
	if findings, err = validate.JudgeCollected(p, table(t), []validate.Collected{both, collected[1]}, opts); err != nil || findings[0].Outcome != setting.Error {
		t.Errorf("facts and an error: %v, %+v", err, findings)
	}
	for name, bad := range map[string][]validate.Collected{
		"twice":           {collected[0], collected[0], collected[1]},
		"of another plan": append([]validate.Collected{{Setting: "m/z"}}, collected...),
	} {
		if _, err := validate.JudgeCollected(p, table(t), bad, opts); err == nil {
			t.Errorf("%s: it was judged", name)
		}
	}
	if _, err := validate.JudgeCollected(p, table(t), collected, validate.Options{Stage: "x"}); err == nil {
		t.Error("an unknown stage was taken")
	}
}
