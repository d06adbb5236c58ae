package kinds

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*Service)(nil)
	_ setting.Comparer = (*Service)(nil)
)

const (
	servicesKey      = `HKLM\SYSTEM\CurrentControlSet\Services`
	startValue       = "Start"
	delayedValue     = "DelayedAutostart"
	startAutomatic   = "automatic"
	startDelayed     = "delayed"
	stricterStopped  = "stopped"
	stricterStarted  = "started"
	maxServiceLength = 256 // CreateService, Windows documentation
)

// startNumbers are the values of Start (winsvc.h: SERVICE_BOOT_START and on).
var startNumbers = []struct {
	name   string
	number uint32
}{{"boot", 0}, {"system", 1}, {startAutomatic, 2}, {startDelayed, 2}, {"manual", 3}, {"disabled", 4}}

func serviceKind() setting.Kind {
	return setting.Kind{
		Name: "service",
		Doc: "When a service or driver starts.\n\n" +
			"The start type lives in the registry, so the setting owns `Start` below the service's key, and a `registry_value` there collides or agrees with it. " +
			"`delayed` is an automatic start with `DelayedAutostart` 1; `automatic` writes `DelayedAutostart` 0, and a value that is not there counts as 0, as it does for Windows. " +
			"All other start types leave `DelayedAutostart` alone, because Windows reads it for automatic starts only.\n\n" +
			"A service that the base lacks fails, unless it is `optional`: then the setting is not applicable. A service is never created. " +
			"Names are key names (`Dnscache`), never display names, which differ by language. A name that Windows is not known to bring on the image's build is a warning, unless a product states it under `needs.services` or it is `optional`; " +
			"one that differs by a slip from a known name is an error. The list of known names is not complete.",
		Principal: "start",
		New:       func() setting.Spec { return new(Service) },
		Example: `name  = "SSDPSRV"
start = "disabled"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"name":     "The service's key name.",
			"start":    "`boot`, `system` (drivers), `automatic`, `delayed`, `manual` or `disabled`.",
			"optional": "Whether the service may be absent; `false` by default.",
			"stricter": "`stopped` or `started`: whether the client is better protected without the service or with it, so that a change can be called tightened or loosened.",
		},
	}
}

// Service is the desired start type of a service or driver.
type Service struct {
	Name     string `hcl:"name" json:"name"`
	Start    string `hcl:"start" json:"start"`
	Optional bool   `hcl:"optional,optional" json:"optional,omitempty"`
	Stricter string `hcl:"stricter,optional" json:"stricter,omitempty"`

	NameRange     hcl.Range `hcl:"name,attr_value_range" json:"-"`
	StartRange    hcl.Range `hcl:"start,attr_value_range" json:"-"`
	StricterRange hcl.Range `hcl:"stricter,attr_value_range" json:"-"`
}

func startNames() []string {
	names := make([]string, len(startNumbers))
	for i, s := range startNumbers {
		names[i] = s.name
	}
	return names
}

// Check reports errors of meaning. Whether the base has the service is for whoever knows the base.
func (s *Service) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	switch {
	case s.Name == "":
		diags = append(diags, problem(s.NameRange, "Empty service name", `Write the service's key name, such as "Dnscache".`))
	case len(upcase.Units(s.Name)) > maxServiceLength:
		diags = append(diags, problem(s.NameRange, "Service name too long", "The name has more than %d characters.", maxServiceLength))
	case hasControl(s.Name) || strings.ContainsAny(s.Name, `/\!`) || strings.TrimSpace(s.Name) != s.Name:
		diags = append(diags, problem(s.NameRange, "Illegal service name",
			`%q is no service name: slashes, "!", control characters and blanks at the ends are not allowed. Write the key name, such as "Dnscache".`, s.Name))
	}
	diags = append(diags, choice(s.StartRange, "start", s.Start, false, startNames()...)...)
	return append(diags, choice(s.StricterRange, "stricter", s.Stricter, true, stricterStopped, stricterStarted)...)
}

