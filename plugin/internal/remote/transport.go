package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/go-ntlmssp"
	"github.com/masterzen/winrm/soap"
)

// The bounds of answers and of waiting.
const (
	maxAnswer   = 8 << 20          // bytes: more than any MaxEnvelopeSizekb that Windows allows to be useful
	dialTimeout = 10 * time.Second // until a connection stands
	slack       = 10 * time.Second // what a service may be late with the answer to an operation that timed out
)

const soapType = "application/soap+xml;charset=UTF-8"

// mutual is what stands for a client certificate in the header (DSP0226, C.3.3).
const mutual = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"

// errDowngrade is a service that offers no NTLM. The password is not sent to it in another way.
var errDowngrade = errors.New("the service does not offer NTLM, and Basic was not asked for")

// lane is one connection with its own log-on, for one request at a time. NTLM knows a connection, not a request: its three messages have to go
// over the same one, which a pool that several requests draw from does not promise.
type lane struct {
	base *http.Transport
	http http.RoundTripper
}

// take returns a lane that nobody uses, and makes one where there is none.
func (c *Client) take() (*lane, error) {
	c.pool.Lock()
	defer c.pool.Unlock()
	if n := len(c.lanes); n > 0 {
		l := c.lanes[n-1]
		c.lanes = c.lanes[:n-1]
		return l, nil
	}
	return c.newLane()
}

func (c *Client) give(l *lane) {
	c.pool.Lock()
	defer c.pool.Unlock()
	c.lanes = append(c.lanes, l)
}

// newLane makes the way that requests take.
func (c *Client) newLane() (*lane, error) {
	t := &http.Transport{
		DialContext:           c.dial,
		ResponseHeaderTimeout: c.patience(),
		MaxConnsPerHost:       1,
		IdleConnTimeout:       90 * time.Second,
		WriteBufferSize:       64 << 10,
		DisableCompression:    true,
	}
	if !c.options.PlainLoopback {
		conf, err := c.options.tls()
		if err != nil {
			return nil, err
		}
		t.DialTLSContext = c.dialTLS(t.DialContext, conf)
	}
	l := &lane{t, counted{c, t}}
	var err error
	switch c.options.Auth {
	case NTLM:
		l.http = ntlmssp.Negotiator{RoundTripper: counted{c, noBasic{t}}}
	case Kerberos:
		l.http, err = newKerberos(c.options, counted{c, t})
	}
	return l, err
}

// dial connects, and remembers that the machine was there.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
	if err == nil {
		c.reached.Store(true)
	}
	return conn, err
}

// dialTLS connects, and tells what goes wrong with TLS from what goes wrong before and after it.
func (c *Client) dialTLS(dial func(ctx context.Context, network, address string) (net.Conn, error), conf *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		conn := tls.Client(raw, conf)
		if err := conn.HandshakeContext(ctx); err != nil {
			what, known := tlsProblem(err, time.Now())
			if !known && isTimeout(err) {
				return nil, errors.Join(&Error{Reason: ReasonService, Host: c.options.address(), What: "the connection stands, and nothing is said" + hintSilent, Err: err}, raw.Close())
			}
			if !known {
				what = "the machine ends the connection while it is set up: " + err.Error()
			}
			return nil, errors.Join(&Error{Reason: ReasonTLS, Host: c.options.address(), What: what, Err: err}, raw.Close())
		}
		return conn, nil
	}
}

// counted counts what goes over the wire.
type counted struct {
	c    *Client
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (r counted) RoundTrip(req *http.Request) (*http.Response, error) {
	r.c.requests.Add(1)
	r.c.bytes.Add(req.ContentLength)
	return r.next.RoundTrip(req)
}

// noBasic keeps the negotiator from falling back to Basic, which it does of itself.
type noBasic struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (r noBasic) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasPrefix(req.Header.Get("Authorization"), "Basic ") {
		return nil, errDowngrade
	}
	return r.next.RoundTrip(req)
}

// patience is how long an answer may take: the operation's own time, and what the service may be late.
func (c *Client) patience() time.Duration { return c.options.Timeout + slack }

