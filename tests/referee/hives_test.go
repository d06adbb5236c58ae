package referee

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testHives lets three readers of hives compare each edited hive before and after.
func testHives(t *testing.T, b built) {
	names := []string{softwareHive, systemHive, userHive}
	before, after := extract(t, b.base, b.index, names...), extract(t, b.image, "1", names...)
	current := currentControlSet(t, readHivex(t, before[systemHive]))
	for _, name := range names {
		t.Run(name[strings.LastIndexByte(name, '/')+1:], func(t *testing.T) {
			was := readHivex(t, before[name])
			e := expect(t, was, name, current, b.offline("registry-"))
			if len(e.set) == 0 {
				t.Fatal("the plan changes nothing here: the test would show nothing")
			}
			t.Run("hivexregedit", func(t *testing.T) {
				got := readHivex(t, after[name])
				sameHive(t, "hivexregedit", e.apply(was, got, "", func(_ string, v value) value { return v }), got)
				logCounts(t, was, got, e)
			})
			t.Run("regparser", func(t *testing.T) { testRegparser(t, b, before[name], after[name], e) })
			t.Run("reglookup", func(t *testing.T) { testReglookup(t, b, before[name], after[name], e) })
		})
	}
}

func logCounts(t *testing.T, was, got hive, e edits) {
	t.Helper()
	set, removed := 0, 0
	for _, v := range e.set {
		set += len(v)
	}
	for _, v := range e.removed {
		removed += len(v)
	}
	k, v := was.count()
	k2, v2 := got.count()
	t.Logf("keys %d -> %d, values %d -> %d: %d set, %d removed, %d keys made, as the plan says; all others equal", k, k2, v, v2, set, removed, len(e.made))
}

func testRegparser(t *testing.T, b built, before, after string, e edits) {
	was, got := readRegparser(t, before), readRegparser(t, after)
	epoch := strconv.FormatInt(epochOf(t, b).UnixNano(), 10)
	want := e.apply(was, got, epoch, func(_ string, v value) value {
		if len(v.Data)/2 > 16344 {
			v.Data = fmt.Sprintf("%d bytes", len(v.Data)/2)
		}
		return v
	})
	sameHive(t, "regparser", want, got)
	logCounts(t, was, got, e)
}

// testReglookup compares times and descriptors, and judges the descriptors of new keys: what a key inherits comes from its parent.
func testReglookup(t *testing.T, b built, before, after string, e edits) {
	was, got := readReglookup(t, before), readReglookup(t, after)
	epoch := epochOf(t, b).Format("2006-01-02 15:04:05")
	want := e.apply(was, got, epoch, func(folded string, v value) value {
		if v.Type == 4 && len(v.Data) == 8 { // what the others say byte by byte is not told again in reglookup's quoting
			d := v.Data
			return value{v.Name, 0, "DWORD 0x" + strings.ToUpper(d[6:8]+d[4:6]+d[2:4]+d[0:2])}
		}
		if k := got[folded]; k != nil {
			return k.Values[strings.ToLower(v.Name)]
		}
		return value{}
	})
	sameHive(t, "reglookup", want, got)
	for _, folded := range slices.Sorted(maps.Keys(e.made)) {
		parent := ""
		if cut := strings.LastIndexByte(folded, '\\'); cut >= 0 {
			parent = folded[:cut]
		}
		if got[folded] == nil || got[parent] == nil {
			t.Errorf("%s or its parent is missing", folded)
			continue
		}
		judgeInherited(t, folded, got[parent].SD, got[folded].SD)
	}
	k, _ := was.count()
	t.Logf("%d keys: times and descriptors equal but for %d keys touched; %d descriptors of new keys inherited", k, len(e.touched), len(e.made))
}

// judgeInherited holds a new key's list against what its parent passes on, by the rules of Microsoft's "Automatic Propagation of
// Inheritable ACEs": entries with CI only; generic rights and CREATOR OWNER (S-1-3-0) split into one that holds here and one that only
// passes on. The flag that says "inherited" (IA) is left out: whether it is set depends on who made the key.
func judgeInherited(t *testing.T, name, parent, child string) {
	t.Helper()
	from, ok := entries(parent)
	got, okChild := entries(child)
	owner, _, _ := strings.Cut(child, ",")
	if !ok || !okChild || len(got) == 0 || owner == "" {
		t.Errorf("%s: reglookup shows the descriptor %q below %q", name, child, parent)
		return
	}
	var want []string
	for _, e := range from {
		if !slices.Contains(e.flags, "CI") {
			continue
		}
		flags := slices.DeleteFunc(slices.Clone(e.flags), func(f string) bool { return f == "IO" })
		mapped := mapGeneric(e.rights)
		if e.sid != "S-1-3-0" && slices.Equal(mapped, e.rights) {
			want = append(want, ace{e.sid, e.kind, e.rights, flags}.String())
			continue
		}
		here := e.sid
		if here == "S-1-3-0" {
			here = owner
		}
		want = append(want, ace{here, e.kind, mapped, nil}.String(), ace{e.sid, e.kind, e.rights, append(flags, "IO")}.String())
	}
	var has []string
	for _, e := range got {
		has = append(has, e.String())
	}
	slices.Sort(want)
	slices.Sort(has)
	if diff := cmp.Diff(want, has); diff != "" {
		t.Errorf("%s: its list is not what the parent passes on (-passed on +there):\n%s\nparent %s", name, diff, parent)
	}
}

// ace is one entry of a list as reglookup writes it, without IA.
type ace struct {
	sid, kind     string
	rights, flags []string // sorted
}

func (a ace) String() string {
	slices.Sort(a.flags)
	return fmt.Sprintf("%s:%s:%s:%s", a.sid, a.kind, strings.Join(a.rights, " "), strings.Join(a.flags, " "))
}

// entries are those of the DACL in "owner,group,sacl,dacl,class".
func entries(sd string) ([]ace, bool) {
	fields := strings.Split(sd, ",")
	if len(fields) != 5 || fields[0] == "" || fields[1] == "" {
		return nil, false
	}
	var all []ace
	for text := range strings.SplitSeq(fields[3], "|") {
		parts := strings.Split(text, ":")
		if len(parts) != 4 {
			return nil, false
		}
		e := ace{parts[0], parts[1], strings.Fields(parts[2]), nil}
		slices.Sort(e.rights)
		for f := range strings.FieldsSeq(parts[3]) {
			if f != "IA" {
				e.flags = append(e.flags, f)
			}
		}
		all = append(all, e)
	}
	return all, true
}

// mapGeneric replaces generic rights by what they mean for a registry key (winnt.h: KEY_READ, KEY_WRITE, KEY_ALL_ACCESS).
func mapGeneric(rights []string) []string {
	meaning := map[string]string{
		"GEN_R": "QRY_VAL ENUM_KEYS NOTIFY R_CONT",
		"GEN_X": "QRY_VAL ENUM_KEYS NOTIFY R_CONT",
		"GEN_W": "SET_VAL CREATE_KEY R_CONT",
		"GEN_A": "QRY_VAL SET_VAL CREATE_KEY ENUM_KEYS NOTIFY CREATE_LNK DELETE R_CONT W_DAC W_OWNER",
	}
	var out []string
	for _, r := range rights {
		if m, ok := meaning[r]; ok {
			out = append(out, strings.Fields(m)...)
		} else {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
