package chain_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// captured is a disk that Packer left, opened from outside.
type captured struct {
	drive string // its drive C: as files
	lab   string // /lab, which is the Linux around it
	keys  regKeys
}

// open takes the files off a disk. Nothing of it is mounted and nothing runs.
func open(t *testing.T, qcow2 string) captured {
	t.Helper()
	dir := t.TempDir()
	raw := filepath.Join(dir, "disk.raw")
	must(t, 5*time.Minute, harness.Tool(t, "qemu-img"), "convert", "-O", "raw", qcow2, raw)
	r := harness.Command{Path: harness.Tool(t, "e2fsck"), Args: []string{"-fn", raw}}.Run(t)
	if r.Code > 1 && !strings.Contains(r.Stdout, "recovering journal") {
		t.Logf("e2fsck says (exit code %d):\n%s", r.Code, r.Stdout)
	}
	commands(t, raw, false, "rdump /prefix/drive_c "+dir, "rdump /lab "+dir, "dump /prefix/system.reg "+dir+"/system.reg")
	if err := os.Remove(raw); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "system.reg"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := readWine(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return captured{filepath.Join(dir, "drive_c"), filepath.Join(dir, "lab"), keys}
}

// Left out of the hives: Wine's registration of its own COM classes, which no setting is about and hivex would take minutes for.
var leftOut = []string{`Software\Classes\CLSID`, `Software\Classes\Interface`, `Software\Classes\Typelib`, `Software\Classes\Wow6432Node`}

// maxCell is the size of a value up to which hivex writes what other readers take.
const maxCell = 16344

// wim makes of the captured disk what `wmclient validate` reads: hives that hold what Wine's registry held and nothing else, and the disk's files. Around
// them is a lab base: folders, the hives that Wine has not (SAM, SECURITY), and the XML of a WIM.
func (c captured) wim(t *testing.T, base string) string {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "captured.wim")
	args := []string{"lab", "base", "--release", "ltsc-2021", "--language", "sv-SE", "--out", out}
	root := apply(t, base, "2")
	for _, name := range slices.Sorted(maps.Keys(hiveFiles)) {
		args = append(args, "--hive", name+"="+c.hive(t, filepath.Join(root, hiveFiles[name]), name))
	}
	harness.Wmclient(t, dir, args...).Must(t, 0)
	var lines []string
	files := 0
	err := filepath.WalkDir(c.drive, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, _ := filepath.Rel(c.drive, path)
		if top, _, _ := strings.Cut(rel, "/"); top == "windows" && !carried(rel) {
			return nil
		}
		lines = append(lines, fmt.Sprintf("add '%s' '/%s'", path, strings.ReplaceAll(rel, "'", "")))
		files++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "update")
	if err := os.WriteFile(script, []byte("delete '/Users/Default/NTUSER.DAT'\n"+strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, index := range []string{"1", "2"} {
		must(t, 2*time.Minute, "sh", "-c", fmt.Sprintf("WIMLIB_IMAGEX_IGNORE_CASE=1 '%s' update '%s' %s <'%s'", harness.Tool(t, "wimlib-imagex"), out, index, script))
	}
	note(t, "captured: %d files", files)
	return out
}

// carried reports whether a file below windows is taken along: all but the programs and libraries that make up Wine.
func carried(rel string) bool {
	for _, own := range []string{"windows/wmclient/", "windows/temp/", "windows/Panther/", "windows/system32/GroupPolicy/", "windows/system32/drivers/etc/", "windows/system32/tasks/"} {
		if strings.HasPrefix(rel, own) {
			return true
		}
	}
	return strings.Count(rel, "/") == 1 && !strings.HasSuffix(rel, ".exe")
}

// hive writes Wine's keys into a hive that is emptied first, by hivex, and returns its path.
func (c captured) hive(t *testing.T, from, name string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), name)
	copyFile(t, from, to)
	var text strings.Builder
	text.WriteString("Windows Registry Editor Version 5.00\n")
	for key := range export(t, from, name) {
		if strings.Count(key, `\`) == 2 && !strings.HasSuffix(key, `\`) { // the root stays
			fmt.Fprintf(&text, "\n[-%s]\n", key)
		}
	}
	keys, large := c.below(name), 0
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		fmt.Fprintf(&text, "\n[HKEY_LOCAL_MACHINE\\%s\\%s]\n", name, key)
		for _, value := range slices.Sorted(maps.Keys(keys[key])) {
			if v := keys[key][value]; len(v.data) > maxCell {
				large++
			} else {
				text.WriteString(v.line(value) + "\n")
			}
		}
	}
	file := to + ".reg"
	if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, 3*time.Minute, harness.Tool(t, "hivexregedit"), "--merge", "--prefix", `HKEY_LOCAL_MACHINE\`+name, to, file)
	note(t, "captured: %s with %d keys of Wine's registry, %d values left out because of their size", name, len(keys), large)
	return to
}

// below are the keys of one hive, and those above them, which Wine does not name where they have no values.
func (c captured) below(name string) regKeys {
	keys := regKeys{}
	for key, values := range c.keys {
		top, rest, _ := strings.Cut(key, `\`)
		if !strings.EqualFold(top, name) || rest == "" || slices.ContainsFunc(leftOut, func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		if name == "SYSTEM" && strings.HasPrefix(rest, "CurrentControlSet") {
			rest = "ControlSet001" + strings.TrimPrefix(rest, "CurrentControlSet")
		}
		maps.Copy(keys.key(rest), values)
		for i, unit := range rest {
			if unit == '\\' {
				keys.key(rest[:i])
			}
		}
	}
	return keys
}
