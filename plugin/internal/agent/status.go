package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// State is how far the work has come.
type State string

// The states.
const (
	StateNone    State = "none"    // nothing has begun
	StateWorking State = "working" // a process works on it, or ended without saying how
	StateRestart State = "restart" // the machine must restart, then the work goes on
	StateDone    State = "done"    // all stages have run, and the machine is as wanted
	StateFailed  State = "failed"  // all stages have run, and findings failed; the network is held
	StateError   State = "error"   // the work stopped; Error says why
)

// Network says what the agent has done with a network that its image keeps shut.
type Network string

// The states of such a network. A bundle that holds none has no word for it.
const (
	NetworkHeld    Network = "held"    // shut but for the declared management path, until every setting is as wanted
	NetworkOpen    Network = "open"    // the agent has let go of it
	NetworkUnknown Network = "unknown" // it may be half open: the agent could not finish, or could not read its journal
)

// network says so from the journal.
func (r *run) network(state State) Network {
	switch {
	case len(r.Bundle.Release) == 0:
		return ""
	case state == StateDone:
		return NetworkOpen
	case r.journal == nil:
		return NetworkUnknown
	}
	if p := r.journal.of(releaseStage); len(p.done) > 0 || p.begun > 0 {
		return NetworkUnknown
	}
	return NetworkHeld
}

// StatusSchema names the form of the status file. A reader refuses any other.
const StatusSchema = "wmclient/agent-status/1"

const maxStatus = 1 << 20 // bytes

// Status is the status file: how far the work has come, for whoever waits for it. It is no evidence; the journal and the record are.
type Status struct {
	Schema  string            `json:"schema"`
	State   State             `json:"state"`
	Time    string            `json:"time"` // RFC 3339, UTC, by the clock of the machine
	Boot    string            `json:"boot"`
	Image   string            `json:"image"`
	Version string            `json:"version"`
	Restart []string          `json:"restart,omitempty"` // why, where a restart is needed
	Error   string            `json:"error,omitempty"`
	Network Network           `json:"network,omitempty"`
	Summary *validate.Summary `json:"summary,omitempty"`
	Record  string            `json:"record,omitempty"` // SHA-256 of the first-boot record
}

func (r *run) writeStatus(out Outcome, failure error) error {
	s := Status{
		Schema: StatusSchema, State: out.State, Time: r.Clock().UTC().Format(time.RFC3339), Boot: r.boot, Image: r.Bundle.Image, Version: r.Bundle.Version,
		Restart: out.Restart, Network: r.network(out.State), Summary: out.Summary, Record: out.Record,
	}
	if failure != nil {
		s.Error = failure.Error()
	}
	raw, err := canonical.Marshal(s)
	if err == nil {
		err = partial.WriteFile(filepath.Join(r.Dir, StatusFile), raw)
	}
	if err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	r.emit(Event{Type: EventStatus, Status: &s})
	return nil
}

// ReadStatus reads the status file of a state folder. Where there is none the state is StateNone.
func ReadStatus(dir string) (Status, error) {
	path := filepath.Join(dir, StatusFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Status{Schema: StatusSchema, State: StateNone}, nil
	}
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	s, err := parseStatus(raw)
	if err != nil {
		return Status{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func parseStatus(raw []byte) (Status, error) {
	var s Status
	if len(raw) > maxStatus {
		return s, fmt.Errorf("%d bytes are more than %d", len(raw), maxStatus)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, err
	}
	if s.Schema != StatusSchema {
		return s, fmt.Errorf("its schema is %q, this program knows %s", s.Schema, StatusSchema)
	}
	if again, err := canonical.Marshal(s); err != nil || !bytes.Equal(again, raw) {
		return s, fmt.Errorf("it is not written as %s has it", StatusSchema)
	}
	return s, nil
}

// EventSchema is the form of an agent's events in NDJSON.
const EventSchema = "wmclient/agent-event/1"

// EventType says which fields of an Event are set.
type EventType string

// The types of events.
const (
	EventOp      EventType = "op"      // Done of Total ops of Stage have run; Text is what the last one changed
	EventStage   EventType = "stage"   // Stage is over
	EventFinding EventType = "finding" // one setting was judged
	EventStatus  EventType = "status"  // the status file was written
	EventSeal    EventType = "seal"    // what a build had left is gone, but for Text, which goes at the next start
)

// Event is one line of what an agent prints.
type Event struct {
	Schema  string           `json:"schema"`
	Type    EventType        `json:"type"`
	Stage   setting.Stage    `json:"stage,omitempty"`
	Done    int              `json:"done,omitempty"`
	Total   int              `json:"total,omitempty"`
	Text    string           `json:"text,omitempty"`
	Result  apply.Result     `json:"result,omitempty"`
	Finding *setting.Finding `json:"finding,omitempty"`
	Status  *Status          `json:"status,omitempty"`
}

func (r *run) emit(e Event) {
	if r.Events != nil {
		e.Schema = EventSchema
		r.Events(e)
	}
}
