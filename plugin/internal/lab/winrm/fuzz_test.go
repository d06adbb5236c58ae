package winrm_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

// FuzzRequest: whatever a client sends is answered, and nothing of it stays behind.
func FuzzRequest(f *testing.F) {
	f.Add(identify)
	f.Add(createEnvelope())
	f.Add(envelope(shellNS+"/Send", resource, `<r:Send><r:Stream Name="stdin" CommandId="x" End="true">YWJj</r:Stream></r:Send>`))
	f.Add(envelope(transfer+"/Create", resource+"<w:OperationTimeout>P9DT999999H99999999M999999999.9S</w:OperationTimeout>", "<r:Shell><r:IdleTimeOut>PT0.000S</r:IdleTimeOut></r:Shell>"))
	f.Add("<!DOCTYPE x>" + strings.Repeat("<a>", 50))
	h, err := winrm.Start(winrm.Options{Address: "127.0.0.1:0", User: user, Password: password, Machine: &machine{}, Quotas: winrm.Quotas{MaxShellsPerUser: 4}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = h.Close() })
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/wsman", strings.NewReader(body))
		r.SetBasicAuth(user, password)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 0 || h.Shells() > 4 {
			t.Errorf("status %d, %d shells", w.Code, h.Shells())
		}
	})
}
