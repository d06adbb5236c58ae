package kinds

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*Shell)(nil)
	_ setting.Comparer = (*Shell)(nil)
)

const (
	shellEveryone = "everyone"
	shellUsers    = "new-users"
	userPolicies  = `HKCU\Software\Microsoft\Windows\CurrentVersion\Policies\System`
)

func shellKind() setting.Kind {
	return setting.Kind{
		Name: "shell",
		Doc: "The program that stands in for the desktop of a user who logs on, as for a display that shows one product only.\n\n" +
			"For `everyone` it is `Winlogon\\Shell` of the machine; an administrator who logs on gets it too, so a way in for service must exist. " +
			"For `new-users` it is the policy \"Custom User Interface\" in the default profile, from which Windows makes new ones, and in the users' `Registry.pol`. " +
			"That file counts for everybody whose policies are refreshed, administrators with an old profile included: either way an administrator starts the desktop by hand.\n\n" +
			"It is judged in the registry, offline and on a client. The program is a full path that users cannot write to: whoever can replace the file gets every session. " +
			"Assigned access and Shell Launcher are not set by this kind: the one needs a package app, the other an optional feature and WMI on a running client.",
		Principal: "program",
		New:       func() setting.Spec { return new(Shell) },
		Example: `program = "C:\\Program Files\\Example\\viewer.exe"
applies_to = "new-users"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"program":    "The program's full path; quotes are added where it has blanks. `explorer.exe` is the desktop that Windows has.",
			"arguments":  "Arguments for the program.",
			"applies_to": "`everyone` or `new-users`.",
			"restart":    "For `everyone`: whether Windows starts the program again when it ends (`AutoRestartShell`).",
		},
	}
}

// Shell is the desired program in place of the desktop.
type Shell struct {
	Program   string `hcl:"program" json:"program"`
	Arguments string `hcl:"arguments,optional" json:"arguments,omitempty"`
	AppliesTo string `hcl:"applies_to" json:"applies_to"`
	Restart   *bool  `hcl:"restart,optional" json:"restart,omitempty"`

	ProgramRange   hcl.Range `hcl:"program,attr_value_range" json:"-"`
	ArgumentsRange hcl.Range `hcl:"arguments,attr_value_range" json:"-"`
	AppliesToRange hcl.Range `hcl:"applies_to,attr_value_range" json:"-"`
	RestartRange   hcl.Range `hcl:"restart,attr_value_range" json:"-"`
}

const desktopShell = "explorer.exe"

// Check reports errors of meaning.
func (s *Shell) Check() hcl.Diagnostics {
	diags := choice(s.AppliesToRange, "applies_to", s.AppliesTo, false, shellEveryone, shellUsers)
	lower := strings.ToLower(s.Program)
	switch {
	case lower == desktopShell:
	case len(s.Program) < 4 || s.Program[1:3] != `:\` || hasControl(s.Program) || strings.ContainsAny(s.Program, `"<>|*?/,`) || !strings.HasSuffix(lower, ".exe"):
		diags = append(diags, problem(s.ProgramRange, "Illegal shell", `%q is no full path of a program. Write one, such as "C:\\Program Files\\Example\\viewer.exe", or %q.`, s.Program, desktopShell))
	case oddComponent(strings.Split(s.Program, `\`)[1:]) != "":
		diags = append(diags, problem(s.ProgramRange, "Illegal shell", `%q is no plain path: %s. Write the path in full.`, s.Program, oddComponent(strings.Split(s.Program, `\`)[1:])))
	case writableByUsers(s.Program, nil) != "":
		diags = append(diags, problem(s.ProgramRange, "Shell in a writable folder", `%s, and whoever replaces %q gets every session. Install the program below "C:\\Program Files".`, capital(writableByUsers(s.Program, nil)), s.Program))
	}
	if hasControl(s.Arguments) || strings.Contains(s.Arguments, ",") {
		diags = append(diags, problem(s.ArgumentsRange, "Illegal arguments", `Windows reads a comma as the next program, and the arguments hold one or a control character. Put them into a file of the product.`))
	}
	if !diags.HasErrors() {
		diags = append(diags, s.values().tooLong(either(s.ArgumentsRange, s.ProgramRange))...)
	}
	if s.Restart != nil && s.AppliesTo == shellUsers {
		diags = append(diags, problem(s.RestartRange, "Restart for the machine only", `"restart" belongs to applies_to = %q.`, shellEveryone))
	}
	return diags
}

func (s *Shell) command() string {
	text := s.Program
	if strings.Contains(text, " ") {
		text = `"` + text + `"`
	}
	if s.Arguments != "" {
		text += " " + s.Arguments
	}
	return text
}

func (s *Shell) values() ownedValues {
	var l ownedValues
	if s.AppliesTo == shellUsers {
		l.text(userPolicies, "Shell", s.command())
		return l
	}
	l.text(winlogon, "Shell", s.command())
	l.flag(winlogon, "AutoRestartShell", s.Restart)
	return l
}

// Claims are the values.
func (s *Shell) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the values.
func (s *Shell) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the values.
func (s *Shell) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *Shell) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows only whether anything changed.
func (s *Shell) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*Shell)
	if !ok || s.AppliesTo != o.AppliesTo {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
