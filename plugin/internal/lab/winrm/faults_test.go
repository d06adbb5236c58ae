package winrm_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	client "github.com/masterzen/winrm"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

// identify is the one request that any host answers, without a user.
const identify = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">` +
	`<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>`

// envelope is a request of the shell protocol, with what its header and body hold besides the action.
func envelope(action, header, body string) string {
	return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"` +
		` xmlns:r="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Header><a:Action>` + action + `</a:Action><a:MessageID>uuid:1</a:MessageID>` + header + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
}

const (
	shellNS  = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
	transfer = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
	resource = "<w:ResourceURI>" + shellNS + "/cmd</w:ResourceURI>"
)

// web is a client of one connection per request, which trusts the authority.
func web(a *winrm.Authority) *http.Client {
	pool := x509.NewCertPool()
	if a != nil {
		pool.AppendCertsFromPEM(a.PEM())
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
}

// post sends a request as the user and returns status and body; err says how the connection failed.
func post(t *testing.T, c *http.Client, h *winrm.Host, body string) (int, string, http.Header, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, password)
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), resp.Header, err
}

// orders parses faults as the command line writes them.
func orders(t *testing.T, text string) winrm.Faults {
	t.Helper()
	var f winrm.Faults
	if err := f.Set(text); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFaultOfOneRequest(t *testing.T) {
	const good, cut, noXML, refused = "200", "cut", "no envelope", "401"
	tests := []struct {
		fault string
		want  []string // of requests 1, 2, 3
		hits  int
	}{
		{"latency=1ms", []string{good, good, good}, 0},
		{"drop-at=2", []string{good, cut, good}, 1},
		{"lose-at=1,lose-at=3", []string{cut, good, cut}, 2},
		{"garbage-at=2", []string{good, noXML, good}, 1},
		{"garbage-from=2", []string{good, noXML, noXML}, 2},
		{"truncate-at=2", []string{good, cut, good}, 1},
		{"unauthorized-from=2", []string{good, refused, refused}, 2},
		{"drop=1", []string{cut, cut, cut}, 3},
		{"refuse-from=3", []string{good, good, cut}, 0},
		{"refuse-from=1", []string{cut, cut, cut}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			h := start(t, func(o *winrm.Options) { o.Faults = orders(t, tt.fault) })
			for i, want := range tt.want {
				status, body, _, err := post(t, web(nil), h, identify)
				got := fmt.Sprint(status)
				switch {
				case err != nil:
					got = cut
				case status == http.StatusOK && !strings.HasSuffix(body, "</s:Envelope>"):
					got = noXML
				}
				if got != want {
					t.Errorf("request %d: got %s (%v), want %s", i+1, got, err, want)
				}
			}
			if n := h.Counters(); n.Injected != tt.hits {
				t.Errorf("%d requests were hit, want %d", n.Injected, tt.hits)
			}
		})
	}
}

func TestSharesAreRepeatable(t *testing.T) {
	const n = 4000
	hit := 0
	for i := range n {
		if winrm.Share(7, i) != winrm.Share(7, i) {
			t.Fatal("the same seed gives another number")
		}
		if winrm.Share(7, i) < 0.05 {
			hit++
		}
	}
	if hit < n*3/100 || hit > n*7/100 {
		t.Errorf("%d of %d are in a share of 5 %%", hit, n)
	}
}

func TestUnknownFaults(t *testing.T) {
	for text, want := range map[string]string{
		"latancy=1s":       "there are seed=N",
		"latency=1":        "is no duration",
		"latency=-1s":      "is no duration",
		"drop=1.5":         "is no share",
		"drop=NaN":         "is no share",
		"drop-at=0":        "is no number from 1 on",
		"certificate=none": "is not one of expired",
		"phase=up":         "is not one of closed",
		"":                 "no such fault",
	} {
		var f winrm.Faults
		if err := f.Set(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestSilence(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Faults = orders(t, "silent-from=2") })
	c := web(nil)
	if status, _, _, err := post(t, c, h, identify); status != http.StatusOK || err != nil {
		t.Fatalf("got %d, %v", status, err)
	}
	c.Timeout = 100 * time.Millisecond // a bound, not a measure: nothing would come later either
	var late interface{ Timeout() bool }
	if _, _, _, err := post(t, c, h, identify); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("got %v, want a request that is never answered", err)
	}
}

