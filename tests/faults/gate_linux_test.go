package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// gated names the environment variable that makes this test program a launcher: its value lists system calls by number.
const gated = "WMCLIENT_FAULTS_GATE"

func TestMain(m *testing.M) {
	if calls := os.Getenv(gated); calls != "" {
		fmt.Fprintln(os.Stderr, "launch:", launch(calls, os.Args[1:]))
		os.Exit(125)
	}
	code := m.Run()
	printTable()
	harness.Cleanup()
	os.Exit(code)
}

// launch asks the kernel to stop at each of the calls until the test has said what becomes of it, hands the test the descriptor by which it
// is asked, and becomes the program. It returns only where it cannot.
func launch(calls string, argv []string) error {
	runtime.LockOSThread() // the filter is the thread's, and goes with the program that takes its place
	var filter []unix.SockFilter
	filter = append(filter, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}) // the call's number
	for c := range strings.SplitSeq(calls, ",") {
		n, err := strconv.Atoi(c)
		if err != nil {
			return err
		}
		filter = append(filter, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(n), Jt: 0, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	env := make([]string, 0, len(os.Environ()))
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, gated+"=") {
			env = append(env, e)
		}
	}
	// A signal must not make a call that the test has answered begin anew.
	const newListener, waitKillable = 1 << 3, 1 << 5
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, newListener|waitKillable, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	if err := unix.Sendmsg(3, []byte{0}, unix.UnixRights(int(fd)), nil, 0); err != nil {
		return fmt.Errorf("hand on the listener: %w", err)
	}
	return syscall.Exec(argv[0], argv, env)
}

// The calls of a build that touch files, by the names that the table has.
var callNames = map[int]string{
	unix.SYS_OPENAT: "openat", unix.SYS_READ: "read", unix.SYS_PREAD64: "pread", unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite",
	unix.SYS_COPY_FILE_RANGE: "copy_file_range", unix.SYS_FTRUNCATE: "ftruncate", unix.SYS_FSYNC: "fsync", unix.SYS_CLOSE: "close",
	unix.SYS_RENAMEAT: "rename", unix.SYS_RENAMEAT2: "exchange", unix.SYS_MKDIRAT: "mkdir", unix.SYS_UNLINKAT: "unlink",
	unix.SYS_FCHMODAT: "chmod", unix.SYS_FCHMOD: "fchmod", unix.SYS_GETDENTS64: "getdents", unix.SYS_FSTAT: "fstat",
	unix.SYS_FLOCK: "flock", unix.SYS_IOCTL: "ioctl", statCall: "stat",
}

// statCall is newfstatat, which package unix names differently for each processor.
var statCall = map[string]int{"amd64": 262}[runtime.GOARCH] + map[string]int{"arm64": 79}[runtime.GOARCH]

// call is a system call that waits.
type call struct {
	name   string
	path   string // that it is about, relative to the test's folder; of a rename, the new one
	create bool   // an open that makes a file
	n      int    // the how manieth of those that count, from 1
}

// changes reports whether the call changes what stands on the disk.
func (c call) changes() bool {
	switch c.name {
	case "openat":
		return c.create
	case "read", "pread", "fstat", "stat", "getdents", "flock", "close", "ioctl":
		return false
	}
	return true
}

// mayFail reports whether a call may fail without harm: it is tried in another way, or cleans up, which the next run does too.
func (c call) mayFail() bool {
	return c.name == "unlink" || c.name == "exchange" || c.name == "rename" || strings.HasSuffix(c.path, ".lock") && c.name == "openat"
}

// grows reports whether a full disk can refuse the call.
func (c call) grows() bool {
	switch c.name {
	case "write", "pwrite", "copy_file_range", "ftruncate", "fsync", "mkdir", "rename", "exchange", "close":
		return true
	}
	return c.name == "openat" && c.create
}

// verdict is what becomes of a call: the zero value lets it happen.
type verdict struct {
	err  syscall.Errno
	kill bool         // the whole program, before the call happens
	do   func() error // something that happens first, and the call then
}

// ended is how a gated program ended.
type ended struct {
	code           int // -1 where it was killed
	stdout, stderr string
	calls          []call // that counted
}

