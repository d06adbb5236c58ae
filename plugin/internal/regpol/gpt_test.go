package regpol_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
)

const (
	extension = "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
	tool      = "{D02B1F72-3407-48AE-BA88-E8213C6761F1}"
	userTool  = "{D02B1F73-3407-48AE-BA88-E8213C6761F1}"
	scripts   = "{42B5FAAE-6536-11D2-AE5A-0000F87571E3}{40B6664F-4972-11D1-A7CA-0000F87571E3}"
	firewall  = "{B05566AC-FE9C-4368-BE01-7A4CBB6CBA11}"
)

func TestTouch(t *testing.T) {
	machine := "gPCMachineExtensionNames=[" + extension + tool + "]\r\n"
	tests := map[string]struct {
		before string
		scope  regpol.Scope
		after  string
	}{
		"no file":       {"", regpol.Machine, "[General]\r\n" + machine + "Version=1\r\n"},
		"no file, user": {"", regpol.User, "[General]\r\ngPCUserExtensionNames=[" + extension + userTool + "]\r\nVersion=65536\r\n"},
		"other lines and sections stay": {
			"[General]\r\nVersion=65537\r\ndisplayName=Lokal princip\r\n\r\n[Other]\r\nVersion=7\r\n", regpol.Machine,
			"[General]\r\nVersion=65538\r\ndisplayName=Lokal princip\r\n" + machine + "\r\n[Other]\r\nVersion=7\r\n"},
		"extensions stay sorted": {
			"[General]\r\ngPCMachineExtensionNames=[" + scripts + "]\r\nVersion=3\r\n", regpol.Machine,
			"[General]\r\ngPCMachineExtensionNames=[" + extension + tool + "][" + scripts + "]\r\nVersion=4\r\n"},
		"tools of the extension stay sorted": {
			"[General]\r\ngPCMachineExtensionNames=[" + extension + firewall + "]\r\nVersion=3\r\n", regpol.Machine,
			"[General]\r\ngPCMachineExtensionNames=[" + extension + firewall + tool + "]\r\nVersion=4\r\n"},
		"already listed, other case": {
			"[general]\r\ngpcmachineextensionnames=[" + strings.ToLower(extension+tool) + "]\r\nversion=3\r\n", regpol.Machine,
			"[general]\r\ngpcmachineextensionnames=[" + strings.ToLower(extension+tool) + "]\r\nversion=4\r\n"},
		"never back to zero": {
			"[General]\r\n" + machine + "Version=196607\r\n", regpol.Machine, // 0x0002ffff
			"[General]\r\n" + machine + "Version=131073\r\n"},
		"the other scope's version stays": {
			"[General]\r\nVersion=131073\r\n", regpol.User,
			"[General]\r\nVersion=196609\r\ngPCUserExtensionNames=[" + extension + userTool + "]\r\n"},
		"section missing":         {"[Other]\r\nx=1\r\n", regpol.Machine, "[Other]\r\nx=1\r\n[General]\r\n" + machine + "Version=1\r\n"},
		"bytes that are no UTF-8": {"[General]\r\ndisplayName=\xe5\r\nVersion=1\r\n", regpol.Machine, "[General]\r\ndisplayName=\xe5\r\nVersion=2\r\n" + machine},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, encode := range []func(string) []byte{func(s string) []byte { return []byte(s) }, utf16le} {
				if strings.Contains(tt.before, "\xe5") && len(encode("x")) > 1 {
					continue
				}
				g, err := regpol.ParseGPT(encode(tt.before))
				if err != nil {
					t.Fatal(err)
				}
				if err := g.Touch(tt.scope); err != nil {
					t.Fatal(err)
				}
				want := encode(tt.after)
				if got := g.Bytes(); !bytes.Equal(got, want) {
					t.Errorf("got\n%q\nwant\n%q", got, want)
				}
			}
		})
	}
}

func utf16le(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}

