package referee

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// flip is one deviation that a referee puts into the written image.
type flip struct {
	name   string
	place  string                                // what it changes
	first  bool                                  // of the ways to change that place
	file   string                                // of the image, as wimlib names it
	change func(t *testing.T, path string) error // changes a copy of that file; nil with remove
	remove bool                                  // the file goes
	want   []string                              // the settings that have to fail, sorted; none: nothing may change
}

// TestFlips flips every offline setting of the plan in the written image, in each place where it stands: registry values by hivexregedit,
// policies by this package's own writer, files by wimlib. Validation has to find that setting, and no other. On the newest release each
// place is flipped alone, and then again in its other ways and in Registry.pol, several places in one image; on the others and in the large real hives each
// place is flipped once, several in one image. What is flipped together is drawn with a fixed seed.
func TestFlips(t *testing.T) {
	for _, c := range []struct {
		name  string
		make  func(*testing.T) world
		alone bool
	}{
		{"2021", labWorld, true},
		{"2019", func(t *testing.T) world { return sisterWorld(t, "ltsc-2019", "-2019") }, false},
		{"2016", func(t *testing.T) world { return sisterWorld(t, "ltsb-2016", "-2016") }, false},
		{"real hives", realWorld, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFlipper(t, build(t, c.make(t)))
			f.once = !c.alone
			flips := f.all(t)
			f.covers(t, flips)
			f.run(t, f.together(flips, c.alone))
		})
	}
}

// atOnce is how many places are flipped in one image where they are not flipped alone.
const atOnce = 16

// together puts flips into trials. With alone, the first flip of each place stands for itself.
func (f *flipper) together(flips []flip, alone bool) [][]flip {
	var trials [][]flip
	var rest []flip
	for _, one := range flips {
		if alone && one.first || len(one.want) == 0 {
			trials = append(trials, []flip{one})
		} else {
			rest = append(rest, one)
		}
	}
	rand.New(rand.NewPCG(2021, 1)).Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	for len(rest) > 0 { // no place twice in one trial
		var trial, later []flip
		places := map[string]bool{}
		for _, one := range rest {
			if len(trial) < atOnce && !places[one.place] {
				places[one.place] = true
				trial = append(trial, one)
			} else {
				later = append(later, one)
			}
		}
		trials, rest = append(trials, trial), later
	}
	return trials
}

// flipper makes flips of one image and runs them.
type flipper struct {
	built
	files    map[string]string // files of the image, taken out
	hives    map[string]hive   // as hivex reads them
	current  string
	owners   map[string][]string // settings by the value or file that they claim
	outcomes map[string]string   // of the image as it was built
	once     bool                // one flip for each thing is enough
}

func newFlipper(t *testing.T, b built) *flipper {
	t.Helper()
	f := &flipper{built: b, hives: map[string]hive{}, owners: map[string][]string{}}
	hives := []string{softwareHive, systemHive, userHive}
	f.files = extract(t, b.image, "1", append(hives, machinePol, userPol)...)
	for _, h := range hives {
		f.hives[h] = readHivex(t, f.files[h])
	}
	f.current = currentControlSet(t, f.hives[systemHive])
	for _, o := range b.plan.Ops {
		if o.Op.Stage == "image" {
			f.owners[f.where(t, o.Op)] = append(f.owners[f.where(t, o.Op)], o.Settings...)
		}
	}
	for where := range f.owners {
		slices.Sort(f.owners[where])
		f.owners[where] = slices.Compact(f.owners[where])
	}
	var code int
	f.outcomes, code = judge(t, b.manifest, b.image)
	if code != 0 {
		t.Fatalf("validate ends with %d before anything is flipped: %v", code, f.outcomes)
	}
	return f
}

// where names the thing that an op changes, the same for all ops on it.
func (f *flipper) where(t *testing.T, o op) string {
	t.Helper()
	switch {
	case strings.HasPrefix(o.Action, "registry-"):
		hive, path := place(t, o.Key, f.current)
		return strings.ToLower(hive + " " + path + "!" + o.Name)
	case strings.HasPrefix(o.Action, "policy-"):
		return strings.ToLower("pol " + o.Scope + " " + o.Key + "!" + o.Name)
	case strings.HasPrefix(o.Action, "file-"):
		return strings.ToLower("file " + o.Path)
	}
	t.Fatalf("the plan has an op %q at stage image, which this test cannot flip", o.Action)
	return ""
}

