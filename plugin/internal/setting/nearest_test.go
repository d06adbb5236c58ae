package setting_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestNearest(t *testing.T) {
	known := []string{"IIa", "IIb", "III", "disabled", "automatic", "disabled", "n"}
	for given, want := range map[string]string{
		"disablet": "disabled", "DISABLED": "disabled", "IIc": "", "iii": "III", "m": "n", "nothing like it": "", "": "",
	} {
		if got := setting.Nearest(given, known, 4); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
	if got := setting.Nearest("x", nil, 4); got != "" {
		t.Errorf("got %q of nothing", got)
	}
}
