package conflict_test

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"

// cutCases are rules that stop what another lets through, each beside one that does not.
func cutCases() []rowCase {
	const rules = firewall + `FirewallRules!`
	const pacs = rules + `pacs = sz:v2.10|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=104|RA4=10.30.0.10|`
	const vendor = rules + `vendor = sz:v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|RA4=10.30.9.10|RA4=10.40.0.1|`
	blocked := func(text string) string { return rules + `b = sz:v2.10|Action=Block|Active=TRUE|` + text }
	cut := func(open, shut, other string) rowCase {
		return rowCase{"cut-flows", conflict.Block, []string{open, shut}, nothing, nil, []string{open, other}, ""}
	}
	return []rowCase{
		cut(pacs, blocked(`Dir=Out|RA4=10.30.0.0/255.255.0.0|`), blocked(`Dir=Out|RA4=10.31.0.0/255.255.0.0|`)),
		cut(pacs, blocked(`Dir=Out|RA4=10.30.0.0/16|`), blocked(`Dir=In|RA4=10.30.0.0/16|`)),
		cut(pacs, blocked(`Dir=Out|`), blocked(`Dir=Out|App=C:\Other.exe|`)),
		cut(pacs, blocked(`Dir=Out|Protocol=6|RPort=100-200|RA4=10.30.0.10|`), blocked(`Dir=Out|Protocol=17|RPort=100-200|RA4=10.30.0.10|`)),
		cut(vendor, blocked(`Dir=In|RA4=10.30.0.0/16|`), blocked(`Dir=In|Protocol=6|LPort=445|RA4=10.30.0.0/16|`)),
		cut(rules+`wide = sz:v2.10|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RA4=10.30.0.0/16|`, blocked(`Dir=Out|RA4=10.0.0.0/8|`), blocked(`Dir=Out|RA4=10.30.0.66|`)), // carved out
		cut(pacs, blocked(`Dir=Out|Profile=Public|`), rules+`b = sz:v2.10|Action=Block|Active=FALSE|Dir=Out|`),
	}
}
