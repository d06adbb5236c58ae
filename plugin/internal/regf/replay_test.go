package regf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// The vectors are those that Microsoft's own runtime tests Marvin32 with.
func TestMarvin32(t *testing.T) {
	const seed = 0x004fb61a001bdbcc
	for text, want := range map[string]uint64{
		"":                             0x30ed35c100cd3c7d,
		"\xaf":                         0x48e73fc77d75ddc1,
		"\xe7\x0f":                     0xb5f6e1fc485dbff8,
		"\x37\xf4\x95":                 0xf0b07c789b8cf7e8,
		"\x86\x42\xdc\x59":             0x7008f2e87e9cf556,
		"\x15\x3f\xb7\x98\x26":         0xe6c08c6da2afa997,
		"\x09\x32\xe6\x24\x6c\x47":     0x6f04bf1a5ea24060,
		"\xab\x42\x7e\xa8\xd1\x0f\xc7": 0xe11847e4f0678c41,
	} {
		if got := regf.Marvin32(seed, []byte(text)); got != want {
			t.Errorf("%x: %#x, want %#x", text, got, want)
		}
	}
}

// states are three moments of one hive: each has what the one before lacks, and the last has more bins.
func states(t testing.TB) (a, b, c []byte) {
	t.Helper()
	h := emptyHive(t)
	set(t, h, `Key`, "v", regf.SZ, regf.StringData("first"))
	set(t, h, `Key`, "big", regf.Binary, make([]byte, 9000))
	a = write(t, h)
	set(t, h, `Key`, "v", regf.SZ, regf.StringData("second"))
	b = write(t, h)
	set(t, h, `Key\Sub`, "more", regf.Binary, bytes.Repeat([]byte("more"), 5000))
	c = write(t, h)
	return a, b, c
}

// dirty begins a write on a hive.
func dirty(b []byte, begun, done uint32) []byte {
	b = bytes.Clone(b)
	binary.LittleEndian.PutUint32(b[4:], begun)
	binary.LittleEndian.PutUint32(b[8:], done)
	seal(b)
	return b
}

func bins(b []byte) uint32 { return uint32(len(b) - 4096) }

// step is a log entry that makes one state into another.
func step(l *lab.HiveLog, from, to []byte) *lab.HiveLog {
	return l.Entry(bins(to), 0, lab.DifferingPages(from, to)...)
}

type logs []regf.Log

func newer(b ...[]byte) (l logs) {
	for i, data := range b {
		l = append(l, regf.Log{Name: "X.LOG" + string(rune('1'+i)), Data: data})
	}
	return l
}

