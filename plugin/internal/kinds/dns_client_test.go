package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestDNSClientDiagnostics(t *testing.T) {
	const servers = `servers = ["10.60.0.53"]` + "\n"
	tests := []struct{ body, summary, at, detail string }{
		{``, "Empty expectation", ``, "servers"},
		{`servers = ["ns.example.org"]`, "Illegal address", `["ns.example.org"]`, "10.60.0.53"},
		{`servers = []`, "Empty expectation", `[]`, "Leave it out"},
		{`search = [".example.org"]`, "Illegal DNS suffix", `[".example.org"]`, "without a dot"},
		{servers + `namespaces = [".sjunet.org"]`, "Missing rule id", `[".sjunet.org"]`, "rule"},
		{`rule = "r"` + "\nnamespaces = [\".sjunet.org\"]", "Incomplete rule", `"r"`, "servers"},
		{servers + `rule = "a\\b"` + "\nnamespaces = [\".\"]", "Illegal rule id", `"a\\b"`, "wmclient-sjunet"},
		{servers + `rule = "r"` + "\nnamespaces = [\"*.sjunet.org\"]", "Illegal namespace", `["*.sjunet.org"]`, "dot"},
		{servers + `rule = "r"` + "\nnamespaces = [\".\"]\nno_multicast = true", "Rule and resolver in one", `true`, "own"},
	}
	for _, tt := range tests {
		oneProblem(t, "dns_client", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestDNSClientResolver(t *testing.T) {
	spec := mustDecode(t, "dns_client", "search = [\"a.example.org\", \"example.org\"]\nno_multicast = true")
	want := map[string]string{"SearchList": "sz:a.example.org,example.org", "EnableMulticast": "dword:0"}
	for _, c := range spec.Claims(base) {
		for name, value := range want {
			if c.Location.Same(setting.RegistryLocation(`HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`, name)) && c.Value == value {
				delete(want, name)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not claimed: %v", want)
	}
}
