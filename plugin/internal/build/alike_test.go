package build_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// What sisters have in common is said once, with their names; what differs in more than the image and its numbers stays apart.
func TestAlike(t *testing.T) {
	at := func(line int) *hcl.Range { return &hcl.Range{Filename: "p/modules/m.hcl", Start: hcl.Pos{Line: line}} }
	warn := func(line int, detail string) *hcl.Diagnostic {
		return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "S", Detail: detail, Subject: at(line)}
	}
	of := func(image string, diags ...*hcl.Diagnostic) build.OfImage {
		return build.NewOfImage(image, "p/images/"+image+".hcl", diags)
	}
	for name, tt := range map[string]struct {
		images []build.OfImage
		want   []string
	}{
		"one image":     {[]build.OfImage{of("a", warn(1, "x. See p/images/a.hcl:2."))}, []string{"x. See p/images/a.hcl:2."}},
		"all":           {[]build.OfImage{of("a", warn(1, "x.")), of("a-2016", warn(1, "x."))}, []string{"x. The same is in all 2 images."}},
		"some":          {[]build.OfImage{of("a", warn(1, "x. See p/images/a.hcl:2.")), of("a-2016", warn(1, "x. See p/images/a-2016.hcl:2.")), of("b")}, []string{"x. See p/images/a.hcl:2. The same is in 2 images: a, a-2016."}},
		"numbers":       {[]build.OfImage{of("a", warn(1, "9 rules.")), of("a-2016", warn(1, "11 rules.")), of("b")}, []string{"9 rules. The same, with numbers of each image's own, is in 2 images: a, a-2016."}},
		"other words":   {[]build.OfImage{of("a", warn(1, "x.")), of("b", warn(1, "y."))}, []string{"x.", "y."}},
		"other place":   {[]build.OfImage{of("a", warn(1, "x.")), of("b", warn(2, "x."))}, []string{"x.", "x."}},
		"twice in one":  {[]build.OfImage{of("a", warn(1, "x."), warn(1, "x.")), of("b")}, []string{"x."}},
		"name in words": {[]build.OfImage{of("a", warn(1, `"a" fails.`)), of("b", warn(1, `"b" fails.`)), of("c")}, []string{`"a" fails. The same is in 2 images: a, b.`}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range build.Alike(tt.images) {
				got = append(got, d.Detail)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
