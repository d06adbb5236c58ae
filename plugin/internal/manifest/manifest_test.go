package manifest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var digest = strings.Repeat("ab", 32)

// input is a build with one setting of each sort that a manifest tells apart.
func input() manifest.Input {
	set := func(id string, effect plan.Effect, stages ...setting.Stage) plan.Setting {
		return plan.Setting{ID: id, Kind: "registry_value", Severity: setting.High, Effect: effect, Spec: json.RawMessage(`{"name":"A"}`),
			Stages: append([]setting.Stage{}, stages...)}
	}
	evidence := []setting.Fact{{Location: setting.RegistryLocation(`HKLM\SOFTWARE\X`, "A"), Present: true, Value: "dword:1"}}
	finding := func(id string, outcome setting.Outcome, reason string) setting.Finding {
		return setting.Finding{Setting: id, Kind: "registry_value", Severity: setting.High, Outcome: outcome, Expected: "dword:1",
			Observed: "dword:1", Before: "absent", Reason: reason, Evidence: evidence}
	}
	base := setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}
	return manifest.Input{
		Plan: &plan.Plan{
			Schema: plan.Schema, EngineFormat: plan.EngineFormat,
			Image: plan.Image{Name: "viewer", Version: "1.2.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z",
				Class: plan.Class{Type: "WM", Groups: []int{0, 1}}, Management: plan.Management{Path: "local"}},
			Base: plan.Base{Name: "ltsc-2021", Base: base}, Modules: []plan.Ref{}, Products: []plan.ProductRef{},
			Settings: []plan.Setting{
				set("m/a", plan.EffectSet, setting.StageImage), set("m/b", plan.EffectSkip),
				set("m/c", plan.EffectSet, setting.StageFirstBoot),
			},
			Ops: []plan.StagedOp{},
		},
		BaseFile: manifest.File{Name: "install.wim", SHA256: digest, Size: 1 << 33}, BaseIndex: 2,
		BaseFacts: manifest.BaseFacts{ProductName: "Windows 10 IoT Enterprise LTSC", EditionID: "IoTEnterpriseS", Build: "19044.1288",
			Arch: "amd64", InstallLanguage: "sv-SE", Languages: []string{"sv-SE", "en-US"}, StandIn: true},
		Outputs: []manifest.File{{Name: "image.wim", SHA256: digest, Size: 1 << 33}},
		Changes: []manifest.Change{
			{Path: `\Windows\System32\config\SOFTWARE`, Action: "replaced", SHA256: digest, Size: 7}, {Path: `\Windows\a`, Action: "deleted"},
		},
		Exceptions: []manifest.Exception{{Setting: "m/b", Effect: plan.EffectSkip, Reason: "the product needs it", Compensating: "firewall",
			Owner: "MT", ApprovedBy: "IT", Expires: "2027-06-30"}},
		Findings: []setting.Finding{
			finding("m/c", setting.Deferred, "settled at stage first-boot"), finding("m/a", setting.Pass, ""),
			finding("m/b", setting.Waived, "not managed"),
		},
	}
}

func TestRoundTrip(t *testing.T) {
	m, err := manifest.New(input())
	if err != nil {
		t.Fatal(err)
	}
	data, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := manifest.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, again); diff != "" {
		t.Errorf("after parsing (-made +parsed):\n%s", diff)
	}
	if again.Platform != manifest.PlatformLab || again.ValidatedOnWindows || !strings.Contains(again.Statement.EN, "stand-in") {
		t.Errorf("platform %q, validated %v, %q: a stand-in must say so", again.Platform, again.ValidatedOnWindows, again.Statement.EN)
	}
	if d, err := again.Digest(); err != nil || d != canonical.Digest(data) {
		t.Errorf("digest %s, %v; want that of the bytes", d, err)
	}
	shuffled := input()
	shuffled.Findings[0], shuffled.Findings[2] = shuffled.Findings[2], shuffled.Findings[0]
	shuffled.Changes[0], shuffled.Changes[1] = shuffled.Changes[1], shuffled.Changes[0]
	shuffled.BaseFacts.Languages = []string{"en-US", "sv-SE"}
	other, err := manifest.New(shuffled)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := other.Bytes(); !bytes.Equal(b, data) {
		t.Error("the order of the input changes the bytes")
	}
}

