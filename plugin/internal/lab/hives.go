package lab

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

//go:embed data/software.reg.txt
var softwareText string

//go:embed data/system.reg.txt
var systemText string

//go:embed data/user.reg.txt
var userText string

//go:embed data/sam.reg.txt
var samText string

//go:embed data/security.reg.txt
var securityText string

// hiveFile is a hive and where it lies.
type hiveFile struct {
	path string
	text string
	// add puts in what is not written as text.
	add func(*Base, *regf.Hive) error
}

// name is the file's name.
func (f hiveFile) name() string { return f.path[strings.LastIndexByte(f.path, '/')+1:] }

// bigValue is the length of the marker's `Big` value: more than the 16,344
// bytes that fit into one cell, so that the format's big data is in every base.
const bigValue = 20000

func hiveFiles() []hiveFile {
	const config = "Windows/System32/config/"
	return []hiveFile{
		{config + "DEFAULT", userText, nil},
		{config + "SAM", samText, (*Base).addSAM},
		{config + "SECURITY", securityText, (*Base).addSecurity},
		{config + "SOFTWARE", softwareText, (*Base).addBig},
		{config + "SYSTEM", systemText, (*Base).addServices},
		{"Users/Default/NTUSER.DAT", userText, nil},
	}
}

// HivePaths returns the paths of the hives in a base, sorted.
func HivePaths() []string {
	var paths []string
	for _, f := range hiveFiles() {
		paths = append(paths, f.path)
	}
	return paths
}

// canonicalDirty gives hive paths, or names of hives, the spelling of HivePaths. A hive that is replaced is taken as it is.
func canonicalDirty(list []string, replaced map[string][]byte) ([]string, error) {
	var out []string
	for _, given := range list {
		if p := hivePath(given); p != "" {
			given = p
		}
		m, err := canonicalHives(map[string][]byte{given: nil})
		if err != nil {
			return nil, err
		}
		for path := range m {
			if _, ok := replaced[path]; ok {
				return nil, fmt.Errorf("hive %q is replaced and to be made dirty; choose one", path)
			}
			out = append(out, path)
		}
	}
	return out, nil
}

// canonicalHives gives the keys of m the spelling of HivePaths.
func canonicalHives(m map[string][]byte) (map[string][]byte, error) {
	out := map[string][]byte{}
	for given, b := range m {
		clean := strings.Trim(strings.ReplaceAll(given, `\`, "/"), "/")
		path := ""
		for _, p := range HivePaths() {
			if strings.EqualFold(p, clean) {
				path = p
			}
		}
		if path == "" {
			return nil, unknown("hive path", given, HivePaths())
		}
		if _, twice := out[path]; twice {
			return nil, fmt.Errorf("hive path %q is given twice", path)
		}
		out[path] = b
	}
	return out, nil
}

// Hive returns the bytes of one generated hive, or of its replacement, as image
// index (from 1) has it.
func (b *Base) Hive(path string, index int) ([]byte, error) {
	if index < 1 || index > len(b.Facts.Images) {
		return nil, fmt.Errorf("make hive %q: image %d of %d", path, index, len(b.Facts.Images))
	}
	if r, ok := b.options.Hives[path]; ok {
		return r, nil
	}
	for _, f := range hiveFiles() {
		if f.path == path {
			return b.hive(f, &b.Facts.Images[index-1])
		}
	}
	return nil, unknown("hive path", path, HivePaths())
}

func (b *Base) hive(f hiveFile, img *Image) ([]byte, error) {
	epoch := regf.FileTimeOf(b.epoch)
	name := f.name()
	h, err := newHive(name, b.words(img).Replace(f.text), b.Facts.Build, epoch)
	if err != nil {
		return nil, err
	}
	if f.add != nil {
		if err := f.add(b, h); err != nil {
			return nil, fmt.Errorf("make hive %q: %w", name, err)
		}
	}
	w := hiveWriter{hive: h, epoch: epoch, key: MarkerKey}
	w.set("Stand-in", regf.DWord, regf.DWordData(1))
	w.set("Description", regf.SZ, regf.StringData(b.description()))
	w.set("Release", regf.SZ, regf.StringData(string(b.Facts.Release)))
	if w.err != nil {
		return nil, fmt.Errorf("make hive %q: %w", name, w.err)
	}
	data, err := h.Bytes(epoch)
	if graft, ok := b.options.Grafts[f.path]; ok && err == nil {
		data, err = GraftSubtree(data, graft, GraftKey)
	}
	return data, err
}

// addBig adds a value that does not fit into one cell.
func (b *Base) addBig(h *regf.Hive) error {
	w := hiveWriter{hive: h, epoch: regf.FileTimeOf(b.epoch), key: MarkerKey}
	w.set("Big", regf.Binary, []byte(strings.Repeat(Marker+"\n", bigValue/len(Marker)+1))[:bigValue])
	return w.err
}

// addServices adds the services of the release.
func (b *Base) addServices(h *regf.Hive) error {
	if err := b.addBig(h); err != nil {
		return err
	}
	list, err := Services(b.Facts.Release)
	if err != nil {
		return err
	}
	for _, s := range list {
		w := hiveWriter{hive: h, epoch: regf.FileTimeOf(b.epoch), key: `ControlSet001\Services\` + s.Name}
		if s.DependsOn != nil {
			w.set("DependOnService", regf.MultiSZ, regf.StringsData(s.DependsOn))
		}
		if s.Delayed {
			w.set("DelayedAutostart", regf.DWord, regf.DWordData(1))
		}
		if s.Display != "" {
			w.set("DisplayName", regf.SZ, regf.StringData(s.Display))
		}
		w.set("ErrorControl", regf.DWord, regf.DWordData(s.Error))
		w.set("ImagePath", regf.ExpandSZ, regf.StringData(s.ImagePath))
		if s.Account != "" {
			w.set("ObjectName", regf.SZ, regf.StringData(s.Account))
		}
		w.set("Start", regf.DWord, regf.DWordData(uint32(s.Start)))
		w.set("Type", regf.DWord, regf.DWordData(s.Type))
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// hiveWriter sets values of one key and keeps the first error.
type hiveWriter struct {
	hive  *regf.Hive
	epoch regf.FileTime
	key   string
	err   error
}

func (w *hiveWriter) set(name string, t regf.ValueType, data []byte) {
	if w.err == nil {
		_, w.err = w.hive.SetValue(w.key, name, t, data, w.epoch)
	}
}
