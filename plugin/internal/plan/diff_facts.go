package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// facts compares everything that is no setting.
func (d *differ) facts(a, b *Plan) {
	d.base(a.Base, b.Base)
	d.image(a, b)
	d.modules(a.Modules, b.Modules)
	d.products(a.Products, b.Products)
	d.declared(a.Image.Facts, b.Image.Facts)
}

// declared asks for a major step where a stated fact is gone or another one, since somebody relied on it, and for a minor one where
// there is one more.
func (d *differ) declared(a, b []Declared) {
	changes := listChanges(a, b, func(f Declared) (string, string) { return "fact " + f.Name, f.Value + " (" + f.StatedBy + ")" })
	for _, f := range changes {
		if f.Old == "" {
			d.ask(StepMinor, fmt.Sprintf("%s is stated: %s", f.Name, f.New))
		} else {
			d.ask(StepMajor, fmt.Sprintf("%s is %s, was %s", f.Name, orNone(f.New), f.Old))
		}
	}
	d.out.Image = append(d.out.Image, changes...)
}

// base asks for a major step for any fact: another language or channel is another base too.
func (d *differ) base(a, b Base) {
	d.out.Base = fieldChanges([]FieldChange{
		{"name", a.Name, b.Name}, {"edition_id", a.EditionID, b.EditionID}, {"build", a.Build, b.Build}, {"arch", a.Arch, b.Arch},
		{"channel", a.Channel, b.Channel}, {"languages", strings.Join(a.Languages, ", "), strings.Join(b.Languages, ", ")},
		{"features", strings.Join(a.Features, ", "), strings.Join(b.Features, ", ")},
	})
	for _, f := range d.out.Base {
		d.ask(StepMajor, fmt.Sprintf("another base: %s is %s, was %s", f.Name, orNone(f.New), orNone(f.Old)))
	}
}

// image asks for a major step where the intended class or the management path is another one, which decides who may use and reach the
// client, where what cannot be seen is treated in another way, or where another service runs on the client. Name, version and dates ask for nothing by themselves.
func (d *differ) image(a, b *Plan) {
	promises := fieldChanges([]FieldChange{
		{"class", classText(a.Image.Class), classText(b.Image.Class)}, {"management", managementText(a.Image.Management), managementText(b.Image.Management)},
		{"allow_unobservable", fmt.Sprint(a.Image.AllowUnobservable), fmt.Sprint(b.Image.AllowUnobservable)},
		{"first_boot", firstBootText(a.Image.FirstBoot), firstBootText(b.Image.FirstBoot)},
	})
	for _, f := range promises {
		d.ask(StepMajor, fmt.Sprintf("%s is %s, was %s", f.Name, orNone(f.New), orNone(f.Old)))
	}
	d.out.Image = append(fieldChanges([]FieldChange{
		{"name", a.Image.Name, b.Image.Name}, {"version", a.Image.Version, b.Image.Version}, {"released", a.Image.Released, b.Image.Released},
		{"epoch", a.Image.Epoch, b.Image.Epoch}, {"engine format", fmt.Sprint(a.EngineFormat), fmt.Sprint(b.EngineFormat)},
	}), promises...)
}

func (d *differ) modules(a, b []Ref) {
	text := func(r Ref) (string, string) { return r.Name, r.Version + " (" + r.Method + ")" }
	d.out.Modules = listChanges(a, b, text)
}

// products asks for a major step where the image no longer is for a product, and for a minor one where it now is for one more.
func (d *differ) products(a, b []ProductRef) {
	d.out.Products = listChanges(a, b, func(p ProductRef) (string, string) { return p.Name, p.Version + " (" + p.Manufacturer + ")" })
	for _, f := range d.out.Products {
		switch {
		case f.New == "":
			d.ask(StepMajor, fmt.Sprintf("the image is no longer for the product %s", f.Name))
		case f.Old == "":
			d.ask(StepMinor, fmt.Sprintf("the image is also for the product %s", f.Name))
		}
	}
}

// listChanges compares two lists by name. Where one name stands in a list several times, its texts are compared together.
func listChanges[T any](a, b []T, text func(T) (name, value string)) []FieldChange {
	byName := make(map[string]*FieldChange)
	gather := func(list []T, field func(*FieldChange) *string) {
		for _, item := range list {
			name, value := text(item)
			if byName[name] == nil {
				byName[name] = &FieldChange{Name: name}
			}
			into := field(byName[name])
			*into = strings.TrimPrefix(*into+", "+value, ", ")
		}
	}
	gather(a, func(f *FieldChange) *string { return &f.Old })
	gather(b, func(f *FieldChange) *string { return &f.New })
	var all []FieldChange
	for _, f := range byName {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(x, y FieldChange) int { return cmp.Compare(x.Name, y.Name) })
	return fieldChanges(all)
}

func fieldChanges(all []FieldChange) []FieldChange {
	return append([]FieldChange{}, slices.DeleteFunc(all, func(f FieldChange) bool { return f.Old == f.New })...)
}

func classText(c Class) string {
	groups := make([]string, len(c.Groups))
	for i, g := range c.Groups {
		groups[i] = fmt.Sprint(g)
	}
	return strings.TrimSpace(c.Type + " " + strings.Join(groups, ","))
}

func managementText(m Management) string {
	if len(m.From) == 0 {
		return m.Path
	}
	return m.Path + " from " + strings.Join(m.From, ", ")
}

// firstBootText says what the image carries for its first start; "" where it carries nothing.
func firstBootText(f *FirstBoot) string {
	switch {
	case f == nil:
		return ""
	case f.Keep:
		return "the image carries the agent, which stays"
	}
	return "the image carries the agent, which removes itself when its work is done"
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
