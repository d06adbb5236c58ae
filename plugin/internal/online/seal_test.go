package online_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// talk is a session in which an agent seals; what comes of the restart is given.
type talk struct {
	restart error
	code    int
	lines   []string
}

func (s *talk) Close() error { return nil }

func (s *talk) DeliverAndRun(_ context.Context, files []remote.File, _ remote.Command, _ func(int64, int64)) ([]remote.Way, remote.Result, error) {
	return make([]remote.Way, len(files)), remote.Result{}, nil
}

func (s *talk) Run(_ context.Context, c remote.Command) (remote.Result, error) {
	s.lines = append(s.lines, c.Line)
	say := func(e agent.Event, code int) (remote.Result, error) {
		e.Schema = agent.EventSchema
		raw, err := json.Marshal(e)
		if err == nil {
			_, err = io.WriteString(c.Stdout, string(raw)+"\n")
		}
		return remote.Result{ExitCode: code}, err
	}
	switch {
	case strings.Contains(c.Line, " apply "):
		return say(agent.Event{Type: agent.EventStatus, Status: &agent.Status{State: agent.StateDone, Summary: &validate.Summary{}}}, 0)
	case strings.Contains(c.Line, " seal "):
		return say(agent.Event{Type: agent.EventSeal, Text: "listener"}, 3010)
	case strings.HasPrefix(c.Line, "shutdown.exe /r"):
		return remote.Result{ExitCode: s.code}, s.restart
	}
	return remote.Result{}, fmt.Errorf("no command %q", c.Line)
}

// TestSealRestart takes a machine for gone that goes down faster than it answers, whatever that looks like, and not one that refuses.
func TestSealRestart(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		code int
		ok   bool
	}{
		"answers":      {nil, 0, true},
		"cut":          {&remote.Error{Reason: remote.ReasonLost}, 0, true},
		"closed":       {&remote.Error{Reason: remote.ReasonPort}, 0, true},
		"silent":       {&remote.Error{Reason: remote.ReasonService}, 0, true},
		"refuses":      {nil, 5, false},
		"does not let": {&remote.Error{Reason: remote.ReasonAuth}, 0, false},
		"faults":       {&remote.Error{Reason: remote.ReasonFault}, 0, false},
		"cancelled":    {context.Canceled, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &talk{restart: test.err, code: test.code}
			h, err := online.Harden(t.Context(), &online.Machine{
				Connect: func(context.Context, func(remote.Waiting)) (online.Session, error) { return s, nil },
				Agent:   exe(t), Bundle: aBundle(t, 1), Now: time.Now, Seal: true, ShutDown: true, Account: "packer",
			})
			if (err == nil) != test.ok || h.Later != "listener" || len(s.lines) != 3 {
				t.Fatalf("%v: %+v after %q", err, h, s.lines)
			}
			if test.err != nil && err != nil && !errors.Is(err, test.err) {
				t.Error(err)
			}
			if !strings.Contains(s.lines[1], "--account packer --shut-down") {
				t.Error(s.lines[1])
			}
		})
	}
}
