package conflict_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

// TestTimeSource: a way to fetch the time is no source where nobody is there to ask.
func TestTimeSource(t *testing.T) {
	const policy, service = `reg:HKLM\SOFTWARE\Policies\Microsoft\W32Time\Parameters!`, `reg:HKLM\SYSTEM\CurrentControlSet\Services\W32Time\Parameters!`
	yes, no, silent := is(true), is(false), environment.Fact[bool]{}
	for name, tt := range map[string]struct {
		settings []string
		domain   environment.Fact[bool]
		want     string // what the BLOCK says; "" none
	}{
		"the domain":                    {[]string{policy + `Type = sz:NT5DS`}, yes, ""},
		"no domain":                     {[]string{policy + `Type = sz:NT5DS`}, no, `"m/s00" takes it from the domain (Type = NT5DS)`},
		"nobody says":                   {[]string{policy + `Type = sz:nt5ds`}, silent, `needs.domain`},
		"nobody knows":                  {[]string{policy + `Type = sz:NT5DS`}, unknown[bool](), `needs.domain`},
		"by the service's key":          {[]string{service + `Type = sz:NT5DS`}, no, `NT5DS`},
		"servers that are not asked":    {[]string{policy + `Type = sz:NT5DS`, policy + `NtpServer = sz:10.0.0.2`}, no, `NT5DS`},
		"servers":                       {[]string{policy + `Type = sz:NTP`, policy + `NtpServer = sz:10.0.0.2,0x8`}, no, ""},
		"servers without a type":        {[]string{policy + `NtpServer = sz:10.0.0.2,0x8`}, no, ""},
		"no server":                     {[]string{policy + `Type = sz:NTP`}, no, `none is named`},
		"an empty list":                 {[]string{policy + `Type = sz:NTP`, policy + `NtpServer = sz:`}, no, `none is named`},
		"a list of nobody":              {[]string{policy + `Type = sz:NTP`, policy + `NtpServer = sz:,0x8`}, yes, `none is named`},
		"an empty list without a type":  {[]string{policy + `NtpServer = sz: `}, no, `names no source`},
		"a list that is removed":        {[]string{policy + `Type = sz:NTP`, policy + `NtpServer = absent`}, no, `none is named`},
		"from nowhere":                  {[]string{policy + `Type = sz:NoSync`, policy + `NtpServer = sz:10.0.0.2`}, yes, `from nowhere (Type = NoSync)`},
		"both, and servers":             {[]string{policy + `Type = sz:AllSync`, policy + `NtpServer = sz:10.0.0.2`}, no, ""},
		"policy goes before the key":    {[]string{policy + `Type = sz:NTP`, service + `Type = sz:NT5DS`}, yes, `none is named`},
		"a service that is off, anyhow": {[]string{policy + `Type = sz:NT5DS`, `svc:W32Time = disabled`}, yes, `turns the time service off`},
	} {
		t.Run(name, func(t *testing.T) {
			c, ok := find(run(t, "", tt.settings, func(f *environment.Facts) { f.Time, f.Domain = is(true), tt.domain }), "time-source", conflict.Block)
			if ok != (tt.want != "") || !strings.Contains(c.Reason, tt.want) {
				t.Errorf("%v %s, want %q", ok, c.Reason, tt.want)
			}
			if c, ok := find(run(t, "", tt.settings, func(f *environment.Facts) { f.Time, f.Domain = is(false), tt.domain }), "time-source", conflict.Block); ok {
				t.Errorf("a product that does not need it: %s", c.Reason)
			}
		})
	}
}
