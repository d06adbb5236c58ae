package wim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

func TestCheckPath(t *testing.T) {
	long := strings.Repeat("a", 255)
	for _, p := range []string{"a", "/a", `\Windows\System32`, "Program Files/x.txt", ".hidden", "a..b", "CONSOLE", "COM10", "nul1", "å/ä", long, "COM"} {
		if err := wim.CheckPath(p); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
	for _, p := range []string{
		"", "/", "..", "a/../b", "./a", `a\..\b`, "C:", "C:/a", `C:\a`, "a:b", "a/b:c", `\\server\share`, `\\?\C:\a`, "//a",
		"NUL", "nul.txt", "a/CON", "con .txt", "COM1", "lpt9.log", "COM¹", "AUX ", "conin$", "a.", "a ", "a./b", " a", "a/ /b",
		"a\x00b", "a\nb", "a\x7f", "a<b", "a>b", `a"b`, "a|b", "a?b", "a*b", long + "a", "a\xffb", strings.Repeat("a/", 300) + "b",
	} {
		if err := wim.CheckPath(p); !errors.Is(err, wim.ErrPath) {
			t.Errorf("%q: %v, want ErrPath", p, err)
		}
	}
}
