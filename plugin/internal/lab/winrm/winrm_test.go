package winrm_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/masterzen/winrm"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

const (
	user     = "packer"
	password = "Correct-Horse-7"
)

// machine is a machine of a few words: what a host needs behind it, and no more.
type machine struct{ boot atomic.Int64 }

func (m *machine) BootID() string { return "boot " + strconv.FormatInt(m.boot.Load(), 10) }
func (m *machine) Restart()       { m.boot.Add(1) }

func (m *machine) Run(ctx context.Context, c winrm.Command) (uint32, error) {
	word, rest, _ := strings.Cut(c.Line, " ")
	switch word {
	case "exit":
		n, err := strconv.ParseUint(rest, 10, 32)
		return uint32(n), err
	case "echo":
		_, err := fmt.Fprintf(c.Stdout, "%s\r\n", rest)
		return 0, err
	case "both":
		fmt.Fprint(c.Stdout, "out")
		fmt.Fprint(c.Stderr, "err")
		return 3, nil
	case "cat":
		_, err := io.Copy(c.Stdout, c.Stdin)
		return 0, err
	case "count":
		n, err := io.Copy(io.Discard, c.Stdin)
		fmt.Fprint(c.Stdout, n)
		return 0, err
	case "give":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return 1, err
		}
		_, err = c.Stdout.Write(bytes.Repeat([]byte("0123456789abcdef"), n/16))
		return 0, err
	case "env":
		fmt.Fprint(c.Stdout, strings.Join(c.Env, ";"), "|", c.Dir, "|", c.SkipShell)
		return 0, nil
	case "keep":
		n, _ := strconv.Atoi(rest)
		return 0, c.Keep(n << 20)
	case "sleep":
		fmt.Fprint(c.Stdout, "asleep")
		<-ctx.Done()
		return 0, nil
	case "reboot":
		c.Restart()
		return 0, nil
	}
	return 0, fmt.Errorf("no command %q", word)
}

func start(t *testing.T, change func(*winrm.Options)) *winrm.Host {
	t.Helper()
	o := winrm.Options{Address: "127.0.0.1:0", User: user, Password: password, Machine: &machine{}}
	if change != nil {
		change(&o)
	}
	h, err := winrm.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func endpoint(t *testing.T, h *winrm.Host) *client.Endpoint {
	t.Helper()
	host, port, err := net.SplitHostPort(h.Address())
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	return client.NewEndpoint(host, n, strings.HasPrefix(h.URL(), "https"), false, nil, nil, nil, time.Minute)
}

func dial(t *testing.T, h *winrm.Host, change func(*client.Parameters)) *client.Client {
	t.Helper()
	p := *client.DefaultParameters
	if change != nil {
		change(&p)
	}
	c, err := client.NewClientWithParameters(endpoint(t, h), user, password, &p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func run(t *testing.T, c *client.Client, line, stdin string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code, err := c.RunWithContextWithInput(t.Context(), line, &out, &errs, strings.NewReader(stdin))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return code, out.String(), errs.String()
}

func TestCommands(t *testing.T) {
	c := dial(t, start(t, nil), nil)
	tests := []struct {
		line, stdin    string
		code           int
		stdout, stderr string
	}{
		{"exit 0", "", 0, "", ""},
		{"exit 1", "", 1, "", ""},
		{"exit 3010", "", 3010, "", ""},
		{"exit 2149842967", "", 2149842967, "", ""}, // as Windows says it: unsigned
		{"exit 4294967295", "", 4294967295, "", ""},
		{"echo å & < > \" ]] 'x'", "", 0, "å & < > \" ]] 'x'\r\n", ""},
		{"both", "", 3, "out", "err"},
		{"cat", "what goes in\x00\xff", 0, "what goes in\x00\xff", ""},
		{"cat", "", 0, "", ""},
		{"nonsense", "", 1, "", "wmclient lab: no command \"nonsense\"\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			code, out, errs := run(t, c, tt.line, tt.stdin)
			if code != tt.code || out != tt.stdout || errs != tt.stderr {
				t.Errorf("got %d %q %q, want %d %q %q", code, out, errs, tt.code, tt.stdout, tt.stderr)
			}
		})
	}
}

func TestTenMegabytesEachWay(t *testing.T) {
	h := start(t, nil)
	c := dial(t, h, func(p *client.Parameters) { p.EnvelopeSize = 360_000 })
	const size = 10 << 20
	if code, out, errs := run(t, c, "count", strings.Repeat("x", size)); code != 0 || out != strconv.Itoa(size) {
		t.Errorf("in: got %d %q %q", code, out, errs)
	}
	if n := h.Counters(); n.Actions[winrm.ActionSend] > 40 || n.BytesIn < size/3*4 {
		t.Errorf("in: %+v", n)
	}
	before := h.Counters().Actions[winrm.ActionReceive]
	code, out, _ := run(t, c, "give "+strconv.Itoa(size), "")
	if code != 0 || len(out) != size || out != strings.Repeat("0123456789abcdef", size/16) {
		t.Errorf("out: got %d and %d bytes", code, len(out))
	}
	if n := h.Counters(); n.BytesOut < size/3*4 || n.Actions[winrm.ActionReceive]-before < size/(360_000) {
		t.Errorf("out: %+v", n)
	}
}

func TestFiftyAtOnce(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Quotas.MaxShellsPerUser = 50 })
	c := dial(t, h, nil)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			var out bytes.Buffer
			want := strings.Repeat(strconv.Itoa(i), 5000)
			code, err := c.RunWithContextWithInput(t.Context(), "cat", &out, io.Discard, strings.NewReader(want))
			if err != nil || code != 0 || out.String() != want {
				t.Errorf("%d: %d, %v, %d bytes", i, code, err, out.Len())
			}
		})
	}
	wg.Wait()
	if n := h.Shells(); n != 0 {
		t.Errorf("%d shells are left", n)
	}
}
