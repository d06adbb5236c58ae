package environment

import "github.com/hashicorp/hcl/v2"

// Facts are the fields of needs and of forbids. The tags are the language: fact is the name in a product file; required marks what an
// object must have (at least as "unknown"); shorthand marks the attribute that a plain string stands for; values is a closed list of
// words, of which another is an error; words is one of which another counts as unknown, with a warning, since files from before the
// list was closed stay valid; form is the same for what is no list of words; key marks what tells an entry from the others of its list.
type Facts struct {
	// What Windows must offer.
	Services        List[string]     `fact:"services"`                                           // key names of services that must not be disabled
	Features        List[string]     `fact:"features"`                                           // names of optional features, as DISM has them
	NetFramework    List[string]     `fact:"net_framework" values:"2.0 3.0 3.5 4.5 4.6 4.7 4.8"` // versions; up to 3.5 they are the feature NetFx3
	SMB             Fact[string]     `fact:"smb" words:"none 1.0 2.0 2.1 3.0 3.0.2 3.1.1"`       // lowest version that must work
	SMBSigning      Fact[bool]       `fact:"smb_signing"`                                        // false: a peer cannot sign
	TLS             Fact[string]     `fact:"tls" words:"none 1.0 1.1 1.2 1.3"`                   // lowest version that must work
	NTLM            Fact[string]     `fact:"ntlm" words:"none 1 2"`                              // lowest version that must work
	FIPS            Fact[bool]       `fact:"fips"`                                               // FIPS mode on; false: it runs without
	Time            Fact[bool]       `fact:"time"`                                               // a time source
	Domain          Fact[bool]       `fact:"domain"`                                             // membership of a domain
	Internet        Fact[bool]       `fact:"internet"`                                           // access to the internet
	Administrator   Fact[bool]       `fact:"administrator"`                                      // its daily user is an administrator
	WritableFolders List[Folder]     `fact:"writable_folders"`                                   // folders of its own that a standard user writes to
	Bitlocker       Fact[Bitlocker]  `fact:"bitlocker"`
	Middleware      List[Middleware] `fact:"middleware"` // smart-card and signing software
	Accounts        List[Account]    `fact:"accounts"`
	Session         Fact[Session]    `fact:"session"`
	Updates         Fact[Updates]    `fact:"updates"`
	Virtual         Fact[Virtual]    `fact:"virtual"`
	AV              Fact[AV]         `fact:"av"`
	Continuous      Fact[bool]       `fact:"continuous_operation"` // day and night: no restart that nobody planned

	// What reaches it and what it reaches.
	Flows               List[Flow]          `fact:"flows"`
	RevocationEndpoints List[string]        `fact:"revocation_endpoints"` // URLs of CRL, OCSP and AIA
	RemoteService       List[RemoteService] `fact:"remote_service"`       // the manufacturer's access
	DCOM                List[DCOM]          `fact:"dcom"`                 // OPC and other DCOM links
	Printers            List[Printer]       `fact:"printers"`
	Devices             List[Device]        `fact:"devices"`
	USB                 List[USB]           `fact:"usb"`

	// What runs.
	Programs      List[Program]      `fact:"programs"`       // what the product's installation leaves in the list of installed programs
	CodeLocations List[CodeLocation] `fact:"code_locations"` // where its code lies
	KernelDrivers List[KernelDriver] `fact:"kernel_drivers"`
	LSAPlugins    List[LSAPlugin]    `fact:"lsa_plugins"`
	ScriptHosts   List[string]       `fact:"script_hosts"`                  // "powershell", "wscript.exe"
	UnsignedDLLs  Fact[bool]         `fact:"unsigned_dlls"`                 // it loads libraries that nobody signed
	HashUpdates   Fact[bool]         `fact:"hash_updates"`                  // its manufacturer replaces binaries between versions
	PatientData   Fact[bool]         `fact:"patient_data_in_command_lines"` // names or numbers of patients stand in command lines

	DefRange hcl.Range // the block's header; zero where there is no block
}

// Folder is a folder on the client.
type Folder struct {
	Path   Fact[string] `fact:"path" required:"true" shorthand:"true" key:"true"`
	Reason Fact[string] `fact:"reason"`
}

