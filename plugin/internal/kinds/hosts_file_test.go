package kinds_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func hostsOf(t *testing.T, entries string) setting.Spec {
	t.Helper()
	return mustDecode(t, "hosts_file", "entries = {"+entries+"}")
}

func TestHostsFileDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{`entries = {}`, "Empty expectation", `{}`, "address"},
		{`entries = { "a b" = "10.0.0.1" }`, "Illegal host name", `{ "a b" = "10.0.0.1" }`, "letters"},
		{`entries = { a = "10.0.0.256" }`, "Illegal address", `{ a = "10.0.0.256" }`, "10.30.0.10"},
		{`entries = { a = "10.0.0.1", A = "10.0.0.2" }`, "Two addresses for one name", `{ a = "10.0.0.1", A = "10.0.0.2" }`, "10.0.0.2"},
		{`entries = { "a\n1.2.3.4 b" = "10.0.0.1" }`, "Illegal host name", `{ "a\n1.2.3.4 b" = "10.0.0.1" }`, ""},
	}
	for _, tt := range tests {
		oneProblem(t, "hosts_file", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestHostsFileMerges(t *testing.T) {
	a, b, c := hostsOf(t, `a = "10.0.0.2", b = "10.0.0.1"`), hostsOf(t, `B = "10.0.0.1", c = "fd00::1"`), hostsOf(t, `a = "fd00::2"`)
	merge := func(x, y setting.Spec) setting.Spec {
		t.Helper()
		m, err := x.(setting.Merger).Merge(y)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	all := merge(merge(a, b), c)
	for name, again := range map[string]setting.Spec{"other order": merge(c, merge(b, a)), "once more": merge(all, all), "through a plan": roundTrip(t, "hosts_file", all)} {
		if d := cmp.Diff(all.Claims(base), again.Claims(base)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
	const want = "10.0.0.1 b\r\n10.0.0.2 a\r\nfd00::1 c\r\nfd00::2 a\r\n"
	if got := string(all.(setting.ContentProvider).Contents()[0].Bytes); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := a.(setting.Merger).Merge(hostsOf(t, `a = "10.0.0.9"`)); err == nil {
		t.Error("one name with two addresses was merged")
	}
	if _, err := c.(setting.Merger).Merge(hostsOf(t, `a = "fd00::9"`)); err == nil {
		t.Error("one name with two IPv6 addresses was merged")
	}
}

// TestHostsFileFoldsCase: Windows compares names without regard to case, so one entry in two spellings is one entry.
func TestHostsFileFoldsCase(t *testing.T) {
	if d := cmp.Diff(hostsOf(t, `a = "10.0.0.1"`).Claims(base), hostsOf(t, `a = "10.0.0.1", A = "10.0.0.1"`).Claims(base)); d != "" {
		t.Error(d)
	}
}

func TestHostsFileMeetsAFile(t *testing.T) {
	file := func(content string) setting.Spec {
		return mustDecode(t, "file", `path = "C:\\windows\\system32\\drivers\\etc\\hosts"`+"\nnewline = \"crlf\"\ncontent = "+content)
	}
	for content, want := range map[string]string{`"10.0.0.1 a\n"`: "agree", `"10.0.0.2 a\n"`: "collide"} {
		if got := meeting(hostsOf(t, `a = "10.0.0.1"`), file(content)); got != want {
			t.Errorf("%s: %s, want %s", content, got, want)
		}
	}
}
