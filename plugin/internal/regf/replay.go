package regf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// Log is one transaction log file of a hive: .LOG1, .LOG2 or, before Windows
// Vista, .LOG.
type Log struct {
	Name string // for messages
	Data []byte
}

// Replayed says what Replay did. The zero value: nothing, the hive was clean.
type Replayed struct {
	Entries  int      // how many log entries were applied; 1 for a log of the old format
	Logs     []string // the names of the logs that they came from, in the order of applying
	Sequence uint32   // the number of the last one, which the hive now has
}

// Kinds of file, as the header states them at offset 28.
const (
	typeOldLog     = 1
	typeVeryOldLog = 2
	typeNewLog     = 6

	logHeader = 512 // what a log keeps of the hive's header
	atFlags   = 144 // flags in the header since Windows 10
)

// Replay returns a dirty hive as its transaction logs complete it, with equal
// sequence numbers; a clean hive comes back as it is. hive and logs are not
// changed. What it returns is to be parsed: Replay does not look into cells.
//
// The rules are those of the regf specification, and where Windows would make
// the best of what it finds, a refusal. Logs since Windows 8.1 (HvLE): the
// entries of both logs, by their numbers and the older log first, must reach
// from the number that the hive's header says was begun, or from before, without
// a gap; each is checked by both its hashes; the first that is not whole ends the
// replay, and if a later one follows behind that, or the end comes before
// what was begun, the hive is refused. Logs before that (DIRT): the one whose
// header has the hive's last-written time, and no other may have it too.
//
// Refused too is a hive with a wrong checksum, whose header Windows would take
// from a log. Every refusal of the logs is ErrDirty with the reason.
func Replay(hive []byte, logs []Log) ([]byte, Replayed, error) {
	if err := checkHeader(hive); err != nil {
		return nil, Replayed{}, err
	}
	if sequence(hive) == binary.LittleEndian.Uint32(hive[8:]) {
		return hive, Replayed{}, nil
	}
	r := &replay{out: bytes.Clone(hive)}
	var old, entries []Log
	var passed []string
	for _, l := range logs {
		kind, why := r.judge(l.Data)
		switch {
		case why != "":
			passed = append(passed, l.Name+" "+why)
		case kind == typeNewLog:
			entries = append(entries, l)
		default:
			old = append(old, l)
		}
	}
	var err error
	switch {
	case len(old) > 0 && len(entries) > 0:
		err = r.refuse("%s is a log of the old format and %s one of the new", old[0].Name, entries[0].Name)
	case len(entries) > 0:
		err = r.chain(entries)
	case len(old) > 1:
		err = r.refuse("%s and %s both have its last-written time", old[0].Name, old[1].Name)
	case len(old) == 1:
		err = r.oldLog(old[0])
	case len(passed) > 0:
		err = r.refuse("no log fits: %s", joinComma(passed))
	default:
		err = r.refuse("no log stands beside it")
	}
	if err != nil {
		return nil, Replayed{}, err
	}
	return r.finish(), r.did, nil
}

// IsDirty reports a hive whose header says that a write was begun and not
// finished. Bytes that are no hive are not dirty.
func IsDirty(b []byte) bool {
	return checkHeader(b) == nil && sequence(b) != binary.LittleEndian.Uint32(b[8:])
}

// Advance counts one more write in the hive's sequence numbers, as Windows does for
// each. A hive that was completed from logs and then edited needs it: its logs end
// with the number that it had, and must not be taken for later than the edit.
func (h *Hive) Advance() {
	n := sequence(h.header[:]) + 1
	binary.LittleEndian.PutUint32(h.header[4:], n)
	binary.LittleEndian.PutUint32(h.header[8:], n)
}

// sequence is the number of the last write that was begun.
func sequence(header []byte) uint32 { return binary.LittleEndian.Uint32(header[4:]) }

// later reports that a comes after b; the numbers may run over.
func later(a, b uint32) bool { return int32(a-b) > 0 }

type replay struct {
	out []byte // header and bins; may be longer than the bins are
	did Replayed
}

func (r *replay) refuse(format string, args ...any) error {
	return fmt.Errorf("its logs do not make the hive whole, %s: %w (%d, %d)", fmt.Sprintf(format, args...), ErrDirty,
		sequence(r.out), binary.LittleEndian.Uint32(r.out[8:]))
}

func (r *replay) u32(at int) uint32 { return binary.LittleEndian.Uint32(r.out[at:]) }

