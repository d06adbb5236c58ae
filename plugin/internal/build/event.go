package build

// EventSchema is the form of events in NDJSON output.
const EventSchema = "wmclient/event/1"

// EventType says which fields of an Event are set.
type EventType string

// The types of events.
const (
	EventStep     EventType = "step"     // Step has begun
	EventProgress EventType = "progress" // Done of Total bytes of Step
	EventNote     EventType = "note"     // something a person should know, in Text
	EventFinding  EventType = "finding"
	EventProblem  EventType = "problem" // what check has found in a profile
	EventLeft     EventType = "left"    // what doctor has come upon
	EventReady    EventType = "ready"   // how to reach what lab serve has started
	EventAudit    EventType = "audit"   // what came of one client
	EventResult   EventType = "result"
)

// Event is one line of a build's or validation's progress.
type Event struct {
	Schema string    `json:"schema"`
	Type   EventType `json:"type"`
	Step   string    `json:"step,omitempty"`
	Done   int64     `json:"done,omitempty"`  // bytes
	Total  int64     `json:"total,omitempty"` // bytes
	Text   string    `json:"text,omitempty"`
	Data   any       `json:"data,omitempty"` // a finding, a problem or a result, in its own JSON form
}

// Sink receives events, from one goroutine at a time.
type Sink func(Event)

func (s Sink) emit(e Event) {
	if s != nil {
		e.Schema = EventSchema
		s(e)
	}
}

func (s Sink) step(name string) { s.emit(Event{Type: EventStep, Step: name}) }

func (s Sink) note(text string) { s.emit(Event{Type: EventNote, Text: text}) }

// progress returns a callback for copy loops.
func (s Sink) progress(step string) func(done, total int64) {
	return func(done, total int64) { s.emit(Event{Type: EventProgress, Step: step, Done: done, Total: total}) }
}
