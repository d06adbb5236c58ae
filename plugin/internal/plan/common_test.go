package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TestCommon: what images have in common gives each of them what it is alone, whoever came first, and what an image says of its own counts.
func TestCommon(t *testing.T) {
	list := request(cand("a/one", 3, reg("p", "1")), cand("a/two", 4, &ofBuild{*reg("r", "")}), cand("b/two", 4, reg("q", "2"))).Settings
	image := func(name string, change ...func(*plan.Request)) plan.Request {
		r := request(list...)
		r.Settings, r.Image.Name = list, name
		for _, c := range change {
			c(&r)
		}
		return r
	}
	skipped := func(r *plan.Request) { r.Exceptions = []plan.Exception{skip("a/one", 8)} }
	vain := func(r *plan.Request) { r.Overrides = []plan.Override{over("a/one", 9, "b/two")} }
	base := func(r *plan.Request) { r.Base.Build = "1.1" }
	fewer := func(r *plan.Request) {
		r.Modules = slices.DeleteFunc(slices.Clone(r.Modules), func(m plan.Module) bool { return m.Name == "b" })
	}
	twice := func(r *plan.Request) { r.Modules = append(slices.Clone(r.Modules), r.Modules[0]) }
	shorter := func(r *plan.Request) { r.Settings = r.Settings[:2] }
	other := func(r *plan.Request) {
		r.Settings = slices.Clone(r.Settings)
		r.Settings[0].Spec = reg("p", "9")
	}
	images := []plan.Request{
		image("i"), image("j"), image("j", skipped), image("j", vain), image("j", base), image("j", fewer), image("j", twice), image("j", shorter), image("j", other), image("k"),
	}
	for first := range images {
		common := new(plan.Common)
		for _, i := range append([]int{first}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) {
			shared := images[i]
			shared.Common = common
			if d := cmp.Diff(said(t, images[i]), said(t, shared)); d != "" {
				t.Errorf("image %d, where %d came first (alone -, shared +):\n%s", i, first, d)
			}
		}
	}
}

// ofBuild is a fake that wants the base's build.
type ofBuild struct{ fake }

func (f *ofBuild) Ops(b setting.Base) []setting.Op {
	own := f.fake
	own.Value = b.Build
	return own.Ops(b)
}

// said is all that composing says, and that nobody who wants no provenance is told another digest.
func said(t *testing.T, req plan.Request) string {
	t.Helper()
	c, diags := plan.Compose(req)
	req.Unexplained = true
	bare, again := plan.Compose(req)
	var lines []string
	for _, d := range diags {
		lines = append(lines, d.Error())
	}
	if len(again) != len(diags) || (c == nil) != (bare == nil) {
		t.Errorf("unexplained it says %v, else %v", again, diags)
	}
	if c == nil {
		return strings.Join(lines, "\n")
	}
	why, err := c.Provenance.Marshal("")
	if err != nil {
		t.Error(err)
	}
	if bare.Digest != c.Digest || bare.Provenance != nil || bare.Bytes != nil {
		t.Errorf("unexplained it has the digest %s and %d bytes, else %s", bare.Digest, len(bare.Bytes), c.Digest)
	}
	return strings.Join(append(lines, c.Digest, string(c.Bytes), string(why)), "\n")
}
