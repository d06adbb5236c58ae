package manifest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// maxExact is the largest integer that a JSON number keeps exact everywhere (RFC 8785, appendix D).
const maxExact = 1<<53 - 1

// check reports everything in which the manifest contradicts itself.
func (m *Manifest) check() error {
	return errors.Join(m.checkPlan(), m.checkBase(), m.checkFiles(), m.checkAgent(), m.checkExceptions(), m.checkConflicts(), m.checkFindings())
}

func (m *Manifest) checkPlan() error {
	p := m.Plan
	raw, err := canonical.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	// The plan is held to what a plan.json of its own is held to.
	if _, err := plan.Parse(raw); err != nil {
		return err
	}
	digest := canonical.Digest(raw)
	var problems []error
	same := func(what string, stated, planned any) {
		if !reflect.DeepEqual(stated, planned) {
			problems = append(problems, fmt.Errorf("%s is %v, the plan says %v", what, stated, planned))
		}
	}
	same("recipe_digest", m.RecipeDigest, digest)
	same("engine_format", m.EngineFormat, p.EngineFormat)
	same("image", m.Image, Image{p.Image.Name, p.Image.Version, p.Image.Released, p.Image.Epoch})
	same("class", m.Class, p.Image.Class)
	same("management", m.Management, p.Image.Management)
	same("base.name", m.Base.Name, p.Base.Name)
	same("stamp", m.Stamp, StampOf(p, digest))
	return errors.Join(problems...)
}

func (m *Manifest) checkBase() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	want, got := m.Plan.Base, m.Base.Observed
	if got.EditionID != want.EditionID || got.Build != want.Build || got.Arch != want.Arch {
		add("base.observed is %s %s %s, the plan is for %s %s %s", got.EditionID, got.Build, got.Arch, want.EditionID, want.Build, want.Arch)
	}
	// The profile lists the languages that its media come in; a medium has one of them.
	if !slices.Contains(want.Languages, got.InstallLanguage) {
		add("base.observed was installed in %s, the plan is for a base in one of %v", got.InstallLanguage, want.Languages)
	}
	if m.Base.Index < 1 {
		add("base.index is %d; images are counted from 1", m.Base.Index)
	}
	if !slices.IsSorted(got.Languages) || !slices.IsSorted(got.Packages) {
		add("base.observed has lists that are not sorted")
	}
	if m.Platform != PlatformOf(got) {
		add("platform is %q, but the base's facts ask for %q", m.Platform, PlatformOf(got))
	}
	if m.ValidatedOnWindows {
		add("validated_on_windows is true, but platform %q is no running Windows", m.Platform)
	}
	if m.Statement != StatementOf(m.Platform) {
		add("statement is not the one of platform %q", m.Platform)
	}
	if m.Identity != IdentityBytes {
		add("identity is %q, this schema knows %q", m.Identity, IdentityBytes)
	}
	return errors.Join(problems...)
}

