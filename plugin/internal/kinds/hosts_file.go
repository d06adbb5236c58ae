package kinds

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec            = (*HostsFile)(nil)
	_ setting.Merger          = (*HostsFile)(nil)
	_ setting.ContentProvider = (*HostsFile)(nil)
)

const hostsPath = `\Windows\System32\drivers\etc\hosts`

func hostsFileKind() setting.Kind {
	return setting.Kind{
		Name: "hosts_file",
		Doc: "The whole hosts file, from the entries of all settings of this kind.\n\n" +
			"Entries are joined, sorted by address and name and written with CRLF, so that the same entries give the same bytes; the file is judged by its SHA-256, in the image as on the client. " +
			"What the base has there, comments by default, is replaced, and an entry that somebody adds on the client is found as a deviation.\n\n" +
			"One name with two addresses of one family is refused, also across modules: Windows would take the first, and which that is should not depend on the order. " +
			"A `file` setting of the same path agrees where it has the same content, and collides otherwise.",
		Principal: "entries",
		New:       func() setting.Spec { return new(HostsFile) },
		Example: `entries = {
  "pacs.example.org"    = "10.30.0.10"
  "archive.example.org" = "10.30.0.11"
}
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"entries": "For each name its address.",
		},
	}
}

// HostsFile is a part of the desired hosts file.
type HostsFile struct {
	Entries map[string]string `hcl:"entries" json:"entries"`

	// More holds what a second setting adds for a name that has an address of the other family already. Merge fills it in.
	More map[string]string `json:"more,omitempty"`

	EntriesRange hcl.Range `hcl:"entries,attr_value_range" json:"-"`
}

type hostsEntry struct {
	address netip.Addr
	name    string
}

// Check reports errors of meaning.
func (s *HostsFile) Check() hcl.Diagnostics {
	if len(s.Entries) == 0 {
		return hcl.Diagnostics{problem(s.EntriesRange, "Empty expectation", `The setting has no entry. Write a name and its address.`)}
	}
	var diags hcl.Diagnostics
	for _, m := range []map[string]string{s.Entries, s.More} {
		for _, name := range sortedKeys(m) {
			a, err := netip.ParseAddr(m[name])
			switch {
			case err != nil || a.Zone() != "" || a.Is4In6():
				diags = append(diags, problem(s.EntriesRange, "Illegal address", `%q is no address for %q. Write one such as "10.30.0.10".`, m[name], name))
			case !isHostName(name):
				diags = append(diags, problem(s.EntriesRange, "Illegal host name", `%q is no host name: write letters, digits, hyphens and dots.`, name))
			}
		}
	}
	if !diags.HasErrors() {
		if _, err := s.list(); err != nil {
			diags = append(diags, problem(s.EntriesRange, "Two addresses for one name", "%s. Keep one of them.", capital(err.Error())))
		}
	}
	return diags
}

func sortedKeys(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func isHostName(name string) bool {
	if len(name) == 0 || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// list is every entry, sorted and once each; two addresses of one family for one name are an error.
func (s *HostsFile) list() ([]hostsEntry, error) {
	var list []hostsEntry
	for _, m := range []map[string]string{s.Entries, s.More} {
		for name, address := range m {
			a, err := netip.ParseAddr(address)
			if err != nil {
				return nil, fmt.Errorf("%q is no address", address)
			}
			list = append(list, hostsEntry{a, strings.ToLower(name)})
		}
	}
	slices.SortFunc(list, func(a, b hostsEntry) int {
		return cmp.Or(a.address.Compare(b.address), strings.Compare(a.name, b.name))
	})
	list = slices.Compact(list)
	for i, a := range list {
		for _, b := range list[:i] {
			if a.name == b.name && a.address.Is4() == b.address.Is4() {
				return nil, fmt.Errorf("%s has the addresses %s and %s", a.name, b.address, a.address)
			}
		}
	}
	return list, nil
}

func (s *HostsFile) content() setting.Content {
	list, err := s.list()
	if err != nil { // Check and Merge refuse it
		return setting.Content{}
	}
	var sb strings.Builder
	for _, e := range list {
		sb.WriteString(e.address.String() + " " + e.name + "\n")
	}
	return textContent(sb.String(), encodingUTF8, newlineCRLF)
}

// Contents is the file.
func (s *HostsFile) Contents() []setting.Content { return []setting.Content{s.content()} }

// Claims are the file, which joins other settings' entries, and the folders above it.
func (s *HostsFile) Claims(setting.Base) []setting.Claim {
	claims := []setting.Claim{{Location: setting.FileLocation(hostsPath), Value: digestText(s.content().SHA256), Union: true}}
	for i := strings.LastIndex(hostsPath, `\`); i > 0; i = strings.LastIndex(hostsPath[:i], `\`) {
		claims = append(claims, setting.Claim{Location: setting.FileLocation(hostsPath[:i]), Value: "directory"})
	}
	return claims
}

// Ops write the file.
func (s *HostsFile) Ops(setting.Base) []setting.Op {
	c := s.content()
	return []setting.Op{{Stage: setting.StageImage, Action: setting.ActionFilePut, Path: hostsPath, SHA256: c.SHA256, Size: c.Size}}
}

// Observe takes the file's digest.
func (s *HostsFile) Observe(r setting.Reader) (setting.Observed, error) {
	return observeFile(r, hostsPath)
}

// Judge passes where the file has exactly the wanted entries.
func (s *HostsFile) Judge(o setting.Observed) setting.Verdict {
	return setting.JudgeFacts([]setting.Fact{{Location: setting.FileLocation(hostsPath), Present: true, Value: digestText(s.content().SHA256)}}, o)
}

// Merge joins the entries of two settings. A name may have one address of each family, and no more.
func (s *HostsFile) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*HostsFile)
	if !ok {
		return nil, fmt.Errorf("merge hosts file with %T: only two hosts files merge", other)
	}
	a, errA := s.list()
	b, errB := o.list()
	if err := errors.Join(errA, errB); err != nil {
		return nil, fmt.Errorf("merge hosts files: %w", err)
	}
	merged := &HostsFile{Entries: map[string]string{}}
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y hostsEntry) int {
		return cmp.Or(x.address.Compare(y.address), strings.Compare(x.name, y.name))
	})
	for _, e := range slices.Compact(all) { // IPv4 sorts first, so which map an entry is in does not depend on the order
		switch _, taken := merged.Entries[e.name]; {
		case !taken:
			merged.Entries[e.name] = e.address.String()
		case e.address.Is4() || merged.More[e.name] != "" || !netip.MustParseAddr(merged.Entries[e.name]).Is4():
			return nil, fmt.Errorf("merge hosts files: %s has the addresses %s and %s", e.name, merged.Entries[e.name], e.address)
		default:
			if merged.More == nil {
				merged.More = map[string]string{}
			}
			merged.More[e.name] = e.address.String()
		}
	}
	return merged, nil
}
