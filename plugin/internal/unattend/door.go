package unattend

//go:generate cp winrm.ps1 ../../../scripts/bootstrap/winrm.ps1

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/netip"
	"slices"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Script is winrm.ps1, which opens the way in for a build: a WinRM listener over HTTPS with the certificate of this build. It reads
// what differs between builds from DoorFile beside it.
//
//go:embed winrm.ps1
var Script []byte

// The names of the files on the medium with the answer file, below its root.
const (
	AnswerFile = "autounattend.xml"
	ScriptFile = "wmclient/winrm.ps1"
	DoorFile   = "wmclient/door.json"
)

// What the script makes in the machine, beside the listener: the stage seal has to find it again.
const (
	FirewallRule    = "wmclient-build-winrm" // name of the rule
	CertificateName = "wmclient build"       // common name of the certificate's subject
	Folder          = "build"                // below the program's own folder: the record of what was changed, and the log
)

// ScriptPath is ScriptFile as Windows writes it: what Config.Bootstrap wants.
const ScriptPath = `wmclient\winrm.ps1`

// DoorSchema names the form of DoorFile. The script refuses any other.
const DoorSchema = "wmclient/door/1"

// DefaultPort is the TCP port of WinRM over HTTPS.
const DefaultPort = 5986

// Validity is how long the certificate of a build holds: builds take hours, and clocks of virtual machines are wrong by hours.
const Validity = 48 * time.Hour

// Door is the way in for one build: a key and certificate that exist for it alone.
type Door struct {
	// Certificate is PEM: what a client pins.
	Certificate []byte
	// Fingerprint is the lower-case hex SHA-256 of the certificate.
	Fingerprint string
	// Settings is DoorFile: JSON with the port, the peers, and key and certificate as PKCS #12. It is secret.
	Settings []byte
}

// doorSettings is DoorFile's form.
type doorSettings struct {
	Schema   string   `json:"schema"`
	Port     int      `json:"port"`
	Peers    []string `json:"peers"`    // addresses and prefixes that may come in; empty lets everybody in
	PFX      string   `json:"pfx"`      // base64
	Password string   `json:"password"` // of the PFX
}

// DoorConfig says who comes in where.
type DoorConfig struct {
	// Names are the names and addresses by which the build reaches the machine, beside localhost and 127.0.0.1.
	Names []string
	// Port is the TCP port of the listener in the machine; 0 is DefaultPort.
	Port int
	// Peers are addresses and CIDR prefixes from which the build comes; empty lets everybody in, which only suits a network of the build's own.
	Peers []string
}

// NewDoor makes key, certificate and settings. random gives the key's bytes; now is the time from which the certificate holds, less a day,
// since the clock of a new machine is often behind.
func NewDoor(c DoorConfig, random io.Reader, now time.Time) (*Door, error) {
	if c.Port == 0 {
		c.Port = DefaultPort
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	// RSA: the listeners of Windows 10 1607 are not documented to take anything else.
	key, err := rsa.GenerateKey(random, 2048)
	if err != nil {
		return nil, fmt.Errorf("make the build's key: %w", err)
	}
	serial, err := rand.Int(random, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make the build's certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: CertificateName},
		NotBefore: now.UTC().Add(-24 * time.Hour), NotAfter: now.UTC().Add(Validity),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range append([]string{"localhost", "127.0.0.1"}, c.Names...) {
		if ip, err := netip.ParseAddr(name); err == nil {
			template.IPAddresses = append(template.IPAddresses, ip.AsSlice())
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(random, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make the build's certificate: %w", err)
	}
	return c.door(random, key, der)
}

func (c DoorConfig) check() error {
	var problems []error
	if c.Port < 1 || c.Port > 65535 {
		problems = append(problems, fmt.Errorf("port: %d is no TCP port", c.Port))
	}
	for _, peer := range c.Peers {
		if _, err := netip.ParseAddr(peer); err == nil {
			continue
		}
		if _, err := netip.ParsePrefix(peer); err != nil {
			problems = append(problems, fmt.Errorf("peers: %q is neither an address nor a prefix like 192.0.2.0/24", peer))
		}
	}
	if slices.Contains(c.Names, "") {
		problems = append(problems, errors.New("names: one is empty"))
	}
	return errors.Join(problems...)
}

func (c DoorConfig) door(random io.Reader, key *rsa.PrivateKey, der []byte) (*Door, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the build's certificate: %w", err)
	}
	word := make([]byte, 24)
	if _, err := io.ReadFull(random, word); err != nil {
		return nil, fmt.Errorf("make the build's certificate: %w", err)
	}
	password := base64.RawURLEncoding.EncodeToString(word)
	// Windows 10 1607 and 1809 read PKCS #12 with triple DES only (go-pkcs12 on LegacyDES).
	pfx, err := pkcs12.LegacyDES.WithRand(random).Encode(key, cert, nil, password)
	if err != nil {
		return nil, fmt.Errorf("pack the build's certificate: %w", err)
	}
	peers := c.Peers
	if peers == nil {
		peers = []string{}
	}
	//nolint:gosec // the file is secret as a whole: it is the key of a build, made to be read by that build's machine
	settings, err := json.MarshalIndent(doorSettings{DoorSchema, c.Port, peers, base64.StdEncoding.EncodeToString(pfx), password}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("pack the build's certificate: %w", err)
	}
	sum := sha256.Sum256(der)
	return &Door{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Fingerprint: hex.EncodeToString(sum[:]), Settings: append(settings, '\n'),
	}, nil
}
