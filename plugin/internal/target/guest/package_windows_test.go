package guest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// emptyPackage makes a package that installs a registered product and nothing else, by Windows Installer's own database functions.
func emptyPackage(t *testing.T, code, version string) []byte {
	t.Helper()
	msi := windows.NewLazySystemDLL("msi.dll")
	call := func(name string, args ...uintptr) {
		t.Helper()
		if r, _, _ := msi.NewProc(name).Call(args...); r != 0 {
			t.Fatalf("%s: %d", name, r)
		}
	}
	text := func(s string) uintptr {
		p, err := windows.UTF16PtrFromString(s)
		if err != nil {
			t.Fatal(err)
		}
		pinned = append(pinned, p)
		return uintptr(unsafe.Pointer(p))
	}
	path := filepath.Join(os.TempDir(), "wmclient-test.msi") // Wine 8 cannot remove a folder in the way of os.RemoveAll, as t.TempDir does
	t.Cleanup(func() { _ = os.Remove(path) })
	const create, codePage = 3, 10
	var db, view, summary uint32
	call("MsiOpenDatabaseW", text(path), create, uintptr(unsafe.Pointer(&db)))
	for _, query := range append([]string{
		"CREATE TABLE `Property` (`Property` CHAR(72) NOT NULL, `Value` CHAR(0) NOT NULL LOCALIZABLE PRIMARY KEY `Property`)",
		"CREATE TABLE `Directory` (`Directory` CHAR(72) NOT NULL, `Directory_Parent` CHAR(72), `DefaultDir` CHAR(255) NOT NULL LOCALIZABLE PRIMARY KEY `Directory`)",
		"CREATE TABLE `Feature` (`Feature` CHAR(38) NOT NULL, `Feature_Parent` CHAR(38), `Title` CHAR(64) LOCALIZABLE, `Description` CHAR(255) LOCALIZABLE, `Display` SHORT, `Level` SHORT NOT NULL, `Directory_` CHAR(72), `Attributes` SHORT NOT NULL PRIMARY KEY `Feature`)",
		"CREATE TABLE `Component` (`Component` CHAR(72) NOT NULL, `ComponentId` CHAR(38), `Directory_` CHAR(72) NOT NULL, `Attributes` SHORT NOT NULL, `Condition` CHAR(255), `KeyPath` CHAR(72) PRIMARY KEY `Component`)",
		"CREATE TABLE `FeatureComponents` (`Feature_` CHAR(38) NOT NULL, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Feature_`, `Component_`)",
		"CREATE TABLE `File` (`File` CHAR(72) NOT NULL, `Component_` CHAR(72) NOT NULL, `FileName` CHAR(255) NOT NULL LOCALIZABLE, `FileSize` LONG NOT NULL, `Version` CHAR(72), `Language` CHAR(20), `Attributes` SHORT, `Sequence` SHORT NOT NULL PRIMARY KEY `File`)",
		"CREATE TABLE `Media` (`DiskId` SHORT NOT NULL, `LastSequence` SHORT NOT NULL, `DiskPrompt` CHAR(64) LOCALIZABLE, `Cabinet` CHAR(255), `VolumeLabel` CHAR(32), `Source` CHAR(72) PRIMARY KEY `DiskId`)",
		"CREATE TABLE `InstallExecuteSequence` (`Action` CHAR(72) NOT NULL, `Condition` CHAR(255), `Sequence` SHORT PRIMARY KEY `Action`)",
		"INSERT INTO `Directory` (`Directory`, `DefaultDir`) VALUES ('TARGETDIR', 'SourceDir')",
		"INSERT INTO `Feature` (`Feature`, `Display`, `Level`, `Attributes`) VALUES ('All', 1, 1, 0)",
		"INSERT INTO `Component` (`Component`, `ComponentId`, `Directory_`, `Attributes`) VALUES ('C', '{5BC2A5B4-12AE-4A4C-8E6C-0B2F4B6A3F11}', 'TARGETDIR', 0)",
		"INSERT INTO `FeatureComponents` (`Feature_`, `Component_`) VALUES ('All', 'C')",
	}, rows(code, version)...) {
		call("MsiDatabaseOpenViewW", uintptr(db), text(query), uintptr(unsafe.Pointer(&view)))
		call("MsiViewExecute", uintptr(view), 0)
		call("MsiViewClose", uintptr(view))
		call("MsiCloseHandle", uintptr(view))
	}
	call("MsiGetSummaryInformationW", uintptr(db), 0, codePage, uintptr(unsafe.Pointer(&summary)))
	const number, short, words = 3, 2, 30 // VT_I4, VT_I2, VT_LPSTR
	set := func(id, kind, n uintptr, s uintptr) {
		call("MsiSummaryInfoSetPropertyW", uintptr(summary), id, kind, n, 0, s)
	}
	set(1, short, 1252, 0)
	set(7, words, 0, text("x64;1033"))
	set(9, words, 0, text("{2D3F1C7A-7A0E-4B53-9B0B-6C1B7A0B9E01}"))
	set(14, number, 200, 0)
	set(15, number, 2, 0)
	call("MsiSummaryInfoPersist", uintptr(summary))
	call("MsiCloseHandle", uintptr(summary))
	call("MsiDatabaseCommit", uintptr(db))
	call("MsiCloseHandle", uintptr(db))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pinned keeps texts that were handed to Windows alive.
var pinned []*uint16

// rows are the product's properties and what is done when it is installed, in the order of Microsoft's suggested sequence.
func rows(code, version string) []string {
	var out []string
	for name, value := range map[string]string{"ProductCode": code, "ProductVersion": version, "ProductName": "wmclient test", "ProductLanguage": "1033", "Manufacturer": "test",
		"UpgradeCode": "{1E5E7B0B-5B0A-4E6B-8B7E-3B8B9A1D2C01}"} {
		out = append(out, fmt.Sprintf("INSERT INTO `Property` (`Property`, `Value`) VALUES ('%s', '%s')", name, value))
	}
	for i, action := range []string{"CostInitialize", "FileCost", "CostFinalize", "InstallValidate", "InstallInitialize", "ProcessComponents", "UnpublishFeatures", "RegisterUser",
		"RegisterProduct", "PublishFeatures", "PublishProduct", "InstallFinalize"} {
		out = append(out, fmt.Sprintf("INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('%s', %d)", action, 100*(i+1)))
	}
	return out
}

// TestPackage installs a package and removes the program again.
func TestPackage(t *testing.T) {
	g := open(t)
	const code, version, path = "{7C9B1D63-5A0F-4E0B-9A43-1F0D2C3B4A55}", "1.2.3", `\Windows\wmclient\packages\x.msi`
	c := apply.NewContent(emptyPackage(t, code, version))
	if _, err := g.PutFile(path, c); err != nil {
		t.Fatal(err)
	}
	op := set("program:"+code, version)
	op.Path, op.SHA256, op.Size = path, c.SHA256, c.Size
	for i, want := range []bool{true, false} {
		if changed, err := g.SetState(op); err != nil || changed != want {
			t.Fatalf("install, time %d: %v, %v", i+1, changed, err)
		}
	}
	if text, err := g.State(op.Location); text != version || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	remove := setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionStateDelete, Location: op.Location}
	for i, want := range []bool{true, false} {
		if changed, err := g.SetState(remove); err != nil || changed != want {
			t.Fatalf("remove, time %d: %v, %v", i+1, changed, err)
		}
	}
}
