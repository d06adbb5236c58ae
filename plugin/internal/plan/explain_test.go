package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// scene is an image in which everything happens once.
func scene(t testing.TB) *plan.Composed {
	late := reg("late", "1")
	late.Stage = "first-boot"
	value := skip("offline/banner", 30)
	value.Skip, value.Spec = false, reg("banner", "7")
	req := request(
		cand("offline/probe", 3, &fake{At: []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\NetworkConnectivityStatusIndicator!NoActiveProbe`,
			`pol:machine:HKLM\SOFTWARE\Policies\Microsoft\Windows\NetworkConnectivityStatusIndicator!NoActiveProbe`}, Value: "dword:1"}),
		cand("offline/banner", 9, reg("banner", "1")), cand("session/timeout", 3, reg("timeout", "900")), cand("base/timeout", 4, reg("timeout", "600")),
		cand("base/late", 5, late), cand("base/agree", 6, reg("banner", "7")), cand("base/rights", 7, joins("rights", "S-1-1-0")), cand("session/rights[a]", 8, joins("rights", "S-1-5-32-546")),
		cand("base/skipped", 9, &fake{At: []string{"svc:Fax"}, Value: "disabled"}), cand("base/here", 10, &fake{Value: "nothing to do", At: nil}))
	req.Overrides = []plan.Override{over("session/timeout", 20, "base/timeout")}
	req.Exceptions = []plan.Exception{skip("base/skipped", 25), value}
	req.Products = []plan.Product{{ProductRef: plan.ProductRef{Name: "viewer", Version: "12.1.3 SP2", Manufacturer: "Exempel AB"}, DefRange: at("products/v.hcl", 2)}}
	return compose(t, req)
}

func TestExplainFinds(t *testing.T) {
	c := scene(t)
	tests := map[string][]string{
		"offline/probe":                          {"offline/probe set"},
		"OFFLINE/Probe":                          {"offline/probe set"},
		"probe":                                  {"offline/probe set"},
		"timeout":                                {"session/timeout set", "base/timeout overridden"},
		"session/rights":                         {"session/rights[a] set"},
		"rights":                                 {"base/rights set", "session/rights[a] set"},
		`HKLM\SOFTWARE\X!timeout`:                {"session/timeout set", "base/timeout overridden"},
		`hkey_local_machine\software\x\!TIMEOUT`: {"session/timeout set", "base/timeout overridden"},
		`reg:HKLM\SOFTWARE\X!banner`:             {"base/agree set", "offline/banner value"},
		"svc:fax":                                {"base/skipped skip"},
		"SVC:Fax":                                {"base/skipped skip"},
		"Fax":                                    {"base/skipped skip"},
		`pol:machine:hklm\software\policies\microsoft\windows\networkconnectivitystatusindicator!noactiveprobe`: {"offline/probe set"},
	}
	for query, want := range tests {
		e, err := plan.Explain(c, query)
		if err != nil {
			t.Errorf("%q: %v", query, err)
			continue
		}
		var got []string
		for _, s := range e.Settings {
			got = append(got, s.ID+" "+string(s.Status))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q found %q, want %q", query, got, want)
		}
	}
	for query, hint := range map[string]string{"offline/prob": `"offline/probe"?`, "timeuot": `"timeout"?`, `HKLM\SOFTWARE\X!tmeout`: `"HKLM\SOFTWARE\X!timeout"?`, "Session": "one of its settings: session/rights[a], session/timeout.", "nothing like it": "no such setting.", "": "no such setting."} {
		_, err := plan.Explain(c, query)
		if !errors.Is(err, plan.ErrNoSuchSetting) || !strings.HasSuffix(err.Error(), hint) {
			t.Errorf("%q: got %v, want it to end in %s", query, err, hint)
		}
	}
}

func TestExplainFile(t *testing.T) {
	c := compose(t, request(cand("a/f", 3, &fake{At: []string{`file:\Windows\X.dat`}, Value: "1"}), cand("a/r", 3, &fake{At: []string{`right:SeShutdownPrivilege`}, Value: "1"})))
	for query, want := range map[string]string{`\windows\x.DAT`: "a/f", "/Windows/X.dat": "a/f", `C:\Windows\x.dat`: "a/f", "seshutdownprivilege": "a/r"} {
		e, err := plan.Explain(c, query)
		if err != nil || len(e.Settings) != 1 || e.Settings[0].ID != want {
			t.Errorf("%q found %v, %v", query, e.Settings, err)
		}
	}
}

func TestExplainText(t *testing.T) {
	c := scene(t)
	tests := map[string]string{
		"session/timeout": `session/timeout  is set as its module says
  HKLM\SOFTWARE\X!timeout = 900
  module        session 1.0.0
  written at    modules/session.hcl:3
  kind          fake
  severity      medium
  title         Title of session/timeout
  why           Because of session/timeout
  references    STIG V-1
  stages        image
  overrides     base/timeout at modules/base.hcl:4: HKLM\SOFTWARE\X!timeout = 600 [decided at
    images/i.hcl:20: the clinic decided]
  operations    image: registry-set HKLM\SOFTWARE\X!timeout sz:900
`,
		"base/timeout": `base/timeout  is overridden and not set
  HKLM\SOFTWARE\X!timeout = 600
  module        base 1.0.0
  written at    modules/base.hcl:4
  kind          fake
  title         Title of base/timeout
  why           Because of base/timeout
  references    STIG V-1
  loses to      session/timeout at modules/session.hcl:3: HKLM\SOFTWARE\X!timeout = 900 [decided at
    images/i.hcl:20: the clinic decided]
`,
		"offline/banner": `offline/banner  is set to the value of an exception
  HKLM\SOFTWARE\X!banner = 7
  module        offline 1.0.0
  written at    modules/offline.hcl:9
  kind          fake
  severity      medium
  title         Title of offline/banner
  why           Because of offline/banner
  references    STIG V-1
  stages        image
  exception     replaces HKLM\SOFTWARE\X!banner = 1, until 2027-06-30 (images/i.hcl:30)
    reason      the viewer needs it
    compensating a firewall
    owner       Anna, approved by Bo
  agrees with   base/agree at modules/base.hcl:6
  operations    image: registry-set HKLM\SOFTWARE\X!banner sz:7
`,
		"base/rights": `base/rights  is set as its module says
  HKLM\SOFTWARE\X!rights = S-1-1-0,S-1-5-32-546 (joined)
  alone it asks for: HKLM\SOFTWARE\X!rights = S-1-1-0 (joined)
  module        base 1.0.0
  written at    modules/base.hcl:7
  kind          fake
  severity      medium
  title         Title of base/rights
  why           Because of base/rights
  references    STIG V-1
  stages        image
  merged with   session/rights[a] at modules/session.hcl:8: HKLM\SOFTWARE\X!rights = S-1-5-32-546
    (joined)
  operations    image: registry-set HKLM\SOFTWARE\X!rights sz:S-1-1-0,S-1-5-32-546
`,
	}
	for query, want := range tests {
		e, err := plan.Explain(c, query)
		if err != nil {
			t.Fatal(err)
		}
		var sb strings.Builder
		if err := e.WriteText(&sb, plan.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, sb.String()); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

// TestExplainWaived names what an exception keeps out of the way.
func TestExplainWaived(t *testing.T) {
	req := request(cand("a/x", 3, reg("p", "1")), cand("b/x", 3, reg("p", "2")), cand("c/x", 3, reg("p", "1")))
	req.Exceptions = []plan.Exception{skip("b/x", 5), skip("c/x", 6)}
	e, err := plan.Explain(compose(t, req), "a/x")
	if err != nil || len(e.Settings[0].Related) != 1 || e.Settings[0].Related[0].Relation != plan.RelationWaived || e.Settings[0].Related[0].ID != "b/x" {
		t.Errorf("got %+v, %v", e.Settings, err)
	}
}

// People read what a value says, not its bytes.
func TestExplainSaysRegistryData(t *testing.T) {
	long := strings.Repeat("ab", 200)
	tests := map[string]struct {
		typ  setting.ValueType
		data string
		want string
	}{
		"text":                 {setting.TypeSZ, "610062000000", "sz:ab"},
		"number":               {setting.TypeDWord, "84030000", "dword:900 (0x384)"},
		"small number":         {setting.TypeDWord, "01000000", "dword:1"},
		"large number":         {setting.TypeQWord, "0000000001000000", "qword:4294967296 (0x100000000)"},
		"list":                 {setting.TypeMultiSZ, "6100000062000000" + "0000", `multi_sz:["a","b"]`},
		"bytes":                {setting.TypeBinary, "00ff", "binary:00ff"},
		"many bytes":           {setting.TypeBinary, long, "binary:" + long[:64] + "... (200 bytes)"},
		"not what its type is": {setting.TypeDWord, "00ff", "dword!00ff"},
	}
	for name, c := range tests {
		e := plan.Explanation{Settings: []plan.SettingExplained{{ID: "a/b", Ops: []setting.Op{{Stage: setting.StageImage, Action: setting.ActionRegistrySet, Key: `HKLM\X`, Name: "N", Type: c.typ, Data: c.data}}}}}
		var sb strings.Builder
		if err := e.WriteText(&sb, plan.TextOptions{Width: 500}); err != nil {
			t.Fatal(err)
		}
		if want := `HKLM\X!N ` + c.want + "\n"; !strings.HasSuffix(sb.String(), want) {
			t.Errorf("%s: got %q, want it to end in %q", name, sb.String(), want)
		}
	}
}
