package wmguest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/snapshot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// collect does in Go what snapshot.Script does on Windows, on the machine's hives and files, and answers in the same form.
func collect(_ context.Context, m *standin.Machine, c standin.Call) (uint32, error) {
	r, err := snapshot.ReadRequest(c.Stdin)
	if err != nil {
		return 1, err
	}
	w := snapshot.NewWriter()
	known := false
	for _, name := range []string{"Name", "Version", "RecipeDigest", "Class", "Management"} {
		v, err := m.RegistryValue(snapshot.StampKey, name)
		if errors.Is(err, setting.ErrAbsent) {
			continue
		}
		if err != nil {
			return 1, err
		}
		n, _ := v.Type.Number()
		w.Stamp(name, n, v.Data)
	}
	if s, err := manifest.ReadStamp(m); err == nil {
		for _, digest := range r.Recipes {
			known = known || digest == s.RecipeDigest
		}
	}
	if !known {
		w.Unknown()
		r.Wants = nil
	}
	for i, want := range r.Wants {
		rows, err := collectOne(m, want)
		switch {
		case errors.Is(err, setting.ErrAbsent):
			w.Absent(i)
		case err != nil:
			w.Failed(i, err.Error())
		default:
			w.OK(i)
			for _, row := range rows {
				w.Row(i, row...)
			}
		}
	}
	out, err := w.Bytes()
	if err == nil {
		_, err = c.Stdout.Write(out)
	}
	return 0, err
}

type rows = [][][]byte

// collectOne reads one thing. What the machine cannot show fails by name.
func collectOne(m *standin.Machine, w snapshot.Want) (rows, error) {
	switch w.Word {
	case snapshot.WordExists:
		return nil, m.RegistryKey(w.Args[0])
	case snapshot.WordValue:
		row, err := valueRow(m, w.Args[0], w.Args[1])
		return rows{row}, err
	case snapshot.WordKeys:
		return texts(m.RegistryKeys(w.Args[0]))
	case snapshot.WordNames:
		return texts(m.RegistryValueNames(w.Args[0]))
	case snapshot.WordBelow:
		return below(m, w.Args[0], w.Args[1])
	case snapshot.WordFile:
		f, err := m.File(w.Args[0])
		return rows{fileRow(f)}, err
	case snapshot.WordBytes:
		b, err := content(m, w.Args[0])
		return rows{{b}}, err
	case snapshot.WordFolder:
		return folder(m, w.Args)
	case snapshot.WordRight:
		sids, err := m.RightHolders(w.Args[0])
		return natives(sids, err)
	case snapshot.WordMachine:
		return rows{{[]byte("computer"), []byte("WMCLIENT-LAB")}, {[]byte("sid"), []byte(lab.MachineSID)}, {[]byte("platform"), []byte("lab")}, {[]byte("boot"), []byte(m.BootID())}}, nil
	case snapshot.WordPolicy:
		return policy(m)
	case snapshot.WordAccounts:
		return accounts(m)
	}
	return collectState(m, w)
}

func texts(list []string, err error) (rows, error) {
	var out rows
	for _, s := range list {
		out = append(out, [][]byte{[]byte(s)})
	}
	return out, err
}

func natives(sids []string, err error) (rows, error) {
	if err != nil {
		return nil, err
	}
	var out []string
	for _, s := range sids {
		sid, err := guest.NativeSID(s, lab.MachineSID)
		if err != nil {
			return nil, err
		}
		out = append(out, sid)
	}
	return texts(out, nil)
}

func valueRow(m *standin.Machine, key, name string) ([][]byte, error) {
	v, err := m.RegistryValue(key, name)
	if err != nil {
		return nil, err
	}
	if upcase.Equal(name, "DefaultPassword") { // that it is there is enough
		v = setting.RegistryValue{Type: setting.TypeSZ, Data: []byte("*")}
	}
	n, _ := v.Type.Number()
	return [][]byte{[]byte(strconv.FormatUint(uint64(n), 10)), v.Data}, nil
}

