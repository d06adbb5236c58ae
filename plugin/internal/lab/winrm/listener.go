package winrm

import (
	"net"
	"time"
)

// listener counts, and refuses connections once it has taken as many as it may.
type listener struct {
	net.Listener
	host       *Host
	refuseFrom int
	taken      int
}

// Accept returns the next connection that is to be answered; the others are dealt with as the host's phase says.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.taken++
		l.host.counters.change(func(n *Counters) { n.Connections++ })
		if l.refuseFrom > 0 && l.taken >= l.refuseFrom-1 {
			_ = l.Listener.Close()
		}
		if l.host.keepFromAnswer(c) {
			continue
		}
		return &conn{Conn: c, host: l.host}, nil
	}
}

// keepFromAnswer holds or breaks a connection in a phase that answers none.
func (h *Host) keepFromAnswer(c net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		_ = c.Close()
		return true
	case h.phase == PhaseSilent:
		h.held = append(h.held, c)
		return true
	case h.phase == PhaseTLS && h.tls != nil:
		h.held = append(h.held, c)
		h.work.Go(func() { breakTLS(c) })
		return true
	}
	return false
}

// breakTLS resets a connection once its client has begun the handshake, as a port does that has no certificate bound to it.
func breakTLS(c net.Conn) {
	late := time.AfterFunc(10*time.Second, func() { _ = c.Close() })
	defer late.Stop()
	var b [1]byte
	_, _ = c.Read(b[:]) // whatever comes of it, the connection is broken
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// letGo closes the connections that were held; the lock is held.
func (h *Host) letGo() {
	for _, c := range h.held {
		_ = c.Close()
	}
	h.held = nil
}

// conn counts bytes.
type conn struct {
	net.Conn
	host *Host
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.host.counters.change(func(k *Counters) { k.BytesIn += int64(n) })
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.host.counters.change(func(k *Counters) { k.BytesOut += int64(n) })
	return n, err
}
