package conflict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

func systemRows() []Row {
	return []Row{
		{Name: "fips", Levels: []Level{Block}, Title: plan.Text{EN: "FIPS mode that nobody asked for", SV: "FIPS-läge som ingen bett om"}, find: fips},
		{Name: "usb", Levels: []Level{Auto, Block, Warn}, Title: plan.Text{EN: "USB devices behind restrictions", SV: "USB-enheter bakom spärrar"}, find: usb},
		{Name: "dma", Levels: []Level{Warn}, Title: plan.Text{EN: "Buses with direct memory access are closed", SV: "Bussar med direkt minnesåtkomst är stängda"}, find: dma},
		{Name: "kernel-drivers", Levels: []Level{Block}, Title: plan.Text{EN: "Memory integrity and old kernel drivers", SV: "Minnesintegritet och gamla kärndrivrutiner"}, find: kernelDrivers},
		{Name: "features", Levels: []Level{Auto, Block, Ask, Warn}, Title: plan.Text{EN: "Windows features that a product needs", SV: "Windowsfunktioner som en produkt behöver"}, find: features},
		{Name: "restarts", Levels: []Level{Block}, Title: plan.Text{EN: "Windows restarts by itself", SV: "Windows startar om av sig själv"}, find: restarts},
		{Name: "frozen-patching", Levels: []Level{Warn, Block, Auto}, Title: plan.Text{EN: "Frozen patching", SV: "Frysta uppdateringar"}, find: frozen},
		datesRow(), servicesRow(),
		{Name: "audit-availability", Levels: []Level{Block}, Title: plan.Text{EN: "A full log stops the client", SV: "En full logg stoppar klienten"}, find: auditAvailability},
		{Name: "command-lines", Levels: []Level{Ask, Block}, Title: plan.Text{EN: "Command lines in the log and patient data", SV: "Kommandorader i loggen och patientuppgifter"}, find: commandLines},
		{Name: "disk-encryption", Levels: []Level{Ask, Block}, Title: plan.Text{EN: "Encrypted disks, unattended restarts and service", SV: "Krypterade diskar, obevakade omstarter och service"}, find: diskEncryption},
		{Name: "printing", Levels: []Level{Warn, Block}, Title: plan.Text{EN: "Limits of printing", SV: "Begränsad utskrift"}, find: printing},
		{Name: "devices", Levels: []Level{Auto, Block}, Title: plan.Text{EN: "Camera or microphone denied", SV: "Kamera eller mikrofon nekad"}, find: devices},
	}
}

// numberOf is a claim's value without its type.
func numberOf(value string) string {
	if _, rest, ok := strings.Cut(value, ":"); ok {
		return rest
	}
	return value
}

// textOf is a claim's text without its type.
func textOf(value string) string { return strings.TrimPrefix(value, "sz:") }

// amount is a claim's number; what is none is 0.
func amount(c claimed) int {
	n, err := strconv.Atoi(numberOf(c.claim.Value))
	if err != nil {
		return 0
	}
	return n
}

