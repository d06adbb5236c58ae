package kinds_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var base = setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}

func table(t testing.TB) setting.Table {
	t.Helper()
	table, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// decode reads a setting's body as the profile loader does, without calling Check.
func decode(t testing.TB, kind, body string) (setting.Spec, hcl.Diagnostics) {
	t.Helper()
	k, ok := table(t).Lookup(kind)
	if !ok {
		t.Fatalf("no kind %q", kind)
	}
	file, diags := hclsyntax.ParseConfig([]byte(body), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("parse: %v\n%s", diags, body)
	}
	spec := k.New()
	diags = gohcl.DecodeBody(file.Body, nil, spec)
	if e, ok := spec.(setting.Evaluator); ok && !diags.HasErrors() {
		diags = append(diags, e.Evaluate(nil)...)
	}
	return spec, diags
}

// mustDecode is decode for a body without faults.
func mustDecode(t testing.TB, kind, body string) setting.Spec {
	t.Helper()
	spec, diags := decode(t, kind, body)
	if diags = append(diags, spec.Check()...); diags.HasErrors() {
		t.Fatalf("%s: %v\n%s", kind, diags, body)
	}
	return spec
}

// needed makes what a setting's ops rely on: the base would have it.
func needed(w *fake.Windows, ops []setting.Op) *fake.Windows {
	for _, op := range ops {
		if op.NeedKey != "" {
			w.AddKey(op.NeedKey)
		}
	}
	return w
}

func applied(t testing.TB, spec setting.Spec) *fake.Windows {
	t.Helper()
	var contents []setting.Content
	if c, ok := spec.(setting.ContentProvider); ok {
		contents = c.Contents()
	}
	ops := spec.Ops(base)
	w := needed(fake.New(), ops)
	for _, op := range ops {
		if err := w.Apply(op, contents...); err != nil {
			t.Fatal(err)
		}
	}
	if len(ops) == 0 { // a check: it changes nothing, and passes where things stand as it claims
		w.AddKey(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`) // which every Windows has
		for _, c := range spec.Claims(base) {
			w.SetState(c.Location, c.Value)
		}
	}
	return w
}

func outcome(t testing.TB, spec setting.Spec, r setting.Reader) setting.Verdict {
	t.Helper()
	o, err := spec.Observe(r)
	if err != nil {
		t.Fatal(err)
	}
	v := spec.Judge(o)
	if v.Outcome != setting.Pass && v.Reason == "" {
		t.Errorf("%s has no reason", v.Outcome)
	}
	return v
}

func TestEveryKind(t *testing.T) {
	all := kinds.All()
	if !slices.IsSortedFunc(all, func(a, b setting.Kind) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("All is not sorted by name")
	}
	for _, k := range all {
		t.Run(k.Name, func(t *testing.T) {
			spec := mustDecode(t, k.Name, k.Example)
			t.Run("docs", func(t *testing.T) { checkDocs(t, k) })
			t.Run("golden ops", func(t *testing.T) { checkGolden(t, k, spec) })
			t.Run("claims", func(t *testing.T) { checkClaims(t, spec) })
			t.Run("stages", func(t *testing.T) { checkStages(t, k, spec) })
			t.Run("round trip", func(t *testing.T) { checkRoundTrip(t, k, spec) })
			t.Run("judge", func(t *testing.T) { checkJudge(t, spec) })
			t.Run("errors", func(t *testing.T) { checkErrors(t, spec) })
			t.Run("merge", func(t *testing.T) { checkSelfMerge(t, spec) })
			t.Run("compare", func(t *testing.T) {
				if c, ok := spec.(setting.Comparer); ok && c.Compare(spec) != setting.Same {
					t.Error("a setting differs from itself")
				}
			})
		})
	}
}

func checkDocs(t *testing.T, k setting.Kind) {
	schema, _ := gohcl.ImpliedBodySchema(k.New())
	var attributes []string
	for _, a := range schema.Attributes {
		attributes = append(attributes, a.Name)
		if k.Docs[a.Name] == "" {
			t.Errorf("attribute %q is not documented", a.Name)
		}
	}
	for name := range k.Docs {
		if !slices.Contains(attributes, name) {
			t.Errorf("documented attribute %q does not exist", name)
		}
	}
	if !slices.Contains(attributes, k.Principal) {
		t.Errorf("principal attribute %q does not exist", k.Principal)
	}
	if k.Doc == "" || k.Offline != setting.OfflineApplied && k.Offline != setting.OfflineDeferred {
		t.Error("no doc, or unknown offline support")
	}
}

func checkGolden(t *testing.T, k setting.Kind, spec setting.Spec) {
	got, err := json.MarshalIndent(struct {
		Spec   setting.Spec    `json:"spec"`
		Claims []setting.Claim `json:"claims"`
		Ops    []setting.Op    `json:"ops"`
	}{spec, spec.Claims(base), spec.Ops(base)}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", k.Name, "ops.json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update)", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("differs from %s (-update if meant):\n%s", path, d)
	}
}

func checkClaims(t *testing.T, spec setting.Spec) {
	claims := spec.Claims(base)
	if len(claims) == 0 {
		t.Fatal("claims nothing, so it can never collide")
	}
	seen := map[string]bool{}
	for _, c := range claims {
		if seen[c.Location.Canon()] {
			t.Errorf("claims %s twice", c.Location)
		}
		seen[c.Location.Canon()] = true
		if c.Value == "" {
			t.Errorf("claims %s without saying what it wants", c.Location)
		}
	}
	// Everything that is written must be claimed, or another module could write it too.
	for _, op := range spec.Ops(base) {
		if l := opLocation(op); !seen[l.Canon()] {
			t.Errorf("writes %s, which it does not claim", l)
		}
	}
}

func opLocation(op setting.Op) setting.Location {
	switch op.Action {
	case setting.ActionPolicySet, setting.ActionPolicyDelete:
		return setting.PolicyLocation(op.Scope, op.Key, op.Name)
	case setting.ActionFilePut, setting.ActionFileDelete:
		return setting.FileLocation(op.Path)
	case setting.ActionRightSet:
		return setting.RightLocation(op.Name)
	case setting.ActionStateSet, setting.ActionStateDelete:
		return op.Location
	}
	return setting.RegistryLocation(op.Key, op.Name)
}

// checkStages: what is applied offline has no later op; what is deferred has at least one, or is a check that only a running client
// answers. Putting a file into the image for a later stage to use does not make a kind applied.
func checkStages(t *testing.T, k setting.Kind, spec setting.Spec) {
	ops, later := spec.Ops(base), 0
	for _, op := range ops {
		if !slices.Contains(setting.Stages(), op.Stage) {
			t.Errorf("unknown stage %q", op.Stage)
		}
		if op.Stage != setting.StageImage {
			later++
		}
	}
	switch {
	case len(ops) == 0:
	case k.Offline == setting.OfflineApplied && later > 0:
		t.Errorf("%d ops after stage image, but the kind is %q offline", later, k.Offline)
	case k.Offline == setting.OfflineDeferred && later == 0:
		t.Errorf("no op after stage image, but the kind is %q offline", k.Offline)
	}
	if k.Offline == setting.OfflineDeferred {
		if _, err := spec.Observe(applied(t, spec).Offline()); !errors.Is(err, setting.ErrUnobservable) {
			t.Errorf("observing offline gives %v, want one that wraps ErrUnobservable", err)
		}
	}
}

func checkRoundTrip(t *testing.T, k setting.Kind, spec setting.Spec) {
	again := roundTrip(t, k.Name, spec)
	if d := cmp.Diff(spec.Claims(base), again.Claims(base)); d != "" {
		t.Errorf("claims changed:\n%s", d)
	}
	if d := cmp.Diff(spec.Ops(base), again.Ops(base)); d != "" {
		t.Errorf("ops changed:\n%s", d)
	}
	for _, w := range []*fake.Windows{applied(t, spec), fake.New()} {
		if d := cmp.Diff(outcome(t, spec, w), outcome(t, again, w)); d != "" {
			t.Errorf("judgement changed:\n%s", d)
		}
	}
}

func roundTrip(t testing.TB, kind string, spec setting.Spec) setting.Spec {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	again, err := table(t).DecodeJSON(kind, raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	raw2, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if string(raw) != string(raw2) {
		t.Errorf("JSON changed:\n%s\n%s", raw, raw2)
	}
	return again
}

func checkJudge(t *testing.T, spec setting.Spec) {
	good := applied(t, spec)
	if v := outcome(t, spec, good); v.Outcome != setting.Pass || v.Expected == "" || v.Observed == "" {
		t.Errorf("after its own ops: %+v", v)
	}
	empty := setting.Fail
	if _, ok := spec.(setting.Encloser); ok {
		empty = setting.Pass // which holds nothing beside the plan either
	}
	if v := outcome(t, spec, fake.New()); v.Outcome != empty {
		t.Errorf("on an empty machine: %+v", v)
	}
	o, err := spec.Observe(good)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range o.Facts {
		for _, flipped := range []setting.Fact{
			{Location: f.Location},
			{Location: f.Location, Present: true, Value: f.Value + "0"},
			{Location: f.Location, Present: true, Value: "dword:77"},
			{Location: f.Location, Present: true},
		} {
			if flipped == f {
				continue // what is to be absent, and is
			}
			if strings.HasPrefix(string(f.Location), "svc:") && flipped.Present {
				continue // that a service exists is a fact without a value that matters
			}
			facts := slices.Clone(o.Facts)
			facts[i] = flipped
			if v := spec.Judge(setting.Observed{Facts: facts}); v.Outcome != setting.Fail {
				t.Errorf("with %s %q: %+v", f.Location, flipped.String(), v)
			}
		}
		missing := slices.Delete(slices.Clone(o.Facts), i, i+1)
		if v := spec.Judge(setting.Observed{Facts: missing}); v.Outcome != setting.Error {
			t.Errorf("without the fact %s: %+v", f.Location, v)
		}
	}
	if v := spec.Judge(setting.Observed{}); v.Outcome != setting.Error {
		t.Errorf("without any fact: %+v", v)
	}
}

// checkErrors lets each question fail in turn: an error never becomes an observation.
func checkErrors(t *testing.T, spec setting.Spec) {
	broken := errors.New("broken cell")
	var asked []setting.Location
	count := applied(t, spec)
	count.Fail = func(l setting.Location) error { asked = append(asked, l); return nil }
	if _, err := spec.Observe(count); err != nil || len(asked) == 0 {
		t.Fatalf("observed with %d questions, %v", len(asked), err)
	}
	for _, bad := range asked {
		w := applied(t, spec)
		w.Fail = func(l setting.Location) error {
			if l.Same(bad) {
				return broken
			}
			return nil
		}
		if o, err := spec.Observe(w); !errors.Is(err, broken) || len(o.Facts) > 0 {
			t.Errorf("with a fault at %s: %d facts, error %v", bad, len(o.Facts), err)
		}
	}
	if _, err := spec.Observe(blind{}); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("a target that shows nothing gives %v", err)
	}
}

type blind struct{}

func (blind) Describe() string { return "nothing" }

func checkSelfMerge(t *testing.T, spec setting.Spec) {
	m, ok := spec.(setting.Merger)
	if !ok || !spec.Claims(base)[0].Union {
		return
	}
	merged, err := m.Merge(spec)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(spec.Claims(base), merged.Claims(base)); d != "" {
		t.Errorf("merging with itself changed the claims:\n%s", d)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	tab := table(f)
	for _, k := range kinds.All() {
		raw, err := json.Marshal(mustDecode(f, k.Name, k.Example))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(k.Name, raw)
	}
	f.Add("registry_value", []byte(`{"key":"HKLM\\SOFTWARE\\X","name":"a","type":"multi_sz","value":"[\"a\",null]","merge":"union"}`))
	f.Add("firewall_rule", []byte(`{"id":"x","name":"y","direction":"in","action":"allow","protocol":"tcp","local_ports":["1-2","RPC"],"remote_addresses":["::/0","0.0.0.0/0"]}`))
	f.Add("file", []byte(`{"path":"\\x","content":null}`))
	f.Add("service", []byte(`null`))
	f.Fuzz(func(t *testing.T, kind string, raw []byte) {
		spec, err := tab.DecodeJSON(kind, raw)
		if err != nil {
			return
		}
		if len(spec.Claims(base)) == 0 {
			t.Fatalf("%s was accepted and claims nothing", raw)
		}
		if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
			t.Fatalf("%s after its own ops: %+v", raw, v)
		}
		roundTrip(t, kind, spec)
	})
}
