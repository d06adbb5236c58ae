package chain_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// hiveFiles are the hives that a machine's registry is made of here, below an image's root.
var hiveFiles = map[string]string{"SOFTWARE": "Windows/System32/config/SOFTWARE", "SYSTEM": "Windows/System32/config/SYSTEM"}

// apply unpacks an image of a WIM.
func apply(t *testing.T, wim, index string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, 2*time.Minute, harness.Tool(t, "wimlib-imagex"), "apply", wim, index, dir, "--no-acls", "--no-attributes")
	return dir
}

// export is what a hive holds, as hivexregedit reads it.
func export(t *testing.T, hive, name string) regKeys {
	t.Helper()
	text := must(t, time.Minute, harness.Tool(t, "hivexregedit"), "--export", "--prefix", `HKEY_LOCAL_MACHINE\`+name, hive, `\`)
	keys, err := readExport(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// openDoor makes of a built image what a build's answer file and bootstrap make of it, by the lab's own hand, so that the seal has something to take away.
func openDoor(t *testing.T, s *site, built string) string {
	t.Helper()
	out := filepath.Join(s.dir, "door.wim")
	cmd := exec.Command(harness.Binary(t, "wmclient"), "lab", "serve", "--wim", built, "--door", "--user", "packer", "--capture", out, "--json")
	cmd.Env = append(os.Environ(), "WMCLIENT_LAB_PASSWORD="+password)
	said, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(said)
	_, first := lines.ReadString('\n')
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_, _ = io.Copy(io.Discard, lines)
	if err := errors.Join(first, cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	return out
}

// install puts an image that was built onto the guest's disk, which Setup would do: files that the base has not, and the values in which its
// registry differs from the base's, which Wine reads in when it starts. All comes from the built WIM, by wimlib and hivex.
func install(t *testing.T, disk, base, baseIndex, built string) {
	t.Helper()
	from, to := apply(t, base, baseIndex), apply(t, built, "1")
	var text strings.Builder
	text.WriteString("Windows Registry Editor Version 5.00\r\n")
	values := 0
	for _, name := range slices.Sorted(maps.Keys(hiveFiles)) {
		values += difference(&text, export(t, filepath.Join(from, hiveFiles[name]), name), export(t, filepath.Join(to, hiveFiles[name]), name))
	}
	// A rename that waits, as Setup leaves one: the agent has to have the machine restarted for it.
	var rename []byte
	for _, u := range utf16.Encode([]rune("\\??\\C:\\lab\\before\x00\\??\\C:\\lab\\after\x00\x00")) {
		rename = binary.LittleEndian.AppendUint16(rename, u)
	}
	fmt.Fprintf(&text, "\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager]\r\n%s\r\n", regValue{7, rename}.line("PendingFileRenameOperations"))
	// Setup has ended: the agent's service waits for that.
	off := regValue{4, make([]byte, 4)}
	fmt.Fprintf(&text, "\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]\r\n%s\r\n%s\r\n", off.line("OOBEInProgress"), off.line("SystemSetupInProgress"))
	files := map[string][]byte{"lab/install.reg": wide(text.String()), "prefix/drive_c/lab/before": []byte("renamed at a start\n")}
	for path, data := range added(t, from, to) {
		files["prefix/drive_c/"+winePath(path)] = data
	}
	note(t, "install: %d values, %d files", values, len(files)-2)
	write(t, disk, files)
}

// wines reports whether a key holds what Wine itself lives by, where the base's own values would be in its way: the services' programs, the
// environment, the registration of classes. Of those only what the image has over the base is read in.
func wines(key string, program bool) bool {
	_, service, ok := strings.Cut(key, `\ControlSet001\Services\`)
	return ok && program && !strings.Contains(service, `\`) || strings.Contains(key, `\Session Manager\Environment`) || strings.Contains(key, `\SOFTWARE\Classes`)
}

// strange are keys of an open door that Wine has no call to take away: DeleteProfile is missing there, and its Task Scheduler keeps no registry.
func strange(key string) bool {
	return strings.Contains(key, `\ProfileList\S-1-5-21-`) || strings.Contains(key, `\TaskCache\Tree\packer-`)
}

// difference writes an image's registry: all of it but for what is Wine's own, where it is what the base has not.
func difference(text *strings.Builder, from, to regKeys) (values int) {
	for _, key := range slices.Sorted(maps.Keys(to)) {
		if strange(key) {
			continue
		}
		_, program := to[key]["ImagePath"]
		facts := !wines(key, program)
		_, there := from[key]
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(to[key])) {
			v, was := to[key][name], from[key][name]
			if _, ok := from[key][name]; facts || !ok || v.kind != was.kind || !bytes.Equal(v.data, was.data) {
				lines = append(lines, v.line(name))
			}
		}
		if values += len(lines); there && len(lines) == 0 && !facts {
			continue
		}
		fmt.Fprintf(text, "\r\n[%s]\r\n%s\r\n", strings.Replace(key, `\SYSTEM\ControlSet001`, `\SYSTEM\CurrentControlSet`, 1), strings.Join(lines, "\r\n"))
	}
	return values
}

// wide is a text as regedit reads it: UTF-16 with a mark in front.
func wide(text string) []byte {
	data := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, u)
	}
	return data
}

// added are the files of a tree that another has not, or has with other bytes; hives of the machine aside.
func added(t *testing.T, from, to string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(to, path)
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(rel, "Windows/System32/config/") {
			return err
		}
		data, err := os.ReadFile(path)
		if was, missing := os.ReadFile(filepath.Join(from, rel)); missing != nil || !bytes.Equal(was, data) {
			files[rel] = data
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// winePath writes a path of Windows as Wine's prefix has it, whose file system tells capitals from small letters.
func winePath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts[:min(3, len(parts)-1)] {
		if low := strings.ToLower(p); i == 0 && low == "users" || slices.Contains([]string{"windows", "system32", "tasks", "temp"}, low) {
			parts[i] = low
		}
	}
	return strings.Join(parts, "/")
}

// write puts files onto a disk that nobody uses, over what is there.
func write(t *testing.T, disk string, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	made := map[string]bool{}
	var lines []string
	for n, path := range slices.Sorted(maps.Keys(files)) {
		local := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(local, files[path], 0o755); err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(path, "/")
		for i := 1; i < len(parts); i++ {
			if folder := strings.Join(parts[:i], "/"); !made[folder] {
				made[folder] = true
				if !onDisk(t, disk, "/"+folder) {
					lines = append(lines, fmt.Sprintf("mkdir \"/%s\"", folder))
				}
			}
		}
		if onDisk(t, disk, "/"+path) {
			lines = append(lines, fmt.Sprintf("rm \"/%s\"", path))
		}
		lines = append(lines, fmt.Sprintf("write %s \"/%s\"", local, path))
	}
	commands(t, disk, true, lines...)
}

// onDisk reports whether a disk has a file or folder.
func onDisk(t *testing.T, disk, path string) bool {
	t.Helper()
	r := harness.Command{Path: harness.Tool(t, "debugfs"), Args: []string{"-R", fmt.Sprintf("stat %q", path), disk}}.Run(t).Must(t, 0)
	return strings.Contains(r.Stdout, "Inode:")
}