func (m *Manifest) checkFiles() error {
	problems := []error{checkFile("base.file", m.Base.File)}
	if len(m.Outputs) == 0 {
		problems = append(problems, errors.New("outputs is empty"))
	}
	for i, f := range m.Outputs {
		problems = append(problems, checkFile("outputs", f))
		if i > 0 && m.Outputs[i-1].Name >= f.Name {
			problems = append(problems, fmt.Errorf("outputs names %q twice or out of order", f.Name))
		}
	}
	for i, c := range m.Changes {
		switch c.Action {
		case "added", "replaced":
			problems = append(problems, checkFile("changes", File{c.Path, c.SHA256, c.Size}))
		case "deleted":
			if c.SHA256 != "" || c.Size != 0 {
				problems = append(problems, fmt.Errorf("changes: %q is deleted and has a digest or size", c.Path))
			}
		default:
			problems = append(problems, fmt.Errorf("changes: %q has the unknown action %q", c.Path, c.Action))
		}
		if !strings.HasPrefix(c.Path, `\`) || i > 0 && m.Changes[i-1].Path >= c.Path {
			problems = append(problems, fmt.Errorf("changes names %q twice, out of order or without a leading backslash", c.Path))
		}
	}
	return errors.Join(problems...)
}

func checkFile(where string, f File) error {
	switch sum, err := hex.DecodeString(f.SHA256); {
	case f.Name == "":
		return fmt.Errorf("%s: a file without a name", where)
	case err != nil || len(sum) != 32 || strings.ToLower(f.SHA256) != f.SHA256:
		return fmt.Errorf("%s: %q has no SHA-256 in lower-case hex but %q", where, f.Name, f.SHA256)
	case f.Size < 0 || f.Size > maxExact:
		return fmt.Errorf("%s: %q has the impossible size %d", where, f.Name, f.Size)
	}
	return nil
}

// checkAgent holds the agent against the plan, which says whether there is one, and against the file that was put into the image.
func (m *Manifest) checkAgent() error {
	if (m.Agent != nil) != (m.Plan.Image.FirstBoot != nil) {
		return fmt.Errorf("agent is stated: %t; the plan has first_boot: %t", m.Agent != nil, m.Plan.Image.FirstBoot != nil)
	}
	if m.Agent == nil {
		return nil
	}
	if err := checkFile("agent", File{AgentPath, m.Agent.SHA256, m.Agent.Size}); err != nil {
		return err
	}
	if m.Agent.Version == "" {
		return errors.New("agent has no version")
	}
	for _, c := range m.Changes { // a base may have the very file already
		if strings.EqualFold(c.Path, AgentPath) && (c.SHA256 != m.Agent.SHA256 || c.Size != m.Agent.Size) {
			return fmt.Errorf("agent is %s of %d bytes, changes puts %s of %d bytes at %s", m.Agent.SHA256, m.Agent.Size, c.SHA256, c.Size, c.Path)
		}
	}
	return nil
}

func (m *Manifest) checkExceptions() error {
	effects := make(map[string]plan.Effect)
	for _, s := range m.Plan.Settings {
		if s.Effect != plan.EffectSet {
			effects[s.ID] = s.Effect
		}
	}
	var problems []error
	for i, e := range m.Exceptions {
		switch effect, ok := effects[e.Setting]; {
		case i > 0 && m.Exceptions[i-1].Setting >= e.Setting:
			problems = append(problems, fmt.Errorf("exceptions names %s twice or out of order", e.Setting))
		case !ok:
			problems = append(problems, fmt.Errorf("exception for %s, which the plan does not except", e.Setting))
		case effect != e.Effect:
			problems = append(problems, fmt.Errorf("exception for %s has effect %q, the plan says %q", e.Setting, e.Effect, effect))
		}
		delete(effects, e.Setting)
		problems = append(problems, checkException(e))
	}
	for _, s := range m.Plan.Settings {
		if _, left := effects[s.ID]; left {
			problems = append(problems, fmt.Errorf("the plan excepts %s, but its exception is not given", s.ID))
		}
	}
	return errors.Join(problems...)
}

// checkException refuses one that nobody answers for, or that never ends.
func checkException(e Exception) error {
	for _, f := range []struct{ name, text string }{
		{"reason", e.Reason}, {"compensating", e.Compensating}, {"owner", e.Owner}, {"approved_by", e.ApprovedBy},
	} {
		if strings.TrimSpace(f.text) == "" {
			return fmt.Errorf("exception for %s has no %s", e.Setting, f.name)
		}
	}
	if _, err := time.Parse(time.DateOnly, e.Expires); err != nil {
		return fmt.Errorf("exception for %s expires on %q, which is no date", e.Setting, e.Expires)
	}
	return nil
}

func (m *Manifest) checkFindings() error {
	var problems []error
	settings := make(map[string]plan.Setting, len(m.Plan.Settings))
	for _, s := range m.Plan.Settings {
		settings[s.ID] = s
	}
	for i, f := range m.Findings {
		if i > 0 && m.Findings[i-1].Setting >= f.Setting {
			problems = append(problems, fmt.Errorf("findings names %s twice or out of order", f.Setting))
			continue
		}
		s, ok := settings[f.Setting]
		if !ok {
			problems = append(problems, fmt.Errorf("finding for %s, which is not in the plan", f.Setting))
			continue
		}
		delete(settings, f.Setting)
		if err := checkFinding(f, s); err != nil {
			problems = append(problems, fmt.Errorf("finding %s: %w", f.Setting, err))
		}
	}
	for _, s := range m.Plan.Settings {
		if _, left := settings[s.ID]; left {
			problems = append(problems, fmt.Errorf("setting %s has no finding", s.ID))
		}
	}
	summary, err := validate.Summarize(m.Findings)
	if err == nil && !reflect.DeepEqual(summary, m.Summary) {
		err = errors.New("summary does not count what findings hold")
	}
	return errors.Join(append(problems, err)...)
}

// checkFinding holds one finding against its setting.
func checkFinding(f setting.Finding, s plan.Setting) error {
	later := slices.ContainsFunc(s.Stages, func(stage setting.Stage) bool { return stage != setting.StageImage })
	switch {
	case f.Kind != s.Kind || f.Severity != s.Severity:
		return fmt.Errorf("it is %s of severity %s, the plan says %s of severity %s", f.Kind, f.Severity, s.Kind, s.Severity)
	case f.Outcome != setting.Pass && f.Reason == "":
		return fmt.Errorf("outcome %s has no reason", f.Outcome)
	case f.Outcome == setting.Pass && len(f.Evidence) == 0:
		return errors.New("it passes without evidence")
	case f.Outcome == setting.Pass && s.Effect != plan.EffectSet:
		return fmt.Errorf("it passes although the plan's effect is %q", s.Effect)
	case f.Outcome == setting.Waived && s.Effect == plan.EffectSet:
		return errors.New("it is waived although no exception covers it")
	case f.Outcome == setting.Deferred && !later:
		return errors.New("it is deferred although no later stage touches it")
	}
	return nil
}
