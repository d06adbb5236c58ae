package kinds

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.BaseChecker = (*Service)(nil)
	_ setting.NeedChecker = (*Service)(nil)
)

//go:embed services.csv
var servicesTable string

// knownServices are the builds of each service and driver that Windows is known to bring, by its name in lower case; the names beside.
var knownServices = sync.OnceValue(func() serviceNames {
	out := serviceNames{builds: map[string][]int{}, spelling: map[string]string{}, of: map[int]int{}}
	every := []int{14393, 17763, 19044}
	for line := range strings.Lines(servicesTable) {
		name, builds, ok := strings.Cut(strings.TrimSpace(line), ";")
		if !ok || strings.HasPrefix(line, "#") || name == "name" {
			continue
		}
		key := strings.ToLower(name)
		out.spelling[key], out.builds[key] = name, every
		if builds != "" {
			out.builds[key] = nil
			for word := range strings.FieldsSeq(builds) {
				if n, err := strconv.Atoi(word); err == nil {
					out.builds[key] = append(out.builds[key], n)
				}
			}
		}
		for _, n := range out.builds[key] {
			out.of[n]++
		}
	}
	return out
})

type serviceNames struct {
	builds   map[string][]int
	spelling map[string]string
	of       map[int]int // how many a build has
}

// near is a known name that the given one is probably a slip of, or "". Short names that differ in one character are often two services.
func (n serviceNames) near(given string) string {
	key := strings.ToLower(given)
	most, best := 1, ""
	if len(key) < 5 {
		return n.swapped(key)
	}
	if len(key) > 8 {
		most = 2
	}
	for _, known := range sortedKeys(n.spelling) {
		if d := levenshtein.Distance(key, known, nil); d > 0 && d <= most {
			most, best = d-1, n.spelling[known]
		}
		if most == 0 {
			break
		}
	}
	return best
}

// swapped is the known name that a short one becomes where two neighbouring letters change places, or "".
func (n serviceNames) swapped(key string) string {
	for i := 1; i < len(key) && n.spelling[key] == ""; i++ {
		if known := n.spelling[key[:i-1]+key[i:i+1]+key[i-1:i]+key[i+1:]]; known != "" {
			return known
		}
	}
	return ""
}

// CheckNeed warns of a service that a product states and that is probably a slip of a known name: no setting would be held against the right
// one. It is no error, because a product may bring a service of nearly the same name.
func (*Service) CheckNeed(b setting.Base, service string, at hcl.Range) hcl.Diagnostics {
	names := knownServices()
	if names.of[b.Number()] == 0 || names.spelling[strings.ToLower(service)] != "" {
		return nil
	}
	near := names.near(service)
	if near == "" {
		return nil
	}
	d := problem(at, "Service resembles a known one",
		"Windows 10 is not known to bring a service %q. Did you mean %q? If the product brings a service of this name itself, leave it: the warning stops nothing.", service, near)
	d.Severity = hcl.DiagWarning
	return hcl.Diagnostics{d}
}

// CheckOn says what is wrong with the name on a base. The table of names is not complete, and products bring services of their own: a name that it
// lacks is a warning, and none where a product states it or where the service may be missing. A slip of a known name is an error even
// then, because nothing else would ever show it.
func (s *Service) CheckOn(b setting.Base, stated []string) hcl.Diagnostics {
	names := knownServices()
	total := names.of[b.Number()]
	if total == 0 || s.Name == "" { // a release of which nothing is known here
		return nil
	}
	for _, name := range stated {
		if strings.EqualFold(name, s.Name) {
			return nil
		}
	}
	builds, known := names.builds[strings.ToLower(s.Name)]
	if near := names.near(s.Name); !known && near != "" {
		return hcl.Diagnostics{problem(s.NameRange, "Unknown service",
			"Windows 10 is not known to bring a service %q. Did you mean %q? If it is another one, brought by a product, state it under needs.services of that product.", s.Name, near)}
	}
	if s.Optional {
		return nil
	}
	if slices.Contains(builds, b.Number()) {
		return nil
	}
	where := ""
	if known {
		where = fmt.Sprintf(" (it is one of %s)", strings.Trim(fmt.Sprint(builds), "[]"))
	}
	d := problem(s.NameRange, "Unknown service",
		"The service %q is not among the %d names that are known here for build %d of Windows 10%s, a list that is not complete; where the base lacks it, the build fails. If it is a product's own, state it under needs.services of that product; if it may be missing, write optional = true.",
		s.Name, total, b.Number(), where)
	d.Severity = hcl.DiagWarning
	return hcl.Diagnostics{d}
}