func TestReplay(t *testing.T) {
	a, b, c := states(t)
	from := func(n uint32) *lab.HiveLog { return lab.NewHiveLog(a, n) }
	both := step(step(from(8), a, b), b, c).Bytes()
	one, two := step(from(8), a, b).Bytes(), step(from(9), b, c).Bytes()
	stale := step(from(3), c, a).Bytes()
	over := uint32(0xffffffff)
	for name, tc := range map[string]struct {
		hive []byte
		logs logs
		want []byte
		did  regf.Replayed
	}{
		"clean, whatever lies beside it":  {dirty(a, 8, 8), newer(two), dirty(a, 8, 8), regf.Replayed{}},
		"one entry":                       {dirty(a, 8, 7), newer(one), b, regf.Replayed{1, []string{"X.LOG1"}, 8}},
		"two in one log":                  {dirty(a, 8, 7), newer(both), c, regf.Replayed{2, []string{"X.LOG1"}, 9}},
		"two in two logs":                 {dirty(a, 8, 7), newer(one, two), c, regf.Replayed{2, []string{"X.LOG1", "X.LOG2"}, 9}},
		"the older log is the second":     {dirty(a, 8, 7), newer(two, one), c, regf.Replayed{2, []string{"X.LOG2", "X.LOG1"}, 9}},
		"an old log beside it":            {dirty(a, 8, 7), newer(one, stale), b, regf.Replayed{1, []string{"X.LOG1"}, 8}},
		"an empty log beside it":          {dirty(a, 8, 7), newer(one, nil), b, regf.Replayed{1, []string{"X.LOG1"}, 8}},
		"older entries first":             {dirty(a, 8, 7), newer(step(step(from(6), c, a).Entry(bins(a), 0, lab.LogPage{Data: a[4096:8192]}), a, b).Bytes()), b, regf.Replayed{2, []string{"X.LOG1"}, 8}},
		"what was written before, behind": {dirty(a, 8, 7), newer(append(bytes.Clone(one), stale[512:]...)), b, regf.Replayed{1, []string{"X.LOG1"}, 8}},
		"half an entry at the end":        {dirty(a, 8, 7), newer(both[:len(both)-1024]), b, regf.Replayed{1, []string{"X.LOG1"}, 8}},
		"a hive shrinks":                  {dirty(c, 8, 7), newer(step(lab.NewHiveLog(c, 8), c, b).Bytes()), b, regf.Replayed{1, []string{"X.LOG1"}, 8}},
		"numbers run over": {dirty(a, 0, over), newer(step(step(from(over), c, a), a, b).Bytes(), step(from(1), b, c).Bytes()), c,
			regf.Replayed{3, []string{"X.LOG1", "X.LOG2"}, 1}},
		"old format": {dirty(a, 8, 7), newer(lab.OldHiveLog(a, bins(c), lab.DifferingPages(a, c)...)), c, regf.Replayed{1, []string{"X.LOG1"}, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			before := bytes.Clone(tc.hive)
			got, did, err := regf.Replay(tc.hive, tc.logs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.did, did); diff != "" {
				t.Errorf("did (-want +got):\n%s", diff)
			}
			if !bytes.Equal(before, tc.hive) {
				t.Error("the hive that was given changed")
			}
			if len(got) != len(tc.want) || !bytes.Equal(got[4096:], tc.want[4096:]) {
				t.Errorf("%d bytes differ from the %d wanted", len(got), len(tc.want))
			}
			if diff := cmp.Diff(dump(parse(t, tc.want)), dump(parse(t, got))); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
		})
	}
}

// patch changes an entry of a log (from 0) and, where resealed, makes its hashes right again.
func patch(log []byte, entry int, resealed bool, change func(e []byte)) []byte {
	log = bytes.Clone(log)
	at := 512
	for range entry {
		at += int(binary.LittleEndian.Uint32(log[at+4:]))
	}
	end := at + int(binary.LittleEndian.Uint32(log[at+4:]))
	change(log[at:end])
	if resealed {
		lab.SealLogEntry(log[at:end])
	}
	return log
}

func headed(log []byte, change func(b []byte)) []byte {
	log = bytes.Clone(log)
	change(log)
	seal(log)
	return log
}

type misfit struct {
	logs logs
	word string
}

