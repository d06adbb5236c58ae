package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// disabledStart is SERVICE_DISABLED (winsvc.h) in the Start value of a service's key.
const disabledStart = "dword:4"

func servicesRow() Row {
	return Row{Name: "services", Levels: []Level{Block}, Title: plan.Text{EN: "Services that a product needs", SV: "Tjänster som en produkt behöver"}, find: services}
}

// services are those that a product needs and a setting disables, whether by the service itself or by the Start value of its key.
func services(j *judge) {
	if len(j.req.Products) == 0 {
		return
	}
	silent := j.of("service-disabled")
	var off []claimed
	for c := range j.claims() {
		if disables(c.claim) {
			off = append(off, c)
		}
	}
	for _, p := range j.products() {
		list := p.Environment.Needs.Services
		gaps(j, p, "needs.services", list, silent)
		for _, s := range list.Stated() {
			start := setting.RegistryLocation(`HKLM\SYSTEM\CurrentControlSet\Services\`+s.Value, "Start").Canon()
			service := setting.ServiceLocation(s.Value).Canon()
			var hits []claimed
			for _, c := range off {
				if at := currentControlSet(c.canon); at == start || at == service {
					hits = append(hits, c)
				}
			}
			if hits = compact(hits); len(hits) > 0 {
				j.add(Block, p, s.Range, hits, fmt.Sprintf("The product %q needs the service %q, but %s it (%s = %s).", p.Name, s.Value, does(hits, "disable"), hits[0].claim.Location, hits[0].claim.Value),
					"Skip the setting with an exception, give it another value, or leave its module out.")
			}
		}
	}
}

// disables says that a service may not start: the Start value of its key, or the word in the service's own claim.
func disables(c setting.Claim) bool {
	if c.Location.Scheme() == "svc" {
		return slices.Contains(strings.FieldsFunc(c.Value, func(r rune) bool { return strings.ContainsRune(" ,;=:", r) }), "disabled")
	}
	return c.Value == disabledStart
}

// currentControlSet reads a numbered control set as the current one.
func currentControlSet(canon string) string {
	const prefix = `reg:HKLM\SYSTEM\CONTROLSET`
	rest, ok := strings.CutPrefix(canon, prefix)
	if !ok || len(rest) < 4 || rest[3] != '\\' || strings.Trim(rest[:3], "0123456789") != "" {
		return canon
	}
	return `reg:HKLM\SYSTEM\CURRENTCONTROLSET` + rest[3:]
}
