package unattend

import (
	"bytes"
	"fmt"
	"strconv"
)

// XML returns the answer file. It fails where Check does.
func (c Config) XML() ([]byte, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("make autounattend.xml: %w", err)
	}
	c = c.withDefaults()
	root := element{
		name: "unattend", attrs: [][2]string{{"xmlns", namespace}, {"xmlns:wcm", "http://schemas.microsoft.com/WMIConfig/2002/State"}},
		children: []element{
			c.pass("windowsPE", c.component("Microsoft-Windows-International-Core-WinPE", c.setupLocale()...), c.component("Microsoft-Windows-Setup", c.setup()...)),
			c.pass("specialize", c.component("Microsoft-Windows-Shell-Setup", c.machine()...)),
			c.pass("oobeSystem", c.component("Microsoft-Windows-International-Core", c.locale()...), c.component("Microsoft-Windows-Shell-Setup", c.welcome()...)),
		},
	}
	var out bytes.Buffer
	out.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n")
	root.write(&out, 0)
	return out.Bytes(), nil
}

const namespace = "urn:schemas-microsoft-com:unattend"

func (c Config) pass(name string, components ...element) element {
	return element{name: "settings", attrs: [][2]string{{"pass", name}}, children: components}
}

// component is a part of Windows with its settings; the token is that of all of Windows' own parts.
func (c Config) component(name string, children ...element) element {
	return element{name: "component", children: children, attrs: [][2]string{
		{"name", name}, {"processorArchitecture", c.Arch}, {"publicKeyToken", "31bf3856ad364e35"}, {"language", "neutral"}, {"versionScope", "nonSxS"},
	}}
}

func (c Config) locale() []element {
	return []element{
		leaf("InputLocale", inputLocales[c.Language]), leaf("SystemLocale", c.Language), leaf("UILanguage", c.Language), leaf("UserLocale", c.Language),
	}
}

func (c Config) setupLocale() []element {
	return append([]element{node("SetupUILanguage", leaf("UILanguage", c.Language))}, c.locale()...)
}

// setup is what Windows PE does: divide the disk, lay the image on it.
func (c Config) setup() []element {
	from := []element{}
	from = append(from, optional("Path", c.ImagePath)...)
	if c.ImageIndex > 0 {
		from = append(from, added("MetaData", leaf("Key", "/IMAGE/INDEX"), leaf("Value", strconv.Itoa(c.ImageIndex))))
	} else {
		from = append(from, added("MetaData", leaf("Key", "/IMAGE/NAME"), leaf("Value", c.ImageName)))
	}
	user := []element{leaf("AcceptEula", "true")}
	user = append(user, optional("Organization", c.Organization)...)
	key := node("ProductKey", leaf("WillShowUI", "OnError"))
	if c.ProductKey != "" {
		key = node("ProductKey", leaf("Key", string(c.ProductKey)), leaf("WillShowUI", "OnError"))
	}
	disk, windows := c.disk()
	return []element{
		disk,
		node("ImageInstall", node("OSImage",
			node("InstallFrom", from...),
			node("InstallTo", leaf("DiskID", "0"), leaf("PartitionID", strconv.Itoa(windows))),
			leaf("WillShowUI", "OnError"),
		)),
		node("UserData", append(user, key)...),
	}
}

// partition is one part of the disk. Size is in MiB; 0 takes the rest.
type partition struct {
	kind, format, label, letter, typeID string
	size                                int
	active                              bool
}

// layouts follow Microsoft's "UEFI/GPT-based" and "BIOS/MBR-based hard drive partitions", with the recovery tools before Windows, since an
// answer file can only stretch the last partition.
var layouts = map[Firmware][]partition{
	UEFI: {
		{kind: "Primary", size: 500, format: "NTFS", label: "WinRE", typeID: "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC"},
		{kind: "EFI", size: 260, format: "FAT32", label: "System"},
		{kind: "MSR", size: 16},
		{kind: "Primary", format: "NTFS", label: "Windows", letter: "C"},
	},
	BIOS: {
		{kind: "Primary", size: 500, format: "NTFS", label: "System", active: true},
		{kind: "Primary", format: "NTFS", label: "Windows", letter: "C"},
	},
}

// disk divides disk 0, all of which is lost, and says which partition Windows goes to.
func (c Config) disk() (disk element, windows int) {
	var create, modify []element
	for i, p := range layouts[c.Firmware] {
		number := strconv.Itoa(i + 1)
		made := []element{leaf("Order", number), leaf("Type", p.kind)}
		if p.size > 0 {
			made = append(made, leaf("Size", strconv.Itoa(p.size)))
		} else {
			made = append(made, leaf("Extend", "true"))
			windows = i + 1
		}
		create = append(create, added("CreatePartition", made...))
		changed := []element{leaf("Order", number), leaf("PartitionID", number)}
		changed = append(changed, optional("Format", p.format)...)
		changed = append(changed, optional("Label", p.label)...)
		changed = append(changed, optional("Letter", p.letter)...)
		changed = append(changed, optional("TypeID", p.typeID)...)
		if p.active {
			changed = append(changed, leaf("Active", "true"))
		}
		modify = append(modify, added("ModifyPartition", changed...))
	}
	return node("DiskConfiguration",
		leaf("WillShowUI", "OnError"),
		added("Disk", leaf("DiskID", "0"), leaf("WillWipeDisk", "true"), node("CreatePartitions", create...), node("ModifyPartitions", modify...)),
	), windows
}

func (c Config) machine() []element {
	name := c.ComputerName
	if name == "" {
		name = "*" // Setup makes one
	}
	list := []element{leaf("ComputerName", name), leaf("TimeZone", c.TimeZone)}
	return append(list, optional("RegisteredOrganization", c.Organization)...)
}

// welcome skips every page of the first start, makes the build's account and runs the bootstrap script once.
func (c Config) welcome() []element {
	password := func(name string) element {
		return node(name, leaf("Value", obscured(c.Password, name)), leaf("PlainText", "false"))
	}
	list := []element{
		node("OOBE",
			leaf("HideEULAPage", "true"), leaf("HideLocalAccountScreen", "true"), leaf("HideOEMRegistrationScreen", "true"),
			leaf("HideOnlineAccountScreens", "true"), leaf("HideWirelessSetupInOOBE", "true"), leaf("ProtectYourPC", "3"),
		),
		node("UserAccounts", node("LocalAccounts", added("LocalAccount",
			// Setup takes the English name of the group whatever the language is (read, not run).
			password("Password"), leaf("Group", "Administrators"), leaf("DisplayName", c.Account), leaf("Name", c.Account),
		))),
	}
	if c.Bootstrap == "" {
		return list
	}
	return append(list,
		node("AutoLogon", password("Password"), leaf("Enabled", "true"), leaf("LogonCount", "1"), leaf("Username", c.Account)),
		node("FirstLogonCommands", added("SynchronousCommand",
			leaf("Order", "1"), leaf("Description", "wmclient: open the way in for the build"), leaf("RequiresUserInput", "false"), leaf("CommandLine", c.command()),
		)),
	)
}

// command looks for the script on every drive, since nobody knows which letter the medium has.
func (c Config) command() string {
	return `cmd.exe /d /c for %d in (D E F G H I J K) do if exist %d:\` + c.Bootstrap +
		` powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File %d:\` + c.Bootstrap
}
