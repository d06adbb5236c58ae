package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// refuses is why a setting cannot stand in an image that carries the agent, as a problem of its profile; nil where it can, and where guard
// is nil, since the image carries none.
func refuses(guard *firstboot.Guard, c *plan.Candidate, claim setting.Claim, canon string) *hcl.Diagnostic {
	if guard == nil {
		return nil
	}
	why := guard.Refuses(claim, canon)
	if why == "" {
		return nil
	}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Setting against the first boot", Subject: c.DefRange.Ptr(),
		Detail: fmt.Sprintf("The setting %q claims %s, and the image has a block first_boot. %s", c.ID, claim.Location, why)}
}

// agentOfLock is the agent that the lock names; nil where the image carries none, or no lock names one.
func (p *Project) agentOfLock() (*manifest.Agent, error) {
	if !carries(p.Composed.Plan) {
		return nil, nil
	}
	l, err := readLock(p.LockPath)
	if err != nil || l == nil || l.Agent == nil {
		return nil, err
	}
	return &manifest.Agent{Version: l.Agent.Version, SHA256: l.Agent.SHA256, Size: l.Agent.Size}, nil
}

// judgeCarried judges what an image carries beside its plan; nothing where it is to carry nothing.
func judgeCarried(p *plan.Plan, recipe string, agent *manifest.Agent, changes []manifest.Change, r *image.Image, img *wim.Image) []setting.Finding {
	if !carries(p) {
		return nil
	}
	want := firstboot.Wanted{Plan: p, RecipeDigest: recipe}
	if agent != nil {
		want.Agent = &setting.FileFacts{Size: agent.Size, SHA256: agent.SHA256}
	}
	for _, c := range changes {
		if strings.EqualFold(c.Path, firstboot.BundleFolder+`\`+bundle.HeaderFile) {
			want.Header = c.SHA256
		}
	}
	return firstboot.Judge(r, subtree{img, firstboot.BundleFolder}, want)
}

// mustCarry stops a build whose image does not carry what it is to carry: that is no matter of the base or of a profile.
func mustCarry(findings []setting.Finding) error {
	for _, f := range findings {
		if f.Outcome != setting.Pass {
			return fmt.Errorf("the written image: %s is %s (%s): %s", f.Setting, f.Outcome, orNone(f.Observed), f.Reason)
		}
	}
	return nil
}

// unheld looks past what keeps the client shut until it is validated, in lists of names: a plan is about the client once it is open.
type unheld struct {
	*image.Image
	hidden map[string][]string
}

// RegistryValueNames lists what the key holds, but for what is held.
func (u unheld) RegistryValueNames(key string) ([]string, error) {
	names, err := u.Image.RegistryValueNames(key)
	hidden := u.hidden[setting.RegistryLocation(key, "").Canon()]
	return slices.DeleteFunc(names, func(n string) bool {
		return slices.ContainsFunc(hidden, func(h string) bool { return strings.EqualFold(h, n) })
	}), err
}

// unheldOf is an image as its plan is judged on it.
func unheldOf(p *plan.Plan, r *image.Image) (setting.Reader, error) {
	hidden, err := firstboot.Hidden(p, r)
	if err != nil || len(hidden) == 0 {
		return r, err
	}
	return unheld{r, hidden}, nil
}
