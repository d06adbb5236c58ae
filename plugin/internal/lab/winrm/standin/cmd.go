package standin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

// exitUnknown is what ends a command that no stand-in knows: cmd.exe's code for a command that it does not find.
const exitUnknown = 9009

// maxNesting is how deep scripts and cmd /c may call each other.
const maxNesting = 16

// session is one cmd.exe.
type session struct {
	m     *Machine
	ctx   context.Context
	c     winrm.Command
	env   map[string]string // by upper-case name
	dir   string
	level uint32 // of errors
	done  bool   // exit was called
	leave bool   // exit /b was called in the script that runs
	depth int
}

// Run runs one command line as cmd.exe /S /C would, as far as the stand-in goes. A line with WINRS_SKIP_CMD_SHELL is read the same way.
func (m *Machine) Run(ctx context.Context, c winrm.Command) (uint32, error) {
	s := &session{m: m, ctx: ctx, c: c, dir: homeFolder, env: map[string]string{
		"SYSTEMDRIVE": "C:", "SYSTEMROOT": `C:\Windows`, "WINDIR": `C:\Windows`, "TEMP": "C:" + homeFolder, "TMP": "C:" + homeFolder, "OS": "Windows_NT",
		"COMPUTERNAME": "WMCLIENT-LAB", "PROCESSOR_ARCHITECTURE": "AMD64", "PROGRAMDATA": `C:\ProgramData`, "PROGRAMFILES": `C:\Program Files`,
	}}
	for _, v := range c.Env {
		name, value, _ := strings.Cut(v, "=")
		s.env[strings.ToUpper(name)] = value
	}
	if c.Dir != "" {
		dir, err := absolute(c.Dir, homeFolder)
		if err != nil {
			return 0, fmt.Errorf("run on the lab machine: %w", err)
		}
		s.dir = dir
	}
	s.line(c.Line)
	return s.level, nil
}

// line runs a whole line.
func (s *session) line(line string) {
	line = strings.TrimSpace(expand(line, s.variable))
	if line == "" || strings.HasPrefix(line, ":") {
		return
	}
	steps, err := splitLine(line)
	if err != nil {
		s.fail(s.c.Stderr, err)
		return
	}
	for _, st := range steps {
		if s.done || s.leave || s.ctx.Err() != nil {
			return
		}
		if st.op == "&&" && s.level != 0 || st.op == "||" && s.level == 0 {
			continue
		}
		s.step(st)
	}
}

func (s *session) variable(name string) (string, bool) {
	if strings.EqualFold(name, "ERRORLEVEL") {
		return strconv.FormatUint(uint64(s.level), 10), true
	}
	v, ok := s.env[strings.ToUpper(name)]
	return v, ok
}

// fail ends a command with the reason, and exit code 1, or that of what is not known.
func (s *session) fail(w io.Writer, err error) {
	s.level = 1
	var unknown unknownError
	if errors.As(err, &unknown) {
		s.level = exitUnknown
	}
	_, _ = fmt.Fprintf(w, "wmclient lab: %v\r\n", err) // who has gone hears nothing
}

// step runs one command with its streams where they belong.
func (s *session) step(st step) {
	stdout, out := s.open(st.out, s.c.Stdout, s.c.Stderr)
	stderr, errs := s.open(st.err, s.c.Stderr, stdout)
	if st.err.to == "&1" {
		stderr = stdout
	}
	s.command(strings.TrimLeft(st.text, " \t@"), stdout, stderr)
	for _, f := range []*redirected{out, errs} {
		if err := f.close(s.m, s.dir); err != nil {
			s.fail(s.c.Stderr, err)
		}
	}
}

// redirected collects what goes into a file.
type redirected struct {
	bytes.Buffer
	redirect
}

