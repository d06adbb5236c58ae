package cli

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"

// ModuleWords are the words of the module reference by language and list.
func ModuleWords() map[string]map[string]map[string]string {
	out := map[string]map[string]map[string]string{}
	for lang, w := range moduleWords() {
		methods := map[string]string{}
		for _, method := range methodOrder() {
			methods[method] = w.methodName(method)
		}
		out[lang] = map[string]map[string]string{
			"methods": methods, "schemes": w.schemes, "words": w.words, "capabilities": w.capabilityWords, "constraints": w.constraintWords, "sids": w.sids,
			"rights": w.rights, "audit": w.audit, "account policies": w.accountPolicies, "units": w.units, "accounts": w.accounts, "phrases": w.phrases,
			"types": w.types, "defaults": w.defaults,
			"page": {
				"title": w.title, "generated": w.generated, "intro": w.intro, "unproven": w.unproven, "excerpt": w.excerpt, "excerptTitle": w.excerptTitle, "ofImage": w.ofImage, "method": w.method, "module": w.module, "settings": w.settings,
				"version": w.version, "windows": w.windows, "allBuilds": w.allBuilds, "requires": w.requires, "capabilities": w.capabilities,
				"severitySource": w.severitySource, "breaks": w.breaks, "inputs": w.inputs, "required": w.required, "byDefault": w.byDefault, "flows": w.flows,
				"ports": w.ports, "peers": w.peers, "program": w.program, "when": w.when, "leaves": w.leaves, "severity": w.severity, "onlyBuilds": w.onlyBuilds,
				"forEach": w.forEach, "until": w.until, "references": w.references, "byImage": w.byImage, "build": w.build, "more": w.more, "kind": w.kind,
				"byCapability": w.byCapability, "byMethod": w.byMethod, "glossaryTitle": w.glossaryTitle,
			},
		}
	}
	return out
}

// MethodOrder are the methods that have a place of their own in the reference.
func MethodOrder() []string { return methodOrder() }

// Prose is a text of a module as the reference has it.
func Prose(lang string, t plan.Text) string { return moduleWords()[lang].prose(t) }

// PrintedHTML is a page of Markdown for print.
func PrintedHTML(markdown string) ([]byte, error) { return printed{lang: "sv"}.html([]byte(markdown)) }
