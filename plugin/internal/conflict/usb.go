package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

func usb(j *judge) {
	hits := j.of("usb-storage-denied", "device-install-restricted", "device-denied", "removable-denied")
	for _, p := range j.products() {
		list := p.Environment.Needs.USB
		if len(hits) == 0 || j.silent(p, "needs.usb", list.State, list.Range, hits) {
			continue
		}
		gaps(j, p, "needs.usb", list, hits)
		for _, u := range list.Stated() {
			j.oneUSB(p, u)
		}
	}
}

// usbClass is the setup class of all USB controllers, hubs and devices without a class of their own; usbClasses are those of devices by
// their kind.
const usbClass = "{36FC9E60-C465-11CF-8056-444553540000}"

var usbClasses = map[string][]string{
	"storage": {"{4D36E967-E325-11CE-BFC1-08002BE10318}"}, "smart-card-reader": {"{50DD5230-BA8A-11D1-BF5D-0000F805F530}"},
	"camera": {"{CA3E7AB9-B4C3-4AE6-8251-579EF933890F}", "{6BDD1FC6-810F-11D0-BEC7-08002BE2092F}"}, "serial": {"{4D36E978-E325-11CE-BFC1-08002BE10318}"},
	"input": {"{4D36E96B-E325-11CE-BFC1-08002BE10318}", "{4D36E96F-E325-11CE-BFC1-08002BE10318}", "{745A17A0-74D3-11D0-B6FE-00A0C90F57DA}"},
}

// oneUSB holds one device against what is denied and what is allowed. A ban by number or class, and the one on removable devices, go
// before what is allowed, unless policy layers them.
func (j *judge) oneUSB(p plan.Product, u environment.Fact[environment.USB]) {
	kind, kindKnown := u.Value.Kind.Get()
	id := `USB\VID_` + upcase.Fold(u.Value.VID.Or("?"))
	exact := func(value string) bool { return strings.HasPrefix(value, id+"&") }
	if pid, ok := u.Value.PID.Get(); ok {
		id += "&PID_" + upcase.Fold(pid)
		exact = func(value string) bool { return value == id }
	}
	instance := upcase.Fold(u.Value.Instance.Or(""))
	var banned, allowed []claimed
	for _, c := range j.of("device-denied") {
		value := upcase.Fold(textOf(c.claim.Value))
		if exact(value) || value == instance && instance != "" || value == usbClass || slices.Contains(usbClasses[kind], value) {
			banned = append(banned, c)
		}
	}
	for _, c := range j.of("device-allowed") {
		if value := upcase.Fold(textOf(c.claim.Value)); exact(value) || value == instance && instance != "" || slices.Contains(usbClasses[kind], value) {
			allowed = append(allowed, c)
		}
	}
	storage, closed := j.of("usb-storage-denied"), j.of("device-install-restricted")
	if removable := j.of("removable-denied"); j.has("device-rules-layered") { // what is allowed goes before the ban, and what is not stays out
		closed = compact(slices.Concat(closed, removable))
	} else {
		banned = append(banned, removable...)
	}
	if kind == "storage" {
		banned = append(banned, storage...)
	} else if !kindKnown {
		j.silent(p, "needs.usb[].kind", u.Value.Kind.State, u.Range, slices.Concat(storage, j.of("device-denied")))
	}
	if driver, ok := u.Value.Driver.Get(); ok && len(closed) > 0 {
		j.add(Warn, p, u.Range, closed, fmt.Sprintf("The USB device %s of the product %q needs the driver %s, and %s Windows from installing it later.", id, p.Name, driver, does(closed, "keep")), "Put the driver into the base.")
	}
	switch {
	case len(banned) > 0 || len(closed) > 0 && len(allowed) == 0:
		if len(banned) == 0 {
			banned = closed
		}
		way := "Let the module removable-media allow the device by its number; storage needs its own exception."
		if _, ok := u.Value.VID.Get(); !ok {
			way = "The number of the device's manufacturer is not known, and nothing can allow the device without it: write vid as four hexadecimal digits, as they stand behind VID_ in Device Manager (\"0529\", not \"529\"). " + way
		}
		j.add(Block, p, u.Range, banned, fmt.Sprintf("The product %q needs the USB device %s, but %s it.", p.Name, id, does(banned, "close")), way)
	case len(closed) > 0:
		j.narrowed(p, u.Range, closed, allowed, fmt.Sprintf("The USB device %s may be installed beside the few that are allowed, as the product %q needs.", id, p.Name))
	}
}
