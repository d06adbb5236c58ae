package kinds

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*InstalledProgram)(nil)
	_ setting.Comparer = (*InstalledProgram)(nil)
)

// anyVersion is the text of a program whose uninstall key states no version.
const anyVersion = "installed"

func installedProgramKind() setting.Kind {
	return setting.Kind{
		Name: "installed_program",
		Doc: "Whether a program is installed, and in which version.\n\n" +
			"The program is named by its product code, or by the name of its key below `Uninstall`: what users read there differs by language and version. " +
			"The version is compared to the letter; where it is left out, any will do.\n\n" +
			"A program that is to be there is only checked: `msi_package` installs one, and whatever else an installer does is the base's matter. " +
			"A program that is not to be there is removed at `first-boot` by the agent, if it was installed by Windows Installer: then its code has the form of a GUID, and any other is refused.\n\n" +
			"It is observed offline where the target lists programs.",
		Principal: "version",
		New:       func() setting.Spec { return new(InstalledProgram) },
		Example: `code    = "{9A25302D-30C0-39D9-BD6F-21E6EC160475}"
version = "9.0.30729"
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"code":    "The product code in braces, or the name of the uninstall key.",
			"ensure":  "`present` (default) or `absent`; an absent program has no version.",
			"version": "The version, as `DisplayVersion` states it.",
		},
	}
}

// InstalledProgram is the desired presence of one program.
type InstalledProgram struct {
	Code    string `hcl:"code" json:"code"`
	Ensure  string `hcl:"ensure,optional" json:"ensure,omitempty"`
	Version string `hcl:"version,optional" json:"version,omitempty"`

	CodeRange    hcl.Range `hcl:"code,attr_value_range" json:"-"`
	EnsureRange  hcl.Range `hcl:"ensure,attr_value_range" json:"-"`
	VersionRange hcl.Range `hcl:"version,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *InstalledProgram) Check() hcl.Diagnostics {
	diags := checkProgramCode(s.Code, s.CodeRange)
	diags = append(diags, choice(s.EnsureRange, "ensure", s.Ensure, true, ensurePresent, ensureAbsent)...)
	diags = append(diags, checkProgramVersion(s.Version, s.VersionRange)...)
	if s.Ensure != ensureAbsent {
		return diags
	}
	if s.Version != "" {
		diags = append(diags, problem(s.VersionRange, "Version of an absent program", `The setting says ensure = "absent", so it has no version. Remove one of the two.`))
	}
	if !diags.HasErrors() && !isProductCode(s.Code) {
		diags = append(diags, problem(s.CodeRange, "Program that cannot be removed",
			`%q was not installed by Windows Installer, so nobody knows how to remove it silently. Take it out of the base, or check with "program_allowlist" that it is not there.`, s.Code))
	}
	return diags
}

// checkProgramCode takes what can be the name of an uninstall key; one in braces must be a GUID.
func checkProgramCode(code string, at hcl.Range) hcl.Diagnostics {
	switch {
	case strings.HasPrefix(code, "{") && strings.HasSuffix(code, "}") && !isProductCode(code), isGUID(code):
		return hcl.Diagnostics{problem(at, "Malformed product code", `%q is no product code: it has the form "{9A25302D-30C0-39D9-BD6F-21E6EC160475}".`, code)}
	case code == "" || strings.Contains(code, `\`) || strings.ContainsAny(code, "*?") || hasControl(code) || len(upcase.Units(code)) > maxKeyName:
		return hcl.Diagnostics{problem(at, "Illegal program code", `%q names no program. Write the product code in braces, or the name of the key below "Uninstall"; a pattern belongs into "program_allowlist".`, code)}
	}
	return nil
}

func checkProgramVersion(version string, at hcl.Range) hcl.Diagnostics {
	if version == anyVersion || version == setting.Absent || hasControl(version) || strings.TrimSpace(version) != version {
		return hcl.Diagnostics{problem(at, "Illegal program version", `%q is no version. Write it as the program's uninstall key states it, such as "9.0.30729", or leave it out.`, version)}
	}
	return nil
}

// tidyCode is the one spelling of a code: product codes in capitals, as Windows Installer writes them.
func tidyCode(code string) string {
	if isProductCode(code) {
		return strings.ToUpper(code)
	}
	return code
}

func (s *InstalledProgram) location() setting.Location {
	return setting.StateLocation(setting.SchemeProgram, tidyCode(s.Code))
}

// Claims are the program.
func (s *InstalledProgram) Claims(setting.Base) []setting.Claim {
	c := setting.Claim{Location: s.location(), Value: s.Version}
	switch {
	case s.Ensure == ensureAbsent:
		c.Value = setting.Absent
	case s.Version == "":
		c.Value = anyVersion
	}
	return []setting.Claim{c}
}

// Ops remove an absent program, once Windows runs. A present one is only checked.
func (s *InstalledProgram) Ops(setting.Base) []setting.Op {
	if s.Ensure != ensureAbsent {
		return nil
	}
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionStateDelete, Location: s.location()}}
}

// Observe looks for the program.
func (s *InstalledProgram) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the program is there in the wanted version, or is absent as wanted.
func (s *InstalledProgram) Judge(o setting.Observed) setting.Verdict {
	if got, ok := o.Fact(s.location()); ok && s.Ensure != ensureAbsent && s.Version == "" && got.Present && got.Value != "" {
		return setting.Verdict{Outcome: setting.Pass, Expected: anyVersion, Observed: got.Value}
	}
	return setting.JudgeFacts(claimed(s.Claims(setting.Base{})), o)
}

// Compare cannot tell which version protects better; a program that must not be there is the tighter setting.
func (s *InstalledProgram) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*InstalledProgram)
	if !ok || !s.location().Same(o.location()) {
		return setting.Unknown
	}
	gone, wasGone := s.Ensure == ensureAbsent, o.Ensure == ensureAbsent
	switch {
	case gone == wasGone && s.Version == o.Version:
		return setting.Same
	case gone && !wasGone:
		return setting.Tightened
	case wasGone && !gone:
		return setting.Loosened
	}
	return setting.Unknown
}