// opened finds the settings that set permissions on a folder or above it.
func opened(j *judge, path string) []claimed {
	want := upcase.Fold(strings.TrimRight(path, `\*`))
	want = strings.TrimPrefix(programFolders.Replace(want), "C:")
	var out []claimed
	for _, c := range j.of("folder-opened") {
		at := upcase.Fold(c.claim.Location.Name())
		if want == at || strings.HasPrefix(want, at+`\`) {
			out = append(out, c)
		}
	}
	return out
}

func fips(j *judge) {
	hits := j.of("fips")
	if len(hits) == 0 {
		return
	}
	for _, p := range j.products() {
		f := p.Environment.Needs.FIPS
		if on, ok := f.Get(); ok && on || j.silent(p, "needs.fips", f.State, f.Range, hits) {
			continue
		}
		j.add(Block, p, f.Range, hits, fmt.Sprintf("The product %q is not stated to run in FIPS mode, which %s on: older .NET and DICOM libraries fail in it.", p.Name, does(hits, "turn")), "Leave FIPS mode off.")
	}
}

func dma(j *judge) {
	hits := j.of("dma-denied")
	for _, p := range j.products() {
		gaps(j, p, "needs.devices", p.Environment.Needs.Devices, hits)
		for _, d := range p.Environment.Needs.Devices.Stated() {
			j.silent(p, "needs.devices[].bus", d.Value.Bus.State, d.Range, hits)
			if bus := d.Value.Bus.Or(""); len(hits) > 0 && (bus == "thunderbolt" || bus == "ieee1394" || bus == "pci" && d.Value.Kind.Or("") == "frame-grabber") {
				j.add(Warn, p, d.Range, hits, fmt.Sprintf("The product %q uses a device on %s, and %s such buses, for good or while the screen is locked.", p.Name, bus, does(hits, "close")), "Try the device, and except what stops it.")
			}
		}
	}
}

func kernelDrivers(j *judge) {
	hits := j.of("hvci")
	for _, p := range j.products() {
		list := p.Environment.Needs.KernelDrivers
		if len(hits) == 0 || j.silent(p, "needs.kernel_drivers", list.State, list.Range, hits) {
			continue
		}
		gaps(j, p, "needs.kernel_drivers", list, hits)
		for _, d := range list.Items {
			if d.State != environment.Stated || j.silent(p, "needs.kernel_drivers[].hvci_ready", d.Value.HVCIReady.State, d.Value.HVCIReady.Range, hits) {
				continue
			}
			if !d.Value.HVCIReady.Value {
				j.add(Block, p, d.Range, hits, fmt.Sprintf("The driver %q of the product %q does not load under memory integrity, which %s on.", d.Value.Name.Or("?"), p.Name, does(hits, "turn")), "Leave memory integrity off for this client, or ask the manufacturer for a driver that is ready for it.")
			}
		}
	}
}

func restarts(j *judge) {
	hits := j.of("restarts-by-itself")
	if len(hits) == 0 {
		return
	}
	for _, p := range j.products() {
		needs := p.Environment.Needs
		window, stated := needs.Updates.Value.RebootWindow.Get()
		stated = stated && needs.Updates.State == environment.Stated
		always, known := needs.Continuous.Get()
		switch {
		case known && always && (!stated || window == "none"), stated && window == "none":
			at := needs.Continuous.Range
			if at == (hcl.Range{}) {
				at = needs.Updates.Value.RebootWindow.Range
			}
			j.add(Block, p, at, hits, fmt.Sprintf("The product %q must not be interrupted, and %s Windows restart by itself.", p.Name, does(hits, "let")), "Choose a maintenance window in the module patching.")
		case !stated:
			j.mutter(p, "needs.updates.reboot_window", needs.Updates.Range, hits)
		}
	}
}

func auditAvailability(j *judge) {
	if hits := j.of("crash-on-audit-fail"); len(hits) > 0 {
		j.own(Block, hits, fmt.Sprintf("%s the client when it cannot write to the security log: a patient's examination would end with it.", does(hits, "stop")), "Let the log overwrite its oldest entries, and forward it.")
	}
	if hits := j.of("log-stops-when-full"); len(hits) > 0 && !j.has("log-archived") {
		j.own(Block, hits, fmt.Sprintf("%s old entries when the security log is full, so that new ones are lost or log-on fails.", does(hits, "keep")), "Let the log overwrite its oldest entries, and forward it (module monitoring).")
	}
}

func commandLines(j *judge) {
	hits := j.of("command-lines-logged")
	if len(hits) == 0 {
		return
	}
	for _, p := range j.products() {
		f := p.Environment.Needs.PatientData
		switch yes, ok := f.Get(); {
		case !ok:
			j.add(Ask, p, f.Range, hits, fmt.Sprintf("%s command lines to the log, and whether those of %q hold patient data is not stated.", does(hits, "write"), p.Name), "State needs.patient_data_in_command_lines for the product, or leave command lines out (module monitoring, input command_lines).")
		case yes:
			j.add(Block, p, f.Range, hits, fmt.Sprintf("Command lines of the product %q hold patient data, and %s them to the log.", p.Name, does(hits, "write")), "Leave command lines out (module monitoring, input command_lines).")
		}
	}
}

func diskEncryption(j *judge) {
	hits, pin := j.of("disk-encrypted", "disk-pin"), j.of("disk-pin")
	if j.has("disk-network-unlock") { // the network stands in for whoever types the PIN
		pin = nil
	}
	if len(hits) == 0 {
		return
	}
	for _, p := range j.products() {
		b := p.Environment.Needs.Bitlocker
		if b.State != environment.Stated {
			j.silent(p, "needs.bitlocker", b.State, b.Range, hits)
			continue
		}
		unattended, known := b.Value.UnattendedRestart.Get()
		swap, swapKnown := b.Value.DiskSwap.Get()
		j.silent(p, "needs.bitlocker.disk_swap", b.Value.DiskSwap.State, b.Range, hits)
		switch {
		case known && unattended && len(pin) > 0:
			j.add(Block, p, b.Range, pin, fmt.Sprintf("The product %q must come up with nobody there, and %s for a PIN at start.", p.Name, does(pin, "ask")), "Choose the variant without a PIN, or network unlock, in the module bitlocker.")
		case !known && len(pin) > 0:
			j.add(Ask, p, b.Range, pin, fmt.Sprintf("%s for a PIN at start, and whether %q must come up with nobody there is not stated.", does(pin, "ask"), p.Name), "State needs.bitlocker.unattended_restart for the product.")
		case swapKnown && swap:
			j.add(Ask, p, b.Range, hits, fmt.Sprintf("Service of %q moves the disk to another computer, and %s it: who has the recovery key?", p.Name, does(hits, "encrypt")), "Say where recovery keys are kept, and accept the conflict with that as the compensating control.")
		}
	}
}

func printing(j *judge) {
	limits, off := j.of("printing-limited"), j.of("spooler-off")
	for _, p := range j.products() {
		gaps(j, p, "needs.printers", p.Environment.Needs.Printers, slices.Concat(off, limits))
		for _, printer := range p.Environment.Needs.Printers.Stated() {
			name := printer.Value.Name.Or("a printer")
			if len(off) > 0 {
				j.add(Block, p, printer.Range, off, fmt.Sprintf("The product %q prints to %q, and %s the spooler off.", p.Name, name, does(off, "turn")), "Leave the spooler on.")
			} else if len(limits) > 0 {
				j.add(Warn, p, printer.Range, limits, fmt.Sprintf("The product %q prints to %q, and %s users from installing its driver.", p.Name, name, does(limits, "keep")), "Put the driver into the base.")
			}
		}
	}
}

func devices(j *judge) {
	denied := map[string][]claimed{"camera": j.of("camera-denied"), "microphone": j.of("microphone-denied"), "location": j.of("location-denied"), "bluetooth": j.of("bluetooth-denied")}
	allowed := map[string][]claimed{"camera": j.of("camera-allowed"), "microphone": j.of("microphone-allowed")}
	var all []claimed
	for _, kind := range sortedKeys(denied) {
		all = append(all, denied[kind]...)
	}
	for _, p := range j.products() {
		gaps(j, p, "needs.devices", p.Environment.Needs.Devices, all)
		for _, d := range p.Environment.Needs.Devices.Stated() {
			kind := d.Value.Kind.Or("")
			if kind == "" {
				j.silent(p, "needs.devices", environment.Unknown, d.Range, all)
			}
			if hits := denied[kind]; len(hits) > 0 {
				j.add(Block, p, d.Range, hits, fmt.Sprintf("The product %q uses a %s, which %s to programs.", p.Name, kind, does(hits, "deny")), "Except these settings; desktop programs may not be bound by them on every build, so try it.")
			} else if by := allowed[kind]; len(by) > 0 {
				j.narrowed(p, d.Range, by, by, fmt.Sprintf("Programs may use the %s, as the product %q needs.", kind, p.Name))
			}
		}
	}
}
