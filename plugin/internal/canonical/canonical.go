// Package canonical makes the one JSON form that digests and signatures are computed over: RFC 8785 (JCS).
//
// It refuses what the canonical form would change in silence. Numbers are JSON doubles there, so floats and integers beyond ±2^53 are
// errors: what can be larger (a QWORD, a FILETIME) is a string. Invalid UTF-8 and unpaired surrogates, which encoding/json replaces
// by U+FFFD, are errors too. Each error names the JSON path of the value ("$.settings[3].spec.data").
package canonical

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/gowebpki/jcs"
)

// ErrNotCanonical is wrapped by Verify where bytes are good JSON in another form than the canonical one.
var ErrNotCanonical = errors.New("not in canonical form (RFC 8785)")

// Marshal returns the canonical bytes of v, which is encoded as encoding/json does it. It refuses floats, integers beyond ±2^53, invalid
// UTF-8, unpaired surrogates, objects with one name twice and nesting deeper than MaxDepth.
func Marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return transform(raw)
}

// Transform brings JSON text into canonical form. It refuses the same as Marshal, and text that is no JSON.
func Transform(raw []byte) ([]byte, error) {
	if err := wellFormed(raw); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return transform(raw)
}

func transform(raw []byte) ([]byte, error) {
	if err := inspect(raw); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	out, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return out, nil
}

// Verify returns nil where b is JSON in canonical form, an error that wraps ErrNotCanonical where only its form is another one, and
// another error where Transform refuses it.
func Verify(b []byte) error {
	want, err := Transform(b)
	if err != nil {
		return err
	}
	if bytes.Equal(want, b) {
		return nil
	}
	at := 0
	for at < min(len(want), len(b)) && want[at] == b[at] {
		at++
	}
	return fmt.Errorf("%w: first difference at byte %d", ErrNotCanonical, at)
}

// Digest returns the SHA-256 of b in lower-case hex.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// DigestOfParts returns the digest of the bytes that the parts are one after the other.
func DigestOfParts(parts iter.Seq[[]byte]) string {
	h := sha256.New()
	w := bufio.NewWriterSize(h, 16<<10) // most parts are shorter than what the hash takes at once
	for p := range parts {
		_, _ = w.Write(p) // a hash never fails
	}
	_ = w.Flush()
	return hex.EncodeToString(h.Sum(nil))
}

// DigestOf returns the digest of v's canonical bytes, with the errors of Marshal.
func DigestOf(v any) (string, error) {
	b, err := Marshal(v)
	if err != nil {
		return "", err
	}
	return Digest(b), nil
}
