package apply_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// recorder is a target with every ability; it writes down what it was asked.
type recorder struct {
	keys  map[string]bool
	calls []string
	fail  string // the call that fails
}

func (r *recorder) Describe() string { return "recorder" }

func (r *recorder) call(format string, args ...any) (bool, error) {
	c := fmt.Sprintf(format, args...)
	if c == r.fail {
		return false, errors.New("disk full")
	}
	if slices.Contains(r.calls, c) {
		return false, nil
	}
	r.calls = append(r.calls, c)
	return true, nil
}

func (r *recorder) RegistryKey(key string) error {
	if !r.keys[key] {
		return fmt.Errorf("key %s: %w", key, setting.ErrAbsent)
	}
	return nil
}

func (r *recorder) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	return r.call("set %s!%s=%s", key, name, v.Text())
}

func (r *recorder) DeleteRegistryValue(key, name string) (bool, error) {
	return r.call("delete %s!%s", key, name)
}

func (r *recorder) SetPolicyValue(scope setting.PolicyScope, key, name string, v setting.RegistryValue) (bool, error) {
	return r.call("policy %s %s!%s=%s", scope, key, name, v.Text())
}

func (r *recorder) DeletePolicyValue(scope setting.PolicyScope, key, name string) (bool, error) {
	return r.call("policy %s delete %s!%s", scope, key, name)
}

func (r *recorder) PutFile(path string, c apply.Content) (bool, error) {
	b, err := c.Bytes()
	if err != nil {
		return false, err
	}
	return r.call("put %s=%s", path, b)
}

func (r *recorder) DeleteFile(path string) (bool, error) { return r.call("delete %s", path) }

func (r *recorder) SetRightHolders(constant string, sids []string) (bool, error) {
	return r.call("right %s=%v", constant, sids)
}

// bare is a target that can do nothing.
type bare struct{}

func (bare) Describe() string { return "bare" }

func op(o setting.Op) plan.StagedOp {
	if o.Stage == "" {
		o.Stage = setting.StageImage
	}
	return plan.StagedOp{Settings: []string{"m/s"}, Op: o}
}

func regSet(name string) setting.Op {
	return setting.Op{Action: setting.ActionRegistrySet, Key: `HKLM\SOFTWARE\X`, Name: name, Type: setting.TypeDWord, Data: "01000000"}
}

