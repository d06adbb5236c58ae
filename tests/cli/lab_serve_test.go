//go:build !windows

package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const identify = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">` +
	`<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>`

// TestLabServe: a lab machine answers whoever trusts its certificate and knows its password, and ends at either signal with its port free.
func TestLabServe(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"interrupted": syscall.SIGINT, "terminated": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ca, client := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "client.pem")
			lab := harness.ServeLab(t, "--ca", ca, "--client-certificate", client, "--fault", "garbage-at=3")
			if lab.CAFile != ca || lab.Host != "127.0.0.1" || !strings.HasPrefix(lab.URL, "https://127.0.0.1:") {
				t.Errorf("got %+v", lab)
			}
			if info, err := os.Stat(client); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the client's key: %v, %v", info, err)
			}
			text, err := os.ReadFile(ca)
			if err != nil {
				t.Fatal(err)
			}
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(text)
			web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
			for _, want := range []struct {
				password string
				status   int
			}{{harness.LabPassword, http.StatusOK}, {"wrong", http.StatusUnauthorized}} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, lab.URL, strings.NewReader(identify))
				if err != nil {
					t.Fatal(err)
				}
				r.SetBasicAuth(lab.User, want.password)
				resp, err := web.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if resp.StatusCode != want.status {
					t.Errorf("%s: got %s", want.password, resp.Status)
				}
			}
			web.CloseIdleConnections()
			if n := lab.End(t, sig); n.Requests != 2 || n.Actions["identify"] != 1 || n.Actions["refused"] != 1 {
				t.Errorf("counted %+v", n)
			}
			l, err := net.Listen("tcp", strings.TrimSuffix(strings.TrimPrefix(lab.URL, "https://"), "/wsman"))
			if err != nil {
				t.Fatalf("the port is not free: %v", err)
			}
			_ = l.Close()
		})
	}
}
