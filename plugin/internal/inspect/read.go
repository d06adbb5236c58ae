package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

const (
	maxProgram = 64 << 20 // bytes of a boot manager: real ones have 2 MB
	maxINF     = 8 << 20
	maxConfig  = 64 << 10
)

// channel is told by the medium, not by the image on it.
func (l *look) channel() {
	f := Fact{Name: Channel, Source: "sources/ei.cfg on the medium"}
	text, err := l.medium.Beside("ei.cfg", maxConfig)
	switch {
	case l.medium.Inside() == "":
		f.Unknown = "a WIM alone does not say; give the .iso of the medium"
	case errors.Is(err, fs.ErrNotExist):
		f.Unknown = "the medium has no ei.cfg"
	case err != nil:
		f.Unknown = err.Error()
	default:
		if f.Value = section(infText(text), "channel"); f.Value == "" {
			f.Unknown = "ei.cfg names no channel"
		}
	}
	l.add(f)
}

// section returns the first line of a section of an INI file.
func section(text, name string) string {
	inside := false
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "["):
			inside = strings.EqualFold(strings.Trim(line, "[]"), name)
		case inside && line != "":
			return line
		}
	}
	return ""
}

// bootManagers reads the signatures of both boot managers that Windows carries:
// since 2024 updates bring one that is signed by the certificate of 2023.
func (l *look) bootManagers() {
	for _, b := range []struct{ name, path string }{
		{BootManager, "Windows/Boot/EFI/bootmgfw.efi"}, {BootManagerX, "Windows/Boot/EFI_EX/bootmgfw_EX.efi"},
	} {
		f := Fact{Name: b.name, Source: b.path + ", Authenticode"}
		data, err := l.img.ReadFile(b.path, maxProgram)
		if errors.Is(err, fs.ErrNotExist) {
			if b.name == BootManager {
				f.Unknown = "the image has no such file"
				l.add(f)
			}
			continue
		}
		var s Signer
		if err == nil {
			s, err = signerOf(data)
		}
		if err != nil {
			f.Unknown = err.Error()
		} else {
			f.Value = s.Issuer
			f.Note = fmt.Sprintf("certificate of %q, valid until %s; the signature fits the file, its chain was not checked", s.Subject, s.Until[:10])
		}
		l.add(f)
	}
}

// components are the packages that DISM lists as installed; features on demand
// (capabilities) are told apart by their names.
func (l *look) components(f image.Facts) {
	const source = `HKLM\SOFTWARE\...\Component Based Servicing\Packages`
	var packages, capabilities []string
	for _, p := range f.Packages {
		if name, _, _ := strings.Cut(p, "~"); strings.Contains(name, "-FOD-") || strings.Contains(name, "OnDemand") || strings.Contains(name, "LanguageFeatures") {
			capabilities = append(capabilities, p)
		} else {
			packages = append(packages, p)
		}
	}
	l.list(Packages, packages, source, "")
	l.list(Capabilities, capabilities, source, "packages whose names are those of features on demand")
}

const optionalFeatures = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Notifications\OptionalFeatures`

// features are noted by component servicing beside its store. Microsoft does not
// document the place.
func (l *look) features() {
	source := strings.Replace(optionalFeatures, `Microsoft\Windows\CurrentVersion`, "...", 1) + `\*!Selection`
	names, err := l.reader.RegistryKeys(optionalFeatures)
	switch {
	case errors.Is(err, setting.ErrAbsent):
		l.add(Fact{Name: Features, Unknown: "the image notes none; on Windows: dism /Get-Features", Source: source})
		return
	case err != nil:
		l.add(Fact{Name: Features, Unknown: err.Error(), Source: source})
		return
	}
	var on []string
	for _, name := range names {
		v, err := l.reader.RegistryValue(optionalFeatures+`\`+name, "Selection")
		if err == nil && v.Text() == "dword:1" {
			on = append(on, name)
		}
	}
	slices.Sort(on)
	l.list(Features, on, source, "turned on, by an undocumented note of component servicing; dism /Get-Features on Windows is the authority")
}

// drivers lists the INF files of other makers (oemN.inf), with the package in the
// driver store that holds the same file.
func (l *look) drivers() error {
	const source = "Windows/INF/oem*.inf, section [Version]"
	dir, err := l.img.ReadDir("Windows/INF")
	if errors.Is(err, fs.ErrNotExist) {
		l.add(Fact{Name: Drivers, Unknown: "the image has no folder Windows/INF", Source: source})
		return nil
	}
	if err != nil {
		return err
	}
	packages, err := l.store()
	if err != nil {
		return err
	}
	var out []string
	for _, i := range dir {
		name := strings.ToLower(i.Name)
		if i.IsDir() || !strings.HasPrefix(name, "oem") || !strings.HasSuffix(name, ".inf") {
			continue
		}
		if len(out) >= l.limit { // more are counted, not read
			out = append(out, name)
			continue
		}
		data, err := l.img.ReadFile(i.Path, maxINF)
		if err != nil {
			return fmt.Errorf("driver %s: %w", i.Path, err)
		}
		out = append(out, driver(name, packages[i.SHA1], parseINF(data)))
	}
	slices.Sort(out)
	note := "drivers of other makers; those that come with Windows are not listed"
	l.list(Drivers, out, source, note)
	return nil
}

// store names the INF files in the driver store by their SHA-1.
func (l *look) store() (map[wim.Hash]string, error) {
	const store = "Windows/System32/DriverStore/FileRepository"
	out := map[wim.Hash]string{}
	err := l.img.Walk(store, func(i wim.Info) error {
		if !i.IsDir() && strings.HasSuffix(strings.ToLower(i.Name), ".inf") {
			out[i.SHA1] = i.Name
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	return out, err
}

// driver describes a driver in one line.
func driver(name, original string, v infVersion) string {
	parts := []string{name}
	if original != "" && !strings.EqualFold(original, name) {
		parts[0] += " (" + strings.ToLower(original) + ")"
	}
	for _, p := range []string{v.provider, v.class, v.version, v.date} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}
