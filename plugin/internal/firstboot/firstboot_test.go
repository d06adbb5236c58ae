package firstboot_test

import (
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const firewall = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall`

func table(t *testing.T) setting.Table {
	t.Helper()
	table, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// aPlan is a plan with settings of one kind and spec each, and the ops that their kinds make of them.
func aPlan(t *testing.T, path string, from []string, specs ...[2]string) *plan.Plan {
	t.Helper()
	p := &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat,
		Image: plan.Image{Name: "viewer", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z", Class: plan.Class{Type: "WM", Groups: []int{0}},
			Management: plan.Management{Path: path, From: from}, FirstBoot: &plan.FirstBoot{}},
		Base:    plan.Base{Name: "b", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}},
		Modules: []plan.Ref{{Name: "m", Version: "1.0.0", Method: "policies"}}, Products: []plan.ProductRef{}, Settings: []plan.Setting{}, Ops: []plan.StagedOp{},
	}
	var later []plan.StagedOp
	for i, s := range specs {
		spec, err := table(t).DecodeJSON(s[0], json.RawMessage(s[1]))
		if err != nil {
			t.Fatal(err)
		}
		id := "m/" + string(rune('a'+i))
		one := plan.Setting{ID: id, Kind: s[0], Severity: setting.Low, Effect: plan.EffectSet, Spec: json.RawMessage(s[1]), Stages: []setting.Stage{}}
		for _, op := range spec.Ops(p.Base.Base) {
			if !slices.Contains(one.Stages, op.Stage) {
				one.Stages = append(one.Stages, op.Stage)
			}
			if staged := (plan.StagedOp{Settings: []string{id}, Op: op}); op.Stage == setting.StageImage {
				p.Ops = append(p.Ops, staged)
			} else {
				later = append(later, staged)
			}
		}
		p.Settings = append(p.Settings, one)
	}
	p.Ops = append(p.Ops, later...)
	return p
}

func standIn(t *testing.T) agentfile.File {
	t.Helper()
	data := make([]byte, 512)
	copy(data, "MZ")
	data[0x3c] = 0x80
	copy(data[0x80:], "PE\x00\x00\x64\x86")
	f, err := agentfile.New(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func carried(t *testing.T, p *plan.Plan, base *fake.Windows) *firstboot.Carried {
	t.Helper()
	c, err := firstboot.New(firstboot.Input{Plan: p, Table: table(t), Agent: standIn(t), Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// values are what the target has in the firewall's policy, by place, in capitals.
func values(t *testing.T, w *fake.Windows) map[string]string {
	t.Helper()
	out := map[string]string{}
	var look func(key string)
	look = func(key string) {
		names, err := w.RegistryValueNames(key)
		if err != nil {
			return
		}
		for _, n := range names {
			v, err := w.RegistryValue(key, n)
			if err != nil {
				t.Fatal(err)
			}
			out[strings.ToUpper(strings.TrimPrefix(key, firewall)+"!"+n)] = v.Text()
		}
		keys, err := w.RegistryKeys(key)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			look(key + `\` + k)
		}
	}
	look(firewall)
	return out
}

func run(t *testing.T, w *fake.Windows, ops []plan.StagedOp) {
	t.Helper()
	for _, o := range ops {
		if strings.HasPrefix(string(o.Op.Action), "registry") {
			if err := w.Apply(o.Op); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is held is given back: in the end the firewall's policy is what the plan alone makes of the base.
func TestReleaseLeavesThePlan(t *testing.T) {
	rule := [2]string{"firewall_rule", `{"id":"in","name":"In","direction":"in","action":"allow","protocol":"tcp","local_ports":["104"]}`}
	on := [2]string{"firewall_profile", `{"profile":"public","enabled":true,"inbound":"block"}`}
	version := [2]string{"registry_value", `{"key":"HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall","name":"PolicyVersion","type":"dword","value":"522"}`}
	for name, tc := range map[string]struct {
		plan *plan.Plan
		base map[string]setting.RegistryValue // in PublicProfile
		held []string                         // places of values that only the hold has
	}{
		"nothing planned": {aPlan(t, "none", nil), nil, []string{`\PublicProfile!DoNotAllowExceptions`, `\PublicProfile!EnableFirewall`, `\StandardProfile!EnableFirewall`}},
		"planned alike":   {aPlan(t, "local", nil, on, rule), nil, []string{`\PublicProfile!DoNotAllowExceptions`}},
		"base says else": {aPlan(t, "none", nil), map[string]setting.RegistryValue{"EnableFirewall": setting.DWord(0), "DoNotAllowExceptions": setting.DWord(1)},
			[]string{`\DomainProfile!EnableFirewall`}},
		"managed":          {aPlan(t, "winrm_https", []string{"10.20.0.0/24"}, on, rule), nil, []string{`\FirewallRules!wmclient-hold-tcp`, `!PolicyVersion`}},
		"managed, version": {aPlan(t, "winrm_https", []string{"10.20.0.0/24"}, version), nil, []string{`\FirewallRules!wmclient-hold-tcp-others`}},
	} {
		t.Run(name, func(t *testing.T) {
			base := fake.New()
			for n, v := range tc.base {
				base.SetValue(firewall+`\PublicProfile`, n, v)
			}
			c := carried(t, tc.plan, base)
			plain := base.Clone()
			run(t, plain, tc.plan.Ops)
			want := values(t, plain)
			held := plain.Clone()
			run(t, held, c.Ops)
			shut := values(t, held)
			for _, place := range tc.held {
				place = strings.ToUpper(place)
				if _, ok := shut[place]; !ok || want[place] != "" {
					t.Errorf("%s is not held", place)
				}
			}
			for place, v := range want { // the base's values give way, the plan's stay
				ofBase := tc.base != nil && strings.HasPrefix(place, `\PUBLICPROFILE!`)
				if shut[place] != v && !ofBase {
					t.Errorf("the hold changes %s", place)
				}
			}
			run(t, held, c.Bundle.Release)
			if diff := cmp.Diff(want, values(t, held)); diff != "" {
				t.Errorf("after the release (-plan alone +got)\n%s", diff)
			}
			for _, o := range c.Ops {
				if o.Op.Stage != setting.StageImage {
					t.Errorf("%s runs at %s", apply.Subject(o.Op), o.Op.Stage)
				}
			}
		})
	}
}

// Who wants no other rules than the plan's is named by the ops that give back the rules, and by no others.
func TestReleaseNamesWhatItHinders(t *testing.T) {
	only := [2]string{"registry_exclusive", `{"key":"HKLM\\Software\\Policies\\Microsoft\\WindowsFirewall\\firewallrules"}`}
	c := carried(t, aPlan(t, "winrm_https", []string{"10.20.0.0/24"}, only), fake.New())
	rules := 0
	for _, o := range c.Bundle.Release {
		if of := strings.HasSuffix(o.Op.Key, `\FirewallRules`); of != slices.Contains(o.Settings, "m/a") {
			t.Errorf("%s names %v", apply.Subject(o.Op), o.Settings)
		} else if of {
			rules++
		}
	}
	if rules != 3 {
		t.Errorf("%d rules are given back", rules)
	}
}

// The rules are what the kind firewall_rule makes of their meaning, and block everybody and everything but the management path.
func TestHoldRules(t *testing.T) {
	for name, tc := range map[string]struct {
		peers         []string
		inside, other []string
	}{
		"network":    {[]string{"10.20.0.0/24"}, []string{"10.20.0.0", "10.20.0.255"}, []string{"10.19.255.255", "10.20.1.0", "1.0.0.0", "223.255.255.255", "fe80::1", "2001:db8::1", "fd00::1"}},
		"one peer":   {[]string{"10.20.0.7/32"}, []string{"10.20.0.7"}, []string{"10.20.0.6", "10.20.0.8"}},
		"several":    {[]string{"10.20.0.0/24", "10.20.1.0/24", "192.168.7.0/25"}, []string{"10.20.1.9", "192.168.7.127"}, []string{"10.20.2.0", "192.168.7.128", "172.16.0.1"}},
		"nested":     {[]string{"10.0.0.0/8", "10.20.0.0/24"}, []string{"10.255.255.255", "10.20.0.1"}, []string{"11.0.0.0", "9.255.255.255"}},
		"version 6":  {[]string{"2001:db8:7::/48"}, []string{"2001:db8:7::1"}, []string{"2001:db8:8::", "2001:db8:6:ffff::1", "10.20.0.1"}},
		"gap of one": {[]string{"10.0.0.0/16", "10.2.0.0/16"}, []string{"10.0.0.1", "10.2.0.1"}, []string{"10.1.0.0", "10.1.255.255", "10.3.0.0"}},
		"first":      {[]string{"1.0.0.0/8"}, []string{"1.0.0.0", "1.255.255.255"}, []string{"2.0.0.0"}},
		"last":       {[]string{"223.255.255.0/24"}, []string{"223.255.255.255"}, []string{"223.255.254.255"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := fake.New()
			run(t, w, carried(t, aPlan(t, "winrm_https", tc.peers), w).Ops)
			rule := func(id string) map[string][]string {
				v, err := w.RegistryValue(firewall+`\FirewallRules`, id)
				if err != nil {
					t.Fatal(err)
				}
				out := map[string][]string{}
				for field := range strings.SplitSeq(strings.TrimPrefix(v.Text(), "sz:"), "|") {
					name, value, _ := strings.Cut(field, "=")
					out[name] = append(out[name], value)
				}
				judged(t, id, out, w)
				return out
			}
			others := rule("wmclient-hold-tcp-others")
			rule("wmclient-hold-tcp")
			rule("wmclient-hold-udp")
			for want, list := range map[bool][]string{false: tc.inside, true: tc.other} {
				for _, a := range list {
					if covers(t, append(others["RA4"], others["RA6"]...), netip.MustParseAddr(a)) != want {
						t.Errorf("%s is blocked: %t", a, !want)
					}
				}
			}
		})
	}
}

// short writes the mask of a network as a number of bits.
func short(network string) string {
	for bits, mask := range map[string]string{"/8": "/255.0.0.0", "/16": "/255.255.0.0", "/24": "/255.255.255.0"} {
		network = strings.Replace(network, mask, bits, 1)
	}
	return network
}

func covers(t *testing.T, spans []string, a netip.Addr) bool {
	t.Helper()
	for _, s := range spans {
		if p, err := netip.ParsePrefix(short(s)); err == nil {
			if p.Contains(a) {
				return true
			}
			continue
		}
		first, last, ok := strings.Cut(s, "-")
		if !ok {
			last = first
		}
		if f, l := netip.MustParseAddr(first), netip.MustParseAddr(last); f.Is4() == a.Is4() && !a.Less(f) && !l.Less(a) {
			return true
		}
	}
	return false
}

// judged has the kind say whether the rule's text is a rule that blocks what its fields say.
func judged(t *testing.T, id string, fields map[string][]string, w *fake.Windows) {
	t.Helper()
	ports := make([]string, 0, 3)
	spec := map[string]any{"id": id, "name": fields["Name"][0], "direction": "in", "action": "block", "protocol": map[string]string{"6": "tcp", "17": "udp"}[fields["Protocol"][0]]}
	if ports = append(ports, fields["LPort2_10"]...); len(ports) > 0 {
		spec["local_ports"] = ports
	}
	if a := slices.Concat(fields["RA4"], fields["RA6"]); len(a) > 0 {
		for i := range a {
			a[i] = short(a[i])
		}
		spec["remote_addresses"] = a
	}
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	s, err := table(t).DecodeJSON("firewall_rule", raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range s.Ops(setting.Base{}) {
		if op.Action != setting.ActionRegistrySet {
			continue
		}
		data, err := hex.DecodeString(op.Data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.RegistryValue(op.Key, op.Name)
		if want := (setting.RegistryValue{Type: op.Type, Data: data}); err != nil || got.Text() != want.Text() {
			t.Errorf("%s is\n%s\nthe kind writes\n%s\n%v", id, got.Text(), want.Text(), err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	off := aPlan(t, "none", nil, [2]string{"registry_value", `{"key":"HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile","name":"EnableFirewall","type":"dword","value":"0"}`})
	plain := aPlan(t, "none", nil)
	plain.Image.FirstBoot = nil
	broken := aPlan(t, "winrm_https", []string{"here"})
	var many []string
	for i := range 255 {
		for j := range 3 {
			many = append(many, netip.AddrFrom4([4]byte{10, byte(i), byte(2 * j), 0}).String()+"/24")
		}
	}
	for name, tc := range map[string]struct {
		plan *plan.Plan
		want string
	}{
		"firewall off":     {off, "leave out first_boot"},
		"no block":         {plain, "no first_boot block"},
		"no network":       {broken, "no network"},
		"too many to name": {aPlan(t, "winrm_https", many), "name larger ones"},
	} {
		if _, err := firstboot.New(firstboot.Input{Plan: tc.plan, Table: table(t), Agent: standIn(t), Base: fake.New()}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := firstboot.New(firstboot.Input{Plan: aPlan(t, "none", nil), Table: table(t), Base: fake.New()}); err == nil {
		t.Error("no agent is needed")
	}
}

// The bundle runs what the plan has left for later, carries the contents of that, and is the same every time.
func TestBundle(t *testing.T) {
	msi := []byte("a package")
	sum := canonical.Digest(msi)
	p := aPlan(t, "none", nil, [2]string{"msi_package", `{"code":"{9A25302D-30C0-39D9-BD6F-21E6EC160475}","version":"9.0.1","source":"files/x.msi","sha256":"` + sum + `","size":9}`})
	in := firstboot.Input{Plan: p, Table: table(t), Agent: standIn(t), Base: fake.New(), Contents: apply.BytesContents(msi)}
	c, err := firstboot.New(in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := firstboot.New(in)
	if err != nil || again.Bundle.Digest() != c.Bundle.Digest() {
		t.Errorf("another bundle: %v", err)
	}
	if diff := cmp.Diff(c.Ops, again.Ops); diff != "" {
		t.Errorf("other ops\n%s", diff)
	}
	var paths []string
	for _, o := range c.Ops {
		if o.Op.Action == setting.ActionFilePut {
			paths = append(paths, o.Op.Path)
			if err := apply.CheckContent(c.Contents, o.Op.SHA256, o.Op.Size); err != nil {
				t.Errorf("%s: %v", o.Op.Path, err)
			}
		}
	}
	want := []string{firstboot.AgentPath, firstboot.BundleFolder + `\` + bundle.HeaderFile, firstboot.ContentPath(sum), firstboot.BundleFolder + `\` + bundle.PlanFile}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	if _, err := c.Contents(strings.Repeat("0", 64)); err == nil {
		t.Error("a content that nobody has is opened")
	}
	in.Contents = nil
	if _, err := firstboot.New(in); err == nil {
		t.Error("a bundle without its contents is made")
	}
}

// The service's values are what the Service Control Manager reads: the failure actions are the bytes that sc.exe is known to write.
func TestFailureActions(t *testing.T) {
	w := fake.New()
	run(t, w, carried(t, aPlan(t, "none", nil), w).Ops)
	v, err := w.RegistryValue(firstboot.ServiceKey, "FailureActions")
	const want = "80510100" + "00000000" + "00000000" + "03000000" + "14000000" + "01000000" + "10270000" + "01000000" + "60ea0000" + "01000000" + "e0930400"
	if err != nil || hex.EncodeToString(v.Data) != want {
		t.Errorf("%x, %v", v.Data, err)
	}
}
