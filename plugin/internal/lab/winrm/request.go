package winrm

import (
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// mutualScheme is what a client writes into Authorization that is known by its certificate (MS-WSMV 2.2.1).
const mutualScheme = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"

// ServeHTTP answers one request, with the faults that were ordered.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	faults, svc, phase := h.faults, h.svc, h.phase
	h.mu.Unlock()
	var n int
	h.counters.change(func(c *Counters) { c.Requests++; n = c.Requests })
	hit := faults.at(n)
	if hit.any() {
		h.counters.change(func(c *Counters) { c.Injected++ })
	}
	if !wait(r, faults.Latency) {
		return
	}
	hit.unauthorized = hit.unauthorized || phase == PhaseUnauthorized
	switch {
	case hit.silent || phase == PhaseSilent:
		silence(r)
		return
	case phase == PhaseUnavailable:
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	case hit.restart:
		h.later(0)
		panic(http.ErrAbortHandler)
	case hit.drop:
		panic(http.ErrAbortHandler)
	}
	a, hang := h.answer(r, svc, hit.unauthorized, faults.HangReceiveFrom)
	if hang {
		h.counters.change(func(c *Counters) { c.Injected++ })
		silence(r)
		return
	}
	if faults.Clock != 0 && h.options.Now != nil {
		w.Header().Set("Date", h.options.Now().Add(faults.Clock).UTC().Format(http.TimeFormat))
	}
	send(w, a, hit, h.tls != nil)
}

// silence keeps a request waiting until its client gives up or the host goes away. The rest of it is read first, since net/http looks for
// the end of a connection only then.
func silence(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// answer reads the request and does what it asks for. hang says that it must not be answered.
func (h *Host) answer(r *http.Request, svc *service, unauthorized bool, hangFrom int) (a answer, hang bool) {
	refused := func(a answer) (answer, bool) {
		h.counters.change(func(c *Counters) { c.Actions[ActionRefused]++ })
		return a, false
	}
	limit := int64(svc.quotas.MaxEnvelopeSizeKB) << 10
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return refused(answer{status: http.StatusBadRequest})
	}
	open := r.Header.Get("WSMANIDENTIFY") == "unauthenticated"
	if !open {
		challenge, known := h.negotiate(r)
		switch {
		case unauthorized || challenge == "" && !known && !h.known(r):
			return refused(answer{status: http.StatusUnauthorized})
		case challenge != "":
			h.counters.change(func(c *Counters) { c.Actions[ActionHandshake]++ })
			return answer{status: http.StatusUnauthorized, challenge: challenge}, false
		}
	}
	if r.URL.Path != "/wsman" {
		return refused(answer{status: http.StatusNotFound})
	}
	if r.Method != http.MethodPost {
		return refused(answer{status: http.StatusMethodNotAllowed})
	}
	if int64(len(body)) > limit {
		return refused(faultAnswer(nil, &wsFault{status: http.StatusRequestEntityTooLarge, sender: true, subcode: "w:EncodingLimit", code: codeEncodingLimit,
			text: "The WS-Management service cannot process the request because the encoding of the request exceeds an internal encoding limit. " +
				"Reconfigure the client to send messages which fit the encoding limits of the service. (lab: MaxEnvelopeSizekb is " + strconv.Itoa(svc.quotas.MaxEnvelopeSizeKB) + ")"}))
	}
	e, err := parseEnvelope(body)
	if err != nil {
		return refused(faultAnswer(nil, malformed(err)))
	}
	if open && e.Body.Identify == nil {
		return refused(answer{status: http.StatusUnauthorized})
	}
	act := actionOf(e.Header.Action)
	if e.Body.Identify != nil {
		act = ActionIdentify
	}
	h.counters.change(func(c *Counters) {
		c.Actions[act]++
		hang = act == ActionReceive && hangFrom > 0 && c.Actions[act] >= hangFrom
	})
	if hang {
		return answer{}, true
	}
	a = svc.handle(r.Context(), e)
	if a.status != http.StatusOK {
		h.counters.change(func(c *Counters) { c.Faults++ })
	}
	return a, false
}

func malformed(err error) *wsFault {
	if errors.Is(err, errBounds) {
		return &wsFault{sender: true, subcode: "w:EncodingLimit", code: codeEncodingLimit, text: "The WS-Management service cannot process the request because the encoding of the request " +
			"exceeds an internal encoding limit. Reconfigure the client to send messages which fit the encoding limits of the service. (lab: " + err.Error() + ")"}
	}
	return &wsFault{sender: true, subcode: subcodeSchema, code: codeInvalidXML, text: "The WS-Management service cannot process the request because the XML is invalid. (lab: " + err.Error() + ")"}
}

// known reports whether the sender has shown that it is the user: by Basic, or by a certificate of the host's authority.
func (h *Host) known(r *http.Request) bool {
	if r.Header.Get("Authorization") == mutualScheme {
		// The chain was verified in the handshake; the name is the user's.
		return r.TLS != nil && len(r.TLS.PeerCertificates) > 0 && same(r.TLS.PeerCertificates[0].Subject.CommonName, h.options.User)
	}
	user, password, ok := r.BasicAuth()
	return ok && same(user, h.options.User) && same(password, h.options.Password)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// wait lets time pass; false says that the client has gone meanwhile.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// garbage is no envelope, no XML and no text.
var garbage = []byte("\x00\xff\x89PNG\r\n<s:Envelope></wrong>&nosuch; 401 OK \xc3\x28")

func send(w http.ResponseWriter, a answer, hit hit, secure bool) {
	if hit.lose {
		panic(http.ErrAbortHandler)
	}
	header := w.Header()
	header.Set("Server", "Microsoft-HTTPAPI/2.0")
	switch {
	case a.status == http.StatusUnauthorized:
		if a.challenge == "" && secure {
			header.Add("WWW-Authenticate", "Negotiate")
		}
		if a.challenge != "" {
			header.Add("WWW-Authenticate", a.challenge)
		} else {
			header.Add("WWW-Authenticate", `Basic realm="WSMAN"`)
		}
	case len(a.data) > 0:
		header.Set("Content-Type", soapType)
	}
	data := a.data
	if hit.garbage {
		data = garbage
		header.Set("Content-Type", soapType)
	}
	header.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(a.status)
	if hit.truncate {
		_, _ = w.Write(data[:len(data)/2])
		_ = http.NewResponseController(w).Flush() // what fails here fails at the client
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(data) // a client that has gone is not told anything
}
