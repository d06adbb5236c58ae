package kinds

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1; nothing is trusted because of it
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*Certificate)(nil)
	_ setting.Comparer = (*Certificate)(nil)
)

const (
	certificatesKey = `HKLM\SOFTWARE\Microsoft\SystemCertificates`
	blobValue       = "Blob"
	storeDisallowed = "Disallowed"
)

// Properties of a stored certificate that matter here (wincrypt.h: CERT_SHA1_HASH_PROP_ID, CERT_CERT_PROP_ID).
const (
	propSHA1 = 3
	propCert = 32
)

// harmlessProperties only repeat what the certificate says, or are text for people (wincrypt.h): MD5 hash, friendly name, signature hash,
// key identifier, the MD5 hashes of issuer's key, subject's key, issuer and serial number and subject's name, and the lengths and
// algorithms of the key. Every other one may change what the certificate is good for.
var harmlessProperties = []uint32{propSHA1, 4, 11, 15, 20, 24, 25, 28, 29, 89, 92, 95, propCert}

// certificateStores are the stores of the machine, in the spelling of their keys.
var certificateStores = []string{"ROOT", "CA", "TrustedPublisher", "TrustedPeople", "Disallowed", "AuthRoot", "SmartCardRoot"}

func certificateKind() setting.Kind {
	return setting.Kind{
		Name: "certificate",
		Doc: "A certificate in a store of the machine: a root that is trusted, an intermediate, a publisher, or one that is not to be trusted (`Disallowed`).\n\n" +
			"The certificate stands in the setting as PEM, one and without its key; a private key is refused, because profiles hold no secrets. " +
			"It is written into the registry of the image as Windows stores it, a value `Blob` below the key of its SHA-1 thumbprint, and judged by its meaning: " +
			"the same certificate with other properties passes only where they merely repeat what it says. A property that narrows or revokes its use fails. So does the same certificate in `Disallowed`, whoever put it there; two settings that trust and distrust one collide.\n\n" +
			"Not supported: certificates with keys (the store `My`), users' stores, and removing a certificate that the base has; put it into `Disallowed` instead. " +
			"Whether the certificate has expired is not judged here, where there is no clock. A root in `ROOT` is trusted for everything: say in the rationale by whom it is kept.",
		Principal: "pem",
		New:       func() setting.Spec { return new(Certificate) },
		Example: `store = "ROOT"
pem   = <<-PEM
` + exampleCertificate + `PEM
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"store": "`ROOT`, `CA`, `TrustedPublisher`, `TrustedPeople`, `Disallowed`, `AuthRoot` or `SmartCardRoot`.",
			"pem":   "The certificate: one block `BEGIN CERTIFICATE`.",
		},
	}
}

// exampleCertificate was made for this page, and its key thrown away.
const exampleCertificate = `-----BEGIN CERTIFICATE-----
MIIBvzCCAWWgAwIBAgIUFbnEH01wFKUbqkIIr7xRmMSpd+MwCgYIKoZIzj0EAwIw
NTERMA8GA1UECgwId21jbGllbnQxIDAeBgNVBAMMF0V4YW1wbGUgcm9vdCAoaW52
ZW50ZWQpMB4XDTI2MTEyMjIxMDQxMFoXDTQ2MTExNzIxMDQxMFowNTERMA8GA1UE
CgwId21jbGllbnQxIDAeBgNVBAMMF0V4YW1wbGUgcm9vdCAoaW52ZW50ZWQpMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIk7LnGDewigyNW/Y4pMjgdTvEjqx0jvr
btdUfeUtftKv+MdyDztYg1prK5AQNjGm5BzAaZMnRVEF4nzX6R++yaNTMFEwHQYD
VR0OBBYEFPnk1IC/1Y89NP4ngUp6jnSXlSr8MB8GA1UdIwQYMBaAFPnk1IC/1Y89
NP4ngUp6jnSXlSr8MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh
AIkywol0idLvSlsuNlPGDPI/K4Zm4HsZUWXuN5yNUOZpAiBuBcRBrwduZcPnE9X4
bpr4M4WW5Pg5kxNgHdJTuLAX/A==
-----END CERTIFICATE-----
`

// Certificate is a certificate that a store of the machine is to hold.
type Certificate struct {
	Store string `hcl:"store" json:"store"`
	PEM   string `hcl:"pem" json:"pem"`

	StoreRange hcl.Range `hcl:"store,attr_value_range" json:"-"`
	PEMRange   hcl.Range `hcl:"pem,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *Certificate) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if strings.EqualFold(s.Store, "My") {
		diags = append(diags, problem(s.StoreRange, "Unsupported store", `The store "My" is for certificates with keys, and keys are secrets: they are made on the client.`))
	} else {
		diags = append(diags, choice(s.StoreRange, "store", s.Store, false, certificateStores...)...)
	}
	if strings.Contains(s.PEM, "PRIVATE KEY-----") {
		return append(diags, problem(s.PEMRange, "Secret in a profile", "The text holds a private key, and profiles, plans and images hold no secrets. Remove it; if it was real, it is to be replaced."))
	}
	if _, err := s.der(); err != nil {
		diags = append(diags, problem(s.PEMRange, "Malformed certificate", `The text is no certificate: %v. Write one block of PEM, from "-----BEGIN CERTIFICATE-----" on.`, err))
	}
	return diags
}

