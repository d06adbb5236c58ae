package conflict_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// fwRule is a policy rule with the given name and the rest of its text.
func fwRule(name, text string) string {
	return firewall + `FirewallRules!` + name + ` = sz:v2.10|` + text + `Active=TRUE|`
}

func TestFlowIsOpenOnlyWhereEveryLimitOfTheRuleIsMet(t *testing.T) {
	const private = firewall + `PrivateProfile!DefaultInboundAction = dword:1`
	archive := environment.Flow{Direction: is("in"), Protocol: is("tcp"), Port: is("104"), Peer: is("10.0.0.5"), Reason: is("images")}
	with := func(change func(*environment.Flow)) environment.Flow {
		f := archive
		change(&f)
		return f
	}
	const open = `Action=Allow|Dir=In|Protocol=6|LPort=104|RA4=10.0.0.5|`
	for name, tt := range map[string]struct {
		flow     environment.Flow
		settings []string
		want     conflict.Level
	}{
		"exact":                      {archive, []string{inBlock, fwRule("a", open)}, conflict.Auto},
		"fields in another order":    {archive, []string{inBlock, fwRule("a", `LPort=104|RA4=10.0.0.5|Protocol=6|Dir=In|Action=Allow|`)}, conflict.Auto},
		"a service only":             {archive, []string{inBlock, fwRule("a", open+`Svc=Dicom|`)}, conflict.Block},
		"an interface only":          {archive, []string{inBlock, fwRule("a", open+`IFType=Wireless|`)}, conflict.Block},
		"users only":                 {archive, []string{inBlock, fwRule("a", open+`LUAuth=O:LSD:(A;;CC;;;S-1-5-32-544)|`)}, conflict.Block},
		"authenticated only":         {archive, []string{inBlock, fwRule("a", open+`Security=Authenticate|`)}, conflict.Block},
		"the other end's port":       {archive, []string{inBlock, fwRule("a", open+`RPort=1024|`)}, conflict.Block},
		"local address":              {archive, []string{inBlock, fwRule("a", open+`LA4=10.9.9.9|`)}, conflict.Block},
		"the remote port instead":    {archive, []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|RPort=104|`)}, conflict.Block},
		"another program":            {archive, []string{inBlock, fwRule("a", open+`App=C:\x.exe|`)}, conflict.Block},
		"its program":                {with(func(f *environment.Flow) { f.Program = is(`C:\Program Files\x.exe`) }), []string{inBlock, fwRule("a", open+`App=%ProgramFiles%\x.exe|`)}, conflict.Auto},
		"another profile":            {archive, []string{inBlock, fwRule("a", open+`Profile=Private|`)}, conflict.Block},
		"one profile of two":         {archive, []string{inBlock, private, fwRule("a", open+`Profile=Private|`)}, conflict.Warn},
		"its profile":                {archive, []string{inBlock, fwRule("a", open+`Profile=Domain|Profile=Private|`)}, conflict.Auto},
		"blocked by another rule":    {archive, []string{inBlock, fwRule("a", open), fwRule("b", `Action=Block|Dir=In|RA4=10.0.0.0/255.0.0.0|`)}, conflict.Block},
		"others blocked":             {archive, []string{inBlock, fwRule("a", open), fwRule("b", `Action=Block|Dir=In|RA4=10.90.0.0/255.255.0.0|`)}, conflict.Auto},
		"other ports blocked":        {archive, []string{inBlock, fwRule("a", open), fwRule("b", `Action=Block|Dir=In|Protocol=6|LPort2_10=5985-5986|`)}, conflict.Auto},
		"outgoing blocked":           {archive, []string{inBlock, fwRule("a", open), fwRule("b", `Action=Block|Dir=Out|`)}, conflict.Auto},
		"inactive":                   {archive, []string{inBlock, firewall + `FirewallRules!a = sz:v2.10|Active=FALSE|` + open}, conflict.Block},
		"a mask with holes":          {archive, []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|LPort=104|RA4=10.0.5.0/255.0.255.0|`)}, conflict.Block},
		"a range":                    {archive, []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|LPort=100-110|RA4=10.0.0.1-10.0.0.9|`)}, conflict.Auto},
		"beside the range":           {archive, []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|LPort=104|RA4=10.0.0.6-10.0.0.9|`)}, conflict.Block},
		"UDP":                        {archive, []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=17|LPort=104|`)}, conflict.Block},
		"any protocol is asked":      {with(func(f *environment.Flow) { f.Protocol, f.Port = is("any"), environment.Fact[string]{} }), []string{inBlock, fwRule("a", open)}, conflict.Block},
		"anybody is asked":           {with(func(f *environment.Flow) { f.Peer = is("any") }), []string{inBlock, fwRule("a", open)}, conflict.Block},
		"anybody is let in":          {with(func(f *environment.Flow) { f.Peer = is("any") }), []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|LPort=104|`)}, conflict.Auto},
		"a role":                     {with(func(f *environment.Flow) { f.Peer = is("the archive") }), []string{inBlock, fwRule("a", open)}, conflict.Auto},
		"a role and an address":      {with(func(f *environment.Flow) { f.Peer, f.Peers = is("the archive"), listOf("10.9.9.9") }), []string{inBlock, fwRule("a", open)}, conflict.Block},
		"a range is asked":           {with(func(f *environment.Flow) { f.Peer = is("10.0.0.1-10.0.0.9") }), []string{inBlock, fwRule("a", open)}, conflict.Block},
		"IPv6":                       {with(func(f *environment.Flow) { f.Peer = is("2001:db8::7") }), []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|LPort=104|RA6=2001:db8::/64|`)}, conflict.Auto},
		"IPv6 behind an IPv4 rule":   {with(func(f *environment.Flow) { f.Peer = is("2001:db8::7") }), []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|LPort=104|RA4=0.0.0.0/0|`)}, conflict.Block},
		"a word for a port":          {with(func(f *environment.Flow) { f.Port = is("135") }), []string{inBlock, fwRule("a", `Action=Allow|Dir=In|Protocol=6|LPort=RPC-EPMap|`)}, conflict.Auto},
		"local rules do not count":   {archive, []string{noMerge}, conflict.Block},
		"no exceptions":              {archive, []string{firewall + `DomainProfile!DoNotAllowExceptions = dword:1`, fwRule("a", open)}, conflict.Block},
		"a domain that stays closed": {archive, []string{inBlock, private, fwRule("a", open+`Profile=Private|`), "domain"}, conflict.Block},
	} {
		t.Run(name, func(t *testing.T) {
			domain := slices.Contains(tt.settings, "domain")
			settings := slices.DeleteFunc(slices.Clone(tt.settings), func(s string) bool { return s == "domain" })
			found := run(t, "", settings, func(n *environment.Facts) {
				n.Flows = listOf(tt.flow)
				if domain {
					n.Domain = is(true)
				}
			})
			c, ok := find(found, "flows", tt.want)
			if !ok {
				t.Fatalf("no %s: %v", tt.want, found)
			}
			if _, blocked := find(found, "flows", conflict.Block); blocked && tt.want != conflict.Block {
				t.Error("blocked as well")
			}
			if tt.want == conflict.Auto && len(c.Narrowed) == 0 {
				t.Error("nothing is named that opens it")
			}
		})
	}
}

