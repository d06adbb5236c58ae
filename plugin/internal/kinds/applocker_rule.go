package kinds

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*AppLockerRule)(nil)
	_ setting.Comparer = (*AppLockerRule)(nil)
)

const (
	ruleAllow        = "allow"
	ruleDeny         = "deny"
	everyone         = "S-1-1-0"
	maxAppLockerText = 1024 // Name and Description (AppLocker XSD)
	anyText          = "*"
)

// ruleAdministrators may run everything: they can put files anywhere anyway.
var ruleAdministrators = []string{"S-1-5-32-544", "S-1-5-18"}

func appLockerRuleKind() setting.Kind {
	return setting.Kind{
		Name: "applocker_rule",
		Doc: "One rule of AppLocker, for a path, a publisher or one file by its hash.\n\n" +
			"The rule is XML in `SrpV2\\<collection>\\<id>!Value`, in the registry and in `Registry.pol`. The id is a GUID made from the rule's content, the same every time, unless one is given. " +
			"Rules are compared by meaning: white space, the order of attributes and of exceptions make no difference; everything else does.\n\n" +
			"**Allow rules on paths** are refused where users can put files, as they could then run anything: ProgramData, profiles, folders at the root of a drive, shares, removable media, and the folders below `%WINDIR%` that users can write to. " +
			"A rule that covers such folders (`%WINDIR%\\*`) must except them; the message lists those that are missing. Only administrators and the system may be allowed `*`. What lies in such a place is allowed by publisher, else by hash. " +
			"The lists are those of a fresh Windows: a program that loosens permissions below Program Files is not seen. " +
			"An exception such as `%WINDIR%\\tracing\\*` does not cover streams that hang on the folder itself (`tracing:x.exe`); a denial of `%OSDRIVE%\\*:*` is meant for all of them, and was not tried. " +
			"`%SYSTEM32%\\Microsoft\\Crypto\\RSA\\MachineKeys` and `%SYSTEM32%\\Tasks_Migrated` are writable too and are better denied by a rule of their own, which also binds administrators; the module `mt-only` does so.\n\n" +
			"A **hash** is the SHA-256 that AppLocker shows (`Get-AppLockerFileInformation`): the Authenticode hash for programs and libraries, that of the whole file for scripts and packages. It holds for exactly one version. " +
			"A **publisher** is matched in capitals (`O=EXAMPLE AB, L=LUND, C=SE`), with a product and a file, each perhaps `*`; an allow rule for `*` as publisher is for `Appx` only, as anything signed would run.\n\n" +
			"The kind says what is *configured*. That a running client *enforces* it is another observation, which is not built yet.",
		Principal: "action",
		New:       func() setting.Spec { return new(AppLockerRule) },
		Example: `collection   = "Exe"
name         = "Programs in Windows"
action       = "allow"
path         = "%WINDIR%\\System32\\*"
except_paths = ["%SYSTEM32%\\catroot2\\*", "%SYSTEM32%\\com\\dmp\\*", "%SYSTEM32%\\FxsTmp\\*", "%SYSTEM32%\\spool\\*", "%SYSTEM32%\\Tasks\\*"]
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"collection":        "`Exe`, `Dll`, `Script`, `Msi` or `Appx`. `Appx` takes publisher rules only.",
			"name":              "The name that people see.",
			"description":       "A text for people.",
			"id":                "A GUID without braces, for a rule that exists elsewhere; by default one made from the content.",
			"action":            "`allow` or `deny`. A denial wins.",
			"user":              "The SID of the user or group that the rule is for; `S-1-1-0` (everyone) by default.",
			"path":              "A path with `*` and `?`, beginning with `%PROGRAMFILES%`, `%WINDIR%`, `%SYSTEM32%`, `%OSDRIVE%`, `%REMOVABLE%` or `%HOT%`.",
			"hash":              "The SHA-256 of one file as AppLocker computes it, 64 hex digits.",
			"file_name":         "With `hash`: the file's name.",
			"file_length":       "With `hash`: the file's length in bytes. AppLocker notes it for people and compares the hash only; left out where nobody knows it.",
			"publisher":         "The signer, as AppLocker shows it: `O=..., L=..., S=..., C=...`.",
			"product":           "With `publisher`: the product name, or `*`.",
			"binary":            "With `publisher`: the original file name, or `*`.",
			"min_version":       "With `publisher`: the lowest file version, as `1.2.3.4`; `*` by default.",
			"max_version":       "With `publisher`: the highest file version; `*` by default.",
			"except_paths":      "Paths that the rule does not cover; not with `hash`.",
			"except_publishers": "Publishers that the rule does not cover: a list of objects with `publisher`, `product` and `binary`; not with `hash`.",
		},
	}
}

// AppLockerRule is one desired rule.
type AppLockerRule struct {
	Collection       string               `hcl:"collection" json:"collection"`
	Name             string               `hcl:"name" json:"name"`
	Description      string               `hcl:"description,optional" json:"description,omitempty"`
	ID               string               `hcl:"id,optional" json:"id,omitempty"`
	Action           string               `hcl:"action" json:"action"`
	User             string               `hcl:"user,optional" json:"user,omitempty"`
	Path             string               `hcl:"path,optional" json:"path,omitempty"`
	Hash             string               `hcl:"hash,optional" json:"hash,omitempty"`
	FileName         string               `hcl:"file_name,optional" json:"file_name,omitempty"`
	FileLength       *int                 `hcl:"file_length,optional" json:"file_length,omitempty"`
	Publisher        string               `hcl:"publisher,optional" json:"publisher,omitempty"`
	Product          string               `hcl:"product,optional" json:"product,omitempty"`
	Binary           string               `hcl:"binary,optional" json:"binary,omitempty"`
	MinVersion       string               `hcl:"min_version,optional" json:"min_version,omitempty"`
	MaxVersion       string               `hcl:"max_version,optional" json:"max_version,omitempty"`
	ExceptPaths      []string             `hcl:"except_paths,optional" json:"except_paths,omitempty"`
	ExceptPublishers []AppLockerPublisher `hcl:"except_publishers,optional" json:"except_publishers,omitempty"`

	CollectionRange       hcl.Range `hcl:"collection,attr_value_range" json:"-"`
	NameRange             hcl.Range `hcl:"name,attr_value_range" json:"-"`
	DescriptionRange      hcl.Range `hcl:"description,attr_value_range" json:"-"`
	IDRange               hcl.Range `hcl:"id,attr_value_range" json:"-"`
	ActionRange           hcl.Range `hcl:"action,attr_value_range" json:"-"`
	UserRange             hcl.Range `hcl:"user,attr_value_range" json:"-"`
	PathRange             hcl.Range `hcl:"path,attr_value_range" json:"-"`
	HashRange             hcl.Range `hcl:"hash,attr_value_range" json:"-"`
	FileNameRange         hcl.Range `hcl:"file_name,attr_value_range" json:"-"`
	FileLengthRange       hcl.Range `hcl:"file_length,attr_value_range" json:"-"`
	PublisherRange        hcl.Range `hcl:"publisher,attr_value_range" json:"-"`
	ProductRange          hcl.Range `hcl:"product,attr_value_range" json:"-"`
	BinaryRange           hcl.Range `hcl:"binary,attr_value_range" json:"-"`
	MinVersionRange       hcl.Range `hcl:"min_version,attr_value_range" json:"-"`
	MaxVersionRange       hcl.Range `hcl:"max_version,attr_value_range" json:"-"`
	ExceptPathsRange      hcl.Range `hcl:"except_paths,attr_value_range" json:"-"`
	ExceptPublishersRange hcl.Range `hcl:"except_publishers,attr_value_range" json:"-"`
}

// AppLockerPublisher is an exception from a rule, by publisher.
type AppLockerPublisher struct {
	Publisher string `cty:"publisher" json:"publisher"`
	Product   string `cty:"product" json:"product"`
	Binary    string `cty:"binary" json:"binary"`
}

// Check reports errors of meaning.
func (s *AppLockerRule) Check() hcl.Diagnostics {
	diags := choice(s.CollectionRange, "collection", s.Collection, false, appLockerCollections()...)
	diags = append(diags, choice(s.ActionRange, "action", s.Action, false, ruleAllow, ruleDeny)...)
	if s.User != "" {
		diags = append(diags, checkSID(s.User, s.UserRange)...)
	}
	if s.ID != "" && !isGUID(s.ID) {
		diags = append(diags, problem(s.IDRange, "Illegal rule id", `%q is no GUID. Write one without braces, or leave "id" out: it is made from the content.`, s.ID))
	}
	for _, t := range []struct {
		name, text string
		least      int
		at         hcl.Range
	}{{"name", s.Name, 1, s.NameRange}, {"description", s.Description, 0, s.DescriptionRange}} {
		if n := len(upcase.Units(t.text)); n < t.least || n > maxAppLockerText || !printable(t.text) {
			diags = append(diags, problem(t.at, "Illegal rule text", "The %s of a rule has %d to %d characters, none of them a control character.", t.name, t.least, maxAppLockerText))
		}
	}
	diags = append(diags, s.checkCondition()...)
	if n := len(s.values()[0].value.Data); n > maxPolicyData && !diags.HasErrors() {
		diags = append(diags, problem(s.NameRange, "Rule too long", "The rule has %d bytes; Registry.pol holds at most %d. Make several rules of it.", n, maxPolicyData))
	}
	return diags
}

// printable refuses what XML cannot hold.
func printable(s string) bool {
	return !hasControl(s) && !strings.ContainsAny(s, "\ufffe\uffff\ufffd")
}

func (s *AppLockerRule) checkCondition() hcl.Diagnostics {
	given := 0
	for _, text := range []string{s.Path, s.Hash, s.Publisher} {
		given += bit(text != "")
	}
	at := either(s.PathRange, s.HashRange, s.PublisherRange, s.NameRange)
	switch {
	case given != 1:
		return hcl.Diagnostics{problem(at, "Missing or double condition", `A rule is for one thing: write "path", "hash" or "publisher", and only one of them.`)}
	case s.Collection == "Appx" && s.Publisher == "":
		return hcl.Diagnostics{problem(at, "Unsupported condition", `Packaged apps are known by their publisher only. Write "publisher", "product" and "binary".`)}
	case s.Hash == "" && (s.FileName != "" || s.FileLength != nil):
		return hcl.Diagnostics{problem(either(s.FileNameRange, s.FileLengthRange), "File without a hash", `"file_name" and "file_length" belong to "hash".`)}
	case s.Publisher == "" && s.Product+s.Binary+s.MinVersion+s.MaxVersion != "":
		return hcl.Diagnostics{problem(either(s.ProductRange, s.BinaryRange, s.MinVersionRange, s.MaxVersionRange), "Product without a publisher",
			`"product", "binary", "min_version" and "max_version" belong to "publisher".`)}
	case s.Hash != "":
		return s.checkHash()
	}
	diags := s.checkExceptions()
	if s.Publisher != "" {
		return append(diags, s.checkPublisher()...)
	}
	diags = append(diags, checkAppLockerPath(s.Path, s.PathRange)...)
	if s.Action == ruleAllow && !diags.HasErrors() {
		diags = append(diags, checkAllowPath(s.Path, s.PathRange)...)
	}
	if s.Action != ruleAllow || diags.HasErrors() || s.Path == anyText && slices.Contains(ruleAdministrators, s.user()) {
		return diags
	}
	if why := writableByUsers(s.Path, s.ExceptPaths); why != "" {
		diags = append(diags, problem(s.PathRange, "Allow rule on a writable path",
			`%q cannot be allowed: %s. Otherwise allow the program by "publisher", else by "hash", or let it be installed below Program Files.`, s.Path, why))
	}
	return diags
}

func (s *AppLockerRule) checkHash() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if len(s.Hash) != 64 || strings.Trim(strings.ToLower(s.Hash), "0123456789abcdef") != "" {
		diags = append(diags, problem(s.HashRange, "Malformed hash", `%q is no SHA-256: write its 64 hex digits, as "Get-AppLockerFileInformation" shows them behind "SHA256 0x".`, s.Hash))
	}
	if s.FileName == "" || strings.ContainsAny(s.FileName, `\/"`) || !printable(s.FileName) {
		diags = append(diags, problem(either(s.FileNameRange, s.HashRange), "Missing file name", `A hash rule names its file, without a folder: "file_name".`))
	}
	if s.FileLength != nil && *s.FileLength < 1 {
		diags = append(diags, problem(s.FileLengthRange, "Illegal file length", `A file with code has at least one byte: "file_length" is its length in bytes, or is left out.`))
	}
	if len(s.ExceptPaths)+len(s.ExceptPublishers) > 0 {
		diags = append(diags, problem(either(s.ExceptPathsRange, s.ExceptPublishersRange), "Exception from one file", `A hash rule is for one file and has no exceptions.`))
	}
	return diags
}

