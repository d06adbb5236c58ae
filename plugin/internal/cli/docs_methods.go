package cli

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"

// methodNames are the methods of the reference design, in its order, and the one name that each has in a language. A module that is the
// whole of a method has the same name.
var methodNames = []struct {
	code string
	name plan.Text
}{
	{"no-internet", plan.Text{EN: "No internet access", SV: "Ingen internetåtkomst"}},
	{"separation", plan.Text{EN: "Separation from the surroundings", SV: "Separation från omgivningen"}},
	{"mt-only", plan.Text{EN: "Only medical-product programs", SV: "Bara medicintekniska program"}},
	{"monitoring", plan.Text{EN: "Monitoring", SV: "Övervakning"}},
	{"protection", plan.Text{EN: "Protection against malicious code", SV: "Skydd mot skadlig kod"}},
	{"patching", plan.Text{EN: "Updates", SV: "Uppdateringar"}},
	{"policies", plan.Text{EN: "Policies", SV: "Policyer"}},
	{"session", plan.Text{EN: "Session and log-on", SV: "Session och inloggning"}},
	{"remote-access", plan.Text{EN: "Remote access", SV: "Fjärråtkomst"}},
	{"virtual-client", plan.Text{EN: "Virtual clients", SV: "Virtuella klienter"}},
}

func methodOrder() []string {
	var out []string
	for _, m := range methodNames {
		out = append(out, m.code)
	}
	return out
}

// methodName is what a method is called in the page's language; one that the design does not have is called as its module calls it.
func (w *pageWords) methodName(method string) string {
	for _, m := range methodNames {
		if m.code == method {
			return w.text(m.name)
		}
	}
	return method
}
