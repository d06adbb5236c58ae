package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// JournalSchema names the form of a line of the journal. A reader refuses any other.
const JournalSchema = "wmclient/journal/1"

// The bounds of a journal that is read: one of a plan with 10,000 ops that was begun anew a few times.
const (
	maxJournal = 256 << 20 // bytes
	maxLine    = 1 << 20   // bytes
)

// ErrTampered is wrapped where a journal does not hold together: a line was changed, removed or put in.
var ErrTampered = errors.New("the journal does not hold together")

// EntryType says what an entry tells.
type EntryType string

// The types of entries, in the order in which the first of each comes.
const (
	EntryWork      EntryType = "work"       // the first: which bundle is worked on
	EntryRun       EntryType = "run"        // a process has begun, or begun again
	EntryStage     EntryType = "stage"      // a stage has begun, or begun again
	EntryOp        EntryType = "op"         // an op is about to run; Before is what stands there
	EntryOpDone    EntryType = "op-done"    // it has run
	EntryOpFailed  EntryType = "op-failed"  // it could not; the stage stops
	EntryRestart   EntryType = "restart"    // the machine must restart before the next stage
	EntryStageDone EntryType = "stage-done" // all ops of the stage have run, and no restart is pending
	EntryJudged    EntryType = "judged"     // every setting was observed and judged
	EntryUndo      EntryType = "undo"       // a release op is taken back
	EntryRefresh   EntryType = "refresh"    // Windows was told to take its policies up; Reasons where it would not
	EntryEnd       EntryType = "end"        // the work is over; Record is the digest of what is said of it
)

// Seen is what stood at a place.
type Seen struct {
	Present bool   `json:"present"`
	Value   string `json:"value,omitempty"`   // canonical text
	Type    string `json:"type,omitempty"`    // of a registry value, with Data: what it takes to put it back
	Data    string `json:"data,omitempty"`    // its bytes in lower-case hex, where there are few
	Unknown string `json:"unknown,omitempty"` // why it is not known; then the others say nothing
}

// Entry is one line of the journal.
type Entry struct {
	Schema   string            `json:"schema"`
	Seq      int               `json:"seq"`  // from 1, without gaps
	Prev     string            `json:"prev"` // SHA-256 of the line before, without its line feed; zeros in the first
	Time     string            `json:"time"` // RFC 3339, UTC, by the clock of the machine
	Boot     string            `json:"boot"` // the machine's boot id
	Type     EntryType         `json:"type"`
	Bundle   string            `json:"bundle,omitempty"` // SHA-256 of bundle.json, on work
	Stage    setting.Stage     `json:"stage,omitempty"`
	Op       int               `json:"op,omitempty"`      // number of the op in its stage, from 1
	Subject  string            `json:"subject,omitempty"` // what the op changes, for people
	Settings []string          `json:"settings,omitempty"`
	Before   *Seen             `json:"before,omitempty"`
	Result   apply.Result      `json:"result,omitempty"`
	Reasons  []string          `json:"reasons,omitempty"` // why: a restart, a skipped op, an error
	Summary  *validate.Summary `json:"summary,omitempty"`
	Passed   *bool             `json:"passed,omitempty"`
	Record   string            `json:"record,omitempty"` // SHA-256 of the first-boot record, on end
}

// journal is the file, open to be added to.
type journal struct {
	file    *os.File
	entries []Entry
	prev    string // digest of the last line
}

// zero stands in for the digest of the line before the first.
var zero = strings.Repeat("0", 64)

// openJournal reads a journal whole and opens it to be added to. A last line that was not finished, as a loss of power leaves it, is cut off:
// what it would have told is found out anew.
func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	entries, whole, prev, err := readEntries(f)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal %s: %w", path, err), f.Close())
	}
	return &journal{f, entries, prev}, nil
}

// ReadJournal reads the journal in a state folder and checks its chain. No journal gives no entries; one that does not hold together is
// ErrTampered. The digest is that of its whole lines.
func ReadJournal(path string) (entries []Entry, digest string, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read journal: %w", err)
	}
	defer f.Close()
	entries, _, digest, err = readEntries(f)
	if err != nil {
		return nil, "", fmt.Errorf("journal %s: %w", path, err)
	}
	return entries, digest, nil
}