// der is the certificate's own bytes.
func (s *Certificate) der() ([]byte, error) {
	block, rest := pem.Decode([]byte(s.PEM))
	switch {
	case block == nil:
		return nil, errors.New("it has no PEM block")
	case block.Type != "CERTIFICATE":
		return nil, fmt.Errorf("its block is a %q", block.Type)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("something follows the block; write one setting for each certificate")
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil, err
	}
	return block.Bytes, nil
}

// blob is what Windows stores: properties one after another, each with its number, a 1, its length and its bytes.
func blob(der []byte) []byte {
	sum := sha1.Sum(der) //nolint:gosec // see the import
	var b []byte
	for _, p := range []struct {
		id   uint32
		data []byte
	}{{propSHA1, sum[:]}, {propCert, der}} {
		b = binary.LittleEndian.AppendUint32(b, p.id)
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.data)))
		b = append(b, p.data...)
	}
	return b
}

// storedCertificate reads a blob: the certificate, and the numbers of all its properties. Every length is checked against what is left.
func storedCertificate(b []byte) (der []byte, properties []uint32, err error) {
	const head = 12
	for len(b) > 0 {
		if len(b) < head {
			return nil, nil, fmt.Errorf("read certificate blob: %d bytes are left where a property begins", len(b))
		}
		id, size := binary.LittleEndian.Uint32(b), uint64(binary.LittleEndian.Uint32(b[8:]))
		if size > uint64(len(b)-head) {
			return nil, nil, fmt.Errorf("read certificate blob: property %d says %d bytes, and %d are left", id, size, len(b)-head)
		}
		if slices.Contains(properties, id) {
			return nil, nil, fmt.Errorf("read certificate blob: property %d comes twice", id)
		}
		properties = append(properties, id)
		if id == propCert {
			der = b[head : head+size]
		}
		b = b[head+size:]
	}
	if der == nil {
		return nil, nil, errors.New("read certificate blob: it holds no certificate")
	}
	return der, properties, nil
}

// stored is where the certificate lies, and what is to lie there.
func (s *Certificate) stored() (key string, v setting.RegistryValue) {
	der, err := s.der()
	if err != nil { // Check refuses it
		return "", setting.RegistryValue{}
	}
	sum := sha1.Sum(der) //nolint:gosec // see the import
	key = certificatesKey + `\` + s.Store + `\Certificates\` + strings.ToUpper(hex.EncodeToString(sum[:]))
	return key, setting.RegistryValue{Type: setting.TypeBinary, Data: blob(der)}
}

// distrusted is where the certificate would lie if it were not to be trusted; ok is false where that is what the setting asks for.
func (s *Certificate) distrusted() (key string, ok bool) {
	other := &Certificate{Store: storeDisallowed, PEM: s.PEM}
	key, _ = other.stored()
	return key, s.Store != storeDisallowed
}

// Claims are the certificate's blob, and that the same certificate is not distrusted, as that would win.
func (s *Certificate) Claims(setting.Base) []setting.Claim {
	key, v := s.stored()
	claims := []setting.Claim{{Location: setting.RegistryLocation(key, blobValue), Value: v.Text()}}
	if key, ok := s.distrusted(); ok {
		claims = append(claims, setting.Claim{Location: setting.RegistryLocation(key, blobValue), Value: setting.Absent})
	}
	return claims
}

// Ops write the blob. A distrust that the base has is not removed: somebody had a reason, and the setting fails.
func (s *Certificate) Ops(setting.Base) []setting.Op {
	key, v := s.stored()
	return []setting.Op{{Stage: setting.StageImage, Action: setting.ActionRegistrySet, Key: key, Name: blobValue, Type: v.Type, Data: hex.EncodeToString(v.Data)}}
}

// Observe reads the blob, and whether the certificate is distrusted.
func (s *Certificate) Observe(r setting.Reader) (setting.Observed, error) {
	key, _ := s.stored()
	o, err := observeRegistry(r, key, blobValue, false)
	if err != nil {
		return setting.Observed{}, err
	}
	if key, ok := s.distrusted(); ok {
		distrust, err := observeRegistry(r, key, blobValue, false)
		if err != nil {
			return setting.Observed{}, err
		}
		o.Facts = append(o.Facts, distrust.Facts...)
	}
	return o, nil
}

// Judge compares certificates, and looks at what else the blob says.
func (s *Certificate) Judge(o setting.Observed) setting.Verdict {
	want := claimed(s.Claims(setting.Base{}))
	seen := setting.Observed{Facts: slices.Clone(o.Facts)}
	for i, f := range seen.Facts {
		text, isBinary := strings.CutPrefix(f.Value, "binary:")
		raw, err := hex.DecodeString(text)
		if !isBinary || err != nil {
			continue
		}
		der, properties, err := storedCertificate(raw)
		if err == nil && within32(properties, harmlessProperties) {
			seen.Facts[i].Value = setting.RegistryValue{Type: setting.TypeBinary, Data: blob(der)}.Text()
		}
	}
	return setting.JudgeFacts(want, seen)
}

func within32(small, big []uint32) bool {
	return !slices.ContainsFunc(small, func(n uint32) bool { return !slices.Contains(big, n) })
}

// Compare knows that one certificate in one store is the same; what another one changes is for people to say.
func (s *Certificate) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*Certificate)
	if !ok || !s.Claims(setting.Base{})[0].Location.Same(o.Claims(setting.Base{})[0].Location) {
		return setting.Unknown
	}
	return setting.Same
}