// judge tells the kind of a log, or why it is none of this hive.
func (r *replay) judge(b []byte) (kind uint32, why string) {
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	switch {
	case len(b) == 0:
		return 0, "is empty"
	case len(b) < logHeader:
		return 0, fmt.Sprintf("has %d bytes, less than a header", len(b))
	case string(b[:4]) != "regf":
		return 0, "has no regf header"
	case u32(checksumAt) != checksum(b):
		return 0, "has a header with a wrong checksum"
	}
	kind = u32(28)
	switch {
	case kind != typeNewLog && kind != typeOldLog && kind != typeVeryOldLog:
		return 0, fmt.Sprintf("is of file type %d, no log", kind)
	case u32(4) != u32(8):
		return 0, fmt.Sprintf("was not finished itself (%d, %d)", u32(4), u32(8))
	case !bytes.Equal(b[20:28], r.out[20:28]) || !bytes.Equal(b[32:40], r.out[32:40]) || !bytes.Equal(b[44:48], r.out[44:48]):
		return 0, "is of another hive: version, format, root or sector size differ"
	case kind != typeNewLog && !bytes.Equal(b[12:20], r.out[12:20]):
		return 0, "has another last-written time"
	}
	return kind, ""
}

// finish seals the header.
func (r *replay) finish() []byte {
	r.out = r.out[:headerSize+int(r.u32(40))]
	binary.LittleEndian.PutUint32(r.out[4:], r.did.Sequence)
	binary.LittleEndian.PutUint32(r.out[8:], r.did.Sequence)
	binary.LittleEndian.PutUint32(r.out[checksumAt:], checksum(r.out))
	return r.out
}

// page writes data at an offset of the bins, growing them as the file would grow.
func (r *replay) page(off uint32, data []byte) {
	at := headerSize + int(off)
	if end := at + len(data); end > len(r.out) {
		r.out = append(r.out, make([]byte, end-len(r.out))...)
	}
	copy(r.out[at:], data)
}

// setSize notes how long the bins are. More than the file and the pages written
// so far is refused, which also bounds the memory.
func (r *replay) setSize(size uint32, who string) error {
	if size == 0 || size%binAlign != 0 || size > maxHiveSize || int64(size) > int64(len(r.out)-headerSize) {
		return r.refuse("%s says %d bytes of bins, of which %d are there", who, size, len(r.out)-headerSize)
	}
	binary.LittleEndian.PutUint32(r.out[40:], size)
	return nil
}

func joinComma(s []string) string {
	var b bytes.Buffer
	for i, x := range s {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(x)
	}
	return b.String()
}

// oldLog applies a log from before Windows 8.1: a bitmap with a bit for each 512
// bytes of the bins, then those that are set.
func (r *replay) oldLog(l Log) error {
	b := l.Data
	if binary.LittleEndian.Uint32(b[44:]) != 1 {
		return r.refuse("%s is written for sectors of another size than 512 bytes", l.Name)
	}
	size := binary.LittleEndian.Uint32(b[40:])
	bitmap := int64(size / binAlign)
	start := (logHeader + 4 + bitmap + 511) &^ 511
	if size == 0 || size%binAlign != 0 || size > maxHiveSize || start > int64(len(b)) || string(b[logHeader:logHeader+4]) != "DIRT" {
		return r.refuse("%s has no dirty vector for %d bytes of bins", l.Name, size)
	}
	at := int(start)
	for i, bitsOf := range b[logHeader+4 : logHeader+4+bitmap] {
		for bit := range 8 {
			if bitsOf>>bit&1 == 0 {
				continue
			}
			if at+512 > len(b) {
				return r.refuse("%s is cut off in its dirty pages", l.Name)
			}
			off := uint32(i*8+bit) * 512
			if int64(off) > int64(len(r.out)-headerSize) {
				return r.refuse("%s has page %#x and nothing for what lies before it", l.Name, off)
			}
			r.page(off, b[at:at+512])
			at += 512
		}
	}
	if at == int(start) {
		return r.refuse("%s marks no page as dirty", l.Name)
	}
	if err := r.setSize(size, l.Name); err != nil {
		return err
	}
	r.did = Replayed{1, []string{l.Name}, sequence(r.out)}
	return nil
}

