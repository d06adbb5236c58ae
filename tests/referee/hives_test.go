package referee

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
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

// judgeInherited holds a new key's list against its parent's: each entry that containers inherit shows in the child, and the child
// has no name that the parent does not pass on, but for the owner in the place of CREATOR OWNER (S-1-3-0).
func judgeInherited(t *testing.T, name, parent, child string) {
	t.Helper()
	passed, ok := inherited(parent, true)
	has, okChild := inherited(child, false)
	if !ok || !okChild || len(has) == 0 {
		t.Errorf("%s: reglookup shows the descriptor %q below %q", name, child, parent)
		return
	}
	owner, _, _ := strings.Cut(child, ",")
	for sid := range passed {
		if !has[sid] && sid != "S-1-3-0" {
			t.Errorf("%s: %s does not get what its parent passes on\nparent %s\nchild  %s", name, sid, parent, child)
		}
	}
	for sid := range has {
		if !passed[sid] && (sid != owner || !passed["S-1-3-0"]) {
			t.Errorf("%s: %s comes from nowhere\nparent %s\nchild  %s", name, sid, parent, child)
		}
	}
}

// inherited are the SIDs in the DACL of "owner,group,sacl,dacl,class", of entries for containers only where passed is set.
func inherited(sd string, passed bool) (map[string]bool, bool) {
	fields := strings.Split(sd, ",")
	if len(fields) != 5 || fields[0] == "" || fields[1] == "" {
		return nil, false
	}
	sids := make(map[string]bool)
	for ace := range strings.SplitSeq(fields[3], "|") {
		parts := strings.Split(ace, ":") // SID:ALLOW:rights:flags
		if len(parts) != 4 {
			return nil, false
		}
		if !passed || slices.Contains(strings.Fields(parts[3]), "CI") {
			sids[parts[0]] = true
		}
	}
	return sids, true
}
