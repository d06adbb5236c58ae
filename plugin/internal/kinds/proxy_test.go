package kinds_test

import "testing"

func TestProxyDiagnostics(t *testing.T) {
	const explicit = "mode = \"explicit\"\nserver = \"p.example.org:8080\"\n"
	tests := []struct{ body, summary, at, detail string }{
		{`mode = "auto"`, "Unsupported mode", `"auto"`, "explicit"},
		{`mode = "explicit"`, "Illegal proxy", `"explicit"`, "port"},
		{"mode = \"explicit\"\nserver = \"http://p:80\"", "Illegal proxy", `"http://p:80"`, "port"},
		{"mode = \"none\"\nserver = \"p:80\"", "Server of no proxy", `"p:80"`, "explicit"},
		{explicit + `bypass = ["a;b"]`, "Illegal bypass", `["a;b"]`, ""},
		{explicit + `bypass = ["*"]`, "Bypass of everything", `["*"]`, "none"},
	}
	for _, tt := range tests {
		oneProblem(t, "proxy", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestProxiesCollide(t *testing.T) {
	none := mustDecode(t, "proxy", `mode = "none"`)
	if got := meeting(none, mustDecode(t, "proxy", "mode = \"explicit\"\nserver = \"p:80\"")); got != "collide" {
		t.Error(got)
	}
	value := `key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"` + "\nname = \"ProxySettingsPerUser\"\ntype = \"dword\"\nvalue = 0"
	if got := meeting(none, mustDecode(t, "registry_value", value)); got != "agree" {
		t.Error(got)
	}
}
