package servicing

import (
	"fmt"
	"strings"
)

// Block writes the base block of a serviced base, as `wmclient fmt` does.
// channel is LTSB or LTSC; features are all that are turned on, those of the
// parent too.
func (s Spec) Block(channel string, features []string, parentSHA256, recordSHA256 string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "base %q {\n  edition_id = %q\n  build      = %q\n  arch       = %q\n  channel    = %q\n", s.Base, s.EditionID, s.Build, s.Arch, channel)
	list(&b, "  ", "languages", s.Languages)
	list(&b, "  ", "features", features)
	fmt.Fprintf(&b, "\n  servicing {\n    parent        = %q\n    parent_sha256 = %q\n    record_sha256 = %q\n", s.Parent, parentSHA256, recordSHA256)
	list(&b, "    ", "capabilities", s.Capabilities)
	list(&b, "    ", "drivers", s.Drivers)
	for _, p := range s.Packages {
		fmt.Fprintf(&b, "\n    package %q {\n      sha256 = %q\n    }\n", p.File, p.SHA256)
	}
	b.WriteString("  }\n}\n")
	return b.String()
}

func list(b *strings.Builder, indent, name string, values []string) {
	if len(values) == 0 {
		return
	}
	fmt.Fprintf(b, "%s%s = [\n", indent, name)
	for _, v := range values {
		fmt.Fprintf(b, "%s  %q,\n", indent, v)
	}
	fmt.Fprintf(b, "%s]\n", indent)
}