// post sends a message and returns the answer's envelope. A fault is an error of type Fault.
func (c *Client) post(ctx context.Context, message *soap.SoapMessage) (*answer, error) {
	text := message.String()
	message.Free()
	a, err := c.send(ctx, text)
	return a, c.failure(ctx, err)
}

func (c *Client) send(ctx context.Context, text string) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.options.url(), strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", soapType)
	switch c.options.Auth {
	case NTLM, Basic:
		req.SetBasicAuth(c.options.User, string(c.options.Password))
	case Certificate:
		req.Header.Set("Authorization", mutual)
	}
	l, err := c.take()
	if err != nil {
		return nil, err
	}
	defer c.give(l)
	var connections counter
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			connections.Add(1)
		}
	}}))
	res, err := l.http.RoundTrip(req)
	if err != nil {
		if errors.Is(err, errDowngrade) {
			return nil, &Error{Reason: ReasonAuth, Host: c.options.address(), What: errDowngrade.Error(), Err: errDowngrade}
		}
		return nil, err
	}
	defer res.Body.Close()
	c.told(res.Header.Get("Date"))
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusUnauthorized && connections.Load() > 1 { // NTLM knows a connection: what came over another one was no answer to the password
		return nil, &Error{Reason: ReasonLost, Host: c.options.address(), What: "the connection broke while the user logged on"}
	}
	return c.read(res, body)
}

// read tells answers of a service from all others.
func (c *Client) read(res *http.Response, body []byte) (*answer, error) {
	wrong := func(r Reason, what string, args ...any) (*answer, error) {
		return nil, &Error{Reason: r, Host: c.options.address(), What: fmt.Sprintf(what, args...)}
	}
	switch {
	case res.StatusCode == http.StatusUnauthorized:
		return wrong(ReasonAuth, "user %q is not let in by %s: is the password right, and does the machine allow this way?", c.options.User, c.options.Auth)
	case res.StatusCode == http.StatusServiceUnavailable:
		return wrong(ReasonService, "it says that it has not started (503): wait, or look at the service WinRM on the machine")
	case len(body) > maxAnswer:
		return wrong(ReasonForeign, "an answer of more than %d bytes"+hintForeign, maxAnswer)
	case !strings.Contains(res.Header.Get("Content-Type"), "application/soap+xml"):
		return wrong(ReasonForeign, "status %d with content of type %q"+hintForeign, res.StatusCode, res.Header.Get("Content-Type"))
	}
	a, err := parseAnswer(body)
	if err != nil {
		return wrong(ReasonForeign, "status %d: %v"+hintForeign, res.StatusCode, err)
	}
	if f := a.fault(res.StatusCode); f != nil {
		return nil, f
	}
	if res.StatusCode != http.StatusOK {
		return wrong(ReasonForeign, "status %d without a fault"+hintForeign, res.StatusCode)
	}
	return a, nil
}

// ClockTolerance is how far clocks may be apart before it is worth a word: what Kerberos allows by default (MaxClockSkew, 5 minutes).
const ClockTolerance = 5 * time.Minute

// told takes the clock of an answer (RFC 9110, Date), which counts seconds.
func (c *Client) told(date string) {
	if t, err := http.ParseTime(date); err == nil {
		ahead := time.Until(t).Round(time.Second)
		c.clock.Store(&ahead)
	}
}

// ClockAhead is how far the machine's clock is ahead of the one here, by its newest answer; negative is behind. ok is false where no answer
// had a date.
func (c *Client) ClockAhead() (ahead time.Duration, ok bool) {
	if p := c.clock.Load(); p != nil {
		return *p, true
	}
	return 0, false
}

// ClockOff is ClockAhead where the clocks are further apart than ClockTolerance, and 0 else.
func ClockOff(session any) time.Duration {
	s, ok := session.(interface{ ClockAhead() (time.Duration, bool) })
	if !ok {
		return 0
	}
	if ahead, ok := s.ClockAhead(); ok && ahead.Abs() > ClockTolerance {
		return ahead
	}
	return 0
}

// Traffic is what a client has sent: requests, challenges of a log-on with them, and bytes of their bodies.
func (c *Client) Traffic() (requests, bytes int64) { return c.requests.Load(), c.bytes.Load() }

// counter is a count that several goroutines add to.
type counter = atomic.Int64