func TestFirewallThatIsOffStopsNothing(t *testing.T) {
	for _, off := range []string{`DomainProfile!EnableFirewall = dword:0`, `DomainProfile!DefaultInboundAction = dword:0`} {
		if c, ok := find(run(t, "", []string{noMerge, firewall + off}, flow("in", "tcp", "104", "10.0.0.5")), "flows", conflict.Block); ok {
			t.Errorf("%s: %s", off, c.Text())
		}
	}
}

func TestUnstatedFlowsBehindAWall(t *testing.T) {
	c, ok := find(run(t, "", []string{inBlock}, nil), "unstated-need", conflict.Warn)
	if !ok || !strings.Contains(c.Reason, "needs.flows") || c.First.Filename == "" {
		t.Errorf("%v %+v", ok, c)
	}
}

// TestAnothersRule: the rule that is made from another flow, to peers of another name, does not let this one through.
func TestAnothersRule(t *testing.T) {
	const rule = `Action=Allow|Dir=Out|Protocol=6|RPort=104|RA4=10.30.0.10|`
	mine, others := at("products/p.hcl", 7), at("products/q.hcl", 9)
	for name, tt := range map[string]struct {
		rule     string
		key      string
		declared plan.Declaration
		want     conflict.Level
	}{
		"its own":                  {rule, "p-out-tcp-104", plan.Declaration{At: mine, Peers: []string{"PACS"}}, conflict.Auto},
		"another's":                {rule, "q-out-tcp-104", plan.Declaration{At: others, Peers: []string{"the old box"}}, conflict.Block},
		"another's, to anybody":    {`Action=Allow|Dir=Out|Protocol=6|RPort=104|`, "q-out-tcp-104", plan.Declaration{At: others, Peers: []string{"the old box"}}, conflict.Auto},
		"another's, the same role": {rule, "q-out-tcp-104", plan.Declaration{At: others, Peers: []string{"PACS"}}, conflict.Auto},
		"of no declared flow":      {rule, "by-hand", plan.Declaration{}, conflict.Auto},
	} {
		req := request("", []string{outBlock, fwRule("a", rule)}, product("p", flow("out", "tcp", "104", "PACS")))
		req.Settings[1].Spec = &spec{setting.Location(firewall + "FirewallRules!a"), "sz:v2.10|Active=TRUE|" + tt.rule}
		req.Settings[1].ID = "m/declared[" + tt.key + "]"
		req.Products[0].Environment.Needs.Flows.Items[0].Range = mine
		if tt.declared.At != (hcl.Range{}) {
			req.Declared = map[string]plan.Declaration{tt.key: tt.declared}
		}
		found, _ := judged(t, req)
		for _, level := range []conflict.Level{conflict.Block, conflict.Auto} {
			if c, ok := find(found, "flows", level); ok != (level == tt.want) {
				t.Errorf("%s: %s %v: %s", name, level, ok, c.Reason)
			}
		}
	}
}
