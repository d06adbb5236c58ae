package environment

// Flow is traffic that the product needs.
type Flow struct {
	Name      Fact[string] `fact:"name"`
	Direction Fact[string] `fact:"direction" required:"true" words:"in out"`
	Protocol  Fact[string] `fact:"protocol" required:"true" form:"protocol"` // any, tcp, udp, icmpv4, icmpv6 or a number
	Port      Fact[string] `fact:"port" form:"port"`                         // one port or range, the local one where it comes in, the remote one where it goes out
	Ports     List[string] `fact:"ports" form:"port"`                        // several of them
	Program   Fact[string] `fact:"program"`
	Peer      Fact[string] `fact:"peer"`  // a role ("the image archive"), an address, or a network
	Peers     List[string] `fact:"peers"` // several of them
	Reason    Fact[string] `fact:"reason" required:"true"`
}

// AllPorts are the stated ports; complete is false where one is unknown, or none is stated.
func (f Flow) AllPorts() (ports []string, complete bool) { return joined(f.Port, f.Ports) }

// AllPeers are the stated peers; complete is false where one is unknown, or none is stated.
func (f Flow) AllPeers() (peers []string, complete bool) { return joined(f.Peer, f.Peers) }

func joined(one Fact[string], several List[string]) ([]string, bool) {
	out := several.Values()
	if one.State == Stated {
		out = append([]string{one.Value}, out...)
	}
	return out, len(out) > 0 && one.State != Unknown && (several.State == Unstated || several.Complete())
}

// RemoteService is a way by which the manufacturer reaches the client.
type RemoteService struct {
	Method    Fact[string] `fact:"method" required:"true" values:"rdp winrm vpn agent other" key:"true"`
	Purpose   Fact[string] `fact:"purpose" values:"installation support both" key:"true"`
	Direction Fact[string] `fact:"direction" values:"in out"` // who connects: in is the manufacturer
	Protocol  Fact[string] `fact:"protocol" values:"tcp udp"`
	Ports     List[string] `fact:"ports"`
	Program   Fact[string] `fact:"program"`
	Peer      Fact[string] `fact:"peer" key:"true"`
	Account   Fact[string] `fact:"account"`
	Reason    Fact[string] `fact:"reason" required:"true"`
}

// DCOM is a DCOM link.
type DCOM struct {
	Name           Fact[string] `fact:"name" required:"true" shorthand:"true" key:"true"`
	Direction      Fact[string] `fact:"direction" values:"in out both"`
	Peer           Fact[string] `fact:"peer"`
	Authentication Fact[string] `fact:"authentication" values:"none connect call packet packet-integrity packet-privacy"`
	Reason         Fact[string] `fact:"reason"`
}

// Printer is a printer that the product prints to.
type Printer struct {
	Name   Fact[string] `fact:"name" required:"true" shorthand:"true" key:"true"`
	Kind   Fact[string] `fact:"kind" values:"label film report other"`
	Driver Fact[string] `fact:"driver"`
	Peer   Fact[string] `fact:"peer"`
	Reason Fact[string] `fact:"reason"`
}

// Device is a device that Windows can deny to programs, or that is attached by a bus that hardening closes.
type Device struct {
	Kind   Fact[string] `fact:"kind" required:"true" shorthand:"true" values:"camera microphone location bluetooth frame-grabber smart-card-reader serial other" key:"true"`
	Name   Fact[string] `fact:"name" key:"true"`
	Bus    Fact[string] `fact:"bus" values:"usb pci thunderbolt ieee1394 serial network"`
	Reason Fact[string] `fact:"reason"`
}

// USB is a USB device.
type USB struct {
	VID      Fact[string] `fact:"vid" required:"true" form:"usb-id" key:"true"` // four hexadecimal digits
	PID      Fact[string] `fact:"pid" form:"usb-id" key:"true"`
	Instance Fact[string] `fact:"instance" key:"true"` // the device instance id, where only one device is meant
	Kind     Fact[string] `fact:"kind" values:"storage dongle camera microphone smart-card-reader serial input other"`
	Driver   Fact[string] `fact:"driver"` // the INF that it needs, where Windows has none
	Reason   Fact[string] `fact:"reason"`
}

// Program is an entry of the list of installed programs.
type Program struct {
	Name        Fact[string] `fact:"name" required:"true" shorthand:"true" key:"true"`
	ProductCode Fact[string] `fact:"product_code" key:"true"` // the name of its Uninstall key, a GUID for MSI packages
	Version     Fact[string] `fact:"version"`
	Publisher   Fact[string] `fact:"publisher"`
}

// CodeLocation is a folder or file with code.
type CodeLocation struct {
	Path         Fact[string] `fact:"path" required:"true" key:"true"`
	UserWritable Fact[bool]   `fact:"user_writable"`
	Publisher    Fact[string] `fact:"publisher"` // as a signature names it; "none": unsigned
	Hash         Fact[string] `fact:"hash"`      // SHA-256 of a single file
	Reason       Fact[string] `fact:"reason"`
}

// KernelDriver is a driver that runs in the kernel.
type KernelDriver struct {
	Name      Fact[string] `fact:"name" required:"true" shorthand:"true" key:"true"`
	HVCIReady Fact[bool]   `fact:"hvci_ready"`
	Signed    Fact[bool]   `fact:"signed"`
	Bus       Fact[string] `fact:"bus" values:"none usb pci thunderbolt ieee1394 serial network"`
	Reason    Fact[string] `fact:"reason"`
}

// LSAPlugin is a library that the Local Security Authority loads.
type LSAPlugin struct {
	Name              Fact[string] `fact:"name" required:"true" shorthand:"true" key:"true"`
	SignedByMicrosoft Fact[bool]   `fact:"signed_by_microsoft"`
}
