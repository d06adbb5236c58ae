package baseline_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// A mark answers for what nothing sets; what is set otherwise needs an exception, an override or a deviation that names the value.
func TestMarksHideNothing(t *testing.T) {
	const row = `1,c,n,Registry,,HKLM:\software\x,n,,,,,1,=,`
	set := func(value string) spec {
		return spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","type":"dword","value":"` + value + `"}`}
	}
	deviation := mark(`reg:HKLM\SOFTWARE\X!N`, "two is what the wards agreed on")
	deviation.Values = []string{"dword:2"}
	left := mark(`reg:HKLM\SOFTWARE\X!N`, "left to the vendor")
	for _, c := range []struct {
		name  string
		has   []spec
		marks []plan.NotManaged
		want  baseline.Status
	}{
		{"left alone", nil, []plan.NotManaged{left}, baseline.NotManaged},
		{"left alone by one module and set by another", []spec{set("2")}, []plan.NotManaged{left}, baseline.Unmet},
		{"set as wanted in spite of the mark", []spec{set("1")}, []plan.NotManaged{left}, baseline.Met},
		{"the value that the deviation names", []spec{set("2")}, []plan.NotManaged{deviation}, baseline.Overridden},
		{"another value than it names", []spec{set("3")}, []plan.NotManaged{deviation}, baseline.Unmet},
		{"nothing is set, and a deviation speaks of a value", nil, []plan.NotManaged{deviation}, baseline.Unmet},
		{"both, and set", []spec{set("2")}, []plan.NotManaged{left, deviation}, baseline.Overridden},
		{"both, and not set", nil, []plan.NotManaged{left, deviation}, baseline.NotManaged},
	} {
		modules := []plan.Module{{Ref: plan.Ref{Name: "m"}, NotManaged: c.marks}}
		if got := baseline.NewState(compose(t, c.has...), modules).Judge(parse(t, row)[0]); got.Status != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, got.Status, c.want, got)
		}
	}
}
