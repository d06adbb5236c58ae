package repro

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// windows is the row of the Windows binary, under Wine.
func windows(t *testing.T) circumstance {
	t.Helper()
	c := circumstance{name: "Windows binary under Wine", shows: `"os":"windows"`, skip: func(*testing.T, site) string { return noWine() }}
	if noWine() == "" {
		wine := harness.NewWine(t)
		c.prefix, c.env, c.binary = []string{wine.Loader}, wine.Env, harness.WindowsBinary(t, "wmclient")
	}
	return c
}

// noWine says why Wine cannot be used here; "" where it can. In complete runs a missing Wine fails, as any other program does.
func noWine() string {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "Wine runs the amd64 build on Linux on amd64 alone"
	}
	for _, name := range []string{"/usr/lib/wine/wine64", "wine64"} {
		if _, err := exec.LookPath(name); err == nil {
			return ""
		}
	}
	if os.Getenv("PACKER_ACC") == "1" {
		return "" // harness.NewWine fails with the way out
	}
	return "Wine is not installed; scripts/setup test installs it"
}

// desk is a folder with profiles and a base, on which both builds work.
type desk struct {
	t    *testing.T
	wine *harness.Wine
	exe  string
	dir  string
}

func newDesk(t *testing.T, image string) *desk {
	t.Helper()
	if why := noWine(); why != "" {
		t.Skip(why)
	}
	d := &desk{t: t, wine: harness.NewWine(t), exe: harness.WindowsBinary(t, "wmclient"), dir: openDir(t, "")}
	base := harness.LabBase(t, "ltsc-2021", "sv-SE")
	write(t, d.path("base.wim"), read(t, base))
	if image == smallImage {
		for name, text := range small {
			if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o777); err != nil {
				t.Fatal(err)
			}
			write(t, d.path(name), []byte(text))
		}
		d.linux("lock", smallOnDesk, "--accept-base", "base.wim").Must(t, 0)
		return d
	}
	root := filepath.Dir(filepath.Dir(harness.Locked(t, image, base)))
	if err := os.CopyFS(d.path("profiles"), os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

func (d *desk) linux(args ...string) harness.Result {
	d.t.Helper()
	return harness.Wmclient(d.t, d.dir, args...)
}

func (d *desk) windows(args ...string) harness.Result {
	d.t.Helper()
	c := d.wine.Command(d.exe, args...)
	c.Dir = d.dir
	return c.Run(d.t)
}

// events are the lines of NDJSON that hold a finding or a result, without what names a path of the machine.
func events(t *testing.T, stdout string) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(stdout) {
		var e struct {
			Type string         `json:"type"`
			Data map[string]any `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("no event: %v: %s", err, line)
		}
		if e.Type == "finding" || e.Type == "result" {
			for _, path := range []string{"directory", "files", "manifest", "out"} {
				delete(e.Data, path)
			}
			list = append(list, string(marshal(t, e.Data)))
		}
	}
	return list
}

const profileOnDesk = "profiles/images/" + imageName + ".hcl"

// TestWindowsSaysTheSame runs one session on both builds: the same text on stdout, the same findings, the same exit codes.
func TestWindowsSaysTheSame(t *testing.T) {
	d := newDesk(t, imageName)
	write(t, d.path("broken.hcl"), []byte("image \"x\" {\n"))
	edited := strings.Replace(string(read(t, d.path(profileOnDesk))), `"10.30.0.40"`, `"10.30.0.41"`, 1)
	write(t, d.path("profiles/images/edited.hcl"), []byte(strings.Replace(edited, `image "`+imageName, `image "edited`, 1)))
	write(t, d.path("profiles/images/edited.lock.hcl"), bytes.Replace(read(t, d.path("profiles/images/"+imageName+".lock.hcl")),
		[]byte(`"uac" {`+"\n  version = \"1"), []byte(`"uac" {`+"\n  version = \"9"), 1))
	built := "out/" + imageName + "/1.2.0"
	d.linux("build", profileOnDesk, "--base", "base.wim", "--out", "out").Must(t, 0)
	for _, tc := range []struct {
		name string
		args []string
		code int
		json bool // compare events; else the whole of stdout
		each bool // each host writes a folder of its own, in place of OUT
	}{
		{name: "version", args: []string{"--version"}},
		{name: "check", args: []string{"check", "profiles"}},
		{name: "plan", args: []string{"plan", profileOnDesk}},
		{name: "canonical plan", args: []string{"plan", "--json", profileOnDesk}},
		{name: "explain", args: []string{"explain", profileOnDesk, "lock-screen/inactivity-timeout"}},
		{name: "lock", args: []string{"lock", "--check", profileOnDesk}},
		{name: "changes present", args: []string{"diff", profileOnDesk, "profiles/images/edited.hcl"}, code: 10},
		{name: "build", args: []string{"build", profileOnDesk, "--base", "base.wim", "--out", "OUT", "--json"}, json: true, each: true},
		{name: "stale lock", args: []string{"build", "profiles/images/edited.hcl", "--base", "base.wim", "--out", "OUT"}, code: 5, each: true},
		{name: "not the base", args: []string{"build", profileOnDesk, "--base", "broken.hcl", "--out", "OUT"}, code: 2, each: true},
		{name: "validate", args: []string{"validate", built + "/manifest.json", "--wim", built + "/image.wim", "--json"}, json: true},
		{name: "validate by profile", args: []string{"validate", profileOnDesk, "--wim", built + "/image.wim", "--all"}},
		{name: "findings failed", args: []string{"validate", built + "/manifest.json", "--wim", "base.wim", "--json"}, json: true, code: 3},
		{name: "rebuild", args: []string{"rebuild", "--manifest", built, "--base", "base.wim", "--json"}, json: true},
		{name: "show", args: []string{"show", built + "/manifest.json", "--language", "sv"}},
		{name: "no such file", args: []string{"plan", "profiles/images/none.hcl"}, code: 2},
		{name: "bad profile", args: []string{"plan", "broken.hcl"}, code: 2},
		{name: "no such flag", args: []string{"plan", "--nonesuch"}, code: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := func(host string) []string {
				args := append([]string{}, tc.args...)
				for i := range args {
					if tc.each && args[i] == "OUT" {
						args[i] = "out-" + host
					}
				}
				return args
			}
			d := *d
			d.t = t
			want, got := d.linux(on("linux")...).Must(t, tc.code), d.windows(on("windows")...).Must(t, tc.code)
			if tc.json {
				if diff := cmp.Diff(events(t, want.Stdout), events(t, got.Stdout)); diff != "" {
					t.Errorf("events (-linux +windows):\n%s", diff)
				}
				return
			}
			if diff := cmp.Diff(want.Stdout, slashes(got.Stdout, tc.name)); diff != "" {
				t.Errorf("stdout (-linux +windows):\n%s", diff)
			}
		})
	}
}

// slashes writes the paths that `show` and `lock` print as Linux does. Everything else is compared as it stands.
func slashes(stdout, name string) string {
	if name != "show" && name != "lock" {
		return stdout
	}
	lines := strings.SplitAfter(stdout, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, `out\`) || strings.HasPrefix(line, `profiles\`) {
			lines[i] = strings.ReplaceAll(line, `\`, "/")
		}
	}
	return strings.Join(lines, "")
}

// TestWindowsPaths gives the Windows build one profile by every form of path that Windows has. The plan is the same each time, and so is
// the lock beside it.
func TestWindowsPaths(t *testing.T) {
	d := newDesk(t, smallImage)
	want := d.linux("plan", "--json", smallOnDesk).Must(t, 0).Stdout
	whole := d.wine.Path(d.path(smallOnDesk))
	for name, path := range map[string]string{
		"slashes":                    smallOnDesk,
		"backslashes":                strings.ReplaceAll(smallOnDesk, "/", `\`),
		"mixed":                      `profiles\images/` + smallImage + ".hcl",
		"dots":                       `profiles\.\images\..\images\` + smallImage + ".hcl",
		"drive letter":               whole,
		"small drive letter":         "z" + whole[1:],
		"drive letter, slashes":      strings.ReplaceAll(whole, `\`, "/"),
		"no drive":                   whole[2:],
		"relative to a drive":        "Z:" + strings.ReplaceAll(smallOnDesk, "/", `\`),
		"UNC-like, extended":         `\\?\` + whole,
		"UNC-like, share":            `\\?\unix` + whole[2:],
		"other case":                 `PROFILES\Images\` + strings.ToUpper(smallImage) + ".HCL",
		"other case, drive letter":   strings.ToUpper(whole[:len(whole)-len(".hcl")]) + ".Hcl",
		"other case, with an ümlaut": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := *d
			d.t = t
			if path == "" {
				if err := os.CopyFS(d.path("Märg/profiles"), os.DirFS(d.path("profiles"))); err != nil {
					t.Fatal(err)
				}
				path = `MÄRG\profiles\images\` + smallImage + ".hcl"
			}
			if got := d.windows("plan", "--json", path).Must(t, 0).Stdout; got != want {
				t.Errorf("by the path %s the plan is another", path)
			}
			if strings.Contains(name, "case") {
				d.windows("lock", "--check", path).Must(t, 0)
			}
		})
	}
}

// TestWindowsFolders builds into long and other-cased folders, and from profiles with Windows' line ends: the release is the same.
func TestWindowsFolders(t *testing.T) {
	d := newDesk(t, smallImage)
	d.linux("build", smallOnDesk, "--base", "base.wim", "--out", "out").Must(t, 0)
	want := release(t, d.path("out"))
	long := d.wine.Path(d.dir) + strings.Repeat(`\`+strings.Repeat("long", 12), 6) // over 260 characters
	crlf(t, d.path("profiles"), d.path("crlf"))
	for _, tc := range []struct{ name, profile, base, out string }{
		{"long path", smallOnDesk, "base.wim", long},
		{"folder that is there in other case", smallOnDesk, "BASE.WIM", "OUT2"},
		{"CRLF profiles", "crlf/images/" + smallImage + ".hcl", "base.wim", "out-crlf"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := *d
			d.t = t
			if err := os.MkdirAll(d.path("Out2"), 0o777); err != nil {
				t.Fatal(err)
			}
			d.windows("build", tc.profile, "--base", tc.base, "--out", tc.out).Must(t, 0)
			d.windows("validate", tc.out+`\`+smallImage+`\1.0.0\manifest.json`, "--wim", tc.out+`\`+smallImage+`\1.0.0\image.wim`).Must(t, 0)
			out := d.path(tc.out)
			switch tc.out {
			case long:
				out = strings.ReplaceAll(strings.TrimPrefix(long, "Z:"), `\`, "/")
			case "OUT2":
				out = d.path("Out2")
			}
			if diff := cmp.Diff(want, release(t, out)); diff != "" {
				t.Errorf("sums (-linux +windows):\n%s", diff)
			}
		})
	}
	t.Run("CRLF profiles on Linux", func(t *testing.T) {
		d := *d
		d.t = t
		d.linux("build", "crlf/images/"+smallImage+".hcl", "--base", "base.wim", "--out", "out-crlf-linux").Must(t, 0)
		if diff := cmp.Diff(want, release(t, d.path("out-crlf-linux"))); diff != "" {
			t.Errorf("sums (-LF +CRLF):\n%s", diff)
		}
	})
	if left, err := filepath.Glob(filepath.Join(d.dir, "*", smallImage, ".partial-*")); err != nil || len(left) > 0 {
		t.Errorf("folders of unfinished builds are left: %v %v", left, err)
	}
}

// release reads the sums of the one release below a folder.
func release(t *testing.T, out string) string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(out, smallImage, "*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("one version is expected in %s, got %v %v", out, dirs, err)
	}
	return string(read(t, filepath.Join(dirs[0], "SHA256SUMS")))
}

// crlf copies a profile tree with the line ends of Windows; what lies beside the profiles is bytes and stays.
func crlf(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(to, func(p string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(p) == ".hcl" {
			write(t, p, bytes.ReplaceAll(read(t, p), []byte("\n"), []byte("\r\n")))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