func (s *AppLockerRule) checkPublisher() hcl.Diagnostics {
	diags := checkPublisherName(AppLockerPublisher{s.Publisher, s.Product, s.Binary}, either(s.PublisherRange, s.ProductRange, s.BinaryRange))
	for _, v := range []struct {
		text string
		at   hcl.Range
	}{{s.MinVersion, s.MinVersionRange}, {s.MaxVersion, s.MaxVersionRange}} {
		if v.text != "" && v.text != anyText && !isFileVersion(v.text) {
			diags = append(diags, problem(v.at, "Malformed file version", `%q is no file version: it has four numbers, such as "1.2.3.4".`, v.text))
		}
	}
	if s.Action == ruleAllow && s.Publisher == anyText && s.Collection != "Appx" && !slices.Contains(ruleAdministrators, s.user()) {
		diags = append(diags, problem(s.PublisherRange, "Any publisher allowed", `Anything that anybody signed would run. Name the publisher; "*" is for packaged apps ("Appx") and denials.`))
	}
	return diags
}

func checkPublisherName(p AppLockerPublisher, at hcl.Range) hcl.Diagnostics {
	switch {
	case p.Publisher != anyText && !strings.Contains(p.Publisher, "=") || !printable(p.Publisher):
		return hcl.Diagnostics{problem(at, "Illegal publisher", `%q is no publisher. Write it as AppLocker shows it, such as "O=EXAMPLE AB, L=LUND, C=SE".`, p.Publisher)}
	case p.Product == "" || p.Binary == "" || !printable(p.Product+p.Binary):
		return hcl.Diagnostics{problem(at, "Missing product or file", `A publisher comes with "product" and "binary"; write "*" where any is meant.`)}
	}
	return nil
}

