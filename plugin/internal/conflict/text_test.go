package conflict_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

func TestLines(t *testing.T) {
	var sb strings.Builder
	if lines := conflict.Lines(nil); len(lines) != 0 {
		t.Errorf("%+v", lines)
	}
	err := plan.WriteLines(&sb, conflict.Lines([]conflict.Conflict{
		{Row: "smb1", Level: conflict.Block, Product: "p\x1b[2J", Reason: "r1", Accepted: &plan.Exception{Expires: "2027-06-30", Owner: "head", ApprovedBy: "officer", Reason: "old", Compensating: "wall"}},
		{Row: "flows", Level: conflict.Auto, Product: "p", Reason: "r2", Narrowed: []string{"firewall/x"}},
		{Row: "frozen-patching", Level: conflict.Warn, Reason: "r3"},
	}), plan.TextOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 accepted, 1 to know, 1 narrowed", "accepted until 2027-06-30 by officer (owner: head): old", "by firewall/x", "frozen-patching: the plan itself"} {
		if !strings.Contains(sb.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, sb.String())
		}
	}
	if strings.Contains(sb.String(), "\x1b") {
		t.Error("a product's name speaks to the terminal")
	}
}

func TestLinesAreLaidOut(t *testing.T) {
	var sb strings.Builder
	long := strings.Repeat("ordåäö ", 40) + strings.Repeat("x", 40)
	if err := plan.WriteLines(&sb, conflict.Lines([]conflict.Conflict{{Row: "fips", Level: conflict.Warn, Product: "p", Reason: long}}), plan.TextOptions{Width: 60}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(sb.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 60 {
			t.Errorf("%d characters: %q", n, line)
		}
	}
	if got := strings.Join(strings.Fields(sb.String()), " "); !strings.HasSuffix(got, strings.Join(strings.Fields(long), " ")) {
		t.Errorf("words are lost: %s", got)
	}
}
