package remote_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
)

// TestSilentWithin names a machine that says nothing within the time that was allowed, however short.
func TestSilentWithin(t *testing.T) {
	for name, faults := range map[string]winrm.Faults{"connection": {Phase: winrm.PhaseSilent}, "request": {SilentFrom: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, func(o *winrm.Options) { o.Faults = faults })
			for way, connect := range map[string]func(context.Context, remote.Options) (*remote.Client, error){
				"dial": remote.Dial,
				"wait": func(ctx context.Context, o remote.Options) (*remote.Client, error) {
					return remote.WaitReady(ctx, o, nil)
				},
			} {
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				_, err := connect(ctx, h.options(t))
				cancel()
				if !errors.Is(err, &remote.Error{Reason: remote.ReasonService}) || !strings.Contains(err.Error(), "its own screen") {
					t.Errorf("%s: got %v", way, err)
				}
			}
		})
	}
}

// TestLastWord: what an attempt was told stays, where the next one is cut short by the end of the time.
func TestLastWord(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Faults.Phase = winrm.PhaseUnavailable })
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	_, err := remote.WaitReady(ctx, h.options(t), func(remote.Waiting) {
		if err := h.SetPhase(winrm.PhaseSilent); err != nil {
			t.Error(err)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("got %v", err)
	}
}

// TestPause: a machine that refuses is asked ever less often, one that is starting each second.
func TestPause(t *testing.T) {
	var sum time.Duration
	n := 0
	for ; sum < 30*time.Minute; n++ {
		sum += remote.Pause(n)
	}
	if remote.Pause(0) != time.Second || remote.Pause(1) != 2*time.Second || remote.Pause(1000) != time.Minute || n > 40 {
		t.Errorf("%s, %s, %s, %d attempts in half an hour", remote.Pause(0), remote.Pause(1), remote.Pause(1000), n)
	}
}

// TestClientRefused: a client's certificate that the machine does not take is a matter of TLS, though it is told after the handshake.
func TestClientRefused(t *testing.T) {
	h := start(t, nil)
	other, err := winrm.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	o := h.options(t)
	cert, key, err := other.Client(user)
	if err != nil {
		t.Fatal(err)
	}
	o.Auth, o.ClientCertificate, o.ClientKey, o.Password = remote.Certificate, cert, secret.Text(key), ""
	_, err = remote.Dial(t.Context(), o)
	if !errors.Is(err, &remote.Error{Reason: remote.ReasonTLS}) || !strings.Contains(err.Error(), "is a client certificate") {
		t.Errorf("got %v", err)
	}
}
