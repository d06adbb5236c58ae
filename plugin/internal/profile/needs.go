package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// needType is what an expression knows of one entry of needs.NAME: the product, a key that no other entry of the list has, and either the
// fields of an object or the value. What is not stated of an object is null; a list in it is empty.
func needType(t reflect.Type) cty.Type {
	attrs := map[string]cty.Type{"product": cty.String, "key": cty.String}
	if t.Kind() != reflect.Struct {
		attrs["value"] = scalarType(t)
		return cty.Object(attrs)
	}
	for _, f := range factFields(t) {
		attrs[f.name] = factType(t.Field(f.index).Type)
	}
	return cty.Object(attrs)
}

func scalarType(t reflect.Type) cty.Type {
	switch t.Kind() {
	case reflect.Bool:
		return cty.Bool
	case reflect.Int:
		return cty.Number
	default:
		return cty.String
	}
}

// valueTypeOf is the T of a Fact[T] or a List[T].
func valueTypeOf(slot reflect.Type) (t reflect.Type, list bool) {
	if f, ok := slot.FieldByName("Value"); ok {
		return f.Type, false
	}
	items, _ := slot.FieldByName("Items")
	value, _ := items.Type.Elem().FieldByName("Value")
	return value.Type, true
}

func factType(slot reflect.Type) cty.Type {
	t, list := valueTypeOf(slot)
	out := scalarType(t)
	if t.Kind() == reflect.Struct {
		attrs := map[string]cty.Type{}
		for _, f := range factFields(t) {
			attrs[f.name] = factType(t.Field(f.index).Type)
		}
		out = cty.Object(attrs)
	}
	if list {
		return cty.List(out)
	}
	return out
}

// factValue is a fact as an expression knows it.
func factValue(slot reflect.Value) cty.Value {
	typ := factType(slot.Type())
	state, _ := slot.FieldByName("State").Interface().(environment.State)
	if !typ.IsListType() {
		if state != environment.Stated {
			return cty.NullVal(typ)
		}
		return plainValue(slot.FieldByName("Value"))
	}
	var items []cty.Value
	for _, item := range statedFacts(slot) {
		items = append(items, plainValue(item.FieldByName("Value")))
	}
	if len(items) == 0 {
		return cty.ListValEmpty(typ.ElementType())
	}
	return cty.ListVal(items)
}

// statedFacts are the entries of a list that are stated.
func statedFacts(list reflect.Value) []reflect.Value {
	var out []reflect.Value
	items := list.FieldByName("Items")
	for i := range items.Len() {
		if state, _ := items.Index(i).FieldByName("State").Interface().(environment.State); state == environment.Stated {
			out = append(out, items.Index(i))
		}
	}
	return out
}

// rangeOf is where a fact is stated.
func rangeOf(fact reflect.Value) hcl.Range {
	at, _ := fact.FieldByName("Range").Interface().(hcl.Range)
	return at
}

func plainValue(v reflect.Value) cty.Value {
	switch v.Kind() {
	case reflect.Bool:
		return cty.BoolVal(v.Bool())
	case reflect.Int:
		return cty.NumberIntVal(v.Int())
	case reflect.Struct:
		return cty.ObjectVal(objectAttributes(v))
	default:
		return cty.StringVal(v.String())
	}
}

func objectAttributes(v reflect.Value) map[string]cty.Value {
	attrs := map[string]cty.Value{}
	for _, f := range factFields(v.Type()) {
		attrs[f.name] = factValue(v.Field(f.index))
	}
	return attrs
}

// extraNeeds are lists inside objects that stand in needs by a name of their own too.
func extraNeeds() map[string]func(environment.Facts) reflect.Value {
	return map[string]func(environment.Facts) reflect.Value{
		"av_exclusions":      func(f environment.Facts) reflect.Value { return reflect.ValueOf(f.AV.Value.Exclusions) },
		"redirected_devices": func(f environment.Facts) reflect.Value { return reflect.ValueOf(f.Virtual.Value.RedirectedDevices) },
	}
}

// needNames are the attributes of the variable needs. The result is shared: it is not to be changed.
var needNames = sync.OnceValue(func() []string {
	out := factNames(factFields(reflect.TypeFor[environment.Facts]()))
	for name := range extraNeeds() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
})

// needsValue is the variable needs, for each field what the products need, one after the other by name; and where each entry is stated.
func needsValue(products []*product) (cty.Value, map[string][]origin) {
	out, origins := map[string]cty.Value{}, map[string][]origin{}
	facts := reflect.TypeFor[environment.Facts]()
	for _, f := range factFields(facts) {
		out[f.name], origins[f.name] = needList(products, facts.Field(f.index).Type, func(p *product) reflect.Value { return reflect.ValueOf(p.env.Needs).Field(f.index) })
	}
	for name, get := range extraNeeds() {
		out[name], origins[name] = needList(products, get(environment.Facts{}).Type(), func(p *product) reflect.Value { return get(p.env.Needs) })
	}
	return cty.ObjectVal(out), origins
}

