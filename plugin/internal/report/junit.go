package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// The elements of JUnit XML as Jenkins' junit-10.xsd has them. Times and host names are left out, so that the same findings give the
// same bytes.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
		junitCounts
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Skipped    int         `xml:"skipped,attr"`
		Properties []Property  `xml:"properties>property"`
		Cases      []junitCase `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	junitCase struct {
		Name      string       `xml:"name,attr"`
		ClassName string       `xml:"classname,attr"`
		Skipped   *junitResult `xml:"skipped"`
		Error     *junitResult `xml:"error"`
		Failure   *junitResult `xml:"failure"`
	}
	junitResult struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// About says what findings are about, so that a report on its own is not taken for more than it is.
type About struct {
	Name       string // the image's name and version
	Properties []Property
}

// Property is one fact about what was judged, for example the platform.
type Property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// JUnit writes the findings as JUnit XML: one suite per module, in the order in which the findings come. Fail is a failure; error is an
// error, and so is unobservable unless the gate allows it; waived, deferred and not-applicable are skipped. All but passes carry
// the outcome as their type and the reason as their message. Every suite carries the properties.
func JUnit(w io.Writer, about About, findings []setting.Finding, gate validate.Gate) error {
	all := junitSuites{Name: about.Name}
	for _, f := range findings {
		module, label, found := strings.Cut(f.Setting, "/")
		if !found {
			label = module
		}
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != module {
			all.Suites = append(all.Suites, junitSuite{Name: module, Properties: about.Properties})
		}
		suite := &all.Suites[len(all.Suites)-1]
		c := junitCase{Name: label, ClassName: about.Name + "." + module}
		if err := suite.place(&c, f, gate); err != nil {
			return err
		}
		suite.Cases = append(suite.Cases, c)
		suite.Tests++
	}
	for _, s := range all.Suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
	}
	out, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s%s\n", xml.Header, out); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	return nil
}

// place puts the finding's outcome into the test case and counts it.
func (s *junitSuite) place(c *junitCase, f setting.Finding, gate validate.Gate) error {
	result := &junitResult{Type: string(f.Outcome), Message: Printable(f.Reason), Text: Printable(fmt.Sprintf(
		"%s, severity %s: expected %s, observed %s, before %s", f.Kind, f.Severity, orNone(f.Expected), orNone(f.Observed), orNone(f.Before)))}
	outcome := f.Outcome
	if outcome == setting.Unobservable && gate.AllowUnobservable {
		outcome = setting.Deferred
	}
	switch outcome {
	case setting.Pass:
	case setting.Fail:
		c.Failure = result
		s.Failures++
	case setting.Error, setting.Unobservable:
		c.Error = result
		s.Errors++
	case setting.Waived, setting.Deferred, setting.NotApplicable:
		c.Skipped = result
		s.Skipped++
	default:
		return fmt.Errorf("write JUnit XML: finding %s has the unknown outcome %q", f.Setting, f.Outcome)
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "(not known)"
	}
	return s
}
