package conflict_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// place is a stated fact of a product and its path.
type place struct {
	path string
	slot environment.Slot
	all  reflect.Value
}

// stated lists every fact that is stated, at every depth.
func stated(path string, v reflect.Value) []place {
	var out []place
	if v.CanAddr() {
		if slot, ok := v.Addr().Interface().(environment.Slot); ok && v.FieldByName("State").Interface() == environment.Stated {
			out = append(out, place{path, slot, v})
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != reflect.TypeFor[hcl.Range]() {
				out = append(out, stated(path+"."+v.Type().Field(i).Name, v.Field(i))...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, stated(fmt.Sprintf("%s[%d]", path, i), v.Index(i))...)
		}
	}
	return out
}

// troubles are the rows that say more than AUTO.
func troubles(all []conflict.Conflict) []string {
	var out []string
	for _, c := range all {
		if c.Level != conflict.Auto {
			out = append(out, c.Row)
		}
	}
	return out
}

// TestNoFactIsBetterUnstated: a fact that is taken away, or called unknown, never takes the last sign of trouble of its row with it.
func TestNoFactIsBetterUnstated(t *testing.T) {
	for i, tt := range rowCases() {
		if tt.needs == nil || tt.level == conflict.Auto {
			continue
		}
		fresh := func() *environment.Facts {
			f := new(environment.Facts)
			tt.needs(f)
			return f
		}
		for n, where := range stated("needs", reflect.ValueOf(fresh()).Elem()) {
			for name, take := range map[string]func(place){
				"unstated": func(p place) { p.all.SetZero() },
				"unknown":  func(p place) { p.all.SetZero(); p.slot.Set(environment.Unknown, at("products/p.hcl", 9)) },
			} {
				found := run(t, tt.build, tt.settings, func(f *environment.Facts) {
					*f = *fresh()
					take(stated("needs", reflect.ValueOf(f).Elem())[n])
				})
				if rows := troubles(found); !slices.Contains(rows, tt.row) && !slices.Contains(rows, "unstated-need") {
					t.Errorf("case %d, %s %s: nothing is told once %s is %s", i, tt.row, tt.level, where.path, name)
				}
			}
		}
	}
}

// TestOrderTellsTheSame: whatever the order of products, modules and settings.
func TestOrderTellsTheSame(t *testing.T) {
	var settings []string
	products := map[string]*environment.Facts{"a": {}, "b": {}, "c": {}}
	seen := map[string]bool{}
	for i, tt := range rowCases() {
		for _, s := range tt.settings {
			if where, _, _ := strings.Cut(s, " = "); !seen[where] {
				seen[where] = true
				settings = append(settings, s)
			}
		}
		if tt.needs != nil {
			tt.needs(products[string(rune('a'+i%3))])
		}
	}
	var list []plan.Product
	for name, f := range products {
		list = append(list, product(name, func(n *environment.Facts) { *n = *f }))
	}
	older := product("a", nil)
	older.Version = "0"
	list = append(list, older)
	req := request("17763.1", settings, list...)
	for _, name := range []string{"v", "u"} {
		req.Modules = append(req.Modules, plan.Module{Ref: plan.Ref{Name: name, Version: "1.0.0", Method: "virtual-client"}, DefRange: at("modules/"+name+".hcl", 1),
			Flows: []plan.Flow{{Direction: "out", Protocol: "tcp", Ports: []string{"1"}, DefRange: at("modules/"+name+".hcl", 3)}}})
	}
	want := ""
	for range 20 {
		for _, list := range []func(int, func(i, j int)){rand.Shuffle} {
			list(len(req.Products), func(i, j int) { req.Products[i], req.Products[j] = req.Products[j], req.Products[i] })
			list(len(req.Modules), func(i, j int) { req.Modules[i], req.Modules[j] = req.Modules[j], req.Modules[i] })
			list(len(req.Settings), func(i, j int) { req.Settings[i], req.Settings[j] = req.Settings[j], req.Settings[i] })
		}
		composed, diags := plan.Compose(req)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		found, diags := conflict.Find(req, composed)
		got := fmt.Sprintf("%+v\n%v", found, diags)
		if want == "" {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestUnstatedServicesWhereSomeAreDisabled(t *testing.T) {
	settings := []string{"svc:Fax = disabled"}
	c, ok := find(run(t, "", settings, nil), "unstated-need", conflict.Warn)
	if !ok || !strings.Contains(c.Reason, "needs.services") || !slices.Contains(c.Settings, "m/s00") {
		t.Errorf("%v %s", ok, c.Reason)
	}
	c, _ = find(run(t, "", settings, func(f *environment.Facts) { f.Services = listOf("Spooler") }), "unstated-need", conflict.Warn)
	if strings.Contains(c.Reason, "needs.services") {
		t.Error(c.Reason)
	}
}
