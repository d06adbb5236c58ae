package setuplog_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal/setuplog"
)

// theLog is in the form of a setupact.log, with the lines of public reports.
const theLog = "2026-11-01 10:00:00, Info                  SYSPRP ========================================================\r\n" +
	"2026-11-01 10:00:01, Info                  SYSPRP BitLocker-Sysprep: BitLocker is not on\r\n" +
	"not a line of a log\r\n" +
	"2026-11-01 10:00:02, Warning               SYSPRP 0x80310039\r\n" +
	"2026-11-01 10:00:03, Error                 SYSPRP Failed to do something\r\n" +
	"2026-11-01 10:00:04, Error                 SYSPRP Package Viewer_1.0_x64__abc was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image.\r\n" +
	"2026-11-01 10:00:05, Error                 SYSPRP Failed to remove apps for the current user: 0x80073cf2.\r\n"

func wide(text string, order binary.AppendByteOrder) []byte {
	out := order.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// TestCauses reads a log in every form that Windows writes, and numbers its lines as an editor does.
func TestCauses(t *testing.T) {
	for name, raw := range map[string][]byte{
		"utf-8": []byte(theLog), "utf-8 with mark": []byte("\ufeff" + theLog), "utf-16": wide(theLog, binary.LittleEndian), "utf-16 big": wide(theLog, binary.BigEndian),
		"cut": []byte(strings.TrimRight(theLog, "\r\n")),
	} {
		got := setuplog.Causes("setupact.log", raw)
		if len(got) != 3 || got[0].Line != 5 || got[0].Known != "" || got[1].Line != 6 || got[1].Known == "" || got[1].Source == "" || got[2].Line != 7 || got[2].Known == "" {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		first, ok := setuplog.First(got)
		if !ok || first != got[1] || !strings.Contains(first.String(), "setupact.log:6: SYSPRP Package Viewer_1.0_x64__abc") || !strings.Contains(first.String(), "KB 2769827") {
			t.Errorf("%s: the first is %s", name, first)
		}
	}
	if _, ok := setuplog.First(nil, setuplog.Causes("x", nil)); ok {
		t.Error("a cause in an empty log")
	}
	own := setuplog.Causes("x", []byte("2026-11-01 10:00:03, Error    SYSPRP What nobody knows\r\n"))
	if first, ok := setuplog.First(own); !ok || first.Known != "" || first.Text != "SYSPRP What nobody knows" {
		t.Errorf("an unknown error: %+v", first)
	}
}

// TestKnown holds each known cause against a line of it.
func TestKnown(t *testing.T) {
	for line, word := range map[string]string{
		"SYSPRP Failed to remove apps for the current user: 0x80073cf2.":                                                        "app packages",
		"[0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'x'; dwRet = 0x3cf2":                  "app packages",
		"[0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'SLReArmWindows'; dwRet = 0xc004d307": "rearmed",
		"SYSPRP BitLocker-Sysprep: BitLocker is on for the OS volume. Turn BitLocker off to run Sysprep. (0x80310039)":          "BitLocker",
		"[0x0f0073] SYSPRP RunExternalDlls: exit with 0x8007139f":                                                               "restart",
		"SYSPRP Sysprep_Clean_Validate_Opk: Audit mode cannot be turned on if there is an active scenario.; hr = 0x800F0975":    "updates",
	} {
		got := setuplog.Causes("x", []byte("2026-11-01 10:00:03, Error                 "+line+"\r\n"))
		if len(got) != 1 || !strings.Contains(got[0].Known+got[0].WayOut, word) {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// TestBounds reads the end of a long log, and of a long line its beginning.
func TestBounds(t *testing.T) {
	long := strings.Repeat("2026-11-01 10:00:00, Info                  SYSPRP x\r\n", setuplog.MaxLog/40)
	for name, raw := range map[string][]byte{"utf-8": []byte(long + theLog), "utf-16": wide(long+theLog, binary.LittleEndian)} {
		if got := setuplog.Causes("x", raw); len(got) != 3 {
			t.Errorf("%s: %d causes", name, len(got))
		}
	}
	got := setuplog.Causes("x", []byte("2026-11-01 10:00:03, Error  "+strings.Repeat("å", 1<<20)))
	if len(got) != 1 || len(got[0].Text) > 5<<10 || !utf8.ValidString(got[0].Text) {
		t.Errorf("%d causes", len(got))
	}
	if many := setuplog.Causes("x", []byte(strings.Repeat(theLog, 100))); len(many) != 32 {
		t.Errorf("%d causes", len(many))
	}
	if c := setuplog.Causes("x", []byte("2026-11-01 10:00:03, Error  a\x1b[31mb")); len(c) != 1 || strings.Contains(c[0].Text, "\x1b") {
		t.Errorf("%+v", c)
	}
}

func FuzzCauses(f *testing.F) {
	f.Add([]byte(theLog))
	f.Add(wide(theLog, binary.LittleEndian))
	f.Add([]byte{0xff, 0xfe, 0x00})
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, c := range setuplog.Causes("x", raw) {
			if c.Line < 1 || c.Text == "" || !utf8.ValidString(c.Text) {
				t.Errorf("%+v", c)
			}
		}
	})
}
