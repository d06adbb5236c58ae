package guest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TestSeal takes away what the seal takes away, and looks past the call that did it: a certificate at its place in the registry.
func TestSeal(t *testing.T) {
	g := open(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wmclient-test"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(der)
	thumb := strings.ToUpper(hex.EncodeToString(sum[:]))
	blob := binary.LittleEndian.AppendUint32([]byte{32, 0, 0, 0, 1, 0, 0, 0}, uint32(len(der)))
	const certificates = `HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\`
	if _, err := g.SetRegistryValue(certificates+thumb, "Blob", setting.RegistryValue{Type: setting.TypeBinary, Data: append(blob, der...)}); err != nil {
		t.Fatal(err)
	}
	const listener = `HKLM\SOFTWARE\wmclient-test-seal\Listener\*+HTTPS`
	if _, err := g.SetRegistryValue(listener+`\deeper`, "Port", setting.DWord(5986)); err != nil {
		t.Fatal(err)
	}
	const folder = `\Windows\Temp\wmclient-seal`
	whole := filepath.Join(os.Getenv("SystemRoot"), "Temp", "wmclient-seal")
	for _, name := range []string{"a", "deep/b"} {
		path := filepath.Join(whole, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		there func() error
		take  func() (bool, error)
	}{
		"certificate": {func() error { return g.RegistryKey(certificates + thumb) }, func() (bool, error) { return g.DeleteCertificate(thumb) }},
		"key":         {func() error { return g.RegistryKey(listener) }, func() (bool, error) { return g.DeleteKey(listener) }},
		"folder":      {func() error { _, err := g.Folder(folder); return err }, func() (bool, error) { return g.DeletePath(folder) }},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.there(); err != nil {
				t.Fatal(err)
			}
			for i, want := range []bool{true, false} {
				if changed, err := test.take(); changed != want || err != nil {
					t.Errorf("time %d: %v, %v", i+1, changed, err)
				}
			}
			if err := test.there(); !errors.Is(err, setting.ErrAbsent) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