// Bitlocker is what the product's use means for encrypted disks.
type Bitlocker struct {
	Mode              Fact[string] `fact:"mode" values:"any none tpm tpm-pin network-unlock"`
	UnattendedRestart Fact[bool]   `fact:"unattended_restart"` // it must come up with nobody there
	DiskSwap          Fact[bool]   `fact:"disk_swap"`          // service moves the disk to another computer
}

// Middleware is software between smart cards and programs (SITHS eID, Net iD).
type Middleware struct {
	Name                   Fact[string] `fact:"name" required:"true" shorthand:"true" key:"true"`
	Version                Fact[string] `fact:"version"`
	CertificatePropagation Fact[bool]   `fact:"certificate_propagation"` // the Windows service of this name must run, or must not
	Reason                 Fact[string] `fact:"reason"`
}

// Account is a local account that the product uses.
type Account struct {
	Name          Fact[string] `fact:"name" required:"true" key:"true"`
	Kind          Fact[string] `fact:"kind" words:"service autologon break-glass service-engineer operator"`
	Administrator Fact[bool]   `fact:"administrator"`
	NetworkLogon  Fact[bool]   `fact:"network_logon"` // it logs on over the network
	Reason        Fact[string] `fact:"reason"`
}

// Session is what the person in front of the client sees.
type Session struct {
	Autologon         Fact[bool]   `fact:"autologon"`
	Shell             Fact[string] `fact:"shell"` // the program that takes the place of the desktop
	ContinuousDisplay Fact[bool]   `fact:"continuous_display"`
	LockMaximum       Fact[int]    `fact:"lock_maximum"` // the longest time without input before the screen locks that is allowed, in seconds
	CardRemoval       Fact[string] `fact:"card_removal" values:"none lock logoff disconnect"`
	Shared            Fact[bool]   `fact:"shared"` // several people use one session
}

// Updates are the rules by which the manufacturer lets Windows be patched.
type Updates struct {
	Regime           Fact[string] `fact:"regime" words:"any frozen validated-ring wsus serviced-base"`
	ValidatedThrough Fact[string] `fact:"validated_through" form:"month"` // YYYY-MM or YYYY-MM-DD
	RebootWindow     Fact[string] `fact:"reboot_window"`                  // "Sun 02:00-04:00"; "none": never by itself
}

// Virtual is what the manufacturer says of virtual clients.
type Virtual struct {
	Consent           Fact[bool]             `fact:"consent"`
	Platforms         List[string]           `fact:"platforms" values:"vmware citrix hyper-v"`
	GPU               Fact[bool]             `fact:"gpu"`
	Bandwidth         Fact[string]           `fact:"bandwidth"`
	MemoryMB          Fact[int]              `fact:"memory_mb"`
	Processors        Fact[int]              `fact:"processors"`
	DiskGB            Fact[int]              `fact:"disk_gb"`
	RedirectedDevices List[RedirectedDevice] `fact:"redirected_devices"`
}

// RedirectedDevice is a device at the user's desk that the virtual client sees.
type RedirectedDevice struct {
	Name   Fact[string] `fact:"name" required:"true" shorthand:"true" key:"true"`
	Kind   Fact[string] `fact:"kind" values:"usb smart-card-reader camera microphone printer serial drive clipboard other"`
	VID    Fact[string] `fact:"vid" form:"usb-id"`
	PID    Fact[string] `fact:"pid" form:"usb-id"`
	Reason Fact[string] `fact:"reason"`
}

// AV is what the manufacturer says of antivirus.
type AV struct {
	Mode        Fact[string]    `fact:"mode" words:"any real-time scheduled none"` // none: it must run without
	Product     Fact[string]    `fact:"product"`                                   // the one it is validated with
	Exclusions  List[Exclusion] `fact:"exclusions"`
	Remediation Fact[string]    `fact:"remediation" words:"any automatic ask none"`
}

// Exclusion is something that antivirus must leave alone.
type Exclusion struct {
	Value    Fact[string] `fact:"value" required:"true" shorthand:"true" key:"true"`
	Kind     Fact[string] `fact:"kind" values:"path process extension"` // unstated: path
	Document Fact[string] `fact:"document"`                             // where the manufacturer says so
	Reason   Fact[string] `fact:"reason"`
}