func TestRunEachAction(t *testing.T) {
	content := apply.NewContent([]byte("hello"))
	ops := []plan.StagedOp{
		op(regSet("A")),
		op(setting.Op{Action: setting.ActionRegistryDelete, Key: `HKLM\SOFTWARE\X`, Name: "B"}),
		op(setting.Op{Action: setting.ActionPolicySet, Scope: setting.ScopeMachine, Key: `HKLM\SOFTWARE\P`, Name: "C", Type: setting.TypeSZ,
			Data: "610000" + "00"}),
		op(setting.Op{Action: setting.ActionPolicyDelete, Scope: setting.ScopeUser, Key: `HKCU\SOFTWARE\P`, Name: "D"}),
		op(setting.Op{Action: setting.ActionFilePut, Path: `\Windows\a.txt`, SHA256: content.SHA256, Size: content.Size}),
		op(setting.Op{Action: setting.ActionFileDelete, Path: `\Windows\b.txt`}),
		op(setting.Op{Action: setting.ActionRightSet, Name: "SeShutdownPrivilege", SIDs: []string{"S-1-5-32-544"}}),
		op(setting.Op{Action: setting.ActionRightSet, Name: "SeDebugPrivilege", Stage: setting.StageFirstBoot}),
	}
	r := &recorder{}
	var progress []string
	contents := apply.BytesContents([]byte("hello"))
	report, err := apply.Run(t.Context(), r, ops, setting.StageImage, contents, func(done, total int, o apply.OpReport) {
		progress = append(progress, fmt.Sprintf("%d/%d %s", done, total, o.Result))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`set HKLM\SOFTWARE\X!A=dword:1`, `delete HKLM\SOFTWARE\X!B`, `policy machine HKLM\SOFTWARE\P!C=sz:a`,
		`policy user delete HKCU\SOFTWARE\P!D`, `put \Windows\a.txt=hello`, `delete \Windows\b.txt`,
		`right SeShutdownPrivilege=[S-1-5-32-544]`,
	}
	if diff := cmp.Diff(want, r.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if len(progress) != 7 || progress[6] != "7/7 changed" || report.Count(apply.Changed) != 7 {
		t.Errorf("progress %v, report %+v", progress, report)
	}
	again, err := apply.Run(t.Context(), r, ops, setting.StageImage, contents, nil)
	if err != nil || again.Count(apply.Already) != 7 {
		t.Errorf("second run: %v, %d of 7 already so", err, again.Count(apply.Already))
	}
	later, err := apply.Run(t.Context(), &recorder{}, ops, setting.StageFirstBoot, nil, nil)
	if err != nil || len(later.Ops) != 1 || later.Ops[0].Op.Name != "SeDebugPrivilege" {
		t.Errorf("first-boot ran %+v, %v; want its one op", later.Ops, err)
	}
}

func TestNeedKey(t *testing.T) {
	needs := regSet("Start")
	needs.NeedKey = `HKLM\SYSTEM\CurrentControlSet\Services\Foo`
	optional := needs
	optional.Optional = true
	for name, tc := range map[string]struct {
		op     setting.Op
		keys   map[string]bool
		result apply.Result
		err    []string
	}{
		"there":                {needs, map[string]bool{needs.NeedKey: true}, apply.Changed, nil},
		"missing":              {needs, nil, "", []string{"m/s", needs.NeedKey, "optional = true"}},
		"missing but optional": {optional, nil, apply.Skipped, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{keys: tc.keys}
			report, err := apply.Run(t.Context(), r, []plan.StagedOp{op(tc.op)}, setting.StageImage, nil, nil)
			wantError(t, err, tc.err)
			if tc.err == nil && report.Ops[0].Result != tc.result {
				t.Errorf("result %q, want %q", report.Ops[0].Result, tc.result)
			}
			if wrote := len(r.calls) > 0; wrote != (tc.result == apply.Changed) {
				t.Errorf("wrote = %v with result %q", wrote, tc.result)
			}
		})
	}
}

// TestRefusedBeforeAnyChange puts a good op before a bad one: the good one must not have run.
func TestRefusedBeforeAnyChange(t *testing.T) {
	content := apply.NewContent([]byte("hello"))
	put := setting.Op{Action: setting.ActionFilePut, Path: `\a`, SHA256: content.SHA256, Size: content.Size}
	short, changed := put, put
	short.Size = 6
	changed.SHA256 = strings.Repeat("0", 64)
	badType, badData := regSet("A"), regSet("A")
	badType.Type, badData.Data = "dwrod", "zz"
	optional := regSet("A")
	optional.Optional = true
	anything := func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hello")), nil }
	for name, tc := range map[string]struct {
		bad      setting.Op
		contents apply.Contents
		want     []string
	}{
		"unknown action":           {setting.Op{Action: "format-disk"}, nil, []string{"m/s", "format-disk", "unknown action"}},
		"unknown action elsewhere": {setting.Op{Action: "format-disk", Stage: setting.StageSeal}, nil, []string{"unknown action"}},
		"unknown stage":            {setting.Op{Action: setting.ActionFileDelete, Path: `\a`, Stage: "later"}, nil, []string{"unknown stage", "later"}},
		"unknown type":             {badType, nil, []string{"dwrod"}},
		"data not hex":             {badData, nil, []string{"not hex"}},
		"optional without need":    {optional, nil, []string{"no key that it needs"}},
		"no scope":                 {setting.Op{Action: setting.ActionPolicyDelete, Key: `HKLM\X`}, nil, []string{"scope"}},
		"no contents":              {put, nil, []string{"no source"}},
		"content unknown":          {put, apply.BytesContents(), []string{`file-put \a`, content.SHA256}},
		"wrong size":               {short, anything, []string{"has 5 bytes, not the 6"}},
		"wrong digest":             {changed, anything, []string{content.SHA256, changed.SHA256}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			_, err := apply.Run(t.Context(), r, []plan.StagedOp{op(regSet("Good")), op(tc.bad)}, setting.StageImage, tc.contents, nil)
			wantError(t, err, tc.want)
			if len(r.calls) > 0 {
				t.Errorf("changed the target before refusing: %v", r.calls)
			}
		})
	}
}

