package winrm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// CertificateFault is what is wrong with a server's certificate.
type CertificateFault string

// The faults of certificates. Good is none.
const (
	Good        CertificateFault = ""
	Expired     CertificateFault = "expired"       // ended a day ago
	NotYetValid CertificateFault = "not-yet-valid" // begins in a day: a clock that is off
	WrongCA     CertificateFault = "wrong-ca"      // of an authority that nobody was given
	WrongName   CertificateFault = "wrong-name"    // for another host
	SelfSigned  CertificateFault = "self-signed"   // by no authority at all, as `winrm quickconfig -transport:https` would take
)

func certificateFaults() []string {
	return []string{string(Expired), string(NotYetValid), string(WrongCA), string(WrongName), string(SelfSigned)}
}

// Authority issues certificates for lab hosts and for clients. Its key lives in memory alone.
type Authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	der  []byte
	now  time.Time
}

// NewAuthority makes an authority whose certificates are valid around now.
func NewAuthority(now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make lab authority: %w", err)
	}
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: "wmclient lab authority, for tests alone"}, NotBefore: now.AddDate(0, 0, -30), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, MaxPathLenZero: true,
	}
	der, cert, err := sign(t, t, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make lab authority: %w", err)
	}
	return &Authority{key: key, cert: cert, der: der, now: now}, nil
}

func sign(t, parent *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) ([]byte, *x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	t.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, t, parent, pub, key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return der, cert, err
}

// PEM is the certificate of the authority: what a client has to trust.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der})
}

// Certificate is the certificate of the authority in DER.
func (a *Authority) Certificate() []byte { return bytes.Clone(a.der) }

func (a *Authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// Server issues a certificate for localhost, 127.0.0.1 and ::1 with the fault that is ordered, on a host whose clock is so far ahead.
func (a *Authority) Server(fault CertificateFault, ahead time.Duration) (tls.Certificate, error) {
	now := a.now.Add(ahead)
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: "wmclient lab host"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 6, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	issuer := a
	switch fault {
	case Expired:
		t.NotBefore, t.NotAfter = now.AddDate(0, 0, -20), now.AddDate(0, 0, -1)
	case NotYetValid:
		t.NotBefore = now.AddDate(0, 0, 1)
	case WrongName:
		t.DNSNames, t.IPAddresses = []string{"another.invalid"}, nil
	case WrongCA:
		other, err := NewAuthority(a.now)
		if err != nil {
			return tls.Certificate{}, err
		}
		issuer = other
	case SelfSigned:
		issuer = nil
	}
	return issuer.issue(t)
}

// issue signs t with a key of its own; without an authority, by itself.
func (a *Authority) issue(t *x509.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue lab certificate: %w", err)
	}
	parent, signer := t, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, _, err := sign(t, parent, &key.PublicKey, signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue lab certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// oidUPN is the name that Windows maps a client's certificate by: szOID_NT_PRINCIPAL_NAME ("Client certificate authentication", WinRM).
var oidUPN = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}

// Client issues a certificate that stands for a user, as PEM: certificate and PKCS #8 key. The name is the user principal name in the
// subject's alternative name, as Windows wants it.
func (a *Authority) Client(user string) (certificate, key []byte, err error) {
	upn, err := asn1.MarshalWithParams(user, "utf8")
	if err != nil {
		return nil, nil, fmt.Errorf("issue client certificate: %w", err)
	}
	inner, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: upn})
	if err != nil {
		return nil, nil, fmt.Errorf("issue client certificate: %w", err)
	}
	oid, err := asn1.Marshal(oidUPN)
	if err != nil {
		return nil, nil, fmt.Errorf("issue client certificate: %w", err)
	}
	other := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: append(oid, inner...)}
	names, err := asn1.Marshal([]asn1.RawValue{other})
	if err != nil {
		return nil, nil, fmt.Errorf("issue client certificate: %w", err)
	}
	c, err := a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: user}, NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.AddDate(0, 6, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: names}},
	})
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return nil, nil, fmt.Errorf("issue client certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), nil
}
