package image_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
)

// TestKindsSeeStates judges settings whose state lies outside registry values and files: on a base as delivered each fails, on one in which
// their state was planted each passes. So kinds, reader and layout agree on the words, in every release and in two languages.
func TestKindsSeeStates(t *testing.T) {
	tests := []struct{ kind, spec, at, plant string }{
		{"user_right", `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-32-546"]}`, "right:SeDenyNetworkLogonRight", `["S-1-5-32-546"]`},
		{"user_right", `{"right":"SeDebugPrivilege","nobody":true}`, "right:SeDebugPrivilege", `[]`},
		{"user_right", `{"right":"SeDenyRemoteInteractiveLogonRight","sids":["S-1-5-113"]}`, "right:SeDenyRemoteInteractiveLogonRight", `["S-1-5-113"]`},
		{"audit_policy", `{"subcategory":"Process Creation","events":["success"]}`, "audit:" + processCreation, "success"},
		{"audit_policy", `{"subcategory":"Kerberos Authentication Service","events":["failure","success"]}`, "audit:{0cce9242-69ae-11d9-bed3-505054503030}", "success,failure"},
		{"audit_policy", `{"subcategory":"Logoff","events":["none"]}`, "audit:{0cce9216-69ae-11d9-bed3-505054503030}", "none"},
		{"account_policy", `{"name":"MinimumPasswordLength","value":14}`, "account-policy:MinimumPasswordLength", "14"},
		{"account_policy", `{"name":"MaximumPasswordAge","value":-1}`, "account-policy:MaximumPasswordAge", "-1"},
		{"account_policy", `{"name":"LockoutBadCount","value":10}`, "account-policy:LockoutBadCount", "10"},
		{"account_policy", `{"name":"PasswordComplexity","value":1}`, "account-policy:PasswordComplexity", "1"},
		{"account_policy", `{"name":"ForceLogoffWhenHourExpire","value":1}`, "account-policy:ForceLogoffWhenHourExpire", "1"},
		{"local_account", `{"rid":500,"enabled":true}`, "account:500", "enabled"},
		{"local_account", `{"rid":501,"name":"besokare"}`, "account-name:501", "besokare"},
		{"group_membership", `{"group":"S-1-5-32-555","members":["rid:500","S-1-5-21-1-2-3-1104"]}`, "group:S-1-5-32-555", `["S-1-5-21-1-2-3-1104","rid:500"]`},
		{"group_membership", `{"group":"S-1-5-32-546","nobody":true}`, "group:S-1-5-32-546", `[]`},
		{"scheduled_task", `{"path":"\\Microsoft\\Windows\\Maps\\MapsUpdateTask","state":"disabled"}`, "task:" + mapsTask, "disabled"},
	}
	tab := table(t)
	for _, release := range lab.Releases() {
		for _, language := range []string{"sv-SE", "en-US"} {
			o := lab.Options{Release: release, Language: language, Plant: map[string]string{}}
			_, delivered := labImage(t, o)
			for _, tc := range tests {
				o.Plant[tc.at] = tc.plant
			}
			_, planted := labImage(t, o)
			for _, tc := range tests {
				spec, err := tab.DecodeJSON(tc.kind, json.RawMessage(tc.spec))
				if err != nil {
					t.Fatal(err)
				}
				for r, want := range map[setting.Reader]setting.Outcome{delivered: setting.Fail, planted: setting.Pass} {
					seen, err := spec.Observe(r)
					if err != nil {
						t.Errorf("%s %s %s: %v", release, language, tc.spec, err)
						continue
					}
					if v := spec.Judge(seen); v.Outcome != want {
						t.Errorf("%s %s %s is %+v, want %s", release, language, tc.spec, v, want)
					}
				}
			}
		}
	}
}

// TestPermissionKinds sets a key's descriptor as the kind asks, and sees it and a folder's in the written image.
func TestPermissionKinds(t *testing.T) {
	f, delivered := labImage(t, lab.Options{Release: lab.LTSC2019, Language: "sv-SE"})
	tab := table(t)
	decode := func(kind, text string) setting.Spec {
		spec, err := tab.DecodeJSON(kind, json.RawMessage(text))
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	judged := func(spec setting.Spec, r setting.Reader) setting.Outcome {
		seen, err := spec.Observe(r)
		if err != nil {
			t.Fatal(err)
		}
		return spec.Judge(seen).Outcome
	}
	key := decode("registry_permission", `{"key":"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa","sddl":"D:P(A;CI;GA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;LS)"}`)
	e, err := image.Edit(f, 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	var ops []plan.StagedOp
	for _, op := range key.Ops(baseFacts) {
		ops = append(ops, plan.StagedOp{Settings: []string{"m/key"}, Op: op})
	}
	if report, err := apply.Run(t.Context(), e, ops, setting.StageImage, nil, nil); err != nil || report.Count(apply.Changed) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if _, err := e.Commit(); err != nil {
		t.Fatal(err)
	}
	hardened := openImage(t, written(t, func(out *os.File) error {
		_, err := e.WriteTo(t.Context(), out, nil)
		return err
	}))
	if was, is := judged(key, delivered), judged(key, hardened); was != setting.Fail || is != setting.Pass {
		t.Errorf("the key's descriptor was %s and is %s, want fail and pass", was, is)
	}
	for text, want := range map[string]setting.Outcome{
		`D:P(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`: setting.Pass, `D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`: setting.Fail,
	} {
		spec := decode("file_permission", `{"path":"\\Windows\\System32\\config","sddl":"`+text+`"}`)
		if got := judged(spec, delivered); got != want {
			t.Errorf("the folder with %s is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]setting.Outcome{
		`{"code":"WIC"}`: setting.Pass, `{"code":"Nothing"}`: setting.Fail, `{"code":"{9A25302D-30C0-39D9-BD6F-21E6EC160475}","ensure":"absent"}`: setting.Pass,
	} {
		if got := judged(decode("installed_program", text), delivered); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}
