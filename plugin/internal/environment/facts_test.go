package environment_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

// TestFactsAreSlots walks all fields: what a decoder finds by its tag must be a slot, and names, once given, are never given twice.
func TestFactsAreSlots(t *testing.T) {
	walk(t, reflect.TypeFor[environment.Facts](), "needs")
	walk(t, reflect.TypeFor[environment.Evidence](), "evidence")
}

func walk(t *testing.T, typ reflect.Type, at string) {
	seen := map[string]bool{}
	for f := range typ.Fields() {
		name := f.Tag.Get("fact")
		if name == "" {
			if f.Type != reflect.TypeFor[hcl.Range]() {
				t.Errorf("%s.%s has no name in the language", at, f.Name)
			}
			continue
		}
		if seen[name] || name != strings.ToLower(name) {
			t.Errorf("%s.%s is there twice or not in lower case", at, name)
		}
		seen[name] = true
		slot, ok := reflect.New(f.Type).Interface().(environment.Slot)
		if !ok {
			t.Errorf("%s.%s is no slot", at, name)
			continue
		}
		if slot.Target() == nil {
			slot = slot.Grow()
		}
		switch target := slot.Target().(type) {
		case *string, *bool, *int:
			_, isText := target.(*string)
			if closed := f.Tag.Get("values") + f.Tag.Get("words") + f.Tag.Get("form"); closed != "" && !isText {
				t.Errorf("%s.%s has words and is no text", at, name)
			}
		default:
			inner := reflect.TypeOf(target).Elem()
			if inner.Kind() != reflect.Struct {
				t.Errorf("%s.%s holds a %s, which no decoder knows", at, name, inner)
				continue
			}
			walk(t, inner, at+"."+name)
		}
	}
}

// The fields of the first release stay: a product file that was valid must stay valid.
func TestFieldsStay(t *testing.T) {
	var got []string
	typ := reflect.TypeFor[environment.Facts]()
	for f := range typ.Fields() {
		got = append(got, f.Tag.Get("fact"))
	}
	for name := range strings.FieldsSeq("services features flows smb tls ntlm usb kernel_drivers lsa_plugins fips code_locations script_hosts session accounts av updates time revocation_endpoints virtual") {
		if !slices.Contains(got, name) {
			t.Errorf("the field %s is gone", name)
		}
	}
}