// open returns what a command writes to: own where nothing is redirected, other for &1 and &2.
func (s *session) open(r redirect, own, other io.Writer) (io.Writer, *redirected) {
	switch strings.ToLower(r.to) {
	case "":
		return own, nil
	case "nul":
		return io.Discard, nil
	case "&1", "&2":
		return other, nil
	}
	f := &redirected{redirect: r}
	return f, f
}

func (f *redirected) close(m *Machine, dir string) error {
	if f == nil {
		return nil
	}
	path, err := absolute(f.to, dir)
	if err != nil {
		return err
	}
	if err := mayWrite(path); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if folder := path[:strings.LastIndexByte(path, '\\')]; !m.isFolder(folder) {
		return fmt.Errorf("the system cannot find the path specified: %s", folder)
	}
	if f.append {
		return m.appendFile(path, f.Bytes())
	}
	return m.writeFile(path, bytes.Clone(f.Bytes()))
}

// command runs one command: a builtin, a registered program or a script of the machine.
func (s *session) command(text string, stdout, stderr io.Writer) {
	word, rest := firstWord(text)
	name := programName(word)
	if b := builtins()[name]; b != nil && !strings.Contains(word, `\`) {
		inner := *s
		inner.c.Stdout, inner.c.Stderr = stdout, stderr
		level, err := b(&inner, rest)
		if inner.done || inner.leave {
			s.done, s.leave = inner.done, inner.leave
		}
		if s.level = level; err != nil {
			s.fail(stderr, err)
		}
		return
	}
	s.m.mu.Lock()
	p := s.m.programs[name]
	s.m.mu.Unlock()
	path, err := absolute(word, s.dir)
	there := false
	if err == nil {
		_, absent := s.m.ReadFile(path)
		there = absent == nil
	}
	named := strings.ContainsAny(word, `\/`)
	switch {
	case named && !there:
		s.fail(stderr, fmt.Errorf("the system cannot find the path specified: %s", word))
	case p != nil:
		c := Call{Command: s.c, Path: word, Args: splitArguments(rest)}
		c.Line, c.Stdout, c.Stderr, c.Dir, c.Env = text, stdout, stderr, s.dir, s.environment()
		level, err := p(s.ctx, s.m, c)
		if s.level = level; err != nil {
			s.fail(stderr, err)
		}
	case there && (strings.HasSuffix(name, ".bat") || strings.HasSuffix(name, ".cmd")):
		s.script(path, stdout, stderr)
	default:
		s.fail(stderr, unknownError{strconv.Quote(word)})
	}
}

func (s *session) environment() []string {
	var env []string
	for name, value := range maps.All(s.env) {
		env = append(env, name+"="+value)
	}
	return env
}

// script runs the lines of a batch file, without echoing them.
func (s *session) script(path string, stdout, stderr io.Writer) {
	data, err := s.m.ReadFile(path)
	if err != nil {
		s.fail(stderr, err)
		return
	}
	inner := *s
	inner.c.Stdout, inner.c.Stderr = stdout, stderr
	if inner.depth++; inner.depth > maxNesting {
		s.fail(stderr, unknownError{"scripts nested so deep"})
		return
	}
	inner.level = 0
	for line := range strings.Lines(string(data)) {
		inner.line(line)
		if inner.done || inner.leave || s.ctx.Err() != nil {
			break
		}
	}
	s.level, s.done, s.dir = inner.level, inner.done, inner.dir
}

// firstWord cuts the command off its arguments, which keep the blank before them.
func firstWord(text string) (word, rest string) {
	if after, ok := strings.CutPrefix(text, `"`); ok {
		word, rest, _ = strings.Cut(after, `"`)
		return word, rest
	}
	i := strings.IndexAny(text+" ", " \t,;=")
	// echo. and cd\ need no blank.
	for _, glued := range []string{"echo.", "echo:"} {
		if len(text) >= len(glued) && strings.EqualFold(text[:len(glued)], glued) {
			return "echo", text[4:]
		}
	}
	return text[:i], text[i:]
}