func TestGPTVersions(t *testing.T) {
	g, err := regpol.ParseGPT([]byte("[General]\r\nVersion=65539\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	machine, err1 := g.Version(regpol.Machine)
	user, err2 := g.Version(regpol.User)
	if err1 != nil || err2 != nil || machine != 3 || user != 1 {
		t.Errorf("machine %d %v, user %d %v; want 3 and 1", machine, err1, user, err2)
	}
}

func TestAnnounces(t *testing.T) {
	listed := "gPCMachineExtensionNames=[" + strings.ToLower(extension) + firewall + "]\r\n"
	for text, want := range map[string][2]bool{
		"":                                     {false, false},
		"[General]\r\nVersion=65537\r\n":       {false, false},
		"[General]\r\n" + listed:               {false, false},
		"[General]\r\n" + listed + "Version=1": {true, false},
		"[General]\r\nVersion=1\r\ngPCMachineExtensionNames=[" + scripts + "]":               {false, false},
		"[General]\r\n" + listed + "Version=65536":                                           {false, false},
		"[General]\r\ngPCUserExtensionNames=[" + extension + userTool + "]\r\nVersion=65536": {false, true},
	} {
		g, err := regpol.ParseGPT([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		machine, err1 := g.Announces(regpol.Machine)
		user, err2 := g.Announces(regpol.User)
		if got := [2]bool{machine, user}; got != want || err1 != nil || err2 != nil {
			t.Errorf("%q announces %v (%v, %v), want %v", text, got, err1, err2, want)
		}
	}
}

func TestBadGPT(t *testing.T) {
	for name, text := range map[string]string{
		"wide without a mark": "[\x00G\x00",
		"half a character":    "\xff\xfe[",
		"lone surrogate":      "\xff\xfe\x00\xd8",
	} {
		if _, err := regpol.ParseGPT([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, text := range map[string]string{
		"version no number":   "[General]\r\nVersion=x\r\n",
		"version too big":     "[General]\r\nVersion=4294967296\r\n",
		"extensions no list":  "[General]\r\ngPCMachineExtensionNames=nothing\r\n",
		"extensions cut":      "[General]\r\ngPCMachineExtensionNames=[" + extension + "\r\n",
		"extensions not GUID": "[General]\r\ngPCMachineExtensionNames=[{x}]\r\n",
	} {
		g, err := regpol.ParseGPT([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := g.Touch(regpol.Machine); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseGPT(f *testing.F) {
	f.Add([]byte("[General]\r\nVersion=65539\r\ngPCMachineExtensionNames=[" + extension + tool + "]\r\n"))
	f.Add(utf16le("[General]\r\nVersion=1\r\n"))
	f.Add([]byte("=\n[General]\n=\n]["))
	good := "[General]\r\nDisplayName=x\r\nVersion=65539\r\ngPCMachineExtensionNames=[" + extension + tool + "][" + tool + extension + "]\r\ngPCUserExtensionNames=[" + extension + tool + "]\r\n"
	for _, s := range hostile.Texts(good) {
		f.Add([]byte(s))
	}
	f.Add([]byte("[General]\r\nVersion=4294967295\r\n"))
	f.Add(utf16le("[General]\r\nVersion=1\r\n")[:9])
	f.Add([]byte{0xff, 0xfe, 0, 0xd8})
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = regpol.ParseGPT(b) })
		g, err := regpol.ParseGPT(b)
		if err != nil {
			return
		}
		if announced, err := g.Announces(regpol.User); err == nil && !announced && g.Touch(regpol.User) == nil {
			if announced, err = g.Announces(regpol.User); err != nil || !announced {
				t.Fatalf("touched, and not announced (%v)", err)
			}
		}
		before, err := g.Version(regpol.Machine)
		if err != nil || g.Touch(regpol.Machine) != nil {
			return
		}
		again, err := regpol.ParseGPT(g.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if after, err := again.Version(regpol.Machine); err != nil || after == before || after == 0 {
			t.Fatalf("version %d became %d, %v", before, after, err)
		}
	})
}
