package lab_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
)

func services(t *testing.T, r lab.Release) map[string]lab.Service {
	t.Helper()
	list, err := lab.Services(r)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]lab.Service{}
	for _, s := range list {
		key := strings.ToLower(s.Name)
		if _, twice := out[key]; twice {
			t.Errorf("%s: service %s stands there twice", r, s.Name)
		}
		out[key] = s
	}
	return out
}

func TestServices(t *testing.T) {
	for _, r := range lab.Releases() {
		all := services(t, r)
		drivers := 0
		for _, s := range all {
			if s.Driver() {
				drivers++
			}
			if s.ImagePath == "" || s.Driver() != (s.Account == "") && s.Type&0x40 == 0 {
				t.Errorf("%s: incomplete service %+v", r, s)
			}
		}
		if len(all) < 350 || drivers < 150 {
			t.Errorf("%s: %d services, %d of them drivers, want 350 and 150 or more", r, len(all), drivers)
		}
	}
}

func TestServiceFacts(t *testing.T) {
	for _, c := range []struct {
		release lab.Release
		want    lab.Service
	}{
		{lab.LTSC2021, lab.Service{Name: "Spooler", Type: 0x110, Start: lab.Auto, Error: 1, ImagePath: `%SystemRoot%\System32\spoolsv.exe`,
			Account: "LocalSystem", DependsOn: []string{"RPCSS", "http"}, Display: `@%systemroot%\system32\spoolsv.exe,-1`}},
		{lab.LTSC2021, lab.Service{Name: "BFE", Type: 0x20, Start: lab.Auto, Error: 1,
			ImagePath: `%SystemRoot%\system32\svchost.exe -k LocalServiceNoNetworkFirewall -p`, Account: `NT AUTHORITY\LocalService`,
			DependsOn: []string{"RpcSs"}, Display: `@%SystemRoot%\system32\bfe.dll,-1001`}},
		{lab.LTSB2016, lab.Service{Name: "BFE", Type: 0x20, Start: lab.Auto, Error: 1,
			ImagePath: `%SystemRoot%\system32\svchost.exe -k LocalServiceNoNetwork`, Account: `NT AUTHORITY\LocalService`,
			DependsOn: []string{"RpcSs"}, Display: `@%SystemRoot%\system32\bfe.dll,-1001`}},
		{lab.LTSC2019, lab.Service{Name: "WinDefend", Type: 0x10, Start: lab.Auto, Error: 1,
			ImagePath: `"%ProgramFiles%\Windows Defender\MsMpEng.exe"`, Account: "LocalSystem", DependsOn: []string{"RpcSs"},
			Display: `@%ProgramFiles%\Windows Defender\MpAsDesc.dll,-310`}},
		{lab.LTSC2021, lab.Service{Name: "Netlogon", Type: 0x20, Start: lab.Manual, Error: 1, ImagePath: `%systemroot%\system32\lsass.exe`,
			Account: "LocalSystem", DependsOn: []string{"LanmanWorkstation"}, Display: `@%SystemRoot%\System32\netlogon.dll,-102`}},
		{lab.LTSC2021, lab.Service{Name: "WSearch", Type: 0x10, Start: lab.Auto, Delayed: true, Error: 1,
			ImagePath: `%systemroot%\system32\SearchIndexer.exe /Embedding`, Account: "LocalSystem", DependsOn: []string{"RPCSS"},
			Display: `@%systemroot%\system32\SearchIndexer.exe,-103`}},
		{lab.LTSC2021, lab.Service{Name: "ACPI", Type: 1, Start: lab.Boot, Error: 3, ImagePath: `System32\drivers\ACPI.sys`}},
		{lab.LTSC2021, lab.Service{Name: "srv2", Type: 2, Start: lab.Manual, Error: 1, ImagePath: `\SystemRoot\System32\drivers\srv2.sys`,
			DependsOn: []string{"srvnet"}}},
		{lab.LTSC2021, lab.Service{Name: "WpnUserService", Type: 0x60, Start: lab.Auto, Error: 1,
			ImagePath: `%SystemRoot%\system32\svchost.exe -k UnistackSvcGroup -p`}},
	} {
		if diff := cmp.Diff(c.want, services(t, c.release)[strings.ToLower(c.want.Name)]); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.release, c.want.Name, diff)
		}
	}
}

func TestServicesDifferBetweenReleases(t *testing.T) {
	for _, c := range []struct {
		name string
		in   string // the releases that have it
	}{
		{"mrxsmb10", "ltsb-2016"}, {"Browser", "ltsb-2016"}, {"HomeGroupProvider", "ltsb-2016"},
		{"camsvc", "ltsc-2019 ltsc-2021"}, {"AarSvc", "ltsc-2021"}, {"RemoteRegistry", "ltsb-2016 ltsc-2019 ltsc-2021"},
	} {
		var in []string
		for _, r := range lab.Releases() {
			if _, ok := services(t, r)[strings.ToLower(c.name)]; ok {
				in = append(in, string(r))
			}
		}
		if got := strings.Join(in, " "); got != c.in {
			t.Errorf("%s is in %q, want %q", c.name, got, c.in)
		}
	}
}

// TestServicesAreInTheHive reads them back through the WIM.
func TestServicesAreInTheHive(t *testing.T) {
	for _, r := range lab.Releases() {
		img := image(t, open(t, bytesOf(t, lab.Options{Release: r, Language: "sv-SE"})), 1)
		sys := hive(t, img, "Windows/System32/config/SYSTEM")
		for _, s := range services(t, r) {
			key := `ControlSet001\Services\` + s.Name
			start := value(sys, key, "Start")
			got := lab.Service{Name: s.Name, Type: s.Type, Start: s.Start, Delayed: value(sys, key, "DelayedAutostart") == "1", Error: s.Error,
				ImagePath: value(sys, key, "ImagePath"), Account: value(sys, key, "ObjectName"), Display: value(sys, key, "DisplayName")}
			if list := value(sys, key, "DependOnService"); list != "" {
				got.DependsOn = strings.Split(list, "|")
			}
			if diff := cmp.Diff(s, got); diff != "" || start != string(rune('0'+s.Start)) {
				t.Errorf("%s %s: start %s (-table +hive):\n%s", r, s.Name, start, diff)
			}
		}
	}
}
