package conflict_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

const (
	smbDriver  = `svc:mrxsmb10 = disabled`
	smbOff     = `feature:SMB1Protocol = disabled`
	smbOn      = `feature:SMB1Protocol = enabled`
	smbDepends = `reg:HKLM\SYSTEM\CurrentControlSet\Services\LanmanWorkstation!DependOnService = multi_sz:["Bowser","MRxSmb20","NSI"]`
	smbWaits   = `reg:HKLM\SYSTEM\CurrentControlSet\Services\LanmanWorkstation!DependOnService = multi_sz:["Bowser","mrxsmb10","MRxSmb20","NSI"]`
)

// TestOldSMB: builds from 1709 on come without version 1, so that a plan which only leaves it alone gives the product none.
func TestOldSMB(t *testing.T) {
	for name, tt := range map[string]struct {
		build    string
		features []string
		settings []string
		level    conflict.Level
		way      string
	}{
		"an old build has it":           {"14393.1", nil, nil, "", ""},
		"a new build has not":           {"17763.1", nil, nil, conflict.Block, `kind optional_feature with name = "SMB1Protocol" and state = "enabled"`},
		"nor the newest":                {"19044.1", nil, nil, conflict.Block, `features = ["SMB1Protocol"]`},
		"the driver is left alone":      {"17763.1", nil, []string{smbOff}, conflict.Block, `exception "m/s00" { value = "enabled" ... }`},
		"all three are named":           {"17763.1", nil, []string{smbDriver, smbOff, smbDepends}, conflict.Block, `exception "m/s00" { skip = true ... } and exception "m/s02" { skip = true ... } and exception "m/s01" { value = "enabled" ... }`},
		"all three on the old build":    {"14393.1", nil, []string{smbDriver, smbOff, smbDepends}, conflict.Block, `exception "m/s00" { skip = true ... } and exception "m/s01" { skip = true ... } and exception "m/s02" { skip = true ... }`},
		"on, and the service waits not": {"17763.1", nil, []string{smbOn, smbDepends}, conflict.Block, `client-without-smb1`},
		"on, and the driver is off":     {"17763.1", nil, []string{smbOn, smbDriver}, conflict.Block, `write exception "m/s01" { skip = true ... }`},
		"the same on the old build":     {"14393.1", nil, []string{smbDepends}, conflict.Block, `client-without-smb1`},
		"turned on":                     {"17763.1", nil, []string{smbOn, smbWaits}, conflict.Auto, ""},
		"its client's part":             {"17763.1", nil, []string{`feature:SMB1Protocol-Client = enabled`}, conflict.Auto, ""},
		"its server's part alone":       {"17763.1", nil, []string{`feature:SMB1Protocol-Server = enabled`}, conflict.Block, ""},
		"in the base":                   {"17763.1", []string{"SMB1Protocol"}, nil, "", ""},
		"in the base, and off":          {"17763.1", []string{"SMB1Protocol"}, []string{smbOff}, conflict.Block, `skip = true`},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(tt.build, tt.settings, product("p", func(f *environment.Facts) { f.SMB = is("1.0") }))
			req.Base.Features = tt.features
			found, _ := judged(t, req)
			for _, level := range conflict.Levels() {
				c, ok := find(found, "smb1", level)
				if ok != (level == tt.level) || !strings.Contains(c.WayOut, tt.way) && level == tt.level {
					t.Errorf("%s %v: %s %s, want %q", level, ok, c.Reason, c.WayOut, tt.way)
				}
			}
			if c, ok := find(run(t, tt.build, tt.settings, func(f *environment.Facts) { f.SMB = is("3.0") }), "smb1", conflict.Block); ok {
				t.Errorf("a product that does not need it: %s", c.Reason)
			}
		})
	}
}

// TestOldNTLM: the client's side and the server's are two things, and a level that is not written is 3.
func TestOldNTLM(t *testing.T) {
	const level, client, server = lsa + `!LmCompatibilityLevel = dword:`, lsa + `\MSV1_0!NTLMMinClientSec = dword:537395200`, lsa + `\MSV1_0!NTLMMinServerSec = dword:537395200`
	for name, tt := range map[string]struct {
		settings        []string
		direction, port string
		want            []string // the settings of each BLOCK
		way             string
	}{
		"the client's side":             {[]string{level + "5", client, server}, "out", "445", []string{"m/s00 m/s01"}, `exception "m/s00" { value = 2 ... } and write exception "m/s01" { skip = true ... }`},
		"the way out was taken":         {[]string{level + "2", server}, "out", "445", nil, ""},
		"nobody comes in to log on":     {[]string{level + "2", server}, "in", "104", nil, ""},
		"a peer comes in":               {[]string{level + "2", server}, "in", "445", []string{"m/s01"}, `except the server's side too ("m/s01")`},
		"by HTTP":                       {[]string{level + "2", server}, "in", "80", []string{"m/s01"}, ""},
		"the level is only left out":    {[]string{server}, "out", "445", []string{""}, `LmCompatibilityLevel = 2`},
		"receiving is the server's too": {[]string{level + "2", lsa + `\MSV1_0!RestrictReceivingNTLMTraffic = dword:2`}, "out", "445", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found := run(t, "", tt.settings, func(f *environment.Facts) {
				flow(tt.direction, "tcp", tt.port, "10.0.0.5")(f)
				f.NTLM = is("1")
			})
			var got []string
			for _, c := range found {
				if c.Row == "ntlm" && c.Level == conflict.Block {
					got = append(got, strings.Join(c.Settings, " "))
					if !strings.Contains(c.WayOut, tt.way) {
						t.Errorf("the way out is %s, want %s", c.WayOut, tt.way)
					}
				}
			}
			if strings.Join(got, ";") != strings.Join(tt.want, ";") || len(got) != len(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
