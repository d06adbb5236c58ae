package inspect

import (
	"cmp"
	"fmt"
	"strings"
)

// blockOf writes the base block that means this base. It returns "" where a fact
// for it is unknown.
func blockOf(r *Report) string {
	f := r.Windows
	arch := strings.ToLower(f.Arch)
	if f.EditionID == "" || f.Build == "" || f.InstallLanguage == "" || arch != "amd64" && arch != "x86" {
		return ""
	}
	return Block{Name: cmp.Or(r.name, nameFor(r)), EditionID: f.EditionID, Build: f.Build, Arch: arch, Channel: channelOf(r), Languages: ordered(f.InstallLanguage, f.Languages)}.HCL()
}

// Block is a base block of a profile.
type Block struct {
	Name, EditionID, Build, Arch, Channel string
	Languages                             []string
	Features                              []string
	Comment                               []string // lines above the block

	Parent       string // SHA-256 of the WIM that it was serviced from; "" where it was not
	ParentBase   string // name of the parent's base block
	RecordSHA256 string // of the record of its servicing
}

// HCL returns the block as `wmclient fmt` writes it.
func (b Block) HCL() string {
	var s strings.Builder
	for _, line := range b.Comment {
		fmt.Fprintf(&s, "# %s\n", line)
	}
	fmt.Fprintf(&s, "base %q {\n  edition_id = %q\n  build      = %q\n  arch       = %q\n  channel    = %q\n", b.Name, b.EditionID, b.Build, b.Arch, b.Channel)
	list := func(name string, values []string) {
		if len(values) == 0 {
			return
		}
		fmt.Fprintf(&s, "  %s = [\n", name)
		for _, v := range values {
			fmt.Fprintf(&s, "    %q,\n", v)
		}
		s.WriteString("  ]\n")
	}
	list("languages", b.Languages)
	list("features", b.Features)
	if b.Parent != "" {
		fmt.Fprintf(&s, "\n  parent {\n    base          = %q\n    sha256        = %q\n    record_sha256 = %q\n  }\n", b.ParentBase, b.Parent, b.RecordSHA256)
	}
	s.WriteString("}\n")
	return s.String()
}

// nameFor proposes a name in the form of those in profiles/bases.
func nameFor(r *Report) string {
	number, _, _ := strings.Cut(r.Windows.Build, ".")
	release, ok := map[string]string{"10240": "win10-ltsb-2015", "14393": "win10-ltsb-2016", "17763": "win10-ltsc-2019", "19044": "win10-ltsc-2021",
		"26100": "win11-ltsc-2024"}[number]
	if !ok {
		release = "windows-" + number
	}
	if strings.HasPrefix(strings.ToLower(r.Windows.EditionID), "iot") {
		release = strings.Replace(release, "-lts", "-iot-lts", 1)
	}
	return release
}

// channelOf is how Microsoft calls the channel of a build: LTSB until 2016.
func channelOf(r *Report) string {
	switch number, _, _ := strings.Cut(r.Windows.Build, "."); number {
	case "10240", "14393":
		return "LTSB"
	}
	return "LTSC"
}

// ordered puts the language of the installation first.
func ordered(first string, all []string) []string {
	out := []string{first}
	for _, l := range all {
		if !strings.EqualFold(l, first) {
			out = append(out, l)
		}
	}
	return out
}
