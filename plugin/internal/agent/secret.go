package agent

import (
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// hidden stands for a value that may be a secret, in the journal and in findings. Not even its digest is kept: short secrets are found by that.
const hidden = "(hidden)"

// secretWords are what names of registry values have in them under which programs keep secrets in clear.
var secretWords = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "PWD", "SECRET", "CREDENTIAL", "TOKEN", "PRIVATEKEY", "APIKEY", "COMMUNITY"}

// maySecret reports whether what stands at a place may be a secret, going by its name. Plans hold none, but a machine may have had one where
// a plan wants something else. A number is none: many policies on passwords are named after them.
func maySecret(f setting.Fact) bool {
	scheme := f.Location.Scheme()
	if !f.Present || scheme != registryScheme && scheme != policyScheme {
		return false
	}
	kind, _, _ := strings.Cut(f.Value, ":")
	if kind == string(setting.TypeDWord) || kind == string(setting.TypeQWord) {
		return false
	}
	_, name, _ := strings.Cut(f.Location.Name(), "!")
	name = upcase.Fold(name)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) })
}

// The schemes of places in the registry and in Registry.pol.
var (
	registryScheme = setting.RegistryLocation("HKLM", "").Scheme()
	policyScheme   = setting.PolicyLocation(setting.ScopeMachine, "HKLM", "").Scheme()
)

// withoutSecrets hides what may be one in a finding, unless it is what the plan wants there.
func withoutSecrets(f setting.Finding) setting.Finding {
	f.Evidence = slices.Clone(f.Evidence)
	for i, fact := range f.Evidence {
		if !maySecret(fact) || strings.Contains(f.Expected, fact.Value) {
			continue
		}
		f.Evidence[i].Value = hidden
		f.Observed = strings.ReplaceAll(f.Observed, fact.Value, hidden)
		f.Reason = strings.ReplaceAll(f.Reason, fact.Value, hidden)
	}
	return f
}
