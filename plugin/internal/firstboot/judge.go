package firstboot

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// The ids of the findings about what an image carries. They are no settings of its plan.
const (
	AgentFinding   = "image/agent"
	BundleFinding  = "image/bundle"
	ServiceFinding = "image/service"
	HoldFinding    = "image/network-hold"
)

// Wanted is what an image is held against.
type Wanted struct {
	Plan         *plan.Plan
	RecipeDigest string
	Agent        *setting.FileFacts // nil where nobody says which agent is meant
	Header       string             // SHA-256 of the bundle's header, lower-case hex; "" where nobody says
}

// Image is what is looked at.
type Image interface {
	setting.RegistryReader
	setting.FileReader
	setting.KeyLister
}

// Judge holds an image that was not booted yet against what it is to carry. files is the tree below BundleFolder in it.
func Judge(img Image, files fs.FS, want Wanted) []setting.Finding {
	b, found := judgeBundle(img, files, want)
	return []setting.Finding{judgeAgent(img, want), found, judgeService(img), judgeHold(img, b, want)}
}

// finding is one that has not been judged yet: it is an error until it is.
func finding(id, kind, expected string) setting.Finding {
	return setting.Finding{Setting: id, Kind: kind, Severity: setting.Critical, Outcome: setting.Error, Expected: expected}
}

func judgeAgent(img Image, want Wanted) setting.Finding {
	f := finding(AgentFinding, "agent", "the agent that the lock names")
	if want.Agent != nil {
		f.Expected = fmt.Sprintf("SHA-256 %s, %d bytes", want.Agent.SHA256, want.Agent.Size)
	}
	got, err := img.File(AgentPath)
	switch {
	case errors.Is(err, setting.ErrAbsent):
		f.Outcome, f.Observed, f.Reason = setting.Fail, setting.Absent, AgentPath+" is not in the image: nothing would be settled on the client, and its network stays shut"
		return f
	case err != nil:
		f.Reason = err.Error()
		return f
	}
	f.Observed = fmt.Sprintf("SHA-256 %s, %d bytes", got.SHA256, got.Size)
	f.Evidence = []setting.Fact{{Location: setting.FileLocation(AgentPath), Present: true, Value: got.SHA256}}
	switch {
	case want.Agent == nil:
		f.Outcome, f.Reason = setting.Unobservable, "nothing says which agent is meant: there is no lock that names one"
	case got != *want.Agent:
		f.Outcome, f.Reason = setting.Fail, AgentPath+" is another file than the agent that is meant"
	default:
		f.Outcome = setting.Pass
	}
	return f
}

