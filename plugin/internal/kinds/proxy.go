package kinds

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*Proxy)(nil)
	_ setting.Comparer = (*Proxy)(nil)
)

const (
	internetPolicy   = `HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`
	internetSettings = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings`
	proxyNone        = "none"
	proxyExplicit    = "explicit"
)

func proxyKind() setting.Kind {
	return setting.Kind{
		Name: "proxy",
		Doc: "The proxy that programs of the machine and of all users go through, or none.\n\n" +
			"The policy \"Make proxy settings per-machine\" (`ProxySettingsPerUser` 0, in the registry and in `Registry.pol`) makes the machine's values count for everybody: " +
			"`ProxyEnable`, `ProxyServer` and `ProxyOverride` below `Internet Settings`. " +
			"A script that chooses a proxy (`AutoConfigURL`) must not be there, nor a bypass that the setting does not name: both are removed, and found if they come back.\n\n" +
			"With `discovery = false`, WinHTTP does not look for a proxy in the network by itself (`DisableWpad`); that a neighbour can answer such a question is the weak point of it. " +
			"What is not set: the proxy of WinHTTP itself (a binary value without a published form; `netsh winhttp` writes it on the client), scripts that choose a proxy, and what single users set for themselves before the policy holds.",
		Principal: "mode",
		New:       func() setting.Spec { return new(Proxy) },
		Example: `mode      = "none"
discovery = false
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"mode":      "`none` or `explicit`.",
			"server":    "With `explicit`: name and port, `\"proxy.example.org:8080\"`.",
			"bypass":    "With `explicit`: names and addresses that are reached without the proxy, such as `\"*.example.org\"`, `\"10.*\"` or `\"<local>\"`.",
			"discovery": "Whether WinHTTP looks for a proxy by itself.",
		},
	}
}

// Proxy is the desired proxy of the machine.
type Proxy struct {
	Mode      string   `hcl:"mode" json:"mode"`
	Server    string   `hcl:"server,optional" json:"server,omitempty"`
	Bypass    []string `hcl:"bypass,optional" json:"bypass,omitempty"`
	Discovery *bool    `hcl:"discovery,optional" json:"discovery,omitempty"`

	ModeRange   hcl.Range `hcl:"mode,attr_value_range" json:"-"`
	ServerRange hcl.Range `hcl:"server,attr_value_range" json:"-"`
	BypassRange hcl.Range `hcl:"bypass,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *Proxy) Check() hcl.Diagnostics {
	diags := choice(s.ModeRange, "mode", s.Mode, false, proxyNone, proxyExplicit)
	switch {
	case diags.HasErrors():
	case s.Mode == proxyNone && (s.Server != "" || len(s.Bypass) > 0):
		diags = append(diags, problem(either(s.ServerRange, s.BypassRange), "Server of no proxy", `"server" and "bypass" belong to mode = %q.`, proxyExplicit))
	case s.Mode == proxyExplicit:
		host, port, _ := strings.Cut(s.Server, ":")
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 || !isHostName(host) {
			diags = append(diags, problem(either(s.ServerRange, s.ModeRange), "Illegal proxy", `%q is no proxy. Write name and port, such as "proxy.example.org:8080".`, s.Server))
		}
	}
	for _, b := range s.Bypass {
		if b == "" || hasControl(b) || strings.ContainsAny(b, "; ,/\\\"") || b != "<local>" && strings.ContainsAny(b, "<>") {
			diags = append(diags, problem(s.BypassRange, "Illegal bypass", `%q is no name. Write one such as "*.example.org", "10.*" or "<local>".`, b))
		}
		if b != "" && b != "<local>" && strings.Trim(b, "*?.:") == "" {
			diags = append(diags, problem(s.BypassRange, "Bypass of everything", `%q would bypass the proxy for all or nearly all. Write mode = %q if that is meant.`, b, proxyNone))
		}
	}
	return diags
}

func (s *Proxy) values() ownedValues {
	var l ownedValues
	l.number(internetPolicy, "ProxySettingsPerUser", new(0))
	l.number(internetSettings, "ProxyEnable", new(bit(s.Mode == proxyExplicit)))
	l.text(internetSettings, "ProxyServer", s.Server)
	l.text(internetSettings, "ProxyOverride", strings.Join(s.Bypass, ";"))
	if s.Mode == proxyExplicit && len(s.Bypass) == 0 {
		l.gone(internetSettings, "ProxyOverride")
	}
	l.gone(internetSettings, "AutoConfigURL") // a script would beat both modes
	l.inverted(internetSettings+`\WinHttp`, "DisableWpad", s.Discovery)
	return l
}

// Claims are the policy and the machine's values.
func (s *Proxy) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the policy and the machine's values.
func (s *Proxy) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy and the machine's values.
func (s *Proxy) Observe(r setting.Reader) (setting.Observed, error) { return s.values().observe(r) }

// Judge passes where every value is as wanted.
func (s *Proxy) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows only whether anything changed: a proxy may be the one way out, or one more.
func (s *Proxy) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*Proxy)
	if !ok || s.Mode != o.Mode {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
