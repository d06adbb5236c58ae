package kinds_test

import "testing"

func TestEventForwardingDiagnostics(t *testing.T) {
	const server = `server = "https://wec.example.org:5986"` + "\n"
	tests := []struct{ body, summary, at, detail string }{
		{`server = "http://wec.example.org:5985"`, "Unprotected server", `"http://wec.example.org:5985"`, "https"},
		{`server = "wec"`, "Illegal URL", `"wec"`, "https"},
		{`server = "https://wec.example.org:5986/wsman"`, "Illegal URL", `"https://wec.example.org:5986/wsman"`, "added"},
		{`server = "https://wec.example.org,Refresh=1"`, "Illegal URL", `"https://wec.example.org,Refresh=1"`, ""},
		{server + `issuer_ca = "01 23"`, "Illegal thumbprint", `"01 23"`, "40"},
		{server + `refresh = 1`, "Number out of range", "1", "10"},
		{server + `number = 0`, "Number out of range", "0", "99"},
	}
	for _, tt := range tests {
		oneProblem(t, "event_forwarding", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestEventForwardingCollectors(t *testing.T) {
	one := mustDecode(t, "event_forwarding", `server = "https://a.example.org:5986"`)
	for body, want := range map[string]string{
		`server = "https://b.example.org:5986"`:               "collide",
		"server = \"https://b.example.org:5986\"\nnumber = 2": "apart",
		`server = "https://a.example.org:5986"`:               "agree",
	} {
		if got := meeting(one, mustDecode(t, "event_forwarding", body)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}
