// Package remote runs commands on a Windows over WinRM (WS-Management, MS-WSMV) and delivers files to it.
//
// Requests and shells are those of masterzen/winrm; connections, cancellation and the reading of answers are our own, since builds need what
// that library does not give: a cancelled context ends a command within moments, output is bounded, a certificate can be pinned, and every
// failure says which of the known ones it is (see Reason).
//
// The package refuses plain HTTP, on which it could not encrypt messages, but on loopback where asked by name; Basic unless it is asked for by name; and any fall-back
// to Basic. Secrets stand in no command line, error or log. Nothing in it has met a real Windows yet.
package remote

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
)

// Auth is how the user is known to the machine.
type Auth string

// The ways. NTLM is the default: what images made here leave, since they forbid Basic by policy.
const (
	NTLM        Auth = "ntlm"
	Basic       Auth = "basic"
	Kerberos    Auth = "kerberos"
	Certificate Auth = "certificate"
)

// Auths lists the ways.
func Auths() []Auth { return []Auth{NTLM, Basic, Kerberos, Certificate} }

// The defaults.
const (
	DefaultPort      = 5986
	DefaultTimeout   = 20 * time.Second // of one operation; a Receive that sees nothing for so long is asked again
	DefaultMaxOutput = 16 << 20         // bytes of each stream that Run collects
	// DefaultEnvelope is what a service takes that does not say more: MaxEnvelopeSizekb of Windows 7. Windows 10 has 500 KiB.
	DefaultEnvelope = 150 << 10 // bytes
)

// Options says where a machine is, how it is known, and who asks.
type Options struct {
	Host string
	Port int // 0 is DefaultPort

	// The machine is known by a certificate: CA (PEM) that issued it, or its SHA-256 in hex (Pin), whoever issued it. With neither the system's
	// own authorities count.
	CA         []byte
	Pin        string
	ServerName string // name in the certificate; "" is Host

	Auth     Auth // "" is NTLM
	User     string
	Password secret.Text
	// ClientCertificate and ClientKey (PEM) are what Certificate needs.
	ClientCertificate []byte
	ClientKey         secret.Text
	Kerberos          KerberosOptions

	// PlainLoopback allows HTTP without TLS to an address on loopback, for labs. Any other address is refused.
	PlainLoopback bool

	Timeout   time.Duration // of one operation; 0 is DefaultTimeout
	MaxOutput int64         // bytes; 0 is DefaultMaxOutput
	Envelope  int           // bytes that the service takes in one message; 0 asks it when a file is delivered
}

// KerberosOptions is what Kerberos needs beside user and password.
type KerberosOptions struct {
	Realm  string
	Config string // path of krb5.conf
	SPN    string // "" is HTTP/<host>
}

// ErrOptions is wrapped by what is wrong with Options.
var ErrOptions = errors.New("cannot connect so")

// check completes options and refuses what would be unsafe or cannot work.
func (o *Options) check() error {
	if o.Port == 0 {
		o.Port = DefaultPort
	}
	if o.Auth == "" {
		o.Auth = NTLM
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxOutput == 0 {
		o.MaxOutput = DefaultMaxOutput
	}
	if o.ServerName == "" {
		o.ServerName = o.Host
	}
	var problems []string
	add := func(bad bool, text string) {
		if bad {
			problems = append(problems, text)
		}
	}
	add(o.Host == "" || strings.ContainsAny(o.Host, "/@ "), "the host is missing, or is no name and no address")
	add(o.Port < 1 || o.Port > 65535, fmt.Sprintf("%d is no port", o.Port))
	add(o.PlainLoopback && !onLoopback(o.Host), "HTTP without TLS is for loopback alone: give the machine a listener over HTTPS")
	add(o.Pin != "" && len(o.Pin) != 64, "the pin is no SHA-256 in hex")
	switch o.Auth {
	case NTLM, Basic:
		add(o.User == "" || o.Password == "", "user or password is missing")
	case Kerberos:
		add(o.User == "" || o.Password == "" || o.Kerberos.Realm == "" || o.Kerberos.Config == "", "Kerberos needs user, password, realm and the path of a krb5.conf")
	case Certificate:
		add(len(o.ClientCertificate) == 0 || o.ClientKey == "", "a client certificate and its key are missing")
		add(o.PlainLoopback, "a client certificate needs TLS")
	default:
		add(true, fmt.Sprintf("%q is no way to be known: ntlm, basic, kerberos, certificate", o.Auth))
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s", ErrOptions, strings.Join(problems, "; "))
	}
	return nil
}

func onLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// address is host and port, for messages and dialling.
func (o *Options) address() string { return net.JoinHostPort(o.Host, strconv.Itoa(o.Port)) }

func (o *Options) url() string {
	scheme := "https"
	if o.PlainLoopback {
		scheme = "http"
	}
	return scheme + "://" + o.address() + "/wsman"
}

// tls is the configuration of the connection.
func (o *Options) tls() (*tls.Config, error) {
	c := &tls.Config{ServerName: o.ServerName, MinVersion: tls.VersionTLS12}
	if len(o.CA) > 0 {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, fmt.Errorf("%w: the authority is no certificate in PEM", ErrOptions)
		}
	}
	if o.Pin != "" {
		c.InsecureSkipVerify = true // VerifyConnection takes its place: the certificate itself is known
		c.VerifyConnection = pinned(o.Pin, time.Now)
	}
	if o.Auth == Certificate {
		pair, err := tls.X509KeyPair(o.ClientCertificate, []byte(o.ClientKey))
		if err != nil {
			return nil, fmt.Errorf("%w: client certificate and key: %w", ErrOptions, err)
		}
		c.Certificates = []tls.Certificate{pair}
		// A service of http.sys that asks for a certificate only once it is needed does so by renegotiation, and under TLS 1.3 in a way that
		// crypto/tls does not speak. Under 1.2 the machine also refuses a certificate within the handshake, where it is seen as what it is.
		c.MaxVersion, c.Renegotiation = tls.VersionTLS12, tls.RenegotiateOnceAsClient
	}
	return c, nil
}

// Check reports what is wrong with options before anything is dialled.
func (o Options) Check() error { return o.check() }
