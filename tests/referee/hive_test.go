package referee

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"www.velocidex.com/golang/regparser"
)

// hive is a hive as one referee sees it, by the folded path of each key; the root is "".
type hive map[string]*key

// key is one key. What a referee cannot say is empty.
type key struct {
	Path   string
	Time   string
	SD     string           // owner, group, SACL, DACL and class as reglookup writes them
	Values map[string]value // by folded name
}

func (h hive) key(path string) *key { return h[strings.ToLower(path)] }

func (h hive) count() (keys, values int) {
	for _, k := range h {
		values += len(k.Values)
	}
	return len(h), values
}

// readHivex reads the text that hivexregedit exports: every key and value, no times.
func readHivex(t *testing.T, path string) hive {
	t.Helper()
	h := hive{}
	var at *key
	for line := range strings.Lines(run(t, "hivexregedit", "--export", path, `\`)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, `[\`):
			at = &key{Path: strings.TrimSuffix(strings.TrimPrefix(line, `[\`), "]"), Values: map[string]value{}}
			h[strings.ToLower(at.Path)] = at
		case at != nil && line != "":
			v := hivexValue(t, line)
			at.Values[strings.ToLower(v.Name)] = v
		}
	}
	if len(h) < 2 {
		t.Fatalf("hivexregedit sees %d keys in %s", len(h), path)
	}
	return h
}

// hivexValue reads one line: "Name"=hex(7):61,00 or @=dword:00000001.
func hivexValue(t *testing.T, line string) value {
	t.Helper()
	name, rest := "", strings.TrimPrefix(line, "@=")
	if rest == line {
		end := strings.LastIndex(line, `"=`)
		if !strings.HasPrefix(line, `"`) || end < 1 {
			t.Fatalf("hivexregedit prints %q, which is no value", line)
		}
		name = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(line[1:end])
		rest = line[end+2:]
	}
	kind, data, ok := strings.Cut(rest, ":")
	v := value{Name: name, Data: strings.ReplaceAll(data, ",", "")}
	switch number, hexed := strings.CutPrefix(kind, "hex("); {
	case !ok:
		t.Fatalf("hivexregedit prints %q, which is no value", line)
	case kind == "dword":
		n, err := strconv.ParseUint(data, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		v.Type, v.Data = 4, hex.EncodeToString([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	case kind == "hex":
		v.Type = 3
	case hexed:
		n, err := strconv.ParseUint(strings.TrimSuffix(number, ")"), 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		v.Type = uint32(n)
	default:
		t.Fatalf("hivexregedit prints %q, whose type is not known", line)
	}
	return v
}

// readReglookup reads `reglookup -s`: keys with times and descriptors, values as quoted text.
func readReglookup(t *testing.T, path string) hive {
	t.Helper()
	h := hive{}
	var at *key
	above := "" // the key as reglookup writes it
	for line := range strings.Lines(run(t, "reglookup", "-s", path)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ",") // data and names are quoted: no comma in them
		if len(f) < 4 || f[0] == "PATH" {
			continue
		}
		if f[1] == "KEY" {
			above = strings.TrimSuffix(f[0], "/") + "/"
			where := strings.ReplaceAll(strings.ReplaceAll(strings.Trim(f[0], "/"), "/", `\`), "%2F", "/") // names of channels have slashes
			at = &key{Path: where, Time: f[3], SD: strings.Join(f[4:], ","), Values: map[string]value{}}
			h[strings.ToLower(where)] = at
			continue
		}
		name, ok := strings.CutPrefix(f[0], above) // a key's values follow it, before its subkeys
		if !ok {
			t.Fatalf("reglookup prints the value %q below %q", f[0], above)
		}
		at.Values[strings.ToLower(name)] = value{Name: name, Data: f[1] + " " + f[2]}
	}
	if len(h) < 2 {
		t.Fatalf("reglookup sees %d keys in %s", len(h), path)
	}
	return h
}

// readRegparser reads keys, times and values with the Go module. It takes the padding of big data for data, so that such values
// are told by their length only.
func readRegparser(t *testing.T, path string) hive {
	t.Helper()
	r, err := regparser.NewRegistry(strings.NewReader(read(t, path)))
	if err != nil {
		t.Fatalf("regparser refuses the hive: %v", err)
	}
	h := hive{}
	var walk func(n *regparser.CM_KEY_NODE, path string)
	walk = func(n *regparser.CM_KEY_NODE, path string) {
		k := &key{Path: path, Time: strconv.FormatInt(n.LastWriteTime().UnixNano(), 10), Values: map[string]value{}}
		h[strings.ToLower(path)] = k
		for _, v := range n.Values() {
			size := v.DataSize()
			data := fmt.Sprintf("%d bytes", size)
			if size <= 16344 {
				data = hex.EncodeToString(v.ValueData().Data[:size])
			}
			name := v.ValueName()
			if v.NameLength() == 0 {
				name = ""
			}
			k.Values[strings.ToLower(name)] = value{name, uint32(v.Type()), data}
		}
		for _, s := range n.Subkeys() {
			walk(s, strings.TrimPrefix(path+`\`+s.Name(), `\`))
		}
	}
	walk(r.OpenKey(""), "")
	return h
}

// edits are what the plan asks of one hive, in terms of what stood there before.
type edits struct {
	set     map[string]map[string]value // folded key -> folded name -> value, of names and keys as they will stand
	removed map[string]map[string]bool
	made    map[string]string // folded path -> path of new keys
	touched map[string]bool   // folded paths of keys whose time changes
}

// expect works out what the ops change in a hive that hivex read before. It knows nothing of how wmclient does it: a value that is
// there already changes nothing, a new key touches its parent.
func expect(t *testing.T, before hive, path string, current string, ops []op) edits {
	t.Helper()
	e := edits{map[string]map[string]value{}, map[string]map[string]bool{}, map[string]string{}, map[string]bool{}}
	for _, o := range ops {
		in, where := place(t, o.Key, current)
		if in != path {
			continue
		}
		if o.NeedKey != "" {
			_, need := place(t, o.NeedKey, current)
			if before.key(need) == nil {
				if !o.Optional {
					t.Fatalf("%s needs %s, which the base lacks", o.Key, o.NeedKey)
				}
				continue
			}
		}
		folded, name := strings.ToLower(where), strings.ToLower(o.Name)
		k := before.key(where)
		if o.Action == "registry-delete" {
			if k != nil {
				if _, there := k.Values[name]; there {
					put(e.removed, folded, name, true)
					e.touched[folded] = true
				}
			}
			continue
		}
		v := o.value(t)
		if k != nil {
			if old, there := k.Values[name]; there {
				if old.Type == v.Type && old.Data == v.Data {
					continue
				}
				v.Name = old.Name
			}
		} else {
			e.make(before, where)
		}
		put(e.set, folded, name, v)
		e.touched[folded] = true
	}
	return e
}

func put[V any](m map[string]map[string]V, a, b string, v V) {
	if m[a] == nil {
		m[a] = map[string]V{}
	}
	m[a][b] = v
}

// make notes the missing keys of a path.
func (e edits) make(before hive, where string) {
	for at := where; at != "" && before.key(at) == nil; {
		e.made[strings.ToLower(at)] = at
		e.touched[strings.ToLower(at)] = true
		parent := ""
		if cut := strings.LastIndexByte(at, '\\'); cut >= 0 {
			parent = at[:cut]
		}
		e.touched[strings.ToLower(parent)] = true
		at = parent
	}
}

// apply returns the hive as it has to be: the one before with the edits. Times and descriptors of new keys are taken from after and
// judged elsewhere; every other time is the old one or, where the key was touched, epoch.
func (e edits) apply(before, after hive, epoch string, convert func(folded string, v value) value) hive {
	want := hive{}
	for folded, k := range before {
		c := *k
		c.Values = maps.Clone(k.Values)
		want[folded] = &c
	}
	for folded, path := range e.made {
		k := &key{Path: path, Values: map[string]value{}}
		if got := after[folded]; got != nil {
			k.SD = got.SD
		}
		want[folded] = k
	}
	for folded, values := range e.set {
		for name, v := range values {
			want[folded].Values[name] = convert(folded, v)
		}
	}
	for folded, names := range e.removed {
		for name := range names {
			delete(want[folded].Values, name)
		}
	}
	for folded := range e.touched {
		if epoch != "" {
			want[folded].Time = epoch
		}
	}
	// Parents that exist keep the spelling in which they stood: a new key's path follows it.
	for folded := range e.made {
		if got := after[folded]; got != nil && strings.EqualFold(got.Path, want[folded].Path) {
			want[folded].Path = got.Path
		}
	}
	return want
}

// sameHive fails with the first differences.
func sameHive(t *testing.T, referee string, want, got hive) {
	t.Helper()
	var problems []string
	for _, folded := range slices.Sorted(maps.Keys(want)) {
		if got[folded] == nil {
			problems = append(problems, fmt.Sprintf("key %s is gone", want[folded].Path))
		} else if diff := cmp.Diff(want[folded], got[folded]); diff != "" {
			problems = append(problems, fmt.Sprintf("key %s (-want +got):\n%s", want[folded].Path, diff))
		}
	}
	for _, folded := range slices.Sorted(maps.Keys(got)) {
		if want[folded] == nil {
			problems = append(problems, fmt.Sprintf("key %s is not in the plan", got[folded].Path))
		}
	}
	if len(problems) > 0 {
		t.Errorf("%s sees %d differences from what the plan asks for; the first:\n%s", referee, len(problems), strings.Join(problems[:min(3, len(problems))], "\n"))
	}
}
