package image

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Keys of the facts.
const (
	versionKey  = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	packagesKey = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`
	environment = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
	nlsLanguage = `HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language`
	uiLanguages = `HKLM\SYSTEM\CurrentControlSet\Control\MUI\UILanguages`
	labMarker   = "wmclient-lab" // the lab writes this key into the root of each hive that it makes
)

// packageInstalled is the CurrentState of a component package that is installed.
const packageInstalled = 112

// Facts is what an image says of the Windows in it.
type Facts struct {
	ProductName     string   // for people; Microsoft did not keep it up to date
	EditionID       string   // for example "IoTEnterpriseS"
	Build           string   // build.UBR, for example "19044.1288"
	Arch            string   // "amd64", "x86" or "arm64"
	InstallLanguage string   // BCP 47
	Languages       []string // BCP 47, sorted: languages of the user interface
	Packages        []string // component packages that are installed and that DISM lists, sorted
	StandIn         bool     // a lab base: shaped like Windows, contains none
}

// Facts reads what the image says of itself out of the SOFTWARE and SYSTEM hives, and holds it against the WIM's XML: edition,
// architecture, build number and language must agree where the XML states them, or the file is not what it says. The update build
// revision comes from the hive alone: the XML has the revision of one program file, which not every update replaces.
func (i *Image) Facts() (Facts, error) {
	f := Facts{}
	var problems []error
	text := func(key, name string) string {
		v, err := i.text(key, name)
		problems = append(problems, err)
		return v
	}
	f.ProductName = text(versionKey, "ProductName")
	f.EditionID = text(versionKey, "EditionID")
	f.Build = text(versionKey, "CurrentBuild")
	if ubr, err := i.number(versionKey, "UBR"); err != nil {
		problems = append(problems, err)
	} else {
		f.Build += "." + strconv.FormatUint(uint64(ubr), 10)
	}
	for _, read := range []func(*Facts) error{i.readArch, i.readLanguages, i.readPackages, i.readMarker} {
		problems = append(problems, read(&f))
	}
	if err := errors.Join(distinct(problems)...); err != nil {
		return Facts{}, fmt.Errorf("read the facts of %s: %w", i.Describe(), err)
	}
	if err := i.compareXML(f, i.img.Info()); err != nil {
		return Facts{}, err
	}
	return f, nil
}

// distinct leaves out errors that say the same as an earlier one: a hive that cannot be opened is told of once.
func distinct(list []error) []error {
	seen := make(map[string]bool)
	return slices.DeleteFunc(list, func(err error) bool {
		if err == nil || seen[err.Error()] {
			return true
		}
		seen[err.Error()] = true
		return false
	})
}

func (i *Image) text(key, name string) (string, error) {
	v, err := i.RegistryValue(key, name)
	if err != nil {
		return "", err
	}
	text, ok := strings.CutPrefix(v.Text(), string(setting.TypeSZ)+":")
	if !ok || text == "" {
		return "", fmt.Errorf("value %s!%s is %q, not a text", key, name, v.Text())
	}
	return text, nil
}

func (i *Image) number(key, name string) (uint32, error) {
	v, err := i.RegistryValue(key, name)
	if err != nil {
		return 0, err
	}
	digits, ok := strings.CutPrefix(v.Text(), string(setting.TypeDWord)+":")
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil {
		return 0, fmt.Errorf("value %s!%s is %q, not a number", key, name, v.Text())
	}
	return uint32(n), nil
}

// readArch takes the system's environment or, where a capture lacks that, the name of the build: "19041.1.amd64fre.vb_release.191206-1406".
func (i *Image) readArch(f *Facts) error {
	text, err := i.text(environment, "PROCESSOR_ARCHITECTURE")
	if err == nil {
		f.Arch = strings.ToLower(text)
		return nil
	}
	if !errors.Is(err, setting.ErrAbsent) {
		return err
	}
	lab, second := i.text(versionKey, "BuildLabEx")
	if second != nil {
		return errors.Join(err, second)
	}
	if parts := strings.Split(lab, "."); len(parts) > 2 {
		if arch, ok := strings.CutSuffix(parts[2], "fre"); ok && arch != "" {
			f.Arch = arch
			return nil
		}
	}
	return fmt.Errorf("%w; and value %s!BuildLabEx is %q, which names no architecture", err, versionKey, lab)
}

// readLanguages lists the keys of MUI\UILanguages, which are named by tag and hold the language's number; Nls\Language has the number
// of the language that Windows was installed in, in hexadecimal. So no table of numbers is needed.
func (i *Image) readLanguages(f *Facts) error {
	installed, err := i.text(nlsLanguage, "InstallLanguage")
	if err != nil {
		return err
	}
	want, err := strconv.ParseUint(installed, 16, 16)
	if err != nil {
		return fmt.Errorf("value %s!InstallLanguage is %q, not a number in hexadecimal", nlsLanguage, installed)
	}
	k, err := i.hives.find(uiLanguages)
	if err != nil {
		return err
	}
	if k == nil {
		return fmt.Errorf("key %s is missing, which lists the languages", uiLanguages)
	}
	for sub := range k.Subkeys() {
		f.Languages = append(f.Languages, sub.Name())
		if v, ok := sub.Value("LCID"); ok {
			if n, ok := v.Number(); ok && n == want {
				f.InstallLanguage = sub.Name()
			}
		}
	}
	slices.Sort(f.Languages)
	if f.InstallLanguage == "" {
		return fmt.Errorf("value %s!InstallLanguage is %s, but no key below %s has that LCID", nlsLanguage, installed, uiLanguages)
	}
	return nil
}

// readPackages lists what `dism /Get-Packages` lists as installed: packages in state 112 that are not hidden.
func (i *Image) readPackages(f *Facts) error {
	f.Packages = []string{}
	k, err := i.hives.find(packagesKey)
	if err != nil || k == nil {
		return err
	}
	for sub := range k.Subkeys() {
		state, ok := dword(sub, "CurrentState")
		if !ok || state != packageInstalled {
			continue
		}
		if visible, ok := dword(sub, "Visibility"); ok && visible != 1 {
			continue
		}
		f.Packages = append(f.Packages, sub.Name())
	}
	slices.Sort(f.Packages)
	return nil
}

func dword(k *regf.Key, name string) (uint64, bool) {
	v, ok := k.Value(name)
	if !ok || v.Type != regf.DWord {
		return 0, false
	}
	return v.Number()
}

// readMarker looks for the lab's mark in both hives that the facts come from: a base in which one of them was exchanged is still a
// stand-in. The key alone is enough, whatever it holds; nothing denies it.
func (i *Image) readMarker(f *Facts) error {
	for _, file := range []string{softwareHive, systemHive} {
		hive, err := i.hives.open(file)
		if err != nil {
			return err
		}
		if hive.Find(labMarker) != nil {
			f.StandIn = true
		}
	}
	return nil
}

// compareXML holds the hive's facts against the WIM's XML.
func (i *Image) compareXML(f Facts, x wim.ImageInfo) error {
	var problems []error
	same := func(what, hive, xml string, equal bool) {
		if xml != "" && !equal {
			problems = append(problems, fmt.Errorf("%s is %q in the registry and %q in the WIM's XML", what, hive, xml))
		}
	}
	same("the edition", f.EditionID, x.EditionID, strings.EqualFold(f.EditionID, x.EditionID))
	same("the architecture", f.Arch, x.Arch, f.Arch == x.Arch)
	same("the language", f.InstallLanguage, x.DefaultLanguage, strings.EqualFold(f.InstallLanguage, x.DefaultLanguage))
	number, _, _ := strings.Cut(f.Build, ".")
	if parts := strings.Split(x.Build, "."); len(parts) > 2 {
		same("the build", number, parts[2], number == parts[2] || codeBase(number) == parts[2])
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("%s contradicts itself (%s, %s, XML): take another base, or export the image anew on Windows: %w", i.Describe(),
			softwareHive, systemHive, err)
	}
	return nil
}

// codeBase is the build whose program files a build shares. Microsoft made some versions by an enablement package: the registry says
// 19044 where all files, and so the WIM's XML, say 19041 (from Microsoft's release notes and reports of users' media; never seen here).
func codeBase(build string) string {
	switch build {
	case "18363":
		return "18362"
	case "19042", "19043", "19044", "19045":
		return "19041"
	case "22631":
		return "22621"
	case "26200":
		return "26100"
	}
	return build
}
