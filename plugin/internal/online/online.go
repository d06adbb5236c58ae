// Package online drives the agent on a machine that a build has booted: it delivers agent and bundle, runs the stages, takes the machine
// through its restarts, goes on after a connection was lost, brings observations and logs home.
//
// The machine is behind two narrow interfaces, a way to connect and a way to run commands, so that nothing here knows WinRM. What was done is
// in the agent's journal on the machine: whatever ends a run (a cancelled build, a lost connection, a host that dies), the next one goes on
// there. The package judges nothing by itself and holds no secret. Nothing of it was tried on a real Windows yet.
package online

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
)

// Where things lie on the machine.
const (
	Folder    = `%SystemRoot%\wmclient`
	AgentPath = Folder + `\wmguest.exe`
)

// Session is a connection to a machine: a remote.Client.
type Session interface {
	Run(ctx context.Context, c remote.Command) (remote.Result, error)
	DeliverAndRun(ctx context.Context, files []remote.File, then remote.Command, progress func(done, total int64)) ([]remote.Way, remote.Result, error)
	Close() error
}

// Connect waits until the machine lets the build in. It is asked again after every restart and every lost connection.
type Connect func(ctx context.Context, tell func(remote.Waiting)) (Session, error)

// The exit codes of wmguest.
const (
	codeDone     = 0
	codeError    = 1
	codeUsage    = 2
	codeFindings = 3
	codeTrust    = 5
	codeWorking  = 6
	codeRestart  = 3010 // ERROR_SUCCESS_REBOOT_REQUIRED
)

// The times and counts of a run, where Machine says nothing else.
const (
	DefaultReady   = 30 * time.Minute // until a machine lets the build in
	defaultPoll    = 3 * time.Second  // between questions to a machine that is about to restart or still at work
	collectTimeout = 2 * time.Minute
	maxLost        = 10       // connections lost in a row without an op done between them
	maxLogs        = 64 << 20 // bytes of logs that are brought home
)

// Errors that callers tell apart.
var (
	// ErrFindings: all ops have run, and some settings are not as wanted.
	ErrFindings = errors.New("findings failed")
	// ErrNotTrusted: the machine has another agent, bundle or journal than was meant.
	ErrNotTrusted = errors.New("not trusted")
)

// Machine is what is worked on and with.
type Machine struct {
	Connect  Connect
	Agent    agentfile.File
	Bundle   *bundle.Bundle
	URL      func(name string) string // where the machine itself may take a file from by HTTP: "wmguest.exe", "bundle.zip"; nil or "" for nowhere
	Medium   string                   // folder on a medium in the machine with those two files; "" for none
	ShutDown bool                     // in the end, where nothing is wrong: after stage seal nobody may get in again to do it
	Seal     bool                     // in the end, where nothing is wrong: what the build left goes, the rest of it when the machine starts again; nobody gets in after that
	Account  string                   // by which the build logs on, and which goes with the seal; "" is unattend.DefaultAccount
	Sealing  func(context.Context)    // called before the seal, the last time that anything can be brought home; may be nil
	Ready    time.Duration            // until the machine lets the build in; 0 is DefaultReady
	Poll     time.Duration            // 0 is three seconds
	Events   func(Event)              // may be nil; called from one goroutine at a time
	Now      func() time.Time

	clocks bool // it was said that they are apart
}

// EventType says which fields of an Event are set.
type EventType string

// The types of events.
const (
	EventWaiting   EventType = "waiting"   // Waiting
	EventDelivered EventType = "delivered" // Text came by Way, Size bytes, in For
	EventSending   EventType = "sending"   // Done of Size bytes of Text
	EventAgent     EventType = "agent"     // Agent says it
	EventRestart   EventType = "restart"   // the machine restarts, for Reasons
	EventSealed    EventType = "sealed"    // what could go is gone; Text goes when the machine starts again
	EventNote      EventType = "note"      // Text, for people
)

// Event is what people are told.
type Event struct {
	Type       EventType
	Waiting    remote.Waiting
	Text       string
	Way        remote.Way
	Done, Size int64
	For        time.Duration
	Agent      agent.Event
	Reasons    []string
}

func (m *Machine) emit(e Event) {
	if m.Events != nil {
		m.Events(e)
	}
}

