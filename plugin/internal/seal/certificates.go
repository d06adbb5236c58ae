package seal

import (
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// machineStore is the store My of the machine, where listeners have their certificates.
const machineStore = `HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates`

func isAbsent(err error) bool { return errors.Is(err, setting.ErrAbsent) }

// certificates are the common names of the machine's own certificates by their thumbprint in capitals. One that cannot be read is an error:
// it could be the one that is looked for.
func (l look) certificates() (map[string]string, error) {
	thumbs, err := l.keys(machineStore)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(thumbs))
	for _, thumb := range thumbs {
		v, err := l.RegistryValue(machineStore+`\`+thumb, "Blob")
		if isAbsent(err) {
			continue // a key without a certificate is none
		}
		if err != nil {
			return nil, err
		}
		der, err := CertificateIn(v.Data)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", thumb, err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", thumb, err)
		}
		out[strings.ToUpper(thumb)] = cert.Subject.CommonName
	}
	return out, nil
}

// CertificateIn is the certificate inside the value Blob of a key in a certificate store: properties one after another, each with its
// number, a 1, its length and its bytes, 32 being the certificate (wincrypt.h, CERT_CERT_PROP_ID).
func CertificateIn(b []byte) ([]byte, error) {
	const head, certificate = 12, 32
	for len(b) >= head {
		id, size := binary.LittleEndian.Uint32(b), uint64(binary.LittleEndian.Uint32(b[8:]))
		if size > uint64(len(b)-head) {
			return nil, fmt.Errorf("property %d says %d bytes, and %d are left", id, size, len(b)-head)
		}
		if id == certificate {
			return b[head : head+size], nil
		}
		b = b[head+size:]
	}
	return nil, fmt.Errorf("no certificate in the %d bytes that are left", len(b))
}
