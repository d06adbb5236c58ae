package profile

import (
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// gaps are names whose values an error elsewhere keeps from being known: "input.x", "local.x", or a variable as a whole ("base"). What
// uses one of them is not evaluated, so that one mistake is one message; what uses none is, so that it hides no other. Where there are
// gaps nothing is resolved.
type gaps map[string]bool

// with is both together.
func (g gaps) with(more gaps) gaps {
	out := maps.Clone(more)
	if out == nil {
		out = gaps{}
	}
	maps.Copy(out, g)
	return out
}

// hit says whether one of the variables falls into a gap; one that is not read by a plain attribute may be any.
func (g gaps) hit(used []hcl.Traversal) bool {
	if len(g) == 0 {
		return false
	}
	for _, t := range used {
		root := t.RootName()
		if g[root] {
			return true
		}
		if len(t) > 1 {
			if step, ok := t[1].(hcl.TraverseAttr); ok {
				if g[root+"."+step.Name] {
					return true
				}
				continue
			}
		}
		for name := range g {
			if strings.HasPrefix(name, root+".") {
				return true
			}
		}
	}
	return false
}

// hitSetting is hit for all expressions of a setting that an image decides.
func (g gaps) hitSetting(def *settingDef) bool {
	if len(g) == 0 {
		return false
	}
	found := false
	walkSetting(def.syntax.Body, func(_ string, expr hclsyntax.Expression) {
		found = found || g.hit(hclsyntax.Variables(expr))
	})
	return found
}

// hitFlow is hit for all expressions of a flow that an image decides.
func (g gaps) hitFlow(def *flowDef) bool {
	if len(g) == 0 {
		return false
	}
	found := false
	walkFlow(def.syntax.Body, func(expr hclsyntax.Expression) {
		found = found || g.hit(hclsyntax.Variables(expr))
	})
	return found
}
