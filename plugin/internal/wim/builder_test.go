package wim_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

func TestBuilderIsDeterministic(t *testing.T) {
	if !bytes.Equal(sample(), sample()) {
		t.Error("two builds of the same input differ")
	}
}

func TestBuilderResultIsRead(t *testing.T) {
	f := open(t, sample())
	want := info("Windows 10 IoT Enterprise LTSC", "IoTEnterpriseS")
	want.Index, want.Created, want.Modified = 2, released, released
	got := f.Images()[1]
	want.DirCount, want.FileCount, want.TotalBytes, want.HardLinkBytes = got.DirCount, got.FileCount, got.TotalBytes, 10
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("XML (-want +got):\n%s", d)
	}
	if got.DirCount != 8 || got.FileCount != 10 {
		t.Errorf("%d directories and %d files, want 8 and 10", got.DirCount, got.FileCount)
	}
	if _, err := image(t, f, 2).ReadDir(`Windows\notepad.exe`); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file read as a folder: %v", err)
	}
	img := image(t, f, 2)
	i, err := img.Stat(`windows\SYSTEM32\Drivers/etc/HOSTS`)
	if err != nil {
		t.Fatal(err)
	}
	if i.Path != "/Windows/System32/drivers/etc/hosts" || i.ShortName != "HOSTS~1" || i.Attributes != wim.AttrHidden|wim.AttrArchive ||
		i.Created != released+1 || i.Accessed != released+2 || i.Written != released+3 || i.Size != 21 {
		t.Errorf("hosts is %+v", i)
	}
	if d := cmp.Diff(must(secdesc.FromSDDL(hostsSDDL)), i.SecurityDescriptor()); d != "" {
		t.Error(d)
	}
	a, b := must(img.Stat("Windows/notepad.exe")), must(img.Stat("Windows/System32/notepad.exe"))
	if a.LinkID == 0 || a.LinkID != b.LinkID || a.SHA1 != b.SHA1 {
		t.Errorf("links have ids %d and %d", a.LinkID, b.LinkID)
	}
	s := must(img.Stat("Program Files/streams.txt"))
	if len(s.Streams) != 1 || s.Streams[0].Name != "Zone.Identifier" || s.Streams[0].Size != 26 || s.Size != 7 {
		t.Errorf("streams are %+v", s)
	}
	if j := must(img.Stat("Documents and Settings")); j.ReparseTag != junctionTag || j.IsDir() {
		t.Errorf("junction is %+v", j)
	}
	if d := must(img.ReadReparse("Documents and Settings")); !bytes.Equal(d, junction(`\??\C:\Users`)) {
		t.Errorf("junction data %q", d)
	}
	if _, err := img.Stat("Documents and Settings/x"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path through a junction gave %v", err)
	}
}

func TestBuilderOrdersByUpperCase(t *testing.T) {
	b := wim.NewBuilder(nil)
	i := b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{})
	for _, n := range []string{"_z", "Zz", "å", "aa", "[b", "Ab"} { // _ and [ sort behind letters
		check(i.File(n, wim.Bytes(nil), wim.Meta{}))
	}
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	var got []string
	for _, e := range must(image(t, open(t, m.b), 1).ReadDir("/")) {
		got = append(got, e.Name)
	}
	if d := cmp.Diff([]string{"aa", "Ab", "Zz", "[b", "_z", "å"}, got); d != "" {
		t.Error(d)
	}
}

func TestBuilderRefuses(t *testing.T) {
	b := wim.NewBuilder(nil)
	i := b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{})
	check(i.File("a", wim.Bytes(nil), wim.Meta{}))
	check(i.Dir("folder", wim.Meta{}))
	check(i.File("linked", wim.Bytes([]byte("x")), wim.Meta{}))
	check(i.Link("link", "linked"))
	check(i.Stream("a", "stream", wim.Bytes(nil)))
	for name, tc := range map[string]struct {
		err  error
		want error
	}{
		"same name":         {i.File("A", wim.Bytes(nil), wim.Meta{}), fs.ErrExist},
		"missing parent":    {i.File("b/c", wim.Bytes(nil), wim.Meta{}), fs.ErrNotExist},
		"file as parent":    {i.File("a/c", wim.Bytes(nil), wim.Meta{}), fs.ErrNotExist},
		"escaping":          {i.Dir("../a", wim.Meta{}), wim.ErrPath},
		"long short name":   {i.Dir("d", wim.Meta{ShortName: "ABCDEFGHI.JKL"}), wim.ErrPath},
		"link to nothing":   {i.Link("l", "nothing"), fs.ErrNotExist},
		"stream of nothing": {i.Stream("nothing", "s", wim.Bytes(nil)), fs.ErrNotExist},
		"same stream":       {i.Stream("a", "STREAM", wim.Bytes(nil)), fs.ErrExist},
		"nameless stream":   {i.Stream("a", "", wim.Bytes(nil)), wim.ErrPath},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: %v, want %v", name, tc.err, tc.want)
		}
	}
}

// TestBuilderRefusesToo is what has no error of its own.
func TestBuilderRefusesToo(t *testing.T) {
	b := wim.NewBuilder(nil)
	i := b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{})
	check(i.Dir("folder", wim.Meta{}))
	check(i.File("linked", wim.Bytes([]byte("x")), wim.Meta{}))
	check(i.Link("link", "linked"))
	for want, err := range map[string]error{
		"no plain file":     i.Link("other", "folder"),
		"links already":     i.Stream("linked", "s", wim.Bytes(nil)),
		"without data":      i.Reparse("point", 0xa000000c, nil, wim.Meta{}),
		"boot image 2 of 1": written(t, b, 2),
		"boot image -1":     written(t, b, -1),
		"no image was":      written(t, wim.NewBuilder(nil), 0),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// written writes with a boot image.
func written(t *testing.T, b *wim.Builder, boot int) error {
	t.Helper()
	b.SetBoot(boot)
	_, err := b.WriteTo(t.Context(), new(memory), nil)
	return err
}

func TestBuilderPassesWimlib(t *testing.T) {
	p := save(t, "b.wim", sample())
	wimlib(t, "verify", p)
	out := wimlib(t, "info", p)
	for _, want := range []string{"Image Count:    2", "Boot Index:     2", "Edition ID:             IoTEnterpriseS", "Hard Link Bytes:        10", "Default Language:       sv-SE", "Service Pack Build:     1288"} {
		if !strings.Contains(out, want) {
			t.Errorf("info lacks %q:\n%s", want, out)
		}
	}
	out = wimlib(t, "dir", p, "2", "--detailed")
	for _, want := range []string{"/Windows/System32/drivers/etc/hosts", "Short Name          = \"HOSTS~1\"", "Zone.Identifier", "0xa0000003", "Link Count          = 2"} {
		if !strings.Contains(out, want) {
			t.Errorf("dir --detailed lacks %q:\n%s", want, out)
		}
	}
}
