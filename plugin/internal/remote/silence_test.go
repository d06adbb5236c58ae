package remote_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
)

// TestSilenceIsNamed says at the end of a wait how far the only attempt came: a time that is over is no reason.
func TestSilenceIsNamed(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	silent := start(t, func(o *winrm.Options) { o.Faults.SilentFrom = 1 })
	for name, test := range map[string]struct {
		change func(*remote.Options)
		want   remote.Reason
		says   string
	}{
		"TLS":     {func(o *remote.Options) { o.Port = mute.Addr().(*net.TCPAddr).Port }, remote.ReasonService, "the connection stands, and nothing is said"},
		"service": {func(*remote.Options) {}, remote.ReasonService, "the connection stands"},
	} {
		o := silent.options(t)
		test.change(&o)
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		_, err := remote.WaitReady(ctx, o, nil)
		cancel()
		var known *remote.Error
		if !errors.Is(err, remote.ErrNotReady) || !errors.As(err, &known) || known.Reason != test.want || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestClockOff is told where the clocks are apart by more than tickets may be, and not for less.
func TestClockOff(t *testing.T) {
	for off, want := range map[time.Duration]time.Duration{0: 0, -4 * time.Minute: 0, -24 * time.Hour: -24 * time.Hour, 40 * time.Minute: 40 * time.Minute} {
		h := start(t, func(o *winrm.Options) {
			o.Now, o.Faults.Clock = time.Now, off
		})
		c, err := remote.Dial(t.Context(), h.options(t))
		if err != nil {
			t.Fatalf("%s: %v", off, err)
		}
		if got := remote.ClockOff(c); (got - want).Abs() > 10*time.Second {
			t.Errorf("%s ahead: told %s", off, got)
		}
		_ = c.Close()
	}
	if remote.ClockOff("no client") != 0 {
		t.Error("the clock of nothing")
	}
}