func TestRealBaseIsNotLab(t *testing.T) {
	in := input()
	in.BaseFacts.StandIn = false
	m, err := manifest.New(in)
	if err != nil {
		t.Fatal(err)
	}
	if m.Platform != manifest.PlatformOffline || m.ValidatedOnWindows || !strings.Contains(m.Statement.EN, "not booted") {
		t.Errorf("platform %q, validated %v, %q", m.Platform, m.ValidatedOnWindows, m.Statement.EN)
	}
}

// TestContradictions makes one canonical, well-formed change each to a good manifest.
func TestContradictions(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(m *manifest.Manifest)
		want   string
	}{
		"plan changed":    {func(m *manifest.Manifest) { m.Plan.Settings[0].Spec = json.RawMessage(`{"name":"B"}`) }, "recipe_digest"},
		"recipe digest":   {func(m *manifest.Manifest) { m.RecipeDigest = digest }, "recipe_digest"},
		"engine format":   {func(m *manifest.Manifest) { m.EngineFormat++ }, "engine_format"},
		"version":         {func(m *manifest.Manifest) { m.Image.Version = "1.3.0" }, "image"},
		"class":           {func(m *manifest.Manifest) { m.Class.Type = "W" }, "class"},
		"management":      {func(m *manifest.Manifest) { m.Management.Path = "none" }, "management"},
		"stamp":           {func(m *manifest.Manifest) { m.Stamp.RecipeDigest = digest }, "stamp"},
		"base edition":    {func(m *manifest.Manifest) { m.Base.Observed.EditionID = "EnterpriseS" }, "EnterpriseS"},
		"base language":   {func(m *manifest.Manifest) { m.Base.Observed.InstallLanguage = "de-DE" }, "installed in"},
		"base digest":     {func(m *manifest.Manifest) { m.Base.File.SHA256 = "AB" }, "base.file"},
		"base index":      {func(m *manifest.Manifest) { m.Base.Index = 0 }, "base.index"},
		"platform":        {func(m *manifest.Manifest) { m.Platform = manifest.PlatformOffline }, "platform"},
		"stand-in denied": {func(m *manifest.Manifest) { m.Base.Observed.StandIn = false }, "platform"},
		"validated":       {func(m *manifest.Manifest) { m.ValidatedOnWindows = true }, "validated_on_windows"},
		"statement":       {func(m *manifest.Manifest) { m.Statement.EN = "Works on Windows." }, "statement"},
		"identity":        {func(m *manifest.Manifest) { m.Identity = "state" }, "identity"},
		"no outputs":      {func(m *manifest.Manifest) { m.Outputs = m.Outputs[:0] }, "outputs"},
		"outputs twice":   {func(m *manifest.Manifest) { m.Outputs = append(m.Outputs, m.Outputs[0]) }, "twice or out of order"},
		"conflict of nothing": {func(m *manifest.Manifest) {
			m.Conflicts = []manifest.Conflict{{Row: "row", Level: "WARN", Reason: "because", Settings: []string{"m/x"}}}
		}, "was not judged"},
		"negative size":          {func(m *manifest.Manifest) { m.Outputs[0].Size = -1 }, "impossible size"},
		"change action":          {func(m *manifest.Manifest) { m.Changes[0].Action = "moved" }, "moved"},
		"deleted with digest":    {func(m *manifest.Manifest) { m.Changes[1].SHA256 = digest }, "deleted"},
		"change order":           {func(m *manifest.Manifest) { m.Changes[0], m.Changes[1] = m.Changes[1], m.Changes[0] }, "out of order"},
		"exception missing":      {func(m *manifest.Manifest) { m.Exceptions = m.Exceptions[:0] }, "m/b"},
		"exception unknown":      {func(m *manifest.Manifest) { m.Exceptions[0].Setting = "m/a" }, "m/a"},
		"exception, no owner":    {func(m *manifest.Manifest) { m.Exceptions[0].Owner = " " }, "no owner"},
		"exception, no reason":   {func(m *manifest.Manifest) { m.Exceptions[0].Reason = "" }, "no reason"},
		"exception, no approver": {func(m *manifest.Manifest) { m.Exceptions[0].ApprovedBy = "" }, "no approved_by"},
		"exception, no control":  {func(m *manifest.Manifest) { m.Exceptions[0].Compensating = "" }, "no compensating"},
		"exception, for ever":    {func(m *manifest.Manifest) { m.Exceptions[0].Expires = "" }, "no date"},
		"exception, no such day": {func(m *manifest.Manifest) { m.Exceptions[0].Expires = "2027-02-30" }, "2027-02-30"},
		"exception effect":       {func(m *manifest.Manifest) { m.Exceptions[0].Effect = plan.EffectValue }, "effect"},
		"finding missing":        {func(m *manifest.Manifest) { m.Findings = m.Findings[:2] }, "m/c has no finding"},
		"finding unknown":        {func(m *manifest.Manifest) { m.Findings[2].Setting = "m/d" }, "m/d"},
		"finding twice":          {func(m *manifest.Manifest) { m.Findings[1] = m.Findings[0] }, "twice"},
		"finding severity":       {func(m *manifest.Manifest) { m.Findings[0].Severity = setting.Low }, "severity"},
		"finding outcome":        {func(m *manifest.Manifest) { m.Findings[0].Outcome = "ok" }, `"ok"`},
		"pass without evidence":  {func(m *manifest.Manifest) { m.Findings[0].Evidence = nil }, "evidence"},
		"skipped setting passes": {func(m *manifest.Manifest) { m.Findings[1].Outcome = setting.Pass }, "effect"},
		"waived, no exception":   {func(m *manifest.Manifest) { m.Findings[0].Outcome, m.Findings[0].Reason = setting.Waived, "r" }, "no exception"},
		"deferred, no stage":     {func(m *manifest.Manifest) { m.Findings[0].Outcome, m.Findings[0].Reason = setting.Deferred, "r" }, "no later stage"},
		"fail without reason":    {func(m *manifest.Manifest) { m.Findings[0].Outcome = setting.Fail }, "no reason"},
		"fail counted as pass":   {func(m *manifest.Manifest) { m.Findings[0].Outcome, m.Findings[0].Reason = setting.Fail, "r" }, "summary"},
		"summary":                {func(m *manifest.Manifest) { m.Summary.Outcomes[setting.Pass]++ }, "summary"},
		"schema":                 {func(m *manifest.Manifest) { m.Schema = "wmclient/manifest/2" }, "wmclient/manifest/2"},
		"plan schema":            {func(m *manifest.Manifest) { m.Plan.Schema = "wmclient/plan/2" }, "wmclient/plan/2"},
		"plan with a damaged op": {func(m *manifest.Manifest) { m.Plan.Ops = []plan.StagedOp{{Settings: []string{"m/a"}}} }, "op 0"},
		"no plan":                {func(m *manifest.Manifest) { m.Plan = nil }, "no plan"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := manifest.New(input())
			if err != nil {
				t.Fatal(err)
			}
			tc.change(m)
			data, err := m.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := manifest.Parse(data); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestBytesRefused(t *testing.T) {
	m, err := manifest.New(input())
	if err != nil {
		t.Fatal(err)
	}
	good, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, with string) string {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("the manifest lacks %s", old)
		}
		return strings.Replace(string(good), old, with, 1)
	}
	for name, data := range map[string]string{
		"newline behind": string(good) + "\n",
		"second value":   string(good) + string(good),
		"unknown field":  replace(`"identity":`, `"hostname":"x","identity":`),
		"other case":     replace(`"stand_in":`, `"stand_In":`),
		"space":          replace(`"identity":`, `"identity": `),
		"name twice":     replace(`"identity":"bytes",`, `"identity":"bytes","identity":"bytes",`),
		"empty evidence": replace(`"before":"absent",`, `"before":"",`),
		"truncated":      string(good[:len(good)-1]),
		"empty":          "",
		"a list":         "[]",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := manifest.Parse([]byte(data)); err == nil {
				t.Error("was taken")
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	in := input()
	in.Plan = nil
	if _, err := manifest.New(in); err == nil {
		t.Error("made a manifest without a plan")
	}
	in = input()
	in.Findings = in.Findings[1:]
	if _, err := manifest.New(in); err == nil || !strings.Contains(err.Error(), "m/c has no finding") {
		t.Errorf("got %v: a setting without a finding must be named", err)
	}
}

// registry is a registry of texts under the stamp's key.
type registry map[string]setting.RegistryValue

func (r registry) RegistryKey(string) error { return nil }
func (r registry) RegistryValue(key, name string) (setting.RegistryValue, error) {
	v, ok := r[key+"!"+name]
	if !ok {
		return v, fmt.Errorf("%s: %w", name, setting.ErrAbsent)
	}
	return v, nil
}

func TestStamp(t *testing.T) {
	p := input().Plan
	want := manifest.StampOf(p, digest)
	if want.Class != "WM 0,1" {
		t.Errorf("class is stamped as %q", want.Class)
	}
	r := registry{}
	for _, o := range want.Ops() {
		v := setting.SZ("")
		if _, err := fmt.Sscanf(o.Op.Data, "%x", &v.Data); err != nil {
			t.Fatal(err)
		}
		r[o.Op.Key+"!"+o.Op.Name] = v
	}
	if got, err := manifest.ReadStamp(r); err != nil || got != want {
		t.Errorf("read back %+v, %v; want %+v", got, err, want)
	}
	r[manifest.StampKey+"!Version"] = setting.DWord(1)
	if _, err := manifest.ReadStamp(r); err == nil || !strings.Contains(err.Error(), "Version") {
		t.Errorf("a version that is no text: %v", err)
	}
	delete(r, manifest.StampKey+"!Name")
	if _, err := manifest.ReadStamp(r); err == nil {
		t.Error("a stamp without a name was read")
	}
}

func TestBuildRecord(t *testing.T) {
	r := manifest.BuildRecord{ManifestDigest: digest, Started: "2026-11-22T17:00:00Z", Tool: manifest.Tool{Name: "wmclient", Version: "1.0.0"}}
	data, err := r.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := manifest.ParseBuildRecord(data)
	if err != nil || got.Schema != manifest.RecordSchema || got.ManifestDigest != digest || got.Tool != r.Tool {
		t.Errorf("read back %+v, %v", got, err)
	}
	for _, bad := range []string{`{"schema":"wmclient/build-record/2"}`, `{"schema":"wmclient/build-record/1","x":1}`, `{}`, string(data) + "1"} {
		if _, err := manifest.ParseBuildRecord([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	m, err := manifest.New(input())
	if err != nil {
		f.Fatal(err)
	}
	good, err := m.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, level := range []string{"BLOCK", "WARN", "NONE"} {
		m.Conflicts = append(m.Conflicts, manifest.Conflict{Row: "row", Level: level, Reason: "because", Settings: []string{m.Findings[0].Setting, "x"},
			Accepted: &manifest.Acceptance{Reason: "because", Compensating: "c", Owner: "o", ApprovedBy: "a", Expires: "2027-06-30"}})
		conflict, err := m.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(conflict)
	}
	for _, b := range hostile.JSON(good) {
		f.Add(b)
	}
	f.Add([]byte(`{"schema":"wmclient/manifest/1","plan":{"schema":"wmclient/plan/1"}}`))
	f.Add([]byte(`{"schema":"wmclient/plan/1"}`))
	f.Add([]byte(`{"schema":"wmclient/manifest/1","release":1}`))
	f.Add(append(bytes.Clone(good), '1'))
	with, err := manifest.New(carrying())
	if err != nil {
		f.Fatal(err)
	}
	agent, err := with.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(agent)
	for _, change := range [][2]string{{`"version":"1.0.0"`, `"version":""`}, {`"size":4096`, `"size":4097`}, {`"size":4096`, `"size":-1`}, {`"first_boot":{"keep":true},`, ``}} {
		f.Add([]byte(strings.Replace(string(agent), change[0], change[1], 1)))
	}
	f.Add(bytes.Replace(good, []byte(`"pass"`), []byte(`"fail"`), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		hostile.Bounded(t, len(data), 64, 1<<20, func() { _, _ = manifest.Parse(data) })
		m, err := manifest.Parse(data)
		if err != nil {
			return
		}
		again, err := m.Bytes()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("a manifest that was taken gives other bytes: %v", err)
		}
		if d, err := manifest.RecipeDigest(m.Plan); err != nil || d != m.RecipeDigest || len(m.Findings) != len(m.Plan.Settings) {
			t.Fatalf("a manifest that contradicts itself was taken: %s, %v", d, err)
		}
	})
}