func (s *Service) key() string { return servicesKey + `\` + s.Name }

// wants lists the registry values behind the start type.
func (s *Service) wants() []wantedValue {
	var want []wantedValue
	for _, n := range startNumbers {
		if n.name == s.Start {
			want = append(want, wantedValue{startValue, setting.DWord(n.number)})
		}
	}
	switch s.Start {
	case startDelayed:
		want = append(want, wantedValue{delayedValue, setting.DWord(1)})
	case startAutomatic:
		want = append(want, wantedValue{delayedValue, setting.DWord(0)})
	}
	return want
}

type wantedValue struct {
	name  string
	value setting.RegistryValue
}

// Claims are the service and the registry values behind its start type.
func (s *Service) Claims(setting.Base) []setting.Claim {
	claims := []setting.Claim{{Location: setting.ServiceLocation(s.Name), Value: s.Start}}
	for _, w := range s.wants() {
		claims = append(claims, setting.Claim{Location: setting.RegistryLocation(s.key(), w.name), Value: w.value.Text()})
	}
	return claims
}

// Ops writes the registry values, where the service exists.
func (s *Service) Ops(setting.Base) []setting.Op {
	var ops []setting.Op
	for _, w := range s.wants() {
		ops = append(ops, setting.Op{Stage: setting.StageImage, Action: setting.ActionRegistrySet, Key: s.key(), Name: w.name,
			Type: w.value.Type, Data: hex.EncodeToString(w.value.Data), NeedKey: s.key(), Optional: s.Optional})
	}
	return ops
}

// Observe looks for the service's key and reads what it needs there.
func (s *Service) Observe(r setting.Reader) (setting.Observed, error) {
	reg, err := setting.AsRegistry(r)
	if err != nil {
		return setting.Observed{}, err
	}
	there := setting.Fact{Location: setting.ServiceLocation(s.Name)}
	switch err := reg.RegistryKey(s.key()); {
	case errors.Is(err, setting.ErrAbsent):
		return setting.Observed{Facts: []setting.Fact{there}}, nil
	case err != nil:
		return setting.Observed{}, err
	}
	there.Present, there.Value = true, "installed"
	o := setting.Observed{Facts: []setting.Fact{there}}
	for _, w := range s.wants() {
		fact, err := setting.ObserveRegistry(reg, s.key(), w.name)
		if err != nil {
			return setting.Observed{}, err
		}
		o.Facts = append(o.Facts, fact)
	}
	return o, nil
}

// Judge passes where the service starts as wanted.
func (s *Service) Judge(o setting.Observed) setting.Verdict {
	there, ok := o.Fact(setting.ServiceLocation(s.Name))
	switch {
	case !ok:
		return setting.Verdict{Outcome: setting.Error, Expected: s.Start, Reason: "nobody looked whether service " + s.Name + " exists"}
	case !there.Present && s.Optional:
		return setting.Verdict{Outcome: setting.NotApplicable, Expected: s.Start, Observed: there.String(), Reason: "service " + s.Name + " is not installed, and may be missing"}
	case !there.Present:
		return setting.Verdict{Outcome: setting.Fail, Expected: s.Start, Observed: there.String(), Reason: "service " + s.Name + " is not installed"}
	}
	v := setting.Verdict{Outcome: setting.Pass, Expected: s.Start, Observed: s.Start}
	for _, w := range s.wants() {
		l := setting.RegistryLocation(s.key(), w.name)
		got, ok := o.Fact(l)
		switch {
		case !ok:
			return setting.Verdict{Outcome: setting.Error, Expected: s.Start, Reason: string(l) + " was not observed"}
		case got.Present && got.Value == w.value.Text():
		case !got.Present && w.name == delayedValue && s.Start == startAutomatic: // absent is 0 for Windows
		case v.Outcome == setting.Pass:
			v.Outcome, v.Observed, v.Reason = setting.Fail, startOf(o, s.key()), string(l)+" is "+got.String()
		}
	}
	return v
}

// startOf names the start type that the facts show.
func startOf(o setting.Observed, key string) string {
	start, _ := o.Fact(setting.RegistryLocation(key, startValue))
	for _, n := range startNumbers {
		if start.Value != setting.DWord(n.number).Text() {
			continue
		}
		if delayed, _ := o.Fact(setting.RegistryLocation(key, delayedValue)); n.name == startAutomatic && delayed.Value == setting.DWord(1).Text() {
			return startDelayed
		}
		return n.name
	}
	return "start " + start.String()
}

// Compare needs to be told whether the client is safer without the service: disabling a needless one tightens, disabling the event
// log loosens.
func (s *Service) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*Service)
	if !ok || !setting.ServiceLocation(s.Name).Same(setting.ServiceLocation(o.Name)) {
		return setting.Unknown
	}
	if s.Start == o.Start {
		switch {
		case s.Optional == o.Optional:
			return setting.Same
		case o.Optional:
			return setting.Tightened
		}
		return setting.Loosened
	}
	if s.Stricter == "" || s.Stricter != o.Stricter || s.Optional != o.Optional {
		return setting.Unknown
	}
	if (s.rank() > o.rank()) == (s.Stricter == stricterStopped) {
		return setting.Tightened
	}
	return setting.Loosened
}

// rank orders start types from the earliest to never; the table has them in that order.
func (s *Service) rank() int {
	for i, n := range startNumbers {
		if n.name == s.Start {
			return i
		}
	}
	return -1
}
