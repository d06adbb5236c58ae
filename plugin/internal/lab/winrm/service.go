package winrm

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// service is what the host's requests work on: the shells between two boots of the machine.
type service struct {
	machine Machine
	quotas  Quotas
	restart func()

	ctx      context.Context
	stop     context.CancelFunc
	commands sync.WaitGroup

	mu     sync.Mutex
	shells map[string]*shell
}

func newService(m Machine, q Quotas, restart func()) *service {
	s := &service{machine: m, quotas: q, restart: restart, shells: make(map[string]*shell)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// end kills everything that runs and waits for it.
func (s *service) end() {
	s.stop()
	s.mu.Lock()
	shells := s.shells
	s.shells = make(map[string]*shell)
	s.mu.Unlock()
	for _, sh := range shells {
		sh.end()
	}
	s.commands.Wait()
}

// handle answers one request whose sender is known.
func (s *service) handle(ctx context.Context, e *envelope) answer {
	if e.Body.Identify != nil {
		return identity()
	}
	act := actionOf(e.Header.Action)
	if act == ActionOther {
		return faultAnswer(e, &wsFault{sender: true, subcode: "a:ActionNotSupported", code: codeInvalidAction,
			text: "The WS-Management service cannot process the request. The WS-Addressing action URI is invalid. (lab: " + e.Header.Action + ")"})
	}
	if act == ActionGet && e.Header.ResourceURI == configNS {
		return reply(e, e.Header.Action+"Response", s.config())
	}
	if e.Header.ResourceURI != resourceURI || act == ActionGet {
		return faultAnswer(e, &wsFault{sender: true, subcode: "a:DestinationUnreachable", code: codeInvalidResource,
			text: cannotProcess + "The service cannot find the resource identified by the resource URI and selectors. (lab: the text shell is here, and Get of the configuration)"})
	}
	if act == ActionCreate {
		return s.create(e)
	}
	id := e.selector("ShellId")
	s.mu.Lock()
	sh := s.shells[id]
	s.mu.Unlock()
	if sh == nil {
		return faultAnswer(e, shellGone(id))
	}
	sh.enter()
	defer sh.leave(s.expire)
	body, f := s.onShell(ctx, act, e, sh)
	if f != nil {
		return faultAnswer(e, f)
	}
	return reply(e, e.Header.Action+"Response", body)
}

// config is what `winrm get winrm/config` reads, as far as the lab has it ("Installation and Configuration for Windows Remote Management").
func (s *service) config() string {
	q := s.quotas
	timeout := q.MaxTimeoutMS
	if timeout == 0 {
		timeout = math.MaxInt32
	}
	return fmt.Sprintf(`<cfg:Config xmlns:cfg="%s"><cfg:MaxEnvelopeSizekb>%d</cfg:MaxEnvelopeSizekb><cfg:MaxTimeoutms>%d</cfg:MaxTimeoutms><cfg:Service>`+
		`<cfg:MaxConcurrentOperationsPerUser>%d</cfg:MaxConcurrentOperationsPerUser></cfg:Service><cfg:Winrs><cfg:IdleTimeout>%d</cfg:IdleTimeout>`+
		`<cfg:MaxProcessesPerShell>%d</cfg:MaxProcessesPerShell><cfg:MaxMemoryPerShellMB>%d</cfg:MaxMemoryPerShellMB><cfg:MaxShellsPerUser>%d</cfg:MaxShellsPerUser></cfg:Winrs></cfg:Config>`,
		configNS, q.MaxEnvelopeSizeKB, timeout, q.MaxConcurrentOperationsPerUser, q.IdleTimeoutMS, q.MaxProcessesPerShell, q.MaxMemoryPerShellMB, q.MaxShellsPerUser)
}

// onShell does what belongs to a shell and returns the body of the answer.
func (s *service) onShell(ctx context.Context, act Action, e *envelope, sh *shell) (string, *wsFault) {
	b := &e.Body
	switch {
	case act == ActionDelete:
		s.expire(sh)
		return "", nil
	case act == ActionCommand && b.CommandLine != nil:
		return s.command(e, sh)
	case act == ActionReceive && b.Receive != nil:
		return s.receive(ctx, e, sh)
	case act == ActionSend && b.Send != nil:
		return s.send(ctx, e, sh)
	case act == ActionSignal && b.Signal != nil:
		return s.signal(e, sh)
	}
	return "", &wsFault{sender: true, subcode: subcodeSchema, code: codeSchemaValidation,
		text: "The SOAP XML in the message does not match the corresponding XML schema definition. Change the XML and retry. "}
}

// expire takes a shell away, because it was deleted or idle for too long.
func (s *service) expire(sh *shell) {
	s.mu.Lock()
	delete(s.shells, sh.id)
	s.mu.Unlock()
	sh.end()
}

func (s *service) create(e *envelope) answer {
	sh := newShell(s.ctx, e.Body.Shell, time.Duration(s.quotas.IdleTimeoutMS)*time.Millisecond)
	s.mu.Lock()
	full := len(s.shells) >= s.quotas.MaxShellsPerUser
	if !full {
		s.shells[sh.id] = sh
	}
	s.mu.Unlock()
	if full {
		return faultAnswer(e, &wsFault{subcode: subcodeQuota, code: codeMaxShells, text: fmt.Sprintf(cannotProcess+
			"This user is allowed a maximum number of %d concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user. ", s.quotas.MaxShellsPerUser)})
	}
	sh.enter()
	defer sh.leave(s.expire)
	return reply(e, e.Header.Action+"Response", fmt.Sprintf(`<x:ResourceCreated><a:Address>http://127.0.0.1/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>%[1]s</w:ResourceURI>`+
		`<w:SelectorSet><w:Selector Name="ShellId">%[2]s</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>%[2]s</rsp:ShellId>`+
		`<rsp:ResourceUri>%[1]s</rsp:ResourceUri><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>`, resourceURI, sh.id))
}

// operations counts the commands that were started in the shells that are there.
func (s *service) operations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, sh := range s.shells {
		sh.mu.Lock()
		n += sh.started
		sh.mu.Unlock()
	}
	return n
}

// admit takes one more command into the counts, or says which quota is against it.
func (s *service) admit(sh *shell) *wsFault {
	if n := s.quotas.MaxConcurrentOperationsPerUser; s.operations() >= n {
		return &wsFault{subcode: subcodeQuota, code: codeMaxOperations, text: fmt.Sprintf(cannotProcess+
			"This user is allowed a maximum number of %d concurrent operations, which has been exceeded. Close existing operations for this user, or raise the quota for this user. ", n)}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.running >= s.quotas.MaxProcessesPerShell {
		return &wsFault{subcode: subcodeQuota, code: codeMaxProcesses, text: cannotProcess +
			"The maximum number of concurrent commands per shell has been exceeded. Retry the request later or raise the Maximum Commands per Shell quota. "}
	}
	sh.started++
	sh.running++
	return nil
}

func (s *service) command(e *envelope, sh *shell) (string, *wsFault) {
	if f := s.admit(sh); f != nil {
		return "", f
	}
	l := e.Body.CommandLine
	c := sh.start(s.machine, Command{
		Line:      strings.Join(append([]string{l.Command}, l.Arguments...), " "),
		SkipShell: e.option("WINRS_SKIP_CMD_SHELL"),
		Keep:      func(n int) error { return sh.keep(n, s.quotas.MaxMemoryPerShellMB) },
		Restart:   s.restart,
	}, &s.commands)
	return `<rsp:CommandResponse><rsp:CommandId>` + c.id + `</rsp:CommandId></rsp:CommandResponse>`, nil
}

func (s *service) send(ctx context.Context, e *envelope, sh *shell) (string, *wsFault) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout(e))
	defer cancel()
	for _, st := range e.Body.Send.Streams {
		c := sh.command(st.CommandID)
		if c == nil {
			return "", commandGone(st.CommandID)
		}
		data := make([]byte, base64.StdEncoding.DecodedLen(len(st.Data)))
		n, err := base64.StdEncoding.Decode(data, []byte(strings.TrimSpace(string(st.Data))))
		if err != nil || st.Name != "stdin" {
			return "", badParameter("a stream must be base64 for stdin")
		}
		if _, err := c.stdin.write(ctx, data[:n]); err != nil && ctx.Err() != nil {
			return "", timedOut()
		}
		if st.End {
			c.stdin.end()
		}
	}
	return "<rsp:SendResponse/>", nil
}

func (s *service) signal(e *envelope, sh *shell) (string, *wsFault) {
	sig := e.Body.Signal
	switch code := strings.TrimPrefix(strings.TrimSpace(sig.Code), shellNS+"/signal/"); code {
	case "terminate":
		if !sh.forget(sig.CommandID) {
			return "", commandGone(sig.CommandID)
		}
	case "ctrl_c", "ctrl_break":
		c := sh.command(sig.CommandID)
		if c == nil {
			return "", commandGone(sig.CommandID)
		}
		c.kill()
	default:
		return "", badParameter("signal " + strconv.Quote(code))
	}
	return "<rsp:SignalResponse/>", nil
}

// timeout is the OperationTimeout that is granted; without one it is 60 s, MaxTimeoutms of Windows.
func (s *service) timeout(e *envelope) time.Duration {
	d, ok := parseDuration(e.Header.OperationTimeout)
	if !ok {
		d = time.Minute
	}
	if limit := time.Duration(s.quotas.MaxTimeoutMS) * time.Millisecond; limit > 0 {
		d = min(d, limit)
	}
	return d
}
