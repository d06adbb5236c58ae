package cli

import (
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

// firstBootQuery asks explain what the image carries beside its plan. No setting has such an id: those have a slash.
const firstBootQuery = "first_boot"

// firstBootText is what people read of it.
func firstBootText(d firstboot.Description) string {
	var sb strings.Builder
	if !d.Carried {
		return firstBootQuery + "  the image has no such block: it carries no agent, and what it leaves for later somebody else has to settle\n"
	}
	stays := "removes itself when its work is done"
	if d.Keep {
		stays = "stays when its work is done"
	}
	fmt.Fprintf(&sb, "%s  the image carries an agent, which %s\n", firstBootQuery, stays)
	fmt.Fprintf(&sb, "  agent         %s\n  works by      %s\n  runs          ", d.Agent, d.Bundle)
	for i, s := range d.Stages {
		sb.WriteString(map[bool]string{true: ", "}[i > 0] + string(s))
	}
	sb.WriteString("\n  started by\n")
	for _, v := range d.Service {
		fmt.Fprintf(&sb, "    %s = %s\n", v.Location, report.Printable(v.Value))
	}
	sb.WriteString("  until the client is validated\n")
	for _, v := range d.Held {
		fmt.Fprintf(&sb, "    %s = %s%s\n", v.Location, report.Printable(v.Value), map[bool]string{true: " (the plan wants it too: it stays)"}[v.Planned])
	}
	return sb.String()
}
