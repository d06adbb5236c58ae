package remote_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
)

func TestRun(t *testing.T) {
	h := start(t, nil)
	for _, auth := range []remote.Auth{remote.NTLM, remote.Basic, remote.Certificate} {
		t.Run(string(auth), func(t *testing.T) {
			o := h.options(t)
			o.Auth = auth
			if auth == remote.Certificate {
				cert, key, err := h.ca.Client(user)
				if err != nil {
					t.Fatal(err)
				}
				o.ClientCertificate, o.ClientKey, o.Password = cert, secret.Text(key), ""
			}
			c := dial(t, o)
			r, err := c.Run(t.Context(), remote.Command{Line: "both"})
			if err != nil || r.ExitCode != 3 || string(r.Stdout) != "out" || string(r.Stderr) != "err" {
				t.Errorf("got %d %q %q, %v", r.ExitCode, r.Stdout, r.Stderr, err)
			}
			big := bytes.Repeat([]byte("å<&>]]>\x00\r\n"), 40_000)
			var back bytes.Buffer
			if r, err = c.Run(t.Context(), remote.Command{Line: "cat", Stdin: bytes.NewReader(big), Stdout: &back}); err != nil || r.ExitCode != 0 || !bytes.Equal(back.Bytes(), big) {
				t.Errorf("%d of %d bytes came back, %v", back.Len(), len(big), err)
			}
			if r, err = c.Run(t.Context(), remote.Command{Line: "cat", Stdin: strings.NewReader("")}); err != nil || len(r.Stdout) != 0 {
				t.Errorf("no input: %q, %v", r.Stdout, err)
			}
		})
	}
	if n := h.Shells(); n > 3 {
		t.Errorf("%d shells", n)
	}
}

// TestLong runs longer than one operation may.
func TestLong(t *testing.T) {
	h := start(t, nil)
	o := h.options(t)
	o.Timeout = 500 * time.Millisecond
	r, err := dial(t, o).Run(t.Context(), remote.Command{Line: "later 1200ms"})
	if err != nil || string(r.Stdout) != "done" {
		t.Errorf("got %q, %v", r.Stdout, err)
	}
}

// TestRequests counts what commands cost: one log-on for the connection, then four requests a command, since the lab tells of output and of
// the end in two answers.
func TestRequests(t *testing.T) {
	h := start(t, nil)
	c := dial(t, h.options(t))
	before := h.Counters()
	for range 10 {
		if _, err := c.Run(t.Context(), remote.Command{Line: "echo x"}); err != nil {
			t.Fatal(err)
		}
	}
	after := h.Counters()
	if n := after.Requests - before.Requests; n != 40 {
		t.Errorf("10 commands took %d requests: %v", n, after.Actions)
	}
	if after.Connections != 1 {
		t.Errorf("%d connections", after.Connections)
	}
}

