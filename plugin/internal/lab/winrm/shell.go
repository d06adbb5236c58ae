package winrm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// ErrMemory says that a shell wants to keep more than MaxMemoryPerShellMB.
var ErrMemory = errors.New("not enough memory resources are available to process this command")

// exitKilled is STATUS_CONTROL_C_EXIT: what a command that was terminated ends with.
const exitKilled = 0xC000013A

// shell is one shell of the user with its commands.
type shell struct {
	id    string
	env   []string
	dir   string
	idle  time.Duration
	ctx   context.Context
	close context.CancelFunc

	mu       sync.Mutex
	commands map[string]*command
	started  int // commands in the life of the shell
	running  int
	busy     int // requests that are being answered
	kept     int64
	timer    *time.Timer // runs while no request is being answered
}

// command is one command and what it has written but nobody has fetched.
type command struct {
	id       string
	stdin    *queue
	out, err *queue
	kill     context.CancelFunc
	ended    chan struct{}
	code     uint32 // valid once ended is closed
}

func newShell(parent context.Context, body *shellBody, idle time.Duration) *shell {
	s := &shell{id: newID(), commands: make(map[string]*command), idle: idle}
	s.ctx, s.close = context.WithCancel(parent)
	if body != nil {
		s.dir = strings.TrimSpace(body.WorkingDirectory)
		if d, ok := parseDuration(body.IdleTimeOut); ok {
			s.idle = min(d, idle)
		}
		for _, v := range body.Environment {
			s.env = append(s.env, v.Name+"="+v.Value)
		}
	}
	return s
}

// enter and leave keep a shell from idling away under a request.
func (s *shell) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
	if s.timer != nil {
		s.timer.Stop()
	}
}

func (s *shell) leave(expire func(*shell)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy--; s.busy == 0 && s.ctx.Err() == nil {
		if s.timer != nil {
			s.timer.Stop()
		}
		s.timer = time.AfterFunc(s.idle, func() {
			s.mu.Lock()
			idle := s.busy == 0
			s.mu.Unlock()
			if idle {
				expire(s)
			}
		})
	}
}

// end kills all commands of the shell.
func (s *shell) end() {
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	for _, c := range s.commands {
		c.abandon()
	}
}

func (s *shell) command(id string) *command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands[id]
}

// forget takes a command out of the shell and kills it.
func (s *shell) forget(id string) bool {
	s.mu.Lock()
	c := s.commands[id]
	delete(s.commands, id)
	s.mu.Unlock()
	if c == nil {
		return false
	}
	c.abandon()
	return true
}

// abandon kills the command and drops what it wrote.
func (c *command) abandon() {
	c.kill()
	c.stdin.end()
	c.out.abandon()
	c.err.abandon()
}

// keep counts what programs keep for the shell, in bytes.
func (s *shell) keep(n int, quotaMB int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept+int64(n) > int64(quotaMB)<<20 {
		return fmt.Errorf("keep %d bytes beyond %d MB: %w", n, quotaMB, ErrMemory)
	}
	s.kept += int64(n)
	return nil
}

// start runs a command on the machine. It counts in started and running already.
func (s *shell) start(m Machine, c Command, wg *sync.WaitGroup) *command {
	ctx, kill := context.WithCancel(s.ctx)
	cmd := &command{id: newID(), stdin: newQueue(), out: newQueue(), err: newQueue(), kill: kill, ended: make(chan struct{})}
	c.Stdin, c.Stdout, c.Stderr = cmd.stdin, cmd.out, cmd.err
	c.Env, c.Dir = s.env, s.dir
	s.mu.Lock()
	s.commands[cmd.id] = cmd
	s.mu.Unlock()
	wg.Go(func() {
		defer kill()
		stop := context.AfterFunc(ctx, cmd.stdin.end) // so that whoever reads its input sees the end
		defer stop()
		code, err := m.Run(ctx, c)
		switch {
		case ctx.Err() != nil:
			code = exitKilled
		case err != nil:
			_, _ = io.WriteString(cmd.err, "wmclient lab: "+err.Error()+"\r\n") // fails only where nobody listens
			code = 1
		}
		cmd.stdin.abandon()
		cmd.out.end()
		cmd.err.end()
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
		cmd.code = code
		close(cmd.ended)
	})
	return cmd
}

// newID returns a random GUID as the service writes them.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
