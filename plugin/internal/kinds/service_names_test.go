package kinds_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestServiceNames(t *testing.T) {
	const none, warning, problem = hcl.DiagInvalid, hcl.DiagWarning, hcl.DiagError
	for _, c := range []struct {
		name     string
		build    string
		optional bool
		stated   []string
		want     hcl.DiagnosticSeverity
		part     string
	}{
		{"Spooler", "19044.1288", false, nil, none, ""},
		{"sPOOLER", "14393.0", false, nil, none, ""},
		{"Spoolr", "19044.1288", false, nil, problem, `Did you mean "Spooler"?`},
		{"Spoolr", "19044.1288", true, nil, problem, `Did you mean "Spooler"?`},
		{"Spoolr", "19044.1288", false, []string{"SPOOLR"}, none, ""},
		{"LanmanWorkstatoin", "17763.107", false, nil, problem, `"LanmanWorkstation"`},
		{"ExempelGateway", "19044.1288", false, nil, warning, "needs.services"},
		{"ExempelGateway", "19044.1288", true, nil, none, ""},
		{"ExempelGateway", "19044.1288", false, []string{"exempelgateway"}, none, ""},
		{"XboxGipSvc", "14393.0", false, nil, warning, "17763 19044"},
		{"XboxGipSvc", "14393.0", true, nil, none, ""},
		{"WlanSvc", "14393.0", false, nil, none, ""}, // one character from WwanSvc, and a service of its own
		{"ExempelGateway", "26100.1", false, nil, none, ""},
		{"Spoolr", "", false, nil, none, ""},
		{"Fxa", "19044.1288", true, nil, problem, `Did you mean "Fax"?`},
		{"Abc", "19044.1288", true, nil, none, ""},
	} {
		s := &kinds.Service{Name: c.name, Start: "manual", Optional: c.optional}
		diags := s.CheckOn(setting.Base{Build: c.build}, c.stated)
		if c.want == none {
			if len(diags) != 0 {
				t.Errorf("%s on %s (optional %v, stated %v): %v", c.name, c.build, c.optional, c.stated, diags)
			}
			continue
		}
		if len(diags) != 1 || diags[0].Severity != c.want || diags[0].Summary != "Unknown service" || !strings.Contains(diags[0].Detail, c.part) {
			t.Errorf("%s on %s (optional %v): %v, want severity %v with %q", c.name, c.build, c.optional, diags, c.want, c.part)
		}
	}
}

func TestNeededServiceNames(t *testing.T) {
	for name, near := range map[string]string{"Spoler": "Spooler", "Fxa": "Fax", "spooler": "", "WlanSvc": "", "ExempelGateway": "", "": ""} {
		diags := new(kinds.Service).CheckNeed(setting.Base{Build: "19044.1288"}, name, hcl.Range{})
		if near == "" {
			if len(diags) != 0 {
				t.Errorf("%q: %v", name, diags)
			}
			continue
		}
		if len(diags) != 1 || diags[0].Severity != hcl.DiagWarning || !strings.Contains(diags[0].Detail, "Did you mean \""+near+"\"?") {
			t.Errorf("%q: %v, want a warning with %q", name, diags, near)
		}
	}
}