func below(m *standin.Machine, key, name string) (rows, error) {
	keys, err := m.RegistryKeys(key)
	if err != nil {
		return nil, err
	}
	var out rows
	for _, k := range keys {
		row, err := valueRow(m, key+`\`+k, name)
		if err != nil && !errors.Is(err, setting.ErrAbsent) {
			return nil, err
		}
		out = append(out, append([][]byte{[]byte(k)}, row...))
	}
	return out, nil
}

func fileRow(f setting.FileFacts) [][]byte {
	return [][]byte{[]byte(strconv.FormatInt(f.Size, 10)), []byte(f.SHA256)}
}

// content is a file's bytes; the default profile's registry is written as it is now.
func content(m *standin.Machine, path string) ([]byte, error) {
	if _, hive, _ := guest.OwnPaths(); upcase.Equal(path, hive) {
		return m.ProfileHive()
	}
	return m.ReadFile(path)
}

func folder(m *standin.Machine, args []string) (rows, error) {
	files, err := m.FolderFiles(args[0], args[1], args[2])
	if err != nil {
		return nil, err
	}
	var out rows
	for name, f := range files {
		out = append(out, append([][]byte{[]byte(name)}, fileRow(f)...))
	}
	return out, nil
}

func policy(m *standin.Machine) (rows, error) {
	var calls guest.AccountCalls
	for _, name := range guest.AccountPolicies() {
		text, err := m.State(setting.StateLocation(setting.SchemeAccountPolicy, name))
		if err != nil {
			return nil, err
		}
		if err := calls.Set(name, text); err != nil {
			return nil, err
		}
	}
	var row [][]byte
	for _, n := range append(append(calls.Modals0[:], calls.Modals3[:]...), calls.Properties) {
		row = append(row, []byte(strconv.FormatUint(uint64(n), 10)))
	}
	return rows{row}, nil
}

// accounts finds those that Windows has from the start, and the first that people make.
func accounts(m *standin.Machine) (rows, error) {
	var out rows
	for rid := 500; rid < 1020; rid++ {
		if rid == 505 {
			rid = 1000
		}
		text := strconv.Itoa(rid)
		state, err := m.State(setting.StateLocation(setting.SchemeAccount, text))
		if errors.Is(err, setting.ErrAbsent) {
			continue
		}
		if err != nil {
			return nil, err
		}
		name, err := m.State(setting.StateLocation(setting.SchemeAccountName, text))
		if err != nil {
			return nil, err
		}
		flags := "512"
		if state == "disabled" {
			flags = "514"
		}
		out = append(out, [][]byte{[]byte(text), []byte(flags), []byte(name)})
	}
	return out, nil
}

// collectState reads what the machine keeps as a state.
func collectState(m *standin.Machine, w snapshot.Want) (rows, error) {
	scheme, ok := map[snapshot.Word]string{
		snapshot.WordGroup: setting.SchemeGroup, snapshot.WordAudit: setting.SchemeAudit, snapshot.WordTask: setting.SchemeTask, snapshot.WordFeature: setting.SchemeFeature,
		snapshot.WordKeySecurity: setting.SchemeRegistrySecurity, snapshot.WordFileSecurity: setting.SchemeFileSecurity,
	}[w.Word]
	if !ok {
		return nil, standin.Unknown(fmt.Sprintf("the collector's word %q", w.Word))
	}
	text, err := m.State(setting.StateLocation(scheme, w.Args[0]))
	if err != nil {
		return nil, err
	}
	one := func(s string) (rows, error) { return rows{{[]byte(s)}}, nil }
	switch w.Word {
	case snapshot.WordGroup:
		var sids []string
		if err := json.Unmarshal([]byte(text), &sids); err != nil {
			return nil, err
		}
		return natives(sids, nil)
	case snapshot.WordAudit:
		bits, err := guest.AuditBits(text)
		if err != nil {
			return nil, err
		}
		return one(strconv.FormatUint(uint64(bits), 10))
	case snapshot.WordTask:
		return one(map[string]string{"enabled": "1", "disabled": "0"}[text])
	case snapshot.WordFeature:
		return one(map[string]string{"enabled": "1", "disabled": "2"}[text])
	}
	d, err := secdesc.ParseSDDL(text)
	if err != nil {
		return nil, err
	}
	b, err := d.Marshal()
	return rows{{bytes.Clone(b)}}, err
}
