package standin_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func machine(t testing.TB) *standin.Machine {
	t.Helper()
	m, err := standin.New(lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run runs a line and returns its exit code and streams.
func run(t testing.TB, m *standin.Machine, line string) (uint32, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code, err := m.Run(t.Context(), winrm.Command{
		Line: line, Stdin: strings.NewReader("from stdin"), Stdout: &out, Stderr: &errs, Env: []string{"LAB_WORD=from the shell"}, Restart: m.Restart,
	})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return code, out.String(), errs.String()
}

func encoded(script string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(script)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return "powershell.exe -NoProfile -EncodedCommand " + base64.StdEncoding.EncodeToString(b)
}

func TestLines(t *testing.T) {
	tests := []struct {
		line string
		code uint32
		out  string
	}{
		{"exit 0", 0, ""},
		{"exit 3010", 3010, ""},
		{"exit -1", 4294967295, ""},
		{"exit /b 7", 7, ""},
		{"echo hello world", 0, "hello world\r\n"},
		{"ECHO.", 0, "\r\n"},
		{"echo", 9009, ""},
		{"echo a  b ", 0, "a  b\r\n"}, // the end of a line is cut when it comes, as cmd /S /C "line" does not
		{`echo "a & b" & exit 5`, 5, "\"a & b\" \r\n"},
		{"echo %LAB_WORD% %NONE%", 0, "from the shell %NONE%\r\n"},
		{"echo 100%", 0, "100%\r\n"},
		{"echo a^&b", 0, "a&b\r\n"},
		{"exit /b 1 && echo no", 1, ""},
		{"cmd /c exit 1 || echo yes", 1, "yes\r\n"},
		{"cmd /c exit 1 & echo %ERRORLEVEL%", 1, "0\r\n"}, // a line is expanded before it runs
		{`cmd.exe /S /C "echo a "b""`, 0, "a \"b\"\r\n"},
		{`cmd /c "echo a & echo b"`, 0, "a \r\nb\r\n"},
		{`set "A=x" && echo done`, 0, "done\r\n"},
		{"more", 0, "from stdin"},
		{"echo out 1>&2", 0, ""},
		{"echo gone >nul 2>&1", 0, ""},
		{`type C:\Windows\wmclient\none.txt`, 1, ""},
		{`echo x > C:\Nowhere\y.txt`, 1, ""},
		{`mkdir C:\Made\Deep && echo x> C:\made\deep\y.txt && type c:/MADE/deep/Y.TXT`, 0, "x\r\n"},
		{`echo 1 > %TEMP%\z.txt & echo 2 >> "%TEMP%\z.txt" & type C:\Windows\Temp\z.txt`, 0, "1 \r\n2 \r\n"},
		{`echo 1 > %TEMP%\z.txt & del /f /q %TEMP%\z.txt & type %TEMP%\z.txt`, 1, ""},
		{`echo x > C:\Windows\System32\config\SYSTEM`, 1, ""},
		{`D:\x.exe`, 1, ""},
		{`\\server\share\x.exe`, 1, ""},
		{`C:\Windows\System32\none.exe`, 1, ""},
	}
	for _, tt := range tests {
		code, out, errs := run(t, machine(t), tt.line)
		if code != tt.code || out != tt.out {
			t.Errorf("%s: got %d %q %q, want %d %q", tt.line, code, out, errs, tt.code, tt.out)
		}
	}
}

// TestUnknown: what no stand-in knows fails by its name, and does nothing.
func TestUnknown(t *testing.T) {
	m := machine(t)
	for line, name := range map[string]string{
		"netsh advfirewall show allprofiles":      `"netsh"`,
		"secedit /export /cfg x":                  `"secedit"`,
		"dir":                                     `"dir"`,
		"echo x | more":                           "a pipe",
		"more < x":                                "(<)",
		"(echo x)":                                "parentheses",
		"reg export HKLM\\SOFTWARE x":             `reg "export"`,
		"reg query HKLM\\SOFTWARE /s":             `"/s"`,
		"reg add HKLM\\SOFTWARE /v A /t REG_X /d": "REG_X",
		"shutdown /s /t 0":                        `"/s"`,
		"shutdown":                                "without /r",
		"powershell -Command Get-Date":            `"-Command"`,
		encoded("Get-Date"):                       "Get-Date",
		encoded(`if (Test-Path variable:global:ProgressPreference){$ProgressPreference='SilentlyContinue'}; echo "x"; Get-Date #"`): "begins with",
		"ver /all":           "ver /all",
		"set":                "set",
		"del /s C:\\Windows": `"/s"`,
		"type a b":           "one file",
		"cmd /k exit":        `"/k"`,
		"exit one":           "exit one",
		"call :label":        ":label",
	} {
		code, out, errs := run(t, m, line)
		if code != 9009 || out != "" || !strings.Contains(errs, "no stand-in for") || !strings.Contains(errs, name) {
			t.Errorf("%s: got %d %q %q, want 9009 and %s", line, code, out, errs, name)
		}
	}
}

func TestReg(t *testing.T) {
	m := machine(t)
	const key = `HKLM\SOFTWARE\wmclient-test`
	steps := []struct {
		line string
		code uint32
		out  string
	}{
		{"reg query " + key, 1, ""},
		{"reg add " + key + ` /v Word /t REG_SZ /d "two words" /f`, 0, "The operation completed successfully.\r\n"},
		{"reg add " + key + ` /v Word /d again`, 9009, ""}, // it would ask
		{"reg add " + key + ` /v Number /t REG_DWORD /d 0x10 /f`, 0, "The operation completed successfully.\r\n"},
		{"reg add " + key + ` /v Number /t REG_DWORD /d ten /f`, 1, ""},
		{"reg add " + key + `\Below /f`, 0, "The operation completed successfully.\r\n"},
		{"reg query " + key + " /v Word", 0, "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\wmclient-test\r\n    Word    REG_SZ    two words\r\n\r\n"},
		{"reg.exe query " + key, 0, "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\wmclient-test\r\n    Word    REG_SZ    two words\r\n    Number    REG_DWORD    0x10\r\n\r\n" +
			"HKEY_LOCAL_MACHINE\\SOFTWARE\\wmclient-test\\Below\r\n"},
		{"reg query " + key + " /v None", 1, ""},
		{"reg delete " + key + " /v Word /f", 0, "The operation completed successfully.\r\n"},
		{"reg delete " + key + " /v Word /f", 1, ""},
		{"reg delete " + key + " /f", 0, "The operation completed successfully.\r\n"},
		{"reg query " + key, 1, ""},
		{`reg query HKLM\HARDWARE`, 1, ""},
	}
	for _, s := range steps {
		if code, out, errs := run(t, m, s.line); code != s.code || out != s.out {
			t.Errorf("%s: got %d %q %q, want %d %q", s.line, code, out, errs, s.code, s.out)
		}
	}
}

// TestVersion: the base's own number, and no doubt that it is no Windows.
func TestVersion(t *testing.T) {
	if _, out, _ := run(t, machine(t), "ver"); !strings.Contains(out, "[Version 10.0.19044.1288]") || !strings.Contains(out, winrm.Marker) {
		t.Errorf("got %q", out)
	}
}

func TestRestart(t *testing.T) {
	m := machine(t)
	before := m.BootID()
	if err := m.WriteFile(`C:\Windows\wmclient\x`, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, m, "shutdown /r /t 0 /f"); code != 0 || m.BootID() == before {
		t.Errorf("got %d %q, boot %s after %s", code, errs, m.BootID(), before)
	}
	v, err := m.RegistryValue(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`, "BootId")
	if err != nil || v.Text() != "dword:"+m.BootID() {
		t.Errorf("BootId is %s, %v; the boot is %s", v.Text(), err, m.BootID())
	}
	if data, err := m.ReadFile(`\Windows\wmclient\x`); err != nil || string(data) != "kept" {
		t.Errorf("got %q, %v", data, err)
	}
}

// TestPrograms: a registered program is found by name, by a path only where its file is, and sees what the line says.
func TestPrograms(t *testing.T) {
	m := machine(t)
	var got standin.Call
	if err := m.Register("wmguest.exe", func(_ context.Context, _ *standin.Machine, c standin.Call) (uint32, error) {
		got = c
		data, err := io.ReadAll(c.Stdin)
		if len(c.Args) > 0 && c.Args[0] == "fail" {
			return 5, errors.New("by order")
		}
		fmt.Fprintf(c.Stdout, "%s|%s", data, strings.Join(c.Args, "|"))
		return 3010, err
	}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wmguest", "WMGUEST", "reg", ""} {
		if err := m.Register(name, func(context.Context, *standin.Machine, standin.Call) (uint32, error) { return 0, nil }); err == nil {
			t.Errorf("%q was registered twice", name)
		}
	}
	const line = `"C:\Windows\wmclient\wmguest.exe" apply --bundle "C:\a b\c" "say \"x\""`
	if code, _, errs := run(t, m, line); code != 1 || !strings.Contains(errs, "cannot find the path") {
		t.Errorf("a program that was not delivered: got %d %q", code, errs)
	}
	if err := m.WriteFile(`\Windows\wmclient\wmguest.exe`, []byte("MZ")); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := run(t, m, line); code != 3010 || out != `from stdin|apply|--bundle|C:\a b\c|say "x"` {
		t.Errorf("got %d %q %q", code, out, errs)
	}
	if !strings.Contains(strings.Join(got.Env, "\n"), "LAB_WORD=from the shell") {
		t.Errorf("environment: %q", got.Env)
	}
	if code, _, errs := run(t, m, "wmguest fail"); code != 1 || !strings.Contains(errs, "by order") {
		t.Errorf("got %d %q", code, errs)
	}
}

func TestScripts(t *testing.T) {
	m := machine(t)
	const text = "$path = '{{}}'\n  if (Test-Path $path) { exit {{}} }\n"
	if err := m.RegisterScript("test", text, func(_ context.Context, _ *standin.Machine, c standin.Call) (uint32, error) {
		_, err := fmt.Fprint(c.Stdout, strings.Join(c.Holes, "+"))
		return 4, err
	}); err != nil {
		t.Fatal(err)
	}
	if err := m.RegisterScript("other", text, func(context.Context, *standin.Machine, standin.Call) (uint32, error) { return 0, nil }); err == nil {
		t.Error("one text was registered twice")
	}
	if code, out, errs := run(t, m, encoded("$ProgressPreference = 'SilentlyContinue';$path = 'C:\\x y'\r\nif (Test-Path $path) { exit 12 }")); code != 4 || out != `C:\x y+12` {
		t.Errorf("got %d %q %q", code, out, errs)
	}
	for _, hidden := range []string{"$path = 'a'; Remove-Item 'b'\nif (Test-Path $path) { exit 1 }", "$path = 'a'\nif (Test-Path $path) { exit (Get-Date) }"} {
		if code, _, _ := run(t, m, encoded(hidden)); code != 9009 {
			t.Errorf("%q was taken for the script: %d", hidden, code)
		}
	}
}

// TestTarget: what is applied is what is read, by the interfaces that every target has.
func TestTarget(t *testing.T) {
	m := machine(t)
	const service = `HKLM\SYSTEM\CurrentControlSet\Services\RemoteRegistry`
	if _, err := m.RegistryValue(service, "Start"); err != nil {
		t.Fatal(err)
	}
	const policy = `HKLM\SOFTWARE\Policies\Microsoft\Windows\wmclient`
	task := setting.StateLocation(setting.SchemeTask, `\Microsoft\Windows\Maps\MapsUpdateTask`)
	changes := []struct {
		name string
		do   func() (bool, error)
		read func() (string, error)
		want string
	}{
		{"registry", func() (bool, error) { return m.SetRegistryValue(service, "Start", setting.DWord(4)) }, func() (string, error) {
			v, err := m.RegistryValue(`HKLM\SYSTEM\ControlSet001\Services\RemoteRegistry`, "Start")
			return v.Text(), err
		}, "dword:4"},
		{"policy", func() (bool, error) { return m.SetPolicyValue(setting.ScopeMachine, policy, "On", setting.DWord(1)) }, func() (string, error) {
			v, err := m.PolicyValue(setting.ScopeMachine, policy, "On")
			return v.Text(), err
		}, "dword:1"},
		{"file", func() (bool, error) { return m.PutFile(`\Windows\x.txt`, apply.NewContent([]byte("abc"))) }, func() (string, error) {
			f, err := m.File(`\WINDOWS\X.TXT`)
			return f.SHA256, err
		}, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"right", func() (bool, error) { return m.SetRightHolders("SeDebugPrivilege", []string{"S-1-5-32-544"}) }, func() (string, error) {
			sids, err := m.RightHolders("SeDebugPrivilege")
			return strings.Join(sids, " "), err
		}, "S-1-5-32-544"},
		{"task", func() (bool, error) {
			return m.SetState(setting.Op{Action: setting.ActionStateSet, Location: task, Value: "disabled"})
		}, func() (string, error) { return m.State(task) }, "disabled"},
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.do()
			again, errAgain := c.do()
			got, errRead := c.read()
			if err := errors.Join(err, errAgain, errRead); err != nil || again || got != c.want {
				t.Errorf("got %q, changed again %t, %v; want %q", got, again, err, c.want)
			}
		})
	}
	if _, err := m.DeleteFile(`\Windows\x.txt`); err != nil {
		t.Fatal(err)
	}
	if _, err := m.File(`\Windows\x.txt`); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a deleted file: %v", err)
	}
	if _, err := m.SetState(setting.Op{Action: setting.ActionStateSet, Location: "nonsense:x", Value: "y"}); err == nil {
		t.Error("a state of no scheme was taken")
	}
	if _, err := m.RegistryValue(`HKLM\HARDWARE`, "x"); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("a part of the registry that no hive holds: %v", err)
	}
}

// TestMachines: what one of many machines changes, none of the others has, whoever is first.
func TestMachines(t *testing.T) {
	all, err := standin.Machines(lab.Options{}, 8)
	if err != nil {
		t.Fatal(err)
	}
	const key = `HKLM\SYSTEM\CurrentControlSet\Services\RemoteRegistry`
	var wg sync.WaitGroup
	for i, m := range all {
		wg.Go(func() {
			_, _ = m.RegistryKeys(`HKLM\SOFTWARE`)
			_, _ = m.State(setting.StateLocation(setting.SchemeAccount, "500"))
			if i%2 == 0 {
				if _, err := m.SetRegistryValue(key, "Start", setting.DWord(uint32(100+i))); err != nil {
					t.Error(err)
				}
				m.Restart()
			}
			if err := m.WriteFile(`C:\x`, []byte{byte(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	before, err := machine(t).RegistryValue(key, "Start")
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range all {
		want := before.Text()
		if i%2 == 0 {
			want = fmt.Sprintf("dword:%d", 100+i)
		}
		v, err := m.RegistryValue(key, "Start")
		data, errFile := m.ReadFile(`C:\x`)
		if err := errors.Join(err, errFile); err != nil || v.Text() != want || !bytes.Equal(data, []byte{byte(i)}) {
			t.Errorf("machine %d: %s and %v, %v; want %s", i, v.Text(), data, err, want)
		}
	}
}

// FuzzLine: any line ends, and only with a reason.
func FuzzLine(f *testing.F) {
	m := machine(f)
	for _, line := range []string{`echo "a & b" && type x || exit 1`, `cmd /c "cmd /c ""x"""`, "echo %A%%TEMP%% 2>&1 >nul", `reg add "HKLM\x" /v \"y\\" /d`, "call call call exit", `a>"b`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if code, _, errs := run(t, m, line); code == 9009 && errs == "" {
			t.Errorf("%q failed without a reason", line)
		}
	})
}
