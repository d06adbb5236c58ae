package kinds_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// some picks at least one item, in any order and with doubles.
func some(r *rand.Rand, items ...string) string {
	var list []string
	for range 1 + r.IntN(4) {
		list = append(list, quote(items[r.IntN(len(items))]))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func one(r *rand.Rand, items ...string) string { return items[r.IntN(len(items))] }

// members make random settings that may meet, for every kind whose settings join.
var members = map[string]func(r *rand.Rand) string{
	"registry_value": func(r *rand.Rand) string {
		return "key = " + one(r, `"HKLM\\SOFTWARE\\x"`, `"HKEY_LOCAL_MACHINE\\Software\\X"`, `"hklm\\software\\x"`) + "\nname = " + one(r, `"n"`, `"N"`) +
			"\ntype = \"multi_sz\"\nmerge = \"union\"\nvalue = " + some(r, "a", "A", "b", "å", "c d") + one(r, "", "\npolicy = false")
	},
	"user_right": func(r *rand.Rand) string {
		return "right = \"SeDebugPrivilege\"\n" + one(r, "", "", "", "nobody = true #") + "sids = " + some(r, "S-1-5-18", "s-1-5-18", "S-1-5-32-544", "S-1-5-19")
	},
	"group_membership": func(r *rand.Rand) string {
		return "group = " + one(r, `"S-1-5-32-545"`, `"s-1-5-32-545"`) + "\n" + one(r, "", "", "", "nobody = true #") + "members = " + some(r, "S-1-5-4", "s-1-5-4", "rid:500", "RID:1001", "S-1-5-11")
	},
	"audit_policy": func(r *rand.Rand) string {
		return "subcategory = " + one(r, `"Logon"`, `"logon"`, `"{0CCE9215-69AE-11D9-BED3-505054503030}"`) + "\nminimum = " + one(r, "true", "true", "true", "false") + "\nevents = " + some(r, "success", "failure")
	},
	"hosts_file": func(r *rand.Rand) string {
		var lines []string
		for _, i := range r.Perm(3)[:1+r.IntN(3)] {
			lines = append(lines, fmt.Sprintf("%q = %q", one(r, "a", "A", "b", "c")+fmt.Sprint(i), one(r, "10.0.0.1", "10.0.0.1", "10.0.0.2", "fd00::1", "FD00:0::1", "fd00::2")))
		}
		return "entries = {\n" + strings.Join(lines, "\n") + "\n}"
	},
	"device_installation": func(r *rand.Rand) string {
		return "deny_ids = " + some(r, `USB\A`, `usb\a`, `USB\B`, `PCI\C`) + one(r, "", "\nallow_ids = "+some(r, `USB\X`, `usb\x`, `HID\Y`)) +
			one(r, "", "\nretroactive = true", "\nretroactive = true", "\nretroactive = false") + one(r, "", "\nonly_allowed = true")
	},
	"program_allowlist": func(r *rand.Rand) string {
		return one(r, "", "", "", "nothing = true #") + one(r, "codes = "+some(r, "Viewer", "viewer", "{9A25302D-30C0-39D9-BD6F-21E6EC160475}", "{9a25302d-30c0-39d9-bd6f-21e6ec160475}"), "names = "+some(r, "Example *", "example *", "Other?*"))
	},
}

func text(t *testing.T, spec setting.Spec) string {
	t.Helper()
	raw, err := json.Marshal(struct {
		Spec   setting.Spec
		Claims []setting.Claim
		Ops    []setting.Op
	}{spec, spec.Claims(base), spec.Ops(base)})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Order of composition must not matter: neither to what comes out nor to whether anything does.
func TestMergeLaws(t *testing.T) {
	for _, k := range kinds.All() {
		if _, ok := k.New().(setting.Merger); !ok {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			member := members[k.Name]
			if member == nil {
				t.Fatal("its settings join, and no random ones are made for it here")
			}
			r, joined := rand.New(rand.NewPCG(1, 2)), 0
			for range 300 {
				a, b, c := mustDecode(t, k.Name, member(r)), mustDecode(t, k.Name, member(r)), mustDecode(t, k.Name, member(r))
				merge := func(a, b setting.Spec) setting.Spec {
					if a == nil || b == nil {
						return nil
					}
					m, err := a.(setting.Merger).Merge(b)
					if err != nil {
						return nil
					}
					if diags := m.Check(); diags.HasErrors() {
						t.Fatalf("merged to something illegal: %v\n%s\n%s", diags, text(t, a), text(t, b))
					}
					return m
				}
				same := func(law string, x, y setting.Spec) {
					switch {
					case x == nil && y == nil:
					case x == nil || y == nil || text(t, x) != text(t, y):
						t.Errorf("not %s:\n%s\n%s\n%s\n%v\n%v", law, text(t, a), text(t, b), text(t, c), x, y)
					}
				}
				ab := merge(a, b)
				same("commutative", ab, merge(b, a))
				same("associative", merge(ab, c), merge(a, merge(b, c)))
				if ab == nil {
					continue
				}
				joined++
				same("idempotent", merge(ab, b), ab)
				same("idempotent", merge(ab, ab), ab)
				if v := outcome(t, roundTrip(t, k.Name, ab), applied(t, ab)); v.Outcome != setting.Pass {
					t.Fatalf("merged, after its own ops: %+v", v)
				}
			}
			if joined < 50 {
				t.Errorf("only %d of 300 pairs joined: the random settings meet too rarely", joined)
			}
		})
	}
}

// What Windows cannot take is refused, or it is written whole: no text that a profile can hold makes an op that a target must refuse,
// and none makes a value that Windows reads otherwise.
func TestHostileTexts(t *testing.T) {
	long := strings.Repeat("a", 40000)
	hostile := []string{"", " ", "\x00", "a\x00b", "a\nb", "a\r", "\x1b[2J", "|", `"`, `a"b`, "<a>", "]]>", "&amp;", "a;b", "a,b", `\`, `..\..`, "%", "%TEMP%", "*", "?", "**del.x", "**delvals.", "!", "a!b", ":", "\u202e",
		"\ufeff", "\ufffe", "\uffff", "\ufffd", "å", "😀", "-1", "1e99", "0x10", "null", "absent", "S-1-5", "{}", long, `C:\` + long, `\` + long + `\x`, "https://" + long, "https://x/" + long}
	for _, k := range kinds.All() {
		t.Run(k.Name, func(t *testing.T) {
			raw, err := json.Marshal(mustDecode(t, k.Name, k.Example))
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]any
			if err := json.Unmarshal(raw, &fields); err != nil {
				t.Fatal(err)
			}
			for name, kind := range textFields(k.New()) {
				was, given := fields[name]
				for _, h := range hostile {
					fields[name] = map[reflect.Kind]any{reflect.String: h, reflect.Slice: []string{h}, reflect.Map: map[string]string{h: "10.0.0.1"}}[kind]
					raw, err := json.Marshal(fields)
					if err != nil {
						t.Fatal(err)
					}
					if spec, err := table(t).DecodeJSON(k.Name, raw); err == nil {
						writable(t, name, h, spec)
					}
				}
				if fields[name] = was; !given {
					delete(fields, name)
				}
			}
		})
	}
}

// textFields are the fields of a plan's form that hold text or lists of it, by name.
func textFields(spec setting.Spec) map[string]reflect.Kind {
	fields := map[string]reflect.Kind{}
	for f := range reflect.TypeOf(spec).Elem().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		typ := f.Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		isText := typ.Kind() == reflect.String || (typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map) && typ.Elem().Kind() == reflect.String
		if name != "" && name != "-" && isText {
			fields[name] = typ.Kind()
		}
	}
	return fields
}

// writable checks what was accepted.
func writable(t *testing.T, attribute, value string, spec setting.Spec) {
	t.Helper()
	short := fmt.Sprintf("%s = %.60q", attribute, value)
	for _, op := range spec.Ops(base) {
		limit := 1 << 20
		if op.Action == setting.ActionPolicySet {
			limit = 65535
		}
		switch {
		case len(op.Data) > 2*limit:
			t.Errorf("%s: %d bytes for %s %s", short, len(op.Data)/2, op.Action, op.Name)
		case (op.Action == setting.ActionPolicySet || op.Action == setting.ActionPolicyDelete) && (op.Name == "" || len(op.Name) > 259 || strings.HasPrefix(op.Name, "**")):
			t.Errorf("%s: Registry.pol gets the name %.60q", short, op.Name)
		case (op.Type == setting.TypeSZ || op.Type == setting.TypeMultiSZ) && len(op.Data)%4 != 0:
			t.Errorf("%s: half a character in %s", short, op.Name)
		case strings.ContainsAny(op.Key+op.Name+op.Path+op.Value+string(op.Location), "\x00\n\r\x1b"):
			t.Errorf("%s: a control character in %+.200v", short, op)
		}
	}
	for _, c := range spec.Claims(base) {
		if _, text, _ := strings.Cut(c.Value, ":"); strings.ContainsAny(text, "\x00\r\x1b") || strings.Contains(c.Value, "sz!") {
			t.Errorf("%s: claims %.100q", short, c.Value)
		}
	}
	if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
		t.Errorf("%s: after its own ops: %.300v", short, v)
	}

}