// all makes the flips: other data for each value, policy and file; another type; each taken away; what has to be absent added; and one
// setting that an exception leaves alone, which nothing may find.
func (f *flipper) all(t *testing.T) []flip {
	t.Helper()
	var flips []flip
	seen := map[string]bool{}
	for _, o := range append(f.offline("registry-"), append(f.offline("policy-"), f.offline("file-")...)...) {
		where := f.where(t, o)
		if seen[where] {
			continue // settings that agree on one thing: it is flipped once
		}
		seen[where] = true
		want := f.owners[where]
		if want == nil {
			want = []string{"image/stamp"}
		}
		var ways []flip
		switch strings.SplitN(o.Action, "-", 2)[0] {
		case "registry":
			ways = f.registry(t, o, want)
		case "policy":
			ways = f.policy(t, o, want)
		case "file":
			ways = fileFlips(o, want)
		}
		if f.once {
			ways = ways[:1]
		}
		for i := range ways {
			ways[i].place, ways[i].first = where, i == 0 && !strings.HasPrefix(o.Action, "policy-")
		}
		flips = append(flips, ways...)
	}
	// lock-screen/inactivity-timeout has an exception that leaves the base's state alone.
	alone := op{Action: "registry-set", Key: `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, Name: "InactivityTimeoutSecs"}
	return append(append(flips, f.strangers(t)...), f.hiveFlip(t, alone, "not managed", nil, `dword:00000001`))
}

// strangers are entries beside those of the plan, in the lists that the plan says it holds altogether: in the registry, and in Registry.pol.
func (f *flipper) strangers(t *testing.T) []flip {
	t.Helper()
	const policies = `HKLM\SOFTWARE\Policies\Microsoft\`
	var flips []flip
	for _, s := range []struct {
		o    op
		want string
	}{
		{op{Key: policies + `WindowsFirewall\FirewallRules`, Name: "stranger"}, "firewall/no-other-rules"},
		{op{Key: policies + `WindowsFirewall\ConSecRules`, Name: "stranger"}, "firewall/no-other-ipsec-rules"},
		{op{Key: policies + `Windows\SrpV2\Exe\{00000000-1111-2222-3333-444444444444}`, Name: "Value"}, "mt-only/no-other-rules[Exe]"},
		{op{Key: policies + `Windows Defender\Exclusions\Paths`, Name: `C:\stranger`}, "protection/no-other-exclusions[paths]"},
	} {
		inHive := f.hiveFlip(t, s.o, "stranger", []string{s.want}, `"1"`)
		inHive.place, inHive.first = "stranger "+s.o.Key, true
		inPol := flip{name: "stranger policy " + s.o.Key, place: "stranger policy " + s.o.Key, file: machinePol, want: []string{s.want}, change: func(t *testing.T, path string) error {
			added := entry{strings.TrimPrefix(s.o.Key, `HKLM\`), s.o.Name, 1, "31000000"}
			return os.WriteFile(path, writePol(t, append(readPol(t, []byte(read(t, path))), added)), 0o600)
		}}
		flips = append(flips, inHive, inPol)
	}
	return flips
}

func (f *flipper) registry(t *testing.T, o op, want []string) []flip {
	t.Helper()
	if o.Action == "registry-delete" {
		return []flip{f.hiveFlip(t, o, "added", want, "dword:00000001")}
	}
	if o.NeedKey != "" {
		hive, key := place(t, o.NeedKey, f.current)
		if f.hives[hive].key(key) == nil { // a service that the base lacks: it comes, and starts
			return []flip{f.hiveFlip(t, o, "service added", want, "dword:00000002")}
		}
	}
	gone := f.hiveFlip(t, o, "deleted", want, "-")
	if o.Name == "DelayedAutostart" && strings.Trim(o.Data, "0") == "" { // no such value means 0
		gone.want = nil
	}
	data, err := hex.DecodeString(o.Data)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 16344 { // hivex writes such values in a form of its own
		return []flip{gone}
	}
	other := otherData(o, data)
	number := typeNumbers[o.Type]
	text := fmt.Sprintf("hex(%x):%s", number, commas(other))
	retyped := fmt.Sprintf("hex(%x):%s", map[bool]uint32{true: 3, false: 1}[number != 3], commas(data))
	return []flip{f.hiveFlip(t, o, "other data", want, text), gone, f.hiveFlip(t, o, "other type", want, retyped)}
}

// otherData is data that differs in one bit or character from what is wanted.
func otherData(o op, data []byte) []byte {
	other := slices.Clone(data)
	switch {
	case strings.HasSuffix(strings.ToLower(o.Key), `\services\`+strings.ToLower(filepath.Base(strings.ReplaceAll(o.Key, `\`, "/")))) && o.Name == "Start":
		other[0] = 3 ^ other[0]&1 // 2 or 3: both are start types, of a service that runs
	case len(other) == 0, o.Type == "sz" && len(other) == 2:
		other = []byte{'x', 0, 0, 0}
	default:
		other[0] ^= 1
	}
	return other
}

func commas(data []byte) string {
	parts := make([]string, len(data))
	for i, b := range data {
		parts[i] = fmt.Sprintf("%02x", b)
	}
	return strings.Join(parts, ",")
}

// hiveFlip lets hivexregedit merge one value into a hive.
func (f *flipper) hiveFlip(t *testing.T, o op, what string, want []string, text string) flip {
	t.Helper()
	hive, path := place(t, o.Key, f.current)
	name := o.Name
	if k := f.hives[hive].key(path); k != nil {
		path = k.Path
		if v, ok := k.Values[strings.ToLower(name)]; ok {
			name = v.Name // hivexregedit tells names apart by case, Windows does not
		}
	}
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	if name == "" {
		quoted = "@"
	}
	merge := "Windows Registry Editor Version 5.00\n\n[\\" + path + "]\n" + quoted + "=" + text + "\n"
	return flip{name: what + " " + o.Key + "!" + o.Name, file: hive, want: want, change: func(t *testing.T, file string) error {
		reg := file + ".reg"
		if err := os.WriteFile(reg, []byte(merge), 0o600); err != nil {
			return err
		}
		return quietly(t, "hivexregedit", "--merge", file, reg)
	}}
}

// policy flips an entry of Registry.pol: other data, and no entry at all.
func (f *flipper) policy(t *testing.T, o op, want []string) []flip {
	t.Helper()
	file := map[string]string{"machine": machinePol, "user": userPol}[o.Scope]
	rewrite := func(replace func(entry) []entry) func(*testing.T, string) error {
		return func(t *testing.T, path string) error {
			var out []entry
			found := false
			target := policyEntry(t, o)
			for _, e := range readPol(t, []byte(read(t, path))) {
				if e.same(target) {
					found = true
					out = append(out, replace(e)...)
				} else {
					out = append(out, e)
				}
			}
			if !found {
				return fmt.Errorf("no entry for %s!%s", target.Key, target.Value)
			}
			return os.WriteFile(path, writePol(t, out), 0o600)
		}
	}
	name := " policy " + o.Key + "!" + o.Name
	if o.Action == "policy-delete" {
		return []flip{{name: "set" + name, file: file, want: want, change: rewrite(func(e entry) []entry {
			return []entry{{e.Key, o.Name, 4, "01000000"}}
		})}}
	}
	return []flip{
		{name: "other" + name, file: file, want: want, change: rewrite(func(e entry) []entry {
			data, err := hex.DecodeString(e.Data)
			if err != nil {
				t.Fatal(err)
			}
			e.Data = hex.EncodeToString(otherData(o, data))
			return []entry{e}
		})},
		{name: "no" + name, file: file, want: want, change: rewrite(func(entry) []entry { return nil })},
	}
}

// fileFlips flips one file: other content or none, or one where none has to be.
func fileFlips(o op, want []string) []flip {
	path := strings.ReplaceAll(o.Path, `\`, "/")
	other := func(_ *testing.T, file string) error { return os.WriteFile(file, []byte("flipped\r\n"), 0o600) }
	flips := []flip{{name: "other file " + path, file: path, want: want, change: other}}
	if o.Action == "file-put" {
		flips = append(flips, flip{name: "no file " + path, file: path, want: want, remove: true})
	}
	return flips
}
