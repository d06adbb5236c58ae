package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

func group(members string) string { return "group = \"S-1-5-32-544\"\n" + members }

func TestGroupMembershipDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{"group = \"Administratörer\"\nmembers = [\"rid:500\"]", "Name where a SID belongs", `"Administratörer"`, "S-1-5-32-544"},
		{"group = \"S-1-5-18\"\nmembers = [\"rid:500\"]", "No built-in group", `"S-1-5-18"`, ""},
		{"group = \"S-1-5-32-544-1\"\nmembers = [\"rid:500\"]", "No built-in group", `"S-1-5-32-544-1"`, ""},
		{group("members = []"), "Empty expectation", "[]", "nobody"},
		{group("members = [\"Domain Admins\"]"), "Name where a SID belongs", `["Domain Admins"]`, "SID"},
		{group("members = [\"rid:1\"]"), "Malformed RID", `["rid:1"]`, "rid:500"},
		{group("members = [\"rid:0500\"]"), "Malformed RID", `["rid:0500"]`, ""},
		{group("members = [\"S-1-5-32-544\"]"), "Group in itself", `["S-1-5-32-544"]`, ""},
		{group("nobody = true"), "No administrator at all", "true", "rid:500"},
		{"group = \"S-1-5-32-555\"\nmembers = [\"rid:500\"]\nnobody = true", "Nobody and somebody", "true", ""},
	}
	for _, tt := range tests {
		oneProblem(t, "group_membership", tt.body, tt.summary, tt.at, tt.detail)
	}
	mustDecode(t, "group_membership", "group = \"S-1-5-32-555\"\nnobody = true")
}

func TestGroupMembershipJudges(t *testing.T) {
	spec := mustDecode(t, "group_membership", group(`members = ["RID:500", "s-1-5-21-1-2-3-512"]`))
	for text, want := range map[string]setting.Outcome{
		`["S-1-5-21-1-2-3-512","rid:500"]`:            setting.Pass,
		`["rid:500","S-1-5-21-1-2-3-512"]`:            setting.Pass,
		`["rid:500"]`:                                 setting.Fail,
		`["rid:1000","rid:500","S-1-5-21-1-2-3-512"]`: setting.Fail,
		`[]`:    setting.Fail,
		`null`:  setting.Fail,
		`hello`: setting.Fail,
	} {
		w := fake.New()
		w.SetState(setting.StateLocation(setting.SchemeGroup, "S-1-5-32-544"), text)
		if v := outcome(t, spec, w); v.Outcome != want {
			t.Errorf("%s: %+v, want %s", text, v, want)
		}
	}
}

func TestGroupMembershipMergesAndCompares(t *testing.T) {
	a, b := mustDecode(t, "group_membership", group(`members = ["rid:500"]`)), mustDecode(t, "group_membership", group(`members = ["S-1-5-21-1-2-3-512"]`))
	for _, pair := range [][2]setting.Spec{{a, b}, {b, a}} {
		merged, err := pair[0].(setting.Merger).Merge(pair[1])
		if err != nil || merged.Claims(base)[0].Value != `["S-1-5-21-1-2-3-512","rid:500"]` {
			t.Fatalf("%+v, %v", merged, err)
		}
		if got := merged.(setting.Comparer).Compare(pair[0]); got != setting.Loosened {
			t.Errorf("a longer list is %s", got)
		}
		if got := pair[0].(setting.Comparer).Compare(merged); got != setting.Tightened {
			t.Errorf("a shorter list is %s", got)
		}
	}
	other := mustDecode(t, "group_membership", "group = \"S-1-5-32-555\"\nnobody = true")
	if merged, err := a.(setting.Merger).Merge(other); err == nil {
		t.Errorf("merged to %+v", merged)
	}
	if got := a.(setting.Comparer).Compare(b); got != setting.Unknown {
		t.Errorf("two different lists are %s", got)
	}
}
