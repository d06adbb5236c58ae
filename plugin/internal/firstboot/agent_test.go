package firstboot_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

// client is a fake Windows that was started from an image.
type client struct {
	*fake.Windows
	deaf bool // user rights stay as they are
}

func (c client) BootID() (string, error)           { return "boot-1", nil }
func (c client) PendingRestart() ([]string, error) { return nil, nil }
func (c client) Host() (agent.Host, error)         { return agent.Host{Platform: agent.PlatformLab}, nil }

func (c client) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	c.SetValue(key, name, v)
	return true, nil
}

func (c client) DeleteRegistryValue(key, name string) (bool, error) {
	return true, c.Apply(setting.Op{Action: setting.ActionRegistryDelete, Key: key, Name: name})
}

func (c client) SetRightHolders(constant string, sids []string) (bool, error) {
	if !c.deaf {
		c.SetRight(constant, sids)
	}
	return !c.deaf, nil
}

// The agent that works by the bundle opens the network when the client is as the plan wants, no other rules included, and leaves the
// firewall as the plan has it. A client that is not stays shut.
func TestAgentOpensTheClient(t *testing.T) {
	rule := [2]string{"firewall_rule", `{"id":"in","name":"In","direction":"in","action":"allow","protocol":"tcp","local_ports":["104"]}`}
	only := [2]string{"registry_exclusive", `{"key":"HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\FirewallRules","planned":["IN"]}`}
	right := [2]string{"user_right", `{"right":"SeShutdownPrivilege","sids":["S-1-5-32-544"]}`}
	for name, tc := range map[string]struct {
		path  string
		peers []string
		spoil func(*client) // what goes wrong
		want  agent.State
	}{
		"nobody manages":             {"none", nil, nil, agent.StateDone},
		"managed":                    {"winrm_https", []string{"10.20.0.0/24"}, nil, agent.StateDone},
		"a right that cannot be set": {"winrm_https", []string{"10.20.0.0/24"}, func(c *client) { c.deaf = true }, agent.StateFailed},
		"a rule of somebody else's": {"winrm_https", []string{"10.20.0.0/24"}, func(c *client) {
			c.SetValue(firewall+`\FirewallRules`, "other", setting.SZ("v2.10|Action=Allow|Active=TRUE|Dir=In|Name=x|"))
		}, agent.StateFailed},
	} {
		t.Run(name, func(t *testing.T) {
			p := aPlan(t, tc.path, tc.peers, rule, only, right)
			base := fake.New()
			c := carried(t, p, base)
			image := func(op setting.Op) {
				if op.Action == setting.ActionRegistrySet || op.Action == setting.ActionPolicySet {
					if err := base.Apply(op); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, o := range p.Ops {
				if o.Op.Stage == setting.StageImage {
					image(o.Op)
				}
			}
			plain := values(t, base)
			for _, o := range c.Ops {
				image(o.Op)
			}
			on := &client{Windows: base}
			if tc.spoil != nil {
				tc.spoil(on)
			}
			shut := values(t, base)
			out, err := agent.Run(t.Context(), agent.Options{Bundle: c.Bundle, Machine: on, Table: table(t), Dir: t.TempDir(), Clock: func() time.Time { return time.Unix(1793491200, 0) }})
			if err != nil || out.State != tc.want {
				t.Fatalf("%+v, %v", out, err)
			}
			want := plain
			if tc.want == agent.StateFailed {
				want = shut
			}
			if diff := cmp.Diff(want, values(t, base)); diff != "" {
				t.Errorf("firewall (-want +got)\n%s", diff)
			}
			if _, err := base.RegistryValue(firewall+`\PublicProfile`, "EnableFirewall"); errors.Is(err, setting.ErrAbsent) != (tc.want == agent.StateDone) {
				t.Errorf("the firewall is held on: %v", err)
			}
		})
	}
}
