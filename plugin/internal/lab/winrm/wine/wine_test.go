package wine_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wine"
)

// open makes a prefix of its own (8 s), where there is Wine.
func open(t *testing.T) *wine.Machine {
	t.Helper()
	loader := "/usr/lib/wine/wine64"
	if _, err := os.Stat(loader); err != nil || testing.Short() {
		t.Skip("needs Wine (Debian: wine64), and some seconds for a prefix")
	}
	prefix := t.TempDir()
	env := append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY=")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	boot := exec.CommandContext(ctx, loader, "wineboot", "--init")
	boot.Env = env
	if err := boot.Run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // ends the server of this prefix alone
		for _, name := range []string{"/usr/lib/wine/wineserver64", "/usr/lib/wine/wineserver"} {
			if _, err := os.Stat(name); err == nil {
				end := exec.Command(name, "--kill", "--wait")
				end.Env = env
				_ = end.Run()
				return
			}
		}
	})
	m, err := wine.New(wine.Options{Prefix: prefix, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWine makes one prefix for all that is tried in it.
func TestWine(t *testing.T) {
	m := open(t)
	t.Run("cmd", func(t *testing.T) { cmdSemantics(t, m) })
	t.Run("shutdown", func(t *testing.T) { shutdownRestarts(t, m) })
}

func cmdSemantics(t *testing.T, m *wine.Machine) {
	t.Helper()
	run := func(ctx context.Context, line, stdin string) (uint32, string, string) {
		var out, errs bytes.Buffer
		code, err := m.Run(ctx, winrm.Command{Line: line, Env: []string{"LAB_WORD=from the shell"}, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs})
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		return code, out.String(), errs.String()
	}
	tests := []struct {
		line, stdin string
		code        uint32
		out         string // begins with
	}{
		{"exit 0", "", 0, ""},
		{"exit 3010", "", 3010, ""}, // more than 8 bits
		{"exit -1", "", 4294967295, ""},
		{`echo "a & b" & exit 5`, "", 5, "\"a & b\" \r\n"},
		{"echo %LAB_WORD%", "", 0, "from the shell\r\n"},
		{"more", "read from stdin\r\n", 0, "read from stdin"},
		{`reg add HKLM\SOFTWARE\wmclient-test /v Word /t REG_SZ /d "two words" /f`, "", 0, ""},
		{`reg query HKLM\SOFTWARE\wmclient-test /v Word`, "", 0, "HKEY_LOCAL_MACHINE"},
		{`reg query HKLM\SOFTWARE\wmclient-none`, "", 1, ""},
	}
	for _, tt := range tests {
		code, out, errs := run(t.Context(), tt.line, tt.stdin)
		if code != tt.code || !strings.HasPrefix(strings.TrimLeft(out, "\r\n"), tt.out) {
			t.Errorf("%s: got %d %q %q, want %d %q", tt.line, code, out, errs, tt.code, tt.out)
		}
	}
	var wg sync.WaitGroup
	for i := range uint32(8) {
		wg.Go(func() {
			if code, _, errs := run(t.Context(), "exit "+string(rune('0'+i)), ""); code != i {
				t.Errorf("at once: got %d %q, want %d", code, errs, i)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(500*time.Millisecond, cancel)
	run(ctx, "ping -n 600 127.0.0.1 >nul & pause", "") // a command that goes on until it is killed: the test ends, or hangs
}

func shutdownRestarts(t *testing.T, m *wine.Machine) {
	t.Helper()
	before, asked := m.BootID(), 0
	if code, err := m.Run(t.Context(), winrm.Command{Line: "shutdown /r /t 0", Restart: func() { asked++ }}); code != 0 || err != nil || asked != 1 {
		t.Errorf("got %d, %v, %d restarts", code, err, asked)
	}
	run := func(line string, stdin io.Reader) (uint32, string) {
		var out bytes.Buffer
		code, err := m.Run(t.Context(), winrm.Command{Line: line, Stdin: stdin, Stdout: &out, Stderr: io.Discard})
		if err != nil {
			return 0, err.Error()
		}
		return code, out.String()
	}
	if code, out := run(`reg add HKLM\SOFTWARE\wmclient-test /v Kept /d yes /f`, strings.NewReader("")); code != 0 {
		t.Fatal(code, out)
	}
	in, hold := io.Pipe()
	ended := make(chan struct{})
	running := make(chan struct{})
	go func() {
		defer close(ended)
		var out signalled
		out.first = running
		_, _ = m.Run(t.Context(), winrm.Command{Line: "echo running & more", Stdin: in, Stdout: &out, Stderr: io.Discard})
	}()
	<-running
	if m.Restart(); m.BootID() == before {
		t.Error("the boot id is the same after a restart")
	}
	<-ended // a program that was there before the restart is gone: the test ends, or hangs
	_ = hold.Close()
	if code, out := run(`reg query HKLM\SOFTWARE\wmclient-test /v Kept`, strings.NewReader("")); code != 0 || !strings.Contains(out, "yes") {
		t.Errorf("the registry after a restart: %d %q", code, out)
	}
}

// signalled closes first when something is written.
type signalled struct {
	once  sync.Once
	first chan struct{}
}

func (s *signalled) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.first) })
	return len(p), nil
}

func TestNoPrefix(t *testing.T) {
	if _, err := os.Stat("/usr/lib/wine/wine64"); err != nil {
		t.Skip("needs Wine (Debian: wine64)")
	}
	if _, err := wine.New(wine.Options{Prefix: filepath.Join(t.TempDir(), "none")}); err == nil || !strings.Contains(err.Error(), "wineboot --init") {
		t.Errorf("got %v", err)
	}
	if _, err := wine.New(wine.Options{Loader: "no-such-wine", Prefix: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "no-such-wine") {
		t.Errorf("got %v", err)
	}
}
