package image_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
)

func TestEditorRefuses(t *testing.T) {
	base := newWindows(t).write(t)
	e, err := image.Edit(base, 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	content := apply.NewContent([]byte("x"))
	for name, tc := range map[string]struct {
		do   func() (bool, error)
		want string
	}{
		"hive as a file":        {func() (bool, error) { return e.PutFile(`\windows\system32\CONFIG\software`, content) }, "registry and policy"},
		"policy as a file":      {func() (bool, error) { return e.DeleteFile(`\` + machine) }, "registry and policy"},
		"gpt.ini as a file":     {func() (bool, error) { return e.DeleteFile(`\` + gpt) }, "registry and policy"},
		"path out of the image": {func() (bool, error) { return e.PutFile(`\Windows\..\..\x`, content) }, ".."},
		"drive letter":          {func() (bool, error) { return e.PutFile(`C:\x`, content) }, "drive"},
		"folder put":            {func() (bool, error) { return e.PutFile(`\Windows`, content) }, "folder"},
		"folder deleted":        {func() (bool, error) { return e.DeleteFile(`\Windows`) }, "folder"},
		"unknown type": {func() (bool, error) {
			return e.SetRegistryValue(`HKLM\SOFTWARE\X`, "x", setting.RegistryValue{Type: "x"})
		}, "unknown type"},
		"no hive":      {func() (bool, error) { return e.SetRegistryValue(`HKLM\HARDWARE\X`, "x", setting.DWord(1)) }, "no hive"},
		"wrong scope":  {func() (bool, error) { return e.SetPolicyValue(setting.ScopeUser, `HKLM\X`, "x", setting.DWord(1)) }, "scope"},
		"content gone": {func() (bool, error) { return e.PutFile(`\Windows\x`, apply.Content{SHA256: "00", Size: 1}) }, "no source"},
	} {
		t.Run(name, func(t *testing.T) {
			if changed, err := tc.do(); err == nil || changed || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("changed = %v, %v; want an error with %q", changed, err, tc.want)
			}
		})
	}
	if _, err := e.WriteTo(t.Context(), nil, nil); err == nil {
		t.Error("wrote before Commit")
	}
	changes, err := e.Commit()
	if err != nil || len(changes) != 0 {
		t.Errorf("nothing was changed, but Commit gives %+v, %v", changes, err)
	}
	for _, do := range []func() (bool, error){
		func() (bool, error) { return e.SetRegistryValue(`HKLM\SOFTWARE\X`, "x", setting.DWord(1)) },
		func() (bool, error) { return e.SetPolicyValue(setting.ScopeMachine, `HKLM\X`, "x", setting.DWord(1)) },
		func() (bool, error) { return e.DeleteFile(`\Windows\old.txt`) },
	} {
		if _, err := do(); err == nil {
			t.Error("changed something after Commit, which would be lost")
		}
	}
}

// TestUntouchedHiveKeepsItsBytes writes a value that is there already beside one that is not.
func TestUntouchedHiveKeepsItsBytes(t *testing.T) {
	w := newWindows(t)
	b, err := w.hives[system].Bytes(regf.FileTimeOf(made))
	if err != nil {
		t.Fatal(err)
	}
	w.files[system] = string(b) + strings.Repeat("\x00", 4096) // as Windows leaves hives; a rewrite would cut it off
	base := w.write(t)
	e, err := image.Edit(base, 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := e.SetRegistryValue(`HKLM\SYSTEM\CurrentControlSet\Services\RemoteRegistry`, "Start", setting.DWord(3)); changed || err != nil {
		t.Errorf("a value that is so: changed = %v, %v", changed, err)
	}
	if changed, err := e.SetRegistryValue(`HKCU\Software\Microsoft`, "x", setting.SZ("z")); !changed || err != nil {
		t.Errorf("a new value: changed = %v, %v", changed, err)
	}
	changes, err := e.Commit()
	if err != nil || len(changes) != 1 || changes[0].Path != `\`+ntuser {
		t.Errorf("changes %+v, %v; want the default user's hive alone", changes, err)
	}
}

// TestPoliciesAreKeptAndAnnounced edits a base that has policies of its own.
func TestPoliciesAreKeptAndAnnounced(t *testing.T) {
	pol := new(regpol.File)
	if err := pol.Set(`Software\Policies\Own`, "Kept", 4, []byte{1, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{"65539": "65540", "0": "1"} {
		w := newWindows(t)
		w.files[machine] = string(pol.Marshal())
		w.files[gpt] = "[General]\r\nVersion=" + version + "\r\ndisplayName=own\r\n"
		e, err := image.Edit(w.write(t), 1, image.Options{Epoch: epoch})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.SetPolicyValue(setting.ScopeMachine, `HKLM\Software\Policies\New`, "n", setting.DWord(1)); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Commit(); err != nil {
			t.Fatal(err)
		}
		out := written(t, func(f *os.File) error {
			_, err := e.WriteTo(t.Context(), f, nil)
			return err
		})
		img := openImage(t, out)
		for key, name := range map[string]string{`HKLM\Software\Policies\Own`: "Kept", `HKLM\Software\Policies\New`: "n"} {
			if v, err := img.PolicyValue(setting.ScopeMachine, key, name); err != nil || v.Text() != "dword:1" {
				t.Errorf("%s!%s is %s, %v", key, name, v.Text(), err)
			}
		}
		if text := string(read(t, out, gpt)); !strings.Contains(text, fmt.Sprintf("Version=%s\r\n", want)) || !strings.Contains(text, "displayName=own") {
			t.Errorf("gpt.ini of version %s became %q, want version %s and the rest kept", version, text, want)
		}
	}
}

// TestSecondRunChangesNothing applies the plan to its own result.
func TestSecondRunChangesNothing(t *testing.T) {
	hardened, _, _ := harden(t, newWindows(t).write(t))
	_, report, changes := harden(t, hardened)
	if report.Count(apply.Already) != len(report.Ops) || len(changes) != 0 {
		t.Errorf("second run: %d of %d ops already so, changes %+v", report.Count(apply.Already), len(report.Ops), changes)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	first, _, _ := harden(t, newWindows(t).write(t))
	second, _, _ := harden(t, newWindows(t).write(t))
	if first.GUID() != second.GUID() || first.Size() != second.Size() {
		t.Error("two builds differ")
	}
	for _, f := range []string{software, system, ntuser, machine, user, gpt} {
		if !bytes.Equal(read(t, first, f), read(t, second, f)) {
			t.Errorf("%s differs between two builds", f)
		}
	}
}

// TestSequenceNumbersKept holds what the reasoning about stale transaction logs stands on.
func TestSequenceNumbersKept(t *testing.T) {
	base := newWindows(t).write(t)
	hardened, _, _ := harden(t, base)
	for _, hive := range []string{software, system, ntuser} {
		was, is := read(t, base, hive), read(t, hardened, hive)
		if bytes.Equal(was, is) {
			t.Errorf("%s was not edited", hive)
		}
		if !bytes.Equal(was[4:12], is[4:12]) || !bytes.Equal(is[4:8], is[8:12]) {
			t.Errorf("%s: sequence numbers %x became %x", hive, was[4:12], is[4:12])
		}
	}
}

// TestChangeBeforeNoChange makes a change and then finds a thing already so: the change must not be forgotten.
func TestChangeBeforeNoChange(t *testing.T) {
	e, err := image.Edit(newWindows(t).write(t), 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err1 := e.SetRegistryValue(`HKCU\Software\Microsoft`, "x", setting.SZ("z"))
		_, err2 := e.SetPolicyValue(setting.ScopeMachine, `HKLM\Software\Policies\X`, "n", setting.DWord(1))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
	}
	changes, err := e.Commit()
	if err != nil || len(changes) != 3 || changes[0].Path != `\`+ntuser || changes[1].Path != `\`+machine || changes[2].Path != `\`+gpt {
		t.Errorf("changes %+v, %v; want the hive, the policies and gpt.ini", changes, err)
	}
}

// TestPolicyThatNobodyAnnounced has the wanted entry, but a gpt.ini by which Windows would skip it.
func TestPolicyThatNobodyAnnounced(t *testing.T) {
	pol := new(regpol.File)
	if err := errors.Join(pol.Set(`Software\Policies\X`, "n", 4, []byte{1, 0, 0, 0}), pol.Delete(`Software\Policies\X`, "gone")); err != nil {
		t.Fatal(err)
	}
	const listed = "gPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]\r\n"
	for text, want := range map[string]int{
		"[General]\r\n" + listed + "Version=0\r\n": 1, "[General]\r\nVersion=5\r\n": 1, "[General]\r\n" + listed + "Version=5\r\n": 0,
	} {
		w := newWindows(t)
		w.files[machine], w.files[gpt] = string(pol.Marshal()), text
		base := w.write(t)
		e, err := image.Edit(base, 1, image.Options{Epoch: epoch})
		if err != nil {
			t.Fatal(err)
		}
		for _, do := range []func() (bool, error){
			func() (bool, error) {
				return e.SetPolicyValue(setting.ScopeMachine, `HKLM\Software\Policies\X`, "n", setting.DWord(1))
			},
			func() (bool, error) {
				return e.DeletePolicyValue(setting.ScopeMachine, `HKLM\Software\Policies\X`, "gone")
			},
		} {
			if changed, err := do(); changed || err != nil {
				t.Errorf("an entry that is so: changed = %v, %v", changed, err)
			}
		}
		changes, err := e.Commit()
		if err != nil || len(changes) != want || want == 1 && changes[0].Path != `\`+gpt {
			t.Errorf("gpt.ini %q: changes %+v, %v; want %d", text, changes, err, want)
		}
		_, err = openImage(t, base).PolicyValue(setting.ScopeMachine, `HKLM\Software\Policies\X`, "n")
		if announced := want == 0; announced != (err == nil) || errors.Is(err, setting.ErrAbsent) {
			t.Errorf("gpt.ini %q: the entry is read with %v", text, err)
		}
		_, err = openImage(t, base).PolicyValue(setting.ScopeMachine, `HKLM\Software\Policies\X`, "gone")
		if !errors.Is(err, setting.ErrAbsent) {
			t.Errorf("an entry that deletes its value: %v, want it absent", err)
		}
	}
}

// TestLinksThatPart puts both names of one file, or deletes one of them: each name is listed with what it has in the end.
func TestLinksThatPart(t *testing.T) {
	a, b := apply.NewContent([]byte("aaa")), apply.NewContent([]byte("b"))
	put := func(path string, c apply.Content) func(*image.Editor) (bool, error) {
		return func(e *image.Editor) (bool, error) { return e.PutFile(path, c) }
	}
	remove := func(e *image.Editor) (bool, error) { return e.DeleteFile(`\Windows\a.txt`) }
	for name, tc := range map[string]struct {
		do   []func(*image.Editor) (bool, error)
		want []image.Change
	}{
		"both put": {[]func(*image.Editor) (bool, error){put(`\Windows\old.txt`, b), put(`\Windows\a.txt`, a)},
			[]image.Change{{`\Windows\a.txt`, "replaced", a.SHA256, 3}, {`\Windows\old.txt`, "replaced", a.SHA256, 3}}},
		"one deleted": {[]func(*image.Editor) (bool, error){put(`\Windows\old.txt`, b), remove},
			[]image.Change{{Path: `\Windows\a.txt`, Action: "deleted"}, {`\Windows\old.txt`, "replaced", b.SHA256, 1}}},
		"one made anew": {[]func(*image.Editor) (bool, error){remove, put(`\Windows\a.txt`, a)},
			[]image.Change{{`\Windows\a.txt`, "replaced", a.SHA256, 3}}},
	} {
		w := newWindows(t)
		w.links = map[string]string{"Windows/a.txt": "Windows/old.txt"}
		e, err := image.Edit(w.write(t), 1, image.Options{Epoch: epoch})
		if err != nil {
			t.Fatal(err)
		}
		for _, do := range tc.do {
			if _, err := do(e); err != nil {
				t.Fatal(err)
			}
		}
		got, err := e.Commit()
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, changes (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestHardLinksAreListed replaces one name of a file that has two.
func TestHardLinksAreListed(t *testing.T) {
	w := newWindows(t)
	w.links = map[string]string{"Windows/WinSxS-old.txt": "Windows/old.txt"}
	e, err := image.Edit(w.write(t), 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.PutFile(`\Windows\OLD.txt`, apply.NewContent([]byte("new"))); err != nil {
		t.Fatal(err)
	}
	changes, err := e.Commit()
	if err != nil || len(changes) != 2 || changes[0].Path != `\Windows\WinSxS-old.txt` || changes[1].Path != `\Windows\old.txt` ||
		changes[0].SHA256 != changes[1].SHA256 || changes[0].SHA256 != apply.NewContent([]byte("new")).SHA256 {
		t.Errorf("changes %+v, %v; want both names with the new digest", changes, err)
	}
}
