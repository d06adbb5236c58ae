package kinds_test

import "testing"

func TestShellDiagnostics(t *testing.T) {
	const users = "\napplies_to = \"new-users\""
	tests := []struct{ body, summary, at, detail string }{
		{`program = "viewer.exe"` + users, "Illegal shell", `"viewer.exe"`, "full path"},
		{`program = "C:\\Program Files\\a.exe,b.exe"` + users, "Illegal shell", `"C:\\Program Files\\a.exe,b.exe"`, ""},
		{`program = "C:\\ProgramData\\x\\viewer.exe"` + users, "Shell in a writable folder", `"C:\\ProgramData\\x\\viewer.exe"`, "Program Files"},
		{`program = "C:\\Windows\\Temp\\viewer.exe"` + users, "Shell in a writable folder", `"C:\\Windows\\Temp\\viewer.exe"`, ""},
		{`program = "C:\\Program Files\\..\\Users\\Public\\viewer.exe"` + users, "Illegal shell", `"C:\\Program Files\\..\\Users\\Public\\viewer.exe"`, ""},
		{`program = "explorer.exe"` + "\napplies_to = \"all\"", "Unsupported applies_to", `"all"`, "everyone"},
		{`program = "explorer.exe"` + "\narguments = \"a,b.exe\"" + users, "Illegal arguments", `"a,b.exe"`, "comma"},
		{`program = "explorer.exe"` + "\nrestart = true" + users, "Restart for the machine only", "true", "everyone"},
	}
	for _, tt := range tests {
		oneProblem(t, "shell", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestShellMeetsWinlogon(t *testing.T) {
	value := `key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"` + "\nname = \"Shell\"\ntype = \"sz\"\nvalue = \"explorer.exe\""
	if got := meeting(mustDecode(t, "shell", "program = \"explorer.exe\"\napplies_to = \"everyone\""), mustDecode(t, "registry_value", value)); got != "agree" {
		t.Error(got)
	}
	quotedPath := mustDecode(t, "shell", "program = \"C:\\\\Program Files\\\\X\\\\v.exe\"\narguments = \"/full\"\napplies_to = \"everyone\"\nrestart = true")
	if got := quotedPath.Claims(base)[0].Value; got != `sz:"C:\Program Files\X\v.exe" /full` {
		t.Error(got)
	}
}
