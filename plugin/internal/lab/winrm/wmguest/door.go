package wmguest

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"crypto/sha1" //nolint:gosec // G505: Windows names certificates by it

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentplace"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// doorRID is the RID of the first account that somebody makes on a Windows 10.
const doorRID = 1001

// OpenDoor makes on the machine what a build's answer file and bootstrap leave on a Windows, as far as hives and files show it: so that a seal has
// something to take away. It is this project's own idea of that; nobody has compared it with a real Windows.
func OpenDoor(m *standin.Machine, account string, random io.Reader, now time.Time) error {
	door, err := unattend.NewDoor(unattend.DoorConfig{}, random, now)
	if err != nil {
		return fmt.Errorf("open the lab machine's door: %w", err)
	}
	block, _ := pem.Decode(door.Certificate)
	sum := sha1.Sum(block.Bytes) //nolint:gosec // G401: as above
	thumb := strings.ToUpper(hex.EncodeToString(sum[:]))
	fixed, variable, err := lab.AccountRecords(account, doorRID, false)
	if err != nil {
		return fmt.Errorf("open the lab machine's door: %w", err)
	}
	bin := func(b []byte) setting.RegistryValue { return setting.RegistryValue{Type: setting.TypeBinary, Data: b} }
	var problems []error
	set := func(key, name string, v setting.RegistryValue) {
		_, err := m.SetRegistryValue(key, name, v)
		problems = append(problems, err)
	}
	const software, services = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion`, `HKLM\SYSTEM\CurrentControlSet\Services`
	const nt, users = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, `HKLM\SAM\SAM\Domains\Account\Users`
	set(software+`\WSMAN\Listener\*+HTTPS`, "Port", setting.DWord(unattend.DefaultPort))
	set(software+`\WSMAN\Listener\*+HTTPS`, "CertThumbprint", setting.SZ(thumb))
	set(services+`\HTTP\Parameters\SslBindingInfo\0.0.0.0:5986`, "SslCertHash", bin(sum[:]))
	set(`HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\`+thumb, "Blob", bin(stored(block.Bytes)))
	set(services+`\SharedAccess\Parameters\FirewallPolicy\FirewallRules`, unattend.FirewallRule,
		setting.SZ("v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5986|Name="+unattend.FirewallRule+"|"))
	set(services+`\WinRM`, "Start", setting.DWord(2))
	set(software+`\Policies\System`, "LocalAccountTokenFilterPolicy", setting.DWord(1))
	set(nt+`\Winlogon`, "AutoAdminLogon", setting.SZ("1"))
	set(nt+`\Winlogon`, "DefaultUserName", setting.SZ(account))
	set(nt+`\Winlogon`, "AutoLogonCount", setting.DWord(1))
	set(`HKLM\SECURITY\Policy\Secrets\DefaultPassword\CurrVal`, "", bin([]byte{0}))
	set(nt+`\ProfileList\S-1-5-21-1-2-3-1001`, "ProfileImagePath", setting.ExpandSZ(`C:\Users\`+account))
	set(fmt.Sprintf(`%s\%08X`, users, doorRID), "F", bin(fixed))
	set(fmt.Sprintf(`%s\%08X`, users, doorRID), "V", bin(variable))
	set(users+`\Names\`+account, "", bin(nil))
	set(nt+`\Schedule\TaskCache\Tree\packer-1`, "Id", setting.SZ("{0}"))
	for path, text := range map[string]string{
		`\Users\` + account + `\NTUSER.DAT`:                             "x",
		`\Windows\Panther\unattend.xml`:                                 "<unattend/>",
		`\Windows\System32\Tasks\packer-1`:                              "<Task/>",
		`\Windows\Temp\script-1.ps1`:                                    "x",
		agentplace.Folder + `\` + unattend.Folder + `\winrm.log`:        "x",
		agentplace.Folder + `\` + unattend.Folder + `\door-record.json`: "{}",
	} {
		problems = append(problems, m.WriteFile(path, []byte(text)))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("open the lab machine's door: %w", err)
	}
	return nil
}

// stored is a certificate as a store keeps it (wincrypt.h, CERT_CERT_PROP_ID).
func stored(der []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 32)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(der)))
	return append(b, der...)
}
