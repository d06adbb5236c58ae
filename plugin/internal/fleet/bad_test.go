package fleet_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/fleet"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/snapshot"
)

// forms are the shapes in which a secret could be found.
func forms(word string) []string {
	var wide []byte
	for _, u := range utf16.Encode([]rune(word)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	quoted, _ := json.Marshal(word)
	out := []string{
		word, strings.Trim(string(quoted), `"`), strings.ReplaceAll(word, "'", "''"), strings.NewReplacer("`", "``", `"`, "`\"", "$", "`$").Replace(word), url.QueryEscape(word),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(word), string(wide),
	}
	return append(append(append(out, inBase64([]byte(word))...), inBase64([]byte(user+":"+word))...), inBase64(wide)...)
}

// inBase64 are the three shapes that bytes have inside of a longer text in base64, without what depends on their neighbours.
func inBase64(b []byte) []string {
	var out []string
	for before, first := range []int{0, 2, 3} {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), b...))
		out = append(out, text[first:len(text)-2])
	}
	return out
}

// noSecret looks for the password in everything that an outcome says.
func noSecret(t *testing.T, name string, o fleet.Outcome) {
	t.Helper()
	raw, err := o.Record.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw) + fmt.Sprintf("%v %+v %#v", o.Err, o.Target, o.Target.Options.Password)
	for _, f := range forms(password) {
		if strings.Contains(text, f) {
			t.Errorf("%s: the password stands in it as %q", name, f)
		}
	}
}

