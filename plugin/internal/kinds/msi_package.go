package kinds

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec            = (*MSIPackage)(nil)
	_ setting.Sourced         = (*MSIPackage)(nil)
	_ setting.ContentProvider = (*MSIPackage)(nil)
)

// packagesFolder is where packages wait for first boot. It lies below Windows, so that users cannot exchange what the system installs.
const packagesFolder = `\Windows\wmclient\packages`

func msiPackageKind() setting.Kind {
	return setting.Kind{
		Name: "msi_package",
		Doc: "A Windows Installer package that the client installs at first boot.\n\n" +
			"The package lies beside the profiles and is named by its SHA-256. It is put into the image below `C:\\Windows\\wmclient\\packages`, where users cannot write, " +
			"and installed at `first-boot` by the agent, silently, for all users, and only if its digest is still the same. " +
			"It is judged by what it leaves: the program with that product code, in that version. " +
			"Offline, whether the program is there can be seen where the target lists programs; before first boot that is deferred.\n\n" +
			"Not supported: properties, transforms, patches (`.msp`), and packages that want a restart or the network in between. Code and version stand in the package's `Property` table " +
			"(`ProductCode`, `ProductVersion`); they are not read from it here, so a wrong one shows at first boot, as a failure.",
		Principal: "version",
		New:       func() setting.Spec { return new(MSIPackage) },
		Example: `code    = "{9A25302D-30C0-39D9-BD6F-21E6EC160475}"
version = "9.0.30729"
source  = "files/runtime.msi"
sha256  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"code":    "The product code in braces.",
			"version": "The product version that the package installs.",
			"source":  "The package: a path with slashes from the profile root on, that ends in `.msi`.",
			"sha256":  "The SHA-256 of `source`, 64 hex digits.",
		},
	}
}

// MSIPackage is a package that is to be installed.
type MSIPackage struct {
	Code    string `hcl:"code" json:"code"`
	Version string `hcl:"version" json:"version"`
	From    string `hcl:"source" json:"source"`
	SHA256  string `hcl:"sha256" json:"sha256"`

	// Size is the size of the source in bytes, as SetSource was told.
	Size int64 `json:"size,omitempty"`

	CodeRange    hcl.Range `hcl:"code,attr_value_range" json:"-"`
	VersionRange hcl.Range `hcl:"version,attr_value_range" json:"-"`
	SourceRange  hcl.Range `hcl:"source,attr_value_range" json:"-"`
	SHA256Range  hcl.Range `hcl:"sha256,attr_value_range" json:"-"`
}

// Check reports errors of meaning. The content is the loader's to compare with the digest.
func (s *MSIPackage) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if !isProductCode(s.Code) {
		diags = append(diags, problem(s.CodeRange, "Malformed product code", `%q is no product code: it has the form "{9A25302D-30C0-39D9-BD6F-21E6EC160475}".`, s.Code))
	}
	if s.Version == "" {
		diags = append(diags, problem(s.VersionRange, "Missing program version", `Without the version that the package installs, an older one would pass. Write the package's "ProductVersion".`))
	}
	diags = append(diags, checkProgramVersion(s.Version, s.VersionRange)...)
	file := File{From: s.From, SHA256: s.SHA256, Size: s.Size, SourceRange: s.SourceRange, SHA256Range: s.SHA256Range}
	sourced := file.checkSource()
	name := strings.ToLower(s.From)
	switch {
	case sourced.HasErrors() || strings.HasSuffix(name, ".msi"):
	case strings.HasSuffix(name, ".msu"), strings.HasSuffix(name, ".cab"):
		sourced = append(sourced, problem(s.SourceRange, "Unsupported package", `%q goes into the component store, which only Windows can write: no stage of an image installs it. `+
			`Make a serviced base of it: name it in the "servicing" block of a base, then "wmclient base script" and "wmclient base import" (docs/base.md).`, s.From))
	default:
		sourced = append(sourced, problem(s.SourceRange, "Unsupported package", `%q is no Windows Installer package: its name must end in ".msi". Other installers belong into the base.`, s.From))
	}
	return append(diags, sourced...)
}

// Source implements setting.Sourced.
func (s *MSIPackage) Source() (string, hcl.Range, bool) { return s.From, s.SourceRange, s.From != "" }

// WantDigest implements setting.Sourced.
func (s *MSIPackage) WantDigest() (string, hcl.Range) {
	return strings.ToLower(s.SHA256), either(s.SHA256Range, s.SourceRange)
}

// SetSource implements setting.Sourced.
func (s *MSIPackage) SetSource(size int64) { s.Size = size }

// Contents is the package.
func (s *MSIPackage) Contents() []setting.Content {
	return []setting.Content{{SHA256: strings.ToLower(s.SHA256), Size: s.Size, Source: s.From}}
}

func (s *MSIPackage) path() string { return packagesFolder + `\` + strings.ToUpper(s.Code) + ".msi" }

func (s *MSIPackage) location() setting.Location {
	return setting.StateLocation(setting.SchemeProgram, strings.ToUpper(s.Code))
}

// Claims are the program, the file that waits in the image, and the folders above it.
func (s *MSIPackage) Claims(b setting.Base) []setting.Claim {
	file := File{Path: s.path(), From: s.From, SHA256: s.SHA256, Size: s.Size}
	return append([]setting.Claim{{Location: s.location(), Value: s.Version}}, file.Claims(b)...)
}

// Ops put the package into the image and install it, once Windows runs.
func (s *MSIPackage) Ops(setting.Base) []setting.Op {
	digest := strings.ToLower(s.SHA256)
	return []setting.Op{
		{Stage: setting.StageImage, Action: setting.ActionFilePut, Path: s.path(), SHA256: digest, Size: s.Size},
		{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: s.location(), Value: s.Version, Path: s.path(), SHA256: digest, Size: s.Size},
	}
}

// Observe looks for the program. The package may be gone once it is installed.
func (s *MSIPackage) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the program is there in the version of the package.
func (s *MSIPackage) Judge(o setting.Observed) setting.Verdict {
	return setting.JudgeFacts([]setting.Fact{{Location: s.location(), Present: true, Value: s.Version}}, o)
}
