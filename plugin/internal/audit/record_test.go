package audit_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

func record(t testing.TB, state audit.State) *audit.Record {
	t.Helper()
	r := &audit.Record{Name: "pc", Way: audit.WayWinRM, Started: "2027-01-01T00:00:00Z", Ended: "2027-01-01T00:00:01Z", State: state, Attempts: 1}
	switch state {
	case audit.OK, audit.Drift:
		r.RecipeDigest, r.ManifestDigest = strings.Repeat("ab", 32), strings.Repeat("cd", 32)
		r.Findings = []setting.Finding{{Setting: "m/a", Kind: "k", Severity: setting.High, Outcome: setting.Pass, Evidence: []setting.Fact{}}}
		if state == audit.Drift {
			r.Findings[0].Outcome, r.Findings[0].Reason = setting.Fail, "x"
			r.Differences = []audit.Difference{{Class: audit.ClassImage, Name: "m/a", Severity: setting.High, Expected: "1", Observed: "2"}}
		}
		var err error
		if r.Summary, err = validate.Summarize(r.Findings); err != nil {
			t.Fatal(err)
		}
	default:
		r.Reason, r.What = "port closed", "nobody listens"
	}
	return r
}

func TestRecord(t *testing.T) {
	for _, state := range []audit.State{audit.OK, audit.Drift, audit.Unreachable, audit.UnknownImage, audit.Error} {
		raw, err := record(t, state).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		got, digest, err := audit.ReadRecord(raw)
		if err != nil || got.State != state || digest != canonical.Digest(raw) || got.ValidatedOnWindows || !strings.Contains(got.Statement, "real Windows") {
			t.Errorf("%s: %+v, %v", state, got, err)
		}
		for _, bad := range []string{
			strings.Replace(string(raw), `"state":"`+string(state)+`"`, `"state":"fine"`, 1), strings.Replace(string(raw), audit.RecordSchema, "wmclient/audit-record/2", 1),
			strings.Replace(string(raw), `"way":`, `"wax":`, 1), strings.Replace(string(raw), `,"way"`, `, "way"`, 1), string(raw) + " ", string(raw[:len(raw)-1]), "",
		} {
			if _, _, err := audit.ReadRecord([]byte(bad)); err == nil {
				t.Errorf("%s: %.60q... was read", state, bad)
			}
		}
	}
}

// TestContradictions changes one thing that follows from another.
func TestContradictions(t *testing.T) {
	for name, change := range map[string]func(r *audit.Record){
		"drift without a difference": func(r *audit.Record) { r.Differences = nil },
		"ok with a difference":       func(r *audit.Record) { r.State = audit.OK },
		"without a manifest":         func(r *audit.Record) { r.ManifestDigest = "" },
		"without a recipe":           func(r *audit.Record) { r.RecipeDigest, r.Way = "", audit.WayLocal },
		"counts":                     func(r *audit.Record) { r.Findings = append(r.Findings, r.Findings[0]) },
		"ok with nothing": func(r *audit.Record) {
			r.State, r.Differences, r.Findings = audit.OK, nil, nil
			r.Summary, _ = validate.Summarize(nil)
		},
		"ok with a gap": func(r *audit.Record) {
			r.State, r.Differences, r.Gaps = audit.OK, nil, []audit.Gap{{Name: "x", Outcome: setting.Error}}
		},
	} {
		r := record(t, audit.Drift)
		change(r)
		raw, err := r.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := audit.ReadRecord(raw); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}

func TestExpired(t *testing.T) {
	img := &audit.Image{Manifest: &manifest.Manifest{
		Exceptions: []manifest.Exception{{Setting: "m/a", Expires: "2027-06-30"}}, Plan: &plan.Plan{Settings: []plan.Setting{{ID: "m/b", Until: "2027-05-31"}, {ID: "m/c"}}},
	}}
	for at, want := range map[string][]string{
		"2027-05-31T23:59:59Z": nil, "2027-06-01T00:00:00Z": {"the setting m/b was agreed on until 2027-05-31"},
		"2027-07-01T00:00:00Z": {"the exception for m/a expired on 2027-06-30", "the setting m/b was agreed on until 2027-05-31"},
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, img.Expired(now)); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
	}
}

// TestUnseenIsNoPass judges a machine on which nothing can be seen but its stamp.
func TestUnseenIsNoPass(t *testing.T) {
	table, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat, Image: plan.Image{Name: "v", Version: "1.0.0", Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: "none"}},
		Base:     plan.Base{Name: "b", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}},
		Settings: []plan.Setting{{ID: "m/r", Kind: "user_right", Severity: setting.High, Effect: plan.EffectSet, Spec: json.RawMessage(`{"right":"SeDebugPrivilege","sids":["S-1-5-32-544"]}`), Stages: []setting.Stage{}}},
	}
	img, err := audit.ImageOfPlan(p, "", table)
	if err != nil {
		t.Fatal(err)
	}
	w := fake.New()
	s := img.Manifest.Stamp
	for name, text := range map[string]string{"Name": s.Name, "Version": s.Version, "RecipeDigest": s.RecipeDigest, "Class": s.Class, "Management": s.Management} {
		w.SetValue(manifest.StampKey, name, setting.SZ(text))
	}
	res, err := audit.Judge(t.Context(), img, blind{w}, audit.Facts{}, nil)
	if err != nil || res.State != audit.Unobservable || len(res.Gaps) == 0 || res.Drifted() {
		t.Errorf("got %+v, %v", res, err)
	}
	names := map[string]bool{}
	for _, g := range res.Gaps {
		names[g.Name] = true
	}
	for _, want := range []string{"m/r", "drivers", "windows/build"} {
		if !names[want] {
			t.Errorf("nobody tells of %s: %+v", want, res.Gaps)
		}
	}
	w.SetValue(manifest.StampKey, "RecipeDigest", setting.SZ("other"))
	if _, err := audit.Judge(t.Context(), img, blind{w}, audit.Facts{}, nil); err == nil {
		t.Error("another image's client was judged")
	}
}

// blind shows its registry and nothing else.
type blind struct{ w *fake.Windows }

func (b blind) Describe() string { return "blind" }
func (b blind) RegistryValue(key, name string) (setting.RegistryValue, error) {
	return b.w.RegistryValue(key, name)
}
func (b blind) RegistryKey(key string) error                    { return b.w.RegistryKey(key) }
func (b blind) RegistryKeys(key string) ([]string, error)       { return b.w.RegistryKeys(key) }
func (b blind) RegistryValueNames(key string) ([]string, error) { return b.w.RegistryValueNames(key) }

// FuzzReadRecord holds what is read of a record against its bytes.
func FuzzReadRecord(f *testing.F) {
	for _, state := range []audit.State{audit.OK, audit.Drift, audit.Unreachable} {
		raw, err := record(f, state).Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, _, err := audit.ReadRecord(raw)
		if err != nil {
			return
		}
		if again, err := r.Bytes(); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%q became %q, %v", raw, again, err)
		}
	})
}
