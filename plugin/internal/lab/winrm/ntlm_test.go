package winrm_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	client "github.com/masterzen/winrm"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

func ntlmClient(t *testing.T, e *client.Endpoint, user, password string) *client.Client {
	t.Helper()
	p := *client.DefaultParameters
	p.TransportDecorator = func() client.Transporter { return &client.ClientNTLM{} }
	c, err := client.NewClientWithParameters(e, user, password, &p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNTLM: an independent client logs in over https, and not with another user or password.
func TestNTLM(t *testing.T) {
	a := authority(t)
	h := start(t, func(o *winrm.Options) { o.Authority = a })
	e := endpoint(t, h)
	e.CACert = a.PEM()
	for _, tt := range []struct {
		user, password string
		ok             bool
	}{{user, password, true}, {strings.ToUpper(user), password, true}, {`SOMEWHERE\` + user, password, true}, {user, "wrong", false}, {"other", password, false}} {
		var out bytes.Buffer
		_, err := ntlmClient(t, e, tt.user, tt.password).RunWithContext(t.Context(), "echo x", &out, io.Discard)
		if (err == nil) != tt.ok || tt.ok && out.String() != "x\r\n" {
			t.Errorf("%s: got %q, %v", tt.user, out.String(), err)
		}
	}
	if n := h.Counters(); n.Actions[winrm.ActionHandshake] == 0 {
		t.Errorf("nobody took part in NTLM: %+v", n)
	}
}

// TestNTLMOverHTTP: without TLS it is not offered, and the client falls back to Basic.
func TestNTLMOverHTTP(t *testing.T) {
	h := start(t, nil)
	var out bytes.Buffer
	if _, err := ntlmClient(t, endpoint(t, h), user, password).RunWithContext(t.Context(), "echo x", &out, io.Discard); err != nil || out.String() != "x\r\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
	if n := h.Counters(); n.Actions[winrm.ActionHandshake] != 0 {
		t.Errorf("%+v", n)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/wsman", nil)
	r.Header.Set("Authorization", "Negotiate "+base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x01\x00\x00\x00")))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header().Values("WWW-Authenticate"); w.Code != http.StatusUnauthorized || len(got) != 1 || !strings.HasPrefix(got[0], "Basic") {
		t.Errorf("got %d %q", w.Code, got)
	}
}

// FuzzNTLM: no message of a stranger lets anybody in.
func FuzzNTLM(f *testing.F) {
	f.Add([]byte("NTLMSSP\x00\x01\x00\x00\x00"))
	f.Add([]byte("NTLMSSP\x00\x03\x00\x00\x00" + strings.Repeat("\xff", 60)))
	f.Add(append([]byte("NTLMSSP\x00\x03\x00\x00\x00"), make([]byte, 80)...))
	f.Fuzz(func(t *testing.T, m []byte) {
		if winrm.Authentic(m, make([]byte, 8), user, password) {
			t.Errorf("%q is the user", m)
		}
	})
}
