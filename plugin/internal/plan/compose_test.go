package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func ids(p *plan.Plan) []string {
	var out []string
	for _, s := range p.Settings {
		out = append(out, s.ID+" "+string(s.Effect))
	}
	return out
}

func opsOf(p *plan.Plan) []string {
	var out []string
	for _, o := range p.Ops {
		out = append(out, string(o.Op.Stage)+" "+o.Op.Name+o.Op.Path+" "+strings.Join(o.Settings, "+"))
	}
	return out
}

func TestComposePlainData(t *testing.T) {
	late := reg("late", "1")
	late.Stage = setting.StageSeal
	early := reg("early", "1")
	early.Stage = setting.StageFirstBoot
	two := &fake{At: []string{`reg:HKLM\SOFTWARE\X!z`, `reg:HKLM\SOFTWARE\X!y`}, Value: "1"}
	c := compose(t, request(cand("b/late", 3, late), cand("b/early", 5, early), cand("b/two", 7, two), cand("a/one", 3, reg("one", "1"))))

	if got, want := ids(c.Plan), []string{"a/one set", "b/early set", "b/late set", "b/two set"}; !slices.Equal(got, want) {
		t.Errorf("settings %q, want %q", got, want)
	}
	// stage first, then id, then the order that the setting gives (z before y)
	if got, want := opsOf(c.Plan), []string{"image one a/one", "image z b/two", "image y b/two", "first-boot early b/early", "seal late b/late"}; !slices.Equal(got, want) {
		t.Errorf("ops %q, want %q", got, want)
	}
	if got := c.Plan.Settings[2].Stages; !slices.Equal(got, []setting.Stage{setting.StageSeal}) {
		t.Errorf("stages of b/late are %q", got)
	}
	if !slices.Equal(c.Plan.Image.Class.Groups, []int{0, 1}) || !slices.IsSorted(c.Plan.Image.Management.From) {
		t.Errorf("groups and peers are not sorted: %v", c.Plan.Image)
	}
	if c.Digest != canonical.Digest(c.Bytes) || c.Provenance.Recipe != c.Digest {
		t.Error("the recipe digest is not the digest of the bytes")
	}
	for _, word := range []string{"Because of", "modules/a.hcl", "STIG", "Title"} {
		if strings.Contains(string(c.Bytes), word) {
			t.Errorf("%q stands in the plan: what is set, not where it was written", word)
		}
	}
	back, err := plan.Parse(c.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	again, err := canonical.Marshal(back)
	if err != nil || string(again) != string(c.Bytes) {
		t.Errorf("parsed and written again: %v\n%s\n%s", err, again, c.Bytes)
	}
}

func TestComposeAgree(t *testing.T) {
	small := &fake{At: []string{`reg:hklm\software\x!NAME`}, Value: "1"}
	c := compose(t, request(cand("a/one", 3, reg("Name", "1")), cand("b/two", 3, small), cand("c/else", 3, reg("else", "1"))))
	if got, want := opsOf(c.Plan), []string{"image Name a/one+b/two", "image else c/else"}; !slices.Equal(got, want) {
		t.Errorf("ops %q, want %q", got, want)
	}
	if len(c.Plan.Settings) != 3 {
		t.Errorf("settings %q, want all three", ids(c.Plan))
	}
	for id, want := range map[string][]string{"a/one": {"b/two"}, "b/two": {"a/one"}, "c/else": nil} {
		if n, _ := c.Provenance.Setting(id); !slices.Equal(n.AgreesWith, want) {
			t.Errorf("%s agrees with %q, want %q", id, n.AgreesWith, want)
		}
	}
}

func TestComposeUnion(t *testing.T) {
	req := request(cand("a/x", 3, joins("L", "1", "3")), cand("b/x", 3, joins("L", "2")), cand("c/x", 3, joins("L", "1", "3")), cand("d/x", 3, joins("M", "9")), cand("e/x", 3, joins("M", "9")))
	c := compose(t, req)
	for _, id := range []string{"a/x", "b/x", "c/x"} {
		if got := c.Specs[id].(*fake).List; !slices.Equal(got, []string{"1", "2", "3"}) {
			t.Errorf("%s has %q in effect", id, got)
		}
		if n, _ := c.Provenance.Setting(id); len(n.MergedWith) != 2 || slices.Contains(n.MergedWith, id) {
			t.Errorf("%s merged with %q", id, n.MergedWith)
		}
	}
	if n, _ := c.Provenance.Setting("d/x"); n.MergedWith != nil || !slices.Equal(n.AgreesWith, []string{"e/x"}) {
		t.Errorf("equal lists: merged with %q, agree with %q", n.MergedWith, n.AgreesWith)
	}
	if n, _ := c.Provenance.Setting("b/x"); n.Claims[0].Value != "2" {
		t.Errorf("provenance of b/x wants %q, not its own list", n.Claims[0].Value)
	}
	if got, want := opsOf(c.Plan), []string{"image L a/x+b/x+c/x", "image M d/x+e/x"}; !slices.Equal(got, want) {
		t.Errorf("ops %q, want %q", got, want)
	}
}

func TestComposeExceptions(t *testing.T) {
	value := skip("b/two", 9)
	value.Skip, value.Spec = false, reg("two", "7")
	req := request(cand("a/one", 3, reg("one", "1")), cand("b/two", 3, reg("two", "1")), cand("c/one", 3, reg("one", "2")))
	req.Exceptions = []plan.Exception{skip("a/one", 5), value}
	c := compose(t, req)
	if got, want := ids(c.Plan), []string{"a/one skip", "b/two value", "c/one set"}; !slices.Equal(got, want) {
		t.Errorf("settings %q, want %q", got, want)
	}
	if got, want := opsOf(c.Plan), []string{"image two b/two", "image one c/one"}; !slices.Equal(got, want) {
		t.Errorf("ops %q, want %q", got, want)
	}
	if got := c.Specs["a/one"].(*fake).Value; got != "1" {
		t.Errorf("a skipped setting expects %q, not what its module says", got)
	}
	if c.Plan.Settings[0].Stages == nil || len(c.Plan.Settings[0].Stages) != 0 {
		t.Errorf("a skipped setting has the stages %v", c.Plan.Settings[0].Stages)
	}
	n, _ := c.Provenance.Setting("b/two")
	want := &plan.ExceptionNote{Effect: plan.EffectValue, Instead: reg("two", "1").Claims(setting.Base{}), Reason: "the viewer needs it", Compensating: "a firewall",
		Owner: "Anna", ApprovedBy: "Bo", Expires: "2027-06-30", At: plan.Place{File: "images/i.hcl", Line: 9, Column: 1}}
	if diff := cmp.Diff(want, n.Exception); diff != "" {
		t.Error(diff)
	}

	other := req
	other.Exceptions = slices.Clone(req.Exceptions)
	other.Exceptions[0].Reason, other.Exceptions[0].Expires, other.Exceptions[0].DefRange.Start.Line = "another", "2030-01-01", 77
	if d := compose(t, other).Digest; d != c.Digest {
		t.Error("an exception's text changes the recipe digest")
	}
	other.Exceptions[1].Spec = reg("two", "8")
	if d := compose(t, other).Digest; d == c.Digest {
		t.Error("an exception's value does not change the recipe digest")
	}
}

func TestComposeOverrides(t *testing.T) {
	pair := &fake{At: []string{`reg:HKLM\SOFTWARE\X!p`, `reg:HKLM\SOFTWARE\X!q`}, Value: "2"}
	inside := cand("b/x", 3, reg("p", "2"))
	inside.Overrides = []plan.Override{{Over: []string{"c/x"}, Reason: "stricter", DefRange: at("modules/b.hcl", 4)}}
	tests := map[string]struct {
		req    plan.Request
		want   []string
		losers map[string]string // loser: "winner through"
	}{
		"one beats two": {
			with(request(cand("a/x", 3, reg("p", "1")), cand("b/x", 3, reg("p", "2")), cand("c/x", 3, reg("p", "3"))), over("a/x", 7, "b/x", "c/x")),
			[]string{"a/x set"}, map[string]string{"b/x": "a/x ", "c/x": "a/x "},
		},
		"chain in one place": {
			with(request(cand("a/x", 3, reg("p", "1")), inside, cand("c/x", 3, reg("p", "3"))), over("a/x", 7, "b/x")),
			[]string{"a/x set"}, map[string]string{"b/x": "a/x ", "c/x": "a/x b/x"},
		},
		"chain over two places: the last comes back": {
			with(request(cand("a/x", 3, reg("p", "1")), cand("b/x", 3, pair), cand("c/x", 3, reg("q", "3"))), over("a/x", 7, "b/x"), over("b/x", 8, "c/x")),
			[]string{"a/x set", "c/x set"}, map[string]string{"b/x": "a/x "},
		},
		"the whole loser leaves": {
			with(request(cand("a/x", 3, reg("p", "1")), cand("b/x", 3, pair)), over("a/x", 7, "b/x")),
			[]string{"a/x set"}, map[string]string{"b/x": "a/x "},
		},
		"a value beats a list": {
			with(request(cand("a/x", 3, reg("p", "1")), cand("b/x", 3, joins("p", "2"))), over("a/x", 7, "b/x")),
			[]string{"a/x set"}, map[string]string{"b/x": "a/x "},
		},
		"all that for_each made": {
			with(request(cand("a/x", 3, reg("p", "1")), cand("b/x[1]", 3, reg("p", "2")), cand("b/x[2]", 3, reg("r", "2"))), over("a/x", 7, "b/x")),
			[]string{"a/x set", "b/x[2] set"}, map[string]string{"b/x[1]": "a/x "},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := compose(t, tt.req)
			if got := ids(c.Plan); !slices.Equal(got, tt.want) {
				t.Errorf("settings %q, want %q", got, tt.want)
			}
			for _, o := range c.Plan.Ops {
				for _, id := range o.Settings {
					if tt.losers[id] != "" {
						t.Errorf("an op of the beaten %s is left", id)
					}
				}
			}
			got := map[string]string{}
			for _, n := range c.Provenance.Settings {
				for _, o := range n.OverriddenBy {
					got[n.ID] = o.Setting + " " + o.Through
				}
				for _, o := range n.Overrides {
					if loser, _ := c.Provenance.Setting(o.Setting); loser.OverriddenBy == nil {
						t.Errorf("%s says that it overrides %s, which does not know", n.ID, o.Setting)
					}
				}
			}
			if diff := cmp.Diff(tt.losers, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An override inside a module stays right where this image does not need it: only the module's author could remove it.
func TestOwnOverrideNotNeeded(t *testing.T) {
	disagree := func() plan.Request {
		return request(owning("b/two", cand("a/one", 3, reg("p", "1"))), cand("b/two", 4, reg("p", "2")))
	}
	excepted := func(id string) plan.Request {
		req := disagree()
		req.Exceptions = []plan.Exception{skip(id, 5)}
		return req
	}
	for name, tt := range map[string]struct {
		req  plan.Request
		want string // values in effect
	}{
		"needed":         {disagree(), "a/one=1"},
		"agreement":      {request(owning("b/two", cand("a/one", 3, reg("p", "1"))), cand("b/two", 4, reg("p", "1"))), "a/one=1 b/two=1"},
		"loser skipped":  {excepted("b/two"), "a/one=1"},
		"winner skipped": {excepted("a/one"), "b/two=2"},
	} {
		c, diags := plan.Compose(tt.req)
		if diags.HasErrors() {
			t.Errorf("%s: %v", name, diags)
			continue
		}
		var got []string
		for _, s := range c.Plan.Settings {
			if s.Effect != plan.EffectSkip {
				got = append(got, s.ID+"="+c.Specs[s.ID].(*fake).Value)
			}
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%s: %s, want %s", name, text, tt.want)
		}
	}
}

func with(req plan.Request, overrides ...plan.Override) plan.Request {
	req.Overrides = overrides
	return req
}

func TestComposeContents(t *testing.T) {
	file := func(name string) *fake { return &fake{At: []string{"file:" + `\` + name}, Value: "1", Content: name} }
	req := request(cand("b/f", 3, file("ff")), cand("a/f", 3, file("aa")), cand("c/f", 3, file("ff")), cand("d/f", 3, file("dd")))
	req.Exceptions = []plan.Exception{skip("d/f", 3)}
	c := compose(t, req)
	var got []string
	for _, content := range c.Contents {
		got = append(got, content.SHA256)
	}
	if want := []string{"aa", "ff"}; !slices.Equal(got, want) {
		t.Errorf("contents %q, want %q", got, want)
	}
}

// TestComposeContentsOfTwoSources takes the same one of two files with the same bytes, and bytes at hand before either.
func TestComposeContentsOfTwoSources(t *testing.T) {
	file := func(name, source string) *fake {
		return &fake{At: []string{`file:\` + name}, Value: "1", Content: "ff", Source: source}
	}
	a, b, c := cand("a/f", 3, file("a", "files/2")), cand("b/f", 3, file("b", "files/1")), cand("c/f", 3, file("c", ""))
	for _, order := range [][]plan.Candidate{{a, b}, {b, a}} {
		if got := compose(t, request(order...)).Contents; len(got) != 1 || got[0].Source != "files/1" {
			t.Errorf("got %v, want files/1", got)
		}
	}
	if got := compose(t, request(a, b, c)).Contents; len(got) != 1 || string(got[0].Bytes) != "ff" {
		t.Errorf("got %v, want the bytes", got)
	}
}

func TestComposeLeavesRequestAlone(t *testing.T) {
	req := request(cand("b/x", 3, joins("L", "1")), cand("a/x", 3, joins("L", "2")))
	req.Products = []plan.Product{{ProductRef: plan.ProductRef{Name: "z"}, NeedsServices: []string{"b", "a"}}, {ProductRef: plan.ProductRef{Name: "y"}}}
	compose(t, req)
	if req.Settings[0].ID != "b/x" || req.Products[0].NeedsServices[0] != "b" || req.Image.Class.Groups[0] != 1 || len(req.Settings[0].Spec.(*fake).List) != 1 {
		t.Errorf("the request was changed: %v", req)
	}
}