// gate runs the command in dir. Each call about a file in the folder for which counts says true is numbered, and judged.
func gate(t testing.TB, dir string, counts func(call) bool, judge func(call) verdict, args ...string) ended {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "gate")
	defer unix.Close(pair[0])
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for n := range callNames {
		numbers = append(numbers, strconv.Itoa(n))
	}
	cmd := exec.Command(self, append([]string{command(t)}, args...)...)
	cmd.Dir, cmd.ExtraFiles = dir, []*os.File{theirs}
	cmd.Env = append(os.Environ(), gated+"="+strings.Join(numbers, ","), "GODEBUG=asyncpreemptoff=1", "SOURCE_DATE_EPOCH=")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	g := &gateway{dir: dir, counts: counts, judge: judge, process: cmd.Process}
	if g.fd, err = listener(pair[0]); err != nil {
		_ = cmd.Wait()
		t.Skipf("the kernel stops no calls for a test here (seccomp's user notification, Linux 5.19 or later, and not in every container): %v %s", err, stderr.String())
	}
	done := make(chan error, 1)
	go func() { done <- g.serve() }()
	waited := make(chan error, 1)
	go func() { waited <- cmd.Wait() }()
	select {
	case err = <-waited:
	case <-time.After(2 * time.Minute):
		_ = cmd.Process.Kill()
		<-waited
		t.Errorf("wmclient %s did not end; its last call was %+v", strings.Join(args, " "), g.last())
	}
	if serr := <-done; serr != nil {
		t.Fatalf("gate: %v", serr)
	}
	unix.Close(g.fd)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), g.calls}
}

// listener receives the descriptor that launch hands on.
func listener(socket int) (int, error) {
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("no listener came: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return 0, err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return 0, err
	}
	return fds[0], nil
}

// gateway answers for the kernel.
type gateway struct {
	fd      int
	dir     string
	counts  func(call) bool
	judge   func(call) verdict
	process *os.Process
	calls   []call
}

func (g *gateway) last() call {
	if len(g.calls) == 0 {
		return call{}
	}
	return g.calls[len(g.calls)-1]
}

// struct seccomp_notif, seccomp_notif_resp and their ioctls, of linux/seccomp.h.
type notification struct {
	id         uint64
	pid, flags uint32
	nr         int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type response struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

const (
	notifRecv, notifSend, goOn = 0xc0502100, 0xc0182101, 1
)

// serve answers until the program is gone.
func (g *gateway) serve() error {
	for {
		wait := []unix.PollFd{{Fd: int32(g.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(wait, -1); errors.Is(err, unix.EINTR) {
			continue
		} else if err != nil {
			return err
		}
		if wait[0].Revents&unix.POLLIN == 0 {
			return nil // nobody is left who could ask
		}
		var n notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(g.fd), notifRecv, uintptr(unsafe.Pointer(&n))); errno != 0 {
			if errno == unix.ENOENT || errno == unix.EINTR { // the thread is gone
				continue
			}
			return fmt.Errorf("receive: %w", errno)
		}
		r := response{id: n.id, flags: goOn}
		if c, ok := g.describe(&n); ok && g.counts(c) {
			c.n = len(g.calls) + 1
			g.calls = append(g.calls, c)
			v := g.judge(c)
			if v.do != nil {
				if err := v.do(); err != nil {
					return err
				}
			}
			if v.err != 0 {
				r.flags, r.err = 0, -int32(v.err)
			}
			if v.kill {
				if err := g.process.Kill(); err != nil {
					return err
				}
				continue
			}
		}
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(g.fd), notifSend, uintptr(unsafe.Pointer(&r))); errno != 0 && errno != unix.ENOENT && errno != unix.EINTR {
			return fmt.Errorf("answer: %w", errno)
		}
	}
}

// describe says what a call is about, and false where that is no file of the folder.
func (g *gateway) describe(n *notification) (call, bool) {
	c := call{name: callNames[int(n.nr)]}
	var path string
	switch int(n.nr) {
	case unix.SYS_OPENAT:
		path = g.at(n, 0, 1)
		c.create = n.args[2]&unix.O_CREAT != 0
	case unix.SYS_MKDIRAT, unix.SYS_UNLINKAT, unix.SYS_FCHMODAT, statCall:
		path = g.at(n, 0, 1)
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		path = g.at(n, 2, 3)
	case unix.SYS_COPY_FILE_RANGE:
		path = g.of(n, n.args[2])
	default:
		path = g.of(n, n.args[0])
	}
	rel, err := filepath.Rel(g.dir, path)
	if path == "" || err != nil || strings.HasPrefix(rel, "..") {
		return c, false
	}
	c.path = rel
	return c, true
}

// of is the path of an open file.
func (g *gateway) of(n *notification, fd uint64) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", n.pid, int32(fd)))
	if err != nil || !filepath.IsAbs(path) {
		return ""
	}
	return path
}

// at is a path that a call names, below the folder that an open file is.
func (g *gateway) at(n *notification, fd, name int) string {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", n.pid))
	if err != nil {
		return ""
	}
	defer memory.Close()
	b := make([]byte, 4096)
	got, _ := memory.ReadAt(b, int64(n.args[name])) // it may end at the end of a mapping
	path, _, ok := strings.Cut(string(b[:got]), "\x00")
	switch {
	case !ok || path == "":
		return ""
	case filepath.IsAbs(path):
		return path
	case int32(n.args[fd]) == unix.AT_FDCWD:
		return filepath.Join(g.dir, path)
	}
	return filepath.Join(g.of(n, n.args[fd]), path)
}
