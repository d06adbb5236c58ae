package cli_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// Words of the profile language stand in code font, and nothing else does.
func TestProse(t *testing.T) {
	for _, tc := range []struct{ lang, in, want string }{
		{"sv", "Inget angivet (null): ja (true).", "Inget angivet (`null`): ja (`true`)."},
		{"sv", "Null låter allt vara.", "`null` låter allt vara."},
		{"sv", "Ange fips = true, eller name = \"x y\".", "Ange `fips = true`, eller `name = \"x y\"`."},
		{"sv", "Indata lock_on_card_removal är 3 * 4 < 13.", "Indata `lock_on_card_removal` är 3 \\* 4 &lt; 13."},
		{"sv", `Se no-null-fallback, C:\my_dir\x_y.exe och falsett.`, `Se no-null-fallback, C:\\my_dir\\x_y.exe och falsett.`},
		{"en", "It is true of null, which is off (false).", "It is true of `null`, which is off (`false`)."},
		{"en", "  Two\n lines. ", "Two lines."},
	} {
		if got := cli.Prose(tc.lang, plan.Text{EN: tc.in, SV: tc.in}); got != tc.want {
			t.Errorf("%s %q\n got %s\nwant %s", tc.lang, tc.in, got, tc.want)
		}
	}
}

// A printed page leaves comments out without a trace, and refuses HTML that would be lost.
func TestPrintedHTML(t *testing.T) {
	page, err := cli.PrintedHTML("# T\n\n<!-- for editors -->\n\nText.\n")
	if err != nil || strings.Contains(string(page), "omitted") || strings.Contains(string(page), "editors") || !strings.Contains(string(page), "<p>Text.</p>") {
		t.Errorf("%v, %s", err, page)
	}
	for _, bad := range []string{"# T\n\n<div>\nlost\n</div>\n", "# T\n\nText with <b>lost</b>.\n"} {
		if _, err := cli.PrintedHTML(bad); err == nil {
			t.Errorf("%q was printed", bad)
		}
	}
}
