package answers_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/answers"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	viewer   = "../../../../profiles/images/radiology-viewer.hcl"
	password = "Correct-Horse-7"
)

func TestConfigure(t *testing.T) {
	for name, test := range map[string]struct {
		block map[string]any
		want  string
	}{
		"complete":          {map[string]any{"image": viewer, "password": password}, ""},
		"nothing":           {map[string]any{}, "image is missing"},
		"unknown attribute": {map[string]any{"image": viewer, "imge": "x"}, `"imge"`},
		"channel":           {map[string]any{"image": viewer, "licence_channel": "retail"}, `licence_channel: "retail"`},
		"key of evaluation": {map[string]any{"image": viewer, "licence_channel": "evaluation", "product_key": "A"}, "product_key: "},
	} {
		t.Run(name, func(t *testing.T) {
			err := new(answers.Datasource).Configure(test.block)
			if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error: %v, want %q", err, test.want)
			}
		})
	}
}

func TestExecute(t *testing.T) {
	d := new(answers.Datasource)
	if err := d.Configure(map[string]any{"image": viewer, "password": password, "computer_name": "WM-1"}); err != nil {
		t.Fatal(err)
	}
	out, err := d.Execute()
	if err != nil {
		t.Fatal(err)
	}
	content := out.GetAttr("cd_content").AsValueMap()
	for _, name := range []string{"autounattend.xml", "wmclient/winrm.ps1", "wmclient/door.json"} {
		v, ok := content[name]
		if !ok || v.AsString() == "" {
			t.Errorf("%s is missing", name)
			continue
		}
		if strings.Contains(v.AsString(), password) {
			t.Errorf("the password stands in %s", name)
		}
	}
	if text := content["autounattend.xml"].AsString(); !strings.Contains(text, "<UILanguage>sv-SE<") || !strings.Contains(text, "<ComputerName>WM-1<") {
		t.Errorf("got %s", text)
	}
	if pem := out.GetAttr("certificate_pem").AsString(); !strings.HasPrefix(pem, "-----BEGIN CERTIFICATE") {
		t.Errorf("got %q", pem)
	}
}

func TestExecuteRefuses(t *testing.T) {
	for name, block := range map[string]map[string]any{
		"profile":  {"image": "none.hcl", "password": password},
		"password": {"image": viewer, "password": "short"},
		"language": {"image": viewer, "password": password, "language": "nb-NO"},
		"peers":    {"image": viewer, "password": password, "peers": []string{"all"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := new(answers.Datasource)
			if err := d.Configure(block); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Execute(); err == nil || strings.Contains(err.Error(), block["password"].(string)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestBaseOf finds in a plan what stops the first logon.
func TestBaseOf(t *testing.T) {
	op := func(key, name, data string) plan.StagedOp {
		return plan.StagedOp{Op: setting.Op{Stage: setting.StageImage, Action: setting.ActionRegistrySet, Key: key, Name: name, Type: "dword", Data: data}}
	}
	const system = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	p := &plan.Plan{Ops: []plan.StagedOp{op(system, "LegalNoticeText", "4100"), op(system, "LocalAccountTokenFilterPolicy", "00000000"),
		op(`HKLM\SYSTEM\CurrentControlSet\Services\WinRM`, "Start", "04000000"), op(`HKLM\SYSTEM\CurrentControlSet\Services\Spooler`, "Start", "03000000")}}
	b := answers.BaseOf(p)
	if !b.Notice || !b.FilteredTokens || len(b.DisabledServices) != 1 || b.DisabledServices[0] != "WinRM" {
		t.Errorf("got %+v", b)
	}
	p.Ops = []plan.StagedOp{op(system, "LegalNoticeText", "0000"), op(system, "LocalAccountTokenFilterPolicy", "01000000")}
	if b := answers.BaseOf(p); b.Notice || b.FilteredTokens || b.DisabledServices != nil {
		t.Errorf("an empty notice is one: %+v", b)
	}
}