// misfits has a line for each way in which logs can fail to fit a.
func misfits(a, b, c []byte) map[string]misfit {
	put := binary.LittleEndian.PutUint32
	at := func(n uint32) *lab.HiveLog { return lab.NewHiveLog(a, n) }
	one, two := step(at(8), a, b).Bytes(), step(at(9), b, c).Bytes()
	both := step(step(at(8), a, b), b, c).Bytes()
	old := lab.OldHiveLog(a, bins(c), lab.DifferingPages(a, c)...)
	return map[string]misfit{
		"no log":                  {nil, "no log stands beside it"},
		"empty logs":              {newer(nil, nil), "X.LOG1 is empty, X.LOG2 is empty"},
		"half a header":           {newer(one[:300]), "less than a header"},
		"zeros":                   {newer(make([]byte, 4096)), "no regf header"},
		"header checksum":         {newer(append(append(bytes.Clone(one[:508]), 0, 0, 0, 0), one[512:]...)), "wrong checksum"},
		"log not finished":        {newer(headed(one, func(b []byte) { b[4]++ })), "not finished itself"},
		"a primary file":          {newer(a), "file type 0"},
		"another root":            {newer(headed(one, func(b []byte) { b[36] += 8 })), "another hive"},
		"another version":         {newer(headed(one, func(b []byte) { b[24] = 3 })), "another hive"},
		"other sectors":           {newer(headed(one, func(b []byte) { b[44] = 8 })), "another hive"},
		"first entry missing":     {newer(two), "those from 8 are missing"},
		"all entries too old":     {newer(step(at(5), a, b).Bytes()), "write 8 was begun and no log has it"},
		"no entry":                {newer(one[:512]), "write 8 was begun"},
		"a gap between logs":      {newer(one, step(at(10), b, c).Bytes()), "ends before entry 9"},
		"same numbers":            {newer(one, one), "same number"},
		"first is damaged":        {newer(patch(both, 0, false, func(e []byte) { e[600] ^= 1 })), "entry 8 of X.LOG1 has a wrong first hash, and entry 9 follows it"},
		"only one, damaged":       {newer(patch(one, 0, false, func(e []byte) { e[600] ^= 1 })), "write 8 was begun"},
		"head is damaged":         {newer(patch(one, 0, false, func(e []byte) { e[8] ^= 1 })), "wrong second hash"},
		"page outside":            {newer(patch(one, 0, true, func(e []byte) { put(e[40:], bins(a)) })), "has a page of"},
		"page not aligned":        {newer(patch(one, 0, true, func(e []byte) { put(e[40:], 8) })), "has a page of"},
		"page without bytes":      {newer(patch(one, 0, true, func(e []byte) { put(e[44:], 0) })), "has a page of 0"},
		"page longer than entry":  {newer(at(8).Entry(1<<20, 0, lab.LogPage{Data: make([]byte, 4096)}).Bytes(), nil), "of which"},
		"page count":              {newer(patch(one, 0, true, func(e []byte) { put(e[20:], 1<<30) })), "pages in"},
		"no page":                 {newer(patch(one, 0, true, func(e []byte) { put(e[20:], 0) })), "0 pages"},
		"bins of 1 GiB":           {newer(patch(one, 0, true, func(e []byte) { put(e[16:], 1<<30) })), "of which"},
		"bins not aligned":        {newer(patch(one, 0, true, func(e []byte) { put(e[16:], 5000) })), "5000 bytes of bins"},
		"pages far away":          {newer(at(8).Entry(1<<30, 0, lab.LogPage{Offset: 1 << 29, Data: make([]byte, 4096)}).Bytes()), "nothing for what lies before it"},
		"entry size":              {newer(patch(one, 0, true, func(e []byte) { put(e[4:], 100) })), "write 8 was begun"},
		"old and new":             {newer(old, one), "old format"},
		"old format twice":        {newer(old, old), "both have"},
		"old format, other time":  {newer(headed(old, func(b []byte) { b[12]++ })), "another last-written time"},
		"old format, no vector":   {newer(headed(old, func(b []byte) { b[512] = 'x' })), "no dirty vector"},
		"old format, nothing":     {newer(lab.OldHiveLog(a, bins(a))), "marks no page"},
		"old format, cut":         {newer(old[:len(old)-1]), "cut off"},
		"old format, too large":   {newer(headed(old, func(b []byte) { put(b[40:], 1<<30) })), "no dirty vector"},
		"old format, far away":    {newer(lab.OldHiveLog(a, 1<<24, lab.LogPage{Offset: 1 << 23, Data: make([]byte, 512)})), "nothing for what lies"},
		"old format, bins absent": {newer(lab.OldHiveLog(a, 1<<20, lab.LogPage{Data: a[4096:8192]})), "of which"},
	}
}

