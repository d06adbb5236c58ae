package winrm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what NTLM is made of
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"sync"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:gosec,staticcheck // what NTLM is made of
)

// NTLM as MS-NLMP has it, the server's half of NTLMv2, with the messages bare in the header as MS-NTHT writes them. What it leaves out:
// SPNEGO around them (MS-N2HT), message encryption over http (multipart/encrypted, MS-WSMV 2.2.9.1) and session keys. Hence NTLM is offered
// over https alone.
const (
	ntlmSignature = "NTLMSSP\x00"
	ntlmTarget    = "WMCLIENT-LAB"

	// Flags of MS-NLMP 2.2.2.5: UNICODE, REQUEST_TARGET, NTLM, ALWAYS_SIGN, TARGET_TYPE_SERVER, EXTENDED_SESSIONSECURITY, TARGET_INFO.
	ntlmFlags = 0x1 | 0x4 | 0x200 | 0x8000 | 0x20000 | 0x80000 | 0x800000
)

// session is what a connection has shown of its user: NTLM authenticates connections, not requests.
type session struct {
	mu        sync.Mutex
	challenge []byte // the last that was given; nil once it is answered
	known     bool
}

type sessionKey struct{}

// withSession gives each connection its session.
func withSession(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, sessionKey{}, new(session))
}

// negotiate takes one step of NTLM. challenge is the message to be sent back with a 401, "" where there is none; known says that the
// connection belongs to the user.
func (h *Host) negotiate(r *http.Request) (challenge string, known bool) {
	s, ok := r.Context().Value(sessionKey{}).(*session)
	if !ok || h.tls == nil {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme == "" {
		return "", s.known
	}
	if !strings.EqualFold(scheme, "Negotiate") && !strings.EqualFold(scheme, "NTLM") {
		return "", false
	}
	s.known = false
	m, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(m) < 12 || string(m[:8]) != ntlmSignature {
		return "", false
	}
	switch binary.LittleEndian.Uint32(m[8:]) {
	case 1:
		s.challenge = make([]byte, 8)
		_, _ = rand.Read(s.challenge) // does not fail (crypto/rand)
		return scheme + " " + base64.StdEncoding.EncodeToString(challengeMessage(s.challenge)), false
	case 3:
		s.known = s.challenge != nil && authentic(m, s.challenge, h.options.User, h.options.Password)
		s.challenge = nil
	}
	return "", s.known
}

// challengeMessage is a CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2) without a timestamp, so that clients need no message integrity code.
func challengeMessage(challenge []byte) []byte {
	name := utf16le(ntlmTarget)
	var info []byte
	for _, id := range []uint16{2, 1} { // MsvAvNbDomainName, MsvAvNbComputerName
		info = binary.LittleEndian.AppendUint16(info, id)
		info = binary.LittleEndian.AppendUint16(info, uint16(len(name)))
		info = append(info, name...)
	}
	info = append(info, 0, 0, 0, 0) // MsvAvEOL
	const head = 56
	b := append([]byte(ntlmSignature), 2, 0, 0, 0)
	field := func(length, at int) {
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
		b = binary.LittleEndian.AppendUint32(b, uint32(at))
	}
	field(len(name), head)
	b = binary.LittleEndian.AppendUint32(b, ntlmFlags)
	b = append(append(b, challenge...), make([]byte, 8)...)
	field(len(info), head+len(name))
	b = append(b, make([]byte, 8)...) // no version
	return append(append(b, name...), info...)
}

// authentic checks the NTLMv2 response of an AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3, 3.3.2). Responses of NTLMv1 are refused by their length.
func authentic(m, challenge []byte, user, password string) bool {
	response, ok1 := ntlmField(m, 20)
	domain, ok2 := ntlmField(m, 28)
	name, ok3 := ntlmField(m, 36)
	if !ok1 || !ok2 || !ok3 || len(response) < 44 || !strings.EqualFold(fromUTF16le(name), user) {
		return false
	}
	hash := md4.New()                    //nolint:gosec // as above
	_, _ = hash.Write(utf16le(password)) // a hash does not fail
	key := hmacMD5(hash.Sum(nil), utf16le(strings.ToUpper(fromUTF16le(name))), domain)
	return hmac.Equal(response[:16], hmacMD5(key, challenge, response[16:]))
}

// ntlmField is the payload that a length and an offset at a place of the message point to.
func ntlmField(m []byte, at int) ([]byte, bool) {
	if len(m) < at+8 {
		return nil, false
	}
	n, from := int64(binary.LittleEndian.Uint16(m[at:])), int64(binary.LittleEndian.Uint32(m[at+4:]))
	if from+n > int64(len(m)) {
		return nil, false
	}
	return m[from : from+n], true
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	_, _ = h.Write(bytes.Join(parts, nil)) // a hash does not fail
	return h.Sum(nil)
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func fromUTF16le(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}
