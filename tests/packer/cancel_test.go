//go:build !windows

package packer_test

import (
	"bufio"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// hang is how long a build that was told to stop may take before it counts as hanging. It says nothing of speed: a build that does not
// listen ends well, which the test sees too.
const hang = 2 * time.Minute

// Ctrl-C while the image is written: Packer ends soon, and nothing stands under the final name or beside it.
func TestCancel(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a base of 500 MB")
	}
	s := newSite(t)
	s.bigBase(t)

	c := s.command(s.offlineArgs("build")...)
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal sends Ctrl-C to the plugin too
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	var text strings.Builder
	var interrupted time.Time
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		text.WriteString(line)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "writing image.wim") {
			interrupted = time.Now()
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	took := time.Since(interrupted)
	if interrupted.IsZero() || err == nil {
		t.Fatalf("the build was not interrupted: %v\n%s", err, text.String())
	}
	t.Logf("ended %s after the interrupt", took)
	if took > hang {
		t.Errorf("the build ended %s after the interrupt\n%s", took, text.String())
	}
	if got := s.left("out"); got != "" {
		t.Errorf("the cancelled build left %s", got)
	}
	if !strings.Contains(text.String(), "nothing was left behind") {
		t.Errorf("nobody says that the build was cancelled:\n%s", text.String())
	}
}

// bigBase adds 500 MB of noise to a copy of the lab base, through wimlib.
func (s *site) bigBase(t *testing.T) {
	t.Helper()
	wimlib := harness.Tool(t, "wimlib-imagex")
	data, err := os.ReadFile(s.base)
	if err != nil {
		t.Fatal(err)
	}
	s.base = s.path("big.wim")
	s.write("big.wim", string(data))
	noise, err := os.Create(s.path("noise"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.CopyN(noise, rand.Reader, 500<<20)
	if cerr := noise.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Fatal(err)
	}
	harness.Command{Path: wimlib, Args: []string{"update", "big.wim", "2", "--command", "add noise /noise.bin"}, Dir: s.dir}.Run(t).Must(t, 0)
	remove(t, s.path("noise"))
	harness.Wmclient(t, s.dir, "lock", s.image, "--accept-base", s.base).Must(t, 0)
}
