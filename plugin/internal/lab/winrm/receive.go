package winrm

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// overhead is what an answer to Receive holds besides the streams, in bytes, generously.
const overhead = 4096

// receive answers with what the command has written, as soon as there is something; with its end; or, after the OperationTimeout, with
// the fault that means "ask again" (MS-WSMV 3.1.4.14).
func (s *service) receive(ctx context.Context, e *envelope, sh *shell) (string, *wsFault) {
	id := e.Body.Receive.Desired.CommandID
	c := sh.command(id)
	if c == nil {
		return "", commandGone(id)
	}
	deadline := time.NewTimer(s.timeout(e))
	defer deadline.Stop()
	room := s.room(e)
	for {
		out, outEnded, outWake := c.out.take(room)
		errs, errEnded, errWake := c.err.take(room - len(out))
		if len(out)+len(errs) > 0 {
			return receiveBodyOf(c, out, errs, false), nil
		}
		ended := c.ended
		if !outEnded || !errEnded {
			ended = nil // what it wrote comes first
		}
		select {
		case <-ended:
			return receiveBodyOf(c, nil, nil, true), nil
		default:
		}
		if outEnded {
			outWake = nil
		}
		if errEnded {
			errWake = nil
		}
		select {
		case <-outWake:
		case <-errWake:
		case <-ended:
		case <-sh.ctx.Done():
			return "", aborted()
		case <-ctx.Done():
			return "", aborted()
		case <-deadline.C:
			return "", timedOut()
		}
	}
}

// room is how many bytes of the streams fit into an answer: base64 makes 4 of 3.
func (s *service) room(e *envelope) int {
	size := s.quotas.MaxEnvelopeSizeKB << 10
	if n := e.Header.MaxEnvelopeSize; n > 0 {
		size = min(size, n)
	}
	return max(3, (size-overhead)/4*3)
}

func receiveBodyOf(c *command, out, errs []byte, done bool) string {
	var b strings.Builder
	b.WriteString("<rsp:ReceiveResponse>")
	for _, s := range []struct {
		name string
		data []byte
	}{{"stdout", out}, {"stderr", errs}} {
		switch {
		case len(s.data) > 0:
			fmt.Fprintf(&b, `<rsp:Stream Name="%s" CommandId="%s">`, s.name, c.id)
			b.WriteString(base64.StdEncoding.EncodeToString(s.data))
			b.WriteString("</rsp:Stream>")
		case done:
			fmt.Fprintf(&b, `<rsp:Stream Name="%s" CommandId="%s" End="true"></rsp:Stream>`, s.name, c.id)
		}
	}
	if done {
		fmt.Fprintf(&b, `<rsp:CommandState CommandId="%s" State="%s/CommandState/Done"><rsp:ExitCode>%d</rsp:ExitCode></rsp:CommandState>`, c.id, shellNS, c.code)
	} else {
		fmt.Fprintf(&b, `<rsp:CommandState CommandId="%s" State="%s/CommandState/Running"/>`, c.id, shellNS)
	}
	b.WriteString("</rsp:ReceiveResponse>")
	return b.String()
}