func TestMissingAbility(t *testing.T) {
	for _, o := range []setting.Op{
		regSet("A"), {Action: setting.ActionRegistryDelete, Key: "HKLM"}, {Action: setting.ActionPolicySet, Key: "HKLM", Scope: "user"},
		{Action: setting.ActionFilePut, Path: `\a`}, {Action: setting.ActionFileDelete, Path: `\a`}, {Action: setting.ActionRightSet, Name: "SeX"},
	} {
		t.Run(string(o.Action), func(t *testing.T) {
			_, err := apply.Run(t.Context(), bare{}, []plan.StagedOp{op(o)}, setting.StageImage, nil, nil)
			wantError(t, err, []string{"bare cannot change", "m/s"})
		})
	}
}

func TestStopsAtError(t *testing.T) {
	r := &recorder{fail: `set HKLM\SOFTWARE\X!B=dword:1`}
	report, err := apply.Run(t.Context(), r, []plan.StagedOp{op(regSet("A")), op(regSet("B")), op(regSet("C"))}, setting.StageImage, nil, nil)
	wantError(t, err, []string{`HKLM\SOFTWARE\X!B`, "m/s", "disk full"})
	if len(report.Ops) != 1 || len(r.calls) != 1 {
		t.Errorf("report %+v, calls %v: want one op done and none after the failure", report.Ops, r.calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	report, err = apply.Run(ctx, &recorder{}, []plan.StagedOp{op(regSet("A")), op(regSet("B"))}, setting.StageImage, nil,
		func(int, int, apply.OpReport) { cancel() })
	if !errors.Is(err, context.Canceled) || len(report.Ops) != 1 {
		t.Errorf("cancelled run: %v after %d ops", err, len(report.Ops))
	}
}

// TestContentChangesAfterCheck hands out other bytes on the second opening.
func TestContentChangesAfterCheck(t *testing.T) {
	good := apply.NewContent([]byte("hello"))
	opened := 0
	contents := func(string) (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader([]string{"hello", "jello"}[min(opened-1, 1)])), nil
	}
	r := &recorder{}
	put := op(setting.Op{Action: setting.ActionFilePut, Path: `\a`, SHA256: good.SHA256, Size: good.Size})
	_, err := apply.Run(t.Context(), r, []plan.StagedOp{put}, setting.StageImage, contents, nil)
	wantError(t, err, []string{good.SHA256, "the file changed"})
	if len(r.calls) > 0 {
		t.Errorf("wrote changed content: %v", r.calls)
	}
}

func wantError(t *testing.T, err error, parts []string) {
	t.Helper()
	if (err != nil) != (parts != nil) {
		t.Fatalf("error %v, want one with %q", err, parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q lacks %q", err, p)
		}
	}
}

// states has states, and none of what it was not given.
type states struct {
	recorder
	has map[setting.Location]string
	err error
}

func (s *states) State(l setting.Location) (string, error) {
	if v, ok := s.has[l]; ok || s.err != nil {
		return v, s.err
	}
	return "", fmt.Errorf("%s: %w", l, setting.ErrAbsent)
}

func (s *states) SetState(o setting.Op) (bool, error) {
	return s.call("state %s=%s", o.Location, o.Value)
}

// TestOptionalState passes over a state that may be missing and is, and no other.
func TestOptionalState(t *testing.T) {
	task := setting.StateLocation(setting.SchemeTask, `\Maps`)
	o := setting.Op{Action: setting.ActionStateSet, Location: task, Value: "disabled", Optional: true}
	run := func(s *states) (apply.Result, error) {
		report, err := apply.Run(t.Context(), s, []plan.StagedOp{op(o)}, setting.StageImage, nil, nil)
		if err != nil || len(report.Ops) != 1 {
			return "", err
		}
		return report.Ops[0].Result, nil
	}
	if r, err := run(&states{}); r != apply.Skipped || err != nil {
		t.Errorf("missing: %s, %v", r, err)
	}
	if r, err := run(&states{has: map[setting.Location]string{task: "enabled"}}); r != apply.Changed || err != nil {
		t.Errorf("there: %s, %v", r, err)
	}
	for _, fault := range []error{errors.New("busy"), setting.ErrUnobservable} {
		if _, err := run(&states{err: fault}); !errors.Is(err, fault) {
			t.Errorf("%v: got %v", fault, err)
		}
	}
	o.Optional = false
	if r, err := run(&states{}); r != apply.Changed || err != nil {
		t.Errorf("missing, and must not be: %s, %v", r, err)
	}
}
