package talk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/talk"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// ui notes what is said on it.
type ui struct {
	packersdk.Ui
	lines []string
}

func (u *ui) Say(text string)   { u.lines = append(u.lines, "say "+text) }
func (u *ui) Error(text string) { u.lines = append(u.lines, "error "+text) }

func TestErrorKeepsPlacesAndSnippets(t *testing.T) {
	parser := hclparse.NewParser()
	file, diags := parser.ParseHCL([]byte("image \"x\" {\n  version = \"one\"\n}\n"), "images/x.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	subject := hcl.Range{Filename: "images/x.hcl", Start: hcl.Pos{Line: 2, Column: 13, Byte: 24}, End: hcl.Pos{Line: 2, Column: 18, Byte: 29}}
	bad := &build.ProfileError{Files: map[string]*hcl.File{"images/x.hcl": file}, Diags: hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: "Invalid version", Detail: "\"one\" is no version.", Subject: &subject},
		{Severity: hcl.DiagError, Summary: "Missing base", Detail: "Name a base.", Subject: &hcl.Range{Filename: "images/x.hcl", Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: 6, Byte: 5}}},
	}}
	err := talk.Error(fmt.Errorf("load: %w", bad))
	for _, want := range []string{"the profile does not hold:", "Invalid version", "on images/x.hcl line 2", `version = "one"`, `"one" is no version.`, "Missing base", "on images/x.hcl line 1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%s", want, err)
		}
	}
	if strings.Index(err.Error(), "Missing base") > strings.Index(err.Error(), "Invalid version") {
		t.Errorf("not sorted by place:\n%s", err)
	}
	var kept *build.ProfileError
	if !errors.As(err, &kept) {
		t.Error("the error's class is lost")
	}
}

func TestErrorSpeaksInAttributes(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"accept":    {errors.New("hint: wmclient lock x.hcl --accept-base b.wim, or build with --accept-base"), "hint: wmclient lock x.hcl --accept-base b.wim, or set accept_base = true"},
		"out":       {errors.New("or build into another folder with --out"), "or build into another output_directory"},
		"other":     {errors.New("read hive: no such file"), "read hive: no such file"},
		"cancelled": {fmt.Errorf("write image: %w", context.Canceled), "cancelled; nothing was left behind"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := talk.Error(test.err)
			if got.Error() != test.want || !errors.Is(got, test.err) {
				t.Errorf("got %q, want %q, with the first error inside", got, test.want)
			}
		})
	}
}

func TestProgressIsThrottled(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	u := &ui{}
	sink := talk.Sink(u, func() time.Time { return now })
	const mib = 1 << 20
	sink(build.Event{Type: build.EventStep, Step: "writing image.wim"})
	for second := range int64(8) {
		sink(build.Event{Type: build.EventProgress, Step: "writing image.wim", Done: second * 100 * mib, Total: 1000 * mib})
		now = now.Add(time.Second)
	}
	// Another step starts its own measure.
	for second := range int64(4) {
		sink(build.Event{Type: build.EventProgress, Step: "hash", Done: second * 10 * mib, Total: 100 * mib})
		now = now.Add(time.Second)
	}
	sink(build.Event{Type: build.EventProgress, Step: "unknown size"})
	now = now.Add(time.Minute)
	sink(build.Event{Type: build.EventProgress, Step: "unknown size"})
	sink(build.Event{Type: build.EventNote, Text: "an integrity table was dropped"})
	want := []string{
		"say writing image.wim",
		"say   300 of 1000 MiB (30 %), 100 MiB/s, 7s left",
		"say   600 of 1000 MiB (60 %), 100 MiB/s, 4s left",
		"say   30 of 100 MiB (30 %), 10 MiB/s, 7s left",
		"say   an integrity table was dropped",
	}
	if diff := cmp.Diff(want, u.lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestGatingFindingsAreShown(t *testing.T) {
	findings := []setting.Finding{
		{Setting: "a/fine", Severity: setting.Low, Outcome: setting.Pass, Expected: "1", Observed: "1"},
		{Setting: "a/bad", Severity: setting.High, Outcome: setting.Fail, Expected: "1", Observed: "0", Reason: "it is 0"},
		{Setting: "a/later", Severity: setting.Low, Outcome: setting.Deferred, Expected: "1"},
		{Setting: "a/dark", Severity: setting.Low, Outcome: setting.Unobservable, Expected: "1"},
	}
	summary, err := validate.Summarize(findings)
	if err != nil {
		t.Fatal(err)
	}
	u := &ui{}
	sink := talk.Sink(u, time.Now)
	for _, f := range findings {
		sink(build.Event{Type: build.EventFinding, Data: f})
	}
	sink(build.Event{Type: build.EventResult, Data: &build.Result{Summary: summary}})
	if len(u.lines) != 2 || !strings.HasPrefix(u.lines[0], "error ") || !strings.HasPrefix(u.lines[1], "say 4 settings: 1 pass, 1 fail") {
		t.Fatalf("lines: %q", u.lines)
	}
	for text, shown := range map[string]bool{"a/bad": true, "it is 0": true, "a/dark": true, "a/fine": false, "a/later": false} {
		if strings.Contains(u.lines[0], text) != shown {
			t.Errorf("%s: shown is not %v in\n%s", text, shown, u.lines[0])
		}
	}
}
