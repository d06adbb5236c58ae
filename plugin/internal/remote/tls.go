package remote

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// errPin is a certificate that is not the pinned one.
var errPin = errors.New("its certificate is not the pinned one")

// pinned accepts one certificate, for as long as it holds.
func pinned(pin string, now func() time.Time) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errPin
		}
		leaf := s.PeerCertificates[0]
		sum := sha256.Sum256(leaf.Raw)
		if !strings.EqualFold(hex.EncodeToString(sum[:]), pin) {
			return fmt.Errorf("%w: it has SHA-256 %x", errPin, sum)
		}
		if t := now(); t.Before(leaf.NotBefore) || t.After(leaf.NotAfter) {
			return x509.CertificateInvalidError{Cert: leaf, Reason: x509.Expired}
		}
		return nil
	}
}

// tlsProblem says what is wrong with a machine's certificate or its TLS, and the way out. ok is false where the error is of another sort.
func tlsProblem(err error, now time.Time) (what string, ok bool) {
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, errPin):
		return errorAfter(err, errPin) + ": another machine answers, or the build's certificate was made anew", true
	case errors.As(err, &name):
		return fmt.Sprintf("its certificate is for another name (%s): give the name that it has, or pin it", strings.Join(names(name.Certificate), ", ")), true
	case errors.As(err, &unknown):
		return "its certificate is of an authority that is not trusted here: give the authority's certificate, or pin this one", true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return validity(invalid.Cert, now), true
	case errors.As(err, &invalid):
		return invalid.Error(), true
	case alerted(err) != nil:
		return fmt.Sprintf("the machine refuses: %v: is a client certificate of an authority that it trusts, and mapped to an account; does it speak TLS 1.2?", alerted(err).Err), true
	case errors.As(err, &record):
		return "it does not speak TLS on this port", true
	case strings.Contains(err.Error(), "tls: "): // crypto/tls has no types for most of its errors
		return err.Error(), true
	}
	return "", false
}

// alerted is an alert of the machine, which crypto/tls gives no type of its own over TCP; nil where err is none.
func alerted(err error) *net.OpError {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return op
	}
	return nil
}

// validity says by how much a certificate does not hold now: a clock that is off shows in it.
func validity(c *x509.Certificate, now time.Time) string {
	if now.Before(c.NotBefore) {
		return fmt.Sprintf("its certificate holds from %s on, and here it is %s: one of the two clocks is off, or both", stamp(c.NotBefore), stamp(now))
	}
	return fmt.Sprintf("its certificate held until %s, and here it is %s: make a new one, or set the clock", stamp(c.NotAfter), stamp(now))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func names(c *x509.Certificate) []string {
	out := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	if len(out) == 0 {
		return []string{"none"}
	}
	return out
}

// errorAfter is the text of the part of an error that begins with a known one.
func errorAfter(err, known error) string {
	text := err.Error()
	if i := strings.Index(text, known.Error()); i >= 0 {
		return text[i:]
	}
	return known.Error()
}