func TestHungReceive(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Faults = orders(t, "hang-receive-from=1") })
	c := dial(t, h, nil)
	sh, err := c.CreateShell()
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := sh.ExecuteWithContext(t.Context(), "echo x")
	if err != nil {
		t.Fatal(err)
	}
	for h.Counters().Actions[winrm.ActionReceive] == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := h.SetPhase(winrm.PhaseClosed); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // the answer never comes, so only the cut connection ends it
}

// TestPhases: each phase is what a client can tell apart, and each can be left again.
func TestPhases(t *testing.T) {
	a := authority(t)
	h := start(t, func(o *winrm.Options) { o.Authority = a })
	is := func(want string) {
		t.Helper()
		c := web(a)
		c.Timeout = 2 * time.Second
		status, _, _, err := post(t, c, h, envelope(transfer+"/Get", "<w:ResourceURI>http://schemas.microsoft.com/wbem/wsman/1/config</w:ResourceURI>", ""))
		got := fmt.Sprint(status)
		var late net.Error
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			got = "refused"
		case errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF):
			got = "reset"
		case errors.As(err, &late) && late.Timeout():
			got = "silent"
		}
		if got != want {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
	}
	for _, tt := range []struct {
		phase winrm.Phase
		want  string
	}{
		{winrm.PhaseUp, "200"}, {winrm.PhaseClosed, "refused"}, {winrm.PhaseTLS, "reset"}, {winrm.PhaseUnavailable, "503"}, {winrm.PhaseUnauthorized, "401"},
		{winrm.PhaseClosed, "refused"}, {winrm.PhaseClosed, "refused"}, {winrm.PhaseSilent, "silent"}, {winrm.PhaseUp, "200"},
	} {
		t.Run(string(tt.phase), func(t *testing.T) {
			if err := h.SetPhase(tt.phase); err != nil {
				t.Fatal(err)
			}
			is(tt.want)
		})
	}
}

func TestPhaseFromTheStart(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Faults = orders(t, "phase=closed") })
	if _, _, _, err := post(t, web(nil), h, identify); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a closed port", err)
	}
	if err := h.SetPhase(winrm.PhaseUp); err != nil {
		t.Fatal(err)
	}
	if status, _, _, err := post(t, web(nil), h, identify); status != http.StatusOK {
		t.Errorf("got %d, %v", status, err)
	}
}

