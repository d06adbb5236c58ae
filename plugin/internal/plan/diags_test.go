package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TestDiagnostics holds every message with its place. An entry of want is a diagnostic: its beginning, then parts it must contain.
func TestDiagnostics(t *testing.T) {
	type parts []string
	clash := func(more ...plan.Candidate) plan.Request {
		return request(append([]plan.Candidate{cand("a/one", 3, reg("p", "1")), cand("b/two", 4, reg("p", "2"))}, more...)...)
	}
	bad := func(req plan.Request, change func(*plan.Request)) plan.Request { change(&req); return req }
	start := `reg:HKLM\SYSTEM\CurrentControlSet\Services\Spooler!Start`
	tests := map[string]struct {
		req  plan.Request
		want []parts
	}{
		"collision": {clash(), []parts{{"modules/b.hcl:4: Settings collide; \"b/two\"", `"a/one" at modules/a.hcl:3`, `HKLM\SOFTWARE\X!p: 2 here, 1 there`, "exception", "override and a reason"}}},
		"collision of three": {clash(cand("c/three", 5, reg("p", "3"))), []parts{
			{"modules/b.hcl:4: Settings collide"}, {"modules/c.hcl:5: Settings collide", `"a/one" at modules/a.hcl:3`, "3 here, 1 there"}}},
		"collision in two places is one": {request(cand("a/one", 3, &fake{At: []string{"svc:S", start}, Value: "1"}), cand("b/two", 4, &fake{At: []string{start, "svc:s"}, Value: "2"})),
			[]parts{{"modules/b.hcl:4: Settings collide", "svc:s: 2 here, 1 there", `Spooler!Start: 2 here`}}},
		"a policy clashes once": {request(cand("a/one", 3, policy("1")), cand("b/two", 4, policy("2"))), []parts{{"modules/b.hcl:4: Settings collide", "not: Registry.pol"}}},
		"list against value":    {request(cand("a/one", 3, reg("p", "1")), cand("b/two", 4, joins("p", "2"))), []parts{{"modules/b.hcl:4: Settings collide", "2 (joined) here, 1 there"}}},
		"value against two lists": {request(cand("a/one", 3, joins("p", "1")), cand("b/two", 4, joins("p", "2")), cand("c/x", 5, reg("p", "1"))),
			[]parts{{"modules/c.hcl:5: Settings collide", `"b/two"`, "1 here, 2 (joined) there"}}},
		"the earliest of both sorts": {request(cand("a/one", 3, joins("p", "1")), cand("b/two", 4, reg("p", "2")), cand("c/x", 5, reg("p", "3"))),
			[]parts{{"modules/b.hcl:4: Settings collide"}, {"modules/c.hcl:5: Settings collide", `"a/one"`, "3 here, 1 (joined) there"}}},
		"names differ in case": {request(cand("a/one", 3, reg("p", "1")), cand("a/ONE", 9, reg("q", "1"))), []parts{{"modules/a.hcl:9: Setting declared twice", `"a/one"`, "modules/a.hcl:3", "case"}}},
		"unknown module":       {bad(clash(), func(r *plan.Request) { r.Modules, r.Settings = r.Modules[:1], r.Settings[1:] }), []parts{{"modules/b.hcl:4: Setting of a module that is not selected", `"b"`}}},
		"module twice": {bad(request(cand("a/one", 3, reg("p", "1"))), func(r *plan.Request) {
			r.Modules = append(r.Modules, r.Modules[0])
			r.Modules[1].DefRange = at("z.hcl", 1)
		}), []parts{{"z.hcl:1: Module selected twice", `"a"`, "modules/a.hcl:1"}}},
		"no spec":        {request(cand("a/one", 3, nil)), []parts{{"modules/a.hcl:3: Setting without a value", `"a/one"`}}},
		"against itself": {request(cand("a/one", 3, &twisted{})), []parts{{"modules/a.hcl:3: Setting contradicts itself", "1 and 2", "svc:s"}}},
		"too many":       {bad(request(), func(r *plan.Request) { r.Settings = make([]plan.Candidate, plan.MaxSettings+1) }), []parts{{"-: Too many settings", "50001"}}},

		"exception for nothing":   {bad(request(cand("a/one", 3, reg("p", "1"))), func(r *plan.Request) { r.Exceptions = []plan.Exception{skip("a/onne", 5)} }), []parts{{"images/i.hcl:5: Exception for an unknown setting", `"a/onne"`, `Did you mean "a/one"?`}}},
		"exception, wrong module": {bad(request(cand("lock-screen/timeout", 3, reg("p", "1"))), func(r *plan.Request) { r.Exceptions = []plan.Exception{skip("session/timeout", 5)} }), []parts{{"images/i.hcl:5: Exception for an unknown setting", `Did you mean "lock-screen/timeout"?`}}},
		"two exceptions":          {bad(request(cand("a/one", 3, reg("p", "1"))), func(r *plan.Request) { r.Exceptions = []plan.Exception{skip("a/one", 6), skip("a/one", 5)} }), []parts{{"images/i.hcl:6: Two exceptions for one setting", `"a/one"`, "images/i.hcl:5"}}},
		"exception without effect": {bad(request(cand("a/one", 3, reg("p", "1"))), func(r *plan.Request) {
			r.Exceptions = []plan.Exception{skip("a/one", 6)}
			r.Exceptions[0].Skip = false
		}), []parts{{"images/i.hcl:6: Exception without one effect", `"a/one"`}}},
		"exception that changes nothing": {bad(request(cand("a/one", 3, reg("p", "1"))), func(r *plan.Request) {
			r.Exceptions = []plan.Exception{skip("a/one", 5)}
			r.Exceptions[0].Skip, r.Exceptions[0].Spec = false, reg("p", "1")
		}), []parts{{"images/i.hcl:5: Exception changes nothing", `"a/one"`, "modules/a.hcl:3"}}},
		"exception with both": {bad(request(cand("a/one", 3, reg("p", "1"))), func(r *plan.Request) {
			r.Exceptions = []plan.Exception{skip("a/one", 6)}
			r.Exceptions[0].Spec = reg("p", "2")
		}), []parts{{"images/i.hcl:6: Exception without one effect", `"a/one"`}}},
		"exception on a loser": {bad(with(clash(), over("a/one", 7, "b/two")), func(r *plan.Request) {
			r.Exceptions = []plan.Exception{skip("b/two", 6)}
			r.Exceptions[0].Skip, r.Exceptions[0].Spec = false, reg("p", "3")
		}), []parts{{"images/i.hcl:6: Exception without effect", `"b/two"`, `"a/one" at images/i.hcl:7`}}},
		"exception that brings a collision": {bad(request(cand("a/one", 3, reg("p", "1")), cand("b/two", 4, reg("p", "1"))), func(r *plan.Request) {
			r.Exceptions = []plan.Exception{skip("b/two", 6)}
			r.Exceptions[0].Skip, r.Exceptions[0].Spec = false, reg("p", "3")
		}), []parts{{"modules/b.hcl:4: Settings collide", "3 here, 1 there"}}},

		"override of strangers":     {with(request(cand("a/one", 3, reg("p", "1")), cand("b/two", 4, reg("q", "2"))), over("a/one", 7, "b/two")), []parts{{"images/i.hcl:7: Override without effect", `"a/one" and "b/two" (modules/b.hcl:4)`, "no place in common"}}},
		"own override of strangers": {request(owning("b/two", cand("a/one", 3, reg("p", "1"))), cand("b/two", 4, reg("q", "2"))), []parts{{"images/i.hcl:7: Override without effect", "no place in common"}}},
		"override of agreement":     {with(request(cand("a/one", 3, reg("p", "1")), cand("b/two", 4, reg("p", "1"))), over("a/one", 7, "b/two")), []parts{{"images/i.hcl:7: Override without effect", "both want 1 for"}}},
		"override of lists":         {with(request(cand("a/one", 3, joins("p", "1")), cand("b/two", 4, joins("p", "2"))), over("a/one", 7, "b/two")), []parts{{"images/i.hcl:7: Override without effect", "are merged"}}},
		"override of skipped":       {bad(with(clash(), over("a/one", 7, "b/two")), func(r *plan.Request) { r.Exceptions = []plan.Exception{skip("b/two", 5)} }), []parts{{"images/i.hcl:7: Override without effect", `an exception at images/i.hcl:5 skips "b/two"`}}},
		"override, unknown loser":   {with(clash(), over("a/one", 7, "b/two", "b/tow")), []parts{{"images/i.hcl:7: Override with an unknown setting", `"b/tow"`, `Did you mean "b/two"?`}}},
		"override, unknown winner":  {with(request(cand("b/two", 4, reg("p", "2"))), over("a/one", 7, "b/two")), []parts{{"images/i.hcl:7: Override with an unknown setting", `winning setting "a/one"`}}},
		"override of itself":        {with(request(cand("b/two", 4, reg("p", "2"))), over("b/two", 7, "b/two")), []parts{{"images/i.hcl:7: Override of itself", `"b/two"`}}},
		"override of nothing":       {with(request(cand("b/two", 4, reg("p", "2"))), over("b/two", 7)), []parts{{"images/i.hcl:7: Override of nothing", `"b/two"`}}},
		"override twice":            {with(clash(), over("a/one", 7, "b/two"), over("a/one", 6, "b/two")), []parts{{"images/i.hcl:7: Override written twice", `"a/one" wins over "b/two" already at images/i.hcl:6`}}},
		"override without a reason": {bad(with(clash(), over("a/one", 7, "b/two")), func(r *plan.Request) { r.Overrides[0].Reason = " " }), []parts{{"images/i.hcl:7: Override without a reason", `"a/one"`}}},
		"circle of two": {with(clash(), over("a/one", 7, "b/two"), over("b/two", 8, "a/one")), []parts{{"images/i.hcl:8: Overrides in a circle",
			`"a/one" wins over "b/two" (images/i.hcl:7)`, `"b/two" wins over "a/one" (images/i.hcl:8)`}}},
		"circle of three with a tail": {with(clash(cand("c/x", 5, reg("p", "3")), cand("d/x", 5, reg("p", "4"))), over("a/one", 7, "b/two"), over("b/two", 8, "c/x"), over("c/x", 6, "a/one"), over("c/x", 9, "d/x")),
			[]parts{{"images/i.hcl:8: Overrides in a circle", `"c/x" wins over "a/one" (images/i.hcl:6)`}, {"modules/d.hcl:5: Settings collide"}}},

		"cannot merge":  {request(cand("a/one", 3, &clumsy{at: "svc:S", value: "1"}), cand("b/two", 4, &clumsy{at: "svc:S", value: "2"})), []parts{{"modules/b.hcl:4: Settings cannot be merged", `"a/one" at modules/a.hcl:3`, "does not merge lists"}}},
		"too many join": {request(crowd(plan.MaxJoined+1, func(i int) *fake { return joins("p", fmt.Sprint(i)) })...), []parts{{"modules/m.hcl:1: Too many settings join one list", "501 settings", `"m/s00000"`, "at most 500"}}},
		"merge fails":   {request(cand("a/one", 3, joins("p", "1")), cand("b/two", 4, &clumsy{at: `reg:HKLM\SOFTWARE\X!p`, value: "2"})), []parts{{"modules/b.hcl:4: Settings cannot be merged", "another kind"}}},
		"merge loses":   {request(cand("a/one", 3, joins("p", "1")), cand("b/two", 4, &fake{At: []string{`reg:HKLM\SOFTWARE\X!p`}, List: []string{"2"}, Greedy: true})), []parts{{"modules/b.hcl:4: Settings cannot be merged", `loses HKLM\SOFTWARE\X!p`}}},

		"ops contradict": {request(cand("a/one", 3, &fake{At: []string{`reg:HKLM\SOFTWARE\X!p`}, Value: "1", Silent: true}), cand("b/two", 4, &fake{At: []string{`reg:HKLM\SOFTWARE\x!P`}, Value: "2", Silent: true})),
			[]parts{{"modules/b.hcl:4: Operations contradict each other", `"a/one" (modules/a.hcl:3)`, `registry-set HKLM\SOFTWARE\x!P sz:2`}}},
		"unknown stage":    {request(cand("a/one", 3, &fake{At: []string{`svc:S`}, Value: "1", Stage: "later"})), []parts{{"modules/a.hcl:3: Operation at an unknown stage", `"later"`}}},
		"content missing":  {request(cand("a/one", 3, &fake{At: []string{`svc:S`}, Value: "1", Content: "ff", NoBytes: true})), []parts{{"modules/a.hcl:3: Operation without content", "ff"}}},
		"number too big":   {request(cand("a/one", 3, &fake{At: []string{`svc:S`}, Value: "1", Number: 1 << 60})), []parts{{"modules/a.hcl:3: Setting cannot be written down", "$.number is the integer 1152921504606846976"}}},
		"broken text":      {bad(request(), func(r *plan.Request) { r.Image.Name = "\xff" }), []parts{{"-: Plan cannot be written down", "$.image.name"}}},
		"unknown severity": {bad(request(cand("a/one", 3, reg("p", "1"))), func(r *plan.Request) { r.Settings[0].Severity = "dire" }), []parts{{"modules/a.hcl:3: Setting with an unknown severity", `"dire"`, "low, medium, high, critical"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, diags := plan.Compose(tt.req)
			if c != nil {
				t.Error("there is a plan in spite of errors")
			}
			if len(diags) != len(tt.want) {
				t.Fatalf("%d diagnostics, want %d:\n%s", len(diags), len(tt.want), text(diags))
			}
			for i, want := range tt.want {
				one := text(diags[i : i+1])
				if !strings.HasPrefix(one, want[0]) {
					t.Errorf("got %q\nwant it to begin with %q", one, want[0])
				}
				for _, part := range want[1:] {
					if absent, ok := strings.CutPrefix(part, "not: "); ok && strings.Contains(one, absent) || !ok && !strings.Contains(one, part) {
						t.Errorf("got %q\nwant %q in it", one, part)
					}
				}
				if strings.HasSuffix(diags[i].Summary, ".") || !strings.HasSuffix(diags[i].Detail, ".") && !strings.HasSuffix(diags[i].Detail, "?") {
					t.Errorf("summary %q, detail %q: a phrase and sentences are wanted", diags[i].Summary, diags[i].Detail)
				}
			}
		})
	}
}

func policy(value string) *fake {
	return &fake{At: []string{`reg:HKLM\SOFTWARE\Policies\X!p`, `pol:machine:HKLM\SOFTWARE\Policies\X!p`}, Value: value}
}

// twisted wants two things in one place.
type twisted struct{ fake }

func (*twisted) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: "svc:S", Value: "1"}, {Location: "svc:s", Value: "2"}}
}

// clumsy joins lists and cannot merge them.
type clumsy struct {
	setting.Spec
	at, value string
}

func (c *clumsy) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: setting.Location(c.at), Value: c.value, Union: true}}
}

// crowd makes n settings of one module.
func crowd(n int, spec func(i int) *fake) []plan.Candidate {
	list := make([]plan.Candidate, n)
	for i := range list {
		list[i] = cand(fmt.Sprintf("m/s%05d", i), 1, spec(i))
	}
	return list
}

// TestManyAgree keeps the sidecar from growing with the square of the settings that want the same.
func TestManyAgree(t *testing.T) {
	const n = 3000
	c := compose(t, request(crowd(n, func(int) *fake { return reg("p", "1") })...))
	total := 0
	for _, s := range c.Provenance.Settings {
		if len(s.AgreesWith) == 0 {
			t.Fatalf("%s agrees with nobody", s.ID)
		}
		total += len(s.AgreesWith)
	}
	if total > 100*n || len(c.Plan.Ops) != 1 || len(c.Plan.Ops[0].Settings) != n {
		t.Errorf("%d names, %d ops", total, len(c.Plan.Ops))
	}
}
