// Package hostile holds readers of foreign bytes to their promises, in tests: that a file in which any one field was changed is refused or
// read right, never wrong without a word, and that memory follows the size of what is read, not what it claims.
//
// It knows no format. A test walks a small file of its own and names its fields; this package changes them one at a time and keeps the
// table. Only tests import it.
package hostile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Field is a number, or a piece of data, in a file.
type Field struct {
	Kind  string // what it is, whichever structure of its kind it stands in: "key.parent"
	Owner string // where it stands, in the words of a reading: a change may show there and below
	Off   int    // in the file
	Size  int    // bytes, at most 8; little-endian
}

// Reading is everything that a file says, by its place.
type Reading map[string]string

// Format is a kind of file under test.
type Format struct {
	// Read reads all of a file, or says what is wrong with it.
	Read func(b []byte) (Reading, error)
	// Named reports that an error says what is wrong where, in the format's own way.
	Named func(error) bool
	// Mend, which may be nil, makes the checksums right that stand over a field, so that the field itself is judged.
	Mend func(b []byte, f Field)
	// Own lists the kinds of fields whose change no reader can know: another value there is another file, as good as the first. The text
	// says why.
	Own map[string]string
	// Strict demands that each of Own did happen, so that the list does not outlive its reasons.
	Strict bool
}

// row counts what became of the changes of one kind of field.
type row struct{ fields, changes, refused, equal, own int }

// Report is what became of all changes.
type Report struct {
	rows map[string]*row
	own  map[string]string
}

// Corrupt sets every field to 0, to all ones, one up and one down, and to values that the test adds, and reads the file each time. It fails
// the test for a panic, for an error without a name, and for a reading that differs and is not in Own, or differs elsewhere than at its field.
func Corrupt(t *testing.T, file []byte, fields []Field, f Format, more func(Field) []uint64) *Report {
	t.Helper()
	want, err := f.Read(bytes.Clone(file))
	if err != nil {
		t.Fatalf("the file itself is refused: %v", err)
	}
	r := &Report{map[string]*row{}, f.Own}
	if raceEnabled {
		fields, f.Strict = thin(fields), false
	}
	for _, field := range fields {
		x := r.rows[field.Kind]
		if x == nil {
			x = new(row)
			r.rows[field.Kind] = x
		}
		x.fields++
		for _, v := range values(file, field, more) {
			b := bytes.Clone(file)
			put(b, field, v)
			if f.Mend != nil {
				f.Mend(b, field)
			}
			x.changes++
			x.judge(t, field, v, want, b, f)
		}
	}
	for kind := range f.Own {
		if x := r.rows[kind]; f.Strict && (x == nil || x.own == 0) {
			t.Errorf("%s is listed as one that no reader can know, and every change of it was found: take it off the list", kind)
		}
	}
	return r
}

// thin keeps one of eight.
func thin[T any](list []T) []T {
	var out []T
	for i := 0; i < len(list); i += 8 {
		out = append(out, list[i])
	}
	return out
}

func (x *row) judge(t *testing.T, field Field, v uint64, want Reading, b []byte, f Format) {
	t.Helper()
	at := fmt.Sprintf("%s of %q at offset %#x set to %#x", field.Kind, field.Owner, field.Off, v)
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v", at, p)
		}
	}()
	got, err := f.Read(b)
	if err != nil {
		x.refused++
		if !f.Named(err) {
			t.Errorf("%s: refused without a name: %v", at, err)
		}
		return
	}
	differ := differences(want, got)
	if len(differ) == 0 {
		x.equal++
		return
	}
	x.own++
	if _, ok := f.Own[field.Kind]; !ok {
		t.Errorf("%s: read wrong without a word: %.300s", at, strings.Join(differ, "; "))
		return
	}
	for _, d := range differ {
		if !strings.HasPrefix(d, field.Owner) {
			t.Errorf("%s: it shows elsewhere: %s", at, d)
		}
	}
}

// differences lists the places at which two readings differ, with both values.
func differences(want, got Reading) []string {
	var out []string
	for _, place := range slices.Sorted(maps.Keys(want)) {
		if g, ok := got[place]; !ok {
			out = append(out, place+" is gone")
		} else if g != want[place] {
			out = append(out, fmt.Sprintf("%s was %.60s and is %.60s", place, want[place], g))
		}
	}
	for _, place := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[place]; !ok {
			out = append(out, place+" is new")
		}
	}
	return out
}

// values are those that a field is set to, without the one that it has.
func values(file []byte, field Field, more func(Field) []uint64) []uint64 {
	old := get(file, field)
	all := uint64(1)<<(8*field.Size) - 1 // for 8 bytes the shift gives 0, and this all ones
	list := []uint64{0, all, (old + 1) & all, (old - 1) & all}
	if more != nil {
		for _, v := range more(field) {
			list = append(list, v&all)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(v uint64) bool { return v == old })
}

// Seeds returns changed copies of a file for a fuzzer to begin with: of each kind of field the first one, set to the values that Corrupt
// sets it to.
func Seeds(file []byte, fields []Field, mend func([]byte, Field)) [][]byte {
	out := [][]byte{file}
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Kind] {
			continue
		}
		seen[f.Kind] = true
		for _, v := range values(file, f, nil) {
			b := bytes.Clone(file)
			put(b, f, v)
			if mend != nil {
				mend(b, f)
			}
			out = append(out, b)
		}
	}
	return out
}

func get(b []byte, f Field) uint64 {
	var v [8]byte
	copy(v[:], b[f.Off:f.Off+f.Size])
	return binary.LittleEndian.Uint64(v[:])
}

func put(b []byte, f Field, v uint64) {
	copy(b[f.Off:f.Off+f.Size], binary.LittleEndian.AppendUint64(nil, v))
}

// Refused says how many changes of a kind of field were refused, and how many there were.
func (r *Report) Refused(kind string) (refused, changes int) {
	if x := r.rows[kind]; x != nil {
		return x.refused, x.changes
	}
	return 0, 0
}

// String is the table, a line for each kind of field.
func (r *Report) String() string {
	var b strings.Builder
	sum := row{}
	line := func(name string, x row, note string) {
		fmt.Fprintf(&b, "%-34s %6d %8d %8d %8d %8d  %s\n", name, x.fields, x.changes, x.refused, x.equal, x.own, note)
	}
	fmt.Fprintf(&b, "%-34s %6s %8s %8s %8s %8s\n", "field", "places", "changes", "refused", "equal", "other")
	for _, kind := range slices.Sorted(maps.Keys(r.rows)) {
		x := *r.rows[kind]
		note := ""
		if x.own > 0 {
			note = "other: " + r.own[kind]
		}
		line(kind, x, note)
		sum = row{sum.fields + x.fields, sum.changes + x.changes, sum.refused + x.refused, sum.equal + x.equal, sum.own + x.own}
	}
	line("all", sum, "")
	return b.String()
}

// Bounded fails the test where read allocates more than constant bytes plus factor times the size of its input, in all: what the garbage
// collector takes back meanwhile counts, so that it bounds the work too. Nothing else may run beside it.
func Bounded(t testing.TB, size int, factor, constant uint64, read func()) {
	t.Helper()
	if raceEnabled {
		read()
		return
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	if used, most := after.TotalAlloc-before.TotalAlloc, constant+factor*uint64(size); used > most {
		t.Errorf("%d bytes were allocated for an input of %d, %d are allowed", used, size, most)
	}
}