func TestBadInput(t *testing.T) {
	m := build(t, "1.0.0", false, settings()...)
	img := m.image(t, nil)
	other := build(t, "2.0.0", false, settings()...)
	b := newBed(t)
	all := machines(t, 3)
	clean(t, m, all[0])
	clean(t, other, all[1]) // all[2] has no stamp
	says := func(text string, code uint32) winrm.Machine {
		return foreign{all[0], func(c winrm.Command) (uint32, error) { _, err := c.Stdout.Write([]byte(text)); return code, err }}
	}
	packed := func(text string) string { return packedText(t, text) }
	type change func(*fleet.Target)
	for name, c := range map[string]struct {
		machine winrm.Machine
		faults  winrm.Faults
		quotas  winrm.Quotas
		change  change
		state   audit.State
		reason  remote.Reason
		what    string
	}{
		"wrong password":     {all[0], winrm.Faults{}, winrm.Quotas{}, func(t *fleet.Target) { t.Options.Password = secret.Text(password[1:]) }, audit.Unreachable, remote.ReasonAuth, "password"},
		"wrong authority":    {all[0], winrm.Faults{Certificate: winrm.WrongCA}, winrm.Quotas{}, nil, audit.Unreachable, remote.ReasonTLS, ""},
		"expired":            {all[0], winrm.Faults{Certificate: winrm.Expired}, winrm.Quotas{}, nil, audit.Unreachable, remote.ReasonTLS, "held until"},
		"clock off":          {all[0], winrm.Faults{Certificate: winrm.NotYetValid}, winrm.Quotas{}, nil, audit.Unreachable, remote.ReasonTLS, "clock"},
		"refused":            {all[0], winrm.Faults{Phase: winrm.PhaseClosed}, winrm.Quotas{}, nil, audit.Unreachable, remote.ReasonPort, ""},
		"silent":             {all[0], winrm.Faults{Phase: winrm.PhaseSilent}, winrm.Quotas{}, nil, audit.Unreachable, "", ""},
		"hangs":              {all[0], winrm.Faults{HangReceiveFrom: 1}, winrm.Quotas{}, nil, audit.Unreachable, remote.ReasonService, "did not end within"},
		"not started":        {all[0], winrm.Faults{Phase: winrm.PhaseUnavailable}, winrm.Quotas{}, nil, audit.Unreachable, remote.ReasonService, "503"},
		"envelope too small": {all[0], winrm.Faults{}, winrm.Quotas{MaxEnvelopeSizeKB: 16}, nil, audit.Unreachable, remote.ReasonEnvelope, "MaxEnvelopeSizekb"},
		"no envelope":        {all[0], winrm.Faults{GarbageAt: []int{3}}, winrm.Quotas{}, nil, audit.Unreachable, remote.ReasonForeign, ""},
		"no stamp":           {all[2], winrm.Faults{}, winrm.Quotas{}, nil, audit.UnknownImage, "image", "no whole stamp"},
		"other image":        {all[1], winrm.Faults{}, winrm.Quotas{}, nil, audit.UnknownImage, "image", "viewer 2.0.0"},
		"garbage":            {says("PS> hello", 0), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", "not what the collector writes"},
		"nothing":            {says("", 0), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", ""},
		"refuses to run":     {says("", 1), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", "code 1"},
		"other form":         {says(packed("wmclient/collected/2\nend 0\n"), 0), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", "known is"},
		"cut":                {says(packed("wmclient/collected/1\n1 ok\n"), 0), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", "end is missing"},
		"without a stamp":    {says(packed("wmclient/collected/1\nend 0\n"), 0), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", ""},
		"no such want":       {says(packed("wmclient/collected/1\n99999 ok\nend 1\n"), 0), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", "nothing that was asked"},
		"too much":           {says(strings.Repeat("QUFB", snapshot.MaxPacked/4+1), 0), winrm.Faults{}, winrm.Quotas{}, nil, audit.Error, "answer", "larger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, _ := b.host(t, "pc", c.machine, c.faults, c.quotas)
			if c.change != nil {
				c.change(&target)
			}
			target.Options.Timeout = time.Second
			patience := time.Minute
			if name == "silent" || name == "hangs" {
				patience = 4 * time.Second
			}
			o := run(t, fleet.Config{Images: []*audit.Image{img}, Timeout: patience}, target)[0]
			if o.Record.State != c.state || c.reason != "" && o.Record.Reason != string(c.reason) || !strings.Contains(o.Record.What, c.what) || o.Record.Attempts != 1 {
				t.Errorf("got %s, %q: %s (%d attempts)", o.Record.State, o.Record.Reason, o.Record.What, o.Record.Attempts)
			}
			noSecret(t, name, o)
		})
	}
}

// TestQuota audits a client whose shells others have taken.
func TestQuota(t *testing.T) {
	m := build(t, "1.0.0", false, settings()...)
	w := machines(t, 1)[0]
	clean(t, m, w)
	target, _ := newBed(t).host(t, "pc", w, winrm.Faults{}, winrm.Quotas{MaxShellsPerUser: 1})
	other, err := remote.Dial(t.Context(), target.Options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	o := run(t, fleet.Config{Images: []*audit.Image{m.image(t, nil)}, Retries: 1, Pause: time.Millisecond}, target)[0]
	if o.Record.State != audit.Unreachable || o.Record.Reason != string(remote.ReasonQuota) || o.Record.Attempts != 2 {
		t.Errorf("got %s, %q: %s (%d attempts)", o.Record.State, o.Record.Reason, o.Record.What, o.Record.Attempts)
	}
}

// TestDiesAtEachRequest cuts each answer of a client in turn: it is told, and another attempt comes through.
func TestDiesAtEachRequest(t *testing.T) {
	m := build(t, "1.0.0", false, settings()...)
	w := machines(t, 1)[0]
	clean(t, m, w)
	b := newBed(t)
	whole, host := b.host(t, "whole", w, winrm.Faults{}, winrm.Quotas{})
	config := fleet.Config{Images: []*audit.Image{m.image(t, nil)}, Pause: time.Millisecond, Timeout: 30 * time.Second}
	if o := run(t, config, whole)[0]; o.Record.State != audit.OK {
		t.Fatal(told(o.Record), o.Err)
	}
	requests := host.Counters().Requests
	if requests < 8 || requests > 24 || host.Counters().Actions[winrm.ActionCommand] != 1 {
		t.Errorf("%d requests: %v", requests, host.Counters().Actions)
	}
	for n := 1; n <= requests; n++ {
		for name, f := range map[string]winrm.Faults{"cut": {TruncateAt: []int{n}}, "lost": {LoseAt: []int{n}}, "dropped": {DropAt: []int{n}}} {
			t.Run(fmt.Sprintf("%s %d", name, n), func(t *testing.T) {
				t.Parallel()
				target, _ := b.host(t, "pc", w, f, winrm.Quotas{})
				target.Options.Timeout = 2 * time.Second
				first := run(t, config, target)[0]
				if s := first.Record.State; s != audit.OK && s != audit.Unreachable || s == audit.Unreachable && first.Record.Reason == "" {
					t.Errorf("got %v, %v", told(first.Record), first.Err)
				}
				again := config
				again.Retries = 1
				target, _ = b.host(t, "pc", w, f, winrm.Quotas{})
				o := run(t, again, target)[0]
				if s := o.Record.State; s != audit.OK && o.Record.Reason != string(remote.ReasonForeign) && o.Record.Reason != string(remote.ReasonTLS) {
					t.Errorf("with another attempt: %v, %q: %v", told(o.Record), o.Record.Reason, o.Err)
				}
				noSecret(t, t.Name(), o)
			})
		}
	}
}

// TestNothingIsLost audits many clients of which some hang, some refuse and some die in the middle of their answer.
func TestNothingIsLost(t *testing.T) {
	const n, each = 60, 3
	m := build(t, "1.0.0", false, settings()...)
	all := machines(t, n)
	b := newBed(t)
	var targets []fleet.Target
	want := make([]audit.State, n)
	for i, w := range all {
		clean(t, m, w)
		f := winrm.Faults{}
		switch {
		case i%20 == 1:
			f.HangReceiveFrom = 1
		case i%20 == 2:
			f.Phase = winrm.PhaseClosed
		case i%20 == 3:
			f.TruncateAt = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}
		}
		want[i] = audit.OK
		if i%20 >= 1 && i%20 <= 3 {
			want[i] = audit.Unreachable
		}
		target, _ := b.host(t, fmt.Sprintf("pc%02d", i), w, f, winrm.Quotas{})
		target.Options.Timeout = time.Second
		targets = append(targets, target)
	}
	bad := 0
	for i, o := range run(t, fleet.Config{Images: []*audit.Image{m.image(t, nil)}, Timeout: 6 * time.Second, Concurrency: 16, Retries: 1, Pause: time.Millisecond}, targets...) {
		if o.Record.State != want[i] || o.Record.Name != targets[i].Name {
			t.Errorf("%s: got %s, want %s (%s %s)", targets[i].Name, o.Record.State, want[i], o.Record.Reason, o.Record.What)
		}
		if want[i] != audit.OK {
			bad++
			if o.Record.Attempts != 2 && o.Record.Reason != string(remote.ReasonForeign) {
				t.Errorf("%s: %d attempts, %s", targets[i].Name, o.Record.Attempts, o.Record.Reason)
			}
		}
	}
	if bad != 3*each {
		t.Errorf("%d are bad", bad)
	}
}

// TestCancelled ends within moments, and tells of every client.
func TestCancelled(t *testing.T) {
	m := build(t, "1.0.0", false, settings()...)
	all := machines(t, 8)
	b := newBed(t)
	var targets []fleet.Target
	for i, w := range all {
		target, _ := b.host(t, fmt.Sprintf("pc%d", i), w, winrm.Faults{HangReceiveFrom: 1}, winrm.Quotas{})
		targets = append(targets, target)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	n := 0
	err := fleet.Run(ctx, fleet.Config{Images: []*audit.Image{m.image(t, nil)}, Now: time.Now, Concurrency: 2, Retries: 5, Timeout: time.Hour}, targets, func(o fleet.Outcome) error {
		if n++; o.Record.State == audit.OK || !errors.Is(o.Err, context.Canceled) {
			t.Errorf("%s: %s, %v", o.Target.Name, o.Record.State, o.Err)
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != len(targets) {
		t.Errorf("%d outcomes, %v", n, err)
	}
}

// TestReadOnly holds the machine after an audit against the machine before: the list of what is there, and what it holds of it.
func TestReadOnly(t *testing.T) {
	m := build(t, "1.0.0", false, settings()...)
	w := machines(t, 1)[0]
	clean(t, m, w)
	before, err := w.ProfileHive()
	if err != nil {
		t.Fatal(err)
	}
	target, host := newBed(t).host(t, "pc", w, winrm.Faults{}, winrm.Quotas{})
	first := run(t, fleet.Config{Images: []*audit.Image{m.image(t, nil)}}, target)[0]
	second := run(t, fleet.Config{Images: []*audit.Image{m.image(t, nil)}}, target)[0]
	after, err := w.ProfileHive()
	if err != nil || string(before) != string(after) {
		t.Errorf("the default profile's registry changed, %v", err)
	}
	a, err1 := json.Marshal(first.Record.Findings)
	b, err2 := json.Marshal(second.Record.Findings)
	if err := errors.Join(err1, err2); err != nil || string(a) != string(b) {
		t.Errorf("two audits differ: %v", err)
	}
	if n := host.Shells(); n != 0 {
		t.Errorf("%d shells are left", n)
	}
	if stamp, err := manifest.ReadStamp(w); err != nil || stamp.Version != "1.0.0" {
		t.Errorf("stamp %+v, %v", stamp, err)
	}
	if _, err := w.RegistryValue(`HKLM\SOFTWARE\Policies\X`, "Z"); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("got %v", err)
	}
}

// TestPasswordInClear: a password that a client holds in clear is told to be there, and comes home in no form.
func TestPasswordInClear(t *testing.T) {
	const winlogon, clear = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "Hunter'2 & <more>"
	m := build(t, "1.0.0", false, one{"m/none", "registry_value", `key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
name = "DefaultPassword"
ensure = "absent"`})
	w := machines(t, 1)[0]
	clean(t, m, w)
	if _, err := w.SetRegistryValue(winlogon, "DefaultPassword", setting.SZ(clear)); err != nil {
		t.Fatal(err)
	}
	var wire strings.Builder
	spy := foreign{w, func(c winrm.Command) (uint32, error) {
		out := c.Stdout
		c.Stdout = io.MultiWriter(out, &wire)
		return w.Run(t.Context(), c)
	}}
	target, _ := newBed(t).host(t, "pc", spy, winrm.Faults{}, winrm.Quotas{})
	o := run(t, fleet.Config{Images: []*audit.Image{m.image(t, nil)}}, target)[0]
	if o.Record.State != audit.Drift || len(o.Record.Differences) != 1 {
		t.Fatalf("got %v, %v", told(o.Record), o.Err)
	}
	raw, err := o.Record.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(wire.String())
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range forms(clear) {
		if strings.Contains(string(raw), f) || strings.Contains(string(answer), f) {
			t.Errorf("the password comes home as %q", f)
		}
	}
	if !strings.Contains(snapshot.Script, "'DefaultPassword'") {
		t.Error("the script does not know where passwords lie in clear")
	}
}
