package kinds

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*FilePermission)(nil)
	_ setting.Comparer = (*FilePermission)(nil)
)

func filePermissionKind() setting.Kind {
	return setting.Kind{
		Name: "file_permission",
		Doc: "Who may do what with one file or folder, such as the folder that a product writes to.\n\n" +
			"The permissions are written in Windows' descriptor language (SDDL): a protected list `D:P(...)`, and an owner `O:...` where that is to change too. " +
			permissionDoc +
			"Only this file or folder is named; what lies below it and inherits follows when the agent sets it.\n\n" +
			"The file or folder must be there, or must have been made by then. Descriptors of files that the base has are not rewritten offline: " +
			"the setting is applied at `first-boot` by the agent. It is observed offline where the target reads descriptors, and deferred where it does not.",
		Principal: "sddl",
		New:       func() setting.Spec { return new(FilePermission) },
		Example: `path = "C:\\ProgramData\\ExampleViewer"
sddl = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;BU)"
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"path": "The file or folder, as `C:\\\\...` (C: being the system volume) or `\\\\...`.",
			"sddl": "The descriptor: `O:` (optional) and `D:P(...)`.",
		},
	}
}

// FilePermission is the desired descriptor of one file or folder.
type FilePermission struct {
	Path string `hcl:"path" json:"path"`
	SDDL string `hcl:"sddl" json:"sddl"`

	PathRange hcl.Range `hcl:"path,attr_value_range" json:"-"`
	SDDLRange hcl.Range `hcl:"sddl,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *FilePermission) Check() hcl.Diagnostics {
	return append(checkPath(s.Path, s.PathRange), checkPermission(s.SDDL, secdesc.FileMapping(), s.SDDLRange)...)
}

func (s *FilePermission) location() setting.Location {
	return setting.StateLocation(setting.SchemeFileSecurity, tidyPath(s.Path))
}

// Claims are the descriptor.
func (s *FilePermission) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: s.location(), Value: tidyPermission(s.SDDL, secdesc.FileMapping())}}
}

// Ops set the descriptor, once Windows runs.
func (s *FilePermission) Ops(b setting.Base) []setting.Op {
	c := s.Claims(b)[0]
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: c.Location, Value: c.Value}}
}

// Observe reads the descriptor.
func (s *FilePermission) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the file or folder has the wanted parts of the descriptor.
func (s *FilePermission) Judge(o setting.Observed) setting.Verdict {
	return judgePermission(claimed(s.Claims(setting.Base{}))[0], o, secdesc.FileMapping())
}

// Compare knows equal descriptors only: whether a list is stricter than another depends on who belongs to which group.
func (s *FilePermission) Compare(old setting.Spec) setting.Direction {
	if o, ok := old.(*FilePermission); ok && s.Claims(setting.Base{})[0] == o.Claims(setting.Base{})[0] {
		return setting.Same
	}
	return setting.Unknown
}