// TestRestart: commands die, shells are gone, the boot id is another, the port the same, and what is known stays known.
func TestRestart(t *testing.T) {
	h := start(t, nil)
	c := dial(t, h, nil)
	boot := h.BootID()
	shell := openShell(t, h)
	if _, fault := begin(t, h, shell, "sleep"); fault != "" {
		t.Fatal(fault)
	}
	if err := h.Restart(time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if h.BootID() == boot || h.Shells() != 0 || h.Counters().Restarts != 1 {
		t.Errorf("boot %s after %s, %d shells, %+v", h.BootID(), boot, h.Shells(), h.Counters())
	}
	if _, fault := begin(t, h, shell, "exit 0"); !strings.Contains(fault, selectors) {
		t.Errorf("a shell of the boot before: got %q", fault)
	}
	if code, out, _ := run(t, c, "echo again", ""); code != 0 || out != "again\r\n" {
		t.Errorf("got %d %q", code, out)
	}
}

// TestRestartByCommand: the command's own end is heard; after it the host goes through all phases.
func TestRestartByCommand(t *testing.T) {
	a := authority(t)
	h := start(t, func(o *winrm.Options) {
		o.Authority = a
		o.Faults = orders(t, "restart-for=30ms,restart-tls=30ms,restart-unavailable=30ms,restart-unauthorized=30ms")
	})
	boot := h.BootID()
	c := tlsClient(t, h, a)
	if code, _, _ := run(t, c, "reboot", ""); code != 0 {
		t.Errorf("got %d", code)
	}
	for h.BootID() == boot { // ends with the test's own time limit
		time.Sleep(time.Millisecond)
	}
	for {
		if status, _, _, err := post(t, web(a), h, identify); err == nil && status == http.StatusOK {
			break
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRestartAtRequest(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Faults = orders(t, "restart-at=2") })
	boot := h.BootID()
	for i := range 2 {
		if _, _, _, err := post(t, web(nil), h, identify); (err != nil) != (i == 1) {
			t.Errorf("request %d: %v", i+1, err)
		}
	}
	for h.BootID() == boot {
		time.Sleep(time.Millisecond)
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	h := start(t, func(o *winrm.Options) {
		o.Now, o.Faults = func() time.Time { return now }, orders(t, "clock=-24h")
	})
	_, _, header, err := post(t, web(nil), h, identify)
	if err != nil || header.Get("Date") != "Sun, 03 May 2026 03:02:01 GMT" {
		t.Errorf("got %q, %v", header.Get("Date"), err)
	}
}

func authority(t *testing.T) *winrm.Authority {
	t.Helper()
	a, err := winrm.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tlsClient trusts the authority, and nothing else.
func tlsClient(t *testing.T, h *winrm.Host, a *winrm.Authority) *client.Client {
	t.Helper()
	e := endpoint(t, h)
	e.CACert = a.PEM()
	c, err := client.NewClient(e, user, password)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCertificates: a good one is taken, and each fault is seen by a client that pins the authority.
func TestCertificates(t *testing.T) {
	tests := []struct{ fault, want string }{
		{"seed=1", ""},
		{"certificate=expired", "expired or is not yet valid"},
		{"certificate=not-yet-valid", "expired or is not yet valid"},
		{"clock=24h", "expired or is not yet valid"}, // as a certificate is that a machine with such a clock made itself
		{"clock=-24h", ""},
		{"certificate=wrong-ca", "unknown authority"},
		{"certificate=self-signed", "unknown authority"},
		{"certificate=wrong-name", "doesn't contain any IP SANs"},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			a := authority(t)
			h := start(t, func(o *winrm.Options) { o.Authority, o.Faults = a, orders(t, tt.fault) })
			var out bytes.Buffer
			_, err := tlsClient(t, h, a).RunWithContext(t.Context(), "echo x", &out, io.Discard)
			if (tt.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err == nil && out.String() != "x\r\n" {
				t.Errorf("got %q", out.String())
			}
		})
	}
}

// TestClientCertificates: the certificate of another authority ends in the handshake, the name of another user in a 401.
func TestClientCertificates(t *testing.T) {
	a, foreign := authority(t), authority(t)
	h := start(t, func(o *winrm.Options) { o.Authority = a })
	for _, tt := range []struct {
		name, user string
		by         *winrm.Authority
		ok         bool
	}{{"the user", user, a, true}, {"another user", "other", a, false}, {"another authority", user, foreign, false}} {
		t.Run(tt.name, func(t *testing.T) {
			cert, key, err := tt.by.Client(tt.user)
			if err != nil {
				t.Fatal(err)
			}
			e := endpoint(t, h)
			e.CACert, e.Cert, e.Key = a.PEM(), cert, key
			p := *client.DefaultParameters
			p.TransportDecorator = func() client.Transporter { return &client.ClientAuthRequest{} }
			c, err := client.NewClientWithParameters(e, "", "", &p)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			_, err = c.RunWithContext(t.Context(), "echo x", &out, io.Discard)
			if (err == nil) != tt.ok || tt.ok && out.String() != "x\r\n" {
				t.Errorf("got %q, %v", out.String(), err)
			}
		})
	}
}
