package kinds_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestAutologonDiagnostics(t *testing.T) {
	tests := []struct{ account, summary, detail string }{
		{``, "Missing account", "local account"},
		{`VARD\\review`, "Domain account", "name alone"},
		{`review@vard.example`, "Domain account", ""},
		{`S-1-5-21-1-2-3-1001`, "SID where a name belongs", "name"},
		{`a/b`, "Illegal account name", ""},
		{strings.Repeat("a", 21), "Account name too long", "20"},
	}
	for _, tt := range tests {
		oneProblem(t, "autologon", `account = "`+tt.account+`"`, tt.summary, `"`+tt.account+`"`, tt.detail)
	}
}

func TestAutologonKeepsNoSecret(t *testing.T) {
	const key, secret = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "hunter2"
	spec := mustDecode(t, "autologon", `account = "review"`)
	w := applied(t, spec)
	w.SetValue(key, "DefaultPassword", setting.SZ(secret))
	o, err := spec.Observe(w)
	if err != nil {
		t.Fatal(err)
	}
	v := spec.Judge(o)
	raw, err := json.Marshal([]any{o, v, spec.Ops(base), spec.Claims(base)})
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != setting.Fail || !strings.Contains(v.Reason, "in clear") || strings.Contains(string(raw), secret) {
		t.Errorf("%+v\n%s", v, raw)
	}
	for _, op := range spec.Ops(base) {
		if err := w.Apply(op); err != nil {
			t.Fatal(err)
		}
	}
	if v := outcome(t, spec, w); v.Outcome != setting.Pass {
		t.Errorf("after its own ops: %+v", v)
	}
	w.SetValue(key, "AutoLogonCount", setting.DWord(3))
	if v := outcome(t, spec, w); v.Outcome != setting.Fail {
		t.Errorf("with a counter: %+v", v)
	}
}