func isFileVersion(s string) bool {
	parts := strings.Split(s, ".")
	return len(parts) == 4 && !slices.ContainsFunc(parts, func(p string) bool { return !decimal(p, 16) })
}

func (s *AppLockerRule) checkExceptions() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if s.Collection == "Appx" && len(s.ExceptPaths) > 0 {
		diags = append(diags, problem(s.ExceptPathsRange, "Unsupported condition", `Packaged apps are known by their publisher only. Use "except_publishers".`))
	}
	for _, p := range s.ExceptPaths {
		diags = append(diags, checkAppLockerPath(p, s.ExceptPathsRange)...)
	}
	for _, p := range s.ExceptPublishers {
		diags = append(diags, checkPublisherName(p, s.ExceptPublishersRange)...)
	}
	return diags
}

func (s *AppLockerRule) user() string {
	if s.User == "" {
		return everyone
	}
	return strings.ToUpper(s.User)
}

func (s *AppLockerRule) key() string { return appLockerKey + `\` + s.Collection + `\` + s.guid() }

func (s *AppLockerRule) values() ownedValues {
	return ownedValues{{key: s.key(), name: "Value", value: setting.SZ(s.xml(s.guid()))}}
}

// Claims are the rule, and that its collection has rules.
func (s *AppLockerRule) Claims(setting.Base) []setting.Claim {
	return append(s.values().claims(), setting.Claim{Location: appLockerUse(s.Collection), Value: appLockerRules})
}

// Ops write the rule.
func (s *AppLockerRule) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the rule.
func (s *AppLockerRule) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge compares rules by meaning.
func (s *AppLockerRule) Judge(o setting.Observed) setting.Verdict {
	want := s.values()
	meant, err := appLockerMeaning(s.xml(s.guid()))
	if err != nil { // what this kind writes can be read
		return setting.Verdict{Outcome: setting.Error, Reason: "the rule cannot be written as XML: " + err.Error()}
	}
	seen := setting.Observed{Facts: slices.Clone(o.Facts)}
	for i, f := range seen.Facts {
		text, ok := strings.CutPrefix(f.Value, "sz:")
		if !ok || !f.Present {
			continue
		}
		if found, err := appLockerMeaning(text); err == nil && found == meant {
			seen.Facts[i].Value = want[0].value.Text()
		}
	}
	return want.judge(seen)
}

// Compare knows that a rule with the same content is the same.
func (s *AppLockerRule) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*AppLockerRule)
	if !ok {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
