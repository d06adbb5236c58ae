package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// disabledStart is SERVICE_DISABLED (winsvc.h) in the Start value of a service's key.
const disabledStart = "dword:4"

// need is one product that needs one service.
type need struct {
	product Product
	service string
}

// checkNeeds reports settings that disable a service which a selected product needs.
func (c *composer) checkNeeds() {
	needs := make(map[string][]need) // by location, of the service and of its start type
	for _, p := range sortedBy(c.req.Products, func(a, b Product) int {
		return cmp.Or(compareRanges(a.DefRange, b.DefRange), cmp.Compare(a.Name, b.Name))
	}) {
		for _, s := range slices.Compact(slices.Sorted(slices.Values(p.NeedsServices))) {
			start := setting.RegistryLocation(`HKLM\SYSTEM\CurrentControlSet\Services\`+s, "Start").Canon()
			service := setting.ServiceLocation(s).Canon()
			needs[start] = append(needs[start], need{p, s})
			needs[service] = append(needs[service], need{p, s})
		}
	}
	if len(needs) == 0 {
		return
	}
	type said struct{ product, service string }
	for _, e := range c.entries {
		if !e.active() {
			continue
		}
		told := make(map[said]bool)
		for _, cl := range e.claims {
			if !disables(cl) {
				continue
			}
			for _, n := range needs[currentControlSet(cl.canon)] {
				if key := (said{n.product.Name, upcase.Fold(n.service)}); !told[key] {
					told[key] = true
					c.needHurt(e, n, cl)
				}
			}
		}
	}
}

// disables reports whether a claim says that a service may not start: the Start value of its key, or the word in the service's own claim.
func disables(cl claim) bool {
	if strings.HasPrefix(cl.canon, "svc:") {
		return slices.Contains(strings.FieldsFunc(cl.Value, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '=' || r == ':' }), "disabled")
	}
	return cl.Value == disabledStart
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

func (c *composer) needHurt(e *entry, n need, cl claim) {
	const summary = "Setting disables a service that a product needs"
	wish := showLocation(cl.Location) + " = " + showWish(cl.Claim)
	if compareRanges(n.product.DefRange, e.DefRange) > 0 {
		c.fail(n.product.DefRange, summary, "The product %q needs the service %q, but the module %q disables it: %q at %s wants %s. Skip that setting with an exception, give it another value, or leave the module out.",
			n.product.Name, n.service, e.Module, e.ID, placeOf(e.DefRange), wish)
		return
	}
	c.fail(e.DefRange, summary, "%q of the module %q wants %s, but the product %q at %s needs the service %q. Skip the setting with an exception, give it another value, or leave the module out.",
		e.ID, e.Module, wish, n.product.Name, placeOf(n.product.DefRange), n.service)
}
