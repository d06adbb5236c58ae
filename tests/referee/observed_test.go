package referee

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// Databases that Windows keeps itself, which an image shows although a later stage sets them.
const (
	securityHive = "/Windows/System32/config/SECURITY"
	samHive      = "/Windows/System32/config/SAM"
	auditKey     = `Policy\PolAdtEv`
	domainKey    = `SAM\Domains\Account`
	accountsKey  = `Policy\Accounts`
)

// TestObserved holds what is observed offline although it is set later: rights, audit policy, account policy, accounts and tasks. Where
// foreign writers put there what the plan wants, the deferred findings become passes; where one of these is changed again, that finding
// says so and is a pass no more, and no other finding moves.
func TestObserved(t *testing.T) {
	for name, make := range map[string]func(*testing.T) world{
		"2021": labWorld,
		"2019": func(t *testing.T) world { return sisterWorld(t, "ltsc-2019", "-2019") },
		"2016": func(t *testing.T) world { return sisterWorld(t, "ltsb-2016", "-2016") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the flips of one image follow each other
			o := newObserved(t, build(t, make(t)))
			o.wanted(t)
			o.flips(t)
		})
	}
}

// observed is an image whose databases are rewritten.
type observed struct {
	built
	files  map[string]string
	now    map[string]verdict // settings as they are judged in the image at hand
	states map[string]state   // by setting: what the plan wants of one location
}

type verdict struct{ Outcome, Observed string }

// state is one location of a database and the value that the plan wants there.
type state struct{ scheme, name, value string }