// readEntries reads the lines that are whole: how many bytes they take, and the digest of the last one, which covers all before it.
func readEntries(r io.Reader) (entries []Entry, whole int64, prev string, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxJournal+1))
	if err != nil {
		return nil, 0, "", err
	}
	if len(raw) > maxJournal {
		return nil, 0, "", fmt.Errorf("%w: it is larger than %d bytes", ErrTampered, maxJournal)
	}
	prev = zero
	for len(raw) > 0 {
		line, rest, ended := bytes.Cut(raw, []byte("\n"))
		if !ended {
			break // not finished
		}
		e, err := parseEntry(line, len(entries)+1, prev)
		if err != nil {
			return nil, 0, "", fmt.Errorf("line %d: %w", len(entries)+1, err)
		}
		entries = append(entries, e)
		prev = canonical.Digest(line)
		whole += int64(len(line)) + 1
		raw = rest
	}
	if len(entries) > 0 && entries[0].Type != EntryWork {
		return nil, 0, "", fmt.Errorf("line 1: %w: it does not say what was worked on", ErrTampered)
	}
	return entries, whole, prev, nil
}

func parseEntry(line []byte, seq int, prev string) (Entry, error) {
	var e Entry
	if len(line) > maxLine {
		return e, fmt.Errorf("%w: it has %d bytes", ErrTampered, len(line))
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	again, err := canonical.Marshal(e)
	switch {
	case err != nil || !bytes.Equal(again, line):
		return e, fmt.Errorf("%w: it is not in canonical form", ErrTampered)
	case e.Schema != JournalSchema:
		return e, fmt.Errorf("%w: its schema is %q, this program knows %s", ErrTampered, e.Schema, JournalSchema)
	case e.Seq != seq:
		return e, fmt.Errorf("%w: it has number %d", ErrTampered, e.Seq)
	case e.Prev != prev:
		return e, fmt.Errorf("%w: the line before it has SHA-256 %s, it names %s", ErrTampered, prev, e.Prev)
	}
	return e, nil
}

// add writes an entry through to the disk. Time, boot and type are the caller's.
func (j *journal) add(e Entry) error {
	e.Schema, e.Seq, e.Prev = JournalSchema, len(j.entries)+1, j.prev
	line, err := canonical.Marshal(e)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.entries, j.prev = append(j.entries, e), canonical.Digest(line)
	return nil
}

func (j *journal) close() error { return j.file.Close() }

// progress is what a journal tells of one stage.
type progress struct {
	done  map[int]bool // ops that have run
	begun int          // op that had begun when the process ended; 0 for none
	ended bool
}

// over returns the entry that ended the work well, if one did.
func (j *journal) over() (Entry, bool) {
	e, ok := j.last(EntryEnd)
	return e, ok && e.Passed != nil && *e.Passed
}

// of reads what was done of a stage since the work was begun, or begun anew after findings had failed.
func (j *journal) of(stage setting.Stage) progress {
	p := progress{done: map[int]bool{}}
	for _, e := range j.entries {
		if e.Type == EntryEnd {
			p = progress{done: map[int]bool{}}
		}
		if e.Stage != stage {
			continue
		}
		switch e.Type {
		case EntryOp:
			p.begun = e.Op
		case EntryOpDone:
			p.done[e.Op], p.begun = true, 0
		case EntryUndo:
			delete(p.done, e.Op)
			p.ended = false
			if p.begun == e.Op {
				p.begun = 0
			}
		case EntryStageDone:
			p.ended = true
		}
	}
	return p
}

// before is what stood at the place of an op when it first ran.
func (j *journal) before(stage setting.Stage, op int) *Seen {
	for _, e := range j.entries {
		if e.Type == EntryOp && e.Stage == stage && e.Op == op {
			return e.Before
		}
	}
	return nil
}

// last is the newest entry of a type.
func (j *journal) last(t EntryType) (Entry, bool) {
	for _, e := range slices.Backward(j.entries) {
		if e.Type == t {
			return e, true
		}
	}
	return Entry{}, false
}

// Journal is a journal to which others than Run add: what a seal takes away.
type Journal struct {
	j     *journal
	boot  string
	clock func() time.Time
}

// OpenJournal opens a journal of the work on a bundle to be added to, and makes one where there is none. One that does not hold together is
// ErrTampered, one of another bundle ErrOtherBundle.
func OpenJournal(path, bundle, boot string, clock func() time.Time) (*Journal, error) {
	inner, err := openJournal(path)
	if err != nil {
		return nil, err
	}
	j := &Journal{inner, boot, clock}
	switch {
	case len(inner.entries) == 0:
		err = j.Add(Entry{Type: EntryWork, Bundle: bundle})
	case inner.entries[0].Bundle != bundle:
		err = fmt.Errorf("%s: %w", path, ErrOtherBundle)
	}
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// Add writes an entry, with time and boot id, through to the disk.
func (j *Journal) Add(e Entry) error {
	e.Time, e.Boot = j.clock().UTC().Format(time.RFC3339), j.boot
	return j.j.add(e)
}

// Close closes the file.
func (j *Journal) Close() error { return j.j.close() }
