package unattend_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestDoor(t *testing.T) {
	door, err := unattend.NewDoor(unattend.DoorConfig{Names: []string{"wm-build", "192.0.2.7"}, Peers: []string{"192.0.2.0/24"}}, rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(door.Certificate)
	pinned, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(pinned)
	for _, name := range []string{"localhost", "127.0.0.1", "wm-build", "192.0.2.7"} {
		if _, err := pinned.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pinned.Verify(x509.VerifyOptions{DNSName: "other", Roots: roots, CurrentTime: now}); err == nil {
		t.Error("the certificate holds for another machine")
	}
	if _, err := pinned.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now.Add(unattend.Validity + time.Hour)}); err == nil {
		t.Error("the certificate holds for ever")
	}
	var settings struct {
		Schema        string
		Port          int
		Peers         []string
		PFX, Password string
	}
	if err := json.Unmarshal(door.Settings, &settings); err != nil {
		t.Fatal(err)
	}
	if settings.Schema != unattend.DoorSchema || settings.Port != 5986 || len(settings.Peers) != 1 {
		t.Errorf("got %+v", settings)
	}
	raw, err := base64.StdEncoding.DecodeString(settings.PFX)
	if err != nil {
		t.Fatal(err)
	}
	key, packed, err := pkcs12.Decode(raw, settings.Password)
	if err != nil {
		t.Fatal(err)
	}
	if !packed.Equal(pinned) || !key.(*rsa.PrivateKey).PublicKey.Equal(packed.PublicKey) {
		t.Error("the package holds another key or certificate than is pinned")
	}
	again, err := unattend.NewDoor(unattend.DoorConfig{}, rand.Reader, now)
	if err != nil || again.Fingerprint == door.Fingerprint {
		t.Errorf("two builds have one certificate (%v)", err)
	}
}

func TestDoorRefused(t *testing.T) {
	for want, c := range map[string]unattend.DoorConfig{
		"port: 70000": {Port: 70000}, "peers: \"everybody\"": {Peers: []string{"everybody"}}, "names: ": {Names: []string{""}},
	} {
		if _, err := unattend.NewDoor(c, rand.Reader, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestScript holds what the script and this package must agree on, and that the copy for people is the same.
func TestScript(t *testing.T) {
	for _, want := range []string{"'" + unattend.DoorSchema + "'", "'door.json'", "-Transport HTTPS"} {
		if !bytes.Contains(unattend.Script, []byte(want)) {
			t.Errorf("the script does not have %s", want)
		}
	}
	for _, never := range []string{"AllowUnencrypted", `Auth\Basic`, "-Transport HTTP "} {
		if bytes.Contains(unattend.Script, []byte(never)) {
			t.Errorf("the script opens more than it should: %s", never)
		}
	}
	copied, err := os.ReadFile("../../../scripts/bootstrap/winrm.ps1")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(copied, unattend.Script) {
		t.Error("scripts/bootstrap/winrm.ps1 is another script than the one that is embedded: make generate")
	}
}
