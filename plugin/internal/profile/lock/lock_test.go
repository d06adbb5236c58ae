package lock_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var update = flag.Bool("update", false, "write the golden files anew")

func digest(c string) string { return strings.Repeat(c, 64) }

func resolved() *profile.Resolved {
	return &profile.Resolved{
		Request: plan.Request{Base: plan.Base{Name: "ltsc", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288"}}},
		Modules: []profile.ModulePin{{Name: "screen", Version: "1.2.0", Digest: digest("a")}, {Name: "offline", Version: "1.0.0", Digest: digest("b")}},
		Files:   []profile.FilePin{{Path: "files/${odd} \"name\".txt", SHA256: digest("c")}},
	}
}

func base(c string) lock.Base {
	return lock.Base{Name: "ltsc", SHA256: digest(c), Size: 4 << 32, EditionID: "IoTEnterpriseS", Build: "19044.1288", Image: "2"}
}

func TestBytes(t *testing.T) {
	l := lock.New(resolved(), base("e"), base("d"))
	golden := filepath.Join("testdata", "image.lock.hcl")
	if *update {
		if err := os.WriteFile(golden, l.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(l.Bytes())); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if other := lock.New(resolved(), base("d"), base("e")); string(other.Bytes()) != string(want) {
		t.Error("the order of bases shows in the text")
	}
	formatted, err := profile.Format("x", want)
	if err != nil || string(formatted) != string(want) {
		t.Errorf("fmt would change a lock: %v", err)
	}
}

func TestWriteAndRead(t *testing.T) {
	path := lock.Path(filepath.Join(t.TempDir(), "room.hcl"))
	if filepath.Base(path) != "room.lock.hcl" {
		t.Fatalf("path %q", path)
	}
	if _, err := lock.Read(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no lock: %v", err)
	}
	want := lock.New(resolved(), base("d"))
	for range 2 { // new, and in place of an old one
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	got, err := lock.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if err := want.Write(filepath.Join(filepath.Dir(path), "none", "x.lock.hcl")); err == nil {
		t.Error("written into a folder that is not there")
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("files left behind: %v", entries)
	}
}

// TestReadIsBounded refuses what no lock is, before it is read.
func TestReadIsBounded(t *testing.T) {
	dir := t.TempDir()
	if _, err := lock.Read(dir); err == nil || !strings.Contains(err.Error(), "not a file of at most") {
		t.Errorf("a folder: %v", err)
	}
	path := filepath.Join(dir, "large.lock.hcl")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skipf("no room for a sparse file: %v", err)
	}
	if _, err := lock.Read(path); err == nil || !strings.Contains(err.Error(), "not a file of at most") {
		t.Errorf("a terabyte: %v", err)
	}
}

func TestAccept(t *testing.T) {
	l := lock.New(resolved(), base("d"))
	if _, ok := l.Accepts("ltsc", digest("e")); ok {
		t.Error("a base that nobody accepted")
	}
	l.Accept(base("e"))
	l.Accept(base("e"))
	if len(l.Bases) != 2 {
		t.Errorf("bases %v", l.Bases)
	}
	if b, ok := l.Accepts("ltsc", digest("e")); !ok || b.Size != 4<<32 {
		t.Errorf("got %v, %v", b, ok)
	}
	if _, ok := l.Accepts("other", digest("e")); ok {
		t.Error("the right digest under a wrong name")
	}
}

func TestCompare(t *testing.T) {
	cases := map[string]struct {
		change func(*lock.Lock)
		want   []string
	}{
		"nothing":       {func(*lock.Lock) {}, nil},
		"another base":  {func(l *lock.Lock) { l.Accept(base("f")) }, nil},
		"engine format": {func(l *lock.Lock) { l.EngineFormat = 99 }, []string{fmt.Sprintf("engine format: 99 in the lock, is now %d", plan.EngineFormat)}},
		"module text": {func(l *lock.Lock) { l.Modules[1].Digest = digest("0") },
			[]string{fmt.Sprintf("module screen: 1.2.0 (digest %s) in the lock, is now 1.2.0 (digest %s)", digest("0"), digest("a"))}},
		"module gone": {func(l *lock.Lock) {
			l.Modules = append(l.Modules, lock.Module{Name: "x", Version: "1.0.0", Digest: digest("0")})
		},
			[]string{fmt.Sprintf("module x: 1.0.0 (digest %s) in the lock, no longer used", digest("0"))}},
		"file new":     {func(l *lock.Lock) { l.Files = nil }, []string{fmt.Sprintf("file files/${odd} \"name\".txt: not in the lock, is now sha256 %s", digest("c"))}},
		"base build":   {func(l *lock.Lock) { l.Bases[0].Build = "19044.1" }, []string{"base ltsc: IoTEnterpriseS 19044.1 in the lock, is now IoTEnterpriseS 19044.1288"}},
		"base missing": {func(l *lock.Lock) { l.Bases = nil }, []string{"base ltsc: not in the lock, is now IoTEnterpriseS 19044.1288"}},
		"base by another name": {func(l *lock.Lock) { l.Bases[0].Name = "ltsb" },
			[]string{"base ltsb: IoTEnterpriseS 19044.1288 in the lock, no longer used", "base ltsc: not in the lock, is now IoTEnterpriseS 19044.1288"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := lock.New(resolved(), base("d"))
			c.change(l)
			var got []string
			for _, m := range lock.Compare(l, resolved()) {
				got = append(got, m.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("moved (-want +got):\n%s", diff)
			}
		})
	}
}

// A lock without an agent has the text that it always had; one with an agent names it before the bases, and comes back as it was.
func TestAgent(t *testing.T) {
	one := &lock.Agent{Version: "1.0.0", SHA256: digest("f"), Size: 4096}
	l := lock.New(resolved(), base("d"))
	without := string(l.Bytes())
	l.Agent = one
	text := string(l.Bytes())
	block := "agent {\n  version = \"1.0.0\"\n  sha256  = \"" + digest("f") + "\"\n  size    = 4096\n}\n\n"
	if strings.Replace(text, block, "", 1) != without || !strings.Contains(text, block+"base ") {
		t.Errorf("the text is\n%s", text)
	}
	again, diags := lock.Parse([]byte(text), "x.lock.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if diff := cmp.Diff(l, again); diff != "" {
		t.Errorf("read again (-want +got)\n%s", diff)
	}
	renamed, other, larger := *one, *one, *one
	renamed.Version, other.SHA256, larger.Size = "2.0.0", digest("e"), 4097
	for agent, same := range map[*lock.Agent]bool{one: true, &renamed: true, &other: false, &larger: false, nil: false} {
		if again.SameAgent(agent) != same {
			t.Errorf("%s is the same: %t", agent, !same)
		}
	}
	if again.Agent = nil; !again.SameAgent(nil) || again.SameAgent(one) {
		t.Error("a lock without an agent names one")
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(lock.New(resolved(), base("d")).Bytes())
	cases := map[string]struct {
		src  string
		line int
		want string
	}{
		"nothing":          {"", 1, "Missing required argument"},
		"no syntax":        {good + "}", strings.Count(good, "\n") + 1, "Argument or block definition required"},
		"unknown block":    {good + "modul \"x\" {\n}\n", strings.Count(good, "\n") + 1, "Unsupported block type"},
		"short digest":     {strings.Replace(good, digest("d"), "dd", 1), 5, "Malformed lock"},
		"capital digest":   {strings.Replace(good, digest("d"), digest("D"), 1), 5, "Malformed lock"},
		"no size":          {strings.Replace(good, fmt.Sprint(4<<32), "0", 1), 4, "Malformed lock"},
		"module twice":     {good + "module \"screen\" {\n  version = \"1.2.0\"\n  digest  = \"" + digest("a") + "\"\n}\n", strings.Count(good, "\n") + 1, "Malformed lock"},
		"agent, no digest": {good + "agent {\n  version = \"1\"\n  sha256 = \"x\"\n  size = 1\n}\n", strings.Count(good, "\n") + 3, "Malformed lock"},
		"agent, no size":   {good + "agent {\n  version = \"1\"\n  sha256 = \"" + digest("a") + "\"\n  size = 0\n}\n", strings.Count(good, "\n") + 1, "Malformed lock"},
		"two agents":       {good + strings.Repeat("agent {\n  version = \"1\"\n  sha256 = \""+digest("a")+"\"\n  size = 1\n}\n", 2), strings.Count(good, "\n") + 6, "Duplicate agent block"},
		"computed":         {strings.Replace(good, "engine_format = 1", "engine_format = x", 1), 2, "Variables not allowed"},
		"much too complex": {"a = " + strings.Repeat("[", 100000), 1, "Profile file too complex"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l, diags := lock.Parse([]byte(c.src), "x.lock.hcl")
			if l != nil || len(diags) == 0 {
				t.Fatalf("got %v, %v", l, diags)
			}
			if diags[0].Summary != c.want || diags[0].Subject.Filename != "x.lock.hcl" || diags[0].Subject.Start.Line != c.line {
				t.Errorf("got %q at %v, want %q on line %d", diags[0].Summary, diags[0].Subject, c.want, c.line)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "x.lock.hcl")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := lock.Read(path)
	if _, ok := errors.AsType[hcl.Diagnostics](err); !ok {
		t.Errorf("the error of a malformed lock keeps its ranges: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(lock.New(resolved(), base("d")).Bytes())
	f.Add([]byte("engine_format = 1\n"))
	with := lock.New(resolved(), base("d"))
	with.Agent = &lock.Agent{Version: "1.0.0", SHA256: digest("f"), Size: 4096}
	f.Add(with.Bytes())
	f.Add([]byte(strings.Replace(string(with.Bytes()), "4096", "-1", 1)))
	_, bases, _ := strings.Cut(string(with.Bytes()), "base ")
	f.Add([]byte(string(with.Bytes()) + "base " + bases)) // everything is locked already
	for _, s := range hostile.Texts(string(lock.New(resolved(), base("d")).Bytes())) {
		f.Add([]byte(s))
	}
	f.Add([]byte(strings.Repeat("[", 100000)))
	f.Fuzz(func(t *testing.T, src []byte) {
		hostile.Bounded(t, len(src), 512, 1<<20, func() { _, _ = lock.Parse(src, "x.lock.hcl") })
		l, diags := lock.Parse(src, "x.lock.hcl")
		if (l == nil) != diags.HasErrors() {
			t.Fatalf("lock %v with %v", l, diags)
		}
		if l == nil {
			return
		}
		again, diags := lock.Parse(l.Bytes(), "x.lock.hcl")
		if diags.HasErrors() {
			t.Fatalf("what was written does not read: %v\n%s", diags, l.Bytes())
		}
		if diff := cmp.Diff(l, again); diff != "" {
			t.Errorf("written and read again (-want +got):\n%s", diff)
		}
	})
}

func TestPath(t *testing.T) {
	for image, want := range map[string]string{
		"images/room.hcl": "images/room.lock.hcl", `IMAGES\ROOM.HCL`: `IMAGES\ROOM.lock.hcl`, "room": "room.lock.hcl", ".hcl": ".lock.hcl", "": ".lock.hcl",
	} {
		if got := lock.Path(image); got != want {
			t.Errorf("Path(%q) = %q, want %q", image, got, want)
		}
	}
}
