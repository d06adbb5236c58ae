package cli

// ModuleWords are the words of the module reference by language and list.
func ModuleWords() map[string]map[string]map[string]string {
	out := map[string]map[string]map[string]string{}
	for lang, w := range moduleWords() {
		out[lang] = map[string]map[string]string{
			"methods": w.methods, "schemes": w.schemes, "words": w.words, "capabilities": w.capabilityWords, "constraints": w.constraintWords, "sids": w.sids,
			"rights": w.rights, "audit": w.audit, "account policies": w.accountPolicies, "units": w.units, "accounts": w.accounts, "phrases": w.phrases,
			"types": w.types, "defaults": w.defaults,
			"page": {
				"title": w.title, "generated": w.generated, "intro": w.intro, "method": w.method, "module": w.module, "settings": w.settings,
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
