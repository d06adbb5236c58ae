package kinds

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*EventForwarding)(nil)
	_ setting.Comparer = (*EventForwarding)(nil)
)

const (
	eventForwardingKey = `HKLM\SOFTWARE\Policies\Microsoft\Windows\EventLog\EventForwarding`
	subscriptionPath   = "/wsman/SubscriptionManager/WEC"
)

func eventForwardingKind() setting.Kind {
	return setting.Kind{
		Name: "event_forwarding",
		Doc: "The collector that the client forwards events to (Windows Event Forwarding, begun by the source).\n\n" +
			"The setting is the policy \"Configure target Subscription Manager\": one numbered value below `SOFTWARE\\Policies\\Microsoft\\Windows\\EventLog\\EventForwarding\\SubscriptionManager`, " +
			"in the registry and in `Registry.pol`. Which events are forwarded is the collector's subscription to say.\n\n" +
			"`http` is refused: outside a domain it authenticates nobody. With `https` the client proves itself by a certificate of the CA named in `issuer_ca`; that certificate is made on the client, never in an image. " +
			"The forwarder runs as the network service (S-1-5-20), which reads the Security log only as a member of the event log readers (S-1-5-32-573): a `group_membership` of its own.",
		Principal: "server",
		New:       func() setting.Spec { return new(EventForwarding) },
		Example: `server            = "https://wec.example.org:5986"
refresh           = 300
issuer_ca         = "0123456789abcdef0123456789abcdef01234567"
events_per_second = 50
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"server":            "The collector, `https://name:port`; the path of the subscription manager is added.",
			"refresh":           "Seconds, from 10 to 86400, after which the client asks the collector again.",
			"issuer_ca":         "The SHA-1 thumbprint, 40 hex digits, of the CA that issued the client's certificate. Left out where the client is a domain member and Kerberos is used.",
			"number":            "Which of several collectors this is, from 1 (default) to 99.",
			"events_per_second": "The most events that are forwarded in a second (`MaxForwardingRate`).",
		},
	}
}

// EventForwarding is one desired collector of events.
type EventForwarding struct {
	Server          string `hcl:"server" json:"server"`
	Refresh         *int   `hcl:"refresh,optional" json:"refresh,omitempty"`
	IssuerCA        string `hcl:"issuer_ca,optional" json:"issuer_ca,omitempty"`
	Number          *int   `hcl:"number,optional" json:"number,omitempty"`
	EventsPerSecond *int   `hcl:"events_per_second,optional" json:"events_per_second,omitempty"`

	ServerRange          hcl.Range `hcl:"server,attr_value_range" json:"-"`
	RefreshRange         hcl.Range `hcl:"refresh,attr_value_range" json:"-"`
	IssuerCARange        hcl.Range `hcl:"issuer_ca,attr_value_range" json:"-"`
	NumberRange          hcl.Range `hcl:"number,attr_value_range" json:"-"`
	EventsPerSecondRange hcl.Range `hcl:"events_per_second,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *EventForwarding) Check() hcl.Diagnostics {
	const example = "https://wec.example.org:5986"
	diags := checkHTTPS(s.Server, "server", example, s.ServerRange)
	if !diags.HasErrors() && strings.Contains(strings.TrimPrefix(s.Server, "https://"), "/") {
		diags = append(diags, problem(s.ServerRange, "Illegal URL", "The server %q has a path. Write name and port alone, such as %q; %q is added.", s.Server, example, subscriptionPath))
	}
	if s.IssuerCA != "" && (len(s.IssuerCA) != 40 || strings.Trim(strings.ToLower(s.IssuerCA), "0123456789abcdef") != "") {
		diags = append(diags, problem(s.IssuerCARange, "Illegal thumbprint", "%q is no SHA-1 thumbprint: write 40 hex digits, without blanks.", s.IssuerCA))
	}
	diags = append(diags, between(s.Refresh, "refresh", 10, 86400, s.RefreshRange)...)
	diags = append(diags, between(s.Number, "number", 1, 99, s.NumberRange)...)
	return append(diags, between(s.EventsPerSecond, "events_per_second", 1, 65535, s.EventsPerSecondRange)...)
}

func (s *EventForwarding) values() ownedValues {
	text := "Server=" + s.Server + subscriptionPath
	if s.Refresh != nil {
		text += fmt.Sprintf(",Refresh=%d", *s.Refresh)
	}
	if s.IssuerCA != "" {
		text += ",IssuerCA=" + strings.ToLower(s.IssuerCA)
	}
	number := 1
	if s.Number != nil {
		number = *s.Number
	}
	var l ownedValues
	l.text(eventForwardingKey+`\SubscriptionManager`, strconv.Itoa(number), text)
	l.number(eventForwardingKey, "MaxForwardingRate", s.EventsPerSecond)
	return l
}

// Claims are the policy's values.
func (s *EventForwarding) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the policy's values.
func (s *EventForwarding) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy's values.
func (s *EventForwarding) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *EventForwarding) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows only whether anything changed.
func (s *EventForwarding) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*EventForwarding)
	if !ok || s.Server != o.Server {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
