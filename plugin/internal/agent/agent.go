// Package agent works a bundle's stages on the machine that it runs on: the portable core of the program wmguest.
//
// Every op is written into a journal before and after it runs, with what stood there before, so that whatever ends the process (a crash, a
// restart, a loss of power) the next run goes on at that op: it looks first, and what is as wanted by then is not done again. Each entry
// names the one before it by digest. When all stages have run, every setting is observed and judged by the same code as an image file is,
// and only where that passes do the bundle's last ops run, those that let go of the network; they are taken back where the machine is not
// as wanted then. What was found goes into a first-boot record.
//
// The package refuses to work two bundles in one state folder, to go on where a restart is needed and has not been, to work on a machine of another image, to trust a journal that
// does not hold together, and to run beside itself. It knows no kind and no target by name. Plans have no secrets; what a machine had before is left out of the journal
// where its name says that it may be one.
package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// ServiceName is the agent's service in an image that carries it.
const ServiceName = "wmguest"

// The files in a state folder.
const (
	JournalFile = "journal.ndjson"
	StatusFile  = "status.json"
	RecordFile  = "first-boot-record.json"
	lockFile    = "lock"
)

// maxRestarts is how often one stage may ask for a restart, so that something which is never done with does not restart a client for ever.
const maxRestarts = 5

var (
	// ErrOtherBundle is a state folder in which another bundle was worked on.
	ErrOtherBundle = errors.New("another bundle was worked on here")
	// ErrRestarts is a machine that asks for a restart again and again.
	ErrRestarts = errors.New("a restart is pending after every restart")
)

// Machine is the Windows that the agent runs on.
type Machine interface {
	apply.Target
	setting.Reader
	// BootID is the same as long as the machine runs, and another one after every start, whatever its clock does.
	BootID() (string, error)
	// PendingRestart says for what Windows waits for a restart; nothing where it does not. What cannot be found out is an error.
	PendingRestart() ([]string, error)
	// Host says what machine this is.
	Host() (Host, error)
}

// Refresher is a machine that can be told to take up policies that were written while it runs.
type Refresher interface {
	// RefreshPolicy asks for it, and does not wait until it has happened: Windows tells nobody.
	RefreshPolicy() error
}

// Host is what a machine says of itself.
type Host struct {
	Computer  string   `json:"computer"`
	EditionID string   `json:"edition_id"`
	Build     string   `json:"build"` // build.UBR
	Arch      string   `json:"arch"`
	Languages []string `json:"languages"` // BCP 47, sorted
	Platform  Platform `json:"platform"`
}

// Platform says what kind of Windows it is.
type Platform string

// The platforms.
const (
	PlatformWindows Platform = "windows" // it gives itself for one, and is not known to be anything else
	PlatformWine    Platform = "wine"    // programs run, much of what they ask for does nothing
	PlatformLab     Platform = "lab"     // a stand-in of this project's
)

// Program says which agent it was.
type Program struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // of the program's file, lower-case hex; "" where it could not be read
}

// Options is what Run works with.
type Options struct {
	Bundle  *bundle.Bundle
	Machine Machine
	Table   setting.Table
	Dir     string // state folder; made where it is missing
	Program Program
	Clock   func() time.Time
	Events  func(Event) // may be nil; called from one goroutine
}

// Outcome is how far a run has come.
type Outcome struct {
	State   State
	Restart []string          // why, where State is StateRestart
	Boot    string            // boot id of the machine now
	Summary *validate.Summary // where every setting was judged
	Record  string            // SHA-256 of the first-boot record, where the work is over
}

// run is one run under way.
type run struct {
	Options
	ctx     context.Context //nolint:containedctx // it lives as long as one call
	journal *journal
	boot    string
}

// Run works the bundle from where the last run ended. A cancelled context stops it after the op that runs; the next run goes on. An error
// is in the journal too where that can be written; the status file always says how far it came.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return Outcome{State: StateError}, fmt.Errorf("make state folder: %w", err)
	}
	lock, err := partial.Lock(filepath.Join(o.Dir, lockFile))
	if err != nil {
		return Outcome{State: StateWorking}, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	r := &run{Options: o, ctx: ctx}
	out, err = r.work()
	if err != nil && out.State == "" {
		out.State = StateError
	}
	out.Boot = r.boot
	return out, errors.Join(err, r.writeStatus(out, err))
}

func (r *run) work() (out Outcome, err error) {
	if r.boot, err = r.Machine.BootID(); err != nil {
		return out, fmt.Errorf("boot id of %s: %w", r.Machine.Describe(), err)
	}
	if r.journal, err = openJournal(filepath.Join(r.Dir, JournalFile)); err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, r.journal.close()) }()
	if err := r.begin(); err != nil {
		return out, err
	}
	if e, ok := r.journal.over(); ok {
		return r.over(e), nil
	}
	if err := r.writeStatus(Outcome{State: StateWorking, Boot: r.boot}, nil); err != nil {
		return out, err
	}
	for _, stage := range r.Bundle.Stages {
		reasons, err := r.stage(stage)
		if err != nil {
			return out, err
		}
		if len(reasons) > 0 {
			return Outcome{State: StateRestart, Restart: reasons}, nil
		}
	}
	return r.settle()
}

// begin holds the journal against the bundle, and says that a process works on it.
func (r *run) begin() error {
	digest := r.Bundle.Digest()
	if err := checkImage(r.Options); err != nil {
		return err
	}
	if len(r.journal.entries) == 0 {
		if err := r.add(Entry{Type: EntryWork, Bundle: digest}); err != nil {
			return err
		}
	}
	if was := r.journal.entries[0].Bundle; was != digest {
		return fmt.Errorf("%s: %w: SHA-256 %s of bundle.json, this one has %s: give it a state folder of its own", r.Dir, ErrOtherBundle, was, digest)
	}
	if _, ok := r.journal.over(); ok {
		return nil
	}
	return r.add(Entry{Type: EntryRun})
}

// over is the outcome of work that is done.
func (r *run) over(end Entry) Outcome {
	out := Outcome{State: StateDone, Record: end.Record}
	if e, ok := r.journal.last(EntryJudged); ok {
		out.Summary = e.Summary
	}
	return out
}

// add writes an entry with time and boot id.
func (r *run) add(e Entry) error {
	e.Time, e.Boot = r.Clock().UTC().Format(time.RFC3339), r.boot
	return r.journal.add(e)
}