func TestCancel(t *testing.T) {
	h := start(t, nil)
	c := dial(t, h.options(t))
	ctx, cancel := context.WithCancel(t.Context())
	var out cancelling
	out.cancel = cancel
	began := time.Now()
	_, err := c.Run(ctx, remote.Command{Line: "sleep", Stdout: &out})
	if !errors.Is(err, context.Canceled) || time.Since(began) > 20*time.Second {
		t.Errorf("got %v after %s", err, time.Since(began))
	}
	for range 100 {
		if h.machine.ended.Load() == 1 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if h.machine.ended.Load() != 1 || h.Shells() != 0 {
		t.Errorf("%d commands were ended, %d shells are there", h.machine.ended.Load(), h.Shells())
	}
	if r, err := c.Run(t.Context(), remote.Command{Line: "echo again"}); err != nil || !strings.Contains(string(r.Stdout), "again") {
		t.Errorf("after it: %q, %v", r.Stdout, err)
	}
}

// cancelling cancels at the first output.
type cancelling struct{ cancel func() }

// Write implements io.Writer.
func (c *cancelling) Write(p []byte) (int, error) {
	c.cancel()
	return len(p), nil
}

func TestBoundedOutput(t *testing.T) {
	h := start(t, nil)
	o := h.options(t)
	o.MaxOutput = 100_000
	c := dial(t, o)
	if _, err := c.Run(t.Context(), remote.Command{Line: "give 1600000"}); !errors.Is(err, remote.ErrOutput) {
		t.Errorf("got %v", err)
	}
	if r, err := c.Run(t.Context(), remote.Command{Line: "give 1600"}); err != nil || len(r.Stdout) != 1600 {
		t.Errorf("after it: %d bytes, %v", len(r.Stdout), err)
	}
}

func file(data []byte) remote.File {
	return remote.File{Path: `%SystemRoot%\wmclient\wmguest.exe`, SHA256: digest(data), Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// TestDeliver counts requests: at most 40 for 10 MB through WinRM alone.
func TestDeliver(t *testing.T) {
	data := make([]byte, 10_000_000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // harder to compress than any program
	h := start(t, nil)
	c := dial(t, h.options(t))
	var last int64
	way, err := c.Deliver(t.Context(), file(data), func(done, _ int64) { last = done })
	if err != nil || way != remote.WayWinRM || last < int64(len(data)) {
		t.Fatalf("got %q, %v, %d bytes told", way, err, last)
	}
	if n := h.Counters(); n.Requests > 39 || n.Connections != 1 { // one more ends the shell
		t.Errorf("%d requests, %d connections: %v", n.Requests, n.Connections, n.Actions)
	}
	if !bytes.Equal(h.machine.files[`%SystemRoot%\wmclient\wmguest.exe`], data) {
		t.Error("other bytes came")
	}
	before := h.Counters().Requests
	if way, err = c.Deliver(t.Context(), file(data), nil); err != nil || way != remote.WayAlready || h.Counters().Requests-before > 5 {
		t.Errorf("again: %q, %v, %d requests", way, err, h.Counters().Requests-before)
	}
}

func TestDeliverOtherWays(t *testing.T) {
	data := []byte("agent")
	h := start(t, nil)
	c := dial(t, h.options(t))
	f := file(data)
	f.Medium, f.URL = `wmclient\wmguest.exe`, "http://127.0.0.1:1/wmguest.exe"
	h.machine.media = map[string][]byte{f.Medium: data}
	if way, err := c.Deliver(t.Context(), f, nil); err != nil || way != remote.WayMedium {
		t.Errorf("medium: %q, %v", way, err)
	}
	h.machine.media, f.Path = nil, "b"
	h.machine.fetch = func(string) ([]byte, error) { return data, nil }
	if way, err := c.Deliver(t.Context(), f, nil); err != nil || way != remote.WayHTTP {
		t.Errorf("http: %q, %v", way, err)
	}
	f.Path = "c"
	h.machine.fetch = func(string) ([]byte, error) { return []byte("other"), nil }
	if way, err := c.Deliver(t.Context(), f, nil); err != nil || way != remote.WayWinRM {
		t.Errorf("http with other bytes: %q, %v", way, err)
	}
	bad := file(data)
	bad.SHA256 = digest([]byte("wanted"))
	if _, err := c.Deliver(t.Context(), bad, nil); err == nil || !strings.Contains(err.Error(), "has SHA-256") {
		t.Errorf("a file that is not what its digest says: %v", err)
	}
	if _, err := c.Deliver(t.Context(), remote.File{Path: "x"}, nil); err == nil {
		t.Error("a file without a digest was sent")
	}
}

// forms are what a secret must not appear in.
func forms(text string) []string {
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	return []string{
		text, url.QueryEscape(text), strconv.Quote(text), strings.ReplaceAll(text, "'", "''"),
		base64.StdEncoding.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString(wide),
		base64.StdEncoding.EncodeToString([]byte(user + ":" + text)),
	}
}

// TestRefusals names each thing that keeps a machine from answering, in bounded time and without the password.
func TestRefusals(t *testing.T) {
	garbage := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") }))
	t.Cleanup(garbage.Close) // after the parallel tests below
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, nobody, _ := net.SplitHostPort(closed.Addr().String())
	closed.Close()
	for name, test := range map[string]struct {
		host   func(*winrm.Options)
		client func(*remote.Options)
		want   remote.Reason
		says   string
	}{
		"password": {nil, func(o *remote.Options) { o.Password = "Wrong" + password }, remote.ReasonAuth, "password"},
		"authority": {nil, func(o *remote.Options) {
			ca, _ := winrm.NewAuthority(time.Now())
			o.CA = ca.PEM()
		}, remote.ReasonTLS, "not trusted"},
		"no authority":  {nil, func(o *remote.Options) { o.CA = nil }, remote.ReasonTLS, "not trusted"},
		"pin":           {nil, func(o *remote.Options) { o.Pin = strings.Repeat("ab", 32) }, remote.ReasonTLS, "not the pinned one"},
		"expired":       {func(o *winrm.Options) { o.Faults.Certificate = winrm.Expired }, nil, remote.ReasonTLS, "held until"},
		"not yet valid": {func(o *winrm.Options) { o.Faults.Certificate = winrm.NotYetValid }, nil, remote.ReasonTLS, "clocks is off"},
		"other name":    {func(o *winrm.Options) { o.Faults.Certificate = winrm.WrongName }, nil, remote.ReasonTLS, "another name"},
		"foreign CA":    {func(o *winrm.Options) { o.Faults.Certificate = winrm.WrongCA }, nil, remote.ReasonTLS, "not trusted"},
		"nobody listens": {nil, func(o *remote.Options) {
			o.Port, _ = strconv.Atoi(nobody)
		}, remote.ReasonPort, "nobody listens"},
		"TLS broken":     {func(o *winrm.Options) { o.Faults.Phase = winrm.PhaseTLS }, nil, remote.ReasonTLS, ""},
		"not started":    {func(o *winrm.Options) { o.Faults.Phase = winrm.PhaseUnavailable }, nil, remote.ReasonService, "503"},
		"silent":         {func(o *winrm.Options) { o.Faults.SilentFrom = 1 }, func(o *remote.Options) { o.Timeout = time.Millisecond }, remote.ReasonService, "no answer"},
		"garbage":        {func(o *winrm.Options) { o.Faults.GarbageAt = []int{1, 2, 3, 4} }, nil, remote.ReasonForeign, ""},
		"another server": {nil, func(o *remote.Options) { o.Port = portOf(t, garbage.URL); o.Pin = digest(garbage.Certificate().Raw) }, remote.ReasonForeign, "text/html"},
		"no such name":   {nil, func(o *remote.Options) { o.Host = "no-such-host.invalid" }, remote.ReasonName, "no-such-host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, test.host)
			o := h.options(t)
			if test.client != nil {
				test.client(&o)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			_, err := remote.Dial(ctx, o)
			var known *remote.Error
			if !errors.As(err, &known) || known.Reason != test.want || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v, want %s with %q", err, test.want, test.says)
			}
			for _, form := range append(forms(password), forms("Wrong"+password)...) {
				if shown := fmt.Sprintf("%v %+v %#v", err, o, o); strings.Contains(shown, form) {
					t.Errorf("the password is shown as %q in %s", form, shown)
				}
			}
		})
	}
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNoDowngrade does not send the password by Basic to a service that offers nothing else.
func TestNoDowngrade(t *testing.T) {
	var seen []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		w.Header().Set("WWW-Authenticate", `Basic realm="WSMAN"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer s.Close()
	_, err := remote.Dial(t.Context(), remote.Options{Host: "127.0.0.1", Port: portOf(t, s.URL), Pin: digest(s.Certificate().Raw), User: user, Password: password})
	var known *remote.Error
	if !errors.As(err, &known) || known.Reason != remote.ReasonAuth || !strings.Contains(err.Error(), "does not offer NTLM") {
		t.Errorf("got %v", err)
	}
	for _, a := range seen {
		if a != "" {
			t.Errorf("it was sent %q", a)
		}
	}
}

func TestPinned(t *testing.T) {
	h := start(t, nil)
	o := h.options(t)
	o.CA, o.ServerName = nil, "another.name"
	o.Pin = leaf(t, h)
	if _, err := dial(t, o).Run(t.Context(), remote.Command{Line: "echo x"}); err != nil {
		t.Error(err)
	}
}

// TestOptions refuses what would be unsafe or cannot work.
func TestOptions(t *testing.T) {
	good := func() remote.Options { return remote.Options{Host: "client-1", User: user, Password: password} }
	for name, change := range map[string]func(*remote.Options){
		"no host":          func(o *remote.Options) { o.Host = "" },
		"an address":       func(o *remote.Options) { o.Host = "https://client-1" },
		"no password":      func(o *remote.Options) { o.Password = "" },
		"HTTP":             func(o *remote.Options) { o.PlainLoopback = true },
		"a short pin":      func(o *remote.Options) { o.Pin = "ab" },
		"unknown auth":     func(o *remote.Options) { o.Auth = "credssp" },
		"no realm":         func(o *remote.Options) { o.Auth = remote.Kerberos },
		"no certificate":   func(o *remote.Options) { o.Auth = remote.Certificate },
		"no PEM":           func(o *remote.Options) { o.CA = []byte("x") },
		"a port too large": func(o *remote.Options) { o.Port = 70000 },
		"no krb5.conf": func(o *remote.Options) {
			o.Auth = remote.Kerberos
			o.Kerberos = remote.KerberosOptions{Realm: "R", Config: "none"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := good()
			change(&o)
			if _, err := remote.Dial(t.Context(), o); !errors.Is(err, remote.ErrOptions) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWaitReady(t *testing.T) {
	h := start(t, func(o *winrm.Options) {
		o.Faults.RestartFor, o.Faults.RestartTLS, o.Faults.RestartUnavailable, o.Faults.RestartUnauthorized = 1500*time.Millisecond, 1500*time.Millisecond, 1500*time.Millisecond, 1500*time.Millisecond
		o.Faults.RestartAt = []int{1}
	})
	seen := map[remote.Reason]bool{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := remote.WaitReady(ctx, h.options(t), func(w remote.Waiting) { seen[w.Err.Reason] = true })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, want := range []remote.Reason{remote.ReasonPort, remote.ReasonTLS, remote.ReasonService, remote.ReasonAuth} {
		if !seen[want] {
			t.Errorf("%q was not told: %v", want, seen)
		}
	}
}

func TestWaitReadyGivesUp(t *testing.T) {
	h := start(t, nil)
	o := h.options(t)
	o.Password = "Wrong-Horse-77777"
	ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
	defer cancel()
	_, err := remote.WaitReady(ctx, o, nil)
	if !errors.Is(err, remote.ErrNotReady) || !errors.Is(err, &remote.Error{Reason: remote.ReasonAuth}) {
		t.Errorf("got %v", err)
	}
}

// TestFaultsOnTheWay names what happens in the middle of a command.
func TestFaultsOnTheWay(t *testing.T) {
	for name, test := range map[string]struct {
		faults winrm.Faults
		quotas func(*winrm.Quotas)
		want   remote.Reason
	}{
		"answer lost": {winrm.Faults{LoseAt: []int{5}}, nil, remote.ReasonLost},
		"cut":         {winrm.Faults{DropAt: []int{5}}, nil, remote.ReasonLost},
		"truncated":   {winrm.Faults{TruncateAt: []int{5}}, nil, remote.ReasonLost},
		"garbage":     {winrm.Faults{GarbageAt: []int{5}}, nil, remote.ReasonForeign},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, func(o *winrm.Options) { o.Faults = test.faults })
			c := dial(t, h.options(t))
			_, err := c.Run(t.Context(), remote.Command{Line: "later 100ms"})
			var known *remote.Error
			if !errors.As(err, &known) || known.Reason != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if r, err := c.Run(t.Context(), remote.Command{Line: "echo again"}); err != nil || !strings.Contains(string(r.Stdout), "again") {
				t.Errorf("after it: %q, %v", r.Stdout, err)
			}
		})
	}
}

// FuzzAnswer reads whatever a machine may answer.
func FuzzAnswer(f *testing.F) {
	const env = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:r="urn:r"><s:Body>%s</s:Body></s:Envelope>`
	for _, body := range []string{
		`<r:Shell><r:ShellId>1</r:ShellId></r:Shell>`, `<r:CommandResponse><r:CommandId>2</r:CommandId></r:CommandResponse>`,
		`<r:ReceiveResponse><r:Stream Name="stdout">b3V0</r:Stream><r:CommandState State="http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"><r:ExitCode>3</r:ExitCode></r:CommandState></r:ReceiveResponse>`,
		`<s:Fault><s:Code><s:Subcode><s:Value>w:TimedOut</s:Value></s:Subcode></s:Code><s:Detail><f:WSManFault xmlns:f="urn:f" Code="2150858793"><f:Message>late</f:Message></f:WSManFault></s:Detail></s:Fault>`,
	} {
		f.Add(fmt.Appendf(nil, env, body))
	}
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`))
	f.Add([]byte(strings.Repeat("<a>", 1000)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, code, err := remote.ParseAnswer(raw)
		if err == nil && len(out) > len(raw) {
			t.Errorf("%d bytes of output out of %d (code %d)", len(out), len(raw), code)
		}
	})
}

// TestAnswerBounds refuses what is deeper than any answer, and document types.
func TestAnswerBounds(t *testing.T) {
	for name, raw := range map[string]string{"deep": strings.Repeat("<a>", 1000), "type": `<!DOCTYPE x><x/>`, "nothing": "  ", "no XML": "hello <"} {
		if _, _, err := remote.ParseAnswer([]byte(raw)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// TestInputLost ends a command whose input was lost on the way: it would wait for it for ever.
func TestInputLost(t *testing.T) {
	for n := 4; n < 9; n++ {
		h := start(t, func(o *winrm.Options) { o.Faults.LoseAt = []int{n} })
		c, err := remote.Dial(t.Context(), h.options(t))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		_, err = c.Run(ctx, remote.Command{Line: "cat", Stdin: bytes.NewReader(make([]byte, 1<<20))})
		cancel()
		var known *remote.Error
		if err != nil && (!errors.As(err, &known) || known.Reason != remote.ReasonLost) {
			t.Errorf("answer %d lost: %v", n, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestInputUnread ends a command that does not read its input: the service says that the operation has timed out, which is no sign that the command
// takes no more and ends.
func TestInputUnread(t *testing.T) {
	h := start(t, nil)
	o := h.options(t)
	o.Timeout = 300 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := dial(t, o).Run(ctx, remote.Command{Line: "sleep", Stdin: bytes.NewReader(make([]byte, 4<<20))})
	if !errors.Is(err, &remote.Error{Reason: remote.ReasonService}) || !strings.Contains(err.Error(), "took no input") {
		t.Errorf("got %v", err)
	}
}

// TestManyAtOnce runs many commands at once, each with input: every one is let in, since no log-on is torn between two connections.
func TestManyAtOnce(t *testing.T) {
	h := start(t, func(o *winrm.Options) {
		o.Quotas.MaxProcessesPerShell, o.Quotas.MaxConcurrentOperationsPerUser = 100, 1000
	})
	c := dial(t, h.options(t))
	errs := make(chan error, 24)
	for range cap(errs) {
		go func() {
			for range 4 {
				if _, err := c.Run(t.Context(), remote.Command{Line: "cat", Stdin: strings.NewReader(strings.Repeat("x", 300_000))}); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
