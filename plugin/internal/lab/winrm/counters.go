package winrm

import (
	"maps"
	"sync"
)

// Action is what a request asks for.
type Action string

// The actions of the shell protocol. ActionOther is everything that the lab does not answer, ActionHandshake is a
// challenge of NTLM, ActionRefused what was not let in: a wrong
// password, an envelope that is too large or no envelope.
const (
	ActionCreate    Action = "create"
	ActionCommand   Action = "command"
	ActionSend      Action = "send"
	ActionReceive   Action = "receive"
	ActionSignal    Action = "signal"
	ActionDelete    Action = "delete"
	ActionIdentify  Action = "identify"
	ActionGet       Action = "get" // of the service's configuration
	ActionOther     Action = "other"
	ActionHandshake Action = "handshake"
	ActionRefused   Action = "refused"
)

func actionOf(uri string) Action {
	switch uri {
	case transferNS + "/Create":
		return ActionCreate
	case transferNS + "/Get":
		return ActionGet
	case transferNS + "/Delete":
		return ActionDelete
	case shellNS + "/Command":
		return ActionCommand
	case shellNS + "/Send":
		return ActionSend
	case shellNS + "/Receive":
		return ActionReceive
	case shellNS + "/Signal":
		return ActionSignal
	}
	return ActionOther
}

// Counters is what a host has seen since it was started, restarts included.
type Counters struct {
	Requests    int            `json:"requests"`
	Actions     map[Action]int `json:"actions"`
	Faults      int            `json:"faults"`      // fault documents sent
	Injected    int            `json:"injected"`    // requests that an ordered fault hit
	Connections int            `json:"connections"` // TCP connections taken
	BytesIn     int64          `json:"bytes_in"`    // on the wire, with HTTP and TLS
	BytesOut    int64          `json:"bytes_out"`
	Restarts    int            `json:"restarts"`
}

type counting struct {
	mu sync.Mutex
	c  Counters
}

// change runs f with the counters locked.
func (c *counting) change(f func(*Counters)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.c.Actions == nil {
		c.c.Actions = make(map[Action]int)
	}
	f(&c.c)
}

// read returns a copy.
func (c *counting) read() Counters {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.c
	out.Actions = make(map[Action]int, len(c.c.Actions))
	maps.Copy(out.Actions, c.c.Actions)
	return out
}
