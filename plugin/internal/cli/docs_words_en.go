package cli

func englishPage() *pageWords {
	return &pageWords{
		title:     "The modules",
		generated: "Written by `wmclient docs modules` from the profiles; change the modules, not this page.",
		intro: "A module is a unit of hardening that a client either has or does not have. This page says of each what it is for, what it sets and why. " +
			"The values are those of the default inputs; what an image gives instead stands in the plan of that image. Nothing on this page says that a setting has effect on a certain client: that is what validation shows.",
		method: "Method", module: "Module", settings: "Settings", version: "Version", windows: "Windows", allBuilds: "all builds",
		requires: "Requires", capabilities: "Security capabilities", severitySource: "Severities from", breaks: "What it is known to break",
		inputs: "Inputs", required: "Must be given", byDefault: "Default", flows: "Traffic that it needs", ports: "port", peers: "peers",
		program: "program", when: "Only where", leaves: "What it deliberately leaves alone", severity: "severity", onlyBuilds: "Only on",
		forEach: "One for each of", references: "Sources", byImage: "as the image decides", build: "Build", more: "and %d more", kind: "Kind",
		methods: map[string]string{
			"no-internet": "No internet access", "separation": "Separation from the surroundings", "mt-only": "Only medical-product programs",
			"monitoring": "Monitoring", "protection": "Protection against malware", "patching": "Rules for patching", "policies": "Policies",
			"session": "Session and log-on", "remote-access": "Remote access", "virtual-client": "Virtual clients",
		},
		schemes: map[string]string{
			"reg": "Registry value", "svc": "Service", "file": "File", "right": "User right", "account-policy": "Account policy",
			"audit": "Audit of the subcategory", "account": "Local account", "account-name": "Name of the local account", "group": "Members of the group",
			"task": "Scheduled task", "feature": "Windows feature", "program": "Installed program", "registry-security": "Permissions of the registry key",
			"file-security": "Permissions of", "secret": "Secret",
		},
		words: map[string]string{
			"low": "low", "medium": "medium", "high": "high", "critical": "critical", "in": "in", "out": "out", "any": "any protocol",
			"tcp": "TCP", "udp": "UDP", "icmpv4": "ICMPv4", "icmpv6": "ICMPv6", "in-key": "in", "empty": "empty",
			"disabled": "disabled", "enabled": "enabled", "manual": "manual start", "automatic": "automatic start", "delayed": "automatic, delayed start",
			"absent": "absent", "installed": "installed", "none": "none", "success": "success", "failure": "failure", "success,failure": "success and failure",
			"nobody": "nobody", "default value": "(default)",
			"directory": "folder", "made-on-client": "made on the client",
		},
		constraintWords: map[string]string{"^": "build %s", ">=": "build %s and later", "<": "builds before %s"},
		sids: map[string]string{
			"S-1-1-0": "Everyone", "S-1-5-2": "Network", "S-1-5-6": "Service", "S-1-5-7": "Anonymous",
			"S-1-5-9": "Domain controllers", "S-1-5-11": "Authenticated users", "S-1-5-18": "The system",
			"S-1-5-19": "Local service", "S-1-5-20": "Network service", "S-1-5-32-544": "Administrators", "S-1-5-32-545": "Users",
			"S-1-5-32-546": "Guests", "S-1-5-32-547": "Power users", "S-1-5-32-551": "Backup operators",
			"S-1-5-32-555": "Remote desktop users", "S-1-5-32-559": "Users of performance logs", "S-1-5-32-568": "IIS users",
			"S-1-5-32-573": "Readers of event logs", "S-1-5-32-578": "Hyper-V administrators",
			"S-1-5-32-580": "Users of remote management", "S-1-5-80-0": "All services", "S-1-5-113": "Local accounts",
			"S-1-5-114": "Local accounts that are administrators", "S-1-5-90-0": "The window manager",
			"S-1-5-83-0": "Virtual machines",
		},
		capabilityWords: map[string]string{
			"ALOF": "Automatic log-off", "AUDT": "Audit controls", "AUTH": "Authorization", "CNFS": "Configuration of security features",
			"CSUP": "Security upgrades", "DIDT": "De-identification", "DTBK": "Backup and recovery", "EMRG": "Emergency access",
			"IGAU": "Integrity and authenticity of data", "MLDP": "Malware protection", "NAUT": "Node authentication", "PAUT": "Person authentication",
			"PLOK": "Physical locks", "RDMP": "Third-party components in the life cycle", "SAHD": "System hardening", "SGUD": "Security guides",
			"STCF": "Confidentiality of stored data", "TXCF": "Confidentiality of transmission", "TXIG": "Integrity of transmission",
			"CONN": "Connectivity", "RMOT": "Remote service", "SBOM": "Bill of materials", "MPII": "Management of personal data",
		},
	}
}