func needList(products []*product, slot reflect.Type, get func(*product) reflect.Value) (cty.Value, []origin) {
	t, _ := valueTypeOf(slot)
	keys := newKeys()
	var out []cty.Value
	var origins []origin
	for _, p := range products {
		for _, e := range needEntries(get(p)) {
			attrs := map[string]cty.Value{}
			if e.value.Kind() == reflect.Struct {
				attrs = objectAttributes(e.value)
				if flow, ok := e.value.Interface().(environment.Flow); ok {
					ports, _ := flow.AllPorts()
					peers, _ := flow.AllPeers()
					attrs["ports"], attrs["peers"] = stringList(ports), stringList(peers)
				}
			} else {
				attrs["value"] = plainValue(e.value)
			}
			key := keys.unique(p.Name, e.slug)
			attrs["product"], attrs["key"] = cty.StringVal(p.Name), cty.StringVal(key)
			out = append(out, cty.ObjectVal(attrs))
			origins = append(origins, origin{p.Name, key, e.at})
		}
	}
	if len(out) == 0 {
		return cty.ListValEmpty(needType(t)), nil
	}
	return cty.ListVal(out), origins
}

// needEntry is one stated entry of a field, and what tells it from others of its product.
type needEntry struct {
	value reflect.Value
	slug  string
	at    hcl.Range
}

func needEntries(slot reflect.Value) []needEntry {
	if v := slot.FieldByName("Value"); v.IsValid() {
		if state, _ := slot.FieldByName("State").Interface().(environment.State); state != environment.Stated {
			return nil
		}
		return []needEntry{{v, "", rangeOf(slot)}}
	}
	var out []needEntry
	for _, item := range statedFacts(slot) {
		v := item.FieldByName("Value")
		out = append(out, needEntry{v, entrySlug(v), rangeOf(item)})
	}
	return out
}

// entrySlug makes a name of what is stated of an entry's key fields. A flow that has a name is known by it alone.
func entrySlug(v reflect.Value) string {
	if v.Kind() != reflect.Struct {
		return slugOf(fmt.Sprint(v.Interface()))
	}
	if flow, ok := v.Interface().(environment.Flow); ok {
		if name, named := flow.Name.Get(); named {
			return slugOf(name)
		}
		ports, _ := flow.AllPorts()
		return slugOf(strings.Join(append([]string{flow.Direction.Or(""), flow.Protocol.Or("")}, ports...), " "))
	}
	var parts []string
	for _, f := range factFields(v.Type()) {
		if f.key {
			if fact, ok := v.Field(f.index).Interface().(environment.Fact[string]); ok && fact.State == environment.Stated {
				parts = append(parts, fact.Value)
			}
		}
	}
	return slugOf(strings.Join(parts, " "))
}

const maxSlug = 48

// slugOf keeps letters and digits, in lower case, with a hyphen for whatever stands between.
func slugOf(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	out := strings.Join(words, "-")
	return strings.TrimRight(out[:min(len(out), maxSlug)], "-")
}

// keys are those given out already. The numbers behind a name go on where they stopped, so that many entries of one name cost no more
// each than a few.
type keys struct {
	given map[string]bool
	last  map[string]int // by name without a number: the last number tried
	tried int            // all names looked at
}

func newKeys() *keys { return &keys{given: map[string]bool{}, last: map[string]int{}} }

// unique is the owner's name and the slug, with a number behind them where they are taken.
func (k *keys) unique(owner, slug string) string {
	key := strings.TrimSuffix(owner+"-"+slug, "-")
	out, n := key, max(k.last[key], 1)
	for k.tried++; k.given[out]; k.tried++ {
		n++
		out = fmt.Sprintf("%s-%d", key, n)
	}
	k.last[key], k.given[out] = n, true
	return out
}

// productFlow is a product's flow as flows has it.
type productFlow struct {
	slug  string
	value cty.Value
	plan.Declaration
}

// productFlows are a product's flows whose direction and protocol are known.
func productFlows(p *product) []productFlow {
	var out []productFlow
	for _, fact := range p.env.Needs.Flows.Stated() {
		f := fact.Value
		if f.Direction.State != environment.Stated || f.Protocol.State != environment.Stated {
			continue
		}
		ports, _ := f.AllPorts()
		peers, _ := f.AllPeers()
		out = append(out, productFlow{entrySlug(reflect.ValueOf(f)), cty.ObjectVal(map[string]cty.Value{
			"from": cty.StringVal(p.Name), "direction": cty.StringVal(f.Direction.Value), "protocol": cty.StringVal(f.Protocol.Value),
			"ports": stringList(ports), "peers": stringList(peers), "program": textOrNull(f.Program.Or("")), "reason_en": cty.StringVal(f.Reason.Or("")),
		}), plan.Declaration{At: fact.Range, Peers: peers}})
	}
	return out
}