func newObserved(t *testing.T, b built) *observed {
	t.Helper()
	o := &observed{built: b, states: map[string]state{}}
	paths := []string{securityHive, samHive}
	for _, p := range b.plan.Ops {
		s := state{"right", p.Op.Name, strings.Join(p.Op.SIDs, " ")}
		if p.Op.Action == "state-set" {
			s.scheme, s.name, _ = strings.Cut(p.Op.Location, ":")
			s.value = p.Op.Value
		} else if p.Op.Action != "right-set" {
			continue
		}
		for _, id := range p.Settings {
			o.states[id] = s
		}
		if s.scheme == "task" && slices.ContainsFunc(b.record.Findings, func(f finding) bool {
			return f.Setting == p.Settings[0] && (f.Observed == "enabled" || f.Observed == "disabled")
		}) {
			paths = append(paths, "/Windows/System32/Tasks"+strings.ReplaceAll(s.name, `\`, "/"))
		}
	}
	o.files = extract(t, b.image, "1", paths...)
	return o
}

// writable tells whether this test can write a state as Windows would keep it. Names and groups lie in records of variable length, and
// features in the servicing stack's own store: those are read here by nobody but the product.
func (s state) writable() bool {
	_, known := accountPolicy[s.name]
	return s.scheme == "audit" || s.scheme == "task" || s.scheme == "account" || s.scheme == "account-policy" && known ||
		s.scheme == "right" && !strings.Contains(s.value, "rid:") && (logonRights[s.name] != 0 || privileges[s.name] != 0)
}

// wanted writes what the plan wants and demands passes.
func (o *observed) wanted(t *testing.T) {
	t.Helper()
	accounts := readAccounts(t, o.files[securityHive])
	counts := map[string]int{}
	for _, s := range o.states {
		if !s.writable() {
			continue
		}
		counts[s.scheme]++
		switch s.scheme {
		case "right":
			accounts.set(s.name, strings.Fields(s.value))
		case "account-policy":
			o.domain(t, s.name, s.value)
		case "account":
			o.account(t, s.name, s.value == "disabled")
		case "task":
			o.task(t, s.name, "true", "false")
		}
	}
	accounts.write(t, o.files[securityHive])
	for i := range slots(o.audit(t)) {
		o.slot(t, i, 3)
	}
	o.now = o.judge(t)
	for id, s := range o.states {
		got := o.now[id]
		absent := s.scheme == "task" && got.Outcome == "not-applicable" || s.scheme == "account" && got.Outcome == "not-applicable"
		if s.writable() && got.Outcome != "pass" && !absent {
			t.Errorf("%s: a foreign writer put %q at %s:%s, and it is judged %s, observed %q", id, s.value, s.scheme, s.name, got.Outcome, got.Observed)
		}
	}
	t.Logf("set by foreign writers and passed: %v of %d states that later stages set", counts, len(o.states))
}

// flips changes one state after the other.
func (o *observed) flips(t *testing.T) {
	t.Helper()
	found := map[string]int{}
	flip := func(what string, want string, change, back func()) {
		change()
		got := o.judge(t)
		back()
		var moved []string
		for id := range o.now {
			if got[id] != o.now[id] {
				moved = append(moved, id)
				if got[id].Outcome == "pass" {
					t.Errorf("%s: %s is still a pass", what, id)
				}
			}
		}
		slices.Sort(moved)
		if want != "" && !cmp.Equal(moved, []string{want}) {
			t.Errorf("%s: %v changed, and not %s alone", what, moved, want)
		}
		for _, id := range moved {
			found[o.states[id].scheme]++
		}
	}
	for i := range slots(o.audit(t)) { // which subcategory stands where is for the product to know: each must stand somewhere
		flip(fmt.Sprintf("audit slot %d", i), "", func() { o.slot(t, i, 0) }, func() { o.slot(t, i, 3) })
	}
	audits := 0
	for _, id := range slices.Sorted(maps.Keys(o.states)) {
		s := o.states[id]
		if s.scheme == "audit" {
			audits++
		}
		if !s.writable() || o.now[id].Outcome == "not-applicable" {
			continue
		}
		switch s.scheme {
		case "right":
			before := read(t, o.files[securityHive])
			flip(s.name, id, func() {
				a := readAccounts(t, o.files[securityHive])
				a.set(s.name, append(strings.Fields(s.value), "S-1-5-7"))
				a.write(t, o.files[securityHive])
			}, func() { write(t, o.files[securityHive], []byte(before)) })
		case "account-policy":
			other := map[string]string{"0": "1", "1": "0"}[s.value]
			if other == "" {
				other = "7"
			}
			flip(s.name, id, func() { o.domain(t, s.name, other) }, func() { o.domain(t, s.name, s.value) })
		case "task":
			flip(s.name, id, func() { o.task(t, s.name, "false", "true") }, func() { o.task(t, s.name, "true", "false") })
		case "account":
			flip("account "+s.name, "", func() { o.account(t, s.name, s.value != "disabled") }, func() { o.account(t, s.name, s.value == "disabled") })
		}
	}
	if found["audit"] != audits {
		t.Errorf("%d of %d audit settings change with exactly one place of the audit policy", found["audit"], audits)
	}
	t.Logf("found after a flip: %v", found)
}

// judge puts the files into a copy of the image and judges it.
func (o *observed) judge(t *testing.T) map[string]verdict {
	t.Helper()
	dir := t.TempDir()
	wim, list := filepath.Join(dir, "image.wim"), filepath.Join(dir, "commands")
	if err := copyOf(o.image, wim); err != nil {
		t.Fatal(err)
	}
	var commands strings.Builder
	for _, path := range slices.Sorted(maps.Keys(o.files)) {
		fmt.Fprintf(&commands, "add '%s' '%s'\n", o.files[path], path)
	}
	write(t, list, []byte(commands.String()))
	if err := quietlyFrom(t, list, "wimlib-imagex", "update", wim, "1"); err != nil {
		t.Fatal(err)
	}
	r := harness.Wmclient(t, "", "validate", o.manifest, "--wim", wim, "--json")
	got := map[string]verdict{}
	for line := range strings.Lines(r.Stdout) {
		var event struct {
			Type string  `json:"type"`
			Data finding `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &event); err == nil && event.Type == "finding" {
			got[event.Data.Setting] = verdict{event.Data.Outcome, event.Data.Observed}
		}
	}
	if len(got) == 0 {
		t.Fatalf("nothing was judged: %s", r.Stderr)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return got
}

func (o *observed) task(t *testing.T, name, from, to string) {
	t.Helper()
	path, ok := o.files["/Windows/System32/Tasks"+strings.ReplaceAll(name, `\`, "/")]
	if !ok {
		return // the base has no such task
	}
	wide := func(s string) string {
		data, err := hex.DecodeString(utf16Hex(s))
		if err != nil {
			t.Fatal(err)
		}
		return string(data[:len(data)-2])
	}
	text := read(t, path)
	write(t, path, []byte(strings.Replace(text, wide("<Enabled>"+from), wide("<Enabled>"+to), 1)))
}

// audit returns the audit policy: a head of 12 bytes with the end of the array, and two bytes for each subcategory.
func (o *observed) audit(t *testing.T) []byte {
	t.Helper()
	return data(t, o.files[securityHive], auditKey, "")
}

func slots(policy []byte) []struct{} {
	categories := policy[binary.LittleEndian.Uint32(policy[8:]):]
	n := 0
	for i := 0; i+1 < len(categories); i += 2 {
		n += int(binary.LittleEndian.Uint16(categories[i:]))
	}
	return make([]struct{}, n)
}

func (o *observed) slot(t *testing.T, i int, flags uint16) {
	t.Helper()
	policy := o.audit(t)
	binary.LittleEndian.PutUint16(policy[12+2*i:], flags)
	merge(t, o.files[securityHive], auditKey, "", 0, policy)
}

// account sets or clears the bit "disabled" (0x0001) of the account control bits, 0x38 bytes into an account's record F.
func (o *observed) account(t *testing.T, rid string, disabled bool) {
	t.Helper()
	n, err := strconv.Atoi(rid)
	if err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf(`%s\Users\%08X`, domainKey, n)
	if readHivex(t, o.files[samHive]).key(key) == nil {
		return
	}
	f := data(t, o.files[samHive], key, "F")
	f[0x38] &^= 1
	if disabled {
		f[0x38] |= 1
	}
	merge(t, o.files[samHive], key, "F", 3, f)
}

// Units of the time spans in the domain's record F: 100 ns, negative.
const (
	minutes = -600_000_000
	days    = 24 * 60 * minutes
)

// accountPolicy says where the domain's record F keeps a policy, after descriptions of SAM by the authors of chntpw and creddump: the
// place, the bytes, and the unit of a span or the bit of a flag.
var accountPolicy = map[string]struct {
	at, size int
	unit     int64
	bit      uint32
}{
	"MaximumPasswordAge":    {0x18, 8, days, 0},
	"MinimumPasswordAge":    {0x20, 8, days, 0},
	"LockoutDuration":       {0x30, 8, minutes, 0},
	"ResetLockoutCount":     {0x38, 8, minutes, 0},
	"PasswordComplexity":    {0x4c, 4, 0, 1},
	"ClearTextPassword":     {0x4c, 4, 0, 16},
	"MinimumPasswordLength": {0x50, 2, 1, 0},
	"PasswordHistorySize":   {0x52, 2, 1, 0},
	"LockoutBadCount":       {0x54, 2, 1, 0},
}

func (o *observed) domain(t *testing.T, name, value string) {
	t.Helper()
	p := accountPolicy[name]
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	f := data(t, o.files[samHive], domainKey, "F")
	switch {
	case p.bit != 0:
		flags := binary.LittleEndian.Uint32(f[p.at:]) &^ p.bit
		binary.LittleEndian.PutUint32(f[p.at:], flags|p.bit*uint32(n))
	case p.size == 8 && n < 0:
		binary.LittleEndian.PutUint64(f[p.at:], 1<<63)
	case p.size == 8:
		binary.LittleEndian.PutUint64(f[p.at:], uint64(n*p.unit))
	default:
		binary.LittleEndian.PutUint16(f[p.at:], uint16(n))
	}
	merge(t, o.files[samHive], domainKey, "F", 3, f)
}

// data is a value's data as hivex reads it.
func data(t *testing.T, file, key, name string) []byte {
	t.Helper()
	k := readHivex(t, file).key(key)
	if k == nil {
		t.Fatalf("no key %s", key)
	}
	b, err := hex.DecodeString(k.Values[strings.ToLower(name)].Data)
	if err != nil || len(b) == 0 {
		t.Fatalf("%s!%s: %q %v", key, name, k.Values[strings.ToLower(name)].Data, err)
	}
	return b
}

// merge lets hivexregedit write a value.
func merge(t *testing.T, file, key, name string, kind int, b []byte) {
	t.Helper()
	quoted := `"` + name + `"`
	if name == "" {
		quoted = "@"
	}
	mergeText(t, file, fmt.Sprintf("[\\%s]\n%s=hex(%x):%s\n", key, quoted, kind, commas(b)))
}

func mergeText(t *testing.T, file, text string) {
	t.Helper()
	write(t, file+".reg", []byte("Windows Registry Editor Version 5.00\n\n"+text))
	run(t, "hivexregedit", "--merge", file, file+".reg")
}