func TestReplayRefuses(t *testing.T) {
	a, b, c := states(t)
	for name, tc := range misfits(a, b, c) {
		t.Run(name, func(t *testing.T) {
			_, did, err := regf.Replay(dirty(a, 8, 7), tc.logs)
			if !errors.Is(err, regf.ErrDirty) || !strings.Contains(err.Error(), tc.word) {
				t.Fatalf("got %+v, error %v; want %q", did, err, tc.word)
			}
			if !containsAll(err.Error(), ".LOG1", "capture again") {
				t.Errorf("the way out is missing: %v", err)
			}
		})
	}
	if _, _, err := regf.Replay(nil, nil); !errors.Is(err, regf.ErrNotHive) {
		t.Errorf("no hive: %v", err)
	}
}

// What a real machine left, with entries that end in garbage, is known only as far as the lab makes it so.
func TestReplayOfTheLab(t *testing.T) {
	_, b, c := states(t)
	hive, log1, log2 := lab.DirtyHive(b, c)
	if _, err := regf.Parse(hive); !errors.Is(err, regf.ErrDirty) {
		t.Fatalf("not dirty: %v", err)
	}
	for _, l := range []logs{newer(log1, log2), newer(log2, log1)} {
		got, did, err := regf.Replay(hive, l)
		if err != nil || did.Entries != 3 {
			t.Fatalf("%+v, %v", did, err)
		}
		if diff := cmp.Diff(dump(parse(t, c)), dump(parse(t, got))); diff != "" {
			t.Error(diff)
		}
		if !slices.Equal(got[4:8], got[8:12]) || got[4] != byte(did.Sequence) {
			t.Errorf("sequence numbers %x, want %d", got[4:12], did.Sequence)
		}
	}
	if _, _, err := regf.Replay(hive, newer(log1, nil)); err != nil {
		t.Errorf("the first log alone gives what it has: %v", err)
	}
	if _, _, err := regf.Replay(hive, newer(nil, log2)); !errors.Is(err, regf.ErrDirty) {
		t.Errorf("the second log alone: %v", err)
	}
}

func FuzzReplay(f *testing.F) {
	a, b, c := states(f)
	f.Add(step(lab.NewHiveLog(a, 8), a, b).Bytes(), step(lab.NewHiveLog(a, 9), b, c).Bytes())
	f.Add(lab.OldHiveLog(a, bins(c), lab.DifferingPages(a, c)...), []byte{})
	for _, m := range misfits(a, b, c) {
		two := append(slices.Clone(m.logs), regf.Log{}, regf.Log{})
		f.Add(two[0].Data, two[1].Data)
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		hostile.Bounded(t, len(a)+len(one)+len(two), 64, 1<<20, func() { _, _, _ = regf.Replay(dirty(a, 8, 7), newer(one, two)) })
		if whole, _, err := regf.Replay(dirty(a, 8, 7), newer(one, two)); err == nil {
			checkAny(t, whole)
		}
		var l logs
		for _, b := range [][]byte{one, two} {
			if len(b) >= 512 {
				b = bytes.Clone(b)
				seal(b)
				for at := 512; len(b)-at >= 512 && string(b[at:at+4]) == "HvLE"; { // the hashes would stop nearly every input
					n := int(binary.LittleEndian.Uint32(b[at+4:]))
					if n < 512 || n%4 != 0 || n > len(b)-at {
						break
					}
					lab.SealLogEntry(b[at : at+n])
					at += n
				}
			}
			l = append(l, regf.Log{Name: "log", Data: b})
		}
		whole, _, err := regf.Replay(dirty(a, 8, 7), l)
		if err != nil {
			return
		}
		if len(whole) > len(a)+len(one)+len(two) {
			t.Errorf("%d bytes from %d, %d and %d", len(whole), len(a), len(one), len(two))
		}
		checkAny(t, whole)
	})
}