func (m *Machine) note(format string, args ...any) {
	m.emit(Event{Type: EventNote, Text: fmt.Sprintf(format, args...)})
}

// check completes what was left out.
func (m *Machine) check() error {
	if m.Ready == 0 {
		m.Ready = DefaultReady
	}
	if m.Poll == 0 {
		m.Poll = defaultPoll
	}
	if m.Connect == nil || m.Bundle == nil || m.Agent.SHA256 == "" || m.Now == nil {
		return errors.New("connection, agent, bundle or clock is missing")
	}
	return nil
}

// connect waits for the machine, and tells why that takes time.
func (m *Machine) connect(ctx context.Context) (Session, error) {
	waiting, cancel := context.WithTimeout(ctx, m.Ready)
	defer cancel()
	s, err := m.Connect(waiting, func(w remote.Waiting) { m.emit(Event{Type: EventWaiting, Waiting: w}) })
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if off := remote.ClockOff(s); off != 0 && !m.clocks {
		m.clocks = true
		m.note("the machine's clock is %s: the times in its journal and records are off by as much", clock(off))
	}
	return s, nil
}

// clock says how far a clock is off.
func clock(ahead time.Duration) string {
	if ahead < 0 {
		return fmt.Sprintf("%s behind the one here", -ahead)
	}
	return fmt.Sprintf("%s ahead of the one here", ahead)
}

// BundlePath is where a bundle lies on the machine: each has a name of its own, so that none takes another's place.
func BundlePath(b *bundle.Bundle) string { return Folder + `\bundle-` + b.Digest()[:16] + `.zip` }

// StatePath is where the journal of a bundle's work lies.
func StatePath(b *bundle.Bundle) string { return Folder + `\state-` + b.Digest()[:16] }

// deliver makes agent and bundle stand on the machine, and runs a command there, which may be none: both in one command of the machine.
func (m *Machine) deliver(ctx context.Context, s Session, then remote.Command) (remote.Result, error) {
	var zip bytes.Buffer
	if err := m.Bundle.WriteZip(&zip); err != nil {
		return remote.Result{}, err
	}
	names := []string{"wmguest.exe", "bundle.zip"}
	files := []remote.File{
		{Path: AgentPath, SHA256: m.Agent.SHA256, Size: m.Agent.Size, Open: m.Agent.Open},
		{Path: BundlePath(m.Bundle), SHA256: canonical.Digest(zip.Bytes()), Size: int64(zip.Len()),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(zip.Bytes())), nil }},
	}
	for i, name := range names {
		if m.URL != nil {
			files[i].URL = m.URL(name)
		}
		if m.Medium != "" {
			files[i].Medium = strings.ReplaceAll(path.Join(strings.ReplaceAll(m.Medium, `\`, "/"), name), "/", `\`)
		}
	}
	began := m.Now()
	ways, r, err := s.DeliverAndRun(ctx, files, then, func(done, total int64) {
		m.emit(Event{Type: EventSending, Text: "agent and bundle", Done: done, Size: total})
	})
	if err != nil {
		return r, err
	}
	for i, way := range ways {
		m.emit(Event{Type: EventDelivered, Text: names[i], Way: way, Size: files[i].Size, For: m.Now().Sub(began)})
	}
	return r, nil
}

// line is the command line of the agent. Nothing in it is a secret.
func (m *Machine) line(verb string) string {
	return fmt.Sprintf(`"%s" %s --bundle "%s" --state "%s"`, AgentPath, verb, BundlePath(m.Bundle), StatePath(m.Bundle))
}

// eventWriter reads the agent's NDJSON as it comes.
type eventWriter struct {
	rest []byte
	each func(agent.Event)
	bad  error
}

// maxEvent bounds one line of an agent.
const maxEvent = 1 << 20 // bytes

// Write implements io.Writer.
func (w *eventWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, ended := bytes.Cut(w.rest, []byte("\n"))
		if !ended {
			if len(w.rest) > maxEvent {
				return 0, fmt.Errorf("the agent wrote a line of more than %d bytes", maxEvent)
			}
			return len(p), nil
		}
		w.rest = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var e agent.Event
		if err := json.Unmarshal(line, &e); err != nil || e.Schema != agent.EventSchema {
			w.bad = fmt.Errorf("the agent wrote what is no event: %.200q", line)
			continue
		}
		w.each(e)
	}
}
