package secpolicy

// The parsers of single records, for fuzzing.
var (
	ParsePrivileges    = parsePrivileges
	ParseSystemAccess  = parseSystemAccess
	ParseAudit         = parseAudit
	ParseAccountPolicy = parseAccountPolicy
	ParseAccountFlags  = parseAccountFlags
	ParseAccountName   = parseAccountName
	ParseDomainSID     = parseDomainSID
	ParseMembers       = parseMembers
)
