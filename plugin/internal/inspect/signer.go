package inspect

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" //nolint:gosec // files of before 2016 were signed with it; it is read, not trusted
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509/pkix"
	"debug/pe"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/smallstep/pkcs7"
)

// Signer is who signed a program, as its Authenticode signature says. The
// signature was checked against the certificate in it; whether that certificate
// is to be trusted is the firmware's to say, and was not checked.
type Signer struct {
	Subject string `json:"subject"`   // common name of the signing certificate
	Issuer  string `json:"issuer"`    // common name of what issued it, such as "Windows UEFI CA 2023"
	Until   string `json:"not_after"` // of the certificate, RFC 3339
}

// errUnsigned is a program without an Authenticode signature.
var errUnsigned = errors.New("it carries no signature")

const (
	certificateDirectory = 4 // IMAGE_DIRECTORY_ENTRY_SECURITY; its address is an offset in the file
	certificatePKCS7     = 2 // WIN_CERT_TYPE_PKCS_SIGNED_DATA
)

// signerOf reads and checks the first Authenticode signature of a PE file
// (Microsoft, "Windows Authenticode Portable Executable Signature Format").
func signerOf(file []byte) (s Signer, err error) {
	defer func() {
		if p := recover(); p != nil { // the libraries below read foreign bytes
			err = fmt.Errorf("its signature cannot be read: %v", p)
		}
	}()
	l, err := layoutOf(file)
	if err != nil {
		return Signer{}, err
	}
	if l.certSize == 0 {
		return Signer{}, errUnsigned
	}
	cert := file[l.cert : l.cert+l.certSize]
	if len(cert) < 8 {
		return Signer{}, errors.New("its certificate table is cut off")
	}
	size, kind := binary.LittleEndian.Uint32(cert), binary.LittleEndian.Uint16(cert[6:])
	if size < 8 || int64(size) > int64(len(cert)) {
		return Signer{}, fmt.Errorf("its certificate table of %d bytes holds one of %d", len(cert), size)
	}
	if kind != certificatePKCS7 {
		return Signer{}, fmt.Errorf("its certificate is of kind %d, not PKCS#7", kind)
	}
	p, err := pkcs7.Parse(cert[8:size])
	if err != nil {
		return Signer{}, fmt.Errorf("its signature cannot be read: %w", err)
	}
	if err := l.compare(file, p.Content); err != nil {
		return Signer{}, err
	}
	if err := p.Verify(); err != nil {
		return Signer{}, fmt.Errorf("its signature is wrong: %w", err)
	}
	leaf := p.GetOnlySigner()
	if leaf == nil {
		return Signer{}, errors.New("it has several signers in one signature")
	}
	return Signer{nameOf(leaf.Subject), nameOf(leaf.Issuer), leaf.NotAfter.UTC().Format("2006-01-02T15:04:05Z07:00")}, nil
}

func nameOf(n pkix.Name) string {
	if n.CommonName != "" {
		return n.CommonName
	}
	return n.String()
}

// layout says where in a PE file stands what a signature does not cover.
type layout struct {
	checksum, entry int // offsets of the checksum and of the certificate table's entry
	cert, certSize  int
}

func layoutOf(file []byte) (layout, error) {
	f, err := pe.NewFile(bytes.NewReader(file))
	if err != nil {
		return layout{}, fmt.Errorf("it is no program: %w", err)
	}
	optional := int(binary.LittleEndian.Uint32(file[0x3c:])) + 4 + 20 // behind the signature and the COFF header
	var l layout
	var d pe.DataDirectory
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader64:
		d, l.entry = h.DataDirectory[certificateDirectory], optional+112+8*certificateDirectory
	case *pe.OptionalHeader32:
		d, l.entry = h.DataDirectory[certificateDirectory], optional+96+8*certificateDirectory
	default:
		return layout{}, errors.New("it is no program: it has no optional header")
	}
	l.checksum, l.cert, l.certSize = optional+64, int(d.VirtualAddress), int(d.Size)
	if l.entry+8 > len(file) || l.cert > len(file) || l.certSize > len(file)-l.cert {
		return layout{}, errors.New("it is cut off, or its certificate table lies outside of it")
	}
	if l.certSize > 0 && l.cert < l.entry+8 {
		return layout{}, errors.New("its certificate table lies in its headers")
	}
	return l, nil
}

// digestInfo is the second part of SpcIndirectDataContent: what was signed.
type digestInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

// compare holds the digest that was signed against that of the file.
func (l layout) compare(file, content []byte) error {
	rest := content // the data's kind, then its digest
	var kind asn1.RawValue
	rest, err := asn1.Unmarshal(rest, &kind)
	if err != nil {
		return fmt.Errorf("its signature cannot be read: %w", err)
	}
	var d digestInfo
	if _, err := asn1.Unmarshal(rest, &d); err != nil {
		return fmt.Errorf("its signature cannot be read: %w", err)
	}
	var h crypto.Hash
	switch d.Algorithm.Algorithm.String() {
	case "1.3.14.3.2.26":
		h = crypto.SHA1
	case "2.16.840.1.101.3.4.2.1":
		h = crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		h = crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		h = crypto.SHA512
	default:
		return fmt.Errorf("its digest is of the unknown kind %s", d.Algorithm.Algorithm)
	}
	sum := h.New()
	sum.Write(file[:l.checksum])
	sum.Write(file[l.checksum+4 : l.entry])
	sum.Write(file[l.entry+8 : l.cert])
	sum.Write(file[l.cert+l.certSize:])
	if !bytes.Equal(sum.Sum(nil), d.Digest) {
		return errors.New("it was changed after it was signed")
	}
	return nil
}
