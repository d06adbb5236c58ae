package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// timeKeys are where the time service reads its parameters, the policy first: it goes before the service's own key.
var timeKeys = []string{`HKLM\SOFTWARE\Policies\Microsoft\W32Time\Parameters`, `HKLM\SYSTEM\CurrentControlSet\Services\W32Time\Parameters`}

// timeSource: whoever only says how the time is fetched has not said from where.
func timeSource(j *judge) {
	off := j.of("time-off")
	hits, why := j.noTime()
	for _, p := range j.products() {
		f := p.Environment.Needs.Time
		if needs, ok := f.Get(); !ok {
			if why != "" || len(off) > 0 { // it is the lack of a source that hurts
				j.mutter(p, "needs.time", f.Range, slices.Concat(off, hits))
			}
			continue
		} else if !needs || why == "" && len(off) == 0 {
			continue
		}
		text := why
		if len(off) > 0 {
			text = does(off, "turn") + " the time service off"
		}
		j.add(Block, p, f.Range, slices.Concat(off, hits), fmt.Sprintf("The product %q needs the right time, and %s.", p.Name, text),
			"Name the time servers in the module monitoring (input time_servers), or state needs.domain = true for the product where the client is a member of a domain: Kerberos, TLS, the stamps of images and every log depend on it.")
	}
}

// noTime says why the plan has no source of time, as half a sentence, and which settings say how it is fetched; "" where there is a source.
func (j *judge) noTime() (hits []claimed, why string) {
	kind, by := j.timeValue("Type")
	servers, named := j.timeValue("NtpServer")
	listed := slices.ContainsFunc(strings.Fields(servers), func(s string) bool {
		host, _, _ := strings.Cut(s, ",")
		return host != ""
	})
	domain := slices.ContainsFunc(j.products(), func(p plan.Product) bool { return p.Environment.Needs.Domain.Or(false) })
	switch upcase.Fold(kind) {
	case "NT5DS":
		if !domain {
			return by, fmt.Sprintf("%s it from the domain (Type = NT5DS), but no product states that the client is a member of one (needs.domain)", does(by, "take"))
		}
	case "NTP":
		if !listed {
			return slices.Concat(by, named), fmt.Sprintf("%s it from time servers (Type = NTP), but none is named", does(by, "take"))
		}
	case "", "ALLSYNC":
		if !listed && !domain {
			return slices.Concat(by, named), "the plan names no source of time"
		}
	default:
		return by, fmt.Sprintf("%s it from nowhere (Type = %s)", does(by, "take"), kind)
	}
	return nil, ""
}

// timeValue is a parameter of the time service, and who sets it.
func (j *judge) timeValue(name string) (value string, by []claimed) {
	for _, key := range timeKeys {
		at := setting.RegistryLocation(key, name).Canon()
		for c := range j.on(at) {
			if c.claim.Value != setting.Absent {
				value, by = strings.TrimSpace(textOf(c.claim.Value)), append(by, c)
			}
		}
		if len(by) > 0 {
			break
		}
	}
	return value, by
}
