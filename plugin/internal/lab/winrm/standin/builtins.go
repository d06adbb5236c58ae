package standin

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// builtin is a command that the machine has by itself; rest is what follows its name.
type builtin func(s *session, rest string) (uint32, error)

// builtins are the commands, by their names in lower case.
func builtins() map[string]builtin {
	return map[string]builtin{
		"echo": echo, "type": typeFile, "ver": ver, "exit": exit, "set": set, "rem": func(s *session, _ string) (uint32, error) { return s.level, nil },
		"cmd": cmd, "call": call, "mkdir": mkdir, "md": mkdir, "del": del, "erase": del, "reg": reg, "shutdown": shutdown, "powershell": powershell, "more": more,
	}
}

func echo(s *session, rest string) (uint32, error) {
	switch strings.ToLower(strings.TrimSpace(rest)) {
	case "on", "off":
		return s.level, nil
	case "":
		return 0, unknownError{"echo without a text"}
	}
	_, err := fmt.Fprintf(s.c.Stdout, "%s\r\n", rest[1:])
	return s.level, err
}

func ver(s *session, rest string) (uint32, error) {
	if strings.TrimSpace(rest) != "" {
		return 0, unknownError{"ver" + rest}
	}
	_, err := fmt.Fprintf(s.c.Stdout, "\r\nMicrosoft Windows [Version %s] (%s)\r\n", s.m.version, winrm.Marker)
	return 0, err
}

func typeFile(s *session, rest string) (uint32, error) {
	args := splitArguments(rest)
	if len(args) != 1 || strings.ContainsAny(args[0], "*?") {
		return 0, unknownError{"type with other than one file"}
	}
	path, err := absolute(args[0], s.dir)
	if err != nil {
		return 0, err
	}
	data, err := s.m.ReadFile(path)
	if errors.Is(err, setting.ErrAbsent) {
		return 0, errors.New("the system cannot find the file specified")
	}
	if err != nil {
		return 0, err
	}
	_, err = s.c.Stdout.Write(data)
	return 0, err
}

// more gives back what it reads, as it does where no console is.
func more(s *session, rest string) (uint32, error) {
	if strings.TrimSpace(rest) != "" {
		return 0, unknownError{"more" + rest}
	}
	b := make([]byte, 32<<10)
	for {
		n, err := s.c.Stdin.Read(b)
		if _, werr := s.c.Stdout.Write(b[:n]); werr != nil {
			return 0, werr
		}
		if err != nil {
			return 0, nil //nolint:nilerr // the end of the input is the end
		}
	}
}

func exit(s *session, rest string) (uint32, error) {
	args := strings.Fields(rest)
	inScript := len(args) > 0 && strings.EqualFold(args[0], "/b")
	if inScript {
		args = args[1:]
	}
	level := s.level
	if len(args) > 1 {
		return 0, unknownError{"exit" + rest}
	}
	if len(args) == 1 {
		n, err := strconv.ParseInt(args[0], 0, 64)
		if err != nil || n < -1<<31 || n > 1<<32-1 {
			return 0, unknownError{"exit" + rest}
		}
		level = uint32(n)
	}
	if inScript {
		s.leave = true
	} else {
		s.done = true
	}
	return level, nil
}

// set takes NAME=VALUE and "NAME=VALUE"; it does not list or reckon.
func set(s *session, rest string) (uint32, error) {
	text := strings.TrimLeft(rest, " \t")
	if inner, ok := strings.CutPrefix(text, `"`); ok {
		text = inner
		if i := strings.LastIndexByte(text, '"'); i >= 0 {
			text = text[:i]
		}
	}
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" || strings.HasPrefix(name, "/") {
		return 0, unknownError{"set" + rest}
	}
	if value == "" {
		delete(s.env, strings.ToUpper(name))
	} else {
		s.env[strings.ToUpper(name)] = value
	}
	return s.level, nil
}

// cmd runs the line behind /c.
func cmd(s *session, rest string) (uint32, error) {
	line := strings.TrimLeft(rest, " \t")
	strict := false
	for {
		flag, after, _ := strings.Cut(line, " ")
		line = strings.TrimLeft(after, " \t")
		switch strings.ToLower(flag) {
		case "/s":
			strict = true
		case "/d", "/q":
		case "/c":
			line = unquote(line, strict)
			inner := *s
			if inner.depth++; inner.depth > maxNesting {
				return 0, unknownError{"cmd nested so deep"}
			}
			inner.env = maps.Clone(s.env)
			inner.level = 0
			inner.line(line)
			return inner.level, nil
		default:
			return 0, unknownError{"cmd " + strconv.Quote(flag)}
		}
	}
}

// unquote takes the outer quotes off the line behind /c, as `cmd /?` has it: always with /S, else unless they are the quotes of a program's path.
func unquote(line string, strict bool) string {
	inner, ok := strings.CutPrefix(line, `"`)
	last := strings.LastIndexByte(inner, '"')
	if !ok || last < 0 {
		return line
	}
	if !strict && strings.Count(line, `"`) == 2 && !strings.ContainsAny(line, "&<>()@^|") && strings.ContainsAny(inner[:last], `\/`) {
		return line
	}
	return inner[:last] + inner[last+1:]
}

func call(s *session, rest string) (uint32, error) {
	if strings.HasPrefix(strings.TrimSpace(rest), ":") {
		return 0, unknownError{"call" + rest}
	}
	inner := *s
	if inner.depth++; inner.depth > maxNesting {
		return 0, unknownError{"calls nested so deep"}
	}
	inner.command(strings.TrimLeft(rest, " \t"), s.c.Stdout, s.c.Stderr)
	s.done = inner.done
	return inner.level, nil
}

func mkdir(s *session, rest string) (uint32, error) {
	for _, name := range splitArguments(rest) {
		path, err := absolute(name, s.dir)
		if err != nil {
			return 0, err
		}
		s.m.mu.Lock()
		there := s.m.isFolder(path)
		if !there {
			s.m.makeFolder(path)
		}
		s.m.mu.Unlock()
		if there {
			return 0, fmt.Errorf("a subdirectory or file %s already exists", name)
		}
	}
	return 0, nil
}

func del(s *session, rest string) (uint32, error) {
	for _, name := range splitArguments(rest) {
		if f := strings.ToLower(name); f == "/f" || f == "/q" {
			continue
		}
		if strings.HasPrefix(name, "/") || strings.ContainsAny(name, "*?") {
			return 0, unknownError{"del " + strconv.Quote(name)}
		}
		path, err := absolute(name, s.dir)
		if err != nil {
			return 0, err
		}
		if _, err := s.m.DeleteFile(path); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// shutdown restarts the machine; it does not switch it off, since nobody could switch it on.
func shutdown(s *session, rest string) (uint32, error) {
	restart := false
	args := splitArguments(rest)
	for i := 0; i < len(args); i++ {
		switch strings.ToLower(strings.Replace(args[i], "-", "/", 1)) {
		case "/r":
			restart = true
		case "/f":
		case "/t", "/c", "/d": // after how long, why
			i++
		default:
			return 0, unknownError{"shutdown " + strconv.Quote(args[i])}
		}
	}
	if !restart {
		return 0, unknownError{"shutdown without /r"}
	}
	s.c.Restart()
	return 0, nil
}
