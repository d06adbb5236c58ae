package fake_test

import (
	"errors"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const key = `HKLM\SOFTWARE\X`

func TestApplyRefuses(t *testing.T) {
	set := setting.Op{Action: setting.ActionRegistrySet, Key: key, Name: "n", Type: setting.TypeDWord, Data: "01000000"}
	with := func(change func(*setting.Op)) setting.Op { op := set; change(&op); return op }
	for name, op := range map[string]setting.Op{
		"unknown action":      {Action: "registry-guess", Key: key},
		"unknown type":        with(func(o *setting.Op) { o.Type = "dwrod" }),
		"data that is no hex": with(func(o *setting.Op) { o.Data = "0g" }),
		"key in long form":    with(func(o *setting.Op) { o.Key = `HKEY_LOCAL_MACHINE\SOFTWARE\X` }),
		"missing needed key":  with(func(o *setting.Op) { o.NeedKey = key }),
		"policy of no scope":  with(func(o *setting.Op) { o.Action = setting.ActionPolicySet }),
		"unknown content":     {Action: setting.ActionFilePut, Path: `\x`, SHA256: "ab", Size: 1},
	} {
		if err := fake.New().Apply(op); err == nil {
			t.Errorf("%s: applied", name)
		}
	}
	w := fake.New()
	optional := with(func(o *setting.Op) { o.NeedKey, o.Optional = key, true })
	if err := w.Apply(optional); err != nil {
		t.Error(err)
	}
	if err := w.RegistryKey(key); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a skipped op left %v", err)
	}
}

func TestCloneIsIndependent(t *testing.T) {
	w := fake.New()
	w.SetValue(key, "n", setting.DWord(1))
	c := w.Clone()
	c.SetValue(key, "n", setting.DWord(2))
	c.SetRight("SeDebugPrivilege", []string{"S-1-5-18"})
	v, err := w.RegistryValue(`hklm\software\x`, "N")
	if err != nil || v.Text() != "dword:1" {
		t.Errorf("%s, %v", v.Text(), err)
	}
	if sids, err := w.RightHolders("SeDebugPrivilege"); err != nil || len(sids) != 0 {
		t.Errorf("%v, %v", sids, err)
	}
}
