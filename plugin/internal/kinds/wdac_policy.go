package kinds

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec            = (*WDACPolicy)(nil)
	_ setting.Sourced         = (*WDACPolicy)(nil)
	_ setting.ContentProvider = (*WDACPolicy)(nil)
	_ setting.Comparer        = (*WDACPolicy)(nil)
)

const (
	codeIntegrity  = `\Windows\System32\CodeIntegrity`
	formatSingle   = "single"
	formatMultiple = "multiple"
	// firstMultiple is the first build that reads several policies (1903).
	firstMultiple = 18362
)

func wdacPolicyKind() setting.Kind {
	return setting.Kind{
		Name: "wdac_policy",
		Doc: "One compiled policy of Windows Defender Application Control, put where the code integrity of Windows looks for it.\n\n" +
			"The policy is a file beside the profiles, named with its SHA-256; it is never made or changed here, because only Windows compiles policies (`ConvertFrom-CIPolicy`). " +
			"`single` puts it at `CodeIntegrity\\SIPolicy.p7b`, which every build reads. `multiple` puts it at `CodeIntegrity\\CiPolicies\\Active\\{guid}.cip`, which builds from 18362 (1903) on read and earlier ones ignore. " +
			"Before 1903 there is room for one policy: two settings collide there, also where both say `multiple`. Merge them on Windows (`Merge-CIPolicy`) and compile the result.\n\n" +
			"The file is judged by its SHA-256, offline and on a client. That it is there says that the policy is *configured*. Whether it audits or enforces is written inside it, and whether Windows accepted it is seen on a running client only (`Win32_DeviceGuard`), an observation that is not built yet. " +
			"A policy that is signed and enforced cannot be removed by deleting its file: try it in audit mode first.",
		Principal: "source",
		New:       func() setting.Spec { return new(WDACPolicy) },
		Example: `format = "multiple"
guid   = "5951a96a-e0b5-4d3d-8fb8-3e5b61030784"
source = "files/allow-viewer.cip"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"format": "`single` (one policy, any build) or `multiple` (from 18362 on, with a `guid`).",
			"guid":   "With `multiple`: the policy's id (`PolicyID` in its XML), without braces.",
			"source": "The compiled policy: a path with slashes from the profile root on, ending in `.p7b`, `.bin` or `.cip`.",
			"sha256": "The SHA-256 of `source`, 64 hex digits.",
		},
	}
}

// WDACPolicy is one compiled policy that is to be in place.
type WDACPolicy struct {
	Format string `hcl:"format" json:"format"`
	GUID   string `hcl:"guid,optional" json:"guid,omitempty"`
	From   string `hcl:"source" json:"source"`
	SHA256 string `hcl:"sha256" json:"sha256"`

	// Size is the size of the source in bytes, as SetSource was told.
	Size int64 `json:"size,omitempty"`

	FormatRange hcl.Range `hcl:"format,attr_value_range" json:"-"`
	GUIDRange   hcl.Range `hcl:"guid,attr_value_range" json:"-"`
	SourceRange hcl.Range `hcl:"source,attr_value_range" json:"-"`
	SHA256Range hcl.Range `hcl:"sha256,attr_value_range" json:"-"`
}

// file is the file that the policy is for Windows.
func (s *WDACPolicy) file() *File {
	path := codeIntegrity + `\SIPolicy.p7b`
	if s.Format == formatMultiple {
		path = codeIntegrity + `\CiPolicies\Active\{` + strings.ToUpper(s.GUID) + `}.cip`
	}
	return &File{Path: path, From: s.From, SHA256: s.SHA256, Size: s.Size, SourceRange: s.SourceRange, SHA256Range: s.SHA256Range}
}

// Check reports errors of meaning. What the policy says is not read.
func (s *WDACPolicy) Check() hcl.Diagnostics {
	diags := choice(s.FormatRange, "format", s.Format, false, formatSingle, formatMultiple)
	switch {
	case s.Format == formatMultiple && !isGUID(s.GUID):
		diags = append(diags, problem(either(s.GUIDRange, s.FormatRange), "Missing policy id", `%q is no GUID. Write the policy's "PolicyID" without braces: Windows finds the file by it.`, s.GUID))
	case s.Format == formatSingle && s.GUID != "":
		diags = append(diags, problem(s.GUIDRange, "Policy id without a use", `The single policy has a fixed place. Remove "guid", or write format = "multiple".`))
	}
	sourced := s.file().checkSource()
	name := strings.ToLower(s.From)
	if !sourced.HasErrors() && !strings.HasSuffix(name, ".p7b") && !strings.HasSuffix(name, ".bin") && !strings.HasSuffix(name, ".cip") {
		sourced = append(sourced, problem(s.SourceRange, "Policy that is not compiled",
			`%q is no compiled policy: its name must end in ".p7b", ".bin" or ".cip". Compile the XML on Windows with "ConvertFrom-CIPolicy".`, s.From))
	}
	return append(diags, sourced...)
}

// Source implements setting.Sourced.
func (s *WDACPolicy) Source() (string, hcl.Range, bool) { return s.From, s.SourceRange, s.From != "" }

// WantDigest implements setting.Sourced.
func (s *WDACPolicy) WantDigest() (string, hcl.Range) { return s.file().WantDigest() }

// SetSource implements setting.Sourced.
func (s *WDACPolicy) SetSource(size int64) { s.Size = size }

// Contents is the policy.
func (s *WDACPolicy) Contents() []setting.Content { return s.file().Contents() }

// Claims are the file, and on a base that reads one policy only the one place there is.
func (s *WDACPolicy) Claims(b setting.Base) []setting.Claim {
	claims := s.file().Claims(b)
	if n := b.Number(); s.Format == formatMultiple && n > 0 && n < firstMultiple {
		only := &WDACPolicy{Format: formatSingle, From: s.From, SHA256: s.SHA256, Size: s.Size}
		claims = append(claims, only.file().Claims(b)[0])
	}
	return claims
}

// Ops put the file.
func (s *WDACPolicy) Ops(b setting.Base) []setting.Op { return s.file().Ops(b) }

// Observe reads the file.
func (s *WDACPolicy) Observe(r setting.Reader) (setting.Observed, error) { return s.file().Observe(r) }

// Judge passes where the file is exactly the policy.
func (s *WDACPolicy) Judge(o setting.Observed) setting.Verdict { return s.file().Judge(o) }

// Compare knows only whether it is the same policy: what a compiled one allows is not read.
func (s *WDACPolicy) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*WDACPolicy)
	if !ok || s.file().Path != o.file().Path || !strings.EqualFold(s.SHA256, o.SHA256) {
		return setting.Unknown
	}
	return setting.Same
}