func judgeBundle(img Image, files fs.FS, want Wanted) (*bundle.Bundle, setting.Finding) {
	f := finding(BundleFinding, "bundle", fmt.Sprintf("%s %s, recipe %s", want.Plan.Image.Name, want.Plan.Image.Version, want.RecipeDigest))
	fail := func(observed, reason string) (*bundle.Bundle, setting.Finding) {
		f.Outcome, f.Observed, f.Reason = setting.Fail, observed, reason
		return nil, f
	}
	head := BundleFolder + `\` + bundle.HeaderFile
	got, err := img.File(head)
	switch {
	case errors.Is(err, setting.ErrAbsent):
		return fail(setting.Absent, head+" is not in the image: the agent would have nothing to work by")
	case err != nil:
		f.Reason = err.Error()
		return nil, f
	}
	b, err := bundle.OpenFS(files)
	if err != nil {
		return fail("no bundle", "the bundle does not hold together: "+err.Error())
	}
	f.Observed = fmt.Sprintf("%s %s, recipe %s", b.Image, b.Version, b.RecipeDigest)
	f.Evidence = []setting.Fact{{Location: setting.FileLocation(head), Present: true, Value: got.SHA256}}
	switch {
	case b.RecipeDigest != want.RecipeDigest:
		return fail(f.Observed, "the bundle is for another recipe")
	case want.Header != "" && got.SHA256 != want.Header:
		return fail(f.Observed, head+" is another file than the one that is meant")
	case b.Keep != want.Plan.Image.FirstBoot.Keep || !slices.Equal(b.Stages, Stages(want.Plan)):
		return fail(f.Observed, fmt.Sprintf("the bundle runs %v and keeps the agent: %t; the plan asks for %v and %t", b.Stages, b.Keep, Stages(want.Plan), want.Plan.Image.FirstBoot.Keep))
	}
	f.Outcome = setting.Pass
	return b, f
}

func judgeService(img Image) setting.Finding {
	f := finding(ServiceFinding, "service", `own process, automatic, LocalSystem, %SystemRoot%\wmclient\wmguest.exe service`)
	names, err := img.RegistryValueNames(ServiceKey)
	switch {
	case errors.Is(err, setting.ErrAbsent):
		f.Outcome, f.Observed, f.Reason = setting.Fail, setting.Absent, ServiceKey+" is not in the image: nothing would start the agent"
		return f
	case err != nil:
		f.Reason = err.Error()
		return f
	}
	var wrong []string
	known := serviceValues()
	for _, v := range known {
		got, err := setting.ObserveRegistry(img, v.key, v.name)
		if err != nil {
			f.Reason = err.Error()
			return f
		}
		f.Evidence = append(f.Evidence, got)
		if got.String() != v.value.Text() {
			wrong = append(wrong, fmt.Sprintf("%s is %s instead of %s", v.name, got, v.value.Text()))
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(known, func(v named) bool { return strings.EqualFold(v.name, name) }) {
			wrong = append(wrong, fmt.Sprintf("%s should not be there", name))
		}
	}
	f.Outcome, f.Observed = setting.Pass, f.Expected
	if len(wrong) > 0 {
		f.Outcome, f.Observed, f.Reason = setting.Fail, "another service", ServiceKey+": "+strings.Join(wrong, "; ")
	}
	return f
}

// judgeHold looks whether the client is shut, and whether the agent would open it as far as the plan wants and no further.
func judgeHold(img Image, b *bundle.Bundle, want Wanted) setting.Finding {
	p := want.Plan
	f := finding(HoldFinding, "network-hold", "nothing comes in until the client is validated")
	if managed(p) {
		f.Expected = "nothing comes in until the client is validated but WinRM over HTTPS from the management path's peers"
	}
	values, err := held(p)
	if err != nil {
		f.Reason = err.Error()
		return f
	}
	var open, places []string
	for _, v := range values {
		got, err := setting.ObserveRegistry(img, v.key, v.name)
		if err != nil {
			f.Reason = err.Error()
			return f
		}
		f.Evidence = append(f.Evidence, got)
		if got.String() != v.value.Text() {
			open = append(open, fmt.Sprintf("%s!%s is %s instead of %s", v.key, v.name, got, v.value.Text()))
		}
		places = append(places, got.Location.Canon())
	}
	f.Outcome, f.Observed = setting.Pass, "shut"
	if len(open) > 0 {
		f.Outcome, f.Observed, f.Reason = setting.Fail, "open", strings.Join(open, "; ")
		return f
	}
	if b == nil {
		f.Outcome, f.Reason = setting.Error, "the bundle says how it is opened again, and that cannot be read"
		return f
	}
	f.Outcome, f.Reason = judgeRelease(b, places, want)
	return f
}

// judgeRelease looks whether what opens the client changes what is held, and leaves what the plan wants. What was there in the base, only
// the base or the manifest can say.
func judgeRelease(b *bundle.Bundle, held []string, want Wanted) (setting.Outcome, string) {
	for _, o := range b.Release {
		at := setting.RegistryLocation(o.Op.Key, o.Op.Name)
		planned, ok, err := plannedAt(want.Plan, named{key: o.Op.Key, name: o.Op.Name})
		switch {
		case err != nil:
			return setting.Error, err.Error()
		case o.Op.Scope != "" || !slices.Contains(held, at.Canon()):
			return setting.Fail, fmt.Sprintf("the bundle would change %s too, which is not held", at)
		case ok:
			return setting.Fail, fmt.Sprintf("the bundle would change %s, which the plan sets to %s", at, planned)
		}
	}
	for _, o := range b.Release {
		if o.Op.Action != setting.ActionRegistryDelete && want.Header == "" {
			return setting.Unobservable, fmt.Sprintf("the bundle would give %s a value, as the base had it or not: judge the image by its manifest", setting.RegistryLocation(o.Op.Key, o.Op.Name))
		}
	}
	return setting.Pass, ""
}