// chain applies the entries of logs since Windows 8.1.
func (r *replay) chain(logs []Log) error {
	slices.SortStableFunc(logs, func(a, b Log) int { return int(int32(sequence(a.Data) - sequence(b.Data))) })
	begun, done := sequence(r.out), r.u32(8)
	var next uint32 // the number that must follow; of no meaning before the first entry
	var stops []string
	for i, l := range logs {
		number := sequence(l.Data)
		if i > 0 && number == sequence(logs[i-1].Data) {
			return r.refuse("%s and %s begin with the same number, %d", logs[i-1].Name, l.Name, number)
		}
		if r.did.Entries > 0 && number != next { // a gap, or two that tell of the same writes
			return r.refuse("%s ends before entry %d and %s begins with %d", logs[i-1].Name, next, l.Name, number)
		}
		at, used, why := logHeader, false, ""
		for {
			var e logEntry
			if e, why = readEntry(l.Data, at, number); why != "" {
				break
			}
			if !later(done, number) { // older ones are in the hive already; done's own does no harm once more
				if r.did.Entries == 0 && later(number, begun) {
					return r.refuse("the first entry, in %s, is %d, and those from %d are missing", l.Name, number, begun)
				}
				if err := r.apply(e, fmt.Sprintf("entry %d of %s", number, l.Name)); err != nil {
					return err
				}
				used = true
			}
			number++
			at += e.size
		}
		if n, ok := laterEntry(l.Data, at, number); ok {
			return r.refuse("entry %d of %s %s, and entry %d follows it", number, l.Name, why, n)
		}
		if used {
			r.did.Logs, next = append(r.did.Logs, l.Name), number
		}
		stops = append(stops, fmt.Sprintf("%s before entry %d, which %s", l.Name, number, why))
	}
	if r.did.Entries == 0 || later(begun, r.did.Sequence) {
		return r.refuse("write %d was begun and no log has it: they end, %s", begun, joinComma(stops))
	}
	return nil
}

// apply writes the pages of one entry.
func (r *replay) apply(e logEntry, who string) error {
	for i := range e.count {
		ref := e.refs[8*i:]
		off, n := binary.LittleEndian.Uint32(ref), binary.LittleEndian.Uint32(ref[4:])
		switch {
		case n == 0 || n%512 != 0 || off%512 != 0 || uint64(off)+uint64(n) > uint64(e.bins):
			return r.refuse("%s has a page of %d bytes at %#x of %d", who, n, off, e.bins)
		case uint64(n) > uint64(len(e.pages)):
			return r.refuse("%s has a page of %d bytes and %d are left of it", who, n, len(e.pages))
		case int64(off) > int64(len(r.out)-headerSize):
			return r.refuse("%s has page %#x and nothing for what lies before it", who, off)
		}
		r.page(off, e.pages[:n])
		e.pages = e.pages[n:]
	}
	if err := r.setSize(e.bins, who); err != nil {
		return err
	}
	// The flag says whether transactions hold the hive; entry and header have it at bit 0.
	binary.LittleEndian.PutUint32(r.out[atFlags:], r.u32(atFlags)&^1|e.flags&1)
	r.did.Entries++
	r.did.Sequence = e.number
	return nil
}

// logEntry is one entry whose hashes are right.
type logEntry struct {
	size, count         int
	flags, number, bins uint32
	refs, pages         []byte
}

const entryHead = 40

// readEntry reads the entry at an offset of a log, which must have that number;
// why says what is wrong with it.
func readEntry(b []byte, at int, number uint32) (e logEntry, why string) {
	if len(b)-at < entryHead {
		return e, "is not there: the log is full"
	}
	b = b[at:]
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	if string(b[:4]) != "HvLE" {
		return e, "is not there"
	}
	if !headIntact(b) {
		return e, "has a wrong second hash"
	}
	if u32(12) != number {
		return e, fmt.Sprintf("is not there, but %d, from before", u32(12))
	}
	size, count := u32(4), u32(20)
	switch {
	case size < 512 || size%512 != 0:
		return e, fmt.Sprintf("says that it has %d bytes", size)
	case uint64(size) > uint64(len(b)):
		return e, "is cut off"
	case count == 0 || uint64(count) > uint64(size-entryHead)/8:
		return e, fmt.Sprintf("says that it has %d pages in %d bytes", count, size)
	case u32(16) == 0 || u32(16)%binAlign != 0 || u32(16) > maxHiveSize:
		return e, fmt.Sprintf("says that the hive has %d bytes of bins", u32(16))
	case binary.LittleEndian.Uint64(b[24:]) != marvin32(logSeed, b[entryHead:size]):
		return e, "has a wrong first hash"
	}
	pages := entryHead + 8*int(count)
	return logEntry{
		size: int(size), count: int(count), flags: u32(8), number: number, bins: u32(16),
		refs: b[entryHead:pages], pages: b[pages:size],
	}, ""
}

// headIntact checks the hash over the first 32 bytes of an entry.
func headIntact(b []byte) bool {
	return binary.LittleEndian.Uint64(b[32:]) == marvin32(logSeed, b[:32])
}

// laterEntry looks for an entry of a later number behind the place where a log
// ends: then it did not end there, but is damaged.
func laterEntry(b []byte, at int, number uint32) (uint32, bool) {
	for ; len(b)-at >= entryHead; at += 512 {
		if e := b[at:]; string(e[:4]) == "HvLE" && headIntact(e) {
			if n := binary.LittleEndian.Uint32(e[12:]); later(n, number) {
				return n, true
			}
		}
	}
	return 0, false
}
