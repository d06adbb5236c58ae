package kinds_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

func TestCertificateDiagnostics(t *testing.T) {
	example := mustDecode(t, "certificate", kindExample(t, "certificate")).(*kinds.Certificate)
	good := strings.ReplaceAll(example.PEM, "\n", `\n`)
	body := func(store, text string) string { return "store = \"" + store + "\"\npem = \"" + text + "\"" }
	key := good + `-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n`
	cut := strings.Replace(good, `MIIBvzCC`, `MIIBvzCD`, 1)
	tests := []struct{ body, summary, at, detail string }{
		{body("Root", good), "Unsupported store", `"Root"`, `Did you mean "ROOT"?`},
		{body("My", good), "Unsupported store", `"My"`, "made on the client"},
		{body("ROOT", "hello"), "Malformed certificate", `"hello"`, "BEGIN CERTIFICATE"},
		{body("ROOT", key), "Secret in a profile", `"` + key + `"`, "private key"},
		{body("ROOT", good+good), "Malformed certificate", `"` + good + good + `"`, "one setting for each"},
		{body("ROOT", cut), "Malformed certificate", `"` + cut + `"`, ""},
		{body("ROOT", strings.ReplaceAll(good, "CERTIFICATE", "X509 CRL")), "Malformed certificate", `"` + strings.ReplaceAll(good, "CERTIFICATE", "X509 CRL") + `"`, "X509 CRL"},
	}
	for _, tt := range tests {
		oneProblem(t, "certificate", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func property(id uint32, data string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, id)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

func TestCertificateIsComparedByMeaning(t *testing.T) {
	spec := mustDecode(t, "certificate", kindExample(t, "certificate"))
	op := spec.Ops(base)[0]
	stored, err := applied(t, spec).RegistryValue(op.Key, op.Name)
	if err != nil {
		t.Fatal(err)
	}
	own := stored.Data
	other := bytes.Clone(own)
	other[len(other)-1] ^= 1
	tests := map[string]struct {
		blob []byte
		want setting.Outcome
	}{
		"as written":              {own, setting.Pass},
		"with a key identifier":   {append(property(20, "x"), own...), setting.Pass},
		"with a friendly name":    {append(bytes.Clone(own), property(11, "R\x00\x00\x00")...), setting.Pass},
		"without its hash":        {own[32:], setting.Pass},
		"narrowed to some usage":  {append(property(9, "x"), own...), setting.Fail},
		"distrusted after a date": {append(property(104, "x"), own...), setting.Fail},
		"another certificate":     {other, setting.Fail},
		"no certificate":          {own[:32], setting.Fail},
		"cut short":               {own[:len(own)-1], setting.Fail},
		"length beyond the end":   {append(property(11, "abc")[:12], 'a'), setting.Fail},
		"something behind it":     {append(bytes.Clone(own), 0), setting.Fail},
		"a second certificate":    {append(bytes.Clone(own), own...), setting.Fail},
		"nothing":                 {nil, setting.Fail},
	}
	for name, tt := range tests {
		w := fake.New()
		w.SetValue(op.Key, op.Name, setting.RegistryValue{Type: setting.TypeBinary, Data: tt.blob})
		if v := outcome(t, spec, w.Offline()); v.Outcome != tt.want {
			t.Errorf("%s: %s, want %s", name, v.Outcome, tt.want)
		}
	}
	// SHA-1 of the certificate, as openssl x509 -fingerprint prints it.
	if want := `HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates\4C166B66B4FD1236712FA6CBB9486A7B9A30FB28`; op.Key != want {
		t.Errorf("key %s, want %s", op.Key, want)
	}
}

// FuzzStoredCertificate: foreign bytes give an error or a certificate that lies inside them, never a panic.
func FuzzStoredCertificate(f *testing.F) {
	f.Add(append(property(3, "01234567890123456789"), property(32, "der")...))
	f.Add(property(32, "der")[:14])
	both := append(property(3, "01234567890123456789"), property(32, "der")...)
	for i := range both {
		f.Add(both[:i])
		other := bytes.Clone(both)
		other[i] ^= 0xff
		f.Add(other)
	}
	f.Add(append(property(32, "der"), property(32, "der")...))
	f.Add([]byte{32, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, raw []byte) {
		hostile.Bounded(t, len(raw), 64, 1<<20, func() { _, _, _ = kinds.StoredCertificate(raw) })
		der, properties, err := kinds.StoredCertificate(raw)
		if err == nil && (len(properties) == 0 || !bytes.Contains(raw, der)) {
			t.Fatalf("%x gave %x with %v", raw, der, properties)
		}
	})
}
