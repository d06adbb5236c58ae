package guest

import (
	"fmt"
	"time"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
)

// between is the least time between two lines about the same thing: Packer's Ui has no line that can be overwritten.
const between = 10 * time.Second

// shown tells what happens on a machine as lines of a Packer Ui.
type shown struct {
	ui      packersdk.Ui
	reason  remote.Reason
	told    time.Duration // of waiting, when a line was last shown
	sending time.Time
	changed int
}

func newShown(ui packersdk.Ui) *shown { return &shown{ui: ui} }

func (s *shown) event(e online.Event) {
	switch e.Type {
	case online.EventWaiting:
		s.waiting(e.Waiting)
	case online.EventDelivered:
		s.ui.Say(fmt.Sprintf("%s: %s, %d KiB in %s", e.Text, e.Way, e.Size>>10, e.For.Round(10*time.Millisecond)))
	case online.EventSending:
		if now := time.Now(); now.Sub(s.sending) > between {
			if !s.sending.IsZero() {
				s.ui.Say(fmt.Sprintf("  %s: %d of %d KiB", e.Text, e.Done>>10, e.Size>>10))
			}
			s.sending = now
		}
	case online.EventAgent:
		s.agent(e.Agent)
	case online.EventRestart:
		s.ui.Say(fmt.Sprintf("the machine restarts, for %q", e.Reasons))
	case online.EventNote:
		s.ui.Say("  " + e.Text)
	}
}

// waiting tells why the machine is waited for: at once where the reason is another one, and now and then where it stays.
func (s *shown) waiting(w remote.Waiting) {
	if w.For < s.told { // another time of waiting
		s.told, s.reason = 0, ""
	}
	if w.Err.Reason == s.reason && w.For-s.told < between {
		return
	}
	s.reason, s.told = w.Err.Reason, w.For
	s.ui.Say(fmt.Sprintf("waiting for %s since %s: %s: %s", w.Err.Host, w.For.Round(time.Second), w.Err.Reason, w.Err.What))
}

func (s *shown) agent(e agent.Event) {
	switch e.Type {
	case agent.EventOp:
		if e.Result == apply.Changed {
			s.changed++
		}
		if e.Done == e.Total || e.Done%25 == 0 {
			s.ui.Say(fmt.Sprintf("stage %s: %d of %d, %d changed", e.Stage, e.Done, e.Total, s.changed))
		}
	case agent.EventStage:
		s.ui.Say(fmt.Sprintf("stage %s is over", e.Stage))
		s.changed = 0
	}
}
