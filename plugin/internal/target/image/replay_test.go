package image_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// halfWritten has one value in the hive and another in its logs, whose first entry has the number 2.
func halfWritten(t *testing.T) (files map[string]string) {
	t.Helper()
	h := newHive(t, "SOFTWARE")
	for _, n := range []uint32{1, 2} {
		if _, err := h.SetValue("Key", "n", regf.DWord, regf.DWordData(n), regf.FileTimeOf(made)); err != nil {
			t.Fatal(err)
		}
		b, err := h.Bytes(regf.FileTimeOf(made))
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			files = map[string]string{software: string(b)}
			continue
		}
		hive, one, two := lab.DirtyHive([]byte(files[software]), b)
		files[software], files[software+".log1"], files[software+".LOG2"] = string(hive), string(one), string(two)
	}
	return files
}

func TestDirtyHiveIsReplayed(t *testing.T) {
	files := halfWritten(t)
	base := (&windows{files: files}).write(t)
	v, err := openImage(t, base).RegistryValue(`HKLM\SOFTWARE\Key`, "n")
	if err != nil || !bytes.Equal(v.Data, regf.DWordData(2)) {
		t.Fatalf("read from the base: %x, %v", v.Data, err)
	}
	e, err := image.Edit(base, 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.SetRegistryValue(`HKLM\SOFTWARE\Key`, "m", setting.RegistryValue{Type: "dword", Data: regf.DWordData(3)}); err != nil {
		t.Fatal(err)
	}
	changes, err := e.Commit()
	if err != nil || len(changes) != 1 {
		t.Fatalf("%v, %v", changes, err)
	}
	if notes := e.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "3 log entries of SOFTWARE.LOG1 and SOFTWARE.LOG2") {
		t.Errorf("notes: %q", notes)
	}
	out := written(t, func(f *os.File) error { _, err := e.WriteTo(t.Context(), f, nil); return err })
	i := openImage(t, out)
	for name, want := range map[string]uint32{"n": 2, "m": 3} {
		if v, err := i.RegistryValue(`HKLM\SOFTWARE\Key`, name); err != nil || !bytes.Equal(v.Data, regf.DWordData(want)) {
			t.Errorf("value %s of the output: %x, %v", name, v.Data, err)
		}
	}
	hive := read(t, out, software)
	begun, done := binary.LittleEndian.Uint32(hive[4:]), binary.LittleEndian.Uint32(hive[8:])
	if begun != done || begun != 5 { // entries 2 to 4, and the edit
		t.Errorf("sequence numbers %d and %d, want 5", begun, done)
	}
	for _, log := range []string{".LOG1", ".LOG2"} {
		if !bytes.Equal(read(t, out, software+log), read(t, base, software+log)) {
			t.Errorf("the log %s changed", log)
		}
	}
	// Were a write begun on the output, the stale logs must not be taken for it.
	binary.LittleEndian.PutUint32(hive[4:], 6)
	var x uint32
	for n := range 127 {
		x ^= binary.LittleEndian.Uint32(hive[4*n:])
	}
	binary.LittleEndian.PutUint32(hive[508:], x)
	_, did, err := regf.Replay(hive, []regf.Log{{Name: "1", Data: read(t, out, software+".LOG1")}, {Name: "2", Data: read(t, out, software+".LOG2")}})
	if !errors.Is(err, regf.ErrDirty) {
		t.Errorf("stale logs were applied: %+v, %v", did, err)
	}
}

// A dirty hive that nothing changes stays as it is, for Windows to recover, and is read as Windows would.
func TestDirtyHiveStaysWhereNothingChanges(t *testing.T) {
	files := halfWritten(t)
	base := (&windows{files: files}).write(t)
	e, err := image.Edit(base, 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.SetRegistryValue(`HKLM\SOFTWARE\Key`, "n", setting.RegistryValue{Type: "dword", Data: regf.DWordData(2)}); err != nil {
		t.Fatal(err)
	}
	if changes, err := e.Commit(); err != nil || len(changes) > 0 {
		t.Errorf("%v, %v", changes, err)
	}
}

func TestDirtyHiveWithoutItsLogs(t *testing.T) {
	for name, lost := range map[string][]string{"both": {".log1", ".LOG2"}, "the first": {".log1"}} {
		files := halfWritten(t)
		for _, l := range lost {
			delete(files, software+l)
		}
		_, err := openImage(t, (&windows{files: files}).write(t)).RegistryValue(`HKLM\SOFTWARE\Key`, "n")
		if !errors.Is(err, regf.ErrDirty) || !strings.Contains(err.Error(), `\Windows\System32\config\SOFTWARE`) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// The lab's dirty bases hold the same keys and values as its clean ones.
func TestDirtyLabBase(t *testing.T) {
	o := lab.Options{Release: lab.LTSC2021, Language: "sv-SE"}
	facts := func(o lab.Options) any {
		b, err := lab.Bytes(o)
		if err != nil {
			t.Fatal(err)
		}
		w, err := wim.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		i := openImage(t, w)
		f, err := i.Facts()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.RegistryValue(`HKLM\SYSTEM\`+lab.MarkerKey, "Release"); err != nil {
			t.Error(err)
		}
		return f.Build + f.EditionID + slices.Sorted(slices.Values(f.Languages))[0]
	}
	clean := facts(o)
	o.Dirty = lab.HivePaths()
	if got := facts(o); got != clean {
		t.Errorf("%v, want %v", got, clean)
	}
}
