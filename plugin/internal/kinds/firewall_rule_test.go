package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestFirewallRuleSecurity(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{rule + `authentication = "yes"`, "Unsupported authentication", `"yes"`, "encrypted"},
		{"id = \"i\"\nname = \"n\"\ndirection = \"in\"\naction = \"block\"\nauthentication = \"required\"", "Authentication of a block", `"required"`, "allow"},
		{"id = \"i\"\nname = \"n\"\ndirection = \"out\"\naction = \"allow\"\nedge = true", "Edge traversal of an outbound rule", `true`, "in"},
		{"id = \"i\"\nensure = \"absent\"\nedge = true", "Fields of an absent rule", `"absent"`, "nothing else"},
	}
	for _, tt := range tests {
		oneProblem(t, "firewall_rule", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestFirewallRuleReadsSecurityByMeaning(t *testing.T) {
	spec := mustDecode(t, "firewall_rule", rule+"edge = true\nauthentication = \"required\"\nservice = \"TermService\"\nprofiles = [\"domain\"]")
	tests := map[string]struct {
		text string
		want setting.Outcome
	}{
		"other order and case": {"v2.26|Security=authenticate|Edge=true|Svc=TermService|Profile=Domain|Dir=In|Action=Allow|Active=TRUE|Name=n|", setting.Pass},
		"not authenticated":    {"v2.10|Action=Allow|Active=TRUE|Dir=In|Profile=Domain|Svc=TermService|Name=n|Edge=TRUE|", setting.Fail},
		"encrypted":            {"v2.10|Action=Allow|Active=TRUE|Dir=In|Profile=Domain|Svc=TermService|Name=n|Edge=TRUE|Security=AuthenticateEncrypt|", setting.Fail},
		"no edge":              {"v2.10|Action=Allow|Active=TRUE|Dir=In|Profile=Domain|Svc=TermService|Name=n|Security=Authenticate|", setting.Fail},
		"other machines":       {"v2.10|Action=Allow|Active=TRUE|Dir=In|Profile=Domain|Svc=TermService|Name=n|Edge=TRUE|RMauth=D:(A;;CC;;;WD)|Security=Authenticate|", setting.Fail},
	}
	for name, tt := range tests {
		o, err := spec.Observe(applied(t, spec))
		if err != nil {
			t.Fatal(err)
		}
		for i := range o.Facts {
			o.Facts[i].Value = "sz:" + tt.text
		}
		if got := spec.Judge(o); got.Outcome != tt.want {
			t.Errorf("%s: %+v, want %s", name, got, tt.want)
		}
	}
}
