package badinput_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// setting is a setting block of the module probe, which stands in probe.hcl from line 7 on.
func setting(kind, label, body string) string {
	return fmt.Sprintf("  setting %q %q {\n%s\n%s", kind, label, body, about)
}

func TestProfiles(t *testing.T) {
	const probe = "on p/modules/probe.hcl line "
	file := func(path string) string {
		return setting("file", "x", fmt.Sprintf("    path = %q\n    content = \"x\"", path))
	}
	tests := map[string]struct {
		settings string
		more     map[string]string
		words    []string
	}{
		"unknown kind":            {setting("registry", "x", ""), nil, []string{probe + "7", `no kind of setting called "registry"`}},
		"near to a kind":          {setting("servise", "x", `name = "Fax"`), nil, []string{probe + "7", `Did you mean "service"?`}},
		"no value":                {setting("registry_value", "x", "key = \"HKLM\\\\SOFTWARE\\\\A\"\nname = \"B\"\ntype = \"dword\""), nil, []string{probe, "value"}},
		"null":                    {setting("service", "x", "name = \"Fax\"\nstart = null"), nil, []string{probe, "start"}},
		"empty name":              {setting("service", "x", "name = \"\"\nstart = \"disabled\""), nil, []string{probe, "name"}},
		"empty list":              {setting("user_right", "x", "right = \"SeDenyNetworkLogonRight\"\nsids = []"), nil, []string{probe + "9", "nobody = true"}},
		"empty ports":             {setting("firewall_rule", "x", "id = \"x\"\nname = \"x\"\ndirection = \"in\"\naction = \"allow\"\nprotocol = \"tcp\"\nlocal_ports = []"), nil, []string{probe, "local_ports"}},
		"nothing at all":          {"", nil, []string{"on p/images/tiny.hcl line 1", "Empty image"}},
		"case only":               {setting("service", "fax", "name = \"Fax\"\nstart = \"disabled\"") + "\n" + setting("service", "FAX", "name = \"Fax\"\nstart = \"manual\""), nil, []string{probe, "p/modules/probe.hcl:7", "differ in case only", "Rename one"}},
		"case of a value":         {setting("registry_value", "a", "key = \"HKLM\\\\SOFTWARE\\\\A\"\nname = \"b\"\ntype = \"dword\"\nvalue = 1") + "\n" + setting("registry_value", "b", "key = \"HKLM\\\\software\\\\a\"\nname = \"B\"\ntype = \"dword\"\nvalue = 2"), nil, []string{"Settings collide", "p/modules/probe.hcl:7", "exception", "override"}},
		"files in case":           {setting("service", "fax", "name = \"Fax\"\nstart = \"disabled\""), map[string]string{"p/modules/PROBE.hcl": ""}, []string{"p/modules/PROBE.hcl", "p/modules/probe.hcl", "one file on Windows", "Rename"}},
		"cyclic modules":          {setting("service", "fax", "name = \"Fax\"\nstart = \"disabled\"") + "\n  requires = { two = \"^1.0\" }", map[string]string{"p/modules/two.hcl": module("two", "  requires = { probe = \"^1.0\" }")}, []string{"Cyclic modules", "p/modules/probe.hcl:", "p/modules/two.hcl:", "Remove one of these requirements"}},
		"the stamp's key":         {setting("registry_value", "x", "key = \"HKLM\\\\SOFTWARE\\\\wmclient\"\nname = \"Version\"\ntype = \"sz\"\nvalue = \"9\""), nil, []string{probe + "7", "Choose another key"}},
		"no such source":          {setting("file", "x", "path = \"C:\\\\x\"\nsource = \"files/gone.txt\"\nsha256 = \""+strings.Repeat("0", 64)+"\""), nil, []string{probe + "9", "files/gone.txt"}},
		"source, no sum":          {setting("file", "x", "path = \"C:\\\\x\"\nsource = \"files/a.txt\""), map[string]string{"p/files/a.txt": "a"}, []string{probe, "sha256"}},
		"source, bad sum":         {setting("file", "x", "path = \"C:\\\\x\"\nsource = \"files/a.txt\"\nsha256 = \""+strings.Repeat("0", 64)+"\""), map[string]string{"p/files/a.txt": "a"}, []string{probe, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", "files/a.txt"}},
		"source above":            {setting("file", "x", "path = \"C:\\\\x\"\nsource = \"../secret.txt\"\nsha256 = \""+strings.Repeat("0", 64)+"\""), map[string]string{"secret.txt": "s"}, []string{probe + "9", "../secret.txt"}},
		"source by detour":        {setting("file", "x", "path = \"C:\\\\x\"\nsource = \"files/../../secret.txt\"\nsha256 = \""+strings.Repeat("0", 64)+"\""), map[string]string{"secret.txt": "s"}, []string{probe + "9", "files/../../secret.txt"}},
		"source absolute":         {setting("file", "x", "path = \"C:\\\\x\"\nsource = \"/etc/hostname\"\nsha256 = \""+strings.Repeat("0", 64)+"\""), nil, []string{probe + "9", "/etc/hostname"}},
		"a name for a SID":        {setting("user_right", "x", "right = \"SeDenyNetworkLogonRight\"\nsids = [\"Administratörer\"]"), nil, []string{probe + "9", "Administratörer", "SID"}},
		"a writable path":         {setting("applocker_rule", "x", "collection = \"Exe\"\nname = \"x\"\naction = \"allow\"\npath = \"%OSDRIVE%\\\\ProgramData\\\\*\""), nil, []string{probe + "11", "Allow rule on a writable path", "publisher", "hash"}},
		"a root left out":         {setting("defender_exclusion", "x", "type = \"path\"\nvalue = \"C:\\\\\"\nreason = \"x\""), nil, []string{probe + "9", "C:\\"}},
		"a program of any folder": {setting("defender_exclusion", "x", "type = \"process\"\nvalue = \"*.exe\"\nreason = \"x\""), nil, []string{probe + "9", "*.exe"}},
		"two regimes":             {setting("windows_update", "a", "regime = \"frozen\"") + "\n" + setting("windows_update", "b", "regime = \"wsus\"\nserver = \"https://u.example.org:8531\""), nil, []string{"Settings collide", "p/modules/probe.hcl:7", "exception", "override"}},
		"not UTF-8":               {setting("service", "x", "name = \"Fax\xff\"\nstart = \"disabled\""), nil, []string{probe + "8"}},
		"not HCL":                 {"  }}}", nil, []string{probe}},
	}
	for _, path := range []string{
		`C:\Windows\..\x`, `C:\..\x`, `..\x`, `C:\Windows\.\x`, `D:\x`, `\\server\share\x`, `\\?\C:\x`, `\\.\PhysicalDrive0`, `C:x`, `x\y`,
		`C:\CON`, `C:\Windows\nul.txt`, `C:\COM1`, `C:\a\LPT9.log`, `C:\AUX\x`, `C:\COM¹`, `C:\CONIN$`, `C:\x.`, `C:\a.\x`, `C:\x `, `C:\a \x`,
		`C:\x:stream`, `C:\x::$DATA`, `C:\a?b`, `C:\a*b`, `C:\a|b`, "C:\\a\x01b", `C:\`, ``, `C:\PROGRA~1\x`, `C:\a\\b`, `C:\a/../../b`,
		`C:\Windows\System32\config\SYSTEM`, `C:\Windows\System32\GroupPolicy\Machine\Registry.pol`, `C:\windows\system32\CONFIG\software`,
	} {
		tests["path "+strconv.Quote(path)] = struct {
			settings string
			more     map[string]string
			words    []string
		}{file(path), nil, []string{probe + "8", "path"}}
	}
	shared := place(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(shared)); err != nil {
				t.Fatal(err)
			}
			write(t, dir, "p/modules/probe.hcl", module("probe", tt.settings))
			for name, text := range tt.more {
				write(t, dir, name, text)
			}
			refused(t, dir, 2, tt.words, "build", image, "--base", "lab.wim", "--out", "out")
		})
	}
}

// A service that the base does not know stops the build, which alone can see that; what may be missing has to say so.
func TestUnknownService(t *testing.T) {
	dir := place(t)
	write(t, dir, "p/modules/probe.hcl", module("probe", setting("service", "x", "name = \"Spoolerr\"\nstart = \"disabled\"\noptional = true")))
	slip := []string{"on p/modules/probe.hcl line 8", "Unknown service", `Did you mean "Spooler"?`, "needs.services"}
	refused(t, dir, 2, slip, "check", "p")
	refused(t, dir, 2, slip, "build", image, "--base", "lab.wim", "--out", "out")
	write(t, dir, "p/modules/probe.hcl", module("probe", setting("service", "x", "name = \"ExempelGateway\"\nstart = \"disabled\"")))
	if told := strings.Join(strings.Fields(run(t, dir, "plan", image).Stderr), " "); !strings.Contains(told, "Warning: Unknown service") {
		t.Errorf("a name that nobody knows is no warning:\n%s", told)
	}
	run(t, dir, "lock", image, "--upgrade").Must(t, 0)
	before := contents(t, dir)
	r := run(t, dir, "build", image, "--base", "lab.wim", "--out", "out")
	text := strings.Join(strings.Fields(r.Stderr), " ")
	if r.Code != 1 && r.Code != 2 {
		t.Errorf("exit code %d: %s", r.Code, r.Stderr)
	}
	for _, w := range []string{"probe/x", "ExempelGateway", "optional"} {
		if !strings.Contains(text, w) {
			t.Errorf("the message does not say %q:\n%s", w, r.Stderr)
		}
	}
	for name := range contents(t, dir) {
		if _, ok := before[name]; !ok && name != "out" {
			t.Errorf("%s was written", name)
		}
	}
}

// Links must not lead the loader, nor the reader of file contents, out of the tree.
func TestLinksOutOfTheTree(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making links needs a privilege on Windows")
	}
	t.Run("profile", func(t *testing.T) {
		dir := place(t)
		write(t, dir, "outside.hcl", module("outside", setting("service", "x", "name = \"Fax\"\nstart = \"disabled\"")))
		link(t, "../../outside.hcl", filepath.Join(dir, "p/modules/link.hcl"))
		refused(t, dir, 2, []string{"p/modules/link.hcl", "Link out of the profile tree", "Put the file itself there"}, "build", image, "--base", "lab.wim", "--out", "out")
		refused(t, dir, 2, []string{"p/modules/link.hcl"}, "check", "p")
	})
	t.Run("source", func(t *testing.T) {
		dir := place(t)
		write(t, dir, "secret.txt", "s")
		write(t, dir, "p/modules/probe.hcl", module("probe", setting("file", "x", "path = \"C:\\\\x\"\nsource = \"files/link.txt\"\nsha256 = \"043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89\"")))
		write(t, dir, "p/files/a.txt", "a")
		link(t, "../../secret.txt", filepath.Join(dir, "p/files/link.txt"))
		refused(t, dir, 2, []string{"on p/modules/probe.hcl line 9", "files/link.txt"}, "build", image, "--base", "lab.wim", "--out", "out")
	})
	t.Run("folder", func(t *testing.T) {
		dir := place(t)
		write(t, dir, "elsewhere/x.hcl", "")
		link(t, "../../elsewhere", filepath.Join(dir, "p/modules/more"))
		refused(t, dir, 2, []string{"p/modules/more"}, "build", image, "--base", "lab.wim", "--out", "out")
	})
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// A profile of 100 MB is refused by its size and without being read, which its memory tells: time would judge the machine.
func TestHugeProfile(t *testing.T) {
	for name, text := range map[string]string{"comments": "# nothing\n", "brackets": "[", "strings": "\"${"} {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			size := int64(100 << 20)
			if name != "comments" {
				size = 1<<20 - 1 // just below the limit of one file: the parser gets to see it
			}
			fill(t, filepath.Join(dir, "p/modules/huge.hcl"), endless(text), size)
			peak := memory(t, dir, 2, "p/modules/huge.hcl", "build", image, "--base", "lab.wim", "--out", "out")
			t.Logf("refused, peak %d MiB", peak>>20)
			// A file just below the limit is lexed whole before it is called too complex: a million tokens are some 450 MiB.
			if peak > 640<<20 {
				t.Errorf("took %d MiB", peak>>20)
			}
			if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
				t.Error("an output folder was made")
			}
		})
	}
}
