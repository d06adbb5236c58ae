package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// findings has one finding of each outcome, in two modules.
func findings() []setting.Finding {
	var all []setting.Finding
	for i, o := range setting.Outcomes() {
		f := setting.Finding{Setting: []string{"a/", "b/"}[min(i/4, 1)] + string(o), Kind: "service", Severity: setting.High, Outcome: o,
			Expected: "dword:4", Observed: "dword:2", Before: "absent"}
		if o != setting.Pass {
			f.Reason = "because <of> " + string(o)
		}
		all = append(all, f)
	}
	return all
}

func about() report.About {
	return report.About{Name: "viewer 1.2.0", Properties: []report.Property{{Name: "validated_on_windows", Value: "false"}}}
}

// parsed is a reader's own view of JUnit XML.
type parsed struct {
	TestsAttr    int `xml:"tests,attr"`
	FailuresAttr int `xml:"failures,attr"`
	ErrorsAttr   int `xml:"errors,attr"`
	Suites       []struct {
		Name     string            `xml:"name,attr"`
		Tests    int               `xml:"tests,attr"`
		Failures int               `xml:"failures,attr"`
		Errors   int               `xml:"errors,attr"`
		Skipped  int               `xml:"skipped,attr"`
		Facts    []report.Property `xml:"properties>property"`
		Cases    []struct {
			Name      string `xml:"name,attr"`
			ClassName string `xml:"classname,attr"`
			Results   []struct {
				XMLName xml.Name
				Type    string `xml:"type,attr"`
				Message string `xml:"message,attr"`
			} `xml:",any"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func junit(t *testing.T, gate validate.Gate) (parsed, string) {
	t.Helper()
	var sb strings.Builder
	if err := report.JUnit(&sb, about(), findings(), gate); err != nil {
		t.Fatal(err)
	}
	var p parsed
	if err := xml.Unmarshal([]byte(sb.String()), &p); err != nil {
		t.Fatalf("%v in\n%s", err, sb.String())
	}
	return p, sb.String()
}

func TestJUnit(t *testing.T) {
	p, text := junit(t, validate.Gate{})
	var got []string
	for _, s := range p.Suites {
		for _, c := range s.Cases {
			line := []string{s.Name, c.Name}
			for _, r := range c.Results {
				line = append(line, r.XMLName.Local, r.Type+": "+r.Message)
			}
			got = append(got, strings.Join(line, " "))
		}
	}
	want := []string{
		"a pass", "a fail failure fail: because <of> fail", "a waived skipped waived: because <of> waived",
		"a deferred skipped deferred: because <of> deferred", "b unobservable error unobservable: because <of> unobservable",
		"b not-applicable skipped not-applicable: because <of> not-applicable", "b error error error: because <of> error",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases (-want +got):\n%s\n%s", diff, text)
	}
	if p.TestsAttr != 7 || p.FailuresAttr != 1 || p.ErrorsAttr != 2 || p.Suites[0].Skipped != 2 || p.Suites[1].Errors != 2 ||
		p.Suites[0].Tests != 4 || p.Suites[0].Cases[0].ClassName != "viewer 1.2.0.a" {
		t.Errorf("counts are wrong in\n%s", text)
	}
	for _, suite := range p.Suites {
		if diff := cmp.Diff(about().Properties, suite.Facts); diff != "" {
			t.Errorf("properties of %s (-want +got):\n%s", suite.Name, diff)
		}
	}
	loose, _ := junit(t, validate.Gate{AllowUnobservable: true})
	if loose.ErrorsAttr != 1 || loose.Suites[1].Skipped != 2 {
		t.Errorf("unobservable, allowed: %d errors, %d skipped; want 1 and 2", loose.ErrorsAttr, loose.Suites[1].Skipped)
	}
	bad := []setting.Finding{{Setting: "a/b", Outcome: "ok"}}
	if err := report.JUnit(io.Discard, about(), bad, validate.Gate{}); err == nil {
		t.Error("an unknown outcome was written")
	}
}

// TestJUnitSchema asks xmllint whether the XML has the form that readers agree on.
func TestJUnitSchema(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint (package libxml2-utils) is not installed")
	}
	_, text := junit(t, validate.Gate{})
	file := filepath.Join(t.TempDir(), "junit.xml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(lint, "--noout", "--schema", "testdata/junit.xsd", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestTable(t *testing.T) {
	short := []setting.Finding{
		{Setting: "a/x", Severity: setting.High, Outcome: setting.Fail, Expected: "dword:1", Observed: "sz:\x1b[31mé\n", Before: "absent",
			Reason: "it is not so"},
		{Setting: "a/y", Severity: setting.Low, Outcome: setting.Pass, Expected: "dword:1", Observed: "dword:1"},
	}
	for name, tc := range map[string]struct {
		o    report.Options
		want string
	}{
		"English, no passes": {report.Options{}, "" +
			"OUTCOME  SEVERITY  SETTING  EXPECTED  OBSERVED              BEFORE\n" +
			"fail     high      a/x      dword:1   sz:\\u001b[31mé\\u000a  absent\n" +
			"    it is not so\n"},
		"Swedish, passes, narrow": {report.Options{Language: report.Swedish, Passes: true, Width: 62}, "" +
			"UTFALL     VIKT  INSTÄLLNING  VÄNTAT   FUNNET           FÖRE\n" +
			"godkänd    låg   a/y          dword:1  dword:1\n" +
			"underkänd  hög   a/x          dword:1  sz:\\u001b[31mé…  saknas\n" +
			"    it is not so\n"},
		"colour": {report.Options{Color: true}, "" +
			"OUTCOME  SEVERITY  SETTING  EXPECTED  OBSERVED              BEFORE\n" +
			"\x1b[31mfail\x1b[0m     high      a/x      dword:1   sz:\\u001b[31mé\\u000a  absent\n" +
			"    it is not so\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var sb strings.Builder
			if err := report.Table(&sb, short, tc.o); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, sb.String()); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
		})
	}
	var sb strings.Builder
	if err := report.Table(&sb, short[1:], report.Options{}); err != nil || sb.Len() > 0 {
		t.Errorf("only passes: %q, %v; want nothing", sb.String(), err)
	}
	for _, f := range []setting.Finding{{Outcome: "ok", Severity: setting.Low}, {Outcome: setting.Pass, Severity: "urgent"}} {
		if err := report.Table(io.Discard, []setting.Finding{f}, report.Options{}); err == nil {
			t.Errorf("%+v was written", f)
		}
	}
	if err := report.Table(brokenPipe{}, short, report.Options{}); err == nil {
		t.Error("a writer's error was lost")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestSummary(t *testing.T) {
	s, err := validate.Summarize(findings()[:2])
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		o    report.Options
		want string
	}{
		{report.Options{}, "2 settings: 1 pass, 1 fail\n"},
		{report.Options{Language: report.Swedish}, "2 inställningar: 1 godkänd, 1 underkänd\n"},
		{report.Options{Color: true}, "2 settings: \x1b[32m1 pass\x1b[0m, \x1b[31m1 fail\x1b[0m\n"},
	} {
		var sb strings.Builder
		if err := report.Summary(&sb, s, tc.o); err != nil || sb.String() != tc.want {
			t.Errorf("got %q, %v; want %q", sb.String(), err, tc.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]report.Language{"en": "en", "sv-SE": "sv", "sv_SE.UTF-8": "sv", "EN": "en", "de": "", "": ""} {
		if got, err := report.ParseLanguage(in); got != want || (err == nil) != (want != "") {
			t.Errorf("%q gives %q, %v; want %q", in, got, err, want)
		}
	}
	for _, o := range setting.Outcomes() {
		en, errEN := report.English.OutcomeWord(o)
		sv, errSV := report.Swedish.OutcomeWord(o)
		if errEN != nil || errSV != nil || en == sv {
			t.Errorf("outcome %s is %q and %q, %v, %v", o, en, sv, errEN, errSV)
		}
	}
	for _, s := range setting.Severities() {
		en, errEN := report.English.SeverityWord(s)
		sv, errSV := report.Swedish.SeverityWord(s)
		if errEN != nil || errSV != nil || en == sv {
			t.Errorf("severity %s is %q and %q, %v, %v", s, en, sv, errEN, errSV)
		}
	}
}

// Of what was wanted and found, Swedish has the tool's own words; data and names stay as they are.
func TestValue(t *testing.T) {
	for _, tc := range []struct{ kind, in, sv string }{
		{"service", "disabled", "avstängd"}, {"audit_policy", "at least success,failure", "minst lyckade och misslyckade"},
		{"registry_value", "sz:disabled", "sz:disabled"}, {"local_account", "none", "none"}, {"local_account", "enabled", "påslagen"},
		{"user_right", "[]", "[]"}, {"service", "absent", "saknas"},
	} {
		if got := report.Swedish.Value(tc.kind, tc.in); got != tc.sv {
			t.Errorf("%s %q is %q in Swedish, want %q", tc.kind, tc.in, got, tc.sv)
		}
		if got := report.English.Value(tc.kind, tc.in); got != tc.in {
			t.Errorf("%s %q is %q in English", tc.kind, tc.in, got)
		}
	}
}

func TestSHA256SUMS(t *testing.T) {
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	var sb strings.Builder
	if err := report.SHA256SUMS(&sb, []manifest.File{{Name: "plan.json", SHA256: b}, {Name: "image.wim", SHA256: a}}); err != nil {
		t.Fatal(err)
	}
	if want := a + " *image.wim\n" + b + " *plan.json\n"; sb.String() != want {
		t.Errorf("got %q, want %q", sb.String(), want)
	}
	for _, bad := range [][]manifest.File{
		{{Name: "../x", SHA256: a}}, {{Name: "a\nb", SHA256: a}}, {{Name: "", SHA256: a}}, {{Name: "x", SHA256: "abc"}},
		{{Name: "x", SHA256: strings.ToUpper(a)}}, {{Name: "x", SHA256: a}, {Name: "x", SHA256: b}},
	} {
		if err := report.SHA256SUMS(io.Discard, bad); err == nil {
			t.Errorf("%+v was written", bad)
		}
	}
}
