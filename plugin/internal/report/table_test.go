package report_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// A reason is wrapped, never cut: it says where to look.
func TestTableKeepsReasonsWhole(t *testing.T) {
	var sb strings.Builder
	reason := strings.Repeat("word ", 60) + "end"
	f := setting.Finding{Setting: "a/b", Kind: "service", Severity: setting.Low, Outcome: setting.Fail, Reason: reason}
	if err := report.Table(&sb, []setting.Finding{f}, report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(sb.String()) {
		if len(line) > 81 {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
	if got := strings.Join(strings.Fields(sb.String()), " "); !strings.HasSuffix(got, reason) {
		t.Errorf("the reason is not whole: %q", got)
	}
}
